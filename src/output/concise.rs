//! One line for each finding, for editors and `grep`.

use std::fmt::Write as _;

use harden::engine::OpenKind;
use harden::rule::Severity;

use super::escape;
use super::issue::{self, State};
use super::style::Styles;
use crate::report::FileReport;

/// `path:line:column: severity[rule]: message (what harden does)`.
pub fn findings(report: &FileReport, is_verbose: bool, styles: &Styles) -> String {
    let mut text = String::new();
    let path = styles.link(&report.path, &escape::path(&report.path));
    for issue in issue::issues(report) {
        let is_left_out = match issue.state {
            State::Open(open) => matches!(open.kind, OpenKind::LeftOut { .. }),
            State::Fixed(_) => false,
        };
        if is_left_out && !is_verbose {
            continue;
        }
        let style = match issue.severity {
            Severity::High => styles.error,
            Severity::Medium | Severity::Low => styles.warning,
            Severity::Info => styles.strong,
        };
        let details = issue.details();
        let what = details.first().map_or("", String::as_str);
        let _ = writeln!(
            text,
            "{path}:{}:{}: {style}{}[{}]{style:#}: {} ({})",
            issue.position.line,
            issue.position.column,
            issue.severity.as_str(),
            escape::line(issue.rule),
            escape::line(issue.message),
            escape::line(what),
        );
    }
    text
}
