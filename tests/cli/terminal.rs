//! What harden shows at a terminal, narrow ones too.

use std::process::Stdio;

use super::sandbox::{OLD, Sandbox};

/// Runs a program at a terminal of so many columns, and prints what it shows.
const AT_TERMINAL: &str = "\
import fcntl, os, pty, struct, sys, termios
child, terminal = pty.fork()
if child == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack('HHHH', 24, int(sys.argv[1]), 0, 0))
    os.execv(sys.argv[2], sys.argv[2:])
shown = b''
while True:
    try:
        part = os.read(terminal, 65536)
    except OSError:
        break
    if not part:
        break
    shown += part
os.waitpid(child, 0)
sys.stdout.buffer.write(shown)
";

fn at_terminal(sandbox: &Sandbox, columns: &str, arguments: &[&str]) -> Option<String> {
    let mut command = sandbox.other("python3");
    command.args(["-c", AT_TERMINAL, columns, env!("CARGO_BIN_EXE_harden")]);
    command.args(arguments).env("TERM", "xterm-256color");
    command
        .env_remove("NO_COLOR")
        .env_remove("CI")
        .stdin(Stdio::null());
    match command.output() {
        Ok(output) if output.status.success() => {
            Some(String::from_utf8_lossy(&output.stdout).into_owned())
        }
        _ => {
            println!("skipped: terminals: python3 cannot open one");
            None
        }
    }
}

#[test]
fn names_of_files_are_links_at_a_terminal_only() {
    let sandbox = Sandbox::with(OLD);
    let arguments = ["--rule", "legacy-env-format", "--check", "--format=concise"];
    let piped = sandbox.run(arguments.iter().chain(&["--color=always"]));
    assert!(!String::from_utf8_lossy(&piped.stdout).contains("\x1b]8;"));
    let Some(shown) = at_terminal(&sandbox, "80", &arguments) else {
        return;
    };
    assert!(shown.contains("\x1b]8;;file:///"), "{shown:?}");
    assert!(
        shown.contains("/Dockerfile\x1b\\Dockerfile\x1b]8;;\x1b\\:2:5"),
        "{shown:?}"
    );
}

#[test]
fn a_narrow_terminal_gets_narrow_snippets() {
    let long = format!(
        "FROM alpine:3.20\nENV name {}\u{fc}\u{4e2d}\tend\nCMD [\"x\"]\n",
        "word ".repeat(60)
    );
    let sandbox = Sandbox::with(&long);
    let arguments = ["--rule", "legacy-env-format", "--check", "--color=never"];
    let Some(wide) = at_terminal(&sandbox, "200", &arguments) else {
        return;
    };
    for columns in ["1", "7", "20", "40"] {
        let shown = at_terminal(&sandbox, columns, &arguments).expect("a terminal");
        assert!(shown.contains("legacy-env-format"), "{columns}: {shown}");
        let snippet = |shown: &str| {
            let line = shown.lines().find(|line| line.starts_with("2 |"));
            line.map_or(0, |line| line.chars().count())
        };
        assert!(snippet(&shown) < snippet(&wide), "{columns}: {shown}");
    }
}
