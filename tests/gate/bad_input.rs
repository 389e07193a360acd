//! What cannot be read never passes: exit status 2 and the place, and the other reports are told all the same.

use super::reports::{counted, run, sandbox, text};
use super::sandbox::{Sandbox, status, stderr, stdout};
use insta::assert_snapshot;

fn trivy(vulnerability: &str) -> String {
    format!(
        r#"{{"SchemaVersion":2,"Results":[{{"Class":"os-pkgs","Vulnerabilities":[{vulnerability}]}}]}}"#
    )
}

fn gitlab(rest: &str) -> String {
    format!("{{\"version\": \"15.0.0\",\n{rest}}}")
}

fn run_of_sarif(run: &str) -> String {
    format!("{{\"version\": \"2.1.0\", \"runs\": [{run}]}}")
}

#[test]
fn reports_that_cannot_be_read() {
    let good = text("gitlab.json");
    let cut = |bytes: usize| good.as_bytes()[..bytes].to_vec();
    let table: Vec<(&str, Vec<u8>)> = vec![
        ("empty", Vec::new()),
        ("white-space", b" \n\n".to_vec()),
        ("cut-in-a-key", cut(500)),
        ("cut-in-a-text", cut(700)),
        ("cut-at-the-end", cut(good.trim_end().len() - 1)),
        ("trailing", format!("{good}\n{{}}").into()),
        ("no-json", b"Total: 3 (CRITICAL: 1)\n".to_vec()),
        ("html", b"<html>404</html>".to_vec()),
        ("null", b"null".to_vec()),
        ("list", b"[]".to_vec()),
        ("number", b"1".to_vec()),
        ("object", b"{}".to_vec()),
        ("utf-16", b"\xff\xfe{\0}\0".to_vec()),
        ("latin-1", b"{\"version\": \"\xe9\"}".to_vec()),
        ("deep", [b'['; 100_000].to_vec()),
        ("deep-in-an-unknown-key", [&b"{\"x\":"[..], &[b'['; 100_000]].concat()),
        ("deep-objects", "{\"scan\":".repeat(100_000).into()),
        ("trivy-3", br#"{"SchemaVersion": 3, "Results": []}"#.to_vec()),
        ("trivy-text", br#"{"SchemaVersion": "2"}"#.to_vec()),
        ("trivy-null-results", br#"{"SchemaVersion": 2, "Results": null}"#.to_vec()),
        ("trivy-null-id", trivy(r#"{"VulnerabilityID": null, "PkgName": "a"}"#).into()),
        ("trivy-null-severity", trivy(r#"{"VulnerabilityID": "a", "PkgName": "a", "Severity": null}"#).into()),
        ("trivy-severity", trivy(r#"{"VulnerabilityID": "a", "PkgName": "a", "Severity": "Moderate"}"#).into()),
        ("trivy-no-package", trivy(r#"{"VulnerabilityID": "a", "Severity": "LOW"}"#).into()),
        ("trivy-number", trivy("1").into()),
        ("twice", br#"{"SchemaVersion": 2, "Results": [], "Results": []}"#.to_vec()),
        ("twice-inside", trivy(r#"{"VulnerabilityID": "a", "PkgName": "a", "Severity": "CRITICAL", "Severity": "LOW"}"#).into()),
        ("two-formats", br#"{"SchemaVersion": 2, "matches": []}"#.to_vec()),
        ("cyclonedx", br#"{"bomFormat": "CycloneDX", "version": 1, "vulnerabilities": []}"#.to_vec()),
        ("gitlab-14", br#"{"version": "14.1.2", "vulnerabilities": []}"#.to_vec()),
        ("gitlab-16", br#"{"version": "16.0.0", "vulnerabilities": []}"#.to_vec()),
        ("gitlab-no-version", br#"{"vulnerabilities": []}"#.to_vec()),
        ("gitlab-no-list", gitlab(r#""scan": {"status": "success"}"#).into()),
        ("gitlab-null-list", gitlab(r#""vulnerabilities": null"#).into()),
        ("gitlab-failed", gitlab(r#""vulnerabilities": [], "scan": {"status": "failure", "messages": [{"level": "fatal", "value": "no such image"}]}"#).into()),
        ("gitlab-fatal", gitlab(r#""vulnerabilities": [], "scan": {"status": "success", "messages": [{"level": "fatal", "value": "out of memory"}]}"#).into()),
        ("gitlab-no-identifier", gitlab(r#""vulnerabilities": [{"identifiers": [], "severity": "Low"}]"#).into()),
        ("grype-null", br#"{"matches": null}"#.to_vec()),
        ("grype-object", br#"{"matches": {"a": 1}}"#.to_vec()),
        ("sarif-2.0", br#"{"version": "2.0.0", "runs": []}"#.to_vec()),
        ("sarif-no-runs", run_of_sarif("").into()),
        ("sarif-no-results", run_of_sarif(r#"{"tool": {"driver": {"name": "T"}}}"#).into()),
        ("sarif-failed", run_of_sarif(r#"{"tool": {"driver": {"name": "T"}}, "results": [], "invocations": [{"executionSuccessful": false}]}"#).into()),
        ("sarif-score", run_of_sarif(r#"{"tool": {"driver": {"rules": [{"id": "a", "properties": {"security-severity": "11"}}]}}, "results": []}"#).into()),
        ("sarif-nan", run_of_sarif(r#"{"tool": {"driver": {"rules": [{"id": "a", "properties": {"security-severity": "NaN"}}]}}, "results": []}"#).into()),
        ("sarif-level", run_of_sarif(r#"{"tool": {"driver": {}}, "results": [{"level": "fatal"}]}"#).into()),
    ];
    let sandbox = sandbox();
    let mut screens = String::new();
    for (name, bytes) in table {
        sandbox.file(name, bytes);
        let output = sandbox.run(["gate", name, "gitlab.json", "--fail-on", "high"]);
        assert_eq!(status(&output), 2, "{name}");
        let told = stdout(&output);
        assert!(told.contains("critical CVE-2024-0001"), "{name}: {told}");
        assert!(
            told.contains("\nfailed: 1 file could not be read"),
            "{name}: {told}"
        );
        screens.push_str(&stderr(&output));
    }
    assert_snapshot!(screens);
}

#[test]
fn what_is_no_file() {
    let sandbox = sandbox();
    std::fs::create_dir(sandbox.path("folder")).expect("a folder");
    let screen = |arguments: &[&str]| {
        let output = sandbox.run(["gate"].iter().chain(arguments));
        assert_eq!(status(&output), 2, "{arguments:?}");
        stderr(&output)
    };
    let screens = [
        screen(&["missing.json"]),
        screen(&["folder"]),
        screen(&["-"]),
        screen(&["trivy.json", "--new-only", "missing.json"]),
        screen(&["trivy.json", "--report-format", "grype"]),
        screen(&["trivy.json", "--dockerfile", "missing"]),
    ];
    assert_snapshot!(screens.concat());
    assert!(screen(&[]).contains("<REPORT>"));
    assert!(screen(&["trivy.json", "--fail-on", "severe"]).contains("critical, high"));
}

#[test]
fn a_base_that_cannot_be_read_lets_nothing_through() {
    let sandbox = sandbox();
    sandbox.file("base.json", "{");
    let (status, report) = run(&sandbox, &["trivy.json", "--new-only", "base.json"]);
    assert_eq!((status, counted(&report).len()), (2, 2));
    assert_eq!(report["errors"][0]["line"], 1);
}

#[test]
fn standard_input_and_a_byte_order_mark() {
    let sandbox = sandbox();
    let report = [b"\xef\xbb\xbf", text("trivy.json").as_bytes()].concat();
    let output = sandbox.run_with_input(&["gate", "-"], &report);
    assert_eq!((status(&output), stderr(&output).as_str()), (1, ""));
    let output = sandbox.run_with_input(&["gate", "-"], text("trivy.json").as_bytes());
    assert_eq!(status(&output), 1);
}

#[test]
fn allow_lists_that_cannot_be_read() {
    let sandbox = Sandbox::new();
    sandbox.file("r.json", text("trivy.json"));
    let mut screens = String::new();
    for list in [
        "",
        "version: 1\n",
        "version: 2\nallow: []\n",
        "allow: []\n",
        "version: 1\nallow:\n- id: CVE-1\n",
        "version: 1\nallow:\n- reason: x\n",
        "version: 1\nallow:\n- id: CVE-1\n  reason: ' '\n",
        "version: 1\nallow:\n- id: CVE-1\n  reason: x\n  untill: 2026-01-01\n",
        "version: 1\nallow:\n- id: CVE-1\n  reason: x\n  until: 2026-02-30\n",
        "version: 1\nallow:\n- id: CVE-1\n  id: CVE-2\n  reason: x\n",
        "version: 1\nallow: CVE-1\n",
        "version: 1\nallow: [\n",
        "version: 1\nallow:\n- &a [*a]\n",
    ] {
        sandbox.file("allow.yaml", list);
        let output = sandbox.run(["gate", "r.json", "--allow-list", "allow.yaml"]);
        assert_eq!(status(&output), 2, "{list}");
        assert_eq!(stdout(&output), "", "{list}");
        screens.push_str(&stderr(&output));
    }
    assert_snapshot!(screens);
}
