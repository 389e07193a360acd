//! The screens for people: what was changed and why, what was not and why not, errors and the summary.

use std::fmt::Write as _;
use std::path::Path;

use harden::engine::{Allowed, Applied, AppliedStep, Open, OpenKind};
use harden::rule::Severity;

use super::escape;
use super::style::Styles;
use crate::cli::Mode;
use crate::report::{FileReport, Problem, Summary};

/// An error that ended the run, with what caused it.
pub fn failure(error: &anyhow::Error, styles: &Styles) -> String {
    let mut text = String::new();
    let style = styles.error;
    let message = error.to_string();
    let _ = writeln!(text, "{style}error{style:#}: {}", escape::line(&message));
    for cause in error.chain().skip(1) {
        let cause = cause.to_string();
        let _ = writeln!(text, "  caused by: {}", escape::line(&cause));
    }
    let advice = error.chain().find_map(|cause| {
        let problem = cause.downcast_ref::<Problem>()?;
        problem.help.as_deref()
    });
    help(&mut text, advice, styles);
    text
}

/// An error of a file, in one line.
pub fn problem(path: &Path, problem: &Problem, styles: &Styles) -> String {
    let style = styles.error;
    let place = match problem.position {
        Some(at) => format!("{}:{}:{}", escape::path(path), at.line, at.column),
        None => escape::path(path),
    };
    let message = escape::line(&problem.message);
    let mut text = format!("{style}error{style:#}: {place}: {message}\n");
    help(&mut text, problem.help.as_deref(), styles);
    text
}

fn help(text: &mut String, help: Option<&str>, styles: &Styles) {
    if let Some(help) = help {
        let style = styles.help;
        let _ = writeln!(text, "  {style}help{style:#}: {}", escape::line(help));
    }
}

/// What was changed in a file, what was left, and why.
pub fn explanation(report: &FileReport, mode: Mode, is_verbose: bool, styles: &Styles) -> String {
    let mut text = String::new();
    for applied in &report.outcome.applied {
        change(&mut text, applied, mode, styles);
    }
    for open in &report.outcome.open {
        if is_verbose || !matches!(open.kind, OpenKind::LeftOut { .. }) {
            left(&mut text, open, styles);
        }
    }
    for one in report.outcome.allowed.iter().filter(|_| is_verbose) {
        allowed(&mut text, one, styles);
    }
    for note in &report.notes {
        let style = styles.strong;
        let _ = writeln!(text, "  {style}note{style:#}: {}", escape::line(note));
    }
    if text.is_empty() && (!is_verbose || !report.problems.is_empty()) {
        return text;
    }
    if text.is_empty() {
        text.push_str("  nothing to do\n");
    }
    let style = styles.strong;
    let path = styles.link(&report.path, &escape::path(&report.path));
    format!("{style}{path}{style:#}\n{text}")
}

fn change(text: &mut String, applied: &Applied, mode: Mode, styles: &Styles) {
    let (style, faint) = (styles.change, styles.faint);
    // A fix that does one thing is told in one line.
    let only = match applied.steps.as_slice() {
        [step] if step.what == applied.title && step.why.is_none() => step_line(step, mode),
        _ => None,
    };
    let line = only.map_or(String::new(), |line| format!("line {line}: "));
    let _ = writeln!(
        text,
        "  {style}{}{style:#} {}: {line}{}",
        applied.safety.as_str(),
        escape::line(&applied.rule),
        escape::line(&applied.title),
    );
    if let Some(why) = &applied.why {
        let _ = writeln!(text, "    {faint}{}{faint:#}", escape::line(why));
    }
    for step in applied.steps.iter().filter(|_| only.is_none()) {
        let what = escape::line(&step.what);
        let _ = match step_line(step, mode) {
            Some(line) => writeln!(text, "    line {line}: {what}"),
            None => writeln!(text, "    {what}"),
        };
        if let Some(why) = &step.why {
            let _ = writeln!(text, "      {faint}{}{faint:#}", escape::line(why));
        }
    }
}

/// The line to look at: in the file as it is now.
fn step_line(step: &AppliedStep, mode: Mode) -> Option<usize> {
    match (mode, step.new_lines) {
        (Mode::Write, Some((first, _))) => Some(first),
        _ => step.position.map(|at| at.line),
    }
}

fn left(text: &mut String, open: &Open, styles: &Styles) {
    let style = match open.severity {
        Severity::High => styles.error,
        Severity::Medium | Severity::Low => styles.warning,
        Severity::Info => styles.strong,
    };
    let _ = writeln!(
        text,
        "  {style}{}{style:#} {}: line {}: {}",
        kind_name(&open.kind),
        escape::line(&open.rule),
        open.position.line,
        escape::line(&open.message),
    );
    for reason in reasons(&open.kind) {
        let faint = styles.faint;
        let _ = writeln!(text, "    {faint}{}{faint:#}", escape::line(&reason));
    }
}

fn allowed(text: &mut String, allowed: &Allowed, styles: &Styles) {
    let (style, faint) = (styles.strong, styles.faint);
    let _ = writeln!(
        text,
        "  {style}allowed{style:#} {}: line {}: {}",
        escape::line(&allowed.rule),
        allowed.position.line,
        escape::line(&allowed.message),
    );
    let reason = allowed_by(allowed);
    let _ = writeln!(text, "    {faint}{}{faint:#}", escape::line(&reason));
}

/// What allows a finding, and why.
pub fn allowed_by(allowed: &Allowed) -> String {
    match (allowed.line, &allowed.reason) {
        (Some(line), Some(reason)) => format!("by the comment of line {line}: {reason}"),
        (Some(line), None) => format!("by the comment of line {line}"),
        (None, reason) => reason.clone().unwrap_or_default(),
    }
}

/// What is the matter with a finding that is still there.
pub fn kind_name(kind: &OpenKind) -> &'static str {
    match kind {
        OpenKind::Held(_) => "held",
        OpenKind::Manual { .. } => "manual",
        OpenKind::LeftOut { .. } => "left out",
    }
}

/// Why harden did nothing about a finding.
pub fn reasons(kind: &OpenKind) -> Vec<String> {
    match kind {
        OpenKind::Held(reasons) => {
            let reason = |reason: &harden::engine::HeldReason| match reason.position {
                Some(at) => format!("line {}: {}", at.line, reason.text),
                None => reason.text.clone(),
            };
            reasons.iter().map(reason).collect()
        }
        OpenKind::Manual { title, why } => {
            let parts = [title, why].into_iter().filter(|part| !part.is_empty());
            parts.cloned().collect()
        }
        OpenKind::LeftOut { title, safety } => {
            vec![format!("{title} ({})", safety.as_str())]
        }
    }
}

/// The last line, and what to do next.
pub fn summary(summary: &Summary, mode: Mode, styles: &Styles) -> String {
    let mut parts = Vec::new();
    let files = count(summary.changed, "file", "files");
    if summary.changed > 0 || mode == Mode::Write && summary.written > 0 {
        let fixes = count(summary.fixes(), "fix", "fixes");
        let kinds = kinds(summary);
        parts.push(match mode {
            Mode::Write => {
                let written = count(summary.written, "file", "files");
                format!("{written} changed by {fixes} ({kinds})")
            }
            _ => format!("{files} to change by {fixes} ({kinds})"),
        });
    } else if summary.failed < summary.files {
        parts.push("nothing to change".to_string());
    }
    for (number, name) in [(summary.held, "held"), (summary.manual, "to do by hand")] {
        if number > 0 {
            parts.push(format!("{number} {name}"));
        }
    }
    if summary.left_out > 0 {
        parts.push(format!("{} left out by --safe", summary.left_out));
    }
    if summary.allowed > 0 {
        parts.push(format!("{} allowed", summary.allowed));
    }
    if summary.failed > 0 {
        parts.push(format!(
            "{} with errors",
            count(summary.failed, "file", "files")
        ));
    }
    let looked = count(summary.files, "file", "files");
    let mut text = format!("{looked} looked at: {}\n", parts.join(", "));
    if mode != Mode::Write && summary.changed > 0 {
        help(&mut text, Some("`--write` makes the changes"), styles);
    }
    text
}

fn kinds(summary: &Summary) -> String {
    let numbers = [
        (summary.safe_fixes, "safe"),
        (summary.review_fixes, "review"),
    ];
    let parts = numbers.iter().filter(|(number, _)| *number > 0);
    let parts: Vec<String> = parts
        .map(|(number, name)| format!("{number} {name}"))
        .collect();
    parts.join(", ")
}

pub fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}
