//! Registries that fail, lie or attack: a clear error, in time, and no damage.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::server::{Reply, Server};
use super::{Store, failure, folder, is_manifest, lock, registry, spoilt};
use crate::sandbox::{Sandbox, status};

fn assert_says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "no `{part}` in: {text}");
    }
}

#[test]
fn a_registry_that_is_down() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let host = free.local_addr().expect("an address").to_string();
    drop(free);
    let sandbox = Sandbox::with(&format!("FROM {host}/app:1\n"));
    let output = lock(&sandbox, &[]);
    assert_eq!(status(&output), 2);
    assert_says(
        &String::from_utf8_lossy(&output.stderr),
        &["cannot reach", &host, "connection refused"],
    );
}

#[test]
fn a_host_that_does_not_exist() {
    let sandbox = Sandbox::with("FROM registry.invalid/app:1\n");
    let output = lock(&sandbox, &[]);
    assert_eq!(status(&output), 2);
    assert_says(
        &String::from_utf8_lossy(&output.stderr),
        &["cannot reach `registry.invalid"],
    );
}

#[test]
fn a_registry_that_does_not_answer_or_hardly() {
    for reply in [|| Reply::Silence, || Reply::Drip] {
        let server = spoilt(move |request, _| is_manifest(request).then(reply));
        let start = Instant::now();
        assert_says(
            &failure(&server, &[]),
            &["no answer in 2 s", "help: `--timeout SECONDS`"],
        );
        assert!(
            start.elapsed() < Duration::from_secs(15),
            "{:?}",
            start.elapsed()
        );
    }
}

#[test]
fn a_connection_that_breaks() {
    let server = spoilt(|request, _| is_manifest(request).then_some(Reply::Nothing));
    assert_says(&failure(&server, &[]), &["cannot reach"]);
}

#[test]
fn a_realm_that_is_no_address() {
    for realm in ["file:///etc/passwd", "nonsense", "", "ftp://127.0.0.1/x"] {
        let header = format!("Bearer realm=\"{realm}\",service=\"s\"");
        let server = spoilt(move |request, _| {
            is_manifest(request)
                .then(|| Reply::status(401).with("www-authenticate", header.clone()))
        });
        assert_says(
            &failure(&server, &[]),
            &["names a token server that is no address"],
        );
    }
}

#[test]
fn a_login_of_an_unknown_kind() {
    let server = spoilt(|request, _| {
        is_manifest(request).then(|| Reply::status(401).with("www-authenticate", "Negotiate"))
    });
    assert_says(
        &failure(&server, &[]),
        &["in a way that harden does not know"],
    );
}

#[test]
fn an_image_that_is_not_there() {
    let server = registry(Store::default());
    assert_says(&failure(&server, &[]), &["has no `1` of `app`"]);
}

/// The server of these tests answers with 404 where the kind of manifest is not accepted, as Docker's does.
#[test]
fn every_kind_of_manifest_is_accepted() {
    let server = registry(Store::with_app());
    assert_eq!(status(&lock(&folder(&server, "app:1"), &[])), 0);
    let accepted = server
        .requests()
        .into_iter()
        .filter(is_manifest)
        .map(|one| one.header("accept").unwrap_or("").to_string());
    for accept in accepted {
        let kinds = [
            "application/vnd.oci.image.index.v1+json",
            "application/vnd.oci.image.manifest.v1+json",
            "application/vnd.docker.distribution.manifest.list.v2+json",
            "application/vnd.docker.distribution.manifest.v2+json",
        ];
        assert_says(&accept, &kinds);
    }
}

#[test]
fn a_manifest_of_a_gigabyte() {
    for reply in [
        || Reply::Endless,
        || Reply::body("").with("content-length", "1073741824"),
    ] {
        let server = spoilt(move |request, _| is_manifest(request).then(reply));
        assert_says(
            &failure(&server, &[]),
            &["answers with more than 4194304 bytes"],
        );
    }
}

#[test]
fn bytes_with_another_digest() {
    let server = spoilt(|request, _| {
        let other = format!("sha256:{}", "a".repeat(64));
        let text = r#"{"schemaVersion": 2, "manifests": []}"#;
        is_manifest(request).then(|| Reply::body(text).with("docker-content-digest", other))
    });
    assert_says(&failure(&server, &[]), &["has been tampered with"]);
    // The manifest of a platform, which the index names by its digest.
    let server = spoilt(|request, _| {
        request
            .path()
            .contains("/manifests/sha256:")
            .then(|| Reply::body("{}"))
    });
    assert_says(&failure(&server, &[]), &["has been tampered with"]);
    let server = spoilt(|request, _| {
        request
            .path()
            .contains("/blobs/")
            .then(|| Reply::body("{}"))
    });
    assert_says(&failure(&server, &[]), &["has been tampered with"]);
}

#[test]
fn an_answer_that_is_no_manifest() {
    for text in ["", "<html>", "[]", "{\"schemaVersion\": 1}"] {
        let server = spoilt(move |request, _| is_manifest(request).then(|| Reply::body(text)));
        assert_says(&failure(&server, &[]), &["manifest"]);
    }
}

#[test]
fn a_redirect_in_circles() {
    let server = spoilt(|request, _| {
        is_manifest(request).then(|| Reply::status(307).with("location", request.target.clone()))
    });
    assert_says(&failure(&server, &[]), &["around in circles"]);
    let manifests = server.requests().into_iter().filter(is_manifest).count();
    assert!(manifests < 10, "{manifests} requests");
}

#[test]
fn a_redirect_to_nowhere() {
    for to in ["file:///etc/passwd", "", "//elsewhere"] {
        let server = spoilt(move |request, _| {
            is_manifest(request).then(|| Reply::status(302).with("location", to))
        });
        assert_says(&failure(&server, &[]), &["sends us to no valid address"]);
    }
}

#[test]
fn a_busy_registry_is_asked_again_in_due_time() {
    for (status_code, header) in [(429, Some("1")), (503, None), (500, None)] {
        let count = AtomicUsize::new(0);
        let server = spoilt(move |request, _| {
            let is_first = is_manifest(request) && count.fetch_add(1, Ordering::SeqCst) == 0;
            let reply = Reply::status(status_code);
            is_first.then(|| {
                header.map_or(Reply::status(status_code), |seconds| {
                    reply.with("retry-after", seconds)
                })
            })
        });
        let sandbox = folder(&server, "app:1");
        let start = Instant::now();
        let output = lock(&sandbox, &["--retries", "2"]);
        assert_eq!(status(&output), 0, "{}", sandbox.screen(&output));
        let least = if header.is_some() { 1000 } else { 200 };
        assert!(
            start.elapsed() >= Duration::from_millis(least),
            "{:?}",
            start.elapsed()
        );
    }
}

#[test]
fn a_registry_that_stays_busy_or_wants_too_much_patience() {
    let server = spoilt(|request, _| {
        is_manifest(request).then(|| Reply::status(429).with("retry-after", "86400"))
    });
    let start = Instant::now();
    let errors = failure(&server, &["--retries", "9"]);
    assert_says(
        &errors,
        &["wants us to wait 86400 s", "help: registries take more"],
    );
    assert!(start.elapsed() < Duration::from_secs(10));
    let server = spoilt(|request, _| is_manifest(request).then(|| Reply::status(503)));
    assert_says(
        &failure(&server, &["--retries", "1"]),
        &["is in trouble (status 503)"],
    );
    assert_eq!(server.requests().into_iter().filter(is_manifest).count(), 2);
}

#[test]
fn a_list_of_tags_without_end_only_costs_the_precise_tag() {
    let store = Store::with_app();
    let count = AtomicUsize::new(0);
    let server = Server::start(move |request, _| {
        if !request.path().ends_with("/tags/list") {
            return store.answer(request);
        }
        let link = format!(
            "</v2/app/tags/list?page={}>; rel=\"next\"",
            count.fetch_add(1, Ordering::SeqCst)
        );
        Reply::body("{\"tags\": [\"1.2.3\"]}").with("link", link)
    });
    let sandbox = folder(&server, "app:1");
    assert_eq!(status(&lock(&sandbox, &[])), 0);
    assert!(!sandbox.read("harden.lock").contains("precise_tag"));
    assert!(server.requests().len() < 300);
}

#[test]
fn what_a_registry_says_reaches_no_terminal_raw() {
    let server = spoilt(|request, _| {
        let realm = "Bearer realm=\"\x1b[31mred\"";
        is_manifest(request).then(|| Reply::status(401).with("www-authenticate", realm))
    });
    assert!(!failure(&server, &["-v"]).contains('\x1b'));
}

#[test]
fn one_bad_image_does_not_stop_the_others() {
    let server = registry(Store::with_app());
    let text = format!(
        "FROM {0}/none:1\nFROM {0}/app:1\nFROM {0}/App:1\n",
        server.host
    );
    let sandbox = Sandbox::with(&text);
    let output = lock(&sandbox, &[]);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(status(&output), 2);
    assert_says(
        &errors,
        &[
            "Dockerfile:1:6",
            "Dockerfile:3:6",
            "`App` is no name of an image",
        ],
    );
    assert_says(&sandbox.read("harden.lock"), &["/app:1:"]);
}
