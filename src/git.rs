//! git, as a program: with a clean environment, no questions, no hooks, limits of time, and nothing of others in its words.
//!
//! Logins reach it by its environment and go to one host only. What comes from a repository never becomes an option.

mod address;
mod copy;
mod export;

use std::ffi::{OsStr, OsString};
use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

pub use address::{Address, Login, check_branch};
pub use copy::{Change, Commit, Copy};
pub use export::LeftKind;

use crate::http;
use crate::report::{Problem, io_message};

/// Of what git says; more is cut.
const MOST_SAID: u64 = 64 << 20;
/// Between two looks at whether git has ended.
const PAUSE: Duration = Duration::from_millis(5);

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
    ("http.followRedirects", "false"),
    ("http.lowSpeedLimit", "1"),
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
pub fn plain(protocols: &str) -> Command {
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

/// Why git did not do it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub kind: FailureKind,
    pub problem: Problem,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// There is no such repository, or it may not be seen.
    Gone,
    /// There is no commit in it.
    Empty,
    /// There is no such branch in it.
    NoBranch,
    /// The login is missing, not known, or has no right to it.
    Denied,
    /// The server, or a hook of it, does not take a push.
    Rejected,
    /// The branch has changed since it was looked at.
    Moved,
    /// No answer in time.
    Slow,
    /// The disk is full.
    Full,
    Other,
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        failure.problem
    }
}

impl Failure {
    fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            problem: Problem::new(message),
        }
    }

    fn help(mut self, help: impl Into<String>) -> Self {
        self.problem.help = Some(help.into());
        self
    }
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
        command
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_OPTIONAL_LOCKS", "0");
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
        let seconds = self.settings.timeout.map_or(60, |one| one.as_secs().max(1));
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
        }
        all
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
            false => Err(self.failure(&output)),
        }
    }

    /// What git says, read for what a person can do about it.
    fn failure(&self, output: &Output) -> Failure {
        let said = String::from_utf8_lossy(&output.stderr).into_owned()
            + &String::from_utf8_lossy(&output.stdout);
        let url = http::shown(self.address.url());
        let has = |words: &[&str]| words.iter().any(|word| said.contains(word));
        let fail = |kind, what: String| Failure::new(kind, what);
        if has(&["No space left on device"]) {
            return fail(FailureKind::Full, "the disk is full".to_string())
                .help("temporary folders are in the folder that TMPDIR names");
        }
        if has(&[
            "Authentication failed",
            "could not read Username",
            "The requested URL returned error: 401",
            "The requested URL returned error: 403",
            "Permission denied (publickey",
            "You are not allowed to push",
        ]) {
            return fail(FailureKind::Denied, format!("`{url}` does not let us in: {}", last_line(&said)))
                .help("a token with the right to read and write the repository is needed: harden mr --help");
        }
        if has(&[
            "stale info",
            "fetch first",
            "non-fast-forward",
            "cannot lock ref",
        ]) {
            return fail(
                FailureKind::Moved,
                "the branch has changed meanwhile".to_string(),
            )
            .help("run harden again");
        }
        if has(&[
            "[remote rejected]",
            "pre-receive hook declined",
            "hook declined",
            "GL-HOOK-ERR",
        ]) {
            let said = remote_lines(&said);
            return fail(FailureKind::Rejected, format!("`{url}` does not take the push: {said}"))
                .help("nothing was changed there; let those who keep the rules of the repository allow branches `harden/*`");
        }
        if has(&["Remote branch"]) && has(&["not found in upstream"]) {
            return fail(FailureKind::NoBranch, format!("`{url}` has no such branch"));
        }
        if has(&[
            "not found",
            "does not appear to be a git repository",
            "does not exist",
            "Could not read from remote repository",
        ]) {
            return fail(
                FailureKind::Gone,
                format!(
                    "there is no repository `{url}`, or it may not be seen: {}",
                    last_line(&said)
                ),
            );
        }
        if has(&["unable to update url base from redirection"]) {
            return fail(
                FailureKind::Other,
                format!("`{url}` sends us elsewhere, which git was told not to follow"),
            )
            .help("name the repository by its own address");
        }
        fail(
            FailureKind::Other,
            format!("git and `{url}`: {}", last_line(&said)),
        )
    }
}

/// The address of a remote of a checkout, and the folder of the checkout; nothing of it is changed.
///
/// # Errors
/// A [`Problem`] where there is no checkout, or no such remote.
pub fn remote_of(folder: &Path, remote: &str) -> Result<String, Problem> {
    let git = Git {
        settings: Settings::default(),
        address: Address::folder("/"),
        login: None,
    };
    let ask = |arguments: &[&str]| {
        let mut command = git.command(None);
        command.arg("-C").arg(folder).args(arguments);
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
    let cannot = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            Failure::new(FailureKind::Other, "there is no program `git`").help("install git")
        }
        _ => Failure::new(
            FailureKind::Other,
            format!("cannot run git: {}", io_message(&error)),
        ),
    };
    let mut child = command.spawn().map_err(cannot)?;
    let (stdin, input) = (child.stdin.take(), input.to_vec());
    std::thread::spawn(move || {
        // It may end without reading all of it, and says so itself.
        let _ = stdin.map(|mut stdin| stdin.write_all(&input));
    });
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
        std::thread::sleep(PAUSE);
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
                std::thread::sleep(PAUSE);
            }
        }
    }
    // It may have ended by itself just now.
    let _ = child.kill();
    let _ = child.wait();
}

/// The last line that says something, without what git puts before it.
fn last_line(said: &str) -> String {
    let mut lines = said.lines().map(str::trim).filter(|line| !line.is_empty());
    let is_said = |line: &&str| {
        !line.starts_with("Please make sure") && !line.starts_with("and the repository")
    };
    let last = lines.rfind(is_said).unwrap_or("no word of why");
    let last = last.strip_prefix("fatal: ").unwrap_or(last);
    last.strip_prefix("remote: ").unwrap_or(last).to_string()
}

/// What the server and its hooks say.
fn remote_lines(said: &str) -> String {
    let lines = said.lines().filter_map(|line| line.strip_prefix("remote:"));
    let lines: Vec<&str> = lines
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .take(5)
        .collect();
    match lines.is_empty() {
        true => last_line(said),
        false => lines.join(" "),
    }
}
