//! Which files are worked on.

use super::sandbox::{OLD, Sandbox, status, stderr, stdout};
use insta::assert_snapshot;

/// The files of a run, as the report names them.
fn files(sandbox: &Sandbox, arguments: &[&str]) -> Vec<String> {
    let output = sandbox.run(["--format=json"].iter().chain(arguments));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let files = report["files"].as_array().expect("files");
    let path = |file: &serde_json::Value| file["path"].as_str().expect("a path").to_string();
    files.iter().map(path).collect()
}

#[test]
fn dockerfiles_are_found_by_their_names_in_sorted_order() {
    let sandbox = Sandbox::new();
    for name in [
        "z/Dockerfile",
        "Dockerfile.prod",
        "Dockerfile",
        "api.dockerfile",
        "api.Dockerfile",
        "Containerfile.ci",
        "Dockerfile.dockerignore",
        "README.md",
        ".hidden/Dockerfile",
        ".Dockerfile",
        "ignored/Dockerfile",
        "Dockerfile/Dockerfile.inner",
    ] {
        if name != "Dockerfile" {
            sandbox.file(name, OLD);
        }
    }
    sandbox.file(".gitignore", "ignored\n");
    let found = [
        "Containerfile.ci",
        "Dockerfile/Dockerfile.inner",
        "Dockerfile.prod",
        "api.Dockerfile",
        "api.dockerfile",
        "z/Dockerfile",
    ];
    assert_eq!(files(&sandbox, &[]), found);
    assert_eq!(files(&sandbox, &["."]), found);
    assert_eq!(files(&sandbox, &[".hidden"]), [".hidden/Dockerfile"]);
    assert_eq!(
        files(&sandbox, &["ignored/Dockerfile", "README.md", "z"]),
        ["ignored/Dockerfile", "README.md", "z/Dockerfile"]
    );
    assert_eq!(
        files(&sandbox, &["z", "./z/Dockerfile", "z/../z"]),
        ["z/Dockerfile"]
    );
}

#[test]
fn nothing_found_is_no_success() {
    let sandbox = Sandbox::new();
    sandbox.file("src/main.rs", "");
    assert_snapshot!(sandbox.screen(&sandbox.run(["src", "."])), @"
    exit status 2
    --- output
    --- errors
    error: no Dockerfile found in `src`, `.`
      help: hidden and ignored files are left out; a file that is named is always taken
    ");
    sandbox.file("Dockerfile/main.rs", "");
    assert_eq!(status(&sandbox.run(["Dockerfile"])), 2);
}

#[test]
fn many_files_come_out_in_order_whatever_the_threads_do() {
    let sandbox = Sandbox::new();
    let name = |number: usize| format!("s{number:03}/Dockerfile");
    let names: Vec<String> = (0..300).map(name).collect();
    for name in &names {
        sandbox.file(name, OLD);
    }
    assert_eq!(files(&sandbox, &[]), names);
    let patch = stdout(&sandbox.rule(&["-q"]));
    let headers = patch.lines().filter_map(|line| line.strip_prefix("+++ b/"));
    assert_eq!(headers.collect::<Vec<_>>(), names);
}

#[cfg(unix)]
#[test]
fn links_stay_in_the_tree() {
    use std::os::unix::fs::symlink;
    let outside = Sandbox::with(OLD);
    let sandbox = Sandbox::new();
    sandbox.file("common/base.txt", OLD);
    let link = |target: &std::path::Path, name: &str| {
        symlink(target, sandbox.path(name)).expect("a link");
    };
    link("common/base.txt".as_ref(), "Dockerfile");
    link(&outside.path("Dockerfile"), "Dockerfile.outside");
    link("nowhere".as_ref(), "Dockerfile.broken");
    link("Dockerfile.circle".as_ref(), "Dockerfile.circle");
    link(&outside.path("."), "folder");
    let output = sandbox.rule(&["--write"]);
    let screen = sandbox.screen(&output);
    let elsewhere = outside.path("Dockerfile");
    let elsewhere = elsewhere.to_string_lossy();
    assert_snapshot!(screen.replace(&*elsewhere, "[OUTSIDE]/Dockerfile"), @"
    exit status 2
    --- output
    Dockerfile
      safe legacy-env-format: line 2: write an equals sign
    4 files looked at: 1 file changed by 1 fix (1 safe), 3 files with errors
    --- errors
    error: Dockerfile.broken: a symbolic link to `nowhere`: no such file or directory
    error: Dockerfile.circle: a symbolic link to `Dockerfile.circle`: too many levels of symbolic links
    error: Dockerfile.outside: a symbolic link leads out of the folder, to `[OUTSIDE]/Dockerfile`
    ");
    assert_eq!(outside.read("Dockerfile"), OLD);
    assert!(sandbox.path("Dockerfile").is_symlink());
    assert!(sandbox.read("common/base.txt").contains("ENV a=b"));
    // A file is not found twice, and a file that is named through a folder that leads out is outside too.
    sandbox.file("Dockerfile.real", OLD);
    link("Dockerfile.real".as_ref(), "Dockerfile.again");
    let found = files(&sandbox, &[]);
    assert!(found.contains(&"Dockerfile.real".to_string()), "{found:?}");
    assert!(
        !found.contains(&"Dockerfile.again".to_string()),
        "{found:?}"
    );
    for name in ["Dockerfile.outside", "folder/Dockerfile"] {
        let output = sandbox.rule(&["-w", name]);
        assert_eq!(status(&output), 2, "{name}");
        assert!(
            stderr(&output).contains("leads out of the folder"),
            "{name}"
        );
    }
    assert_eq!(outside.read("Dockerfile"), OLD);
}

#[cfg(unix)]
#[test]
fn the_patch_of_a_link_names_the_file_behind_it() {
    let sandbox = Sandbox::new();
    sandbox.file("common/base.txt", OLD);
    std::os::unix::fs::symlink("common/base.txt", sandbox.path("Dockerfile")).expect("a link");
    let patch = stdout(&sandbox.rule(&["-q"]));
    assert!(patch.starts_with("--- a/common/base.txt\n"), "{patch}");
}

#[cfg(unix)]
#[test]
fn a_pipe_can_be_read_but_not_written() {
    let sandbox = Sandbox::with(OLD);
    let script = |mode: &str| {
        let program = env!("CARGO_BIN_EXE_harden");
        let script = format!("'{program}' --rule legacy-env-format -q {mode} <(cat Dockerfile)");
        let mut bash = sandbox.other("bash");
        bash.args(["-c", &script]).output().expect("bash runs")
    };
    let output = script("--diff");
    assert_eq!(status(&output), 1, "{}", stderr(&output));
    let output = script("--write");
    assert_eq!(status(&output), 2);
    assert!(stderr(&output).contains("it is a pipe or a device"));
}
