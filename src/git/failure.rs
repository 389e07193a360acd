//! Why git did not do it, as far as a person can do something about it. Messages do not name the repository, so that those of
//! many can be told together.

use std::process::Output;

use crate::http;
use crate::report::Problem;

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
    /// The server does not know options of a push.
    NoOptions,
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
    pub(super) fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            problem: Problem::new(message),
        }
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.problem.help = Some(help.into());
        self
    }

    pub fn empty() -> Self {
        let message = "the repository is empty: there is no commit in it";
        Self::new(FailureKind::Empty, message)
    }

    /// What git says of the repository at an address.
    pub(super) fn of(output: &Output, url: &str) -> Self {
        let said = String::from_utf8_lossy(&output.stderr).into_owned()
            + &String::from_utf8_lossy(&output.stdout);
        let mut said = said;
        for written in [format!("'{url}/'"), format!("'{url}'"), url.to_string()] {
            said = said.replace(&written, "it");
        }
        let has = |words: &[&str]| words.iter().any(|word| said.contains(word));
        if has(&["No space left on device"]) {
            return Self::new(FailureKind::Full, "the disk is full")
                .help("temporary folders are in the folder that TMPDIR names, those of a batch in its own");
        }
        if has(&[
            "Authentication failed",
            "could not read Username",
            "The requested URL returned error: 401",
            "The requested URL returned error: 403",
            "Permission denied (publickey",
            "You are not allowed to push",
        ]) {
            let message = format!("the repository does not let us in: {}", last_line(&said));
            return Self::new(FailureKind::Denied, message)
                .help("a token with the right to read and write the repository is needed: harden mr --help");
        }
        if has(&[
            "stale info",
            "fetch first",
            "non-fast-forward",
            "cannot lock ref",
        ]) {
            return Self::new(FailureKind::Moved, "the branch has changed meanwhile")
                .help("run harden again");
        }
        if has(&[
            "[remote rejected]",
            "pre-receive hook declined",
            "hook declined",
            "GL-HOOK-ERR",
        ]) {
            let message = format!("the server does not take the push: {}", remote_lines(&said));
            return Self::new(FailureKind::Rejected, message)
                .help("nothing was changed there; let those who keep the rules of the repository allow branches `harden/*`");
        }
        if has(&["does not support push options"]) {
            let message = "the server does not take options of a push";
            return Self::new(FailureKind::NoOptions, message);
        }
        if has(&["Remote branch"]) && has(&["not found in upstream"]) {
            let message = "the repository has no such branch";
            return Self::new(FailureKind::NoBranch, message);
        }
        if has(&[
            "not found",
            "does not appear to be a git repository",
            "does not exist",
            "Could not read from remote repository",
        ]) {
            let shown = http::shown(url);
            let message = format!(
                "there is no repository `{shown}`, or it may not be seen: {}",
                first_line(&said)
            );
            return Self::new(FailureKind::Gone, message);
        }
        if has(&["unable to update url base from redirection"]) {
            let message = "the address of the repository sends us elsewhere, which git was told not to follow";
            return Self::new(FailureKind::Other, message)
                .help("name the repository by its own address");
        }
        let mut lines = said.lines().map(str::trim);
        let why = lines.find(|line| line.starts_with("fatal: "));
        let why = why.map_or_else(|| last_line(&said), bare);
        Self::new(FailureKind::Other, format!("git: {why}"))
    }
}

/// The first line that says something, without what git puts before it.
fn first_line(said: &str) -> String {
    let mut lines = said.lines().map(str::trim).filter(|line| !line.is_empty());
    bare(lines.next().unwrap_or("no word of why"))
}

/// The last line that says something.
fn last_line(said: &str) -> String {
    let mut lines = said.lines().map(str::trim).filter(|line| !line.is_empty());
    let is_said = |line: &&str| {
        !line.starts_with("Please make sure") && !line.starts_with("and the repository")
    };
    bare(lines.rfind(is_said).unwrap_or("no word of why"))
}

/// Without how long it took, which is never the same.
fn bare(line: &str) -> String {
    let starts = ["fatal: ", "error: ", "remote: "];
    let rest = starts.iter().find_map(|start| line.strip_prefix(start));
    let rest = rest.unwrap_or(line);
    match (rest.split_once(" after "), rest.split_once(" ms: ")) {
        (Some((before, _)), Some((_, after))) => format!("{before}: {after}"),
        _ => rest.to_string(),
    }
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

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::process::ExitStatusExt as _;

    use super::*;

    fn of(url: &str, said: &str) -> Failure {
        let output = Output {
            status: std::process::ExitStatus::from_raw(128 << 8),
            stdout: Vec::new(),
            stderr: said.replace("URL", url).into_bytes(),
        };
        Failure::of(&output, url)
    }

    #[test]
    fn the_same_failure_of_two_repositories_has_one_message() {
        for (said, kind, message) in [
            (
                "fatal: unable to access 'URL/': Failed to connect to h port 1 after 7 ms: Couldn't connect to server\n",
                FailureKind::Other,
                "git: unable to access it: Failed to connect to h port 1: Couldn't connect to server",
            ),
            (
                "remote: HTTP Basic: Access denied\nfatal: Authentication failed for 'URL/'\n",
                FailureKind::Denied,
                "the repository does not let us in: Authentication failed for it",
            ),
            (
                "remote: not on a Friday\nTo URL\n ! [remote rejected] x -> x (pre-receive hook declined)\nerror: failed to push some refs to 'URL'\n",
                FailureKind::Rejected,
                "the server does not take the push: not on a Friday",
            ),
            (
                "fatal: the receiving end does not support push options\nfatal: the remote end hung up unexpectedly\n",
                FailureKind::NoOptions,
                "the server does not take options of a push",
            ),
            (
                "fatal: early EOF\nfatal: write error: No space left on device\n",
                FailureKind::Full,
                "the disk is full",
            ),
            (
                "fatal: the repository format is odd\nand the repository exists.\n",
                FailureKind::Other,
                "git: the repository format is odd",
            ),
        ] {
            for url in ["https://a.example/x.git", "/srv/y.git"] {
                let failure = of(url, said);
                assert_eq!(
                    (failure.kind, failure.problem.message.as_str()),
                    (kind, message)
                );
            }
        }
        let gone = of(
            "https://a.example/x.git",
            "fatal: repository 'URL/' not found\n",
        );
        assert_eq!(gone.kind, FailureKind::Gone);
        assert!(gone.problem.message.contains("`https://a.example/x.git`"));
    }
}
