//! Requests by nothing but git: a branch with one commit, and the push options of which GitLab makes a merge request.
//!
//! The commit depends on the plan and on what it stands on alone, so that whoever makes it again has the same one.

use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use super::apply::Requests;
use super::git::{git, run};
use super::journal::Made;
use super::wording;
use crate::report::Problem;
use crate::report::record::{ChangeRecord, FileRecord, RepositoryRecord};

const EMPTY: &str = "0000000000000000000000000000000000000000";
const NAME: &str = "harden";
const MAIL: &str = "harden@localhost";

pub struct Push<'a> {
    /// The name of the batch.
    pub batch: &'a str,
    pub profiles: &'a [String],
    pub is_draft: bool,
    /// For repositories that are gone when their request is made.
    pub scratch: &'a Path,
}

/// A repository with the tip of the target and, if it is there, our branch.
struct Tips {
    folder: tempfile::TempDir,
    /// The commit of the target.
    target: String,
    /// That of our branch.
    own: Option<String>,
}

impl Requests for Push<'_> {
    fn make(&self, record: &RepositoryRecord) -> Result<Made, Problem> {
        let tips = self.tips(record)?;
        let commit = self.commit(record, &tips)?;
        match &tips.own {
            Some(own) if *own == commit => return Ok(self.made(record, "open", "")),
            Some(own) if !self.is_ours(&tips, own) => {
                return Ok(self.made(record, "edited", "somebody else works on the branch"));
            }
            _ => {}
        }
        let state = if tips.own.is_some() {
            "updated"
        } else {
            "created"
        };
        let with_options = self.push(record, &tips, &commit, true);
        let is_refused = |problem: &Problem| problem.message.contains("push options");
        match with_options {
            Err(problem) if is_refused(&problem) => {
                self.push(record, &tips, &commit, false)?;
                Ok(self.made(
                    record,
                    state,
                    "a branch only: the server takes no push options",
                ))
            }
            other => other.map(|()| self.made(record, state, "")),
        }
    }

    fn look(&self, record: &RepositoryRecord) -> Result<Made, Problem> {
        let tips = self.tips(record)?;
        let own = match &tips.own {
            None if self.is_merged(record, &tips)? => "merged",
            None => "closed",
            Some(own) if self.is_ours(&tips, own) => "open",
            Some(_) => "edited",
        };
        Ok(self.made(record, own, ""))
    }

    fn close(&self, record: &RepositoryRecord) -> Result<(), Problem> {
        let tips = self.tips(record)?;
        let Some(own) = &tips.own else {
            return Ok(());
        };
        if !self.is_ours(&tips, own) {
            return Err(Problem::new("somebody else works on the branch"));
        }
        let branch = self.branch();
        let mut command = git(Some(tips.folder.path()));
        command.args([
            "push",
            "--quiet",
            &format!("--force-with-lease={branch}:{own}"),
            "--",
            &record.url,
        ]);
        command.arg(format!(":{branch}"));
        run(command, &[tips.folder.path()]).map(|_| ())
    }

    fn comment(&self, _: &RepositoryRecord, _: &str) -> Result<(), Problem> {
        Err(Problem::new("a push cannot comment").help("`--forge` names the forge that can"))
    }
}

impl Push<'_> {
    fn branch(&self) -> String {
        format!("refs/heads/harden/{}", self.batch)
    }

    fn made(&self, record: &RepositoryRecord, state: &str, note: &str) -> Made {
        let address = record.url.strip_suffix(".git").unwrap_or(&record.url);
        let is_page = address.starts_with("https://") || address.starts_with("http://");
        Made {
            state: state.to_string(),
            url: if is_page {
                address.to_string()
            } else {
                String::new()
            },
            note: note.to_string(),
        }
    }

    fn tips(&self, record: &RepositoryRecord) -> Result<Tips, Problem> {
        if record.branch.is_empty() {
            return Err(Problem::new(
                "the commit that was looked at is on no branch",
            ));
        }
        let folder = tempfile::Builder::new()
            .prefix("push-")
            .tempdir_in(self.scratch);
        let folder = folder.map_err(|error| Problem::io("cannot make a folder", &error))?;
        let mut command = git(None);
        command
            .args(["init", "--quiet", "--bare", "--template=", "--"])
            .arg(folder.path());
        run(command, &[folder.path()])?;
        let target = format!("refs/heads/{}", record.branch);
        let mut command = git(Some(folder.path()));
        command.args([
            "ls-remote",
            "--quiet",
            "--",
            &record.url,
            &target,
            &self.branch(),
        ]);
        let told = run(command, &[folder.path()])?;
        let told = String::from_utf8_lossy(&told);
        let of = |name: &str| {
            let mut lines = told.lines().filter_map(|line| line.split_once('\t'));
            lines
                .find(|(_, own)| *own == name)
                .map(|(id, _)| id.to_string())
        };
        let own = of(&self.branch());
        let Some(commit) = of(&target) else {
            return Err(Problem::new(format!(
                "there is no branch `{}` any more",
                record.branch
            )));
        };
        let mut command = git(Some(folder.path()));
        command.args([
            "fetch",
            "--quiet",
            "--depth=2",
            "--no-tags",
            "--no-write-fetch-head",
            "--filter=blob:none",
            "--",
            &record.url,
            &commit,
        ]);
        command.args(own.as_ref());
        run(command, &[folder.path()])?;
        Ok(Tips {
            folder,
            target: commit,
            own,
        })
    }

    /// Whether the branch has nothing but a commit of this batch: as its author and its committer say.
    fn is_ours(&self, tips: &Tips, commit: &str) -> bool {
        let mut command = git(Some(tips.folder.path()));
        command.args([
            "show",
            "--no-patch",
            "--format=%ae%n%ce%n%(trailers:key=Harden-Batch,valueonly)",
            commit,
        ]);
        let told = run(command, &[]).unwrap_or_default();
        let told = String::from_utf8_lossy(&told);
        let lines: Vec<&str> = told.lines().map(str::trim).collect();
        matches!(lines.as_slice(), [author, committer, batch, ..] if *author == MAIL && *committer == MAIL && *batch == self.batch)
    }

    /// Whether the target has all that was planned.
    fn is_merged(&self, record: &RepositoryRecord, tips: &Tips) -> Result<bool, Problem> {
        for (file, change) in changes(record) {
            let new = self.hash(tips, &change.text, false)?;
            if entry(tips, &file.path)?.is_none_or(|(_, blob)| blob != new) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The commit with the planned texts on the tip of the target.
    fn commit(&self, record: &RepositoryRecord, tips: &Tips) -> Result<String, Problem> {
        let folder = tips.folder.path();
        let mut command = git(Some(folder));
        command.args(["read-tree", &tips.target]);
        run(command, &[folder])?;
        for (file, change) in changes(record) {
            let found = entry(tips, &file.path)?;
            let Some((mode, _)) = found.filter(|(_, blob)| *blob == change.old) else {
                return Err(wording::moved(&file.path));
            };
            let blob = self.hash(tips, &change.text, true)?;
            let mut command = git(Some(folder));
            command.args([
                "update-index",
                "--add",
                "--cacheinfo",
                &format!("{mode},{blob},{}", file.path),
            ]);
            run(command, &[folder])?;
        }
        let mut command = git(Some(folder));
        command.args(["write-tree", "--missing-ok"]);
        let tree = text(run(command, &[folder])?);
        let mut command = git(Some(folder));
        command.args([
            "show",
            "--no-patch",
            "--format=%cd",
            "--date=raw",
            &tips.target,
        ]);
        let date = text(run(command, &[folder])?);
        let mut command = git(Some(folder));
        command.args(["commit-tree", &tree, "-p", &tips.target]);
        for who in ["AUTHOR", "COMMITTER"] {
            command
                .env(format!("GIT_{who}_NAME"), NAME)
                .env(format!("GIT_{who}_EMAIL"), MAIL);
            command.env(format!("GIT_{who}_DATE"), &date);
        }
        let message = wording::commit(record, self.batch, self.profiles);
        Ok(text(with_input(command, &message)?))
    }

    fn hash(&self, tips: &Tips, text_of_file: &str, is_kept: bool) -> Result<String, Problem> {
        let mut command = git(Some(tips.folder.path()));
        command.arg("hash-object");
        command.args(is_kept.then_some("-w"));
        command.arg("--stdin");
        Ok(text(with_input(command, text_of_file)?))
    }

    fn push(
        &self,
        record: &RepositoryRecord,
        tips: &Tips,
        commit: &str,
        with_options: bool,
    ) -> Result<(), Problem> {
        let branch = self.branch();
        let expected = tips.own.as_deref().unwrap_or("");
        let mut command = git(Some(tips.folder.path()));
        command.args([
            "push",
            "--quiet",
            &format!("--force-with-lease={branch}:{expected}"),
        ]);
        if with_options {
            for option in self.options(record) {
                command.arg(format!("--push-option={option}"));
            }
        }
        command.args(["--", &record.url, &format!("{commit}:{branch}")]);
        run(command, &[tips.folder.path()]).map(|_| ())
    }

    /// What GitLab makes a merge request of; an option is one line.
    fn options(&self, record: &RepositoryRecord) -> Vec<String> {
        let line = |text: &str| text.replace('\n', "\\n");
        let title = wording::title(record, self.profiles);
        let title = if self.is_draft {
            format!("Draft: {title}")
        } else {
            title
        };
        vec![
            "merge_request.create".to_string(),
            format!("merge_request.target={}", record.branch),
            format!("merge_request.title={title}"),
            format!(
                "merge_request.description={}",
                line(&wording::description(record, self.batch))
            ),
            "merge_request.label=hardening".to_string(),
            "merge_request.remove_source_branch".to_string(),
        ]
    }
}

fn changes(record: &RepositoryRecord) -> impl Iterator<Item = (&FileRecord, &ChangeRecord)> {
    let files = record.files.iter();
    files.filter_map(|file| Some((file, file.change.as_ref()?)))
}

/// Mode and blob of a file at the tip of the target.
fn entry(tips: &Tips, path: &str) -> Result<Option<(String, String)>, Problem> {
    let mut command = git(Some(tips.folder.path()));
    command.env("GIT_LITERAL_PATHSPECS", "1");
    command.args(["ls-tree", "-z", "--full-tree", &tips.target, "--", path]);
    let told = run(command, &[tips.folder.path()])?;
    let told = String::from_utf8_lossy(&told);
    let mut words = told.split_whitespace();
    let (mode, kind, id) = (words.next(), words.next(), words.next());
    Ok(match (mode, kind, id) {
        (Some(mode), Some("blob"), Some(id)) if id != EMPTY => {
            Some((mode.to_string(), id.to_string()))
        }
        _ => None,
    })
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8_lossy(&bytes).trim().to_string()
}

/// What a command prints that reads `input`, from a file, so that neither waits for the other.
fn with_input(mut command: Command, input: &str) -> Result<Vec<u8>, Problem> {
    let problem = |error: std::io::Error| Problem::io("cannot write for git", &error);
    let mut file = tempfile::tempfile().map_err(problem)?;
    file.write_all(input.as_bytes()).map_err(problem)?;
    std::io::Seek::rewind(&mut file).map_err(problem)?;
    command.stdin(file);
    run(command, &[])
}
