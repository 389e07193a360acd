//! Bare repositories in a folder, made by `git fast-import`.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

use crate::{common, program};

pub const OLD: &str = "FROM alpine:3.20\nENV a b\nUSER 5\nCMD [\"x\"]\n";
pub const NEW: &str = "FROM alpine:3.20\nENV a=b\nUSER 5\nCMD [\"x\"]\n";

/// A folder with repositories in `repositories/`, where harden is run.
pub struct Place {
    folder: TempDir,
}

impl Place {
    pub fn new() -> Self {
        let folder = TempDir::with_prefix("batch-").expect("a folder");
        std::fs::create_dir(folder.path().join("repositories")).expect("a folder");
        Self { folder }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path().join(name), text).expect("a file");
    }

    pub fn read(&self, name: &str) -> String {
        let text = std::fs::read_to_string(self.path().join(name));
        text.unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    pub fn exists(&self, name: &str) -> bool {
        self.path().join(name).exists()
    }

    pub fn repository(&self, name: &str) -> PathBuf {
        self.path().join(format!("repositories/{name}.git"))
    }

    /// A repository with one commit on `main`.
    pub fn add(&self, name: &str, files: &[(&str, &str)]) -> PathBuf {
        let files = files
            .iter()
            .map(|(path, text)| ("100644", (*path).to_string(), text.as_bytes()));
        self.add_entries(name, files)
    }

    /// The same with the modes of its entries.
    pub fn add_entries<'t>(
        &self,
        name: &str,
        entries: impl IntoIterator<Item = (&'t str, String, &'t [u8])>,
    ) -> PathBuf {
        let path = self.repository(name);
        std::fs::create_dir_all(&path).expect("a folder");
        git(
            &path,
            &["init", "--quiet", "--bare", "--initial-branch=main", "."],
        );
        commit(&path, entries);
        path
    }

    /// Runs `harden` with these words.
    pub fn harden(&self, words: &[&str]) -> Output {
        let words: Vec<String> = words.iter().map(|word| (*word).to_string()).collect();
        program::harden(self.path(), &words)
    }

    /// `harden batch plan repositories`, with more words.
    pub fn plan(&self, words: &[&str]) -> Output {
        let start = ["batch", "plan", "--id=try", "--today=2026-11-25"];
        let words: Vec<&str> = start.into_iter().chain(words.iter().copied()).collect();
        self.harden(&words)
    }

    pub fn json(&self, name: &str) -> serde_json::Value {
        serde_json::from_str(&self.read(name)).expect("JSON")
    }
}

/// A commit on `main` with these files and no others.
pub fn commit<'t>(
    repository: &Path,
    entries: impl IntoIterator<Item = (&'t str, String, &'t [u8])>,
) {
    let mut command = Command::new("git");
    command
        .arg("-C")
        .arg(repository)
        .args(["fast-import", "--quiet", "--force"]);
    let mut child = command.stdin(Stdio::piped()).spawn().expect("git runs");
    let mut input = child.stdin.take().expect("a pipe");
    let mut stream =
        b"commit refs/heads/main\ncommitter a <a@example.com> 1700000000 +0000\ndata 1\nx\n"
            .to_vec();
    for (mode, path, bytes) in entries {
        if mode == "160000" {
            let commit = String::from_utf8_lossy(bytes);
            stream.extend(format!("M {mode} {commit} {}\n", quoted(&path)).bytes());
            continue;
        }
        stream.extend(format!("M {mode} inline {}\ndata {}\n", quoted(&path), bytes.len()).bytes());
        stream.extend(bytes);
        stream.push(b'\n');
    }
    input.write_all(&stream).expect("git listens");
    drop(input);
    assert!(child.wait().expect("git ends").success());
}

fn quoted(path: &str) -> String {
    let mut text = String::from("\"");
    for character in path.chars() {
        match character {
            '"' | '\\' => write!(text, "\\{character}").expect("a string takes all"),
            '\n' => text.push_str("\\n"),
            _ => text.push(character),
        }
    }
    text.push('"');
    text
}

pub fn git(folder: &Path, words: &[&str]) -> String {
    let mut command = Command::new("git");
    command.arg("-C").arg(folder).args(words);
    command
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null");
    let output = command.output().expect("git runs");
    assert!(
        output.status.success(),
        "{words:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// So many repositories with all Dockerfiles of the corpus; `None` after saying why not.
pub fn of_corpus(test: &str, number: usize) -> Option<Place> {
    let shared = common::shared_or_skip(test)?;
    let place = Place::new();
    let files = common::corpus(&shared);
    for part in 0..number {
        let own = files.iter().skip(part).step_by(number);
        let entries = own.map(|(name, text)| {
            (
                "100644",
                format!("images/{name}/Dockerfile"),
                text.as_bytes(),
            )
        });
        place.add_entries(&format!("team-{}/service-{part:03}", part % 7), entries);
    }
    Some(place)
}

/// Both streams of a program.
pub fn said(output: &Output) -> String {
    let texts =
        [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    texts.concat()
}
