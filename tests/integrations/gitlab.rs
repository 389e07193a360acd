//! The component for GitLab CI/CD, run by gitlab-ci-local.

use std::process::Output;

use serde_json::Value;

use super::repository::{NEW, OLD, Repository, said};
use super::tools;

const COMPONENT: &str = "templates/harden.yml";

/// A project that includes the component with these inputs, and what its pipeline did.
fn pipeline(test: &str, inputs: &str) -> Option<(Repository, Output)> {
    let program = tools::gitlab_ci_local(test)?;
    let config = format!(
        "include:\n  - component: $CI_SERVER_FQDN/$CI_PROJECT_PATH/harden@$CI_COMMIT_SHA\n    inputs:\n      image: registry.example.com/harden:1\n{inputs}"
    );
    let files = [
        (".gitlab-ci.yml", config.as_str()),
        ("Dockerfile", OLD),
        ("with blank/Dockerfile", OLD),
        ("done/Dockerfile", NEW),
    ];
    let repository = Repository::new(&[COMPONENT], &files);
    let mut command = repository.command(&program);
    command.env("HOME", repository.path()).env_remove("CI");
    command.args([
        "--force-shell-executor",
        "--no-color",
        "--artifacts-to-source",
    ]);
    command.args(["--variable", "CI_SERVER_FQDN=gitlab.example.com"]);
    let output = command.output().expect("gitlab-ci-local runs");
    Some((repository, output))
}

#[test]
#[ignore = "installs gitlab-ci-local"]
fn findings_are_a_warning_and_a_report() {
    let inputs = "      paths: |-\n        Dockerfile\n        with blank\n";
    let Some((repository, output)) = pipeline("findings_are_a_warning_and_a_report", inputs) else {
        return;
    };
    let text = said(&output);
    assert!(text.contains("WARN  harden"), "{text}");
    assert!(
        text.contains("2 files looked at: 2 files to change"),
        "{text}"
    );
    let report = repository.read("gl-code-quality-report.json");
    let report: Value = serde_json::from_str(&report).expect("JSON");
    let mut paths: Vec<&str> = report
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|issue| issue["location"]["path"].as_str())
        .collect();
    paths.dedup();
    assert_eq!(paths, ["Dockerfile", "with blank/Dockerfile"]);
}

#[test]
#[ignore = "installs gitlab-ci-local"]
fn strict_findings_fail_and_a_clean_folder_passes() {
    let test = "strict_findings_fail_and_a_clean_folder_passes";
    let Some((_, output)) = pipeline(test, "      strict: true\n      job-name: other\n") else {
        return;
    };
    assert!(said(&output).contains("FAIL  other"), "{}", said(&output));
    let inputs = "      strict: true\n      paths: done\n      safe: true\n";
    let (_, output) = pipeline(test, inputs).expect("it is installed");
    assert!(said(&output).contains("PASS  harden"), "{}", said(&output));
}

#[test]
#[ignore = "installs gitlab-ci-local"]
fn inputs_are_no_commands_and_errors_no_warnings() {
    let inputs = "      profile: $(touch hacked)\n      paths: |-\n        $(touch hacked)\n        `touch hacked`\n";
    let test = "inputs_are_no_commands_and_errors_no_warnings";
    let Some((repository, output)) = pipeline(test, inputs) else {
        return;
    };
    let text = said(&output);
    assert!(text.contains("FAIL  harden"), "{text}");
    assert!(text.contains("no built-in profile has that name"), "{text}");
    assert!(!repository.path().join("hacked").exists(), "{text}");
}
