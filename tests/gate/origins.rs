//! Where findings are likely from, and what harden would do about them.

use super::reports::{findings, run, sandbox};
use super::sandbox::{Sandbox, status, stdout};
use insta::assert_snapshot;
use serde_json::Value;

/// curl is installed in line 3, openssl and zlib1g are of the base image.
const DOCKERFILE: &str = "\
FROM node:16-bullseye AS build
RUN apt-get update && apt-get install -y openssl
FROM node:16-bullseye
RUN apt-get update && \\
    apt-get install -y --no-install-recommends curl vim && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY --from=build /app .
CMD [\"node\", \"index.js\"]
";

fn with(dockerfile: &str) -> Sandbox {
    let sandbox = sandbox();
    sandbox.file("Dockerfile", dockerfile);
    sandbox
}

fn origins(report: &Value) -> Vec<String> {
    let all = findings(report).into_iter();
    all.map(|one| {
        let line = one["origin_line"].as_u64();
        let line = line.map_or(String::new(), |line| format!(" {line}"));
        let text = |key: &str| one[key].as_str().unwrap_or("-").to_string();
        format!("{} {}{line}", text("package"), text("origin"))
    })
    .collect()
}

#[test]
fn packages_are_of_the_base_image_of_a_run_or_of_the_application() {
    let sandbox = with(DOCKERFILE);
    let (_, report) = run(&sandbox, &["trivy.json", "--fail-on", "medium"]);
    let wanted = [
        "openssl base_image",
        "zlib1g base_image",
        "curl run 5",
        "express application",
    ];
    assert_eq!(origins(&report), wanted);
    assert_eq!(report["dockerfile"]["base_image"], "node:16-bullseye");
    // What GitLab reports may be of the application.
    let (_, report) = run(&sandbox, &["gitlab.json", "--fail-on", "medium"]);
    let wanted = [
        "openssl unknown",
        "zlib1g unknown",
        "curl run 5",
        "express unknown",
    ];
    assert_eq!(origins(&report), wanted);
    // The stage that is shipped is another one.
    let arguments = ["trivy.json", "--target", "build"];
    let (_, report) = run(&sandbox, &arguments);
    assert_eq!(origins(&report), ["openssl run 2", "zlib1g base_image"]);
}

/// Every suggestion that is printed does what it says.
#[test]
fn suggestions_are_what_the_engine_would_do() {
    let sandbox = with(DOCKERFILE);
    let (_, report) = run(&sandbox, &["trivy.json", "--fail-on", "high"]);
    let suggestions = report["dockerfile"]["suggestions"]
        .as_array()
        .expect("a list");
    assert!(!suggestions.is_empty(), "{report}");
    for one in suggestions {
        let command = one["command"].as_str().expect("a command");
        let words = command.split(' ').skip(1);
        let patch = stdout(&sandbox.run(words));
        match one["base_image"].as_str() {
            Some(base) => assert!(
                patch.contains(&format!("+FROM {base}")),
                "{command}: {patch}"
            ),
            None => assert!(patch.contains("-    apt-get install"), "{command}: {patch}"),
        }
    }
}

#[test]
fn a_package_that_harden_removes() {
    let text = "FROM debian:12\nRUN apt-get update && apt-get install -y --no-install-recommends vim && rm -rf /var/lib/apt/lists/*\nCMD [\"/bin/sh\"]\n";
    let sandbox = with(text);
    let report = r#"{"SchemaVersion":2,"ArtifactName":"x","Results":[{"Class":"os-pkgs","Vulnerabilities":[{"VulnerabilityID":"CVE-1","PkgName":"vim","Severity":"CRITICAL"}]}]}"#;
    sandbox.file("vim.json", report);
    let (_, report) = run(&sandbox, &["vim.json"]);
    let suggestions = report["dockerfile"]["suggestions"]
        .as_array()
        .expect("a list");
    let minimal = suggestions.iter().find(|one| one["profile"] == "minimal");
    let minimal = minimal.expect("the profile that removes it");
    assert_eq!(minimal["findings"], 1);
    assert_eq!(minimal["base_image"], Value::Null);
}

#[test]
fn nothing_is_suggested_where_nothing_would_change() {
    let sandbox = with("FROM registry.example.com/own:1\nCMD [\"x\"]\n");
    let (status, report) = run(&sandbox, &["trivy.json"]);
    assert_eq!(status, 1);
    assert_eq!(
        report["dockerfile"]["suggestions"],
        Value::Array(Vec::new())
    );
    assert_eq!(report["dockerfile"]["origins"][0]["findings"], 2);
}

#[test]
fn only_the_one_dockerfile_of_the_folder() {
    let advice = |sandbox: &Sandbox, arguments: &[&str]| {
        run(sandbox, arguments).1["dockerfile"]["path"].clone()
    };
    let sandbox = with(DOCKERFILE);
    sandbox.file("other/Dockerfile", DOCKERFILE);
    assert_eq!(advice(&sandbox, &["trivy.json"]), "Dockerfile");
    // Where nothing counts, there is nothing to say.
    assert_eq!(
        advice(&sandbox, &["trivy.json", "--new-only", "trivy.json"]),
        Value::Null
    );
    sandbox.file("web.Dockerfile", DOCKERFILE);
    assert_eq!(advice(&sandbox, &["trivy.json"]), Value::Null);
    let named = ["trivy.json", "--dockerfile", "other/Dockerfile"];
    assert_eq!(advice(&sandbox, &named), "other/Dockerfile");
    // One that nobody asked for may be broken.
    let broken = with("FORM x\n");
    assert_eq!(run(&broken, &["trivy.json"]).0, 1);
    assert_eq!(
        run(&broken, &["trivy.json", "--dockerfile", "Dockerfile"]).0,
        2
    );
}

#[test]
fn the_screen() {
    let sandbox = with(DOCKERFILE);
    let output = sandbox.run([
        "gate",
        "trivy.json",
        "--fail-on",
        "medium",
        "--today",
        "2026-11-25",
    ]);
    assert_eq!(status(&output), 1);
    assert_snapshot!(sandbox.screen(&output));
    let page = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/gate.md");
    let page = std::fs::read_to_string(page).expect("the page");
    assert!(
        page.contains(&stdout(&output)),
        "docs/gate.md shows another screen"
    );
}
