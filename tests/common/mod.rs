//! Where the shared test data is, and how to say that it is not there.
#![allow(
    dead_code,
    reason = "each test binary uses its own part of this module"
)]

use std::path::{Path, PathBuf};

/// The folder with the corpus and the cases: `HARDEN_SHARED`, or `../shared` beside the checkout.
pub fn shared() -> Option<PathBuf> {
    let folder = match std::env::var_os("HARDEN_SHARED") {
        Some(folder) => PathBuf::from(folder),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"),
    };
    folder.is_dir().then_some(folder)
}

/// The shared folder, or `None` after saying that the test is skipped.
pub fn shared_or_skip(test: &str) -> Option<PathBuf> {
    let folder = shared();
    if folder.is_none() {
        eprintln!(
            "skipped: {test}: no corpus; set HARDEN_SHARED to a folder that has `corpus/` and `cases/`"
        );
    }
    folder
}

/// Every Dockerfile of the corpus: its short hash and its text, sorted.
pub fn corpus(shared: &Path) -> Vec<(String, String)> {
    let mut files = Vec::new();
    for folder in std::fs::read_dir(shared.join("corpus/dockerfiles")).expect("corpus") {
        for file in std::fs::read_dir(folder.expect("folder").path()).expect("folder") {
            let path = file.expect("file").path();
            let name = path
                .file_stem()
                .expect("name")
                .to_string_lossy()
                .into_owned();
            files.push((name, std::fs::read_to_string(&path).expect("UTF-8")));
        }
    }
    files.sort();
    files
}
