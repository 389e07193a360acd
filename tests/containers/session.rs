//! The builder, the runtime and the registry, from the first test to the last.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

const CANNOT_WORK_HERE: i32 = 77;

/// Ends the registry and every container when it is dropped, and when this process ends in whatever way: the set-up waits
/// for the end of its standard input.
pub struct Session {
    folder: PathBuf,
    holder: Child,
}

/// What a program did.
pub struct Done {
    pub is_success: bool,
    pub stdout: String,
    pub stderr: String,
}

impl Done {
    /// # Errors
    /// What the program said, where it failed.
    pub fn checked(self, what: &str) -> Result<String, String> {
        match self.is_success {
            true => Ok(self.stdout),
            false => Err(format!("{what} fails:\n{}{}", self.stdout, self.stderr)),
        }
    }
}

impl Session {
    /// # Errors
    /// Why real containers cannot be had here.
    pub fn start(setup: &Path) -> Result<Self, String> {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent();
        let folder = target.expect("a target folder").join("containers");
        let command = Command::new(setup)
            .arg(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn();
        let mut holder = command.map_err(|error| format!("{}: {error}", setup.display()))?;
        let stdout = holder.stdout.take().expect("a pipe");
        let mut last = String::new();
        for line in BufReader::new(stdout).lines() {
            last = line.expect("UTF-8");
            if last.starts_with("ready ") {
                return Ok(Self { folder, holder });
            }
        }
        let status = holder.wait().expect("a status");
        match status.code() {
            Some(CANNOT_WORK_HERE) => Err(last),
            _ => panic!("{}: {status}", setup.display()),
        }
    }

    /// Runs a program with the configuration of this session; it is killed after so many seconds.
    pub fn run(&self, seconds: u32, program: &str, arguments: &[&str]) -> Done {
        let output = Command::new("timeout")
            .args(["--kill-after=5", &seconds.to_string(), program])
            .args(arguments)
            .env("CONTAINERS_CONF", self.folder.join("containers.conf"))
            .env("CONTAINERS_STORAGE_CONF", self.folder.join("storage.conf"))
            .env(
                "CONTAINERS_REGISTRIES_CONF",
                self.folder.join("registries.conf"),
            )
            .env("TMPDIR", self.folder.join("tmp"))
            .stdin(Stdio::null())
            .output()
            .expect("timeout, of coreutils");
        Done {
            is_success: output.status.success(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        drop(self.holder.stdin.take());
        let _ = self.holder.wait();
    }
}
