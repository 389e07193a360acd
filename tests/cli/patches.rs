//! Patches do exactly what `--write` does, through git and through patch.

use std::path::Path;
use std::process::Output;

use super::sandbox::{NEW, OLD, RULE, Sandbox, status, stderr};

fn patch(sandbox: &Sandbox, folder: &str) -> Vec<u8> {
    let mut command = sandbox.command();
    command.current_dir(sandbox.path(folder));
    let output = command.args(["-q", "--rule", RULE, "--"]).output();
    output.expect("the program runs").stdout
}

/// Applies a patch; skips where the program is not there.
fn apply(sandbox: &Sandbox, program: &str, folder: &str, patch: &[u8]) -> Option<Output> {
    let file = sandbox.path(".patch");
    std::fs::write(&file, patch).expect("a patch");
    let mut command = sandbox.other(program);
    command.current_dir(sandbox.path(folder));
    match program {
        "git" => command.args(["apply", "--whitespace=nowarn"]).arg(&file),
        _ => command.args(["-p1", "--binary", "-i"]).arg(&file),
    };
    match command.output() {
        Ok(output) => Some(output),
        Err(error) => {
            println!("skipped: {program}: {error}");
            None
        }
    }
}

fn assert_applies(program: &str, name: &Path, old: &str, new: &str) {
    if program == "patch" && name.to_string_lossy().ends_with(' ') {
        println!("skipped: {name:?}: the program `patch` drops the space at the end of a name");
        return;
    }
    let sandbox = Sandbox::new();
    sandbox.file(name, old);
    let patch = patch(&sandbox, ".");
    let Some(output) = apply(&sandbox, program, ".", &patch) else {
        return;
    };
    let shown = String::from_utf8_lossy(&patch);
    assert_eq!(
        status(&output),
        0,
        "{program} {name:?}: {}{shown}",
        stderr(&output)
    );
    assert_eq!(sandbox.read(name), new, "{program} {name:?}: {shown}");
}

#[test]
fn every_kind_of_text_goes_through() {
    let carriage = |text: &str| text.replace('\n', "\r\n");
    let open = |text: &str| text.trim_end().to_string();
    let last = "FROM alpine:3.20\nCMD [\"x\"]\nENV a b";
    let texts = [
        (OLD.to_string(), NEW.to_string()),
        (carriage(OLD), carriage(NEW)),
        (open(OLD), open(NEW)),
        (open(&carriage(OLD)), open(&carriage(NEW))),
        (format!("\u{feff}{OLD}"), format!("\u{feff}{NEW}")),
        (last.to_string(), last.replace("a b", "a=b")),
        (
            OLD.replace("\nCMD", "\nRUN echo \x1b\x0c\u{85}\rx\nCMD"),
            NEW.replace("\nCMD", "\nRUN echo \x1b\x0c\u{85}\rx\nCMD"),
        ),
    ];
    for (old, new) in texts {
        for program in ["git", "patch"] {
            assert_applies(program, Path::new("Dockerfile"), &old, &new);
        }
    }
}

#[test]
fn every_name_goes_through() {
    for name in [
        "my folder/Dockerfile",
        "Dockerfile.with blank",
        "Dockerfile.\"quoted\"",
        "Dockerfile.back\\slash",
        "-b/Dockerfile",
        "ü/Dockerfile.ß",
        "Dockerfile.trailing ",
        "Dockerfile.tab\there",
    ] {
        for program in ["git", "patch"] {
            assert_applies(program, Path::new(name), OLD, NEW);
        }
    }
    // GNU patch refuses a line end in a name.
    assert_applies("git", Path::new("Dockerfile.line\nend"), OLD, NEW);
}

#[cfg(unix)]
#[test]
fn a_name_that_is_no_text_goes_through() {
    use std::os::unix::ffi::OsStrExt as _;
    let name = std::ffi::OsStr::from_bytes(b"Dockerfile.\xe9\xff");
    for program in ["git", "patch"] {
        assert_applies(program, Path::new(name), OLD, NEW);
    }
}

#[test]
fn a_patch_made_in_a_folder_of_a_repository_applies_there() {
    let sandbox = Sandbox::new();
    let mut git = sandbox.other("git");
    if git.args(["init", "-q"]).output().is_err() {
        println!("skipped: a_patch_made_in_a_folder_of_a_repository_applies_there: no git");
        return;
    }
    sandbox.file("Dockerfile", OLD);
    sandbox.file("src/api/Dockerfile", OLD);
    let patch = patch(&sandbox, "src");
    let output = apply(&sandbox, "git", "src", &patch).expect("git runs");
    assert_eq!(status(&output), 0, "{}", stderr(&output));
    assert_eq!(sandbox.read("src/api/Dockerfile"), NEW);
    assert_eq!(sandbox.read("Dockerfile"), OLD);
}

#[test]
fn a_name_that_looks_like_an_option_can_be_given() {
    let sandbox = Sandbox::new();
    sandbox.file("-w", OLD);
    let output = sandbox.run(["-q", "--rule", RULE, "--", "-w"]);
    assert_eq!(status(&output), 1, "{}", stderr(&output));
    let output = sandbox.run(["-q", "--rule", RULE, "-w", "./-w"]);
    assert_eq!(status(&output), 0, "{}", stderr(&output));
    assert_eq!(sandbox.read("-w"), NEW);
}
