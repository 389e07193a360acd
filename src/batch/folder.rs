//! The folder of a batch, held by one run at a time.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use crate::report::Problem;

/// The files of a batch.
#[derive(Clone, Debug)]
pub struct Folder {
    pub path: PathBuf,
}

impl Folder {
    /// The folder that is named, or that the plan which is named is in.
    pub fn of(path: &Path) -> Self {
        let path = match path.is_file() {
            true => path
                .parent()
                .filter(|path| !path.as_os_str().is_empty())
                .unwrap_or(Path::new(".")),
            false => path,
        };
        Self {
            path: path.to_path_buf(),
        }
    }

    pub fn plan(&self) -> PathBuf {
        self.path.join("plan.json")
    }

    pub fn report(&self) -> PathBuf {
        self.path.join("report.html")
    }

    pub fn journal(&self) -> PathBuf {
        self.path.join("journal.jsonl")
    }

    /// Makes the folder, if it is not there.
    ///
    /// # Errors
    /// A [`Problem`] where that is not possible.
    pub fn create(&self) -> Result<(), Problem> {
        fs::create_dir_all(&self.path)
            .map_err(|error| self.problem("cannot make the folder", &error))
    }

    /// Holds the folder until the lock is dropped, or the process ends, however it does.
    ///
    /// # Errors
    /// A [`Problem`] where another run holds it.
    pub fn lock(&self) -> Result<Lock, Problem> {
        let path = self.path.join("lock");
        let file =
            File::create(&path).map_err(|error| self.problem("cannot lock the batch", &error))?;
        match file.try_lock() {
            Ok(()) => Ok(Lock { _file: file }),
            Err(TryLockError::WouldBlock) => {
                let message = format!(
                    "another run works on the batch in `{}`",
                    self.path.display()
                );
                Err(Problem::new(message).help("wait for it, or end it"))
            }
            Err(TryLockError::Error(error)) => Err(self.problem("cannot lock the batch", &error)),
        }
    }

    fn problem(&self, what: &str, error: &std::io::Error) -> Problem {
        Problem::io(&format!("{what} `{}`", self.path.display()), error)
    }
}

/// Nobody else works on the batch while this lives.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_run_at_a_time() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::of(place.path());
        let lock = folder.lock().unwrap();
        let problem = folder.lock().expect_err("it is held");
        assert!(
            problem
                .message
                .starts_with("another run works on the batch"),
            "{problem:?}"
        );
        drop(lock);
        folder.lock().unwrap();
    }
}
