//! Credentials: where they come from, where they go, and where they must not.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Output;

use super::server::{Reply, Request, Server};
use super::{Store, folder, is_manifest, lock, spoilt};
use crate::sandbox::{Sandbox, status};

const SECRET: &str = "geheim-4711";
/// `user:geheim-4711`
const BASIC: &str = "Basic dXNlcjpnZWhlaW0tNDcxMQ==";
const TOKEN: &str = "token-of-the-server-0815";

fn config(host: &str) -> String {
    let auth = BASIC.strip_prefix("Basic ").expect("base64");
    format!("{{\"auths\": {{\"{host}\": {{\"auth\": \"{auth}\"}}}}}}")
}

/// Nothing of a secret is in what the program says or writes.
fn assert_silent(sandbox: &Sandbox, output: &Output) {
    let screen = sandbox.screen(output);
    let text = format!("{screen}{}", sandbox.read("harden.lock"));
    for secret in [
        SECRET,
        TOKEN,
        BASIC.strip_prefix("Basic ").expect("base64"),
        "sig=presigned",
    ] {
        assert!(!text.contains(secret), "`{secret}` in {text}");
    }
}

fn wants(request: &Request, value: &str) -> bool {
    request.header("authorization") != Some(value)
}

/// A registry that wants a token of the server at `/token`, which wants a password.
fn with_token() -> Server {
    spoilt(|request, host| {
        if request.path() == "/token" {
            let is_right = request.header("authorization") == Some(BASIC)
                && request.target.contains("scope=repository%3Aapp%3Apull")
                && request.target.contains("service=the%20service");
            return Some(match is_right {
                true => Reply::body(format!("{{\"token\": \"{TOKEN}\", \"expires_in\": 60}}")),
                false => Reply::status(401),
            });
        }
        let asks = request.path() != "/v2/" && wants(request, &format!("Bearer {TOKEN}"));
        let challenge = format!(
            "Bearer realm=\"http://{host}/token\",service=\"the service\",scope=\"repository:app:pull\""
        );
        asks.then(|| Reply::status(401).with("www-authenticate", challenge))
    })
}

#[test]
fn a_token_is_fetched_once_and_used_for_all() {
    let server = with_token();
    let sandbox = folder(&server, "app:1");
    sandbox.file("logins.json", config(&server.host));
    let output = lock(&sandbox, &["--registry-config", "logins.json", "-vv"]);
    assert_eq!(status(&output), 0, "{}", sandbox.screen(&output));
    let tokens = server
        .requests()
        .iter()
        .filter(|one| one.path() == "/token")
        .count();
    assert_eq!(tokens, 1);
    assert!(String::from_utf8_lossy(&output.stderr).contains("/manifests/1"));
    assert_silent(&sandbox, &output);
    // The password goes to the token server, not to the registry.
    let to_registry = server.requests().into_iter().filter(is_manifest);
    assert!(
        to_registry
            .into_iter()
            .all(|one| one.header("authorization") != Some(BASIC))
    );
}

#[test]
fn without_a_login_the_error_says_how_to_give_one() {
    let server = with_token();
    let sandbox = folder(&server, "app:1");
    let output = lock(&sandbox, &[]);
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(status(&output), 2);
    assert!(
        errors.contains("`docker login") && errors.contains("--registry-config FILE"),
        "{errors}"
    );
}

#[test]
fn a_password_goes_to_its_registry_only() {
    let server = spoilt(|request, _| {
        let asks = request.path() != "/v2/" && wants(request, BASIC);
        asks.then(|| Reply::status(401).with("www-authenticate", "Basic realm=\"x\""))
    });
    let sandbox = folder(&server, "app:1");
    sandbox.file(
        "docker/config.json",
        config(&format!("http://{}", server.host)),
    );
    let mut command = sandbox.command();
    command
        .args(["lock", "--retries", "0"])
        .env("DOCKER_CONFIG", sandbox.path("docker"));
    let output = command.output().expect("the program runs");
    assert_eq!(status(&output), 0, "{}", sandbox.screen(&output));
    assert_silent(&sandbox, &output);
    sandbox.file("docker/config.json", config("other.example"));
    std::fs::remove_file(sandbox.path("harden.lock")).expect("the lock");
    assert_eq!(status(&command.output().expect("the program runs")), 2);
}

#[test]
fn a_redirect_takes_no_credentials_along() {
    let store = Store::with_app();
    let elsewhere = Server::start(move |request, _| store.answer(request));
    let to = elsewhere.host.clone();
    let server = spoilt(move |request, _| {
        let asks = request.path() != "/v2/" && wants(request, BASIC);
        if asks {
            return Some(Reply::status(401).with("www-authenticate", "Basic realm=\"x\""));
        }
        let is_blob = request.path().contains("/blobs/");
        let place = format!("http://{to}{}?sig=presigned", request.target);
        is_blob.then(|| Reply::status(307).with("location", place))
    });
    let sandbox = folder(&server, "app:1");
    sandbox.file("logins.json", config(&server.host));
    let output = lock(&sandbox, &["--registry-config", "logins.json", "-vv"]);
    assert_eq!(status(&output), 0, "{}", sandbox.screen(&output));
    let requests = elsewhere.requests();
    assert_eq!(requests.len(), 1);
    assert!(
        requests
            .iter()
            .all(|one| one.header("authorization").is_none()),
        "{requests:?}"
    );
    assert_silent(&sandbox, &output);
}

#[test]
fn a_helper_is_asked_for_the_login() {
    let server = with_token();
    let sandbox = folder(&server, "app:1");
    let script = format!(
        "#!/bin/sh\nread server\ntest \"$1 $server\" = 'get {}' || exit 1\necho '{{\"Username\": \"user\", \"Secret\": \"{SECRET}\"}}'\n",
        server.host
    );
    let helper = sandbox.file("bin/docker-credential-test", script);
    std::fs::set_permissions(&helper, std::fs::Permissions::from_mode(0o755)).expect("a program");
    for config in [
        "{\"credsStore\": \"test\"}".to_string(),
        format!("{{\"credHelpers\": {{\"{}\": \"test\"}}}}", server.host),
    ] {
        sandbox.file("logins.json", config);
        let mut command = sandbox.command();
        let path = format!("{}:/usr/bin:/bin", sandbox.path("bin").display());
        command
            .env("PATH", path)
            .args(["lock", "--update", "--registry-config", "logins.json"]);
        let output = command.output().expect("the program runs");
        assert_eq!(status(&output), 0, "{}", sandbox.screen(&output));
        assert_silent(&sandbox, &output);
    }
    sandbox.file("logins.json", "{\"credsStore\": \"missing\"}");
    let output = lock(&sandbox, &["--update", "--registry-config", "logins.json"]);
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        errors.contains("cannot run the credential helper `docker-credential-missing`"),
        "{errors}"
    );
}

#[test]
fn an_identity_token_is_sent_as_a_form() {
    let server = spoilt(|request, host| {
        if request.path() == "/token" {
            let is_right = request.method == "POST"
                && request.body.contains(&format!("refresh_token={SECRET}"));
            return Some(match is_right {
                true => Reply::body(format!("{{\"access_token\": \"{TOKEN}\"}}")),
                false => Reply::status(401),
            });
        }
        let asks = request.path() != "/v2/" && wants(request, &format!("Bearer {TOKEN}"));
        asks.then(|| {
            Reply::status(401).with(
                "www-authenticate",
                format!("Bearer realm=\"http://{host}/token\""),
            )
        })
    });
    let sandbox = folder(&server, "app:1");
    let config = format!(
        "{{\"auths\": {{\"{}\": {{\"identitytoken\": \"{SECRET}\"}}}}}}",
        server.host
    );
    sandbox.file("logins.json", config);
    let output = lock(&sandbox, &["--registry-config", "logins.json", "-vv"]);
    assert_eq!(status(&output), 0, "{}", sandbox.screen(&output));
    assert_silent(&sandbox, &output);
}

#[test]
fn a_broken_file_with_logins_does_not_show_them() {
    let server = with_token();
    let sandbox = folder(&server, "app:1");
    sandbox.file(
        "logins.json",
        format!("{{\"auths\": {{\"a\": {{\"auth\": [\"{SECRET}\"]}}}}}}"),
    );
    let output = lock(&sandbox, &["--registry-config", "logins.json"]);
    assert_eq!(status(&output), 2);
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        errors.contains("cannot read the credentials in `logins.json`"),
        "{errors}"
    );
    assert!(!errors.contains(SECRET), "{errors}");
    let output = lock(&sandbox, &["--registry-config", "none.json"]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("no such file"));
}
