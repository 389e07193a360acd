//! `harden gate` on what Trivy writes itself. Its database of vulnerabilities is not asked for: misconfigurations and secrets
//! are found without it, and `trivy convert` puts vulnerabilities into other formats.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use super::repository::{Repository, root, said};
use super::tools;
use serde_json::Value;

fn trivy(program: &Path, repository: &Repository, arguments: &[&str]) {
    let mut command = repository.command(program);
    command.arg("--quiet").arg("--cache-dir");
    command.arg(repository.path().join(".trivy"));
    let output = command.args(arguments).output().expect("Trivy runs");
    assert!(output.status.success(), "{arguments:?}: {}", said(&output));
}

/// The exit status, and what counts: severity, id and package.
fn gate(repository: &Repository, arguments: &[&str]) -> (Option<i32>, BTreeSet<String>) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_harden"));
    command.args(["gate", "--format", "json"]).args(arguments);
    let output = command.current_dir(repository.path()).output();
    let output = output.expect("the program runs");
    let report: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", said(&output)));
    let images = report["reports"][0]["images"].as_array().expect("images");
    let findings = images.iter().flat_map(|image| image["findings"].as_array());
    let counted = findings.flatten().filter(|one| one["counted"] == true);
    let text = |one: &Value, key: &str| one[key].as_str().unwrap_or("-").to_string();
    let counted = counted.map(|one| {
        let parts = ["severity", "id", "package"].map(|key| text(one, key));
        parts.join(" ")
    });
    (output.status.code(), counted.collect())
}

fn set(lines: &[&str]) -> BTreeSet<String> {
    lines.iter().map(|line| (*line).to_string()).collect()
}

#[test]
#[ignore = "installs Trivy"]
fn the_gate_reads_what_trivy_finds_in_a_folder() {
    let Some(program) = tools::trivy("the_gate_reads_what_trivy_finds_in_a_folder") else {
        return;
    };
    // Of the form of a token, and none.
    let token = format!("TOKEN=ghp_{}\n", "0123456789abcdefghijklmnopqrstuvwxyz");
    let files = [
        ("Dockerfile", "FROM alpine:latest\nADD x /x\nCMD [\"x\"]\n"),
        ("key.env", token.as_str()),
    ];
    let repository = Repository::new(&[], &files);
    for format in ["json", "sarif"] {
        let name = format!("report.{format}");
        let scan = [
            "filesystem",
            "--scanners=misconfig,secret",
            "--skip-check-update",
            "--offline-scan",
            "--format",
            format,
            "--output",
            &name,
            ".",
        ];
        trivy(&program, &repository, &scan);
        let (status, counted) = gate(&repository, &[&name]);
        assert_eq!(status, Some(1), "{format}");
        assert_eq!(counted, set(&["critical github-pat -"]), "{format}");
        let (_, counted) = gate(&repository, &[&name, "--fail-on", "high"]);
        assert!(counted.contains("high DS002 -"), "{format}: {counted:?}");
        let (status, _) = gate(
            &repository,
            &[&name, "--fail-on", "low", "--new-only", &name],
        );
        assert_eq!(status, Some(0), "{format}");
    }
    // Half of a report passes nothing.
    let half = repository.read("report.json");
    repository.write("half.json", &half[..half.len() / 2]);
    let mut command = Command::new(env!("CARGO_BIN_EXE_harden"));
    let command = command
        .args(["gate", "half.json"])
        .current_dir(repository.path());
    assert_eq!(
        command.output().expect("the program runs").status.code(),
        Some(2)
    );
}

#[test]
#[ignore = "installs Trivy"]
fn the_gate_says_the_same_of_what_trivy_converts() {
    let Some(program) = tools::trivy("the_gate_says_the_same_of_what_trivy_converts") else {
        return;
    };
    let own = root().join("tests/gate/reports/trivy.json");
    let own = std::fs::read_to_string(own).expect("a report");
    let repository = Repository::new(&[], &[("trivy.json", &own)]);
    for format in ["json", "sarif"] {
        let name = format!("converted.{format}");
        let convert = [
            "convert",
            "--format",
            format,
            "--output",
            &name,
            "trivy.json",
        ];
        trivy(&program, &repository, &convert);
        for arguments in [
            &["--fail-on", "critical"][..],
            &["--fail-on", "low"],
            &["--fail-on", "unknown", "--ignore-unfixed"],
        ] {
            let of = |name| gate(&repository, &[&[name], arguments].concat());
            assert_eq!(of(&name), of("trivy.json"), "{format} {arguments:?}");
        }
    }
}
