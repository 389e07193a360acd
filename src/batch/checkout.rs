//! The files of one commit in a folder of their own, without what `git checkout` may run or rewrite.
//!
//! A repository at an address is cloned without history and without large files, as a whole or not at all, into a cache. Its
//! small files are then written as git has them: no filter, no hook, no change of line ends, so that a text is the blob.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Component, Path, PathBuf};
use std::process::{Child, Command, Stdio};

use harden::digest;

use super::git::{git, run};
use super::sources::{Place, Target};
use crate::report::Problem;
use crate::{discover, read};

/// What is larger is no file that a Dockerfile is read with: it is there by name and size only.
const MOST_BYTES: u64 = 256 * 1024;
/// As much as a pipe holds on every system, so that writing it waits for nobody.
const SHORT: usize = 4096;

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
    /// How addresses begin, and the header that git sends there: logins of forges.
    pub logins: Vec<(String, String)>,
}

impl Store {
    /// In the environment, where nobody sees it among the words of a process.
    fn log_in(&self, command: &mut Command, url: &str) {
        let mut logins = self.logins.iter();
        if let Some((start, header)) = logins.find(|(start, _)| url.starts_with(start)) {
            command
                .env("GIT_CONFIG_COUNT", "1")
                .env("GIT_CONFIG_KEY_0", format!("http.{start}.extraHeader"))
                .env("GIT_CONFIG_VALUE_0", header);
        }
    }

    /// # Errors
    /// A [`Problem`] where git or the disk does not do it. Nothing half-done is left.
    pub fn checkout(&self, target: &Target) -> Result<Checkout, Problem> {
        let git_folder = match &target.place {
            Place::Local(path) => path.clone(),
            Place::Remote => self.clone(target)?,
        };
        let mut objects = Objects::start(&git_folder)?;
        let (commit, branch) = head(&mut objects, &git_folder, target)?;
        let entries = tree(&mut objects, &commit)?;
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
            write(&mut objects, &entries, checkout.folder.path())?;
            let files = entries.into_iter().filter(|entry| entry.kind == Kind::File);
            checkout.blobs = files.map(|entry| (entry.path, entry.id)).collect();
        }
        Ok(checkout)
    }

    /// The clone in the cache, as new as its origin.
    fn clone(&self, target: &Target) -> Result<PathBuf, Problem> {
        let branch = target.branch.as_deref();
        let name = format!("{}\n{}", target.url, branch.unwrap_or_default());
        let name = digest::sha256(name.as_bytes());
        let path = self
            .cache
            .join(format!("{}.git", name.get(..32).unwrap_or(&name)));
        if path.is_dir() {
            let newest = self.newest(target)?;
            let known =
                Objects::start(&path).and_then(|mut objects| head(&mut objects, &path, target));
            if known.is_ok_and(|(commit, _)| Some(commit) == newest) {
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
        self.log_in(&mut command, &target.url);
        run(command, &[&new])?;
        // Another thread may have been faster with the same address.
        if fs::rename(&new, &path).is_err() && !path.is_dir() {
            return Err(Problem::new("cannot keep the clone in the cache"));
        }
        Ok(path)
    }

    /// The commit that the address has now.
    fn newest(&self, target: &Target) -> Result<Option<String>, Problem> {
        let mut command = git(None);
        let name = match &target.branch {
            Some(branch) => format!("refs/heads/{branch}"),
            None => "HEAD".to_string(),
        };
        command.args(["ls-remote", "--quiet", "--", &target.url, &name]);
        self.log_in(&mut command, &target.url);
        let told = run(command, &[])?;
        let told = String::from_utf8_lossy(&told);
        Ok(told.split_whitespace().next().map(str::to_string))
    }
}

/// The commit that is looked at, and its branch.
fn head(
    objects: &mut Objects,
    git_folder: &Path,
    target: &Target,
) -> Result<(String, String), Problem> {
    let (name, branch) = match (&target.branch, &target.place) {
        (Some(branch), Place::Local(_)) => (format!("refs/heads/{branch}"), branch.clone()),
        _ => ("HEAD".to_string(), branch_of(git_folder)),
    };
    let mut commit = None;
    let asked = objects.ask("info", &[format!("{name}^{{commit}}")], |answers, _| {
        let line = line(answers)?;
        let words = line.split_once(' ');
        let found = words.filter(|(_, rest)| rest.starts_with("commit "));
        commit = found.map(|(id, _)| id.to_string());
        Ok(())
    });
    match (asked, commit) {
        (Ok(()), Some(commit)) => Ok((commit, branch)),
        (Ok(()), None) => Err(Problem::new(match &target.branch {
            Some(branch) => format!("there is no branch `{branch}`"),
            None => "the repository is empty".to_string(),
        })),
        (Err(problem), _) => {
            // What is no repository has its own message.
            let mut command = git(Some(git_folder));
            command.args(["rev-parse", "--git-dir"]);
            run(command, &[git_folder])?;
            Err(problem)
        }
    }
}

/// The branch that HEAD names; empty where it names a commit.
fn branch_of(git_folder: &Path) -> String {
    let inside = fs::read_to_string(git_folder.join(".git/HEAD"));
    let text = match inside.or_else(|_| fs::read_to_string(git_folder.join("HEAD"))) {
        Ok(text) => text,
        // A worktree keeps it elsewhere.
        Err(_) => {
            let mut command = git(Some(git_folder));
            command.args(["symbolic-ref", "--quiet", "HEAD"]);
            let told = run(command, &[]).unwrap_or_default();
            format!("ref: {}", String::from_utf8_lossy(&told))
        }
    };
    let branch = text.trim().strip_prefix("ref: refs/heads/");
    branch.unwrap_or_default().to_string()
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

/// The files and links of a commit, sorted by path. Submodules are other repositories.
fn tree(objects: &mut Objects, commit: &str) -> Result<Vec<Entry>, Problem> {
    let mut entries = Vec::new();
    let mut open = vec![(format!("{commit}^{{tree}}"), PathBuf::new())];
    while !open.is_empty() {
        let ids: Vec<String> = open.iter().map(|(id, _)| id.clone()).collect();
        let mut below = Vec::new();
        objects.ask("contents", &ids, |answers, at| {
            let bytes = contents(answers)?
                .ok_or_else(|| Problem::new("git has lost a folder of the repository"))?;
            let folder = open.get(at).map_or(Path::new(""), |(_, path)| path);
            let mut rest = bytes.as_slice();
            while let Some(row) = row(rest, commit.len() / 2) {
                rest = row.after;
                let Some(path) = name_of(row.name).map(|name| folder.join(name)) else {
                    continue;
                };
                let id = digest::hexadecimal(row.id);
                let kind = match row.mode {
                    b"40000" => {
                        below.push((id, path));
                        continue;
                    }
                    b"120000" => Kind::Link,
                    mode if mode.starts_with(b"100") => Kind::File,
                    _ => continue,
                };
                entries.push(Entry { kind, id, path });
            }
            Ok(())
        })?;
        open = below;
    }
    entries.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(entries)
}

/// An entry of a tree, and the bytes after it.
struct Row<'b> {
    mode: &'b [u8],
    name: &'b [u8],
    id: &'b [u8],
    after: &'b [u8],
}

/// The first entry; ids are of `length` bytes.
fn row(bytes: &[u8], length: usize) -> Option<Row<'_>> {
    let (mode, rest) = bytes.split_at_checked(memchr::memchr(b' ', bytes)?)?;
    let rest = rest.get(1..)?;
    let (name, rest) = rest.split_at_checked(memchr::memchr(0, rest)?)?;
    let (id, after) = rest.get(1..)?.split_at_checked(length)?;
    Some(Row {
        mode,
        name,
        id,
        after,
    })
}

/// A name that stays in its folder, and is none of git's own.
fn name_of(bytes: &[u8]) -> Option<PathBuf> {
    #[cfg(unix)]
    let path = {
        use std::os::unix::ffi::OsStrExt as _;
        PathBuf::from(std::ffi::OsStr::from_bytes(bytes))
    };
    #[cfg(not(unix))]
    let path = PathBuf::from(std::str::from_utf8(bytes).ok()?);
    let mut parts = path.components();
    match (parts.next(), parts.next()) {
        (Some(Component::Normal(name)), None) if !name.eq_ignore_ascii_case(".git") => Some(path),
        _ => None,
    }
}

fn is_dockerfile(path: &Path) -> bool {
    path.file_name().is_some_and(discover::is_dockerfile_name)
}

/// Writes the files that may matter; of the others, the name and that they are large.
fn write(objects: &mut Objects, entries: &[Entry], folder: &Path) -> Result<(), Problem> {
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
    answers: Answers,
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
        let ids: Vec<String> = entries.iter().map(|entry| entry.id.clone()).collect();
        let mut sizes = Vec::with_capacity(entries.len());
        self.ask("info", &ids, |answers, _| {
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
        let ids: Vec<String> = entries.iter().map(|entry| entry.id.clone()).collect();
        self.ask("contents", &ids, |answers, at| {
            let Some(entry) = entries.get(at) else {
                return Ok(());
            };
            match contents(answers)? {
                Some(bytes) => take(entry, bytes),
                None => Err(Problem::new(format!(
                    "git has lost `{}`",
                    entry.path.display()
                ))),
            }
        })
    }

    /// Asks about all while the answers are read, because neither side waits for the other. `take` gets the number of
    /// the question.
    fn ask(
        &mut self,
        what: &str,
        ids: &[String],
        mut take: impl FnMut(&mut Answers, usize) -> Result<(), Problem>,
    ) -> Result<(), Problem> {
        let Some(mut questions) = self.child.stdin.take() else {
            return Err(Problem::new("git does not listen"));
        };
        let text: String = ids.iter().map(|id| format!("{what} {id}\n")).collect();
        let text = text + "flush\n";
        let (child, answers) = (&mut self.child, &mut self.answers);
        if text.len() <= SHORT {
            let asked = questions.write_all(text.as_bytes());
            asked.map_err(|_| Problem::new("git ended before it was asked"))?;
            child.stdin = Some(questions);
            return (0..ids.len()).try_for_each(|at| take(answers, at));
        }
        let (result, questions) = std::thread::scope(|scope| {
            let asking = scope.spawn(|| questions.write_all(text.as_bytes()).map(|()| questions));
            let result = (0..ids.len()).try_for_each(|at| take(answers, at));
            if result.is_err() {
                // Whoever asks is not to wait for ever.
                let _ = child.kill();
            }
            (result, asking.join())
        });
        result?;
        match questions {
            Ok(Ok(questions)) => {
                child.stdin = Some(questions);
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

type Answers = BufReader<std::process::ChildStdout>;

/// The next line that git answers with.
fn line(answers: &mut Answers) -> Result<String, Problem> {
    let mut line = String::new();
    match answers.read_line(&mut line) {
        Ok(0) => Err(Problem::new("git ended before it had answered")),
        Ok(_) => Ok(line.trim_end().to_string()),
        Err(error) => Err(Problem::io("cannot read what git says", &error)),
    }
}

/// The size in the line that git answers with; `None` for what it does not have.
fn size(answers: &mut Answers) -> Result<Option<u64>, Problem> {
    Ok(line(answers)?
        .rsplit_once(' ')
        .and_then(|(_, size)| size.parse().ok()))
}

/// The bytes of an object; `None` for one that git does not have.
fn contents(answers: &mut Answers) -> Result<Option<Vec<u8>>, Problem> {
    let Some(size) = size(answers)? else {
        return Ok(None);
    };
    let problem = |error: io::Error| Problem::io("cannot read what git says", &error);
    let mut bytes = Vec::new();
    answers
        .take(size)
        .read_to_end(&mut bytes)
        .map_err(problem)?;
    // A line feed follows.
    answers.read_exact(&mut [0]).map_err(problem)?;
    Ok(Some(bytes))
}

fn disk(error: &io::Error) -> Problem {
    Problem::io("cannot write the files of the repository", error)
}
