//! What `.harden.yaml` and profiles have to say to `harden lock`.

use super::{Store, folder, lock, registry};
use crate::sandbox::{Sandbox, status};

/// A profile that replaces the image `app:1` of a server by `other:1`.
fn profile(host: &str) -> String {
    format!(
        "version: 1\nname: company\ntitle: Company images\nbases:\n  - image: {host}/app\n    tags: {{ \"1\": \"{host}/other:1\" }}\n"
    )
}

#[test]
fn a_mirror_of_the_configuration_is_asked_first() {
    let server = registry(Store::with_app());
    let sandbox = Sandbox::with("FROM registry.invalid/app:1\n");
    sandbox.file(
        ".harden.yaml",
        format!(
            "version: 1\nregistries:\n  registry.invalid: {{ insecure: true, mirror: {} }}\n",
            server.host
        ),
    );
    let output = lock(&sandbox, &[]);
    assert_eq!(status(&output), 0, "{}", sandbox.screen(&output));
    assert!(
        sandbox
            .read("harden.lock")
            .contains("registry.invalid/app:1:")
    );
    assert!(!server.requests().is_empty());
    // The command line wins, and nobody answers there.
    let output = lock(
        &sandbox,
        &["--update", "--mirror", "registry.invalid=127.0.0.1:1"],
    );
    assert_eq!(status(&output), 2);
}

#[test]
fn registries_of_the_configuration_are_shown_and_checked() {
    let sandbox = Sandbox::with("FROM a\n");
    let text = "version: 1\nregistries:\n  a.example: { insecure: true, mirror: b.example/c }\n";
    sandbox.file(".harden.yaml", text);
    let output = sandbox.run(["config", "show"]);
    let shown = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = "registries: a.example: insecure, mirror b.example/c  # .harden.yaml";
    assert!(shown.contains(line), "{shown}");
    sandbox.file(".harden.yaml", text.replace("mirror", "miror"));
    let output = lock(&sandbox, &[]);
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(status(&output), 2);
    assert!(errors.contains("did you mean `mirror`?"), "{errors}");
}

#[test]
fn targets_of_a_profile_are_locked_and_others_are_not_written() {
    let mut store = Store::with_app();
    let other = store.index("two");
    store.tag("other:1", &other);
    let server = registry(store);
    let sandbox = folder(&server, "app:1\nCMD [\"app\"]");
    sandbox.file("company.yaml", profile(&server.host));
    let diff = || sandbox.run(["--diff", "-p", "company.yaml", "Dockerfile"]);
    let swapped = format!("+FROM {}/other:1", server.host);
    // Without a lock, nobody says what exists.
    assert!(sandbox.screen(&diff()).contains(&swapped));
    assert_eq!(status(&lock(&sandbox, &[])), 0);
    let held = sandbox.screen(&diff());
    assert!(held.contains("the lock does not have"), "{held}");
    assert!(held.contains("harden lock -p company"), "{held}");
    assert_eq!(status(&lock(&sandbox, &["-p", "company.yaml"])), 0);
    let text = sandbox.read("harden.lock");
    assert!(
        text.contains("/other:1:") && text.contains("/app:1:"),
        "{text}"
    );
    let screen = sandbox.screen(&diff());
    assert!(screen.contains(&swapped), "{screen}");
}

#[test]
fn a_target_that_does_not_exist_is_told_and_not_written() {
    let server = registry(Store::with_app());
    let sandbox = folder(&server, "app:1\nCMD [\"app\"]");
    sandbox.file("company.yaml", profile(&server.host));
    let output = lock(&sandbox, &["-p", "company.yaml"]);
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(status(&output), 2, "{errors}");
    assert!(errors.contains("/other:1`"), "{errors}");
    let text = sandbox.read("harden.lock");
    assert!(
        text.contains("/app:1:") && !text.contains("/other:1:"),
        "{text}"
    );
    let held = sandbox.screen(&sandbox.run(["--diff", "-p", "company.yaml", "Dockerfile"]));
    assert!(held.contains("the lock does not have"), "{held}");
}

#[test]
fn odd_references_have_clear_answers() {
    let server = registry(Store::with_app());
    let host = &server.host;
    // A stage named as an image is that stage, with a port or without; scratch is no image.
    let sandbox = Sandbox::with(&format!(
        "FROM {host}/app:1 AS nginx\nFROM scratch AS base\nFROM nginx\nCOPY --from=nginx /a /b\n"
    ));
    let output = lock(&sandbox, &[]);
    assert_eq!(status(&output), 0, "{}", sandbox.screen(&output));
    let text = sandbox.read("harden.lock");
    assert_eq!(text.matches("digest:").count(), 1, "{text}");
    // No registry has repositories in capitals.
    let sandbox = Sandbox::with(&format!("FROM {host}/App:1\n"));
    let output = lock(&sandbox, &[]);
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(status(&output), 2, "{errors}");
    assert!(
        errors.contains("error: Dockerfile:1:6: cannot look up"),
        "{errors}"
    );
    assert!(!sandbox.path("harden.lock").exists());
}
