//! The files of one commit in a folder of their own, without what `git checkout` may run or rewrite.
//!
//! A repository at an address is cloned without history and without large files, as a whole or not at all, into a cache.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use harden::digest;
use tempfile::TempDir;

use super::sources::{Place, Target};
use crate::discover;
use crate::git::{self, Files, Git, Kind, Objects};
use crate::report::Problem;

/// A commit, and its files.
pub struct Checkout {
    folder: TempDir,
    pub commit: String,
    /// Empty where the commit is on none.
    pub branch: String,
    /// The ids of files, by their paths.
    blobs: HashMap<PathBuf, String>,
    /// Files of which there is the name alone.
    large: HashSet<PathBuf>,
}

impl Checkout {
    /// The real path of the folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn blob(&self, path: &Path) -> Option<&str> {
        self.blobs.get(path).map(String::as_str)
    }

    pub fn is_large(&self, path: &Path) -> bool {
        self.large.contains(path)
    }
}

/// git as it reaches the repository at an address.
pub type Reach<'a> = dyn Fn(&str) -> Result<Git, Problem> + Sync + 'a;

/// Where clones are kept from one run to the next, and files for as long as they are looked at.
pub struct Store<'a> {
    /// Of clones.
    pub cache: PathBuf,
    /// An absolute path without links; on the same file system as nothing in particular.
    pub scratch: PathBuf,
    pub reach: &'a Reach<'a>,
}

impl Store<'_> {
    /// # Errors
    /// A [`Problem`] where git or the disk does not do it. Nothing half-done is left.
    pub fn checkout(&self, target: &Target) -> Result<Checkout, Problem> {
        let path = match &target.place {
            Place::Local(path) => return self.files(path, target),
            Place::Remote => self.cached(target),
        };
        if path.is_dir() {
            let newest = (self.reach)(&target.url)?.tip(target.branch.as_deref())?;
            let known = Objects::of_folder(&path).and_then(|mut objects| objects.commit("HEAD"));
            if known.is_ok_and(|known| known.map(|commit| commit.id) == newest)
                && let Ok(checkout) = self.files(&path, target)
            {
                return Ok(checkout);
            }
            // It has moved, or is damaged.
            fs::remove_dir_all(&path).map_err(|error| disk(&error))?;
        }
        self.clone(target, &path)?;
        self.files(&path, target)
    }

    fn cached(&self, target: &Target) -> PathBuf {
        let branch = target.branch.as_deref();
        let name = format!("{}\n{}", target.url, branch.unwrap_or_default());
        let name = digest::sha256(name.as_bytes());
        let name = name.get(..32).unwrap_or(&name);
        self.cache.join(format!("{name}.git"))
    }

    fn clone(&self, target: &Target, path: &Path) -> Result<(), Problem> {
        let place = tempfile::Builder::new()
            .prefix("clone-")
            .tempdir_in(&self.cache);
        let place = place.map_err(|error| disk(&error))?;
        let new = place.path().join("repository");
        (self.reach)(&target.url)?.copy(target.branch.as_deref(), Files::Small, &new)?;
        // Another thread may have been faster with the same address.
        match fs::rename(&new, path).is_ok() || path.is_dir() {
            true => Ok(()),
            false => Err(Problem::new("cannot keep the clone in the cache")),
        }
    }

    /// The files of a repository on this machine.
    fn files(&self, git_folder: &Path, target: &Target) -> Result<Checkout, Problem> {
        let mut objects = Objects::of_folder(git_folder)?;
        let (name, branch) = match (&target.branch, &target.place) {
            (Some(branch), Place::Local(_)) => (format!("refs/heads/{branch}"), branch.clone()),
            _ => ("HEAD".to_string(), git::branch_of(git_folder)),
        };
        let found = objects
            .commit(&name)
            .map_err(|failure| git::why_not(git_folder).unwrap_or(failure.problem))?;
        let commit = found.ok_or_else(|| match &target.branch {
            Some(branch) => Problem::new(format!("there is no branch `{branch}`")),
            None => git::Failure::empty().problem,
        })?;
        let mut tree = objects.tree(&commit.id)?;
        let folder = tempfile::Builder::new()
            .prefix("files-")
            .tempdir_in(&self.scratch);
        let folder = folder.map_err(|error| disk(&error))?;
        let mut entries = tree.entries.iter();
        if !entries.any(|entry| discover::may_be_wanted(&entry.path)) {
            tree.entries.clear();
        }
        let large = objects.export(&tree, folder.path())?;
        let files = tree.entries.into_iter();
        let files = files.filter(|entry| entry.kind == Kind::File);
        Ok(Checkout {
            folder,
            commit: commit.id,
            branch,
            blobs: files.map(|entry| (entry.path, entry.id)).collect(),
            large,
        })
    }
}

fn disk(error: &io::Error) -> Problem {
    Problem::io("cannot write the files of the repository", error)
}
