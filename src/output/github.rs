//! Workflow commands of GitHub Actions, which become notes beside the lines of a pull request.
//!
//! <https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions>

use harden::rule::Severity;

use super::escape;
use super::issue::{self, Issue};
use super::parts::Report;
use crate::report::{FileReport, Problem, Summary};

pub struct Commands;

impl Report for Commands {
    fn file(&mut self, report: &FileReport) -> String {
        let issues = issue::issues(report);
        let issues = issues.iter().map(|issue| command(report, issue));
        let problems = report.problems.iter().map(|one| problem(report, one));
        issues.chain(problems).collect()
    }

    fn end(&mut self, _: &Summary) -> String {
        String::new()
    }
}

fn command(report: &FileReport, issue: &Issue<'_>) -> String {
    let name = match issue.severity {
        Severity::High => "error",
        Severity::Medium | Severity::Low => "warning",
        Severity::Info => "notice",
    };
    let (start, end) = (issue.position, issue.end);
    let mut place = format!("line={},endLine={}", start.line, end.line);
    // Columns are for findings in one line only.
    if start.line == end.line {
        place.push_str(&format!(",col={},endColumn={}", start.column, end.column));
    }
    let file = property(&escape::readable(&report.patch_path));
    let title = property(&format!("{} ({})", issue.rule, issue.kind()));
    let lines = std::iter::once(issue.message.to_string()).chain(issue.details());
    let message: Vec<String> = lines.map(|line| data(&line)).collect();
    let message = message.join("%0A");
    format!("::{name} file={file},{place},title={title}::{message}\n")
}

fn problem(report: &FileReport, problem: &Problem) -> String {
    let file = property(&escape::readable(&report.patch_path));
    let place = match problem.position {
        Some(at) => format!(",line={},col={}", at.line, at.column),
        None => String::new(),
    };
    format!(
        "::error file={file}{place},title=harden::{}\n",
        data(&problem.message)
    )
}

fn data(text: &str) -> String {
    escape::line(text).replace('%', "%25")
}

/// Colons and commas end properties.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
