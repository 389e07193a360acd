//! Thresholds, allow-lists and base branches, as tables.

use super::reports::{counted, findings, run, sandbox};
use super::sandbox::Sandbox;

/// Arguments, and the ids that count: the gate fails where there are any.
fn check(sandbox: &Sandbox, table: &[(&str, &[&str])]) {
    for (arguments, wanted) in table {
        let words: Vec<&str> = arguments.split(' ').collect();
        let (status, report) = run(sandbox, &words);
        assert_eq!(counted(&report), *wanted, "{arguments}");
        let is_failed = !wanted.is_empty();
        assert_eq!(status, i32::from(is_failed), "{arguments}");
        assert_eq!(report["passed"], !is_failed, "{arguments}");
        assert_eq!(report["counted"], wanted.len(), "{arguments}");
    }
}

#[test]
fn thresholds() {
    check(
        &sandbox(),
        &[
            ("trivy.json", &["0001", "0002"]),
            ("trivy.json --fail-on high", &["0001", "0002", "0003"]),
            ("gitlab.json", &["0001", "0002"]),
            ("gitlab.json --fail-on high", &["0001", "0002", "0003"]),
            (
                "gitlab.json --fail-on medium",
                &["0001", "0002", "0003", "0004"],
            ),
            (
                "gitlab.json --fail-on low",
                &["0001", "0002", "0003", "0004", "0005"],
            ),
            (
                "gitlab.json --fail-on negligible",
                &["0001", "0002", "0003", "0004", "0005"],
            ),
            (
                "gitlab.json --fail-on unknown",
                &["0001", "0002", "0003", "0004", "0005", "0006"],
            ),
            (
                "grype.json --fail-on low",
                &["0001", "0002", "0003", "GHSA-aaaa-bbbb-cccc", "0005"],
            ),
            (
                "grype.json --fail-on info",
                &[
                    "0001",
                    "0002",
                    "0003",
                    "GHSA-aaaa-bbbb-cccc",
                    "0005",
                    "0006",
                ],
            ),
            ("trivy.sarif", &["0001", "0002"]),
            (
                "trivy.sarif --fail-on high",
                &["0001", "0002", "not-accepted", "0003"],
            ),
            (
                "trivy.sarif --fail-on medium",
                &["0001", "0002", "not-accepted", "0003", "plain-warning"],
            ),
            (
                "trivy-files.json",
                &["aws-access-key-id", "aws-access-key-id"],
            ),
            (
                "trivy-files.json --fail-on low",
                &[
                    "aws-access-key-id",
                    "aws-access-key-id",
                    "DS-0002",
                    "DS-0026",
                ],
            ),
            ("trivy.json gitlab.json", &["0001", "0002", "0001", "0002"]),
        ],
    );
}

#[test]
fn what_has_no_fix() {
    check(
        &sandbox(),
        &[
            ("trivy.json --ignore-unfixed", &["0001"]),
            ("gitlab.json --ignore-unfixed", &["0001"]),
            ("grype.json --ignore-unfixed", &["0001"]),
            ("trivy.sarif --ignore-unfixed", &["0001"]),
            // Where the report does not say, it counts; a secret is no question of versions.
            (
                "grype.json --ignore-unfixed --fail-on negligible",
                &["0001", "0003", "GHSA-aaaa-bbbb-cccc", "0006"],
            ),
            (
                "trivy-files.json --ignore-unfixed",
                &["aws-access-key-id", "aws-access-key-id"],
            ),
        ],
    );
}

#[test]
fn what_the_base_branch_has() {
    check(
        &sandbox(),
        &[
            // Another version, another image and another scanner are no other finding.
            ("trivy.json --new-only base.json", &["0002"]),
            ("grype.json --new-only base.json", &["0002"]),
            (
                "grype.json --new-only base.json --fail-on medium",
                &["0002", "0003"],
            ),
            ("gitlab.json --new-only base.json --ignore-unfixed", &[]),
            ("trivy.json --new-only trivy.json --fail-on unknown", &[]),
            (
                "trivy.json --new-only base.json --new-only gitlab.json",
                &[],
            ),
            // One secret was there, on another line; the second is new.
            (
                "trivy-files.json --new-only base.json",
                &["aws-access-key-id"],
            ),
            (
                "trivy-files.json --new-only trivy-files.json --fail-on low",
                &[],
            ),
        ],
    );
}

#[test]
fn allow_lists() {
    // Entries, the day, the ids that count, the ids that have expired, those that nothing needs.
    type Case<'c> = (
        &'c str,
        &'c str,
        &'c [&'c str],
        &'c [&'c str],
        &'c [&'c str],
    );
    let cases: [Case; 14] = [
        ("{ id: CVE-2024-0001 }", "2026-11-25", &["0002"], &[], &[]),
        ("{ id: cve-2024-0001 }", "2026-11-25", &["0002"], &[], &[]),
        (
            "{ id: CVE-2024-000 }",
            "2026-11-25",
            &["0001", "0002"],
            &[],
            &["CVE-2024-000"],
        ),
        (
            "{ id: CVE-2024-0001, package: openssl }",
            "2026-11-25",
            &["0002"],
            &[],
            &[],
        ),
        (
            "{ id: CVE-2024-0001, package: 'open*' }",
            "2026-11-25",
            &["0002"],
            &[],
            &[],
        ),
        (
            "{ id: CVE-2024-0001, package: open }",
            "2026-11-25",
            &["0001", "0002"],
            &[],
            &["CVE-2024-0001"],
        ),
        (
            "{ id: CVE-2024-0001, image: 'registry.example.com/shop/*' }",
            "2026-11-25",
            &["0002"],
            &[],
            &[],
        ),
        (
            "{ id: CVE-2024-0001, image: 'registry.example.com/*:2' }",
            "2026-11-25",
            &["0001", "0002"],
            &[],
            &["CVE-2024-0001"],
        ),
        (
            "{ id: CVE-2024-0001, until: 2026-11-25 }",
            "2026-11-25",
            &["0002"],
            &[],
            &[],
        ),
        (
            "{ id: CVE-2024-0001, until: 2026-11-25 }",
            "2026-11-26",
            &["0001", "0002"],
            &["CVE-2024-0001"],
            &[],
        ),
        (
            "{ id: CVE-1999-1, until: 2026-11-25 }",
            "2026-11-26",
            &["0001", "0002"],
            &["CVE-1999-1"],
            &[],
        ),
        // One that has expired does not stand before one that has not.
        (
            "{ id: CVE-2024-0001, until: 2025-01-01 }, { id: CVE-2024-0001, package: openssl }",
            "2026-11-25",
            &["0002"],
            &["CVE-2024-0001"],
            &[],
        ),
        (
            "{ id: CVE-2024-0001 }, { id: CVE-2024-0002 }",
            "2026-11-25",
            &[],
            &[],
            &[],
        ),
        // Below the threshold it is needed all the same: another run may have another threshold.
        (
            "{ id: CVE-2024-0005 }",
            "2026-11-25",
            &["0001", "0002"],
            &[],
            &[],
        ),
    ];
    let sandbox = sandbox();
    for (entries, today, wanted, expired, unused) in cases {
        let entries = entries.replace(" }", ", reason: the code is not reached }");
        sandbox.file("allow.yaml", format!("version: 1\nallow: [{entries}]\n"));
        let arguments = [
            "trivy.json",
            "--allow-list",
            "allow.yaml",
            "--format",
            "json",
            "--today",
            today,
        ];
        let output = sandbox.run(["gate"].iter().chain(&arguments));
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        assert_eq!(counted(&report), wanted, "{entries}");
        assert_eq!(
            output.status.code(),
            Some(i32::from(!wanted.is_empty())),
            "{entries}"
        );
        let ids = |key: &str| {
            let list = report["allow_list"][key]
                .as_array()
                .expect("a list")
                .clone();
            let ids = list
                .iter()
                .map(|one| one["id"].as_str().expect("an id").to_string());
            ids.collect::<Vec<_>>()
        };
        assert_eq!(ids("expired"), expired, "{entries}");
        assert_eq!(ids("unused"), unused, "{entries}");
    }
}

#[test]
fn an_alias_is_as_good_as_an_id() {
    let sandbox = sandbox();
    sandbox.file(
        "allow.yaml",
        "version: 1\nallow:\n- id: CVE-2024-0004\n  reason: not used\n",
    );
    let arguments = [
        "grype.json",
        "--fail-on",
        "medium",
        "--allow-list",
        "allow.yaml",
    ];
    let (_, report) = run(&sandbox, &arguments);
    assert_eq!(counted(&report), ["0001", "0002", "0003"]);
    let reasons: Vec<_> = findings(&report)
        .iter()
        .map(|one| one["reason"].clone())
        .collect();
    assert!(reasons.contains(&"not used".into()), "{reasons:?}");
}

/// The same finding once more, only less bad, must not be the one that is kept.
#[test]
fn a_repetition_hides_nothing() {
    let sandbox = Sandbox::new();
    let one = |severity: &str| {
        format!(
            r#"{{"VulnerabilityID":"CVE-1","PkgName":"a","InstalledVersion":"1","Severity":"{severity}"}}"#
        )
    };
    let report = format!(
        r#"{{"SchemaVersion":2,"Results":[{{"Class":"os-pkgs","Vulnerabilities":[{},{}]}}]}}"#,
        one("LOW"),
        one("CRITICAL")
    );
    sandbox.file("r.json", report);
    check(&sandbox, &[("r.json", &["CVE-1"])]);
}
