//! Input that nobody wants: a clear error for that file, exit status 2, and the other files done.

use super::sandbox::{NEW, OLD, Sandbox, status, stderr, stdout};
use insta::assert_snapshot;

/// Runs `--write` over the bad file and a good one, and checks that the good one is done and the bad one untouched.
fn refused(name: &str, bytes: &[u8]) -> String {
    let sandbox = Sandbox::new();
    sandbox.file(name, bytes);
    sandbox.file("z/Dockerfile", OLD);
    let output = sandbox.rule(&["-w", name, "z/Dockerfile"]);
    let errors = stderr(&output);
    assert_eq!(status(&output), 2, "{errors}");
    assert_eq!(sandbox.read("z/Dockerfile"), NEW, "{errors}");
    assert!(
        std::fs::read(sandbox.path(name)).expect("the file") == bytes,
        "{errors}"
    );
    errors
}

#[test]
fn bad_texts_are_refused_with_their_place() {
    let mut screens = String::new();
    for (name, text) in [
        ("empty", &b""[..]),
        ("comment-only", b"# nothing\n"),
        ("nul", b"FROM a\nRUN \0x\n"),
        ("latin-1", b"FROM a\nLABEL x=\xe9\n"),
        ("utf-16", b"\xff\xfeF\0R\0"),
        ("binary", b"\x7fELF\x02\x01\x01\0\0\xff"),
        ("unknown-instruction", b"FROM a\nFORM b\n"),
        ("unterminated-heredoc", b"FROM a\nRUN <<EOF\necho\n"),
        ("no-from", b"RUN x\n"),
        ("only-arg", b"ARG x=1\n"),
        ("late-from", b"RUN x\nFROM a\n"),
        ("template-line", b"{{ header }}\nFROM a\n"),
        ("template-from", b"FROM {{ image }}\n"),
        ("template-jinja", b"FROM a\n{% if x %}\nRUN x\n"),
        ("json", b"FROM a\nCMD [\"x\", 1]\n"),
    ] {
        screens.push_str(&refused(name, text));
    }
    assert_snapshot!(screens, @r#"
    error: file with no instructions
     --> empty:1:1
      |
    1 |
      | ^
    error: file with no instructions
     --> comment-only:1:1
      |
    1 | # nothing
      | ^^^^^^^^^
    error: nul:2:5: not a text file: a NUL byte at byte 11
    error: latin-1:2:9: not UTF-8 text at byte 15
    error: utf-16:1:1: not UTF-8 text, but UTF-16
      help: save it as UTF-8; builders read nothing else
    error: binary:1:10: not UTF-8 text at byte 9
    error: unknown instruction: FORM
     --> unknown-instruction:2:1
      |
    2 | FORM b
      | ^^^^
    error: unterminated heredoc: no line `EOF` follows
     --> unterminated-heredoc:2:5
      |
    2 | RUN <<EOF
      |     ^^^^^
    error: no FROM: this is not a whole Dockerfile
     --> no-from:1:1
      |
    1 | RUN x
      | ^^^^^
    error: no FROM: this is not a whole Dockerfile
     --> only-arg:1:1
      |
    1 | ARG x=1
      | ^^^^^^^
    error: an instruction other than ARG stands before the first FROM
     --> late-from:1:1
      |
    1 | RUN x
      | ^^^^^
    error: unknown instruction: {{
     --> template-line:1:1
      |
    1 | {{ header }}
      | ^^
      |
      = help: this looks like a template; harden reads the Dockerfile that is made of it
    error: `{{` in FROM: no image has such a name
     --> template-from:1:6
      |
    1 | FROM {{ image }}
      |      ^^^^^^^^^^^
      |
      = help: this looks like a template; harden reads the Dockerfile that is made of it
    error: unknown instruction: {%
     --> template-jinja:2:1
      |
    2 | {% if x %}
      | ^^
      |
      = help: this looks like a template; harden reads the Dockerfile that is made of it
    error: a JSON array of an instruction may hold strings only
     --> json:2:5
      |
    2 | CMD ["x", 1]
      |     ^^^^^^^^
    "#);
}

#[test]
fn a_flood_of_errors_is_cut() {
    let errors = refused(
        "flood",
        format!("FROM a\n{}", "X y\n".repeat(1000)).as_bytes(),
    );
    assert_eq!(errors.matches("unknown instruction").count(), 10);
    assert!(
        errors.ends_with("error: flood: 990 more errors\n"),
        "{errors}"
    );
}

#[test]
fn huge_files_and_lines_are_refused() {
    let line = [&b"FROM a\nRUN "[..], &vec![b'x'; 50_000_000], b"\n"].concat();
    let limit = "error: big: larger than 16 MiB: this is no Dockerfile\n";
    assert_eq!(refused("big", &line), limit);
    assert_eq!(refused("big", &b"FROM a\n".repeat(15_000_000)), limit);
    let long = [&b"FROM a\nRUN "[..], &vec![b'x'; 100_000], b"\n"].concat();
    let errors = refused("long", &long);
    assert!(errors.contains("long:2:1"), "{}", errors.len());
    assert!(errors.len() < 2_000, "{}", errors.len());
}

#[test]
fn ten_thousand_stages_are_no_problem() {
    let stage = |number: usize| format!("FROM alpine:3.20 AS s{number}\nENV a b\n");
    let text: String = (0..10_000).map(stage).collect();
    let sandbox = Sandbox::with(&text);
    let output = sandbox.rule(&["-wq"]);
    assert_eq!(status(&output), 0, "{}", stderr(&output));
    assert_eq!(sandbox.read("Dockerfile"), text.replace("a b", "a=b"));
}

#[test]
fn a_missing_file_does_not_stop_the_others() {
    let sandbox = Sandbox::with(OLD);
    let output = sandbox.rule(&["-wq", "missing", "Dockerfile"]);
    let screen = sandbox.screen(&output);
    assert!(screen.starts_with("exit status 2\n"), "{screen}");
    assert!(screen.contains("error: missing: "), "{screen}");
    assert_eq!(sandbox.read("Dockerfile"), NEW);
}

#[cfg(unix)]
#[test]
fn what_may_not_be_read_or_written_is_named() {
    use super::sandbox::as_nobody;
    use std::os::unix::fs::PermissionsExt as _;
    let sandbox = Sandbox::new();
    let mode = |name: &str, mode: u32| {
        let mode = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(sandbox.path(name), mode).expect("permissions");
    };
    for name in [
        "closed/Dockerfile",
        "open/Dockerfile",
        "unreadable/Dockerfile",
    ] {
        sandbox.file(name, OLD);
    }
    sandbox.file("open/Dockerfile.readonly", OLD);
    sandbox.file("open/Dockerfile.secret", OLD);
    mode("open", 0o777);
    mode("open/Dockerfile", 0o666);
    mode("open/Dockerfile.readonly", 0o444);
    mode("open/Dockerfile.secret", 0o200);
    mode("closed/Dockerfile", 0o666);
    mode("closed", 0o555);
    mode("unreadable", 0o300);
    let Some(mut command) = as_nobody(&sandbox, "what_may_not_be_read_or_written_is_named") else {
        return;
    };
    command.args(["-wq", "--rule", "legacy-env-format", "."]);
    let output = command.output().expect("the program runs");
    mode("closed", 0o755);
    mode("unreadable", 0o755);
    mode("open/Dockerfile.secret", 0o644);
    assert_snapshot!(sandbox.screen(&output), @"
    exit status 2
    --- output
    --- errors
    error: closed/Dockerfile: cannot write into the folder: permission denied
    error: open/Dockerfile: cannot keep the owner of the file: operation not permitted
      help: run harden as the owner of the file
    error: open/Dockerfile.readonly: cannot write the file: permission denied
    error: open/Dockerfile.secret: cannot read the file: permission denied
    error: unreadable: cannot read the folder: iO error for operation on ./unreadable: Permission denied
    ");
    for name in [
        "closed/Dockerfile",
        "open/Dockerfile",
        "open/Dockerfile.readonly",
        "open/Dockerfile.secret",
        "unreadable/Dockerfile",
    ] {
        assert_eq!(sandbox.read(name), OLD, "{name}");
    }
}

#[test]
fn a_stage_that_is_not_there_is_an_error_of_that_file() {
    let sandbox = Sandbox::with("FROM a AS one\nFROM b AS two\n");
    sandbox.file("Dockerfile.other", "FROM a AS prod\n");
    let output = sandbox.rule(&["--target", "prod"]);
    assert_snapshot!(sandbox.screen(&output), @"
    exit status 2
    --- output
    --- errors
    error: Dockerfile: no stage `prod`: this file has `one`, `two`
    2 files looked at: nothing to change, 1 file with errors
    ");
    assert!(stdout(&output).is_empty());
}
