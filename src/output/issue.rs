//! What the formats for other programs have in common: each finding of a file once, with its place and a name that lasts.

use std::collections::HashMap;

use harden::digest;
use harden::engine::{Applied, Open};
use harden::rule::Severity;
use harden::text::{LineIndex, Position, Span};

use super::{escape, text};
use crate::report::FileReport;

/// A finding, fixed or not.
pub struct Issue<'r> {
    pub rule: &'r str,
    pub severity: Severity,
    /// The fact.
    pub message: &'r str,
    pub position: Position,
    pub end: Position,
    pub state: State<'r>,
    /// How many findings of the same rule on the same text come before it in the file.
    pub number: usize,
    /// The text that it is about, on one line.
    pub code: String,
}

pub enum State<'r> {
    /// harden has a fix that it makes.
    Fixed(&'r Applied),
    Open(&'r Open),
}

impl Issue<'_> {
    /// Where it is in the original text.
    pub fn span(&self) -> Span {
        match self.state {
            State::Fixed(applied) => applied.span,
            State::Open(open) => open.span,
        }
    }

    /// What harden does about it, or why it does nothing, after the one word for it; then the reasons.
    pub fn details(&self) -> Vec<String> {
        let kind = self.kind();
        match self.state {
            State::Fixed(applied) => {
                let mut details = vec![format!("{kind}: {}", applied.title)];
                let steps = applied.steps.iter();
                let steps = steps.filter(|step| step.what != applied.title);
                details.extend(steps.map(|step| match &step.why {
                    Some(why) => format!("{}: {why}", step.what),
                    None => step.what.clone(),
                }));
                details.extend(applied.why.clone());
                details
            }
            State::Open(open) => {
                let mut details = text::reasons(&open.kind);
                match details.first_mut() {
                    Some(first) => first.insert_str(0, &format!("{kind}: ")),
                    None => details.push(kind.to_string()),
                }
                details
            }
        }
    }

    /// What is the matter with it, in one word.
    pub fn kind(&self) -> &'static str {
        match self.state {
            State::Fixed(applied) => applied.safety.as_str(),
            State::Open(open) => text::kind_name(&open.kind),
        }
    }

    /// The same for the same finding when lines are added or removed above it.
    pub fn fingerprint(&self, report: &FileReport) -> String {
        let path = escape::readable(&report.patch_path);
        let parts = [&*path, self.rule, &self.code, &self.number.to_string()];
        digest::sha256(parts.join("\0").as_bytes())
    }
}

/// The findings of a file by their places.
pub fn issues(report: &FileReport) -> Vec<Issue<'_>> {
    let lines = LineIndex::new(&report.source);
    let issue = |rule, severity, message, span: Span, state| Issue {
        rule,
        severity,
        message,
        position: lines.position(&report.source, span.start),
        end: lines.position(&report.source, span.end),
        state,
        number: 0,
        code: one_line(span.slice(&report.source)),
    };
    let applied = report.outcome.applied.iter().map(|one| {
        issue(
            &*one.rule,
            one.severity,
            &*one.message,
            one.span,
            State::Fixed(one),
        )
    });
    let open = report.outcome.open.iter().map(|one| {
        issue(
            &*one.rule,
            one.severity,
            &*one.message,
            one.span,
            State::Open(one),
        )
    });
    let mut issues: Vec<Issue<'_>> = applied.chain(open).collect();
    issues.sort_by_key(|issue| (issue.position, issue.end));
    let mut seen: HashMap<(String, String), usize> = HashMap::new();
    for issue in &mut issues {
        let key = (issue.rule.to_string(), issue.code.clone());
        let number = seen.entry(key).or_default();
        issue.number = *number;
        *number += 1;
    }
    issues
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
