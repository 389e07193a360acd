//! GitLab's Code Quality report.
//!
//! GitLab compares the fingerprints of two reports to tell what a merge request brings, so they hold no line numbers.
//! <https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format>

use harden::digest;
use harden::rule::Severity;
use serde_json::json;

use super::escape;
use super::issue::{self, Issue};
use super::parts::{List, Report};
use crate::report::{FileReport, Problem, Summary};

#[derive(Default)]
pub struct CodeQuality {
    list: List,
}

impl Report for CodeQuality {
    fn start(&mut self) -> String {
        "[".to_string()
    }

    fn file(&mut self, report: &FileReport) -> String {
        let mut text = String::new();
        for issue in issue::issues(report) {
            text.push_str(&self.list.item(&json!({
                "description": description(&issue),
                "check_name": issue.rule,
                "fingerprint": issue.fingerprint(report),
                "severity": severity(issue.severity),
                "location": location(report, issue.position.line),
            })));
        }
        for (number, problem) in report.problems.iter().enumerate() {
            text.push_str(&self.list.item(&json!({
                "description": problem.message,
                "check_name": "harden",
                "fingerprint": fingerprint(report, problem, number),
                "severity": "blocker",
                "location": location(report, problem.position.map_or(1, |at| at.line)),
            })));
        }
        text
    }

    fn end(&mut self, _: &Summary) -> String {
        "\n]\n".to_string()
    }
}

fn description(issue: &Issue<'_>) -> String {
    let details = issue.details();
    let what = details.first().map_or("", String::as_str);
    format!("{} ({what})", issue.message)
}

fn location(report: &FileReport, line: usize) -> serde_json::Value {
    json!({ "path": escape::readable(&report.patch_path), "lines": { "begin": line } })
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "info",
        Severity::Low => "minor",
        Severity::Medium => "major",
        Severity::High => "critical",
    }
}

fn fingerprint(report: &FileReport, problem: &Problem, number: usize) -> String {
    let path = escape::readable(&report.patch_path);
    let parts = [&*path, "", &problem.message, &number.to_string()];
    digest::sha256(parts.join("\0").as_bytes())
}
