//! What came of hardening one file, told in places of the original text.

use super::choose::is_refused;
use super::{Pass, Refused, original};
use crate::fix::{Fix, Reason, Safety};
use crate::rule::{Finding, Severity, Verdict};
use crate::suppress::{Allowance, Fault};
use crate::syntax::SyntaxError;
use crate::text::{Edit, LineIndex, Position, Span};

/// Something that keeps harden from working on a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Where, if it has a place.
    pub position: Option<Position>,
    pub span: Option<Span>,
    pub message: String,
}

/// A fix that was made.
#[derive(Clone, Debug, PartialEq)]
pub struct Applied {
    pub rule: String,
    pub severity: Severity,
    /// The fact that the fix is about.
    pub message: String,
    pub position: Position,
    /// Where the finding is in the original text.
    pub span: Span,
    pub title: String,
    pub safety: Safety,
    pub why: Option<String>,
    pub steps: Vec<AppliedStep>,
    /// What the fix changes in the original text, sorted, and disjoint from what other fixes change. Empty where it
    /// builds on what an earlier fix has written; where none is, all together give the new text.
    pub edits: Vec<Edit>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct AppliedStep {
    pub what: String,
    pub why: Option<String>,
    /// Where its first edit is in the original text; `None` for a step that only states something.
    pub position: Option<Position>,
    /// The lines of the new text that its edits wrote or touch, from 1, both ends included.
    pub new_lines: Option<(usize, usize)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldReason {
    pub text: String,
    pub position: Option<Position>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OpenKind {
    /// A precondition does not hold.
    Held(Vec<HeldReason>),
    /// A person must choose.
    Manual { title: String, why: String },
    /// There is a fix, but it is less safe than was asked for.
    LeftOut { title: String, safety: Safety },
}

/// A finding that is still there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Open {
    pub rule: String,
    pub severity: Severity,
    pub message: String,
    pub position: Position,
    pub span: Span,
    pub kind: OpenKind,
}

/// A finding that the authors of the file have allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowed {
    pub rule: String,
    pub severity: Severity,
    pub message: String,
    pub position: Position,
    pub span: Span,
    /// The line of the comment that allows it, in the original text; `None` for the baseline.
    pub line: Option<usize>,
    pub reason: Option<String>,
}

/// What is left after the last pass.
pub(super) struct End {
    pub findings: Vec<Finding>,
    pub allowed: Vec<(Finding, Allowance)>,
    pub faults: Vec<Fault>,
}

/// Under this name stands what is wrong with comments that allow something.
const ALLOW_COMMENT: &str = "allow-comment";

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// The hardened text; the original where nothing changed or something failed.
    pub text: String,
    pub applied: Vec<Applied>,
    pub open: Vec<Open>,
    pub allowed: Vec<Allowed>,
    /// Not empty: the file was not touched.
    pub errors: Vec<Diagnostic>,
}

impl Outcome {
    pub fn is_changed(&self) -> bool {
        !self.applied.is_empty()
    }

    pub(super) fn failed(source: &str, message: String) -> Self {
        Self {
            text: source.to_string(),
            errors: vec![Diagnostic {
                position: None,
                span: None,
                message,
            }],
            ..Self::default()
        }
    }

    pub(super) fn unreadable(source: &str, errors: &[SyntaxError]) -> Self {
        let lines = LineIndex::new(source);
        let diagnostic = |error: &SyntaxError| Diagnostic {
            position: Some(lines.position(source, error.span.start)),
            span: Some(error.span),
            message: error.message.clone(),
        };
        Self {
            text: source.to_string(),
            errors: errors.iter().map(diagnostic).collect(),
            ..Self::default()
        }
    }
}

pub(super) fn not_converged(source: &str, passes: &[Pass]) -> Outcome {
    let mut rules: Vec<&str> = passes
        .iter()
        .rev()
        .take(2)
        .flat_map(|pass| pass.made.iter().map(|finding| finding.rule.as_str()))
        .collect();
    rules.sort_unstable();
    rules.dedup();
    let message = format!(
        "internal error: the fixes of {} do not come to an end; please report it",
        rules.join(", ")
    );
    Outcome::failed(source, message)
}

pub(super) fn assemble(
    source: &str,
    text: &str,
    passes: &[Pass],
    end: End,
    refused: &[Refused],
    minimum: Safety,
) -> Outcome {
    let places = Places {
        source,
        lines: LineIndex::new(source),
        new_lines: LineIndex::new(text),
        passes,
    };
    let numbered = passes.iter().enumerate();
    let applied = numbered
        .flat_map(|(number, pass)| pass.made.iter().map(move |finding| (number, finding)))
        .filter_map(|(number, finding)| Some(places.applied(number, finding, finding.fix()?)))
        .collect();
    let findings = end.findings.iter();
    let findings = findings.map(|finding| places.open(finding, refused, minimum));
    let faults = end.faults.into_iter().map(|fault| places.fault(fault));
    let mut open: Vec<Open> = findings.chain(faults).collect();
    let allowed = end.allowed.iter();
    let allowed = allowed.map(|(finding, allowance)| places.allowed(finding, allowance));
    let mut allowed: Vec<Allowed> = allowed.collect();
    allowed.sort_by_key(|one| one.position);
    open.sort_by_key(|one| one.position);
    Outcome {
        text: text.to_string(),
        applied,
        open,
        allowed,
        errors: Vec::new(),
    }
}

/// Finds the places of a pass in the original and in the final text.
struct Places<'a> {
    source: &'a str,
    lines: LineIndex,
    new_lines: LineIndex,
    passes: &'a [Pass],
}

impl Places<'_> {
    /// An offset of the text that pass `number` worked on, in the original text.
    fn original(&self, number: usize, offset: usize) -> usize {
        let earlier = self.passes.get(..number).unwrap_or(&[]);
        earlier
            .iter()
            .rev()
            .fold(offset, |offset, pass| pass.edits.map_backward(offset))
    }

    /// An offset of the text that pass `number` made, in the final text.
    fn last(&self, number: usize, offset: usize) -> usize {
        let later = self.passes.get(number + 1..).unwrap_or(&[]);
        later
            .iter()
            .fold(offset, |offset, pass| pass.edits.map_forward(offset))
    }

    fn position(&self, number: usize, offset: usize) -> Position {
        self.lines
            .position(self.source, self.original(number, offset))
    }

    fn span(&self, number: usize, span: Span) -> Span {
        Span::new(
            self.original(number, span.start),
            self.original(number, span.end),
        )
    }

    fn applied(&self, number: usize, finding: &Finding, fix: &Fix) -> Applied {
        let steps = fix.steps().iter().map(|step| {
            let first = step.edits.iter().map(|edit| edit.span.start).min();
            let lines = step.edits.iter().filter_map(|edit| {
                let written = self.passes.get(number)?.edits.written(edit)?;
                let length = edit.text.trim_end_matches(['\r', '\n']).len();
                let from = self.new_lines.line(self.last(number, written.start));
                let to = self
                    .new_lines
                    .line(self.last(number, written.start + length));
                Some((from, to.max(from)))
            });
            AppliedStep {
                what: step.what.clone(),
                why: step.why.clone(),
                position: first.map(|offset| self.position(number, offset)),
                new_lines: lines.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))),
            }
        });
        Applied {
            rule: finding.rule.clone(),
            severity: finding.severity,
            message: finding.message.clone(),
            position: self.position(number, finding.span.start),
            span: self.span(number, finding.span),
            title: fix.title().to_string(),
            safety: fix.safety(),
            why: fix.why().map(String::from),
            steps: steps.collect(),
            edits: original::edits(fix, self.passes.get(..number).unwrap_or(&[])),
        }
    }

    fn open(&self, finding: &Finding, refused: &[Refused], minimum: Safety) -> Open {
        let end = self.passes.len();
        let kind = match &finding.verdict {
            Verdict::Held(reasons) => OpenKind::Held(self.reasons(reasons)),
            Verdict::Fix(fix) if fix.safety() == Safety::Manual => OpenKind::Manual {
                title: fix.title().to_string(),
                why: fix.why().unwrap_or("").to_string(),
            },
            Verdict::Fix(fix) if is_refused(finding, fix, refused) => {
                let why = refused.iter().find(|one| one.fix == *fix);
                let text = why.map_or("", |one| one.reason.as_str());
                OpenKind::Held(vec![HeldReason {
                    text: format!("the result did not pass validation: {text}"),
                    position: None,
                }])
            }
            Verdict::Fix(fix) => {
                debug_assert!(fix.safety() < minimum, "a fix that could be made was not");
                OpenKind::LeftOut {
                    title: fix.title().to_string(),
                    safety: fix.safety(),
                }
            }
        };
        Open {
            rule: finding.rule.clone(),
            severity: finding.severity,
            message: finding.message.clone(),
            position: self.position(end, finding.span.start),
            span: self.span(end, finding.span),
            kind,
        }
    }

    fn allowed(&self, finding: &Finding, allowance: &Allowance) -> Allowed {
        let end = self.passes.len();
        let line = |comment: Span| self.position(end, comment.start).line;
        Allowed {
            rule: finding.rule.clone(),
            severity: finding.severity,
            message: finding.message.clone(),
            position: self.position(end, finding.span.start),
            span: self.span(end, finding.span),
            line: allowance.comment.map(line),
            reason: allowance.reason.clone(),
        }
    }

    fn fault(&self, fault: Fault) -> Open {
        let end = self.passes.len();
        Open {
            rule: ALLOW_COMMENT.to_string(),
            severity: if fault.is_unused {
                Severity::Low
            } else {
                Severity::Medium
            },
            message: fault.message,
            position: self.position(end, fault.span.start),
            span: self.span(end, fault.span),
            kind: OpenKind::Manual {
                title: fault.advice,
                why: String::new(),
            },
        }
    }

    fn reasons(&self, reasons: &[Reason]) -> Vec<HeldReason> {
        let end = self.passes.len();
        let held = |reason: &Reason| HeldReason {
            text: reason.text.clone(),
            position: reason.span.map(|span| self.position(end, span.start)),
        };
        reasons.iter().map(held).collect()
    }
}
