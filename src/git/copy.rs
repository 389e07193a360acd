//! A copy of a repository in a folder of its own: one commit deep, without large files, and without a working tree. Nothing
//! is ever done in a checkout of others.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{Failure, FailureKind, Git, check_branch};
use crate::report::Problem;

/// Files that are larger stay with the server.
pub(super) const FILTER: &str = "--filter=blob:limit=1m";
const TARGET: &str = "refs/harden/target";
const BRANCH: &str = "refs/harden/branch";
/// Of the commits that harden makes.
const NAME: &str = "harden";
const MAIL: &str = "harden@localhost";

/// What there is at the other side: the default branch, and the commits of the branches that were asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// `None` where HEAD is no branch that exists.
    pub default_branch: Option<String>,
    /// Of the branches that exist.
    pub branches: BTreeMap<String, String>,
}

/// A file with its new bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// From the root of the repository, with `/`.
    pub path: String,
    pub old: Vec<u8>,
    pub new: Vec<u8>,
}

/// A commit as far as harden asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Commit {
    pub id: String,
    pub parents: Vec<String>,
    /// Seconds since 1970, and the zone.
    pub time: String,
    pub message: String,
}

impl Commit {
    /// The value of a line `Name: value` in the last paragraph.
    pub fn trailer(&self, name: &str) -> Option<&str> {
        let last = self.message.trim_end().rsplit("\n\n").next()?;
        last.lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }
}

/// The copy. The folder is its caller's, who takes it away.
#[derive(Clone, Debug)]
pub struct Copy {
    git: Git,
    folder: PathBuf,
}

impl Git {
    /// What there is at the other side, without copying anything.
    ///
    /// # Errors
    /// Why that is not known.
    pub fn head(&self, branches: &[&str]) -> Result<Head, Failure> {
        for name in branches {
            check(name)?;
        }
        let mut words = vec![
            "ls-remote",
            "--symref",
            "--quiet",
            "--",
            self.address.url(),
            "HEAD",
        ];
        let names: Vec<String> = branches
            .iter()
            .map(|name| format!("refs/heads/{name}"))
            .collect();
        words.extend(names.iter().map(String::as_str));
        let said = self.run(None, words)?;
        let said = String::from_utf8_lossy(&said);
        let mut head = Head::default();
        for line in said.lines() {
            let Some((value, name)) = line.split_once('\t') else {
                continue;
            };
            if let (Some(branch), "HEAD") = (value.strip_prefix("ref: refs/heads/"), name) {
                head.default_branch = check_branch(branch).is_ok().then(|| branch.to_string());
            } else if let Some(branch) = name.strip_prefix("refs/heads/") {
                head.branches.insert(branch.to_string(), value.to_string());
            }
        }
        Ok(head)
    }

    /// Copies the last commit of a branch, or of the default branch, into a folder that is not there yet.
    ///
    /// # Errors
    /// Why there is no copy: the repository is gone or empty, the branch does not exist, the disk is full.
    pub fn copy(&self, branch: Option<&str>, folder: &Path) -> Result<Copy, Failure> {
        let mut words: Vec<String> = [
            "clone",
            "--quiet",
            "--bare",
            "--depth=1",
            FILTER,
            "--no-tags",
            "--template=",
        ]
        .map(String::from)
        .to_vec();
        if let Some(branch) = branch {
            check(branch)?;
            words.extend(["--branch".to_string(), branch.to_string()]);
        }
        // Of a folder git would otherwise link to all there is.
        let url = match self.address.is_folder() {
            true => format!("file://{}", self.address.url()),
            false => self.address.url().to_string(),
        };
        words.extend(["--".to_string(), url, folder.to_string_lossy().into_owned()]);
        self.run(None, words)?;
        let copy = Copy {
            git: self.clone(),
            folder: folder.to_path_buf(),
        };
        let words = ["update-ref", TARGET, "HEAD"];
        copy.git.run(Some(folder), words).map_err(|_| {
            let message = format!(
                "`{}` is empty: there is no commit in it",
                self.address.url()
            );
            Failure::new(FailureKind::Empty, message)
        })?;
        Ok(copy)
    }
}

impl Copy {
    /// The commit that was copied.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn target(&self) -> Result<Commit, Failure> {
        self.commit_of(TARGET)
    }

    /// The name of the branch that was copied.
    ///
    /// # Errors
    /// Where the copy is of no branch.
    pub fn branch_name(&self) -> Result<String, Failure> {
        let name = self.run(["symbolic-ref", "--short", "HEAD"])?;
        let name = String::from_utf8_lossy(&name).trim().to_string();
        check(&name)?;
        Ok(name)
    }

    /// Fetches the last commit of another branch with its parent; `None` where there is no such branch.
    ///
    /// # Errors
    /// Why that is not known.
    pub fn fetch(&self, branch: &str) -> Result<Option<Commit>, Failure> {
        let head = self.git.head(&[branch])?;
        if !head.branches.contains_key(branch) {
            return Ok(None);
        }
        let from = format!("+refs/heads/{branch}:{BRANCH}");
        let words = [
            "fetch",
            "--quiet",
            "--no-tags",
            "--depth=2",
            FILTER,
            "--no-write-fetch-head",
            "--",
            "origin",
        ];
        let words = words.into_iter().chain([from.as_str()]);
        self.run(words)?;
        self.commit_of(BRANCH).map(Some)
    }

    fn commit_of(&self, name: &str) -> Result<Commit, Failure> {
        let said = self.run(["cat-file", "commit", name])?;
        let id = self.run([
            "rev-parse",
            "--verify",
            "--end-of-options",
            &format!("{name}^{{commit}}"),
        ])?;
        let said = String::from_utf8_lossy(&said).into_owned();
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
        Ok(Commit {
            id: String::from_utf8_lossy(&id).trim().to_string(),
            parents: of("parent"),
            time: time.to_string(),
            message: message.to_string(),
        })
    }

    /// The files in which a commit differs from its first parent, with the bytes before and after; `None` where something
    /// else than the bytes of files differs.
    ///
    /// # Errors
    /// Where that cannot be read.
    pub fn changes_of(&self, commit: &Commit) -> Result<Option<Vec<Change>>, Failure> {
        let Some(parent) = commit.parents.first() else {
            return Ok(None);
        };
        let words = [
            "diff-tree",
            "-r",
            "-z",
            "--no-renames",
            "--raw",
            "--no-abbrev",
            parent,
            &commit.id,
        ];
        let said = self.run(words)?;
        let mut fields = said.split(|byte| *byte == 0);
        let mut changes = Vec::new();
        while let (Some(about), Some(path)) = (fields.next(), fields.next()) {
            let about = String::from_utf8_lossy(about);
            let about: Vec<&str> = about.split(' ').collect();
            let [old_mode, new_mode, old, new, kind] = about.as_slice() else {
                return Ok(None);
            };
            if *kind != "M" || old_mode.strip_prefix(':') != Some(new_mode) {
                return Ok(None);
            }
            let Ok(path) = String::from_utf8(path.to_vec()) else {
                return Ok(None);
            };
            changes.push(Change {
                path,
                old: self.run(["cat-file", "blob", old])?,
                new: self.run(["cat-file", "blob", new])?,
            });
        }
        Ok(Some(changes))
    }

    /// Makes a commit on top of `parent` in the copy, as a function of its arguments alone: its time is that of its parent,
    /// so that making it twice gives the same commit.
    ///
    /// # Errors
    /// Where a path is no file of `parent`, or git cannot write.
    pub fn commit(
        &self,
        parent: &Commit,
        changes: &[Change],
        message: &str,
    ) -> Result<String, Failure> {
        let index = self.folder.join("harden-index");
        let git = |words: &[&str], input: &[u8]| {
            let mut command = self.git.command(Some(&self.folder));
            command.env("GIT_INDEX_FILE", &index).args(words);
            for (who, what) in [("AUTHOR", NAME), ("COMMITTER", NAME)] {
                command.env(format!("GIT_{who}_NAME"), what);
                command.env(format!("GIT_{who}_EMAIL"), MAIL);
                command.env(format!("GIT_{who}_DATE"), &parent.time);
            }
            let said = self.git.output(command, input)?;
            Ok::<_, Failure>(String::from_utf8_lossy(&said).trim().to_string())
        };
        git(&["read-tree", &parent.id], &[])?;
        let mut entries = Vec::new();
        for change in changes {
            let mode = self.mode(&parent.id, &change.path)?;
            let file = self.folder.join("harden-blob");
            std::fs::write(&file, &change.new).map_err(|error| unwritable(&error))?;
            let blob = git(
                &["hash-object", "-w", "--no-filters", "--", "harden-blob"],
                &[],
            )?;
            entries.extend_from_slice(format!("{mode} {blob}\t{}\0", change.path).as_bytes());
        }
        git(&["update-index", "-z", "--index-info"], &entries)?;
        let tree = git(&["write-tree", "--missing-ok"], &[])?;
        git(
            &["commit-tree", &tree, "-p", &parent.id, "-F", "-"],
            message.as_bytes(),
        )
    }

    /// The mode of a file: `100644` or `100755`.
    fn mode(&self, commit: &str, path: &str) -> Result<String, Failure> {
        let path_of = format!(":(literal,top){path}");
        let said = self.run(["ls-tree", "-z", "--full-tree", commit, "--", path])?;
        let said = String::from_utf8_lossy(&said).into_owned();
        match said.split(' ').next() {
            Some(mode @ ("100644" | "100755")) => Ok(mode.to_string()),
            _ => Err(Failure::new(
                FailureKind::Other,
                format!("`{path_of}` is no file of the repository"),
            )),
        }
    }

    /// The id and the bytes of a file of the copied commit; `None` where there is no such file.
    ///
    /// # Errors
    /// Where git cannot read it.
    pub fn file(&self, path: &str) -> Result<Option<(String, Vec<u8>)>, Failure> {
        let mut command = self.command();
        command.env("GIT_LITERAL_PATHSPECS", "1");
        command.args(["ls-tree", "-z", "--full-tree", TARGET, "--", path]);
        let said = self.git.output(command, &[])?;
        let said = String::from_utf8_lossy(&said).into_owned();
        let mut words = said.split_whitespace();
        let (Some("100644" | "100755"), Some("blob"), Some(id)) =
            (words.next(), words.next(), words.next())
        else {
            return Ok(None);
        };
        let bytes = self.run(["cat-file", "blob", id])?;
        Ok(Some((id.to_string(), bytes)))
    }

    /// Pushes a commit to a branch that was at `expected` (`None`: not there) when it was looked at. Gives what the server
    /// says of it.
    ///
    /// # Errors
    /// Why the branch is as it was.
    pub fn push(
        &self,
        commit: &str,
        branch: &str,
        expected: Option<&str>,
        options: &[String],
    ) -> Result<String, Failure> {
        check(branch)?;
        self.push_to(
            &format!("{commit}:refs/heads/{branch}"),
            branch,
            expected,
            options,
        )
    }

    /// Takes a branch away that was at `expected`.
    ///
    /// # Errors
    /// Why it is still there.
    pub fn delete(&self, branch: &str, expected: &str) -> Result<(), Failure> {
        check(branch)?;
        self.push_to(
            &format!(":refs/heads/{branch}"),
            branch,
            Some(expected),
            &[],
        )
        .map(|_| ())
    }

    fn push_to(
        &self,
        what: &str,
        branch: &str,
        expected: Option<&str>,
        options: &[String],
    ) -> Result<String, Failure> {
        let lease = format!(
            "--force-with-lease=refs/heads/{branch}:{}",
            expected.unwrap_or("")
        );
        self.pushed(&[what], &[lease], options)
    }

    /// Pushes a commit to a place that is no branch, such as `refs/for/main`.
    ///
    /// # Errors
    /// Why it was not taken.
    pub fn push_for(
        &self,
        commit: &str,
        place: &str,
        options: &[String],
    ) -> Result<String, Failure> {
        self.pushed(&[&format!("{commit}:{place}")], &[], options)
    }

    fn pushed(
        &self,
        what: &[&str],
        flags: &[String],
        options: &[String],
    ) -> Result<String, Failure> {
        let mut words = vec![
            "push".to_string(),
            "--porcelain".to_string(),
            "--no-verify".to_string(),
        ];
        words.extend_from_slice(flags);
        for option in options {
            words.push(format!("--push-option={option}"));
        }
        words.extend(["--".to_string(), "origin".to_string()]);
        words.extend(what.iter().map(|one| (*one).to_string()));
        let mut command = self.git.command(Some(&self.folder));
        command.args(words);
        let output = super::limited(command, &[], self.git.settings.timeout)?;
        match output.status.success() {
            true => Ok(String::from_utf8_lossy(&output.stderr).into_owned()),
            false => Err(self.git.failure(&output)),
        }
    }

    pub(super) fn run<A: AsRef<std::ffi::OsStr>>(
        &self,
        words: impl IntoIterator<Item = A>,
    ) -> Result<Vec<u8>, Failure> {
        self.git.run(Some(&self.folder), words)
    }

    pub(super) fn command(&self) -> std::process::Command {
        self.git.command(Some(&self.folder))
    }
}

fn check(branch: &str) -> Result<(), Failure> {
    check_branch(branch).map_err(|problem| Failure {
        kind: FailureKind::Other,
        problem,
    })
}

pub(super) fn unwritable(error: &std::io::Error) -> Failure {
    let kind = match error.kind() {
        std::io::ErrorKind::StorageFull => FailureKind::Full,
        _ => FailureKind::Other,
    };
    Failure {
        kind,
        problem: Problem::io("cannot write a temporary file", error),
    }
}
