//! The files of one commit in a folder of their own, without what `git checkout` may run or rewrite.
//!
//! A repository at an address is cloned without history and without large files, as a whole or not at all, into a cache. Its
//! small files are then written as git has them: no filter, no hook, no change of line ends, so that a text is the blob.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Component, Path, PathBuf};
use std::process::{Child, Stdio};

use sha2::{Digest as _, Sha256};

use super::document::hexadecimal;
use super::git::{git, run};
use super::sources::{Place, Target};
use crate::report::Problem;
use crate::{discover, read};

/// What is larger is no file that a Dockerfile is read with: it is there by name and size only.
const MOST_BYTES: u64 = 256 * 1024;

/// A commit, and its files.
pub struct Checkout {
    folder: tempfile::TempDir,
    pub commit: String,
    /// Empty where the commit is on none.
    pub branch: String,
    /// The ids of files, by their paths.
    blobs: HashMap<PathBuf, String>,
}

impl Checkout {
    /// The real path of the folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn blob(&self, path: &Path) -> Option<&str> {
        self.blobs.get(path).map(String::as_str)
    }
}

/// Where clones are kept from one run to the next, and files for as long as they are looked at.
pub struct Store {
    /// Of clones.
    pub cache: PathBuf,
    /// An absolute path without links; on the same file system as nothing in particular.
    pub scratch: PathBuf,
}

impl Store {
    /// # Errors
    /// A [`Problem`] where git or the disk does not do it. Nothing half-done is left.
    pub fn checkout(&self, target: &Target) -> Result<Checkout, Problem> {
        let git_folder = match &target.place {
            Place::Local(path) => path.clone(),
            Place::Remote => self.clone(target)?,
        };
        let (commit, branch) = head(&git_folder, target)?;
        let entries = tree(&git_folder, &commit)?;
        let folder = tempfile::Builder::new()
            .prefix("files-")
            .tempdir_in(&self.scratch);
        let mut checkout = Checkout {
            folder: folder.map_err(|error| disk(&error))?,
            commit,
            branch,
            blobs: HashMap::new(),
        };
        // Above all repositories is none: what looks for the root of this one stops here.
        fs::create_dir(checkout.path().join(".git")).map_err(|error| disk(&error))?;
        if entries.iter().any(|entry| is_dockerfile(&entry.path)) {
            write(&git_folder, &entries, checkout.folder.path())?;
            let files = entries.into_iter().filter(|entry| entry.kind == Kind::File);
            checkout.blobs = files.map(|entry| (entry.path, entry.id)).collect();
        }
        Ok(checkout)
    }

    /// The clone in the cache, as new as its origin.
    fn clone(&self, target: &Target) -> Result<PathBuf, Problem> {
        let branch = target.branch.as_deref();
        let name = format!("{}\n{}", target.url, branch.unwrap_or_default());
        let name = hexadecimal(&Sha256::digest(name.as_bytes()));
        let path = self
            .cache
            .join(format!("{}.git", name.get(..32).unwrap_or(&name)));
        if path.is_dir() {
            let newest = newest(target)?;
            if head(&path, target).is_ok_and(|(commit, _)| Some(commit) == newest) {
                return Ok(path);
            }
            fs::remove_dir_all(&path).map_err(|error| disk(&error))?;
        }
        let place = tempfile::Builder::new()
            .prefix("clone-")
            .tempdir_in(&self.cache);
        let place = place.map_err(|error| disk(&error))?;
        let new = place.path().join("repository");
        let mut command = git(None);
        command.args([
            "clone",
            "--quiet",
            "--bare",
            "--depth=1",
            "--no-tags",
            "--single-branch",
            "--template=",
        ]);
        command.arg(format!("--filter=blob:limit={MOST_BYTES}"));
        command.args(branch.map(|branch| format!("--branch={branch}")));
        command.args(["--", &target.url]).arg(&new);
        run(command, &[&new])?;
        // Another thread may have been faster with the same address.
        if fs::rename(&new, &path).is_err() && !path.is_dir() {
            return Err(Problem::new("cannot keep the clone in the cache"));
        }
        Ok(path)
    }
}

/// The commit that the address has now.
fn newest(target: &Target) -> Result<Option<String>, Problem> {
    let mut command = git(None);
    let name = match &target.branch {
        Some(branch) => format!("refs/heads/{branch}"),
        None => "HEAD".to_string(),
    };
    command.args(["ls-remote", "--quiet", "--", &target.url, &name]);
    let told = run(command, &[])?;
    let told = String::from_utf8_lossy(&told);
    Ok(told.split_whitespace().next().map(str::to_string))
}

/// The commit that is looked at, and its branch.
fn head(git_folder: &Path, target: &Target) -> Result<(String, String), Problem> {
    let reference = match (&target.branch, &target.place) {
        (Some(branch), Place::Local(_)) => format!("refs/heads/{branch}"),
        _ => "HEAD".to_string(),
    };
    let mut command = git(Some(git_folder));
    command.args([
        "rev-parse",
        "--quiet",
        "--verify",
        &format!("{reference}^{{commit}}"),
    ]);
    let commit = run(command, &[]);
    let mut command = git(Some(git_folder));
    command.args(["rev-parse", "--symbolic-full-name", &reference]);
    let name = run(command, &[git_folder]);
    let (Ok(commit), Ok(name)) = (commit, name) else {
        // What is no repository has its own message.
        let mut command = git(Some(git_folder));
        command.args(["rev-parse", "--git-dir"]);
        run(command, &[git_folder])?;
        return Err(Problem::new(match &target.branch {
            Some(branch) => format!("there is no branch `{branch}`"),
            None => "the repository is empty".to_string(),
        }));
    };
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).trim().to_string();
    let name = text(name);
    let branch = name.strip_prefix("refs/heads/").unwrap_or_default();
    Ok((text(commit), branch.to_string()))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    File,
    Link,
}

struct Entry {
    kind: Kind,
    id: String,
    path: PathBuf,
}

/// The files and links of a commit. Submodules are other repositories.
fn tree(git_folder: &Path, commit: &str) -> Result<Vec<Entry>, Problem> {
    let mut command = git(Some(git_folder));
    command.args(["ls-tree", "-r", "-z", "--full-tree", commit]);
    let listed = run(command, &[git_folder])?;
    let entries = listed.split(|byte| *byte == 0).filter_map(|entry| {
        let tab = entry.iter().position(|byte| *byte == b'\t')?;
        let about = std::str::from_utf8(entry.get(..tab)?).ok()?;
        let mut words = about.split(' ');
        let kind = match words.next()? {
            "100644" | "100755" | "100664" => Kind::File,
            "120000" => Kind::Link,
            _ => return None,
        };
        let path = path(entry.get(tab + 1..)?)?;
        let id = words.nth(1)?.to_string();
        Some(Entry { kind, id, path })
    });
    Ok(entries.collect())
}

/// A path that stays in its folder, and is none of git's own.
fn path(bytes: &[u8]) -> Option<PathBuf> {
    #[cfg(unix)]
    let path = {
        use std::os::unix::ffi::OsStrExt as _;
        PathBuf::from(std::ffi::OsStr::from_bytes(bytes))
    };
    #[cfg(not(unix))]
    let path = PathBuf::from(std::str::from_utf8(bytes).ok()?);
    let is_plain = |part: Component<'_>| match part {
        Component::Normal(name) => !name.eq_ignore_ascii_case(".git"),
        _ => false,
    };
    path.components().all(is_plain).then_some(path)
}

fn is_dockerfile(path: &Path) -> bool {
    path.file_name().is_some_and(discover::is_dockerfile_name)
}

/// Writes the files that may matter; of the others, the name and that they are large.
fn write(git_folder: &Path, entries: &[Entry], folder: &Path) -> Result<(), Problem> {
    let mut objects = Objects::start(git_folder)?;
    let sizes = objects.sizes(entries)?;
    let is_wanted = |(entry, size): &(&Entry, &Option<u64>)| {
        let most = if is_dockerfile(&entry.path) {
            read::MOST_BYTES
        } else {
            MOST_BYTES
        };
        size.is_some_and(|size| size <= most)
    };
    let mut made = HashSet::new();
    let mut parent = |path: &Path| -> Result<(), Problem> {
        let parent = path.parent().unwrap_or(Path::new(""));
        if made.insert(parent.to_path_buf()) {
            fs::create_dir_all(folder.join(parent)).map_err(|error| disk(&error))?;
        }
        Ok(())
    };
    let pairs = || entries.iter().zip(&sizes);
    for (entry, size) in pairs().filter(|pair| !is_wanted(pair)) {
        if entry.kind == Kind::File {
            parent(&entry.path)?;
            // As long as what it stands for, and of no room on the disk.
            let file = File::create(folder.join(&entry.path)).map_err(|error| disk(&error))?;
            let length = size.unwrap_or(0).max(MOST_BYTES + 1);
            file.set_len(length).map_err(|error| disk(&error))?;
        }
    }
    let wanted: Vec<&Entry> = pairs().filter(is_wanted).map(|(entry, _)| entry).collect();
    let mut links = Vec::new();
    objects.contents(&wanted, |entry, bytes| {
        if entry.kind == Kind::Link {
            links.push((entry.path.clone(), bytes));
            return Ok(());
        }
        parent(&entry.path)?;
        fs::write(folder.join(&entry.path), bytes).map_err(|error| disk(&error))
    })?;
    // After the files, so that none is written through a link.
    for (path, to) in links {
        parent(&path)?;
        link(&folder.join(path), &to);
    }
    Ok(())
}

/// A link that cannot be made is one that nobody can follow.
#[cfg(unix)]
fn link(path: &Path, to: &[u8]) {
    use std::os::unix::ffi::OsStrExt as _;
    let _ = std::os::unix::fs::symlink(std::ffi::OsStr::from_bytes(to), path);
}

#[cfg(not(unix))]
fn link(_: &Path, _: &[u8]) {}

/// One `git cat-file` that is asked for sizes, and then for contents.
struct Objects {
    child: Child,
    answers: BufReader<std::process::ChildStdout>,
}

impl Objects {
    fn start(git_folder: &Path) -> Result<Self, Problem> {
        let mut command = git(Some(git_folder));
        command.args(["cat-file", "--batch-command", "--buffer"]);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = command
            .spawn()
            .map_err(|error| Problem::io("cannot run git", &error))?;
        match child.stdout.take() {
            Some(answers) => Ok(Self {
                child,
                answers: BufReader::new(answers),
            }),
            None => Err(Problem::new("cannot read what git says")),
        }
    }

    /// `None` for what the clone does not have.
    fn sizes(&mut self, entries: &[Entry]) -> Result<Vec<Option<u64>>, Problem> {
        let all: Vec<&Entry> = entries.iter().collect();
        let mut sizes = Vec::with_capacity(entries.len());
        self.ask("info", &all, |answers, _| {
            sizes.push(size(answers)?);
            Ok(())
        })?;
        Ok(sizes)
    }

    fn contents(
        &mut self,
        entries: &[&Entry],
        mut take: impl FnMut(&Entry, Vec<u8>) -> Result<(), Problem>,
    ) -> Result<(), Problem> {
        self.ask("contents", entries, |answers, entry| {
            let Some(size) = size(answers)? else {
                return Err(Problem::new(format!(
                    "git has lost `{}`",
                    entry.path.display()
                )));
            };
            let mut bytes = Vec::new();
            let read = answers.take(size).read_to_end(&mut bytes);
            read.map_err(|error| Problem::io("cannot read what git says", &error))?;
            // A line feed follows.
            let mut end = [0];
            let read = answers.read_exact(&mut end);
            read.map_err(|error| Problem::io("cannot read what git says", &error))?;
            take(entry, bytes)
        })
    }

    /// Asks about all while the answers are read, because neither side waits for the other.
    fn ask(
        &mut self,
        what: &str,
        entries: &[&Entry],
        mut take: impl FnMut(&mut BufReader<std::process::ChildStdout>, &Entry) -> Result<(), Problem>,
    ) -> Result<(), Problem> {
        let Some(mut questions) = self.child.stdin.take() else {
            return Err(Problem::new("git does not listen"));
        };
        let text: String = entries
            .iter()
            .map(|entry| format!("{what} {}\n", entry.id))
            .collect();
        let answers = &mut self.answers;
        let (result, questions) = std::thread::scope(|scope| {
            let asking = scope.spawn(move || -> io::Result<std::process::ChildStdin> {
                questions.write_all(text.as_bytes())?;
                questions.write_all(b"flush\n")?;
                questions.flush()?;
                Ok(questions)
            });
            let result = entries.iter().try_for_each(|entry| take(answers, entry));
            if result.is_err() {
                // Whoever asks is not to wait for ever.
                let _ = self.child.kill();
            }
            (result, asking.join())
        });
        result?;
        match questions {
            Ok(Ok(questions)) => {
                self.child.stdin = Some(questions);
                Ok(())
            }
            _ => Err(Problem::new("git does not listen")),
        }
    }
}

impl Drop for Objects {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The size in the line that git answers with.
fn size(answers: &mut BufReader<std::process::ChildStdout>) -> Result<Option<u64>, Problem> {
    let mut line = String::new();
    let read = answers.read_line(&mut line);
    match read {
        Ok(0) => Err(Problem::new("git ended before it had answered")),
        Ok(_) => Ok(line
            .trim_end()
            .rsplit_once(' ')
            .and_then(|(_, size)| size.parse().ok())),
        Err(error) => Err(Problem::io("cannot read what git says", &error)),
    }
}

fn disk(error: &io::Error) -> Problem {
    Problem::io("cannot write the files of the repository", error)
}
