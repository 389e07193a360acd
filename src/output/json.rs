//! The report for programs. `version` changes when a key changes its meaning or goes.

use harden::engine::{Applied, AppliedStep, Open, OpenKind};
use serde_json::{Value, json};

use super::{diff, escape, text};
use crate::report::{FileReport, Problem, Summary};

/// What comes before the files.
pub const START: &str = "{\"version\":1,\"files\":[";

/// One file, on a line of its own; `is_first` for the first one.
pub fn file(report: &FileReport, is_first: bool) -> String {
    let separator = if is_first { "\n" } else { ",\n" };
    let outcome = &report.outcome;
    let diff = if report.is_changed() {
        diff::patch(&report.patch_path, &report.source, &outcome.text)
    } else {
        String::new()
    };
    let value = json!({
        "path": escape::readable(&report.path),
        "changed": report.is_changed(),
        "written": report.written,
        "applied": outcome.applied.iter().map(applied).collect::<Vec<_>>(),
        "open": outcome.open.iter().map(open).collect::<Vec<_>>(),
        "errors": report.problems.iter().map(problem).collect::<Vec<_>>(),
        "notes": report.notes,
        "diff": diff,
    });
    format!("{separator}{}", escape::json(&value.to_string()))
}

/// What comes after the files.
pub fn end(summary: &Summary) -> String {
    let summary = json!({
        "files": summary.files,
        "changed": summary.changed,
        "written": summary.written,
        "fixes": { "safe": summary.safe_fixes, "review": summary.review_fixes },
        "open": { "held": summary.held, "manual": summary.manual, "left_out": summary.left_out },
        "errors": summary.failed,
    });
    format!("\n],\"summary\":{summary}}}\n")
}

fn applied(applied: &Applied) -> Value {
    json!({
        "rule": applied.rule,
        "title": applied.title,
        "safety": applied.safety.as_str(),
        "why": applied.why,
        "steps": applied.steps.iter().map(step).collect::<Vec<_>>(),
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

fn problem(problem: &Problem) -> Value {
    json!({
        "message": problem.message,
        "line": problem.position.map(|at| at.line),
        "column": problem.position.map(|at| at.column),
        "help": problem.help,
    })
}
