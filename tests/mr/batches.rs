//! A batch at a forge: the plan of a repository becomes one request there, and is asked for, spoken to and taken back.

use std::process::Command;

use crate::fake::Flavour;
use crate::sandbox;
use crate::world::{NEW, TOKEN, World};

/// `harden batch` with these words.
pub fn prepared(world: &World, words: &[&str]) -> Command {
    let mut command = world.sandbox.command();
    command.arg("batch").args(words);
    command
        .env("HARDEN_TOKEN", TOKEN)
        .env("HOME", world.sandbox.path(""));
    command
}

/// The same, run; the forge of a host is that of its name unless the words say another.
pub fn batch(world: &World, words: &[&str]) -> (i32, String) {
    let output = prepared(world, words).output().expect("the program runs");
    let said = sandbox::stdout(&output) + &sandbox::stderr(&output);
    assert!(!said.contains(TOKEN), "{said}");
    (sandbox::status(&output), said)
}

#[test]
fn a_batch_makes_one_request_at_each_kind_of_forge() {
    for flavour in [Flavour::Gitlab, Flavour::Github, Flavour::Gitea] {
        let world = World::standard(flavour);
        let forge = ["--forge", flavour.name()];
        let with = |words: &[&'static str]| -> (i32, String) {
            let words: Vec<&str> = words.iter().copied().chain(forge).collect();
            batch(&world, &words)
        };
        world.sandbox.file("list", world.url());
        let (status, said) = with(&["plan", "list", "--id=try", "--rule", sandbox::RULE]);
        assert_eq!(status, 0, "{said}");
        assert_eq!(world.writes(), Vec::<String>::new());
        let (status, said) = with(&["apply", "try"]);
        assert!(status == 0 && said.contains("g/p: created, http"), "{said}");
        assert_eq!(world.text("harden/try", "Dockerfile"), NEW);
        assert!(!world.writes().is_empty());
        let (status, said) = with(&["status", "try"]);
        assert!(
            status == 0 && said.contains("1 request: 1 open\n"),
            "{said}"
        );
        let (status, said) = with(&["rerun", "try", "--yes"]);
        assert!(status == 0 && said.contains("g/p: open"), "{said}");
        let (_, said) = with(&["apply", "try"]);
        assert_eq!(said, "0 requests made\n");
        assert_eq!(world.writes(), Vec::<String>::new());
        let (status, said) = with(&["comment", "try", "--yes", "--text=Please look."]);
        assert!(status == 0 && said.contains("1 done, 0 failed"), "{said}");
        assert_eq!(world.writes().len(), 1);
        let (status, said) = with(&["close", "try", "--yes"]);
        assert!(status == 0 && said.contains("g/p: closed"), "{said}");
        assert_eq!(world.branch("harden/try"), None);
    }
}

#[test]
fn a_commit_of_ours_with_other_bytes_is_not_taken_back() {
    let world = World::standard(Flavour::Gitlab);
    world.sandbox.file("list", world.url());
    for words in [
        &["plan", "list", "--id=try", "--rule", sandbox::RULE][..],
        &["apply", "try"],
    ] {
        let (status, said) = batch(&world, &[words, &["--forge=gitlab"]].concat());
        assert_eq!(status, 0, "{said}");
    }
    world.writes();
    world.amend("harden/try", "FROM alpine:3.20\nENV a=c\n");
    let theirs = world.branch("harden/try");
    let (status, said) = batch(&world, &["close", "try", "--yes", "--forge=gitlab"]);
    assert_eq!(status, 2, "{said}");
    assert!(said.contains("somebody else works on the branch"), "{said}");
    assert_eq!(world.branch("harden/try"), theirs);
    assert_eq!(world.writes(), Vec::<String>::new());
}
