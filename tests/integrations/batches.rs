//! Batches on real schedulers: the parts that they plan, joined, are what one run makes, byte for byte.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use super::tools;
use crate::repositories::{NEW, OLD, Place, git, said};

const LONGEST: Duration = Duration::from_secs(120);

/// Repositories at addresses, and a plan of one run in `whole`.
fn place() -> Place {
    let place = Place::new();
    let mut list = String::new();
    for number in 0..24 {
        let text = OLD.replace("alpine:3.20", &format!("alpine:3.{number}"));
        let name = format!("team-{}/app-{number}", number % 5);
        let files = [
            ("Dockerfile", text.as_str()),
            ("api/Dockerfile", NEW),
            ("web/Dockerfile", "FROM x\nRUN curl http://x | sh\n"),
        ];
        let path = place.add(&name, &files);
        list.push_str(&format!("file://{}\n", path.display()));
    }
    place.write("repositories.txt", &list);
    let output = place.plan(&["repositories.txt", "-p", "baseline", "-o", "whole"]);
    assert!(output.status.success(), "{}", said(&output));
    place
}

fn same_as_whole(place: &Place, folder: &str) {
    for name in ["plan.json", "report.html"] {
        assert_eq!(
            place.read(&format!("whole/{name}")),
            place.read(&format!("{folder}/{name}")),
            "{name}"
        );
    }
    for format in ["markdown", "json", "csv"] {
        let report = |folder: &str| {
            place
                .harden(&["batch", "report", folder, "--format", format])
                .stdout
        };
        assert!(report("whole") == report(folder), "{format}");
    }
}

fn template(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("templates")
        .join(name)
}

#[test]
#[ignore = "installs gitlab-ci-local"]
fn jobs_of_gitlab_make_the_whole() {
    let Some(program) = tools::gitlab_ci_local("jobs_of_gitlab_make_the_whole") else {
        return;
    };
    let place = place();
    let text = std::fs::read_to_string(template("batch-gitlab.yml")).expect("the template");
    let text = text
        .replace("parallel: 4", "parallel: 2")
        .replace("HARDEN_BATCH: 2026-11-dotnet", "HARDEN_BATCH: try");
    let text = text.replace("HARDEN_PROFILE: dotnet-ubi", "HARDEN_PROFILE: baseline");
    let project = place.path().join("project");
    std::fs::create_dir(&project).expect("a folder");
    std::fs::write(project.join(".gitlab-ci.yml"), text).expect("a pipeline");
    std::fs::copy(
        place.path().join("repositories.txt"),
        project.join("repositories.txt"),
    )
    .expect("a list");
    git(&project, &["init", "--quiet", "--initial-branch=main"]);
    git(
        &project,
        &[
            "remote",
            "add",
            "origin",
            "git@gitlab.example.com:group/batch.git",
        ],
    );
    git(&project, &["add", "--all"]);
    git(
        &project,
        &[
            "-c",
            "user.name=x",
            "-c",
            "user.email=x@example.com",
            "commit",
            "--quiet",
            "--message=x",
        ],
    );
    let mut command = Command::new(program);
    command
        .current_dir(&project)
        .env("PATH", tools::search_path())
        .env("HOME", place.path())
        .env_remove("CI");
    command.args([
        "--force-shell-executor",
        "--no-color",
        "--artifacts-to-source",
    ]);
    let output = command.output().expect("gitlab-ci-local runs");
    assert!(output.status.success(), "{}", said(&output));
    let parts = ["part-1", "part-2"]
        .map(|part| std::fs::read_to_string(project.join(part).join("plan.json")).expect("a part"));
    assert!(parts[0].contains("\"shard\":\"1/2\"") && parts[1].contains("\"shard\":\"2/2\""));
    std::fs::rename(project.join("try"), place.path().join("merged")).expect("the whole");
    same_as_whole(&place, "merged");
}

#[test]
#[ignore = "installs GNU parallel"]
fn gnu_parallel_makes_the_whole() {
    let test = "gnu_parallel_makes_the_whole";
    if !tools::has_program(test, "parallel", "parallel") {
        return;
    }
    let place = place();
    let script = std::fs::read_to_string(template("batch-parallel.sh")).expect("the template");
    place.write(
        "batch-parallel.sh",
        &script.replace("today=$(date +%F)", "today=2026-11-25"),
    );
    let mut command = Command::new("sh");
    command.args([
        "batch-parallel.sh",
        "repositories.txt",
        "baseline",
        "try",
        "3",
    ]);
    command
        .current_dir(place.path())
        .env("PATH", tools::search_path())
        .env("HOME", place.path());
    let output = command.output().expect("sh runs");
    assert!(output.status.success(), "{}", said(&output));
    same_as_whole(&place, "try");
}

/// Slurm on this host, with everything of it in one folder.
struct Slurm {
    folder: tempfile::TempDir,
    daemons: Vec<Child>,
}

impl Slurm {
    fn start() -> Result<Self, String> {
        let folder = tempfile::TempDir::with_prefix("slurm-").map_err(|error| error.to_string())?;
        let host = Command::new("hostname")
            .arg("-s")
            .output()
            .map_err(|error| error.to_string())?;
        let host = String::from_utf8_lossy(&host.stdout).trim().to_string();
        let path = folder.path().display();
        let port = || {
            let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
            listener.local_addr().expect("an address").port()
        };
        let settings = format!(
            "ClusterName=one\nSlurmctldHost={host}(127.0.0.1)\nSlurmUser=root\nSlurmdUser=root\nAuthType=auth/none\nCredType=cred/none\n\
             SlurmctldPort={}\nSlurmdPort={}\nStateSaveLocation={path}/state\nSlurmdSpoolDir={path}/spool\nSlurmctldPidFile={path}/control.pid\n\
             SlurmdPidFile={path}/node.pid\nSlurmctldLogFile={path}/control.log\nSlurmdLogFile={path}/node.log\nProctrackType=proctrack/linuxproc\n\
             TaskPlugin=task/none\nSelectType=select/cons_tres\nSelectTypeParameters=CR_Core\nReturnToService=2\nSwitchType=switch/none\nMpiDefault=none\n\
             NodeName={host} NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN\nPartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP\n",
            port(),
            port(),
        );
        for name in ["state", "spool"] {
            std::fs::create_dir(folder.path().join(name)).map_err(|error| error.to_string())?;
        }
        std::fs::write(folder.path().join("slurm.conf"), settings)
            .map_err(|error| error.to_string())?;
        let mut slurm = Self {
            folder,
            daemons: Vec::new(),
        };
        for daemon in ["slurmctld", "slurmd"] {
            let mut command = slurm.command(daemon);
            command
                .arg("-D")
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null());
            slurm.daemons.push(
                command
                    .spawn()
                    .map_err(|error| format!("{daemon}: {error}"))?,
            );
        }
        let is_idle = || {
            slurm
                .says("sinfo", &["--noheader", "--format=%T"])
                .contains("idle")
        };
        match within(LONGEST / 4, is_idle) {
            true => Ok(slurm),
            false => {
                let log = std::fs::read_to_string(slurm.folder.path().join("node.log"))
                    .unwrap_or_default();
                Err(format!(
                    "slurm does not come up: {}",
                    log.lines().last().unwrap_or_default()
                ))
            }
        }
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env("SLURM_CONF", self.folder.path().join("slurm.conf"));
        command
    }

    fn output(&self, program: &str, folder: &Path, words: &[&str]) -> Output {
        let mut command = self.command(program);
        command
            .current_dir(folder)
            .args(words)
            .env("PATH", tools::search_path());
        command.output().expect("a program of Slurm")
    }

    fn says(&self, program: &str, words: &[&str]) -> String {
        said(&self.output(program, Path::new("/"), words))
    }
}

impl Drop for Slurm {
    fn drop(&mut self) {
        for daemon in &mut self.daemons {
            // They may have ended by themselves.
            let _ = daemon.kill();
            let _ = daemon.wait();
        }
    }
}

fn within(time: Duration, mut is_so: impl FnMut() -> bool) -> bool {
    let start = Instant::now();
    while start.elapsed() < time {
        if is_so() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(300));
    }
    false
}

/// There is no cluster here: what Kubernetes publishes of a Job is what the manifest is held against.
#[test]
#[ignore = "installs the schemas of Kubernetes"]
fn the_manifest_is_a_job_of_kubernetes() {
    let Some(program) = tools::kubernetes_validate("the_manifest_is_a_job_of_kubernetes") else {
        return;
    };
    let manifest = template("batch-kubernetes.yaml");
    let place = Place::new();
    let text = std::fs::read_to_string(&manifest).expect("the manifest");
    let judged = |text: &str, version: &str| {
        place.write("job.yaml", text);
        let mut command = Command::new(&program);
        command.args(["--strict", "--kubernetes-version", version, "job.yaml"]);
        let output = command.current_dir(place.path()).output();
        let output = output.expect("the program runs");
        (output.status.success(), said(&output))
    };
    // The oldest and the newest that the package has.
    for version in ["1.25", "1.37"] {
        let (is_valid, said) = judged(&text, version);
        assert!(is_valid && said.contains("passed"), "{version}: {said}");
    }
    for (right, wrong, why) in [
        ("completionMode:", "completionsMode:", "completionsMode"),
        ("completions: 4", "completions: four", "spec.completions"),
        ("runAsUser: 1001", "runAsUser: harden", "runAsUser"),
    ] {
        let (is_valid, said) = judged(&text.replace(right, wrong), "1.37");
        assert!(!is_valid && said.contains(why), "{wrong}: {said}");
    }
    // As many parts as pods.
    let value = |key: &str| {
        let (_, rest) = text.split_once(key).expect(key);
        let word = rest.split_whitespace().next().unwrap_or_default();
        word.trim_matches('"').to_string()
    };
    assert_eq!(
        value("completions: "),
        value("JOB_COMPLETIONS\n              value: ")
    );
}

#[test]
#[ignore = "installs Slurm"]
fn an_array_of_slurm_makes_the_whole() {
    let test = "an_array_of_slurm_makes_the_whole";
    if !tools::has_program(test, "slurmctld", "slurm-wlm") {
        return;
    }
    let slurm = match Slurm::start() {
        Ok(slurm) => slurm,
        Err(reason) => return eprintln!("skipped: {test}: {reason}"),
    };
    let place = place();
    let script = template("batch-slurm.sh").display().to_string();
    let words = [
        "--parsable",
        "--array=1-3",
        &script,
        "repositories.txt",
        "baseline",
        "try",
        "2026-11-25",
    ];
    let output = slurm.output("sbatch", place.path(), &words);
    assert!(output.status.success(), "{}", said(&output));
    let job = String::from_utf8_lossy(&output.stdout).trim().to_string();
    let after = format!("--dependency=afterok:{job}");
    let output = slurm.output(
        "sbatch",
        place.path(),
        &[
            "--parsable",
            &after,
            "--output=merge.log",
            "--wrap",
            "harden batch merge part-* -o merged",
        ],
    );
    assert!(output.status.success(), "{}", said(&output));
    let is_done = || slurm.says("squeue", &["--noheader"]).trim().is_empty();
    assert!(within(LONGEST, is_done), "{}", slurm.says("squeue", &[]));
    assert!(
        place.exists("merged/report.html"),
        "{}",
        place.read("harden-1.log")
    );
    assert!(place.read("part-2/plan.json").contains("\"shard\":\"2/3\""));
    same_as_whole(&place, "merged");
}
