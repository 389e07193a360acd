//! git, as a program: with a clean environment, no questions, no hooks, limits of time, and nothing of others in its words.
//!
//! Logins reach it by its environment and go to one host only. What comes from a repository never becomes an option.

mod address;
mod copy;
mod export;
mod failure;
mod objects;

use std::ffi::{OsStr, OsString};
use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

pub use address::{Address, Login, check_branch};
pub use copy::{Change, Copy, Files, branch_of};
pub use failure::{Failure, FailureKind};
pub use objects::{Commit, Kind, Objects};

use crate::report::{Problem, io_message};

/// Of what git says; more is cut.
const MOST_SAID: u64 = 64 << 20;
/// Between two looks at whether git has ended: the first pause, and the longest.
const PAUSE: Duration = Duration::from_micros(500);
const MOST_PAUSE: Duration = Duration::from_millis(10);
/// A larger file is no Dockerfile, and nothing that one is judged by.
pub const SMALL: u64 = 1 << 20;
/// A server that says less than a kilobyte in each of so many seconds hangs.
const MOST_SILENCE: u64 = 60;

/// Variables of git that stay: how ssh is started, and which certificates are trusted.
const KEPT: [&str; 5] = [
    "GIT_SSH",
    "GIT_SSH_COMMAND",
    "GIT_SSL_CAINFO",
    "GIT_SSL_CAPATH",
    "GIT_CONFIG_GLOBAL",
];

/// What counts in each run of git.
const CONFIGURATION: [(&str, &str); 17] = [
    ("core.hooksPath", "/dev/null"),
    // A copy that a loss of power has damaged is made again.
    ("core.fsync", "none"),
    ("core.symlinks", "false"),
    ("core.fsmonitor", "false"),
    ("core.attributesFile", "/dev/null"),
    ("core.askPass", ""),
    ("advice.detachedHead", "false"),
    ("fetch.recurseSubmodules", "false"),
    ("push.recurseSubmodules", "no"),
    ("push.followTags", "false"),
    ("submodule.recurse", "false"),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    ("http.lowSpeedLimit", "1000"),
    ("init.defaultBranch", "main"),
    ("transfer.credentialsInUrl", "die"),
    ("protocol.version", "2"),
];

/// How git is run.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// For one command of git and all its answer.
    pub timeout: Option<Duration>,
    /// A file with certificates, in PEM, that are trusted.
    pub authorities: Option<PathBuf>,
    /// Whether repositories on this machine may be named.
    pub allow_folders: bool,
}

/// git with an environment that makes it ask nobody, and reach others by these protocols alone.
fn plain(protocols: &str) -> Command {
    let mut command = Command::new("git");
    for (name, _) in std::env::vars_os() {
        let is_git = name.as_encoded_bytes().starts_with(b"GIT_");
        if is_git && !KEPT.iter().any(|kept| name == *kept) {
            command.env_remove(name);
        }
    }
    if std::env::var_os("GIT_SSH_COMMAND").is_none() && std::env::var_os("GIT_SSH").is_none() {
        command.env("GIT_SSH_COMMAND", "ssh -oBatchMode=yes -oConnectTimeout=20");
    }
    command
        .env("GIT_ALLOW_PROTOCOL", protocols)
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_LFS_SKIP_SMUDGE", "1")
        .env("LC_ALL", "C")
        .stdin(Stdio::null());
    command
}

/// A git that reaches one repository.
#[derive(Clone, Debug)]
pub struct Git {
    settings: Settings,
    address: Address,
    login: Option<Login>,
}

impl Git {
    /// # Errors
    /// A [`Problem`] where the repository is a folder, and folders are not allowed.
    pub fn new(
        settings: Settings,
        address: Address,
        login: Option<Login>,
    ) -> Result<Self, Problem> {
        if address.is_folder() && !settings.allow_folders {
            let message = format!("`{}` is a folder, not an address", address.url());
            return Err(Problem::new(message));
        }
        Ok(Self {
            settings,
            address,
            login,
        })
    }

    /// A command of git that asks nobody, runs nothing of others, and takes nothing from outside.
    fn command(&self, folder: Option<&Path>) -> Command {
        let mut command = plain(match self.address.is_folder() {
            true => "file",
            false => "https:http:ssh",
        });
        command.env("GIT_OPTIONAL_LOCKS", "0");
        for (number, (key, value)) in self.configuration().into_iter().enumerate() {
            command.env(format!("GIT_CONFIG_KEY_{number}"), key);
            command.env(format!("GIT_CONFIG_VALUE_{number}"), value);
            command.env("GIT_CONFIG_COUNT", (number + 1).to_string());
        }
        if let Some(folder) = folder {
            command.arg("--git-dir").arg(folder).current_dir(folder);
        }
        command
    }

    /// Of the environment, so that nobody sees a password among the words of a process.
    fn configuration(&self) -> Vec<(String, OsString)> {
        let fixed = CONFIGURATION.iter();
        let mut all: Vec<(String, OsString)> = fixed
            .map(|(key, value)| ((*key).to_string(), OsString::from(value)))
            .collect();
        let seconds = self
            .settings
            .timeout
            .map_or(MOST_SILENCE, |one| one.as_secs().max(1));
        let seconds = seconds.min(MOST_SILENCE);
        all.push(("http.lowSpeedTime".to_string(), seconds.to_string().into()));
        if let Some(file) = &self.settings.authorities {
            all.push(("http.sslCAInfo".to_string(), file.clone().into_os_string()));
        }
        if let (Some(login), Some(origin)) = (&self.login, self.address.web_origin()) {
            let key = format!("http.{origin}.extraHeader");
            // The empty one takes away what the user's own configuration adds.
            all.push((key.clone(), OsString::new()));
            all.push((key, login.header().into()));
            all.push(("credential.helper".to_string(), OsString::new()));
            all.push(("http.followRedirects".to_string(), "false".into()));
        }
        all
    }

    /// git in a repository on this machine, to read it.
    fn here(folder: &Path) -> Command {
        let git = Self {
            settings: Settings::default(),
            address: Address::folder("/"),
            login: None,
        };
        let mut command = git.command(None);
        command.arg("-C").arg(folder);
        command
    }

    /// Runs a command and gives what it prints.
    fn run<A: AsRef<OsStr>>(
        &self,
        folder: Option<&Path>,
        arguments: impl IntoIterator<Item = A>,
    ) -> Result<Vec<u8>, Failure> {
        let mut command = self.command(folder);
        command.args(arguments);
        self.output(command, &[])
    }

    /// Runs a prepared command with `input`.
    fn output(&self, mut command: Command, input: &[u8]) -> Result<Vec<u8>, Failure> {
        if !input.is_empty() {
            command.stdin(Stdio::piped());
        }
        let output = limited(command, input, self.settings.timeout)?;
        match output.status.success() {
            true => Ok(output.stdout),
            false => Err(Failure::of(&output, self.address.url())),
        }
    }
}

/// Why git takes a folder for no repository; `None` where it does take it for one.
pub fn why_not(folder: &Path) -> Option<Problem> {
    let mut command = Git::here(folder);
    command.args(["rev-parse", "--git-dir"]);
    let output = limited(command, &[], None).ok()?;
    let is_one = output.status.success();
    (!is_one).then(|| Failure::of(&output, &folder.to_string_lossy()).problem)
}

/// The address of a remote of a checkout, and the folder of the checkout; nothing of it is changed.
///
/// # Errors
/// A [`Problem`] where there is no checkout, or no such remote.
pub fn remote_of(folder: &Path, remote: &str) -> Result<String, Problem> {
    let ask = |arguments: &[&str]| {
        let mut command = Git::here(folder);
        command.args(arguments);
        // Whoever names a checkout trusts it, whomever it belongs to.
        command.env("GIT_CONFIG_COUNT", "1");
        command.env("GIT_CONFIG_KEY_0", "safe.directory");
        command.env("GIT_CONFIG_VALUE_0", "*");
        let output = limited(command, &[], Some(Duration::from_secs(20)))?;
        Ok::<_, Failure>((output.status.success(), output.stdout))
    };
    let (is_checkout, _) = ask(&["rev-parse", "--git-dir"])?;
    if !is_checkout {
        let message = format!("`{}` is in no checkout of git", folder.display());
        return Err(Problem::new(message).help("`--repo URL` names a repository"));
    }
    let key = format!("remote.{remote}.url");
    let (is_there, url) = ask(&["config", "--get", "--", &key])?;
    let url = String::from_utf8_lossy(&url)
        .trim_end_matches('\n')
        .to_string();
    if !is_there || url.is_empty() {
        let message = format!("the checkout has no remote `{remote}`");
        return Err(
            Problem::new(message).help("`--remote NAME` names another, `--repo URL` an address")
        );
    }
    Ok(url)
}

/// Runs a command to its end, or to the end of its time.
fn limited(
    mut command: Command,
    input: &[u8],
    timeout: Option<Duration>,
) -> Result<Output, Failure> {
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| unstarted(&error))?;
    if let Some(mut stdin) = child.stdin.take() {
        let input = input.to_vec();
        // It may end without reading all of it, and says so itself.
        std::thread::spawn(move || stdin.write_all(&input));
    }
    let output = reader(child.stdout.take());
    let errors = reader(child.stderr.take());
    let status = wait(&mut child, timeout)?;
    let joined = |reader: std::thread::JoinHandle<Vec<u8>>| reader.join().unwrap_or_default();
    Ok(Output {
        status,
        stdout: joined(output),
        stderr: joined(errors),
    })
}

fn unstarted(error: &std::io::Error) -> Failure {
    match error.kind() {
        std::io::ErrorKind::NotFound => {
            Failure::new(FailureKind::Other, "there is no program `git`").help("install git")
        }
        _ => Failure::new(
            FailureKind::Other,
            format!("cannot run git: {}", io_message(error)),
        ),
    }
}

fn reader(pipe: Option<impl Read + Send + 'static>) -> std::thread::JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(pipe) = pipe {
            // What was read until then is all there is.
            let _ = pipe.take(MOST_SAID).read_to_end(&mut bytes);
        }
        bytes
    })
}

fn wait(child: &mut Child, timeout: Option<Duration>) -> Result<std::process::ExitStatus, Failure> {
    let start = Instant::now();
    let mut pause = PAUSE;
    loop {
        let status = child.try_wait();
        let status = status.map_err(|error| {
            Failure::new(
                FailureKind::Other,
                format!("cannot wait for git: {}", io_message(&error)),
            )
        })?;
        if let Some(status) = status {
            return Ok(status);
        }
        if timeout.is_some_and(|timeout| start.elapsed() > timeout) {
            stop(child);
            let seconds = timeout.map_or(0, |timeout| timeout.as_secs());
            let message = format!("git did not end in {seconds} s");
            return Err(Failure::new(FailureKind::Slow, message)
                .help("`--git-timeout SECONDS` waits longer"));
        }
        std::thread::sleep(pause);
        pause = MOST_PAUSE.min(pause * 2);
    }
}

/// Asks git to end, which then ends its own helpers, and ends it if it does not.
fn stop(child: &mut Child) {
    #[cfg(unix)]
    {
        let id = child.id().to_string();
        let asked = Command::new("kill")
            .args(["-s", "TERM", "--", &id])
            .status();
        if asked.is_ok_and(|status| status.success()) {
            for _ in 0..100 {
                if child.try_wait().is_ok_and(|status| status.is_some()) {
                    return;
                }
                std::thread::sleep(MOST_PAUSE);
            }
        }
    }
    // It may have ended by itself just now.
    let _ = child.kill();
    let _ = child.wait();
}
