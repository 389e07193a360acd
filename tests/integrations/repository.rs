//! A git repository for one test.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// A file in which the rule of these tests changes one line.
pub const OLD: &str = "FROM alpine:3.20\nENV a b\nUSER 5\nCMD [\"x\"]\n";
pub const NEW: &str = "FROM alpine:3.20\nENV a=b\nUSER 5\nCMD [\"x\"]\n";

pub struct Repository {
    folder: TempDir,
}

impl Repository {
    /// One with the files of the project that are named, and those of `files`, all committed.
    pub fn new(own: &[&str], files: &[(&str, &str)]) -> Self {
        let folder = TempDir::with_prefix("harden-").expect("a folder");
        let repository = Self { folder };
        for name in own {
            copy(&root().join(name), &repository.path().join(name));
        }
        for (name, text) in files {
            repository.write(name, text);
        }
        repository.git(&["init", "--quiet", "--initial-branch=main"]);
        let origin = "git@gitlab.example.com:group/shop.git";
        repository.git(&["remote", "add", "origin", origin]);
        repository.git(&["add", "--all"]);
        repository.git(&["commit", "--quiet", "--message=first"]);
        repository
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn write(&self, name: &str, text: &str) {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }

    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path().join(name)).expect("a text")
    }

    /// A program in the repository, with harden on its search path.
    pub fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(self.path())
            .env("PATH", super::tools::search_path())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_SYSTEM", "/dev/null");
        for name in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{name}_NAME"), "harden");
            command.env(format!("GIT_{name}_EMAIL"), "harden@example.com");
        }
        command
    }

    pub fn git(&self, arguments: &[&str]) -> String {
        let mut command = self.command(Path::new("git"));
        let output = command.args(arguments).output().expect("git runs");
        let said = said(&output);
        assert!(output.status.success(), "git {arguments:?}: {said}");
        said
    }
}

/// Both streams of a program.
pub fn said(output: &Output) -> String {
    let both = [&output.stdout[..], &output.stderr[..]].concat();
    String::from_utf8_lossy(&both).into_owned()
}

pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn copy(from: &Path, to: &Path) {
    if from.is_dir() {
        for entry in std::fs::read_dir(from).expect("a folder") {
            let entry = entry.expect("an entry");
            copy(&entry.path(), &to.join(entry.file_name()));
        }
        return;
    }
    std::fs::create_dir_all(to.parent().expect("a folder")).expect("a folder");
    std::fs::copy(from, to).unwrap_or_else(|error| panic!("{}: {error}", from.display()));
}
