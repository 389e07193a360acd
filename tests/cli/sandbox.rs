//! A folder of its own for each test, and the program run in it with a clean environment.

use std::ffi::OsStr;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// The one rule that most tests run with, so that they do not change with every new rule.
pub const RULE: &str = "legacy-env-format";

/// A file in which that rule changes one line.
pub const OLD: &str = "FROM alpine:3.20\nENV a b\nCMD [\"x\"]\n";
/// That file after it.
pub const NEW: &str = "FROM alpine:3.20\nENV a=b\nCMD [\"x\"]\n";

pub struct Sandbox {
    folder: TempDir,
}

impl Sandbox {
    pub fn new() -> Self {
        let folder = TempDir::new().expect("a folder");
        Self { folder }
    }

    /// A sandbox with the file `Dockerfile`.
    pub fn with(text: &str) -> Self {
        let sandbox = Self::new();
        sandbox.file("Dockerfile", text);
        sandbox
    }

    pub fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file, in folders that are made where they are not there.
    pub fn file(&self, name: impl AsRef<Path>, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(&path, text).expect("a file");
        path
    }

    pub fn read(&self, name: impl AsRef<Path>) -> String {
        std::fs::read_to_string(self.path(name)).expect("a text")
    }

    /// The program, in the folder, with nothing of the environment but the search path.
    pub fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_harden"));
        command.env_clear().current_dir(self.folder.path());
        if let Some(path) = std::env::var_os("PATH") {
            command.env("PATH", path);
        }
        command.stdin(Stdio::null());
        command
    }

    /// Another program in the folder.
    pub fn other(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(self.folder.path())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_SYSTEM", "/dev/null")
            .env("GIT_CEILING_DIRECTORIES", std::env::temp_dir());
        command
    }

    pub fn run<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Output {
        let mut command = self.command();
        command.args(arguments).output().expect("the program runs")
    }

    /// Runs the program with the one rule of the tests.
    pub fn rule(&self, arguments: &[&str]) -> Output {
        self.run(["--rule", RULE].iter().chain(arguments))
    }

    pub fn run_with_input(&self, arguments: &[&str], input: &[u8]) -> Output {
        let mut command = self.command();
        command.args(arguments);
        command.stdin(Stdio::piped());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program runs");
        let mut stdin = child.stdin.take().expect("a pipe");
        // The program may end without reading all of it.
        let _ = stdin.write_all(input);
        drop(stdin);
        child.wait_with_output().expect("the program ends")
    }

    /// What a person sees: the exit status, standard output and standard error.
    pub fn screen(&self, output: &Output) -> String {
        let folder = self.folder.path().to_string_lossy();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace(&*folder, "[FOLDER]");
        format!(
            "exit status {}\n--- output\n{}--- errors\n{}",
            status(output),
            text(&output.stdout),
            text(&output.stderr)
        )
    }

    /// The names of what is in the folder, sorted.
    pub fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder.path()).expect("a folder");
        let mut names: Vec<String> = entries
            .map(|entry| entry.expect("an entry").file_name())
            .map(|name| name.to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }
}

pub fn status(output: &Output) -> i32 {
    output.status.code().expect("an exit status")
}

pub fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("UTF-8")
}

/// Whether the tests run as root.
#[cfg(unix)]
pub fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let file = tempfile::tempfile().expect("a file");
    file.metadata().expect("metadata").uid() == 0
}

/// Makes a command run as somebody to whom permissions apply; says why where that cannot be done.
#[cfg(unix)]
pub fn as_nobody(sandbox: &Sandbox, test: &str) -> Option<Command> {
    use std::os::unix::fs::PermissionsExt as _;
    use std::os::unix::process::CommandExt as _;
    let mut command = sandbox.command();
    if is_root() {
        let everybody = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(sandbox.path("."), everybody).expect("permissions");
        command.uid(65534).gid(65534);
        let mut probe = sandbox.command();
        probe.uid(65534).gid(65534).arg("--version");
        if !probe.output().is_ok_and(|output| output.status.success()) {
            println!(
                "skipped: {test}: nobody but root may run the program from where it was built"
            );
            return None;
        }
    }
    Some(command)
}
