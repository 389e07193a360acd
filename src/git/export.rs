//! The files of a commit in a folder, as bytes of the repository: no filter, no hook and no attribute has a say, links are
//! made last, and nothing is written through one.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::copy::unwritable;
use super::objects::{Entry, Kind, Objects, Tree};
use super::{Failure, SMALL};

impl Objects {
    /// Writes the files of a commit, and `.git`, which marks the root of a repository. Of files that are not small there is
    /// the name alone, and that they are large: their paths are given back.
    ///
    /// # Errors
    /// Where the disk does not take them, or git does not give them.
    pub fn export(&mut self, tree: &Tree, folder: &Path) -> Result<HashSet<PathBuf>, Failure> {
        fs::create_dir_all(folder.join(".git")).map_err(|error| unwritable(&error))?;
        let entries: Vec<&Entry> = tree
            .entries
            .iter()
            .filter(|entry| entry.kind != Kind::Submodule)
            .collect();
        let sizes = self.sizes(&entries)?;
        let is_small = |size: &Option<u64>| size.is_some_and(|size| size <= SMALL);
        let pairs = || entries.iter().copied().zip(&sizes);
        let mut folders = Folders::default();
        let mut large = HashSet::new();
        for (entry, size) in pairs().filter(|(_, size)| !is_small(size)) {
            if entry.kind == Kind::File {
                // As long as what it stands for, and of no room on the disk.
                let length = size.unwrap_or(0).max(SMALL + 1);
                folders.make(folder, &entry.path, |path| {
                    File::create(path)?.set_len(length)
                })?;
                large.insert(entry.path.clone());
            }
        }
        let wanted = pairs().filter(|(_, size)| is_small(size));
        let wanted: Vec<&Entry> = wanted.map(|(entry, _)| entry).collect();
        let mut links = Vec::new();
        self.contents(&wanted, |entry, bytes| {
            if entry.kind == Kind::Link {
                links.push((entry.path.clone(), bytes));
                return folders.make(folder, &entry.path, |_| Ok(()));
            }
            folders.make(folder, &entry.path, |path| fs::write(path, &bytes))
        })?;
        // After all files and folders, so that nothing is written through a link.
        for (path, to) in links {
            link(&folder.join(&path), &to);
        }
        Ok(large)
    }
}

/// The folders that were made.
#[derive(Default)]
struct Folders(HashSet<PathBuf>);

impl Folders {
    /// Makes a file, and the folders that it is in. One that stands where another has to be is of no honest tree.
    fn make(
        &mut self,
        root: &Path,
        path: &Path,
        write: impl FnOnce(&Path) -> io::Result<()>,
    ) -> Result<(), Failure> {
        let parent = path.parent().unwrap_or(Path::new(""));
        let made = match self.0.contains(parent) {
            true => Ok(()),
            false => fs::create_dir_all(root.join(parent)),
        };
        self.0.insert(parent.to_path_buf());
        match made.and_then(|()| write(&root.join(path))) {
            Err(error) if !is_in_the_way(&error) => Err(unwritable(&error)),
            _ => Ok(()),
        }
    }
}

fn is_in_the_way(error: &io::Error) -> bool {
    let kinds = [
        ErrorKind::AlreadyExists,
        ErrorKind::IsADirectory,
        ErrorKind::NotADirectory,
    ];
    kinds.contains(&error.kind())
}

/// A link that cannot be made is one that nobody can follow.
#[cfg(unix)]
fn link(path: &Path, to: &[u8]) {
    use std::os::unix::ffi::OsStrExt as _;
    let _ = std::os::unix::fs::symlink(std::ffi::OsStr::from_bytes(to), path);
}

#[cfg(not(unix))]
fn link(_: &Path, _: &[u8]) {}
