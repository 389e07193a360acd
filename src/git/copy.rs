//! A copy of a repository in a folder of its own: one commit deep, without large files, and without a working tree. Nothing
//! is ever done in a checkout of others.

use std::path::{Path, PathBuf};

use super::objects::{Commit, Objects};
use super::{Failure, FailureKind, Git, SMALL, check_branch};
use crate::report::Problem;

const BRANCH: &str = "refs/harden/branch";
/// Of the commits that harden makes.
const NAME: &str = "harden";
pub(super) const MAIL: &str = "harden@localhost";

/// Which files a copy has; the others stay with the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Files {
    Small,
    None,
}

impl Files {
    fn filter(self) -> String {
        match self {
            Self::Small => format!("--filter=blob:limit={}", SMALL + 1),
            Self::None => "--filter=blob:none".to_string(),
        }
    }
}

/// A file with its new bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// From the root of the repository, with `/`.
    pub path: String,
    pub old: Vec<u8>,
    pub new: Vec<u8>,
}

/// The copy. The folder is its caller's, who takes it away.
#[derive(Clone, Debug)]
pub struct Copy {
    git: Git,
    folder: PathBuf,
    files: Files,
}

impl Git {
    /// The commit that a branch, or HEAD, has at the other side; `None` where it is not there.
    ///
    /// # Errors
    /// Why that is not known.
    pub fn tip(&self, branch: Option<&str>) -> Result<Option<String>, Failure> {
        let name = match branch {
            Some(branch) => {
                check(branch)?;
                format!("refs/heads/{branch}")
            }
            None => "HEAD".to_string(),
        };
        let words = ["ls-remote", "--quiet", "--", &self.remote(), &name];
        let said = self.run(None, words)?;
        let said = String::from_utf8_lossy(&said);
        let mut lines = said.lines().filter_map(|line| line.split_once('\t'));
        let found = lines.find(|(_, own)| *own == name);
        Ok(found.map(|(id, _)| id.to_string()))
    }

    /// Copies the last commit of a branch, or of the default branch, into a folder that is not there yet.
    ///
    /// # Errors
    /// Why there is no copy: the repository is gone, the branch does not exist, the disk is full.
    pub fn copy(&self, branch: Option<&str>, files: Files, folder: &Path) -> Result<Copy, Failure> {
        let filter = files.filter();
        let mut words = vec![
            "clone",
            "--quiet",
            "--bare",
            "--depth=1",
            &filter,
            "--no-tags",
            "--single-branch",
            "--template=",
        ];
        if let Some(branch) = branch {
            check(branch)?;
            words.extend(["--branch", branch]);
        }
        let (url, place) = (self.remote(), folder.to_string_lossy());
        words.extend(["--", &url, &place]);
        self.run(None, words).map_err(|mut failure| {
            let message = &failure.problem.message;
            failure.problem.message = message.replace(&*place, "the clone");
            failure
        })?;
        Ok(Copy {
            git: self.clone(),
            folder: folder.to_path_buf(),
            files,
        })
    }

    /// Of a folder git would otherwise link to all there is.
    fn remote(&self) -> String {
        match self.address.is_folder() {
            true => format!("file://{}", self.address.url()),
            false => self.address.url().to_string(),
        }
    }
}

impl Copy {
    /// # Errors
    /// Where git cannot be run.
    pub fn objects(&self) -> Result<Objects, Failure> {
        Objects::start(self.command())
    }

    /// The commit that was copied.
    ///
    /// # Errors
    /// Where there is none, or it cannot be read.
    pub fn target(&self) -> Result<Commit, Failure> {
        self.objects()?.commit("HEAD")?.ok_or_else(Failure::empty)
    }

    /// The name of the branch that was copied.
    ///
    /// # Errors
    /// Where the copy is of no branch.
    pub fn branch_name(&self) -> Result<String, Failure> {
        let name = branch_of(&self.folder);
        check(&name)?;
        Ok(name)
    }

    /// Fetches the last commit of another branch with its parent; `None` where there is no such branch.
    ///
    /// # Errors
    /// Why that is not known.
    pub fn fetch(&self, branch: &str) -> Result<Option<Commit>, Failure> {
        if self.git.tip(Some(branch))?.is_none() {
            return Ok(None);
        }
        let from = format!("+refs/heads/{branch}:{BRANCH}");
        let words = [
            "fetch",
            "--quiet",
            "--no-tags",
            "--depth=2",
            &self.files.filter(),
            "--no-write-fetch-head",
            "--",
            "origin",
            &from,
        ];
        self.run(words)?;
        self.objects()?.commit(BRANCH)
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
        let mut objects = self.objects()?;
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
            let (Some(old), Some(new)) = (objects.bytes(old)?, objects.bytes(new)?) else {
                return Ok(None);
            };
            changes.push(Change { path, old, new });
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
        let mut objects = self.objects()?;
        let mut entries = Vec::new();
        let blobs = self.blobs(changes.iter().map(|change| change.new.as_slice()), true)?;
        for (change, blob) in changes.iter().zip(blobs) {
            let Some((mode, _)) = objects.file(&parent.id, &change.path)? else {
                let message = format!("`{}` is no file of the repository", change.path);
                return Err(Failure::new(FailureKind::Other, message));
            };
            entries.extend_from_slice(format!("{mode} {blob}\t{}\0", change.path).as_bytes());
        }
        git(&["update-index", "-z", "--index-info"], &entries)?;
        let tree = git(&["write-tree", "--missing-ok"], &[])?;
        git(
            &["commit-tree", &tree, "-p", &parent.id, "-F", "-"],
            message.as_bytes(),
        )
    }

    /// The ids of files with these bytes, which the copy has from now on where they are `kept`.
    ///
    /// # Errors
    /// Where git cannot write.
    pub fn blobs<'b>(
        &self,
        files: impl IntoIterator<Item = &'b [u8]>,
        are_kept: bool,
    ) -> Result<Vec<String>, Failure> {
        let mut names = String::new();
        for (number, bytes) in files.into_iter().enumerate() {
            let name = format!("harden-blob-{number}");
            std::fs::write(self.folder.join(&name), bytes).map_err(|error| unwritable(&error))?;
            names.push_str(&format!("{name}\n"));
        }
        let mut command = self.command();
        command.args(["hash-object", "--no-filters", "--stdin-paths"]);
        command.args(are_kept.then_some("-w"));
        let said = self.git.output(command, names.as_bytes())?;
        let said = String::from_utf8_lossy(&said);
        let ids: Vec<String> = said.lines().map(String::from).collect();
        match ids.len() == names.lines().count() {
            true => Ok(ids),
            false => Err(super::objects::broken()),
        }
    }

    /// The id and the bytes of a file of the copied commit; `None` where there is no such file.
    ///
    /// # Errors
    /// Where git cannot read it.
    pub fn file(&self, path: &str) -> Result<Option<(String, Vec<u8>)>, Failure> {
        let mut objects = self.objects()?;
        let Some(target) = objects.commit("HEAD")? else {
            return Ok(None);
        };
        let Some((_, id)) = objects.file(&target.id, path)? else {
            return Ok(None);
        };
        Ok(objects.bytes(&id)?.map(|bytes| (id, bytes)))
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
            false => Err(Failure::of(&output, self.git.address.url())),
        }
    }

    fn run<A: AsRef<std::ffi::OsStr>>(
        &self,
        words: impl IntoIterator<Item = A>,
    ) -> Result<Vec<u8>, Failure> {
        self.git.run(Some(&self.folder), words)
    }

    fn command(&self) -> std::process::Command {
        self.git.command(Some(&self.folder))
    }
}

/// The branch that HEAD of a repository names; empty where it names a commit.
pub fn branch_of(folder: &Path) -> String {
    let inside = std::fs::read_to_string(folder.join(".git/HEAD"));
    let text = match inside.or_else(|_| std::fs::read_to_string(folder.join("HEAD"))) {
        Ok(text) => text,
        // A worktree keeps it elsewhere.
        Err(_) => {
            let mut command = Git::here(folder);
            command.args(["symbolic-ref", "--quiet", "HEAD"]);
            let told = command.output().map(|output| output.stdout);
            format!(
                "ref: {}",
                String::from_utf8_lossy(&told.unwrap_or_default())
            )
        }
    };
    let branch = text.trim().strip_prefix("ref: refs/heads/");
    branch.unwrap_or_default().to_string()
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
