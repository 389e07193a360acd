//! Requests by nothing but git: a branch with one commit, and the push options of which GitLab makes a merge request.
//!
//! The commit depends on the plan and on what it stands on alone, so that whoever makes it again has the same one.

use std::path::Path;

use super::apply::Requests;
use super::checkout::Reach;
use super::journal::Made;
use super::wording;
use crate::forge::{self, Draft};
use crate::git::{Change, Commit, Copy, FailureKind, Files};
use crate::report::Problem;
use crate::report::record::{ChangeRecord, FileRecord, RepositoryRecord};

pub struct Push<'a> {
    /// The name of the batch.
    pub batch: &'a str,
    pub profiles: &'a [String],
    pub is_draft: bool,
    /// For repositories that are gone when their request is made.
    pub scratch: &'a Path,
    pub reach: &'a Reach<'a>,
}

/// A copy without files, with the tip of the target and, if it is there, our branch.
struct Tips {
    copy: Copy,
    target: Commit,
    own: Option<Commit>,
    _folder: tempfile::TempDir,
}

impl Requests for Push<'_> {
    fn make(&self, record: &RepositoryRecord) -> Result<Made, Problem> {
        let tips = self.tips(record)?;
        let commit = self.commit(record, &tips)?;
        let state = match &tips.own {
            Some(own) if own.id == commit => return Ok(self.made(record, "open", "")),
            Some(own) if !self.is_ours(own) => {
                return Ok(self.made(record, "edited", "somebody else works on the branch"));
            }
            Some(_) => "updated",
            None => "created",
        };
        let own = tips.own.as_ref().map(|own| own.id.as_str());
        let push = |options: &[String]| tips.copy.push(&commit, &self.branch(), own, options);
        match push(&self.options(record)) {
            Err(failure) if failure.kind == FailureKind::NoOptions => {
                push(&[])?;
                let note = "a branch only: the server takes no push options";
                Ok(self.made(record, state, note))
            }
            other => Ok(other.map(|_| self.made(record, state, ""))?),
        }
    }

    fn look(&self, record: &RepositoryRecord) -> Result<Made, Problem> {
        let tips = self.tips(record)?;
        let own = match &tips.own {
            None if is_merged(record, &tips)? => "merged",
            None => "closed",
            Some(own) if self.is_ours(own) => "open",
            Some(_) => "edited",
        };
        Ok(self.made(record, own, ""))
    }

    fn close(&self, record: &RepositoryRecord) -> Result<(), Problem> {
        let tips = self.tips(record)?;
        match &tips.own {
            None => Ok(()),
            Some(own) if !self.is_ours(own) => {
                Err(Problem::new("somebody else works on the branch"))
            }
            Some(own) => Ok(tips.copy.delete(&self.branch(), &own.id)?),
        }
    }

    fn comment(&self, _: &RepositoryRecord, _: &str) -> Result<(), Problem> {
        Err(Problem::new("a push cannot comment").help("`--forge` names the forge that can"))
    }
}

impl Push<'_> {
    fn branch(&self) -> String {
        format!("harden/{}", self.batch)
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
        let git = (self.reach)(&record.url)?;
        let place = folder.path().join("copy.git");
        let copy = git.copy(Some(&record.branch), Files::None, &place)?;
        Ok(Tips {
            target: copy.target()?,
            own: copy.fetch(&self.branch())?,
            copy,
            _folder: folder,
        })
    }

    /// Whether the branch has nothing but a commit of this batch: as its author and its committer say.
    fn is_ours(&self, commit: &Commit) -> bool {
        commit.is_signed_by_harden && commit.trailer("Harden-Batch") == Some(self.batch)
    }

    /// The commit with the planned texts on the tip of the target.
    fn commit(&self, record: &RepositoryRecord, tips: &Tips) -> Result<String, Problem> {
        let mut objects = tips.copy.objects()?;
        let mut planned = Vec::new();
        for (file, change) in changes(record) {
            let found = objects.file(&tips.target.id, &file.path)?;
            if found.is_none_or(|(_, blob)| blob != change.old) {
                return Err(wording::moved(&file.path));
            }
            planned.push(Change {
                path: file.path.clone(),
                new: change.text.clone().into_bytes(),
                ..Change::default()
            });
        }
        let message = wording::commit(record, self.batch, self.profiles);
        Ok(tips.copy.commit(&tips.target, &planned, &message)?)
    }

    /// What GitLab makes a merge request of.
    fn options(&self, record: &RepositoryRecord) -> Vec<String> {
        forge::gitlab_push_options(&Draft {
            target: record.branch.clone(),
            title: wording::title(record, self.profiles),
            body: wording::description(record, self.batch),
            is_draft: self.is_draft,
            labels: vec!["hardening".to_string()],
            ..Draft::default()
        })
    }
}

/// Whether the target has all that was planned.
fn is_merged(record: &RepositoryRecord, tips: &Tips) -> Result<bool, Problem> {
    let mut objects = tips.copy.objects()?;
    let texts = changes(record).map(|(_, change)| change.text.as_bytes());
    let planned = tips.copy.blobs(texts, false)?;
    for ((file, _), new) in changes(record).zip(planned) {
        let found = objects.file(&tips.target.id, &file.path)?;
        if found.is_none_or(|(_, blob)| blob != new) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn changes(record: &RepositoryRecord) -> impl Iterator<Item = (&FileRecord, &ChangeRecord)> {
    let files = record.files.iter();
    files.filter_map(|file| Some((file, file.change.as_ref()?)))
}
