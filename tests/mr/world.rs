//! A bare repository that is served by `git http-backend`, and a forge beside it at the same address.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use crate::fake::{Fake, Flavour};
use crate::sandbox::{self, Sandbox};
use crate::server::{Reply, Request, Server};

/// The token that the world takes.
pub const TOKEN: &str = "geheim-42";
/// A Dockerfile in which the one rule of the tests changes a line.
pub const OLD: &str = sandbox::OLD;
pub const NEW: &str = sandbox::NEW;

pub struct World {
    pub sandbox: Sandbox,
    pub server: Server,
    pub fake: Arc<Mutex<Fake>>,
    served: Arc<AtomicU64>,
    pub flavour: Flavour,
}

impl World {
    /// A repository with these files on `main`, and a forge.
    pub fn new(flavour: Flavour, files: &[(&str, &str)]) -> Self {
        let sandbox = Sandbox::new();
        let root = sandbox.path("");
        let fake = Arc::new(Mutex::new(Fake::new(flavour)));
        let own = Arc::clone(&fake);
        let bare = root.join("g/p.git");
        let seen = bare.clone();
        let served = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&served);
        let server = Server::start(move |request, host| {
            if request.path().starts_with("/g/") {
                let reply = backend(&root, request);
                if let Reply::Answer { body, .. } = &reply {
                    counted.fetch_add(body.len() as u64, Ordering::Relaxed);
                }
                return reply;
            }
            let mut fake = own.lock().expect("the fake");
            fake.branches = branches(&seen);
            let reply = fake.answer(request, host);
            let is_opening = request.method == "POST"
                && ["/pulls", "/merge_requests"]
                    .iter()
                    .any(|end| request.path().ends_with(end));
            match fake.loses_answers && is_opening {
                true => Reply::Silence,
                false => reply,
            }
        });
        let world = Self {
            sandbox,
            server,
            fake,
            served,
            flavour,
        };
        std::fs::create_dir_all(world.sandbox.path("g")).expect("a folder");
        world.git(&[
            "init",
            "--quiet",
            "--bare",
            "--initial-branch=main",
            "g/p.git",
        ]);
        for (key, value) in [
            ("http.receivepack", "true"),
            ("receive.advertisePushOptions", "true"),
            ("uploadpack.allowFilter", "true"),
            ("uploadpack.allowAnySHA1InWant", "true"),
        ] {
            world.bare(&["config", key, value]);
        }
        world.hook("pre-receive", RECORD);
        if !files.is_empty() {
            world.git(&["init", "--quiet", "--initial-branch=main", "work"]);
            world.commit("main", files, "first");
        }
        world
    }

    /// With one Dockerfile that can be changed.
    pub fn standard(flavour: Flavour) -> Self {
        Self::new(
            flavour,
            &[("Dockerfile", OLD), ("src/main.rs", "fn main() {}\n")],
        )
    }

    pub fn hook(&self, name: &str, text: &str) {
        use std::os::unix::fs::PermissionsExt as _;
        let path = self.sandbox.file(format!("g/p.git/hooks/{name}"), text);
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).expect("a mode");
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = self.sandbox.other("git");
        for (key, value) in [("NAME", "Somebody"), ("EMAIL", "somebody@example.com")] {
            command.env(format!("GIT_AUTHOR_{key}"), value);
            command.env(format!("GIT_COMMITTER_{key}"), value);
        }
        command.args(arguments).output().expect("git runs")
    }

    pub fn git(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "git {arguments:?}: {said}");
        String::from_utf8_lossy(&output.stdout).trim().to_string()
    }

    pub fn bare(&self, arguments: &[&str]) -> String {
        let all: Vec<&str> = ["-C", "g/p.git"].iter().chain(arguments).copied().collect();
        self.git(&all)
    }

    pub fn work(&self, arguments: &[&str]) -> String {
        let all: Vec<&str> = ["-C", "work"].iter().chain(arguments).copied().collect();
        self.git(&all)
    }

    /// A commit of a person with these files on a branch, pushed past the recording hook.
    pub fn commit(&self, branch: &str, files: &[(&str, &str)], message: &str) {
        let bare = self.sandbox.path("g/p.git");
        let bare = bare.to_string_lossy();
        if self.branch(branch).is_some() {
            self.work(&[
                "fetch",
                "--quiet",
                &bare,
                &format!("+refs/heads/{branch}:refs/heads/x"),
            ]);
            self.work(&["checkout", "--quiet", "--force", "--detach", "x"]);
        }
        for (name, text) in files {
            self.sandbox.file(format!("work/{name}"), text);
        }
        self.work(&["add", "--all"]);
        self.work(&["commit", "--quiet", "--allow-empty", "--message", message]);
        self.work(&[
            "push",
            "--quiet",
            "--force",
            &bare,
            &format!("HEAD:refs/heads/{branch}"),
        ]);
    }

    /// Somebody writes another Dockerfile into the last commit of a branch, and leaves its message alone.
    pub fn amend(&self, branch: &str, dockerfile: &str) {
        let name = format!("+refs/heads/{branch}:refs/heads/y");
        self.work(&["fetch", "--quiet", "../g/p.git", &name]);
        self.work(&["checkout", "--quiet", "--force", "y"]);
        self.sandbox.file("work/Dockerfile", dockerfile);
        self.work(&["commit", "--quiet", "--all", "--amend", "--no-edit"]);
        let name = format!("HEAD:refs/heads/{branch}");
        self.work(&["push", "--quiet", "--force", "../g/p.git", &name]);
    }

    /// The commit of a branch.
    pub fn branch(&self, name: &str) -> Option<String> {
        let output = self.run(&[
            "-C",
            "g/p.git",
            "rev-parse",
            "--verify",
            "--quiet",
            &format!("refs/heads/{name}"),
        ]);
        let said = String::from_utf8_lossy(&output.stdout).trim().to_string();
        output.status.success().then_some(said)
    }

    /// The one branch of harden.
    pub fn ours(&self) -> Option<String> {
        let names = self.bare(&[
            "for-each-ref",
            "--format=%(refname:short)",
            "refs/heads/harden/",
        ]);
        let mut names = names.lines().map(String::from);
        let first = names.next();
        assert_eq!(names.next(), None, "more than one branch");
        first
    }

    pub fn url(&self) -> String {
        format!("http://{}/g/p.git", self.server.host)
    }

    /// The text of a file on a branch.
    pub fn text(&self, branch: &str, path: &str) -> String {
        let text = self.bare(&["show", &format!("{branch}:{path}")]);
        format!("{text}\n")
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.sandbox.command();
        command.args(["mr", "--rule", sandbox::RULE]);
        if !arguments.contains(&"--timeout") {
            command.args(["--timeout", "5", "--retries", "1"]);
        }
        if !arguments.contains(&"--git-timeout") {
            command.args(["--git-timeout", "60"]);
        }
        command.args(["--forge", self.flavour.name()]);
        command.args(arguments);
        command
            .env("HARDEN_TOKEN", TOKEN)
            .env("HOME", self.sandbox.path(""));
        command.env("TMPDIR", self.temporary());
        // What a hook or another program may have left in the environment.
        command
            .env("GIT_DIR", "/nonexistent")
            .env("GIT_EXEC_PATH", "/nonexistent");
        command
    }

    fn temporary(&self) -> PathBuf {
        let path = self.sandbox.path("tmp");
        std::fs::create_dir_all(&path).expect("a folder");
        path
    }

    /// `harden mr` on the repository; nothing of it is left in the temporary folder, and the token is in no output.
    pub fn mr(&self, arguments: &[&str]) -> (i32, String) {
        let url = self.url();
        let all: Vec<&str> = ["--repo", url.as_str()]
            .iter()
            .chain(arguments)
            .copied()
            .collect();
        self.finish(self.command(&all))
    }

    pub fn finish(&self, mut command: Command) -> (i32, String) {
        let output = command.output().expect("the program runs");
        let said = sandbox::stdout(&output) + &sandbox::stderr(&output);
        assert!(!said.contains(TOKEN), "{said}");
        let left = std::fs::read_dir(self.temporary())
            .expect("a folder")
            .count();
        assert_eq!(left, 0, "temporary files are left");
        (sandbox::status(&output), said)
    }

    /// The requests that the forge got and that were not mere questions, since the last call.
    pub fn writes(&self) -> Vec<String> {
        let mut fake = self.fake.lock().expect("the fake");
        std::mem::take(&mut fake.writes)
    }

    /// The bytes that git's server has sent.
    pub fn served(&self) -> u64 {
        self.served.load(Ordering::Relaxed)
    }

    /// The options of the pushes.
    pub fn push_options(&self) -> String {
        std::fs::read_to_string(self.sandbox.path("g/p.git/options")).unwrap_or_default()
    }
}

const RECORD: &str = "#!/bin/sh
n=0
while [ \"$n\" -lt \"${GIT_PUSH_OPTION_COUNT:-0}\" ]; do
  eval \"printf '%s\\n' \\\"\\$GIT_PUSH_OPTION_$n\\\"\" >> options
  n=$((n + 1))
done
";

fn branches(bare: &Path) -> Vec<(String, String)> {
    let mut command = Command::new("git");
    command.arg("-C").arg(bare);
    command.args([
        "for-each-ref",
        "--format=%(refname:lstrip=2) %(objectname)",
        "refs/heads/",
    ]);
    let output = command.output().expect("git runs");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let lines = said.lines().filter_map(|line| line.split_once(' '));
    lines
        .map(|(name, id)| (name.to_string(), id.to_string()))
        .collect()
}

/// Git's own server, for those who log in.
fn backend(root: &Path, request: &Request) -> Reply {
    use base64::Engine as _;
    let login = request.header("authorization").unwrap_or_default();
    let wanted = base64::engine::general_purpose::STANDARD.encode(format!("oauth2:{TOKEN}"));
    let github =
        base64::engine::general_purpose::STANDARD.encode(format!("x-access-token:{TOKEN}"));
    if login != format!("Basic {wanted}") && login != format!("Basic {github}") {
        return Reply::status(401).with("www-authenticate", "Basic realm=\"git\"");
    }
    let query = request
        .target
        .split_once('?')
        .map_or("", |(_, query)| query);
    let mut command = Command::new("git");
    command.arg("http-backend").env_clear();
    command
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("GIT_PROJECT_ROOT", root)
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("REMOTE_USER", "oauth2")
        .env("REQUEST_METHOD", &request.method)
        .env("PATH_INFO", request.path())
        .env("QUERY_STRING", query)
        .env(
            "CONTENT_TYPE",
            request.header("content-type").unwrap_or_default(),
        )
        .env("CONTENT_LENGTH", request.bytes.len().to_string());
    for (header, name) in [
        ("content-encoding", "HTTP_CONTENT_ENCODING"),
        ("git-protocol", "GIT_PROTOCOL"),
    ] {
        if let Some(value) = request.header(header) {
            command.env(name, value);
        }
    }
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut child = command.spawn().expect("git runs");
    let mut stdin = child.stdin.take().expect("a pipe");
    let body = request.bytes.clone();
    let writer = std::thread::spawn(move || {
        // It may have seen enough.
        let _ = stdin.write_all(&body);
    });
    let output = child.wait_with_output().expect("git ends");
    writer.join().expect("the writer");
    let end = output
        .stdout
        .windows(4)
        .position(|window| window == b"\r\n\r\n");
    let Some(end) = end else {
        return Reply::status(500);
    };
    let head = String::from_utf8_lossy(&output.stdout[..end]).into_owned();
    let mut status = 200;
    let mut headers = Vec::new();
    for (name, value) in head.lines().filter_map(|line| line.split_once(": ")) {
        match name {
            "Status" => {
                status = value
                    .split(' ')
                    .next()
                    .and_then(|code| code.parse().ok())
                    .unwrap_or(500)
            }
            _ => headers.push((name.to_lowercase(), value.to_string())),
        }
    }
    Reply::Answer {
        status,
        headers,
        body: output.stdout[end + 4..].to_vec(),
    }
}
