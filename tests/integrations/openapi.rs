//! What `harden mr` asks of GitHub, held against GitHub's own OpenAPI description by Prism.

use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use super::tools;
use crate::fake::Flavour;
use crate::server::Request;
use crate::world::{NEW, OLD, World};

/// What a run may ask for; the whole description takes a minute to read.
const PATHS: [&str; 4] = [
    "/repos/{owner}/{repo}/pulls",
    "/repos/{owner}/{repo}/issues/{issue_number}/comments",
    "/repos/{owner}/{repo}/issues/{issue_number}/labels",
    "/repos/{owner}/{repo}/issues/{issue_number}/assignees",
];

struct Prism {
    child: Child,
    port: u16,
}

impl Drop for Prism {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Prism {
    fn start(program: &Path, description: &Path, folder: &Path) -> Self {
        let text = std::fs::read_to_string(description).expect("a description");
        let mut all: Value = serde_json::from_str(&text).expect("JSON");
        let paths = all["paths"].as_object_mut().expect("paths");
        paths.retain(|path, _| PATHS.iter().any(|start| path.starts_with(start)));
        let part = folder.join("description.json");
        std::fs::write(&part, all.to_string()).expect("a file");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        drop(listener);
        let mut command = Command::new(program);
        command.args(["mock", "--errors", "--port", &port.to_string()]);
        command
            .arg(&part)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let child = command.spawn().expect("Prism runs");
        for _ in 0..600 {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                break;
            }
            std::thread::sleep(Duration::from_millis(200));
        }
        Self { child, port }
    }

    /// The status, and what is wrong with the request.
    fn ask(&self, request: &Request, path: &str) -> (u16, String) {
        let request_of = ureq::http::Request::builder()
            .method(request.method.as_str())
            .uri(format!("http://127.0.0.1:{}/{path}", self.port))
            .header("accept", "application/json")
            .header(
                "authorization",
                request.header("authorization").unwrap_or_default(),
            )
            .header(
                "content-type",
                request.header("content-type").unwrap_or("application/json"),
            )
            .body(request.body.clone())
            .expect("a request");
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .allow_non_standard_methods(true)
            .build()
            .new_agent();
        let mut response = agent.run(request_of).expect("an answer");
        let violations = response.headers().get("sl-violations");
        let violations = violations.map(|text| text.to_str().unwrap_or_default().to_string());
        let body = response.body_mut().read_to_string().unwrap_or_default();
        let status = response.status().as_u16();
        let wrong = match status {
            400.. => body.chars().take(300).collect(),
            _ => String::new(),
        };
        (status, violations.unwrap_or_default() + &wrong)
    }
}

#[test]
#[ignore = "installs Prism and GitHub's description"]
fn requests_to_github_are_what_its_description_says() {
    let test = "requests_to_github_are_what_its_description_says";
    let Some((program, description)) = tools::prism(test) else {
        return;
    };
    let world = World::standard(Flavour::Github);
    let people = [
        "--reviewer",
        "ada",
        "--reviewer",
        "g/team",
        "--assignee",
        "bob",
        "--draft",
        "--comments",
    ];
    let said = |(status, said): (i32, String)| assert_eq!(status, 0, "{said}");
    said(world.mr(&people));
    world.commit("main", &[("Dockerfile", &format!("{OLD}# x\n"))], "more");
    said(world.mr(&[]));
    world.commit("harden/baseline/main", &[("x", "y")], "mine");
    said(world.mr(&[]));
    world.bare(&["branch", "-D", "harden/baseline/main"]);
    world.commit("main", &[("Dockerfile", NEW)], "by hand");
    said(world.mr(&[]));
    let prism = Prism::start(&program, &description, &world.sandbox.path(""));
    let mut seen = Vec::new();
    for request in world.server.requests() {
        let Some(path) = request.target.strip_prefix("/api/v3/") else {
            continue;
        };
        let (status, wrong) = prism.ask(&request, path);
        assert!(
            status < 400 && wrong.is_empty(),
            "{} {path} {}: {status} {wrong}",
            request.method,
            request.body
        );
        let last = request
            .path()
            .rsplit('/')
            .next()
            .unwrap_or_default()
            .to_string();
        seen.push(format!("{} {last}", request.method));
    }
    seen.sort();
    seen.dedup();
    let all = [
        "GET comments",
        "GET pulls",
        "PATCH 1",
        "POST assignees",
        "POST comments",
        "POST labels",
        "POST pulls",
        "POST requested_reviewers",
        "POST reviews",
    ];
    assert_eq!(seen, all);
    // The description does find what is wrong.
    let bad = Request {
        method: "POST".to_string(),
        target: String::new(),
        headers: vec![("authorization".to_string(), "Bearer x".to_string())],
        body: "{\"title\":\"a\",\"head\":\"b\",\"draft\":\"yes\"}".to_string(),
        bytes: Vec::new(),
    };
    let (status, wrong) = prism.ask(&bad, "repos/g/p/pulls");
    assert!(
        status == 422 && wrong.contains("must be boolean"),
        "{status} {wrong}"
    );
}
