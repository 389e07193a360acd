//! SARIF 2.1.0 with fixes. Columns count characters.
//!
//! <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>

use std::collections::BTreeMap;

use harden::engine::{Allowed, Applied};
use harden::rule::Severity;
use harden::rules;
use harden::text::{Edit, LineIndex, Position};
use serde_json::{Value, json};

use super::issue::{self, Issue, State};
use super::parts::{List, Report};
use super::style::percent_encoded;
use super::{escape, text};
use crate::report::{FileReport, Problem, Summary};

#[derive(Default)]
pub struct Sarif {
    results: List,
    /// The rules and profiles that had something to say, with how bad it is.
    rules: BTreeMap<String, Severity>,
    notifications: Vec<Value>,
}

impl Report for Sarif {
    fn start(&mut self) -> String {
        let schema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
        format!(
            "{{\"$schema\":\"{schema}\",\"version\":\"2.1.0\",\"runs\":[{{\"columnKind\":\"unicodeCodePoints\",\"results\":["
        )
    }

    fn file(&mut self, report: &FileReport) -> String {
        let mut text = String::new();
        for issue in issue::issues(report) {
            let rule = self.rules.entry(issue.rule.to_string());
            let severity = rule.or_insert(issue.severity);
            *severity = issue.severity.max(*severity);
            text.push_str(&self.results.item(&result(report, &issue)));
        }
        let lines = LineIndex::new(&report.source);
        for allowed in &report.outcome.allowed {
            let rule = self.rules.entry(allowed.rule.clone());
            rule.or_insert(allowed.severity);
            let end = lines.position(&report.source, allowed.span.end);
            text.push_str(&self.results.item(&suppressed(report, allowed, end)));
        }
        let problems = report.problems.iter();
        self.notifications
            .extend(problems.map(|one| notification(report, one)));
        text
    }

    fn end(&mut self, summary: &Summary) -> String {
        let rules = self.rules.iter().map(|(id, severity)| rule(id, *severity));
        let tool = json!({
            "driver": {
                "name": "harden",
                "version": env!("CARGO_PKG_VERSION"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules.collect::<Vec<_>>(),
            },
        });
        let invocation = json!({
            "executionSuccessful": summary.failed == 0,
            "toolExecutionNotifications": self.notifications,
        });
        let (tool, invocation) = (tool.to_string(), invocation.to_string());
        format!(
            "\n],\"tool\":{},\"invocations\":[{}]}}]}}\n",
            escape::json(&tool),
            escape::json(&invocation)
        )
    }
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::High => "error",
        Severity::Medium | Severity::Low => "warning",
        Severity::Info => "note",
    }
}

/// How code scanning sorts security findings: a number from 0 to 10.
fn security_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::High => "8.0",
        Severity::Medium => "5.0",
        Severity::Low => "3.0",
        Severity::Info => "0.0",
    }
}

fn rule(id: &str, severity: Severity) -> Value {
    let mut value = json!({
        "id": id,
        "defaultConfiguration": { "level": level(severity) },
        "properties": {
            "tags": ["security"],
            "security-severity": security_severity(severity),
        },
    });
    match rules::find(id) {
        Some(rule) => {
            value["shortDescription"] = json!({ "text": rule.summary });
            value["help"] = json!({ "text": rule.page, "markdown": rule.page });
        }
        None => value["shortDescription"] = json!({ "text": format!("profile {id}") }),
    }
    value
}

fn result(report: &FileReport, issue: &Issue<'_>) -> Value {
    let lines = std::iter::once(issue.message.to_string()).chain(issue.details());
    let message = lines.collect::<Vec<_>>().join("\n");
    let mut value = json!({
        "ruleId": issue.rule,
        "level": level(issue.severity),
        "message": { "text": message },
        "locations": [location(report, issue.position, issue.end)],
        "partialFingerprints": { "harden/v1": issue.fingerprint(report) },
        "properties": { "kind": issue.kind().replace(' ', "_") },
    });
    if let State::Fixed(applied) = issue.state
        && !applied.edits.is_empty()
    {
        value["fixes"] = json!([fix(report, applied)]);
    }
    value
}

fn suppressed(report: &FileReport, allowed: &Allowed, end: Position) -> Value {
    let kind = if allowed.line.is_some() {
        "inSource"
    } else {
        "external"
    };
    json!({
        "ruleId": allowed.rule,
        "level": level(allowed.severity),
        "message": { "text": allowed.message },
        "locations": [location(report, allowed.position, end)],
        "suppressions": [{ "kind": kind, "justification": text::allowed_by(allowed) }],
    })
}

fn artifact(report: &FileReport) -> Value {
    json!({ "uri": percent_encoded(&report.patch_path) })
}

fn region(start: Position, end: Position) -> Value {
    json!({
        "startLine": start.line,
        "startColumn": start.column,
        "endLine": end.line,
        "endColumn": end.column,
    })
}

fn location(report: &FileReport, start: Position, end: Position) -> Value {
    json!({
        "physicalLocation": { "artifactLocation": artifact(report), "region": region(start, end) },
    })
}

fn fix(report: &FileReport, applied: &Applied) -> Value {
    let lines = LineIndex::new(&report.source);
    let place = |offset: usize| lines.position(&report.source, offset);
    let replacement = |edit: &Edit| {
        json!({
            "deletedRegion": region(place(edit.span.start), place(edit.span.end)),
            "insertedContent": { "text": edit.text },
        })
    };
    json!({
        "description": { "text": format!("{} ({})", applied.title, applied.safety.as_str()) },
        "artifactChanges": [{
            "artifactLocation": artifact(report),
            "replacements": applied.edits.iter().map(replacement).collect::<Vec<_>>(),
        }],
    })
}

fn notification(report: &FileReport, problem: &Problem) -> Value {
    let mut place = json!({ "physicalLocation": { "artifactLocation": artifact(report) } });
    if let Some(at) = problem.position {
        place["physicalLocation"]["region"] =
            json!({ "startLine": at.line, "startColumn": at.column });
    }
    json!({
        "level": "error",
        "message": { "text": problem.message },
        "locations": [place],
    })
}
