//! Which files to work on: those that are named, and the Dockerfiles in the folders that are named.
//!
//! No file outside of the tree is touched: the tree is the folder that was named, or the current folder for a file that was
//! named in it, or else the folder of that file.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use ignore::{DirEntry, WalkBuilder};

use crate::includes;
use crate::report::{Problem, io_message};

/// Which files of a folder are worked on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    pub dockerfiles: bool,
    pub pipelines: bool,
    pub workflows: bool,
}

impl Wanted {
    pub const DOCKERFILES: Self = Self {
        dockerfiles: true,
        pipelines: false,
        workflows: false,
    };

    fn what(self) -> String {
        let kinds = [
            (self.dockerfiles, "Dockerfile"),
            (self.pipelines, "pipeline"),
            (self.workflows, "workflow"),
        ];
        let kinds = kinds.iter().filter(|(is_wanted, _)| *is_wanted);
        kinds
            .map(|(_, what)| *what)
            .collect::<Vec<_>>()
            .join(" or ")
    }
}

/// Where the bytes of a file are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    StandardInput,
    /// A regular file, by its real path, without symbolic links.
    File(PathBuf),
    /// A pipe or a device: can be read once, and never written.
    Stream(PathBuf),
}

/// A file to work on, or what is wrong with it.
#[derive(Debug)]
pub struct Found {
    /// As the file was named, or found.
    pub path: PathBuf,
    pub place: Result<Place, Problem>,
    is_link: bool,
}

/// The files that `paths` name, in the order of the paths and sorted inside a folder, each once.
///
/// # Errors
/// Where there is none: a run that does nothing would look as if all were well.
pub fn discover(paths: &[PathBuf], wanted: Wanted) -> Result<Vec<Found>, Problem> {
    let mut found = Vec::new();
    for path in paths {
        if path == Path::new("-") {
            found.push(Found {
                path: path.clone(),
                place: Ok(Place::StandardInput),
                is_link: false,
            });
        } else if path.is_dir() {
            let walk = || {
                let mut walk = WalkBuilder::new(path);
                walk.require_git(false);
                walk
            };
            in_folder(path, walk, wanted, &mut found);
        } else {
            found.push(named(path));
        }
    }
    if found.is_empty() {
        let names = paths.iter().map(|path| format!("`{}`", path.display()));
        let names = names.collect::<Vec<_>>().join(", ");
        return Err(
            Problem::new(format!("no {} found in {names}", wanted.what())).help(
                "hidden and ignored files are left out; a file that is named is always taken",
            ),
        );
    }
    Ok(once(found))
}

/// The files of a repository that is a folder of its own: nothing above it, and nothing of this machine, says what is
/// ignored. There may be none.
pub fn in_repository(root: &Path, wanted: Wanted) -> Vec<Found> {
    let mut found = Vec::new();
    let walk = || {
        let mut walk = WalkBuilder::new(root);
        walk.require_git(false).parents(false).git_global(false);
        walk
    };
    in_folder(root, walk, wanted, &mut found);
    once(found)
}

fn in_folder(path: &Path, walk: impl Fn() -> WalkBuilder, wanted: Wanted, found: &mut Vec<Found>) {
    if wanted.dockerfiles {
        folder(path, &mut walk(), found);
    }
    if wanted.pipelines {
        pipelines(path, &mut walk(), found);
    }
    if wanted.workflows {
        workflows(path, &mut walk(), found);
    }
}

/// Drops a link to a file that is found without it, and all but the first mention of a file.
fn once(found: Vec<Found>) -> Vec<Found> {
    let direct: HashSet<PathBuf> = found
        .iter()
        .filter(|one| !one.is_link)
        .filter_map(|one| one.place.as_ref().ok().map(key))
        .collect();
    let mut seen = HashSet::new();
    found
        .into_iter()
        .filter(|one| match &one.place {
            Ok(place) => !(one.is_link && direct.contains(&key(place))) && seen.insert(key(place)),
            Err(_) => true,
        })
        .collect()
}

fn key(place: &Place) -> PathBuf {
    match place {
        Place::StandardInput => PathBuf::from("-"),
        Place::File(path) | Place::Stream(path) => path.clone(),
    }
}

/// A file that was named is taken whatever its name.
fn named(path: &Path) -> Found {
    let is_link = path.is_symlink();
    let place = locate(path, || tree_of(path)).map_err(|problem| match fs::canonicalize(path) {
        Ok(target) if is_link => {
            problem.help(format!("name the file itself: `{}`", target.display()))
        }
        _ => problem,
    });
    Found {
        path: path.to_path_buf(),
        place,
        is_link,
    }
}

/// The tree of a file that was named.
fn tree_of(path: &Path) -> io::Result<PathBuf> {
    let stays_below = path
        .components()
        .all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    let folder = match path.parent() {
        Some(parent) if !stays_below && !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    fs::canonicalize(folder)
}

/// The real place of a file, if it is in the tree.
fn locate(path: &Path, tree: impl FnOnce() -> io::Result<PathBuf>) -> Result<Place, Problem> {
    let metadata = fs::metadata(path).map_err(|error| unreachable_file(path, &error))?;
    if !metadata.is_file() {
        return Ok(Place::Stream(path.to_path_buf()));
    }
    let real = fs::canonicalize(path);
    let real = real.map_err(|error| Problem::io("cannot find the file", &error))?;
    let tree = tree().map_err(|error| Problem::io("cannot find the current folder", &error))?;
    if real.starts_with(&tree) {
        Ok(Place::File(real))
    } else {
        Err(Problem::new(format!(
            "a symbolic link leads out of the folder, to `{}`",
            real.display()
        )))
    }
}

fn unreachable_file(path: &Path, error: &io::Error) -> Problem {
    match fs::read_link(path) {
        Ok(target) => Problem::new(format!(
            "a symbolic link to `{}`: {}",
            target.display(),
            io_message(error)
        )),
        Err(_) => Problem::io("cannot read the file", error),
    }
}

/// The Dockerfiles in a folder; hidden and ignored files are left out, and links to folders are not followed.
fn folder(folder: &Path, walk: &mut WalkBuilder, found: &mut Vec<Found>) {
    let tree = match fs::canonicalize(folder) {
        Ok(tree) => tree,
        Err(error) => {
            found.push(failed(
                folder,
                Problem::io("cannot read the folder", &error),
            ));
            return;
        }
    };
    for entry in walk.sort_by_file_name(OsStr::cmp).build() {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                found.push(walk_error(folder, error));
                continue;
            }
        };
        let Some(kind) = entry.file_type().filter(|_| entry.depth() > 0) else {
            continue;
        };
        if !is_dockerfile_name(entry.file_name()) || kind.is_dir() {
            continue;
        }
        let path = entry.path().strip_prefix("./").unwrap_or(entry.path());
        let is_link = kind.is_symlink();
        // A link to a folder and a pipe that happen to be called Dockerfile are no Dockerfiles.
        let is_other = fs::metadata(path).is_ok_and(|metadata| !metadata.is_file());
        if is_other {
            continue;
        }
        found.push(Found {
            path: path.to_path_buf(),
            place: locate(path, || Ok(tree.clone())),
            is_link,
        });
    }
}

/// The pipelines that start in a folder or below, each with the files that it includes.
fn pipelines(folder: &Path, walk: &mut WalkBuilder, found: &mut Vec<Found>) {
    let Ok(tree) = fs::canonicalize(folder) else {
        return;
    };
    let is_root = |entry: &DirEntry| entry.file_name() == includes::NAME;
    for root in configurations(walk, &tree, None, is_root) {
        let included = match &root.place {
            Ok(Place::File(root)) => includes::of(root),
            _ => Vec::new(),
        };
        found.push(root);
        found.extend(included.into_iter().filter_map(|real| {
            let inside = real.strip_prefix(&tree).ok()?;
            let shown = folder.join(inside);
            Some(Found {
                path: shown.strip_prefix("./").unwrap_or(&shown).to_path_buf(),
                place: Ok(Place::File(real)),
                is_link: false,
            })
        }));
    }
}

/// The workflows of GitHub's in a folder or below.
fn workflows(folder: &Path, walk: &mut WalkBuilder, found: &mut Vec<Found>) {
    let Ok(tree) = fs::canonicalize(folder) else {
        return;
    };
    let is_workflow = |entry: &DirEntry| {
        let inside = entry.path().strip_prefix(folder).unwrap_or(entry.path());
        is_workflow_path(&tree.join(inside))
    };
    found.extend(configurations(walk, &tree, Some(".github"), is_workflow));
}

/// The files with hidden names, or in the one hidden folder that is looked into, that are wanted.
fn configurations(
    walk: &mut WalkBuilder,
    tree: &Path,
    hidden: Option<&'static str>,
    is_wanted: impl Fn(&DirEntry) -> bool,
) -> impl Iterator<Item = Found> {
    let is_shown = move |entry: &DirEntry| {
        let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
        let name = entry.file_name();
        let is_hidden = name.as_encoded_bytes().starts_with(b".");
        entry.depth() == 0 || !(is_folder && is_hidden && hidden.is_none_or(|open| name != open))
    };
    let walk = walk
        .hidden(false)
        .filter_entry(is_shown)
        .sort_by_file_name(OsStr::cmp)
        .build();
    let entries = walk.filter_map(Result::ok);
    let wanted = entries.filter(move |entry| is_wanted(entry) && entry.path().is_file());
    wanted.map(move |entry| {
        let path = entry.path().strip_prefix("./").unwrap_or(entry.path());
        Found {
            path: path.to_path_buf(),
            place: locate(path, || Ok(tree.to_path_buf())),
            is_link: entry.path_is_symlink(),
        }
    })
}

/// Whether a file is YAML, by its name.
pub fn is_yaml(path: &Path) -> bool {
    let name = path.file_name().and_then(OsStr::to_str);
    name.is_some_and(|name| name.ends_with(".yml") || name.ends_with(".yaml"))
}

/// Whether GitHub takes a file as a workflow, by its absolute path.
pub fn is_workflow_path(path: &Path) -> bool {
    let folder = path.parent();
    is_yaml(path) && folder.is_some_and(|folder| folder.ends_with(".github/workflows"))
}

fn failed(path: &Path, problem: Problem) -> Found {
    Found {
        path: path.to_path_buf(),
        place: Err(problem),
        is_link: false,
    }
}

fn walk_error(folder: &Path, error: ignore::Error) -> Found {
    let path = path_of(&error).unwrap_or(folder).to_path_buf();
    let message = match error.io_error() {
        Some(error) => io_message(error),
        None => error.to_string(),
    };
    let path = path.strip_prefix("./").unwrap_or(&path);
    failed(
        path,
        Problem::new(format!("cannot read the folder: {message}")),
    )
}

fn path_of(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => {
            path_of(err)
        }
        _ => None,
    }
}

/// `Dockerfile`, `Dockerfile.*`, `*.Dockerfile`, `*.dockerfile`, `Containerfile*`; not the ignore files beside them.
pub fn is_dockerfile_name(name: &OsStr) -> bool {
    let name = name.as_encoded_bytes();
    let matches = name == b"Dockerfile"
        || name.starts_with(b"Dockerfile.")
        || name.ends_with(b".Dockerfile")
        || name.ends_with(b".dockerfile")
        || name.starts_with(b"Containerfile");
    matches && !name.ends_with(b".dockerignore") && !name.ends_with(b".containerignore")
}

/// Whether a file of a repository may be one to work on, whatever is wanted.
pub fn may_be_wanted(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default();
    is_dockerfile_name(name) || name == includes::NAME || is_workflow_path(path)
}

/// The path that a patch names: relative to the current folder, which is `here`, or to `/` for a file outside of it.
pub fn patch_path(real: &Path, here: &Path) -> PathBuf {
    let inside = real.strip_prefix(here).unwrap_or(real);
    let normal = inside
        .components()
        .filter(|part| matches!(part, Component::Normal(_)));
    normal.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_dockerfiles() {
        for name in [
            "Dockerfile",
            "Dockerfile.prod",
            "api.Dockerfile",
            "api.dockerfile",
            "Containerfile",
            "Containerfile.ci",
        ] {
            assert!(is_dockerfile_name(OsStr::new(name)), "{name}");
        }
        for name in [
            "dockerfile.txt",
            "MyDockerfile",
            "Dockerfile.dockerignore",
            "Containerfile.containerignore",
            "Dockerfile~",
        ] {
            assert!(!is_dockerfile_name(OsStr::new(name)), "{name}");
        }
    }
}
