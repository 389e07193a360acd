//! The files that a GitLab pipeline is made of: `.gitlab-ci.yml`, and what it includes from its own repository.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use globset::GlobBuilder;
use harden::engine::Neighbours;
use harden::pipeline::File;
use ignore::WalkBuilder;

/// The name that GitLab looks for.
pub const NAME: &str = ".gitlab-ci.yml";

/// As many as GitLab takes.
const MOST_FILES: usize = 150;

/// Larger files have no jobs that a person wrote.
const MOST_BYTES: u64 = 1024 * 1024;

/// The files of the pipeline that starts with `root`, without that file, by their real paths.
pub fn of(root: &Path) -> Vec<PathBuf> {
    let Some(folder) = root.parent() else {
        return Vec::new();
    };
    let mut seen = BTreeSet::from([root.to_path_buf()]);
    let mut found = Vec::new();
    let mut next = vec![root.to_path_buf()];
    while let Some(path) = next.pop() {
        let Some(text) = text(&path) else {
            continue;
        };
        let Ok(file) = File::parse("", &text) else {
            continue;
        };
        let names = file.local_includes().into_iter();
        for path in names.flat_map(|name| matching(folder, name)) {
            if found.len() < MOST_FILES && seen.insert(path.clone()) {
                found.push(path.clone());
                next.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Whether a file belongs to a pipeline: it starts one, or is included by one.
pub fn is_part(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == NAME)
        || root_of(path).is_some_and(|root| of(&root).iter().any(|file| file == path))
}

/// The pipeline that a file belongs to: the other files of it, with their paths from its root.
pub fn neighbours(path: &Path) -> Neighbours {
    let Some(root) = root_of(path) else {
        return Neighbours::default();
    };
    let files = of(&root);
    if root != path && !files.iter().any(|file| file == path) {
        return Neighbours::default();
    }
    let folder = root.parent().map(Path::to_path_buf).unwrap_or_default();
    let all = std::iter::once(root)
        .chain(files)
        .filter(|file| file != path);
    let files = all.filter_map(|file| {
        let name = file.strip_prefix(&folder).ok()?.display().to_string();
        Some((name, text(&file)?))
    });
    Neighbours {
        files: files.collect(),
        has_root: true,
    }
}

/// The nearest file above, in the same repository, that a pipeline starts with.
fn root_of(path: &Path) -> Option<PathBuf> {
    for folder in path.ancestors().skip(1) {
        let root = folder.join(NAME);
        if root.is_file() {
            return fs::canonicalize(root).ok();
        }
        if folder.join(".git").exists() {
            return None;
        }
    }
    None
}

/// The files in the folder that a path of `include` names, perhaps with `*` and `**`.
fn matching(folder: &Path, name: &str) -> Vec<PathBuf> {
    let name = name.trim_start_matches('/');
    let inside = |path: PathBuf| {
        let real = fs::canonicalize(path).ok()?;
        (real.starts_with(folder) && real.is_file()).then_some(real)
    };
    if !name.contains('*') {
        return inside(folder.join(name)).into_iter().collect();
    }
    let Ok(glob) = GlobBuilder::new(name).literal_separator(true).build() else {
        return Vec::new();
    };
    let (glob, walk) = (
        glob.compile_matcher(),
        WalkBuilder::new(folder).hidden(false).build(),
    );
    let paths = walk.filter_map(Result::ok).map(ignore::DirEntry::into_path);
    let fits = |path: &PathBuf| {
        path.strip_prefix(folder)
            .is_ok_and(|path| glob.is_match(path))
    };
    paths
        .filter(fits)
        .filter_map(inside)
        .take(MOST_FILES)
        .collect()
}

fn text(path: &Path) -> Option<String> {
    let about = fs::metadata(path).ok()?;
    if about.len() > MOST_BYTES {
        return None;
    }
    fs::read_to_string(path).ok()
}
