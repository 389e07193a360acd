//! `harden lock` against registries: good ones, bad ones, and a real one.

#[path = "registry/configured.rs"]
mod configured;
#[path = "registry/faults.rs"]
mod faults;
#[path = "registry/image.rs"]
mod image;
#[path = "registry/locking.rs"]
mod locking;
#[path = "registry/logins.rs"]
mod logins;
#[path = "registry/real.rs"]
mod real;
#[path = "cli/sandbox.rs"]
#[allow(
    dead_code,
    reason = "the tests of the command line use the other part of it"
)]
mod sandbox;
#[path = "registry/server.rs"]
mod server;

use image::Store;
use sandbox::Sandbox;
use server::{Reply, Request, Server};

/// A registry with what is in the store.
fn registry(store: Store) -> Server {
    Server::start(move |request, _| store.answer(request))
}

/// A folder with a Dockerfile that names `IMAGE` of the server, and the words for `harden lock`.
fn folder(server: &Server, image: &str) -> Sandbox {
    Sandbox::with(&format!("FROM {}/{image}\n", server.host))
}

/// Runs `harden lock` with little patience.
fn lock(sandbox: &Sandbox, arguments: &[&str]) -> std::process::Output {
    let mut command = sandbox.command();
    command.args(["lock", "--timeout", "2"]).args(arguments);
    if !arguments.contains(&"--retries") {
        command.args(["--retries", "0"]);
    }
    command.env("DOCKER_CONFIG", sandbox.path("no-such-folder"));
    command.output().expect("the program runs")
}

/// What the program says on standard error where it fails; no lock is written for an image that is not known.
fn failure(server: &Server, arguments: &[&str]) -> String {
    let sandbox = folder(server, "app:1");
    let output = lock(&sandbox, arguments);
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(sandbox::status(&output), 2, "{errors}");
    assert!(!sandbox.path("harden.lock").exists());
    assert!(
        errors.contains("error: Dockerfile:1:6: cannot look up"),
        "{errors}"
    );
    errors
}

/// A server that is good but for the requests that `bad` answers.
fn spoilt(bad: impl Fn(&Request, &str) -> Option<Reply> + Send + Sync + 'static) -> Server {
    let store = Store::with_app();
    Server::start(move |request, host| bad(request, host).unwrap_or_else(|| store.answer(request)))
}

fn is_manifest(request: &Request) -> bool {
    request.path().contains("/manifests/")
}
