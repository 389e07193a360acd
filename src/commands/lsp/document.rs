//! An open document: its findings as diagnostics, its fixes as code actions, and the pages of its rules.

use std::collections::HashMap;

use gen_lsp_types::{
    Code, CodeAction, CodeActionKind, Contents, Diagnostic, DiagnosticSeverity, Hover,
    MarkupContent, MarkupKind, Position, Range, TextEdit, Uri, WorkspaceEdit,
};
use harden::engine::{Allowed, Applied};
use harden::fix::Safety;
use harden::rule::Severity;
use harden::rules;
use harden::text::{LineIndex, Span};

use super::check::Checked;
use super::positions::Positions;
use crate::commands::explain;
use crate::output::issue::{self, Issue, State};
use crate::output::{hunks, text};
use crate::report::Problem;

/// The kind of the action that makes all fixes of a file.
pub const FIX_ALL: &str = "source.fixAll.harden";

pub struct Document {
    uri: Uri,
    positions: Positions,
    checked: Checked,
}

impl Document {
    pub fn new(uri: Uri, checked: Checked) -> Self {
        Self {
            uri,
            positions: Positions::new(&checked.report.source),
            checked,
        }
    }

    fn source(&self) -> &str {
        &self.checked.report.source
    }

    fn range(&self, span: Span) -> Range {
        self.positions.range(self.source(), span)
    }

    pub fn diagnostics(&self) -> Vec<Diagnostic> {
        let report = &self.checked.report;
        let problems = report.problems.iter().map(|one| self.problem(one));
        let issues = issue::issues(report);
        problems
            .chain(issues.iter().map(|one| self.diagnostic(one)))
            .collect()
    }

    fn diagnostic(&self, issue: &Issue<'_>) -> Diagnostic {
        let severity = match issue.severity {
            Severity::High => DiagnosticSeverity::Error,
            Severity::Medium | Severity::Low => DiagnosticSeverity::Warning,
            Severity::Info => DiagnosticSeverity::Information,
        };
        let lines = std::iter::once(issue.message.to_string()).chain(issue.details());
        Diagnostic {
            code: Some(Code::String(issue.rule.to_string())),
            ..told(
                self.range(issue.span()),
                severity,
                lines.collect::<Vec<_>>().join("\n"),
            )
        }
    }

    fn problem(&self, problem: &Problem) -> Diagnostic {
        let span = problem.span.unwrap_or_default();
        let help = problem.help.iter().map(|help| format!("\nhelp: {help}"));
        let message = problem.message.clone() + &help.collect::<String>();
        told(self.range(span), DiagnosticSeverity::Error, message)
    }

    /// The fixes that touch a range, and the one for the whole file.
    pub fn actions(&self, range: Range, only: Option<&[CodeActionKind]>) -> Vec<CodeAction> {
        let wants = |kind: &CodeActionKind| {
            let kind = String::from(kind.clone());
            only.is_none_or(|only| {
                let mut only = only.iter().cloned().map(String::from);
                only.any(|wanted| kind == wanted || kind.starts_with(&format!("{wanted}.")))
            })
        };
        let offset = |position: Position| self.positions.offset(self.source(), position);
        let asked = Span::new(
            offset(range.start),
            offset(range.end).max(offset(range.start)),
        );
        let issues = issue::issues(&self.checked.report);
        let fixes = issues.iter().filter_map(|issue| match issue.state {
            State::Fixed(applied) if touches(applied, asked) => {
                Some(self.fix(applied, self.diagnostic(issue)))
            }
            _ => None,
        });
        let all = fixes.chain(self.fix_all());
        all.filter(|action| action.kind.as_ref().is_none_or(wants))
            .collect()
    }

    fn fix(&self, applied: &Applied, diagnostic: Diagnostic) -> CodeAction {
        let edits = applied.edits.iter().map(|edit| TextEdit {
            range: self.range(edit.span),
            new_text: edit.text.clone(),
        });
        let safety = applied.safety.as_str();
        CodeAction {
            kind: Some(CodeActionKind::QuickFix),
            diagnostics: Some(vec![diagnostic]),
            is_preferred: Some(applied.safety == Safety::Safe),
            edit: Some(self.edit(edits.collect())),
            ..titled(format!("{} ({}, {safety})", applied.title, applied.rule))
        }
    }

    fn fix_all(&self) -> Option<CodeAction> {
        let report = &self.checked.report;
        if !report.is_changed() {
            return None;
        }
        let lines = LineIndex::new(&report.source);
        let hunks = hunks::exact(&report.source, &report.outcome.text);
        let edits = hunks.into_iter().map(|hunk| {
            let start = lines.start(hunk.old_range.start + 1);
            let start = start.unwrap_or(report.source.len());
            let length: usize = hunk.old.iter().map(|line| line.len()).sum();
            TextEdit {
                range: self.range(Span::new(start, start + length)),
                new_text: hunk.new.concat(),
            }
        });
        let fixes = text::count(report.outcome.applied.len(), "fix", "fixes");
        Some(CodeAction {
            kind: Some(FIX_ALL.to_string().into()),
            edit: Some(self.edit(edits.collect())),
            ..titled(format!("harden the file: {fixes}"))
        })
    }

    fn edit(&self, edits: Vec<TextEdit>) -> WorkspaceEdit {
        WorkspaceEdit {
            changes: Some(HashMap::from([(self.uri.clone(), edits)])),
            ..WorkspaceEdit::default()
        }
    }

    /// The pages of the rules and profiles that have something to say of a place, the narrowest first.
    pub fn hover(&self, position: Position) -> Option<Hover> {
        let at = Span::at(self.positions.offset(self.source(), position));
        let report = &self.checked.report;
        let issues = issue::issues(report);
        let found = issues.iter().map(|issue| (issue.rule, issue.span()));
        let allowed = report.outcome.allowed.iter();
        let allowed = allowed.map(|one: &Allowed| (&*one.rule, one.span));
        let mut here: Vec<(&str, Span)> = found
            .chain(allowed)
            .filter(|(_, span)| span.contains(at))
            .collect();
        here.sort_by_key(|(_, span)| span.len());
        let mut named: Vec<&str> = Vec::new();
        for (rule, _) in &here {
            if !named.contains(rule) {
                named.push(rule);
            }
        }
        let pages: Vec<String> = named.iter().filter_map(|rule| self.page(rule)).collect();
        let (_, narrowest) = here.first()?;
        if pages.is_empty() {
            return None;
        }
        Some(Hover {
            contents: Contents::MarkupContent(MarkupContent {
                kind: MarkupKind::Markdown,
                value: pages.join("\n\n---\n\n"),
            }),
            range: Some(self.range(*narrowest)),
        })
    }

    fn page(&self, name: &str) -> Option<String> {
        if let Some(rule) = rules::find(name) {
            return Some(explain::rule_page(rule));
        }
        let mut pages = self.checked.profile_pages.iter();
        let (_, page) = pages.find(|(profile, _)| profile == name)?;
        Some(page.clone())
    }
}

/// Whether a fix is about a place, or changes it. One that builds on what another fix writes cannot be made alone.
fn touches(applied: &Applied, asked: Span) -> bool {
    let meets = |span: Span| span.start <= asked.end && asked.start <= span.end;
    let mut edits = applied.edits.iter();
    !applied.edits.is_empty() && (meets(applied.span) || edits.any(|edit| meets(edit.span)))
}

fn told(range: Range, severity: DiagnosticSeverity, message: String) -> Diagnostic {
    Diagnostic {
        range,
        severity: Some(severity),
        code: None,
        code_description: None,
        source: Some("harden".to_string()),
        message: message.into(),
        tags: None,
        related_information: None,
        data: None,
    }
}

fn titled(title: String) -> CodeAction {
    CodeAction {
        title,
        kind: None,
        diagnostics: None,
        is_preferred: None,
        disabled: None,
        edit: None,
        command: None,
        data: None,
        tags: None,
    }
}
