//! Pipelines are worked on where a profile is about them, and only there.

use super::sandbox::{OLD, Sandbox, status, stderr, stdout};

const PIPELINE: &str = "include: ci/build.yml\n\nstages: [build]\n";
const INCLUDED: &str =
    "build:\n  stage: build\n  image: docker:24\n  script:\n    - docker build .\n";

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::with(OLD);
    sandbox.file(".gitlab-ci.yml", PIPELINE);
    sandbox.file("ci/build.yml", INCLUDED);
    sandbox.file("ci/other.yml", INCLUDED);
    sandbox
}

fn files(sandbox: &Sandbox, arguments: &[&str]) -> Vec<String> {
    let output = sandbox.run(["--format=json"].iter().chain(arguments));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let files = report["files"].as_array().expect("files");
    let path = |file: &serde_json::Value| file["path"].as_str().expect("a path").to_string();
    files.iter().map(path).collect()
}

#[test]
fn a_pipeline_and_what_it_includes_are_found() {
    let sandbox = sandbox();
    assert_eq!(files(&sandbox, &[]), ["Dockerfile"]);
    let pipeline = [".gitlab-ci.yml", "ci/build.yml"];
    assert_eq!(files(&sandbox, &["-p", "gitlab-ci"]), pipeline);
    let both = files(&sandbox, &["-p", "baseline", "-p", "gitlab-ci"]);
    assert_eq!(both, [&["Dockerfile"], &pipeline[..]].concat());
    let named = files(&sandbox, &["-p", "gitlab-ci", "ci/other.yml"]);
    assert_eq!(named, ["ci/other.yml"]);
}

#[test]
fn the_diff_of_a_pipeline_is_the_write() {
    let sandbox = sandbox();
    let output = sandbox.run(["--diff", "-q", "-p", "gitlab-ci-kaniko"]);
    assert_eq!(status(&output), 1, "{}", stderr(&output));
    let patch = stdout(&output);
    assert!(
        patch.starts_with("--- a/ci/build.yml\n+++ b/ci/build.yml\n"),
        "{patch}"
    );
    assert!(patch.contains("+    - /kaniko/executor\n"), "{patch}");
    let output = sandbox.run(["--write", "-q", "-p", "gitlab-ci-kaniko"]);
    assert_eq!(status(&output), 0, "{}", stderr(&output));
    assert_eq!(sandbox.read(".gitlab-ci.yml"), PIPELINE);
    assert_eq!(sandbox.read("Dockerfile"), OLD);
    assert!(
        sandbox
            .read("ci/build.yml")
            .contains("name: gcr.io/kaniko-project/executor:debug\n")
    );
    let output = sandbox.run(["--diff", "-p", "gitlab-ci-kaniko"]);
    assert_eq!((status(&output), stdout(&output).as_str()), (0, ""));
}

#[test]
fn what_is_no_pipeline_is_told_with_its_place() {
    let sandbox = Sandbox::new();
    let output = sandbox.run(["--diff", "-p", "gitlab-ci"]);
    assert_eq!(status(&output), 2);
    assert!(
        stderr(&output).contains("no pipeline found in `.`"),
        "{}",
        stderr(&output)
    );
    sandbox.file(".gitlab-ci.yml", "a:\n\tb: c\n");
    let output = sandbox.run(["--write", "-p", "gitlab-ci"]);
    assert_eq!(status(&output), 2);
    let text = stderr(&output);
    assert!(
        text.contains(".gitlab-ci.yml:2:1") && text.contains("a tab in the indentation"),
        "{text}"
    );
}

#[test]
fn a_profile_of_the_company_names_another_builder() {
    let sandbox = sandbox();
    let profile = "version: 1\nname: company\ntitle: Company\nextends: gitlab-ci-kaniko\npipeline: { image: \"registry.example.com/kaniko:v1.25.0-debug\" }\n";
    sandbox.file("company.yaml", profile);
    sandbox.run(["--write", "-q", "-p", "company.yaml"]);
    assert!(
        sandbox
            .read("ci/build.yml")
            .contains("name: registry.example.com/kaniko:v1.25.0-debug\n")
    );
}
