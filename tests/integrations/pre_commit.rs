//! The hooks of `.pre-commit-hooks.yaml`, run by pre-commit.

use std::path::Path;
use std::process::Output;

use super::repository::{NEW, OLD, Repository, said};
use super::tools;

/// A repository that uses the hooks of another one.
fn user(hooks: &Repository, settings: &str) -> Repository {
    let config = format!(
        "repos:\n- repo: {}\n  rev: {}\n  hooks: [{{ {settings} }}]\n",
        hooks.path().display(),
        hooks.git(&["rev-parse", "HEAD"]).trim(),
    );
    let files = [
        (".pre-commit-config.yaml", config.as_str()),
        ("Dockerfile", OLD),
        ("app/api.Dockerfile", OLD),
        ("app/Containerfile", NEW),
        ("notes.txt", "ENV a b\n"),
    ];
    Repository::new(&[], &files)
}

fn run(program: &Path, user: &Repository, home: &Path) -> Output {
    let mut command = user.command(program);
    command.env("PRE_COMMIT_HOME", home).env("HOME", home);
    command.env_remove("CI");
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent();
    command.env("CARGO_TARGET_DIR", target.expect("a target folder"));
    if let Some(cargo) = std::env::var_os("CARGO_HOME").or_else(|| home_of("/.cargo")) {
        command.env("CARGO_HOME", cargo);
    }
    if let Some(rustup) = std::env::var_os("RUSTUP_HOME").or_else(|| home_of("/.rustup")) {
        command.env("RUSTUP_HOME", rustup);
    }
    // What is built is the same, only sooner.
    for (name, value) in [("LTO", "off"), ("CODEGEN_UNITS", "64"), ("OPT_LEVEL", "1")] {
        command.env(format!("CARGO_PROFILE_RELEASE_{name}"), value);
    }
    command.args(["run", "--all-files", "--color=never"]);
    command.output().expect("pre-commit runs")
}

fn home_of(name: &str) -> Option<std::ffi::OsString> {
    let mut home = std::env::var_os("HOME")?;
    home.push(name);
    Path::new(&home).is_dir().then_some(home)
}

#[test]
#[ignore = "installs pre-commit"]
fn the_hooks_find_and_change() {
    let Some(program) = tools::pre_commit("the_hooks_find_and_change") else {
        return;
    };
    let home = tempfile::tempdir().expect("a folder");
    let hooks = Repository::new(&[".pre-commit-hooks.yaml"], &[]);
    let rule = "language: system, args: [--rule, legacy-env-format]";
    let checking = user(&hooks, &format!("id: harden, {rule}"));
    let output = run(&program, &checking, home.path());
    let text = said(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(
        text.contains("3 files looked at: 2 files to change"),
        "{text}"
    );
    assert!(text.contains("--> app/api.Dockerfile:2:6"), "{text}");
    assert_eq!(checking.read("Dockerfile"), OLD);

    let writing = user(&hooks, &format!("id: harden-write, {rule}"));
    let output = run(&program, &writing, home.path());
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(
        said(&output).contains("files were modified by this hook"),
        "{}",
        said(&output)
    );
    assert_eq!(
        (
            writing.read("Dockerfile"),
            writing.read("app/api.Dockerfile")
        ),
        (NEW.to_string(), NEW.to_string())
    );
    let again = run(&program, &writing, home.path());
    assert_eq!(again.status.code(), Some(0), "{}", said(&again));
}

/// As most will use it: pre-commit builds harden from its repository.
#[test]
#[ignore = "installs pre-commit, and builds harden"]
fn the_hook_builds_harden() {
    let Some(program) = tools::pre_commit("the_hook_builds_harden") else {
        return;
    };
    let home = tempfile::tempdir().expect("a folder");
    let own = [
        ".pre-commit-hooks.yaml",
        "Cargo.toml",
        "Cargo.lock",
        "build.rs",
        "src",
        "profiles",
        // Cargo.toml names them.
        "tests/containers.rs",
        "benches/corpus.rs",
    ];
    let hooks = Repository::new(&own, &[]);
    let user = user(&hooks, "id: harden, args: [--rule, legacy-env-format]");
    let output = run(&program, &user, home.path());
    let text = said(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(
        text.contains("3 files looked at: 2 files to change"),
        "{text}"
    );
}
