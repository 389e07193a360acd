//! The files of a commit in a folder, as bytes of the repository: no filter, no hook and no attribute has a say, links are
//! made last, and nothing is written through one.

use std::collections::HashSet;
use std::fs;
use std::io::{BufReader, Read as _};
use std::path::{Component, Path};
use std::process::Stdio;

use super::copy::unwritable;
use super::{Copy, Failure, FailureKind};

/// A larger file is no Dockerfile, and nothing that one is judged by.
const MOST_BYTES: u64 = 1 << 20;

/// What was written, and what was not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exported {
    pub files: usize,
    pub left: Vec<Left>,
}

/// Something of a commit that was not written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    pub path: String,
    pub kind: LeftKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeftKind {
    /// Another repository.
    Submodule,
    Large,
    /// A path that leads out of the folder, or that is no text.
    BadPath,
}

struct Entry {
    mode: String,
    id: String,
    path: String,
}

impl Copy {
    /// Writes the files of the copied commit into a folder, and `.git`, which marks the root of a repository.
    ///
    /// # Errors
    /// Where the disk does not take them, or git does not give them.
    pub fn export(&self, folder: &Path) -> Result<Exported, Failure> {
        let target = self.target()?.id;
        let missing = self.missing(&target)?;
        let mut exported = Exported::default();
        let (mut files, mut links) = (Vec::new(), Vec::new());
        for entry in self.entries(&target)? {
            let kind = match entry.mode.as_str() {
                "160000" => Some(LeftKind::Submodule),
                _ if !is_inside(&entry.path) => Some(LeftKind::BadPath),
                _ if missing.contains(&entry.id) => Some(LeftKind::Large),
                _ => None,
            };
            match (kind, entry.mode.as_str()) {
                (Some(kind), _) => exported.left.push(Left {
                    path: entry.path,
                    kind,
                }),
                (None, "120000") => links.push(entry),
                (None, _) => files.push(entry),
            }
        }
        fs::create_dir_all(folder.join(".git")).map_err(|error| unwritable(&error))?;
        files.append(&mut links);
        self.write(folder, files, &mut exported)?;
        Ok(exported)
    }

    /// What the server has kept.
    fn missing(&self, commit: &str) -> Result<HashSet<String>, Failure> {
        let words = [
            "rev-list",
            "--objects",
            "--missing=print",
            "--no-object-names",
            "--max-count=1",
            commit,
        ];
        let said = self.run(words)?;
        let said = String::from_utf8_lossy(&said);
        Ok(said
            .lines()
            .filter_map(|line| line.strip_prefix('?'))
            .map(String::from)
            .collect())
    }

    fn entries(&self, commit: &str) -> Result<Vec<Entry>, Failure> {
        let said = self.run(["ls-tree", "-r", "-z", "--full-tree", commit])?;
        let lines = said
            .split(|byte| *byte == 0)
            .filter(|line| !line.is_empty());
        let entry = |line: &[u8]| {
            let line = String::from_utf8_lossy(line);
            let (about, path) = line.split_once('\t')?;
            let mut about = about.split(' ');
            Some(Entry {
                mode: about.next()?.to_string(),
                id: about.nth(1)?.to_string(),
                path: path.to_string(),
            })
        };
        Ok(lines.filter_map(entry).collect())
    }

    /// Writes what `git cat-file --batch` gives, in the order of the entries.
    fn write(
        &self,
        folder: &Path,
        entries: Vec<Entry>,
        exported: &mut Exported,
    ) -> Result<(), Failure> {
        let list = folder.join(".git/list");
        let ids: String = entries
            .iter()
            .map(|entry| format!("{}\n", entry.id))
            .collect();
        fs::write(&list, ids).map_err(|error| unwritable(&error))?;
        let mut command = self.command();
        command.args(["cat-file", "--batch"]);
        command.stdin(fs::File::open(&list).map_err(|error| unwritable(&error))?);
        command.stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().map_err(|error| unwritable(&error))?;
        let mut reader = BufReader::new(child.stdout.take().ok_or_else(broken)?);
        let mut result = Ok(());
        for entry in entries {
            result = one(folder, entry, &mut reader, exported);
            if result.is_err() {
                // It has no reader any more, and nothing else to do.
                let _ = child.kill();
                break;
            }
        }
        let _ = child.wait();
        fs::remove_file(&list).map_err(|error| unwritable(&error))?;
        result
    }
}

fn one(
    folder: &Path,
    entry: Entry,
    reader: &mut impl std::io::BufRead,
    exported: &mut Exported,
) -> Result<(), Failure> {
    let mut head = String::new();
    reader
        .read_line(&mut head)
        .map_err(|error| unwritable(&error))?;
    let size: u64 = head
        .trim()
        .rsplit(' ')
        .next()
        .and_then(|size| size.parse().ok())
        .ok_or_else(broken)?;
    if size > MOST_BYTES {
        std::io::copy(&mut reader.take(size + 1), &mut std::io::sink())
            .map_err(|error| unwritable(&error))?;
        let kind = LeftKind::Large;
        exported.left.push(Left {
            path: entry.path,
            kind,
        });
        return Ok(());
    }
    let mut bytes = vec![0; usize::try_from(size).map_err(|_| broken())? + 1];
    reader
        .read_exact(&mut bytes)
        .map_err(|error| unwritable(&error))?;
    bytes.pop();
    let path = folder.join(&entry.path);
    if let Some(parent) = path.parent() {
        // Where a link stands in the way, the files below it are not of this tree.
        if fs::create_dir_all(parent).is_err()
            || parent.canonicalize().ok()
                != folder
                    .canonicalize()
                    .ok()
                    .map(|root| join(&root, &entry.path))
        {
            return Ok(());
        }
    }
    match entry.mode.as_str() {
        "120000" => link(&bytes, &path),
        _ => fs::write(&path, &bytes).map_err(|error| unwritable(&error))?,
    }
    exported.files += 1;
    Ok(())
}

/// The folder of a path below a root.
fn join(root: &Path, path: &str) -> std::path::PathBuf {
    let whole = root.join(path);
    whole
        .parent()
        .map_or_else(|| root.to_path_buf(), Path::to_path_buf)
}

#[cfg(unix)]
fn link(target: &[u8], path: &Path) {
    use std::os::unix::ffi::OsStrExt as _;
    // One that cannot be made leads nowhere, which is how it is found.
    let _ = std::os::unix::fs::symlink(std::ffi::OsStr::from_bytes(target), path);
}

#[cfg(not(unix))]
fn link(_: &[u8], _: &Path) {}

fn is_inside(path: &str) -> bool {
    let is_git = |part: &std::ffi::OsStr| part.eq_ignore_ascii_case(".git");
    !path.contains(char::REPLACEMENT_CHARACTER)
        && Path::new(path)
            .components()
            .all(|part| matches!(part, Component::Normal(name) if !is_git(name)))
}

fn broken() -> Failure {
    Failure::new(
        FailureKind::Other,
        "git gives something else than the files of the repository",
    )
}
