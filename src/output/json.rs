//! The report for programs: docs/json.md. `version` changes when a key changes its meaning or goes.

use harden::engine::{Allowed, Applied, AppliedStep, Open, OpenKind};
use harden::text::Edit;
use serde_json::{Value, json};

use super::parts::{List, Report};
use super::{diff, escape, text};
use crate::report::{FileReport, Problem, Summary};

#[derive(Default)]
pub struct Json {
    files: List,
}

impl Report for Json {
    fn start(&mut self) -> String {
        "{\"version\":1,\"files\":[".to_string()
    }

    fn file(&mut self, report: &FileReport) -> String {
        self.files.item(&file(report))
    }

    fn end(&mut self, summary: &Summary) -> String {
        format!("\n],\"summary\":{}}}\n", self::summary(summary))
    }
}

fn file(report: &FileReport) -> Value {
    let outcome = &report.outcome;
    let diff = if report.is_changed() {
        diff::patch(&report.patch_path, &report.source, &outcome.text)
    } else {
        String::new()
    };
    json!({
        "path": escape::readable(&report.path),
        "changed": report.is_changed(),
        "written": report.written,
        "applied": outcome.applied.iter().map(applied).collect::<Vec<_>>(),
        "open": outcome.open.iter().map(open).collect::<Vec<_>>(),
        "allowed": outcome.allowed.iter().map(allowed).collect::<Vec<_>>(),
        "errors": report.problems.iter().map(problem).collect::<Vec<_>>(),
        "notes": report.notes,
        "diff": diff,
    })
}

fn summary(summary: &Summary) -> Value {
    json!({
        "files": summary.files,
        "changed": summary.changed,
        "written": summary.written,
        "fixes": { "safe": summary.safe_fixes, "review": summary.review_fixes },
        "open": { "held": summary.held, "manual": summary.manual, "left_out": summary.left_out },
        "allowed": summary.allowed,
        "errors": summary.failed,
    })
}

fn applied(applied: &Applied) -> Value {
    json!({
        "rule": applied.rule,
        "severity": applied.severity.as_str(),
        "message": applied.message,
        "line": applied.position.line,
        "column": applied.position.column,
        "title": applied.title,
        "safety": applied.safety.as_str(),
        "why": applied.why,
        "steps": applied.steps.iter().map(step).collect::<Vec<_>>(),
        "edits": applied.edits.iter().map(edit).collect::<Vec<_>>(),
    })
}

fn step(step: &AppliedStep) -> Value {
    json!({
        "what": step.what,
        "why": step.why,
        "line": step.position.map(|at| at.line),
        "new_lines": step.new_lines.map(|(first, last)| [first, last]),
    })
}

fn edit(edit: &Edit) -> Value {
    json!({ "start": edit.span.start, "end": edit.span.end, "text": edit.text })
}

fn open(open: &Open) -> Value {
    let reasons: Value = match &open.kind {
        OpenKind::Held(reasons) => reasons
            .iter()
            .map(|reason| json!({ "text": reason.text, "line": reason.position.map(|at| at.line) }))
            .collect(),
        _ => Value::Array(Vec::new()),
    };
    let mut value = json!({
        "rule": open.rule,
        "severity": open.severity.as_str(),
        "message": open.message,
        "line": open.position.line,
        "column": open.position.column,
        "kind": text::kind_name(&open.kind).replace(' ', "_"),
        "reasons": reasons,
    });
    match &open.kind {
        OpenKind::Held(_) => {}
        OpenKind::Manual { title, why } => {
            value["title"] = json!(title);
            value["why"] = json!(why);
        }
        OpenKind::LeftOut { title, safety } => {
            value["title"] = json!(title);
            value["safety"] = json!(safety.as_str());
        }
    }
    value
}

fn allowed(allowed: &Allowed) -> Value {
    json!({
        "rule": allowed.rule,
        "severity": allowed.severity.as_str(),
        "message": allowed.message,
        "line": allowed.position.line,
        "column": allowed.position.column,
        "comment_line": allowed.line,
        "reason": allowed.reason,
    })
}

fn problem(problem: &Problem) -> Value {
    json!({
        "message": problem.message,
        "line": problem.position.map(|at| at.line),
        "column": problem.position.map(|at| at.column),
        "help": problem.help,
    })
}
