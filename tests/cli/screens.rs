//! What is printed, and with which exit status.

use super::sandbox::{NEW, OLD, Sandbox, status, stderr, stdout};
use insta::assert_snapshot;

#[test]
fn the_patch_is_on_standard_output_and_the_reasons_beside_it() {
    let sandbox = Sandbox::with(OLD);
    let output = sandbox.rule(&[]);
    assert_snapshot!(sandbox.screen(&output), @r#"
    exit status 1
    --- output
    --- a/Dockerfile
    +++ b/Dockerfile
    @@ -1,3 +1,3 @@
     FROM alpine:3.20
    -ENV a b
    +ENV a=b
     CMD ["x"]
    --- errors
    Dockerfile
      safe legacy-env-format: line 2: write an equals sign
    1 file looked at: 1 file to change by 1 fix (1 safe)
      help: `--write` makes the changes
    "#);
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
    assert_snapshot!(sandbox.screen(&sandbox.rule(&["--write"])), @"
    exit status 0
    --- output
    Dockerfile
      safe legacy-env-format: line 2: write an equals sign
    1 file looked at: 1 file changed by 1 fix (1 safe)
    --- errors
    ");
    assert_eq!(sandbox.read("Dockerfile"), NEW);
    assert_snapshot!(sandbox.screen(&sandbox.rule(&["--write"])), @"
    exit status 0
    --- output
    1 file looked at: nothing to change
    --- errors
    ");
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
    assert_snapshot!(sandbox.screen(&sandbox.rule(&["--check"])), @"
    exit status 1
    --- output
    low[legacy-env-format]: ENV `a` has no equals sign
     --> Dockerfile:2:6
      |
    2 | ENV a b
      |      ^^
      |
      = safe: write an equals sign
        2 - ENV a b
        2 + ENV a=b

    1 file looked at: 1 file to change by 1 fix (1 safe)
      help: `--write` makes the changes
    --- errors
    ");
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
    assert_snapshot!(sandbox.screen(&sandbox.run(arguments)), @"
    exit status 1
    --- output
    --- errors
    Dockerfile
      held company: line 1: stage 0 does not follow profile `company`
        line 1: `example.org/old:1-alpine`: no image of the company has musl
    1 file looked at: nothing to change, 1 held
    ");
    assert_snapshot!(sandbox.screen(&sandbox.run(arguments.iter().chain(&["--check"]))), @"
    exit status 1
    --- output
    medium[company]: stage 0 does not follow profile `company`
     --> Dockerfile:1:6
      |
    1 | FROM example.org/old:1-alpine
      |      ^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = held: line 1: `example.org/old:1-alpine`: no image of the company has musl

    1 file looked at: nothing to change, 1 held
    --- errors
    ");
    let written = sandbox.run(arguments.iter().chain(&["--write"]));
    assert_eq!(status(&written), 1, "something is left to do");
    assert_snapshot!(stdout(
        &sandbox.run(arguments.iter().chain(&["--format=json"]))
    ), @r#"
    {"version":1,"files":[
    {"path":"Dockerfile","changed":false,"written":false,"applied":[],"open":[{"rule":"company","severity":"medium","message":"stage 0 does not follow profile `company`","line":1,"column":6,"kind":"held","reasons":[{"text":"`example.org/old:1-alpine`: no image of the company has musl","line":1}]}],"allowed":[],"errors":[],"notes":[],"diff":""}
    ],"summary":{"files":1,"changed":0,"written":0,"fixes":{"safe":0,"review":0},"open":{"held":1,"manual":0,"left_out":0},"allowed":0,"errors":0}}
    "#);
}

#[test]
fn safe_leaves_out_what_changes_behaviour_and_does_not_ask_for_it() {
    let sandbox = Sandbox::with("FROM example.org/old:1\nUSER 1001\nCMD [\"run\"]\n");
    sandbox.file("company.yaml", HELD);
    let arguments = ["-p", "company.yaml", "--rule", "company", "--safe"];
    assert_snapshot!(sandbox.screen(&sandbox.run(arguments)), @"
    exit status 0
    --- output
    --- errors
    1 file looked at: nothing to change, 1 left out by --safe
    ");
    assert_snapshot!(sandbox.screen(&sandbox.run(arguments.iter().chain(&["-v"]))), @"
    exit status 0
    --- output
    --- errors
    Dockerfile
      left out company: line 1: stage 0 does not follow profile `company`
        follow `company` (review)
    1 file looked at: nothing to change, 1 left out by --safe
    ");
    let all = sandbox.run(["-p", "company.yaml", "--rule", "company"]);
    assert_snapshot!(sandbox.screen(&all), @r#"
    exit status 1
    --- output
    --- a/Dockerfile
    +++ b/Dockerfile
    @@ -1,3 +1,3 @@
    -FROM example.org/old:1
    +FROM example.org/new:1
     USER 1001
     CMD ["run"]
    --- errors
    Dockerfile
      review company: follow `company`
        The images of the company
        line 1: build on `example.org/new:1` instead of `example.org/old:1`
          The company looks after it.
    1 file looked at: 1 file to change by 1 fix (1 review)
      help: `--write` makes the changes
    "#);
}

#[test]
fn of_several_files_only_those_with_something_to_say_are_named() {
    let sandbox = Sandbox::new();
    sandbox.file("a/Dockerfile", OLD);
    sandbox.file("b/Dockerfile", NEW);
    sandbox.file("c/Dockerfile", OLD);
    assert_snapshot!(sandbox.screen(&sandbox.rule(&[])), @r#"
    exit status 1
    --- output
    --- a/a/Dockerfile
    +++ b/a/Dockerfile
    @@ -1,3 +1,3 @@
     FROM alpine:3.20
    -ENV a b
    +ENV a=b
     CMD ["x"]
    --- a/c/Dockerfile
    +++ b/c/Dockerfile
    @@ -1,3 +1,3 @@
     FROM alpine:3.20
    -ENV a b
    +ENV a=b
     CMD ["x"]
    --- errors
    a/Dockerfile
      safe legacy-env-format: line 2: write an equals sign
    c/Dockerfile
      safe legacy-env-format: line 2: write an equals sign
    3 files looked at: 2 files to change by 2 fixes (2 safe)
      help: `--write` makes the changes
    "#);
    assert_snapshot!(stderr(&sandbox.rule(&["-v", "b"])), @"
    b/Dockerfile
      nothing to do
    1 file looked at: nothing to change
    ");
}

#[test]
fn json_has_the_same_patch() {
    let sandbox = Sandbox::with(OLD);
    sandbox.file("Dockerfile.bad", "FROM a\nFORM b\n");
    let output = sandbox.rule(&["--format", "json"]);
    assert_snapshot!(sandbox.screen(&output), @r#"
    exit status 2
    --- output
    {"version":1,"files":[
    {"path":"Dockerfile","changed":true,"written":false,"applied":[{"rule":"legacy-env-format","severity":"low","message":"ENV `a` has no equals sign","line":2,"column":5,"title":"write an equals sign","safety":"safe","why":null,"steps":[{"what":"write an equals sign","why":null,"line":2,"new_lines":[2,2]}],"edits":[{"start":22,"end":23,"text":"="}]}],"open":[],"allowed":[],"errors":[],"notes":[],"diff":"--- a/Dockerfile\n+++ b/Dockerfile\n@@ -1,3 +1,3 @@\n FROM alpine:3.20\n-ENV a b\n+ENV a=b\n CMD [\"x\"]\n"},
    {"path":"Dockerfile.bad","changed":false,"written":false,"applied":[],"open":[],"allowed":[],"errors":[{"message":"unknown instruction: FORM","line":2,"column":1,"help":null}],"notes":[],"diff":""}
    ],"summary":{"files":2,"changed":1,"written":0,"fixes":{"safe":1,"review":0},"open":{"held":0,"manual":0,"left_out":0},"allowed":0,"errors":1}}
    --- errors
    error: unknown instruction: FORM
     --> Dockerfile.bad:2:1
      |
    2 | FORM b
      | ^^^^
    "#);
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
    assert_snapshot!(sandbox.screen(&run(&["-"])), @r#"
    exit status 1
    --- output
    --- a/Dockerfile
    +++ b/Dockerfile
    @@ -1,3 +1,3 @@
     FROM alpine:3.20
    -ENV a b
    +ENV a=b
     CMD ["x"]
    --- errors
    -
      safe legacy-env-format: line 2: write an equals sign
    1 file looked at: 1 file to change by 1 fix (1 safe)
      help: `--write` makes the changes
    "#);
    assert_snapshot!(stdout(&run(&[
        "-q",
        "-",
        "--stdin-filename",
        "src/Dockerfile"
    ])), @r#"
    --- a/src/Dockerfile
    +++ b/src/Dockerfile
    @@ -1,3 +1,3 @@
     FROM alpine:3.20
    -ENV a b
    +ENV a=b
     CMD ["x"]
    "#);
    let filtered = run(&["--write", "-"]);
    assert_snapshot!(sandbox.screen(&filtered), @r#"
    exit status 0
    --- output
    FROM alpine:3.20
    ENV a=b
    CMD ["x"]
    --- errors
    -
      safe legacy-env-format: line 2: write an equals sign
    1 file looked at: 1 file changed by 1 fix (1 safe)
    "#);
    assert_eq!(stdout(&filtered), NEW);
    let bad = sandbox.run_with_input(&["-w", "-"], b"FORM a\n");
    assert_snapshot!(sandbox.screen(&bad), @"
    exit status 2
    --- output
    --- errors
    error: unknown instruction: FORM
     --> -:1:1
      |
    1 | FORM a
      | ^^^^
    1 file looked at: 1 file with errors
    ");
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
        &["-w", "--format=json", "-"],
    ]), @"
    $ harden --diff --write
    error: the argument '--diff' cannot be used with '--write'

    Usage: harden --diff [PATH]...

    For more information, try '--help'.

    $ harden --wirte
    error: unexpected argument '--wirte' found

      tip: a similar argument exists: '--write'

    Usage: harden --write [PATH]...

    For more information, try '--help'.

    $ harden -qv
    error: the argument '--quiet' cannot be used with '--verbose'

    Usage: harden --quiet [PATH]...

    For more information, try '--help'.

    $ harden -p dotnet-ubu
    error: dotnet-ubu: no built-in profile has that name
      help: did you mean `dotnet-ubi`?

    $ harden -p nothing/like/it.yaml
    error: nothing/like/it.yaml: cannot read the profile: no such file or directory

    $ harden --rule legacy-env-formt
    error: no rule or profile of this run is called `legacy-env-formt`
      help: did you mean `legacy-env-format`?

    $ harden --allow x
    error: no rule or profile of this run is called `x`
      help: `harden explain` lists the rules

    $ harden explain baselin
    error: no rule or profile `baselin`
      help: did you mean `baseline`?

    $ harden profle
    error: profle: cannot read the file: no such file or directory
      help: did you mean `harden profile`?
    1 file looked at: 1 file with errors

    $ harden -q profile
    error: profile: cannot read the file: no such file or directory
      help: a subcommand comes first, and its options after it: `harden profile`

    $ harden --target prod
    error: Dockerfile: no stage `prod`: the stages of this file have no names
    1 file looked at: 1 file with errors

    $ harden -o nowhere/report
    error: cannot write `nowhere/report`: no such file or directory

    $ harden -o Dockerfile
    error: `--output` would overwrite the input `Dockerfile`
      help: `--write` changes files in place

    $ harden -o .
    error: cannot write `.`: it is a folder

    $ harden --write[2J
    error: unexpected argument '--write' found

      tip: a similar argument exists: '--write'

    Usage: harden --write [PATH]...

    For more information, try '--help'.

    $ harden -w --format=json -
    error: `--write` with `-` prints the file, which `--format json` leaves no room for
      help: the patch is in the JSON of `--diff`
    ");
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
fn a_rule_alone_keeps_what_its_profile_asks_of_it() {
    let shells = "FROM debian:12\nRUN apt-get update && apt-get install -y curl bash-completion openssh-server\nCMD [\"curl\"]\n";
    let sandbox = Sandbox::with(shells);
    let alone = ["--rule", "needless-package"];
    let output = stdout(&sandbox.run(["-p", "minimal", alone[0], alone[1]]));
    assert!(
        output.contains("-RUN")
            && !output.contains(
                "+RUN apt-get update && apt-get install -y curl bash-completion openssh-server"
            ),
        "{output}"
    );
    assert!(!stdout(&sandbox.run(alone)).contains("-RUN"));
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
