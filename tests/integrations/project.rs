//! What harden brings along for shells, and its own Containerfile.

use std::path::Path;

use super::repository::{Repository, root, said};

fn harden(arguments: &[&str]) -> String {
    let repository = Repository::new(&[], &[("x", "")]);
    let mut command = repository.command(Path::new(env!("CARGO_BIN_EXE_harden")));
    let output = command.args(arguments).output().expect("the program runs");
    assert!(output.status.success(), "{arguments:?}: {}", said(&output));
    said(&output)
}

/// Another program on a text, or `None` after saying that it is not there.
fn other(program: &str, arguments: &[&str], text: &str) -> Option<String> {
    let repository = Repository::new(&[], &[("text", text)]);
    let mut command = repository.command(Path::new(program));
    match command.args(arguments).arg("text").output() {
        Ok(output) => {
            assert!(output.status.success(), "{program}: {}", said(&output));
            Some(said(&output))
        }
        Err(error) => {
            eprintln!("skipped: {program} is not there: {error}");
            None
        }
    }
}

#[test]
fn harden_finds_nothing_to_change_in_its_own_containerfile() {
    let file = root().join("Containerfile");
    let file = file.to_str().expect("a plain path");
    let text = harden(&["--isolated", "--check", file]);
    assert_eq!(text, "1 file looked at: nothing to change\n");
}

/// The stage that compiles gets what `.dockerignore` lets through: cargo must find all that Cargo.toml names.
#[test]
fn the_containerfile_copies_what_cargo_needs() {
    let ignored = std::fs::read_to_string(root().join(".dockerignore")).expect("the file");
    let copied: Vec<&str> = ignored
        .lines()
        .filter_map(|line| line.strip_prefix('!'))
        .collect();
    let repository = Repository::new(&copied, &[]);
    let mut command = repository.command(Path::new(env!("CARGO")));
    // Reads all of Cargo.toml, and builds nothing.
    command.args(["build", "--locked", "--offline", "--bin", "no-such"]);
    let output = command.output().expect("cargo runs");
    let text = said(&output);
    assert!(text.contains("no bin target named `no-such`"), "{text}");
}

#[test]
fn completions_complete() {
    let script = harden(&["completions", "bash"]);
    // `complete -p` prints what the script has set up; the function completes a subcommand.
    let test = format!(
        "{script}\ncomplete -p harden\nCOMP_WORDS=(harden prof) COMP_CWORD=1\n_harden harden prof harden\necho \"${{COMPREPLY[@]}}\"\n"
    );
    if let Some(said) = other("bash", &["--noprofile", "--norc"], &test) {
        assert!(said.contains("-F _harden"), "{said}");
        assert_eq!(said.lines().last(), Some("profile"), "{said}");
    }
    for shell in ["zsh", "fish", "elvish", "powershell"] {
        assert!(
            harden(&["completions", shell]).contains("--write"),
            "{shell}"
        );
    }
    other("zsh", &["-n"], &harden(&["completions", "zsh"]));
    other("fish", &["--no-execute"], &harden(&["completions", "fish"]));
}

#[test]
fn the_manual_page_is_one() {
    let page = harden(&["man"]);
    for part in [
        ".TH harden 1",
        ".SH OPTIONS",
        "\\-\\-write",
        "harden\\-lsp(1)",
    ] {
        assert!(page.contains(part), "{part}");
    }
    if let Some(said) = other("man", &["--warnings", "--local-file"], &page) {
        assert!(said.contains("Exit status"), "{said}");
    }
}
