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

const WORKFLOW: &str = "on: push\njobs:\n  image:\n    runs-on: ubuntu-24.04\n    steps:\n      - uses: actions/checkout@v4\n      - run: |\n          make\n          curl https://example.com | sh\n";

#[test]
fn workflows_are_found_and_never_written() {
    let sandbox = sandbox();
    for path in [
        ".github/workflows/a.yml",
        "part/.github/workflows/b.yaml",
        ".github/workflows/below/c.yml",
        ".github/d.yml",
        ".other/.github/workflows/e.yml",
    ] {
        sandbox.file(path, WORKFLOW);
    }
    let workflows = [".github/workflows/a.yml", "part/.github/workflows/b.yaml"];
    assert_eq!(files(&sandbox, &["-p", "github-workflows"]), workflows);
    let both = ["-p", "gitlab-ci", "-p", "github-workflows"];
    let all = [&[".gitlab-ci.yml", "ci/build.yml"], &workflows[..]].concat();
    assert_eq!(files(&sandbox, &both), all);
    let below = ["-p", "github-workflows", ".github/workflows"];
    assert_eq!(files(&sandbox, &below), workflows[..1]);
    // By its path, a workflow is none of GitLab's files. Something is left to do for a person.
    let told = |arguments: &[&str]| {
        let output = sandbox.run(arguments);
        assert_eq!(status(&output), 1, "{}", stderr(&output));
        stdout(&output) + &stderr(&output)
    };
    for profile in ["gitlab-ci", "github-workflows"] {
        let text = told(&["--write", "-p", profile, ".github/workflows/a.yml"]);
        assert!(text.contains("a download is run"), "{profile}: {text}");
        assert_eq!(sandbox.read(".github/workflows/a.yml"), WORKFLOW);
    }
    let settings =
        "profiles: [{ use: [baseline, github-workflows] }]\nrules: { unpinned-action: off }\n";
    sandbox.file(".harden.yaml", format!("version: 1\n{settings}"));
    let text = told(&["--check"]);
    assert!(
        text.contains("a download is run") && !text.contains("by a digest"),
        "{text}"
    );
}

#[test]
fn findings_of_pipelines_are_allowed_by_the_command() {
    let sandbox = sandbox();
    let path = ".github/workflows/a.yml";
    sandbox.file(path, WORKFLOW);
    let allow = |rule: &str, place: &str| {
        let output = sandbox.run(["allow", rule, place, "--reason", "ours"]);
        assert_eq!(status(&output), 0, "{}", stderr(&output));
        stdout(&output)
    };
    let told = allow("pipe-to-shell", ".github/workflows/a.yml:9");
    assert_eq!(
        told,
        ".github/workflows/a.yml:7: # harden: allow pipe-to-shell -- ours\n"
    );
    allow("unpinned-action", ".github/workflows/a.yml:6");
    allow("docker-in-docker", "ci/build.yml:5");
    let output = sandbox.run(["-p", "gitlab-ci", "-p", "github-workflows"]);
    let text = stderr(&output);
    assert!(text.contains("nothing to change, 3 allowed"), "{text}");
    assert!(!text.contains("allow-comment"), "{text}");
}

#[test]
fn a_pipeline_that_is_named_without_its_profile_is_told_which_reads_it() {
    let sandbox = sandbox();
    sandbox.file(".github/workflows/ci.yml", "on: push\njobs: {}\n");
    for (path, profile) in [
        (".gitlab-ci.yml", "gitlab-ci"),
        (".github/workflows/ci.yml", "github-workflows"),
    ] {
        let output = sandbox.run(["--check", path]);
        assert_eq!(status(&output), 2);
        let text = stderr(&output);
        let problem = format!(
            "error: {path}: this is YAML, and no Dockerfile\n  help: `-p {profile}` reads such files\n"
        );
        assert!(text.starts_with(&problem), "{text}");
        assert_eq!(text.matches("error: ").count(), 1, "{text}");
    }
}
