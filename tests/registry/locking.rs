//! The lock itself: what is in it, when it is stale, and that it is never lost.

use super::server::Reply;
use super::{Store, folder, is_manifest, lock, registry, spoilt};
use crate::sandbox::{Sandbox, status};

use std::sync::{Arc, Mutex};

use super::server::Server;

/// A registry whose store can be changed.
fn changing(store: Store) -> (Arc<Mutex<Store>>, Server) {
    let shared = Arc::new(Mutex::new(store));
    let inner = Arc::clone(&shared);
    let server = Server::start(move |request, _| inner.lock().expect("a store").answer(request));
    (shared, server)
}

#[test]
fn the_lock_has_what_the_registry_says() {
    let store = Store::with_app();
    let digest = store.tags["app:1"].clone();
    let server = registry(store);
    let sandbox = folder(&server, "app:1");
    let output = lock(&sandbox, &[]);
    assert_eq!(status(&output), 0, "{}", sandbox.screen(&output));
    let text = sandbox.read("harden.lock");
    for part in [
        format!(
            "{}/app:1:\n    digest: {digest}\n    kind: index\n    precise_tag: 1.2.3\n",
            server.host
        ),
        "linux/amd64: sha256:".to_string(),
        "linux/arm64: sha256:".to_string(),
        "user: '1000'".to_string(),
        "workdir: /srv".to_string(),
        "MARK: one".to_string(),
        "- 8080/tcp".to_string(),
    ] {
        assert!(text.contains(&part), "no `{part}` in:\n{text}");
    }
    assert!(text.ends_with("\n...\n"));
    // What is in the lock is not asked for again.
    let requests = server.requests().len();
    assert_eq!(status(&lock(&sandbox, &[])), 0);
    assert_eq!(server.requests().len(), requests);
    // And the text is the same when it is.
    assert_eq!(status(&lock(&sandbox, &["--update"])), 0);
    assert_eq!(sandbox.read("harden.lock"), text);
}

#[test]
fn every_kind_of_reference_is_looked_up_once() {
    let mut store = Store::with_app();
    let other = store.index("two");
    for name in ["app:latest", "team/app:2", "mount:1", "syntax:1"] {
        store.tag(name, &other);
    }
    let digest = store.tags["app:1"].clone();
    let server = registry(store);
    let host = &server.host;
    let sandbox = Sandbox::with(&format!(
        "# syntax={host}/syntax:1\n\
         ARG TAG=1\n\
         FROM {host}/app:$TAG AS app\n\
         FROM {host}/app AS two\n\
         FROM {host}/app@{digest} AS three\n\
         FROM {host}/app:1.2@{digest}\n\
         COPY --from=app /a /b\n\
         COPY --from={host}/team/app:2 /a /b\n\
         RUN --mount=type=bind,from={host}/mount:1,target=/x a\n\
         FROM scratch\n"
    ));
    let output = lock(&sandbox, &[]);
    assert_eq!(status(&output), 0, "{}", sandbox.screen(&output));
    let text = sandbox.read("harden.lock");
    let names: Vec<&str> = text
        .lines()
        .filter_map(|line| line.trim().strip_prefix(host.as_str()))
        .map(|name| name.trim_end_matches(':').trim_start_matches('/'))
        .collect();
    let pinned = format!("app@{digest}");
    assert_eq!(
        names,
        [
            "app:1",
            "app:1.2",
            "app:latest",
            &pinned,
            "mount:1",
            "syntax:1",
            "team/app:2"
        ]
    );
    let asked = server
        .requests()
        .into_iter()
        .filter(|one| one.path().ends_with("/app/manifests/1"))
        .count();
    assert!(asked <= 2, "{asked}");
}

#[test]
fn a_tag_that_moved_is_seen_and_taken_over_when_asked() {
    let (store, server) = changing(Store::with_app());
    let sandbox = folder(&server, "app:1");
    assert_eq!(status(&lock(&sandbox, &[])), 0);
    let old = sandbox.read("harden.lock");
    assert_eq!(status(&lock(&sandbox, &["--check"])), 0);
    let new = {
        let mut store = store.lock().expect("a store");
        let new = store.index("moved");
        store.tag("app:1", &new);
        new
    };
    let output = lock(&sandbox, &["--check"]);
    assert_eq!(status(&output), 1, "{}", sandbox.screen(&output));
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        told.starts_with("Dockerfile:1:6: ") && told.contains(&format!("is {new}")),
        "{told}"
    );
    assert_eq!(sandbox.read("harden.lock"), old);
    assert_eq!(status(&lock(&sandbox, &[])), 0);
    assert_eq!(sandbox.read("harden.lock"), old);
    assert_eq!(status(&lock(&sandbox, &["--update"])), 0);
    assert!(sandbox.read("harden.lock").contains(&new));
    assert_eq!(status(&lock(&sandbox, &["--check"])), 0);
}

#[test]
fn an_image_that_is_not_in_the_lock_is_stale() {
    let server = registry(Store::with_app());
    let sandbox = folder(&server, "app:1");
    let output = lock(&sandbox, &["--check"]);
    assert_eq!(status(&output), 1);
    assert!(String::from_utf8_lossy(&output.stdout).contains("is not in the lock"));
    assert!(!sandbox.path("harden.lock").exists());
}

#[test]
fn a_lock_that_cannot_be_read_is_left_as_it_is() {
    let server = registry(Store::with_app());
    let sandbox = folder(&server, "app:1");
    assert_eq!(status(&lock(&sandbox, &[])), 0);
    let good = sandbox.read("harden.lock");
    let half = &good[..good.len() / 2];
    for (text, part) in [
        ("version: 2\n...\n", "made by a later harden"),
        ("<<<<<<< HEAD\n", "cannot read the lock `harden.lock`"),
        ("", "cannot read the lock `harden.lock`"),
        (half, "cannot read the lock `harden.lock`"),
        ("version: 1\nimages: {}\n", "not all of it is there"),
        (
            "version: 1\nimages:\n  node:1: {digest: x, kind: index, since: y}\n...\n",
            "harden.lock`: 3:1",
        ),
    ] {
        sandbox.file("harden.lock", text);
        for arguments in [
            &["lock"][..],
            &["lock", "--update"],
            &["lock", "--check"],
            &["--pin", "digest"],
            &[],
        ] {
            let output = sandbox.run(arguments);
            assert_eq!(
                status(&output),
                2,
                "{arguments:?} {}",
                sandbox.screen(&output)
            );
            assert!(
                String::from_utf8_lossy(&output.stderr).contains(part),
                "{}",
                sandbox.screen(&output)
            );
            assert_eq!(sandbox.read("harden.lock"), text);
        }
    }
}

/// Killed again and again while it works, it leaves the old lock or the new one.
#[test]
fn a_killed_run_leaves_a_whole_lock() {
    let (store, server) = changing(Store::with_app());
    let sandbox = folder(&server, "app:1");
    assert_eq!(status(&lock(&sandbox, &[])), 0);
    for round in 0..12_u64 {
        {
            let mut store = store.lock().expect("a store");
            let new = store.index(&format!("round {round}"));
            store.tag("app:1", &new);
        }
        let mut child = sandbox
            .command()
            .args(["lock", "--update"])
            .stdout(std::process::Stdio::null())
            .spawn()
            .expect("the program runs");
        std::thread::sleep(std::time::Duration::from_millis(round * 4));
        child.kill().expect("it can be killed");
        child.wait().expect("it ends");
        assert!(status(&lock(&sandbox, &["--check"])) < 2, "round {round}");
    }
}

#[test]
fn a_mirror_is_asked_first_and_the_registry_after_it() {
    let mut store = Store::default();
    let digest = store.index("mirrored");
    store.tag("hub/app:1", &digest);
    let mirror = registry(store);
    let server = registry(Store::with_app());
    let sandbox = Sandbox::with(&format!(
        "FROM {}/app:1\nFROM {}/app:1.2\n",
        server.host, server.host
    ));
    let pair = format!("{}={}/hub", server.host, mirror.host);
    let output = lock(&sandbox, &["--mirror", &pair]);
    assert_eq!(status(&output), 0, "{}", sandbox.screen(&output));
    let text = sandbox.read("harden.lock");
    assert!(
        text.contains(&digest) && text.contains(&Store::with_app().tags["app:1.2"]),
        "{text}"
    );
    let output = lock(&sandbox, &["--mirror", "nonsense"]);
    assert_eq!(status(&output), 2);
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("`--mirror nonsense` is not of the form")
    );
}

#[test]
fn facts_of_the_lock_count_in_later_runs() {
    let server = registry(Store::with_app());
    let text = format!("FROM {}/app:1\nEXPOSE 8080\nCMD [\"x\"]\n", server.host);
    let sandbox = Sandbox::with(&text);
    // Nothing is known of the image, and that is said.
    let before = sandbox.run(["--check"]);
    assert_ne!(status(&before), 0, "{}", sandbox.screen(&before));
    assert_eq!(status(&lock(&sandbox, &[])), 0);
    // The lock knows that it runs as 1000.
    let after = sandbox.run(["--check"]);
    assert_eq!(status(&after), 0, "{}", sandbox.screen(&after));
}

#[test]
fn a_file_that_is_no_dockerfile_is_told() {
    let server = spoilt(|request, _| is_manifest(request).then(|| Reply::status(500)));
    let sandbox = folder(&server, "app:1");
    sandbox.file("Dockerfile", "FROM a\nNOPE x\n");
    let output = lock(&sandbox, &[]);
    assert_eq!(status(&output), 2);
    assert!(String::from_utf8_lossy(&output.stderr).contains("error: Dockerfile:2"));
}
