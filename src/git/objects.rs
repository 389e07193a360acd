//! What is in a repository, as git has it: one `git cat-file` that is asked for commits, folders and files, and runs nothing.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Component, Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use harden::digest;

use super::copy::MAIL;
use super::{Failure, FailureKind, Git};
use crate::report::io_message;

/// As much as a pipe holds on every system, so that writing it waits for nobody.
const SHORT: usize = 4096;
/// Of a commit. Folders that are in each other many times make a small repository endless.
const MOST_ENTRIES: usize = 1_000_000;

/// A commit as far as harden asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Commit {
    pub id: String,
    pub parents: Vec<String>,
    /// Seconds since 1970, and the zone.
    pub time: String,
    pub message: String,
    /// Whether author and committer are what harden calls itself.
    pub is_signed_by_harden: bool,
}

impl Commit {
    /// The value of a line `Name: value` in the last paragraph.
    pub fn trailer(&self, name: &str) -> Option<&str> {
        let last = self.message.trim_end().rsplit("\n\n").next()?;
        last.lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }

    fn parse(id: &str, bytes: &[u8]) -> Self {
        let said = String::from_utf8_lossy(bytes);
        let (head, message) = said.split_once("\n\n").unwrap_or((&said, ""));
        let of = |key: &str| {
            let lines = head
                .lines()
                .filter_map(move |line| line.strip_prefix(key)?.strip_prefix(' '));
            lines.map(String::from).collect::<Vec<_>>()
        };
        let committer = of("committer").pop().unwrap_or_default();
        let time = committer
            .rsplit_once("> ")
            .map_or("0 +0000", |(_, time)| time);
        let who = format!("<{MAIL}> ");
        let mut people = of("author").into_iter().chain([committer.clone()]);
        Self {
            id: id.to_string(),
            parents: of("parent"),
            time: time.to_string(),
            message: message.to_string(),
            is_signed_by_harden: people.all(|one| one.contains(&who)),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    File,
    Link,
    /// Another repository.
    Submodule,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub kind: Kind,
    pub id: String,
    pub path: PathBuf,
}

/// What a commit has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    /// Sorted by path.
    pub entries: Vec<Entry>,
    /// Names that lead out of the folder, or are git's own.
    pub bad: Vec<String>,
}

/// The process.
pub struct Objects {
    child: Child,
    answers: Answers,
}

type Answers = BufReader<ChildStdout>;

impl Objects {
    /// Of a repository on this machine, in which nothing is changed.
    ///
    /// # Errors
    /// Where git cannot be run.
    pub fn of_folder(folder: &Path) -> Result<Self, Failure> {
        Self::start(Git::here(folder))
    }

    pub(super) fn start(mut command: Command) -> Result<Self, Failure> {
        // What the server has kept is not there.
        command.env("GIT_NO_LAZY_FETCH", "1");
        command.args(["cat-file", "--batch-command", "--buffer"]);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = command.spawn().map_err(|error| super::unstarted(&error))?;
        match child.stdout.take() {
            Some(answers) => Ok(Self {
                child,
                answers: BufReader::new(answers),
            }),
            None => Err(broken()),
        }
    }

    /// The commit of a name, such as `HEAD`; `None` where there is none.
    ///
    /// # Errors
    /// Where git does not answer: it is no repository.
    pub fn commit(&mut self, name: &str) -> Result<Option<Commit>, Failure> {
        let mut commit = None;
        let question = format!("{name}^{{commit}}");
        self.ask("contents", &[&question], |answers, _| {
            let Some(object) = object(answers)? else {
                return Ok(());
            };
            commit = Some(Commit::parse(&object.id, &object.bytes));
            Ok(())
        })?;
        Ok(commit)
    }

    /// The files, links and submodules of a commit.
    ///
    /// # Errors
    /// Where git does not give them, or there are too many.
    pub fn tree(&mut self, commit: &str) -> Result<Tree, Failure> {
        let mut tree = Tree::default();
        let mut open = vec![(format!("{commit}^{{tree}}"), PathBuf::new())];
        let mut number = 0;
        while !open.is_empty() {
            let ids: Vec<&str> = open.iter().map(|(id, _)| id.as_str()).collect();
            let mut below = Vec::new();
            self.ask("contents", &ids, |answers, at| {
                let bytes = object(answers)?.ok_or_else(broken)?.bytes;
                let folder = open.get(at).map_or(Path::new(""), |(_, path)| path);
                for row in Rows::of(&bytes, commit) {
                    number += 1;
                    if number > MOST_ENTRIES {
                        return Err(endless());
                    }
                    let Some(path) = name_of(row.name).map(|name| folder.join(name)) else {
                        let name = String::from_utf8_lossy(row.name);
                        tree.bad
                            .push(folder.join(&*name).to_string_lossy().into_owned());
                        continue;
                    };
                    let id = digest::hexadecimal(row.id);
                    let kind = match row.mode {
                        b"40000" => {
                            below.push((id, path));
                            continue;
                        }
                        b"120000" => Kind::Link,
                        b"160000" => Kind::Submodule,
                        _ => Kind::File,
                    };
                    tree.entries.push(Entry { kind, id, path });
                }
                Ok(())
            })?;
            open = below;
        }
        tree.entries.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(tree)
    }

    /// Mode and id of a regular file of a commit: `100644` or `100755`; `None` where there is no such file.
    ///
    /// # Errors
    /// Where git does not answer.
    pub fn file(&mut self, commit: &str, path: &str) -> Result<Option<(String, String)>, Failure> {
        let mut id = format!("{commit}^{{tree}}");
        let mut parts = path.split('/').peekable();
        while let Some(part) = parts.next() {
            let Some(folder) = self.object(&id)? else {
                return Ok(None);
            };
            let mut rows = Rows::of(&folder.bytes, commit);
            let Some(row) = rows.find(|row| row.name == part.as_bytes()) else {
                return Ok(None);
            };
            id = digest::hexadecimal(row.id);
            match (row.mode, parts.peek()) {
                (b"40000", Some(_)) => {}
                (b"100644" | b"100755", None) => {
                    let mode = String::from_utf8_lossy(row.mode).into_owned();
                    return Ok(Some((mode, id)));
                }
                _ => return Ok(None),
            }
        }
        Ok(None)
    }

    /// The bytes of a file; `None` for one that the copy does not have.
    ///
    /// # Errors
    /// Where git does not answer.
    pub fn bytes(&mut self, id: &str) -> Result<Option<Vec<u8>>, Failure> {
        Ok(self.object(id)?.map(|object| object.bytes))
    }

    fn object(&mut self, id: &str) -> Result<Option<Object>, Failure> {
        let mut found = None;
        self.ask("contents", &[id], |answers, _| {
            found = object(answers)?;
            Ok(())
        })?;
        Ok(found)
    }

    /// `None` for what the copy does not have.
    pub(super) fn sizes(&mut self, entries: &[&Entry]) -> Result<Vec<Option<u64>>, Failure> {
        let ids: Vec<&str> = entries.iter().map(|entry| entry.id.as_str()).collect();
        let mut sizes = Vec::with_capacity(entries.len());
        self.ask("info", &ids, |answers, _| {
            sizes.push(head(answers)?.map(|(_, size)| size));
            Ok(())
        })?;
        Ok(sizes)
    }

    pub(super) fn contents(
        &mut self,
        entries: &[&Entry],
        mut take: impl FnMut(&Entry, Vec<u8>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let ids: Vec<&str> = entries.iter().map(|entry| entry.id.as_str()).collect();
        self.ask("contents", &ids, |answers, at| {
            let object = object(answers)?.ok_or_else(broken)?;
            entries
                .get(at)
                .map_or(Ok(()), |entry| take(entry, object.bytes))
        })
    }

    /// Asks about all while the answers are read, because neither side waits for the other. `take` gets the number of
    /// the question.
    fn ask(
        &mut self,
        what: &str,
        ids: &[&str],
        mut take: impl FnMut(&mut Answers, usize) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let mut questions = self.child.stdin.take().ok_or_else(broken)?;
        let text: String = ids.iter().map(|id| format!("{what} {id}\n")).collect();
        let text = text + "flush\n";
        let (child, answers) = (&mut self.child, &mut self.answers);
        if text.len() <= SHORT {
            let asked = questions.write_all(text.as_bytes());
            asked.map_err(|_| broken())?;
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
            _ => Err(broken()),
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

/// An entry of a folder.
struct Row<'b> {
    mode: &'b [u8],
    name: &'b [u8],
    id: &'b [u8],
}

struct Rows<'b> {
    rest: &'b [u8],
    /// Of ids, in bytes.
    length: usize,
}

impl<'b> Rows<'b> {
    /// Of a folder of a commit, whose ids are as long as its own.
    fn of(bytes: &'b [u8], commit: &str) -> Self {
        Self {
            rest: bytes,
            length: commit.len() / 2,
        }
    }
}

impl<'b> Iterator for Rows<'b> {
    type Item = Row<'b>;

    fn next(&mut self) -> Option<Row<'b>> {
        let (mode, rest) = self
            .rest
            .split_at_checked(memchr::memchr(b' ', self.rest)?)?;
        let rest = rest.get(1..)?;
        let (name, rest) = rest.split_at_checked(memchr::memchr(0, rest)?)?;
        let (id, after) = rest.get(1..)?.split_at_checked(self.length)?;
        self.rest = after;
        Some(Row { mode, name, id })
    }
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

struct Object {
    id: String,
    bytes: Vec<u8>,
}

/// Id and size in the line that git answers with; `None` for what it does not have.
fn head(answers: &mut Answers) -> Result<Option<(String, u64)>, Failure> {
    let mut line = String::new();
    match answers.read_line(&mut line) {
        Ok(0) => return Err(broken()),
        Ok(_) => {}
        Err(error) => return Err(unread(&error)),
    }
    let mut words = line.trim_end().split(' ');
    let (id, size) = (words.next().unwrap_or_default(), words.nth(1));
    let size = size.and_then(|size| size.parse().ok());
    Ok(size.map(|size| (id.to_string(), size)))
}

fn object(answers: &mut Answers) -> Result<Option<Object>, Failure> {
    let Some((id, size)) = head(answers)? else {
        return Ok(None);
    };
    let mut bytes = Vec::new();
    answers
        .take(size)
        .read_to_end(&mut bytes)
        .map_err(|error| unread(&error))?;
    // A line feed follows.
    answers
        .read_exact(&mut [0])
        .map_err(|error| unread(&error))?;
    Ok(Some(Object { id, bytes }))
}

fn unread(error: &io::Error) -> Failure {
    let message = format!("cannot read what git says: {}", io_message(error));
    Failure::new(FailureKind::Other, message)
}

fn endless() -> Failure {
    let message = format!("the repository has more than {MOST_ENTRIES} files");
    Failure::new(FailureKind::Other, message)
}

pub(super) fn broken() -> Failure {
    let message = "git gives something else than the files of the repository";
    Failure::new(FailureKind::Other, message)
}
