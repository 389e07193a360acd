//! `run/<case>`: an application runs as root before harden, and without root after it, in each way that clusters run it.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use serde::Deserialize;

use super::case::name;
use super::image::{self, Context};
use super::session::{Done, Session};

/// As OpenShift runs images: any user, in group 0.
const ARBITRARY: &str = "1000650000:0";
/// A volume's folder is then what the image has there; podman would give a new volume to whoever the user is.
const WITHOUT_VOLUMES: &str = "--image-volume=ignore";
const LOCKED: [&str; 2] = ["--cap-drop=ALL", "--security-opt=no-new-privileges"];
const ANSWERS_WITHIN: Duration = Duration::from_secs(30);

/// `case.yaml`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// Arguments of harden besides the file; without any, the baseline.
    #[serde(default)]
    harden: Vec<String>,
    port: Port,
    user: User,
    /// Paths that are asked for in this order, with a part of the answer.
    #[serde(default = "root_path")]
    answers: BTreeMap<String, String>,
    /// Paths among them that the hardened image no longer answers, where that is the price and harden says so.
    #[serde(default)]
    loses: Vec<String>,
    /// Parts of what harden says.
    #[serde(default)]
    tells: Vec<String>,
    /// Variables of the container.
    #[serde(default)]
    env: BTreeMap<String, String>,
    /// What is writable in memory where the rest is read-only.
    #[serde(default)]
    tmpfs: Vec<String>,
    /// Files of `run-files` that are put beside the Dockerfile; `name` for `name.rs` is the static program of it.
    #[serde(default)]
    files: Vec<String>,
    /// Folders that a container engine would make for VOLUME, with root as their owner, where the image lacks them.
    #[serde(default)]
    volumes: Vec<String>,
    /// Whether the image's own health check must pass too.
    #[serde(default)]
    healthcheck: bool,
    /// Parts of the hardened file.
    #[serde(default)]
    contains: Vec<String>,
    /// Where harden must leave the file alone: a part of the reason that it gives.
    held: Option<String>,
    naive: Naive,
    pending: Option<String>,
}

/// Before and after.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Port {
    before: u16,
    after: u16,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct User {
    #[serde(default)]
    before: u32,
    after: u32,
}

/// What comes of the original with nothing but `USER 1001` at its end.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Naive {
    Answers,
    /// With a part of what it says.
    Fails(String),
}

fn root_path() -> BTreeMap<String, String> {
    BTreeMap::from([("/".to_string(), "hello".to_string())])
}

impl super::Case for Case {
    const KIND: &'static str = "run";

    fn pending(&self) -> Option<&String> {
        self.pending.as_ref()
    }

    fn check(&self, session: &Session, folder: &Path) -> Result<(), String> {
        check(session, folder, self)
    }
}

fn check(session: &Session, folder: &Path, case: &Case) -> Result<(), String> {
    let images =
        ["before", "naive", "after"].map(|when| format!("localhost/run-{}:{when}", name(folder)));
    let [before, naive, after] = &images;
    let original = Context::of(folder);
    add_files(case, &original)?;
    original.build(session, before)?;
    let run = Run {
        session,
        case,
        image: before,
        port: case.port.before,
        loses: &[],
    };
    let options = with_volumes(case);
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    run.answers("the original", &options, Some(case.user.before))?;
    let context = Context::of(original.path());
    context.append("USER 1001");
    context.build(session, naive)?;
    let run = Run {
        image: naive,
        ..run
    };
    check_naive(&run, &options)?;
    check_hardened(session, case, original, after)
}

/// What makes volumes belong to root, as they do in other engines than podman.
fn with_volumes(case: &Case) -> Vec<String> {
    let mount = |path: &String| format!("--mount=type=tmpfs,destination={path},tmpfs-mode=0755");
    let mounts = case.volumes.iter().map(mount);
    mounts.chain([WITHOUT_VOLUMES.to_string()]).collect()
}

fn check_naive(run: &Run<'_>, options: &[&str]) -> Result<(), String> {
    let answers = run.answers("with only `USER 1001`, it", options, Some(1001));
    match (&run.case.naive, answers) {
        (Naive::Answers, answers) => answers,
        (Naive::Fails(_), Ok(())) => Err("with only `USER 1001`, it works too".to_string()),
        (Naive::Fails(why), Err(said)) if said.contains(why) => Ok(()),
        (Naive::Fails(why), Err(said)) => Err(format!(
            "with only `USER 1001`, it does not say `{why}`:\n{said}"
        )),
    }
}

fn check_hardened(
    session: &Session,
    case: &Case,
    context: Context,
    image: &str,
) -> Result<(), String> {
    let source = context.dockerfile();
    let said = context.harden(&case.harden)?;
    let hardened = context.dockerfile();
    if let Some(reason) = &case.held {
        return match (source == hardened, said.contains(reason)) {
            (true, true) => Ok(()),
            (true, false) => Err(format!(
                "harden does not give the reason `{reason}`:\n{said}"
            )),
            (false, _) => Err(format!("harden changes the file:\n{hardened}")),
        };
    }
    let within =
        |problem: String| format!("{problem}\nharden says:\n{said}\nhardened:\n{hardened}");
    let lacks =
        |text: &str, parts: &[String]| parts.iter().find(|part| !text.contains(*part)).cloned();
    if let Some(part) = lacks(&hardened, &case.contains) {
        return Err(within(format!("the hardened file lacks `{part}`")));
    }
    if let Some(part) = lacks(&said, &case.tells) {
        return Err(within(format!("harden does not say `{part}`")));
    }
    context.build(session, image).map_err(within)?;
    let run = Run {
        session,
        case,
        image,
        port: case.port.after,
        loses: &case.loses,
    };
    let tmpfs: Vec<String> = case
        .tmpfs
        .iter()
        .map(|path| format!("--tmpfs={path}"))
        .collect();
    // runc gives a tmpfs to root, with the mode of the folder that it covers; clusters let everybody write it.
    let read_only = ["--read-only", "--read-only-tmpfs=false", "--group-add=0"]
        .into_iter()
        .chain(LOCKED)
        .chain(tmpfs.iter().map(String::as_str));
    let arbitrary = ["--user", ARBITRARY, WITHOUT_VOLUMES]
        .into_iter()
        .chain(LOCKED);
    run.answers("hardened, it", &[WITHOUT_VOLUMES], Some(case.user.after))
        .map_err(within)?;
    run.answers(
        "hardened, as any user of group 0, it",
        &arbitrary.collect::<Vec<_>>(),
        Some(1_000_650_000),
    )
    .map_err(within)?;
    run.answers(
        "hardened and read-only, it",
        &read_only.collect::<Vec<_>>(),
        Some(case.user.after),
    )
    .map_err(within)
}

/// Puts the files that several cases share beside the Dockerfile.
fn add_files(case: &Case, context: &Context) -> Result<(), String> {
    for name in &case.files {
        let from = super::folder().join("run-files").join(name);
        let to = context.path().join(name);
        if from.exists() {
            std::fs::copy(&from, &to).map_err(|error| format!("{name}: {error}"))?;
        } else {
            compile(&from.with_extension("rs"), &to)?;
        }
        image::let_all_read(&to);
    }
    Ok(())
}

fn compile(source: &Path, program: &Path) -> Result<(), String> {
    let compiler = std::env::var("RUSTC").unwrap_or("rustc".to_string());
    let output = std::process::Command::new(compiler)
        .args([
            "--edition=2024",
            "-Copt-level=1",
            "-Ctarget-feature=+crt-static",
        ])
        .arg(source)
        .arg("-o")
        .arg(program)
        .output()
        .map_err(|error| format!("rustc: {error}"))?;
    match output.status.success() {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
}

/// A way to run an image.
#[derive(Clone, Copy)]
struct Run<'a> {
    session: &'a Session,
    case: &'a Case,
    image: &'a str,
    port: u16,
    loses: &'a [String],
}

/// A container that is removed when it is dropped; it also ends by itself after two minutes.
struct Container<'a> {
    session: &'a Session,
    id: String,
    /// Of its first process, as this machine numbers it.
    process: String,
}

impl Drop for Container<'_> {
    fn drop(&mut self) {
        self.podman(&["rm", "--force", "--time=0", &self.id]);
    }
}

impl Container<'_> {
    fn podman(&self, arguments: &[&str]) -> Done {
        self.session.run(60, "podman", arguments)
    }

    /// Asks from inside the container's network, which nothing else is in, so that no port of this machine is taken.
    fn ask(&self, port: u16, path: &str) -> Done {
        let url = format!("http://127.0.0.1:{port}{path}");
        let arguments = [
            "--target",
            &self.process,
            "--net",
            "curl",
            "-sS",
            "--noproxy",
            "*",
            "--max-time",
            "3",
            "--fail-with-body",
            &url,
        ];
        self.session.run(5, "nsenter", &arguments)
    }

    fn is_running(&self) -> bool {
        let state = self.podman(&["inspect", "--format={{.State.Running}}", &self.id]);
        state.stdout.trim() == "true"
    }

    fn log(&self) -> String {
        let log = self.podman(&["logs", &self.id]);
        format!("{}{}", log.stdout, log.stderr)
    }

    /// A line of what the kernel says of its first process: real, effective, saved and file system identity.
    fn status(&self, key: &str) -> Result<Vec<u32>, String> {
        let text = std::fs::read_to_string(format!("/proc/{}/status", self.process))
            .map_err(|error| error.to_string())?;
        let line = text.lines().find_map(|line| line.strip_prefix(key));
        Ok(line
            .unwrap_or("")
            .split_whitespace()
            .filter_map(|word| word.parse().ok())
            .collect())
    }
}

impl Run<'_> {
    fn start(&self, options: &[&str]) -> Result<Container<'_>, String> {
        let env: Vec<String> = self
            .case
            .env
            .iter()
            .map(|(name, value)| format!("--env={name}={value}"))
            .collect();
        let mut arguments = vec!["run", "--detach", "--network=none", "--timeout=120"];
        arguments.extend(env.iter().map(String::as_str));
        arguments.extend(options);
        arguments.push(self.image);
        let id = self
            .session
            .run(60, "podman", &arguments)
            .checked("podman run")?;
        let mut container = Container {
            session: self.session,
            id: id.trim().to_string(),
            process: String::new(),
        };
        let process = container.podman(&["inspect", "--format={{.State.Pid}}", &container.id]);
        container.process = process.stdout.trim().to_string();
        Ok(container)
    }

    /// Runs the image until it has answered everything, as the user that is meant.
    ///
    /// # Errors
    /// What it did instead, with its log.
    fn answers(&self, who: &str, options: &[&str], user: Option<u32>) -> Result<(), String> {
        let container = self
            .start(options)
            .map_err(|said| format!("{who} does not start: {said}"))?;
        let failed = |problem: String| format!("{who} {problem}\nits log:\n{}", container.log());
        let start = Instant::now();
        let kept = |(path, _): &(&String, &String)| !self.loses.contains(path);
        for (path, wanted) in self.case.answers.iter().filter(kept) {
            loop {
                let answer = container.ask(self.port, path);
                if answer.is_success && answer.stdout.contains(wanted) {
                    break;
                }
                let has_answered = !answer.stdout.is_empty();
                if has_answered || start.elapsed() > ANSWERS_WITHIN || !container.is_running() {
                    let said = format!("{}{}", answer.stdout, answer.stderr);
                    return Err(failed(format!(
                        "does not answer {path} on port {} as it should: {said}",
                        self.port
                    )));
                }
                std::thread::sleep(Duration::from_millis(50));
            }
        }
        if let Some(user) = user {
            let uids = container.status("Uid:")?;
            if uids.is_empty() || uids.iter().any(|uid| *uid != user) {
                return Err(failed(format!("runs as {uids:?}, not as {user}")));
            }
        }
        if self.case.healthcheck {
            let health = container.podman(&["healthcheck", "run", &container.id]);
            health.checked("its health check").map_err(failed)?;
        }
        Ok(())
    }
}
