//! The verdict in each format, for people and for programs, and what hostile reports make of it.

use std::path::Path;

use super::reports::{run, sandbox};
use super::sandbox::{Sandbox, status, stdout};
use insta::assert_snapshot;
use serde_json::Value;

const LIST: &str = "\
version: 1
allow:
- { id: CVE-2024-0002, reason: 'not reached', until: 2026-12-31 }
- { id: CVE-2024-0003, reason: 'soon', until: 2026-01-31 }
- { id: CVE-1999-0001, package: 'old*', reason: 'long ago' }
";

fn screen(sandbox: &Sandbox, arguments: &[&str]) -> String {
    sandbox.file("allow.yaml", LIST);
    let head = [
        "gate",
        "--today",
        "2026-11-25",
        "--allow-list",
        "allow.yaml",
    ];
    sandbox.screen(&sandbox.run(head.iter().chain(arguments)))
}

const ARGUMENTS: [&str; 5] = ["trivy.json", "cut.json", "--fail-on", "high", "--verbose"];

fn with_cut() -> Sandbox {
    let sandbox = sandbox();
    sandbox.file("cut.json", "{\"matches\": [\n");
    sandbox
}

#[test]
fn for_people() {
    let sandbox = with_cut();
    let new = ["trivy.json", "--ignore-unfixed", "--new-only", "base.json"];
    let screens = [
        screen(&sandbox, &ARGUMENTS),
        screen(&sandbox, &["trivy.json", "--new-only", "base.json"]),
        sandbox.screen(&sandbox.run(["gate"].iter().chain(&new))),
    ];
    assert_snapshot!(screens.join("\n"));
}

#[test]
fn for_merge_requests() {
    let sandbox = with_cut();
    let arguments = [
        &ARGUMENTS[..],
        &["--format", "markdown", "--new-only", "base.json"],
    ]
    .concat();
    assert_snapshot!(screen(&sandbox, &arguments));
}

#[test]
fn for_junit() {
    let sandbox = with_cut();
    let arguments = [&ARGUMENTS[..], &["--format", "junit"]].concat();
    assert_snapshot!(screen(&sandbox, &arguments));
}

#[test]
fn many_findings_are_not_listed_unasked() {
    let sandbox = Sandbox::new();
    let all: Vec<String> = (0..100)
        .map(|one| {
            format!(r#"{{"VulnerabilityID":"CVE-{one:03}","PkgName":"a","Severity":"CRITICAL"}}"#)
        })
        .collect();
    let report = format!(
        r#"{{"SchemaVersion":2,"ArtifactName":"a","Results":[{{"Class":"os-pkgs","Vulnerabilities":[{}]}}]}}"#,
        all.join(",")
    );
    sandbox.file("r.json", report);
    let told = stdout(&sandbox.run(["gate", "r.json"]));
    assert!(
        told.contains("CVE-019") && !told.contains("CVE-020"),
        "{told}"
    );
    assert!(
        told.contains("  and 80 more: `--verbose` lists them\n"),
        "{told}"
    );
    assert!(stdout(&sandbox.run(["gate", "r.json", "-v"])).contains("CVE-099"));
}

#[test]
fn into_a_file_as_a_whole_or_not_at_all() {
    let sandbox = sandbox();
    let output = sandbox.run(["gate", "trivy.json", "-o", "verdict.txt"]);
    assert_eq!((status(&output), stdout(&output).as_str()), (1, ""));
    assert!(
        sandbox
            .read("verdict.txt")
            .ends_with("failed: 2 findings are critical\n")
    );
    let output = sandbox.run(["gate", "trivy.json", "-o", "no/verdict.txt"]);
    assert_eq!(status(&output), 2);
    // A gate that fails has a report too.
    sandbox.file("empty.json", "");
    let output = sandbox.run([
        "gate",
        "empty.json",
        "--format",
        "junit",
        "-o",
        "verdict.xml",
    ]);
    assert_eq!(status(&output), 2);
    assert!(
        sandbox
            .read("verdict.xml")
            .contains("<error message=\"the report is empty\"/>")
    );
}

fn violations(value: &Value) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/schemas/harden-gate.schema.json");
    let text = std::fs::read_to_string(path).expect("the schema");
    let schema: Value = serde_json::from_str(&text).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let errors = validator.iter_errors(value);
    errors
        .map(|error| format!("{}: {error}", error.instance_path))
        .collect()
}

#[test]
fn the_json_follows_its_schema() {
    let sandbox = with_cut();
    sandbox.file("allow.yaml", LIST);
    sandbox.file(
        "Dockerfile",
        "FROM node:16\nRUN apt-get update && apt-get install -y curl\n",
    );
    let all = [
        "trivy.json",
        "gitlab.json",
        "grype.json",
        "trivy.sarif",
        "trivy-files.json",
        "cut.json",
    ];
    let more = [
        "--allow-list",
        "allow.yaml",
        "--fail-on",
        "low",
        "--new-only",
        "base.json",
    ];
    let (status, report) = run(&sandbox, &[&all[..], &more].concat());
    assert_eq!(status, 2);
    assert_eq!(violations(&report), [""; 0]);
    let (_, plain) = run(&sandbox, &["trivy.json"]);
    assert_eq!(violations(&plain), [""; 0]);
    for key in [
        "version",
        "passed",
        "reports",
        "allow_list",
        "dockerfile",
        "errors",
    ] {
        let mut wrong = report.clone();
        wrong[key] = Value::from("x");
        assert_ne!(violations(&wrong), [""; 0], "{key}");
    }
}

/// What terminals obey, bidirectional controls, and the markup of each format.
const HOSTILE: &str = "\u{1b}[31m\u{202e}<b>&\"'`*[x](y)|@all]]>\u{9b}\n## x";

#[test]
fn hostile_texts_are_only_texts() {
    let sandbox = Sandbox::new();
    let text = serde_json::to_string(HOSTILE).expect("JSON");
    let report = format!(
        r#"{{"SchemaVersion":2,"ArtifactName":{text},"Results":[{{"Class":"os-pkgs","Vulnerabilities":[{{"VulnerabilityID":{text},"PkgName":{text},"InstalledVersion":{text},"FixedVersion":{text},"Severity":"CRITICAL"}}]}}]}}"#
    );
    sandbox.file("r.json", report);
    let bad = format!(r#"{{"version": {text}}}"#);
    sandbox.file("bad.json", bad);
    for format in ["text", "json", "markdown", "junit"] {
        let output = sandbox.run([
            "gate", "r.json", "bad.json", "-v", "--color", "never", "--format", format,
        ]);
        let all = [output.stdout.clone(), output.stderr.clone()].concat();
        let all = String::from_utf8(all).expect("UTF-8");
        let is_bad = |one: char| one.is_control() && one != '\n' || one == '\u{202e}';
        assert!(!all.contains(is_bad), "{format}: {all:?}");
        assert!(!all.contains("\n## x"), "{format}: {all}");
        let told = stdout(&output);
        match format {
            "json" => {
                let value: Value = serde_json::from_str(&told).expect("JSON");
                assert_eq!(value["reports"][0]["images"][0]["name"], HOSTILE);
            }
            "junit" => {
                assert!(!told.contains("<b>") && !told.contains("&\""), "{told}");
                assert_eq!(told.matches("<failure").count(), 1);
            }
            "markdown" => {
                // Raw markup stands in code only.
                let outside = told.split('`').step_by(2);
                drop(outside);
                assert!(!told.contains("@all]]>\\u{9b}\\n## x\n"), "{told}");
            }
            _ => {}
        }
    }
}
