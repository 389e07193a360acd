//! What is printed, and with which exit status.

use super::sandbox::{NEW, OLD, Sandbox, status, stderr, stdout};
use insta::assert_snapshot;

#[test]
fn the_patch_is_on_standard_output_and_the_reasons_beside_it() {
    let sandbox = Sandbox::with(OLD);
    let output = sandbox.rule(&[]);
    assert_snapshot!(sandbox.screen(&output), @"");
    assert_eq!(sandbox.read("Dockerfile"), OLD);
    assert_eq!(sandbox.rule(&["--diff"]), output);
}

#[test]
fn quiet_leaves_the_patch() {
    let sandbox = Sandbox::with(OLD);
    let output = sandbox.rule(&["-q"]);
    assert_eq!((status(&output), stderr(&output).as_str()), (1, ""));
    assert!(stdout(&output).starts_with("--- a/Dockerfile\n"));
}

#[test]
fn writing_tells_what_was_done_and_then_nothing_is_left() {
    let sandbox = Sandbox::with(OLD);
    assert_snapshot!(sandbox.screen(&sandbox.rule(&["--write"])), @"");
    assert_eq!(sandbox.read("Dockerfile"), NEW);
    assert_snapshot!(sandbox.screen(&sandbox.rule(&["--write"])), @"");
    let quiet = Sandbox::with(OLD);
    let output = quiet.rule(&["-wq"]);
    assert_eq!(
        quiet.screen(&output),
        "exit status 0\n--- output\n--- errors\n"
    );
    assert_eq!(quiet.read("Dockerfile"), NEW);
}

#[test]
fn the_check_shows_the_lines() {
    let sandbox = Sandbox::with(OLD);
    assert_snapshot!(sandbox.screen(&sandbox.rule(&["--check"])), @"");
    let quiet = sandbox.rule(&["--check", "--quiet"]);
    assert_eq!(
        sandbox.screen(&quiet),
        "exit status 1\n--- output\n--- errors\n"
    );
    let zero = sandbox.rule(&["--check", "--exit-zero"]);
    assert_eq!(status(&zero), 0);
}

/// A profile that is held back by the tag of the base image.
const HELD: &str = "\
version: 1
name: company
title: The images of the company
bases:
  - image: example.org/old
    tags: { \"1\": example.org/new:1 }
    hold: { \"*alpine*\": no image of the company has musl }
    why: The company looks after it.
";

#[test]
fn what_is_held_back_is_told_with_the_reason() {
    let sandbox = Sandbox::with("FROM example.org/old:1-alpine\nUSER 1001\n");
    sandbox.file("company.yaml", HELD);
    let arguments = ["-p", "company.yaml", "--rule", "company"];
    assert_snapshot!(sandbox.screen(&sandbox.run(arguments)), @"");
    assert_snapshot!(sandbox.screen(&sandbox.run(arguments.iter().chain(&["--check"]))), @"");
    let written = sandbox.run(arguments.iter().chain(&["--write"]));
    assert_eq!(status(&written), 1, "something is left to do");
    assert_snapshot!(stdout(
        &sandbox.run(arguments.iter().chain(&["--format=json"]))
    ), @"");
}

#[test]
fn safe_leaves_out_what_changes_behaviour_and_does_not_ask_for_it() {
    let sandbox = Sandbox::with("FROM example.org/old:1\nUSER 1001\n");
    sandbox.file("company.yaml", HELD);
    let arguments = ["-p", "company.yaml", "--rule", "company", "--safe"];
    assert_snapshot!(sandbox.screen(&sandbox.run(arguments)), @"");
    assert_snapshot!(sandbox.screen(&sandbox.run(arguments.iter().chain(&["-v"]))), @"");
    let all = sandbox.run(["-p", "company.yaml", "--rule", "company"]);
    assert_snapshot!(sandbox.screen(&all), @"");
}

#[test]
fn of_several_files_only_those_with_something_to_say_are_named() {
    let sandbox = Sandbox::new();
    sandbox.file("a/Dockerfile", OLD);
    sandbox.file("b/Dockerfile", NEW);
    sandbox.file("c/Dockerfile", OLD);
    assert_snapshot!(sandbox.screen(&sandbox.rule(&[])), @"");
    assert_snapshot!(stderr(&sandbox.rule(&["-v", "b"])), @"");
}

#[test]
fn json_has_the_same_patch() {
    let sandbox = Sandbox::with(OLD);
    sandbox.file("Dockerfile.bad", "FROM a\nFORM b\n");
    let output = sandbox.rule(&["--format", "json"]);
    assert_snapshot!(sandbox.screen(&output), @"");
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let patch = stdout(&sandbox.rule(&["-q", "Dockerfile"]));
    assert_eq!(report["files"][0]["diff"], patch);
}

#[test]
fn colours_come_when_asked_for() {
    let sandbox = Sandbox::with(OLD);
    let output = sandbox.rule(&["--color", "always"]);
    assert!(stdout(&output).contains("\x1b[31m-ENV a b\x1b[0m\n"));
    assert!(stderr(&output).contains("\x1b["));
    let check = sandbox.rule(&["--check", "--color=always"]);
    assert!(stdout(&check).contains("\x1b["));
    let mut command = sandbox.command();
    command
        .env("CLICOLOR_FORCE", "1")
        .args(["-q", "--color=never"]);
    let output = command.output().expect("the program runs");
    assert!(!stdout(&output).contains('\x1b'));
}

#[test]
fn no_color_is_heard() {
    let sandbox = Sandbox::with(OLD);
    let coloured = |variable: &str| {
        let mut command = sandbox.command();
        command.env("CLICOLOR_FORCE", "1").env(variable, "1");
        let output = command.output().expect("the program runs");
        stdout(&output).contains('\x1b')
    };
    assert!(coloured("OTHER"));
    assert!(!coloured("NO_COLOR"));
}

#[test]
fn standard_input_becomes_a_patch_or_the_hardened_file() {
    let sandbox = Sandbox::new();
    let input = OLD.as_bytes();
    let rule = ["--rule", "legacy-env-format"];
    let run = |more: &[&str]| sandbox.run_with_input(&[&rule, more].concat(), input);
    assert_snapshot!(sandbox.screen(&run(&["-"])), @"");
    assert_snapshot!(stdout(&run(&[
        "-q",
        "-",
        "--stdin-filename",
        "src/Dockerfile"
    ])), @"");
    let filtered = run(&["--write", "-"]);
    assert_snapshot!(sandbox.screen(&filtered), @"");
    assert_eq!(stdout(&filtered), NEW);
    let bad = sandbox.run_with_input(&["-w", "-"], b"FORM a\n");
    assert_snapshot!(sandbox.screen(&bad), @"");
}

#[test]
fn usage_errors_name_the_way_out() {
    let sandbox = Sandbox::with(OLD);
    let screens = |all: &[&[&str]]| {
        let screen = |arguments: &&[&str]| {
            let output = sandbox.run(*arguments);
            assert_eq!(
                (status(&output), output.stdout.len()),
                (2, 0),
                "{arguments:?}"
            );
            format!("$ harden {}\n{}", arguments.join(" "), stderr(&output))
        };
        all.iter().map(screen).collect::<Vec<_>>().join("\n")
    };
    assert_snapshot!(screens(&[
        &["--diff", "--write"],
        &["--wirte"],
        &["-qv"],
        &["-p", "dotnet-ubu"],
        &["-p", "nothing/like/it.yaml"],
        &["--rule", "legacy-env-formt"],
        &["--allow", "x"],
        &["explain", "baselin"],
        &["profle"],
        &["-q", "profile"],
        &["--target", "prod"],
        &["-o", "nowhere/report"],
        &["-o", "Dockerfile"],
        &["-o", "."],
        &["--write\x1b[2J"],
    ]), @"");
}

#[test]
fn a_rule_can_be_allowed() {
    let sandbox = Sandbox::with(OLD);
    let output = sandbox.run(["--allow", "legacy-env-format", "--safe"]);
    assert!(!stdout(&output).contains("ENV a=b"));
    let output = sandbox.run(["--safe"]);
    assert!(stdout(&output).contains("ENV a=b"));
}

#[test]
fn pages_completions_and_manual() {
    let sandbox = Sandbox::new();
    let rule = stdout(&sandbox.run(["explain", "legacy-env-format"]));
    assert!(rule.starts_with("legacy-env-format: "), "{rule}");
    assert!(rule.contains("\nSeverity: "), "{rule}");
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = stdout(&sandbox.run(["completions", shell]));
        assert!(script.contains("stdin-filename"), "{shell}");
    }
    let manual = stdout(&sandbox.run(["man"]));
    assert!(manual.contains(".TH harden 1"), "{manual}");
    let help = stdout(&sandbox.run(["--help"]));
    assert!(help.contains("Exit status:"), "{help}");
}

#[test]
fn control_characters_do_not_reach_the_terminal() {
    let sandbox = Sandbox::new();
    let text = "FROM alpine:3.20\nENV a \x1b[2J\u{9b}b\nCMD [\"x\"]\n";
    sandbox.file("Dockerfile.\x1b]0;x\x07", text);
    sandbox.file("Dockerfile.bad\x1b[2J", "FROM a\nFORM\x1b[2J b\n");
    for arguments in [
        &["--check"][..],
        &["--color=always"],
        &["--write", "-v"],
        &["--format=json"],
        &["syntax", "."],
    ] {
        let output = match arguments {
            ["syntax", ..] => sandbox.run(arguments),
            _ => sandbox.rule(arguments),
        };
        let shown = format!("{}{}", stdout(&output), stderr(&output));
        for raw in ["\x1b[2J", "\x1b]", "\x07", "\u{9b}"] {
            assert!(!shown.contains(raw), "{arguments:?}: {shown:?}");
        }
    }
}
