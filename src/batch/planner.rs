//! From the repositories of the sources to the plan, in parallel; what one of them needs is gone when it is done.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, mpsc};

use super::checkout::Store;
use super::document::{self, Head, Plan};
use super::folder::Folder;
use super::journal::Known;
use super::reporting;
use super::sources::Target;
use crate::git;
use crate::internal;
use crate::output::{Progress, diff, escape};
use crate::read;
use crate::report::record::{ErrorRecord, FileRecord, RepositoryRecord};
use crate::report::{FileReport, Problem, io_message};

/// As much as the main thread has: the core walks deep trees.
const STACK_BYTES: usize = 8 * 1024 * 1024;

/// What the plain command would say of the Dockerfiles in a folder that is the root of a repository. Paths for patches are
/// relative to it.
pub trait Harden: Sync {
    /// # Errors
    /// A [`Problem`] that is about the whole folder, such as its configuration.
    fn folder(&self, root: &Path) -> Result<Vec<FileReport>, Problem>;
}

/// Plans for all, and calls `done` for each as it is done, on this thread. The lines of the plan are kept on the disk.
///
/// # Errors
/// A [`Problem`] with the disk of the batch. What is wrong with one repository is in its record.
pub fn plan(
    targets: &[Target],
    store: &Store<'_>,
    harden: &dyn Harden,
    threads: usize,
    mut done: impl FnMut(&Progress, &RepositoryRecord),
) -> Result<Spool, Problem> {
    let mut spool = Spool::new(&store.scratch)?;
    let mut progress = Progress::new(targets.len(), "repositories");
    let next = AtomicUsize::new(0);
    let failed = Mutex::new(false);
    std::thread::scope(|scope| {
        let (sender, receiver) = mpsc::sync_channel::<(usize, RepositoryRecord)>(threads);
        for _ in 0..threads.min(targets.len()).max(1) {
            let (sender, next, failed) = (sender.clone(), &next, &failed);
            let work = move || {
                while let Some((number, target)) = take(next, targets) {
                    let is_over = failed.lock().map_or(true, |failed| *failed);
                    if is_over
                        || sender
                            .send((number, record(target, store, harden)))
                            .is_err()
                    {
                        return;
                    }
                }
            };
            let thread = std::thread::Builder::new().stack_size(STACK_BYTES);
            thread
                .spawn_scoped(scope, work)
                .map_err(|error| Problem::io("cannot start a thread", &error))?;
        }
        drop(sender);
        let mut result = Ok(());
        for (number, record) in receiver {
            if result.is_ok() {
                done(&progress, &record);
                progress.advance(1);
                result = spool.add(number, &record);
                if let (Err(_), Ok(mut failed)) = (&result, failed.lock()) {
                    *failed = true;
                }
            }
        }
        result
    })?;
    Ok(spool)
}

fn take<'t>(next: &AtomicUsize, targets: &'t [Target]) -> Option<(usize, &'t Target)> {
    let number = next.fetch_add(1, Ordering::Relaxed);
    Some((number, targets.get(number)?))
}

/// What is planned for one repository.
pub fn record(target: &Target, store: &Store<'_>, harden: &dyn Harden) -> RepositoryRecord {
    let mut record = RepositoryRecord {
        name: target.name.clone(),
        url: target.url.clone(),
        branch: target.branch.clone().unwrap_or_default(),
        ..RepositoryRecord::default()
    };
    let work = || fill(&mut record, target, store, harden);
    let result = internal::catch(work).unwrap_or_else(|message| Err(Problem::new(message)));
    if let Err(problem) = result {
        record.files.clear();
        record.error = Some(ErrorRecord::from(&problem));
    }
    hide_places(&mut record, &store.scratch);
    record
}

fn fill(
    record: &mut RepositoryRecord,
    target: &Target,
    store: &Store<'_>,
    harden: &dyn Harden,
) -> Result<(), Problem> {
    let checkout = store.checkout(target)?;
    record.commit.clone_from(&checkout.commit);
    record.branch.clone_from(&checkout.branch);
    let mut files = BTreeMap::new();
    for mut report in harden.folder(checkout.path())? {
        if checkout.is_large(&report.patch_path) {
            report.problems = vec![read::too_large(git::SMALL)];
        }
        let path = escape::readable(&report.patch_path).into_owned();
        let mut file = FileRecord::new(&path, &report);
        if let Some(change) = &mut file.change {
            change.diff = diff::patch(&report.patch_path, &report.source, &report.outcome.text);
            let blob = checkout
                .blob(&report.patch_path)
                .filter(|_| report.patch_path.to_str().is_some());
            match blob {
                Some(blob) => change.old = blob.to_string(),
                None => {
                    file.change = None;
                    file.errors.push(ErrorRecord::from(&Problem::new(
                        "the path is no UTF-8, or no file of git",
                    )));
                }
            }
        }
        files.insert(path, file);
    }
    record.files = files.into_values().collect();
    Ok(())
}

/// Messages name files of the repository, wherever it was looked at.
fn hide_places(record: &mut RepositoryRecord, scratch: &Path) {
    let scratch = format!("{}/", scratch.to_string_lossy());
    let errors = record.files.iter_mut().flat_map(|file| &mut file.errors);
    for error in errors.chain(&mut record.error) {
        while let Some(start) = error.message.find(&scratch) {
            let rest = error
                .message
                .get(start + scratch.len()..)
                .unwrap_or_default();
            // The name of the temporary folder, and the slash after it.
            let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
            let rest = rest.trim_start_matches(is_name);
            let rest = rest.strip_prefix('/').unwrap_or(rest).to_string();
            error.message.truncate(start);
            error.message.push_str(&rest);
        }
    }
}

/// Lines on the disk, to be read in another order than they came in.
pub struct Spool {
    file: File,
    end: u64,
    /// For each number, where its line is.
    lines: BTreeMap<usize, (u64, usize)>,
}

impl Spool {
    fn new(folder: &Path) -> Result<Self, Problem> {
        let file = tempfile::tempfile_in(folder);
        Ok(Self {
            file: file.map_err(|error| Problem::io("cannot write the plan", &error))?,
            end: 0,
            lines: BTreeMap::new(),
        })
    }

    fn add(&mut self, number: usize, record: &RepositoryRecord) -> Result<(), Problem> {
        let problem = |error: io::Error| Problem::io("cannot write the plan", &error);
        let line = document::line(record).map_err(problem)?;
        self.file.write_all(line.as_bytes()).map_err(problem)?;
        self.lines.insert(number, (self.end, line.len()));
        self.end += line.len() as u64;
        Ok(())
    }

    /// Each line, in the order of the numbers.
    ///
    /// # Errors
    /// Of the disk, or of `take`.
    pub fn each(&mut self, mut take: impl FnMut(&str) -> io::Result<()>) -> io::Result<()> {
        for (start, length) in self.lines.values() {
            self.file.seek(SeekFrom::Start(*start))?;
            let mut bytes = vec![0; *length];
            self.file.read_exact(&mut bytes)?;
            take(std::str::from_utf8(&bytes).map_err(io::Error::other)?)?;
        }
        Ok(())
    }
}

/// Writes the plan and its report, each as a whole or not at all.
///
/// # Errors
/// A [`Problem`] with the disk.
pub fn write(folder: &Folder, head: &Head, spool: &mut Spool) -> Result<(), Problem> {
    let written = whole(&folder.plan(), |output| {
        let mut writer = document::Writer::new(head, output)?;
        spool.each(|line| writer.line(line))?;
        writer.end().map(|_| ())
    });
    written.map_err(|error| {
        let path = folder.path.display();
        Problem::new(format!(
            "cannot write the plan in `{path}`: {}",
            io_message(&error)
        ))
    })?;
    let plan = Plan::open(&folder.plan())?;
    reporting::page(folder, &plan, &Known::default())
}

/// Writes a file under another name, and gives it its own when all of it is on the disk.
///
/// # Errors
/// Of the disk, or of `fill`.
pub fn whole(
    path: &Path,
    fill: impl FnOnce(&mut BufWriter<&File>) -> io::Result<()>,
) -> io::Result<()> {
    let folder = path.parent().filter(|path| !path.as_os_str().is_empty());
    let mut builder = tempfile::Builder::new();
    builder.prefix(".harden-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let file = builder.tempfile_in(folder.unwrap_or(Path::new(".")))?;
    let mut output = BufWriter::new(file.as_file());
    fill(&mut output)?;
    output.flush()?;
    drop(output);
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}
