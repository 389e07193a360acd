//! Docker's own registry: Debian's package `docker-registry`, on this machine.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::Store;
use crate::sandbox::{Sandbox, status};

/// A registry process that ends with the test.
struct Registry {
    host: String,
    child: Child,
}

impl Drop for Registry {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn has(program: &str) -> bool {
    let mut command = Command::new(program);
    command
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.status().is_ok()
}

/// Whether a test can run; says why not.
fn can_run(test: &str, programs: &[&str]) -> bool {
    let missing = programs.iter().find(|program| !has(program));
    if let Some(program) = missing {
        eprintln!("skipped: {test}: no `{program}`");
    }
    missing.is_none()
}

/// Lays out what the registry keeps, as it keeps it.
fn fill(folder: &Path, store: &Store) {
    let root = folder.join("docker/registry/v2");
    let write = |path: std::path::PathBuf, bytes: &[u8]| {
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, bytes).expect("a file");
    };
    for (digest, (kind, bytes)) in &store.documents {
        let digits = digest.strip_prefix("sha256:").expect("a digest");
        write(
            root.join(format!("blobs/sha256/{}/{digits}/data", &digits[..2])),
            bytes,
        );
        let repository = root.join("repositories/app");
        let link = match kind {
            Some(_) => repository.join(format!("_manifests/revisions/sha256/{digits}/link")),
            None => repository.join(format!("_layers/sha256/{digits}/link")),
        };
        write(link, digest.as_bytes());
    }
    for (tag, digest) in &store.tags {
        let (name, tag) = tag.split_once(':').expect("a tag");
        let tags = root.join(format!("repositories/{name}/_manifests/tags/{tag}"));
        let digits = digest.strip_prefix("sha256:").expect("a digest");
        write(tags.join("current/link"), digest.as_bytes());
        write(
            tags.join(format!("index/sha256/{digits}/link")),
            digest.as_bytes(),
        );
    }
}

fn start(sandbox: &Sandbox, more: &str) -> Registry {
    let free = TcpListener::bind("127.0.0.1:0").expect("a port");
    let host = free.local_addr().expect("an address").to_string();
    drop(free);
    let root = sandbox.path("storage");
    let text = format!(
        "version: 0.1\nstorage:\n  filesystem: {{rootdirectory: {}}}\nhttp:\n  addr: {host}\n{more}",
        root.display()
    );
    let config = sandbox.file("registry.yml", text);
    let mut command = Command::new("docker-registry");
    command
        .arg("serve")
        .arg(config)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let child = command.spawn().expect("the registry runs");
    let registry = Registry { host, child };
    for _ in 0..100 {
        if std::net::TcpStream::connect(&registry.host).is_ok() {
            return registry;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("the registry does not start");
}

#[test]
fn a_real_registry_without_login() {
    if !can_run("a real registry", &["docker-registry"]) {
        return;
    }
    let sandbox = Sandbox::new();
    let store = Store::with_app();
    fill(&sandbox.path("storage"), &store);
    let registry = start(&sandbox, "");
    let image = format!("{}/app", registry.host);
    sandbox.file("Dockerfile", format!("FROM {image}:1\n"));
    let output = sandbox.run(["lock"]);
    assert_eq!(status(&output), 0, "{}", sandbox.screen(&output));
    let digest = &store.tags["app:1"];
    let text = sandbox.read("harden.lock");
    assert!(
        text.contains(digest)
            && text.contains("precise_tag: 1.2.3")
            && text.contains("user: '1000'"),
        "{text}"
    );
    let output = sandbox.run(["--write", "--pin", "both", "--rule", "floating-tag"]);
    assert_eq!(status(&output), 0, "{}", sandbox.screen(&output));
    let pinned = format!("{image}:1.2.3@{digest}");
    assert_eq!(sandbox.read("Dockerfile"), format!("FROM {pinned}\n"));
    if can_run("pull by the pinned reference", &["skopeo"]) {
        // Builders take `name@digest` of such a reference, and so does the registry.
        let source = format!("docker://{image}@{digest}");
        let target = format!("dir:{}", sandbox.path("pulled").display());
        let mut command = sandbox.other("skopeo");
        command.args([
            "copy",
            "--quiet",
            "--src-tls-verify=false",
            "--override-arch",
            "arm64",
        ]);
        let done = command
            .args([&source, &target])
            .output()
            .expect("skopeo runs");
        assert!(
            done.status.success(),
            "{}",
            String::from_utf8_lossy(&done.stderr)
        );
    }
    if can_run("a build by the pinned reference", &["buildah"]) {
        let mut command = sandbox.other("buildah");
        let root = sandbox.path("containers");
        command
            .arg("--root")
            .arg(root.join("root"))
            .arg("--runroot")
            .arg(root.join("run"));
        command.args([
            "--storage-driver",
            "vfs",
            "pull",
            "--quiet",
            "--tls-verify=false",
            &pinned,
        ]);
        let done = command.output().expect("buildah runs");
        let errors = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "{pinned}: {errors}");
    }
}

#[test]
fn a_real_registry_with_tls_and_a_password() {
    if !can_run("a registry with TLS", &["docker-registry", "openssl"]) {
        return;
    }
    let sandbox = Sandbox::new();
    let store = Store::with_app();
    fill(&sandbox.path("storage"), &store);
    let openssl = |arguments: &str| {
        let mut command = sandbox.other("openssl");
        let done = command
            .args(arguments.split(' '))
            .output()
            .expect("openssl runs");
        assert!(
            done.status.success(),
            "{}",
            String::from_utf8_lossy(&done.stderr)
        );
    };
    sandbox.file(
        "names",
        "subjectAltName=IP:127.0.0.1\nbasicConstraints=CA:FALSE\n",
    );
    openssl(
        "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=authority -keyout ca.key -out ca.pem",
    );
    openssl("req -newkey rsa:2048 -nodes -subj /CN=server -keyout key.pem -out server.csr");
    openssl(
        "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile names -out server.pem",
    );
    // The password is `geheim`.
    sandbox.file(
        "htpasswd",
        "user:$2b$05$abcdefghijklmnopqrstuuVWu8RjbNovPZWAMRdd7iqaaG0mI53Uu\n",
    );
    let path = |name: &str| sandbox.path(name).display().to_string();
    let more = format!(
        "  tls: {{certificate: {}, key: {}}}\nauth:\n  htpasswd: {{realm: test, path: {}}}\n",
        path("server.pem"),
        path("key.pem"),
        path("htpasswd")
    );
    let registry = start(&sandbox, &more);
    sandbox.file("Dockerfile", format!("FROM {}/app:1\n", registry.host));
    let logins = format!(
        "{{\"auths\": {{\"{}\": {{\"username\": \"user\", \"password\": \"geheim\"}}}}}}",
        registry.host
    );
    sandbox.file("logins.json", logins);
    let fails = |arguments: &[&str], part: &str| {
        let output = sandbox.run(["lock"].iter().chain(arguments));
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(status(&output), 2, "{errors}");
        assert!(errors.contains(part), "{errors}");
    };
    fails(&["--registry-config", "logins.json"], "help: `--ca FILE`");
    fails(&["--ca", "logins.json"], "there is none in PEM");
    fails(
        &["--ca", "none.pem"],
        "cannot read the certificates in `none.pem`",
    );
    fails(&["--ca", "ca.pem"], "`docker login");
    let output = sandbox.run(["lock", "--ca", "ca.pem", "--registry-config", "logins.json"]);
    assert_eq!(status(&output), 0, "{}", sandbox.screen(&output));
    assert!(sandbox.read("harden.lock").contains(&store.tags["app:1"]));
}
