//! The reports of `tests/gate/reports/`, written by hand after the published formats, and runs over them.

use std::path::Path;

use super::sandbox::{Sandbox, status, stderr, stdout};
use serde_json::Value;

/// One image in the words of each scanner, other things, and a base branch.
const NAMES: [&str; 6] = [
    "trivy.json",
    "trivy-files.json",
    "gitlab.json",
    "grype.json",
    "trivy.sarif",
    "base.json",
];

pub fn text(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/gate/reports");
    std::fs::read_to_string(folder.join(name)).expect("a report")
}

/// A sandbox with all reports.
pub fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    for name in NAMES {
        sandbox.file(name, text(name));
    }
    sandbox
}

/// The exit status and the report in JSON.
pub fn run(sandbox: &Sandbox, arguments: &[&str]) -> (i32, Value) {
    let head = ["gate", "--format", "json", "--today", "2026-11-25"];
    let output = sandbox.run(head.iter().chain(arguments));
    let value = serde_json::from_str(&stdout(&output));
    let value = value.unwrap_or_else(|error| panic!("{error}: {}", stderr(&output)));
    (status(&output), value)
}

/// The objects of the findings that are listed.
pub fn findings(report: &Value) -> Vec<&Value> {
    let list = |value: &'_ Value| value.as_array().cloned().unwrap_or_default().len();
    let mut all = Vec::new();
    for one in 0..list(&report["reports"]) {
        let images = &report["reports"][one]["images"];
        for image in 0..list(images) {
            let findings = images[image]["findings"].as_array().expect("findings");
            all.extend(findings);
        }
    }
    all
}

/// The last part of the ids of the findings that count, in the order of the report.
pub fn counted(report: &Value) -> Vec<String> {
    let counted = findings(report).into_iter();
    let counted = counted.filter(|one| one["counted"] == true);
    counted
        .map(|one| one["id"].as_str().expect("an id").replace("CVE-2024-", ""))
        .collect()
}
