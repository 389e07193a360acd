//! JUnit's XML: a suite for each file, a failing test case for each finding. What is only information passes.

use std::fmt::Write as _;

use harden::rule::Severity;

use super::escape;
use super::issue::{self, Issue};
use super::parts::Report;
use crate::report::{FileReport, Summary};

pub struct Junit;

impl Report for Junit {
    fn start(&mut self) -> String {
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"harden\">\n".to_string()
    }

    fn file(&mut self, report: &FileReport) -> String {
        let issues = issue::issues(report);
        let is_failure = |issue: &&Issue<'_>| issue.severity > Severity::Info;
        let failures = issues.iter().filter(is_failure).count();
        let errors = report.problems.len();
        // A file without findings is a test that passes.
        let tests = (issues.len() + errors).max(1);
        let path = escape::path(&report.path);
        let mut text = String::new();
        let _ = writeln!(
            text,
            "  <testsuite name=\"{}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\">",
            xml(&path)
        );
        for issue in &issues {
            let name = format!("{} (line {})", issue.rule, issue.position.line);
            let lines = std::iter::once(place(&path, issue)).chain(issue.details());
            let body = lines.collect::<Vec<_>>().join("\n");
            let result = format!(
                "<failure type=\"{}\" message=\"{}\">{}</failure>",
                issue.severity.as_str(),
                xml(&escape::line(issue.message)),
                xml(&escape::block(&body))
            );
            let result = is_failure(&issue).then_some(&*result);
            case(&mut text, &path, &name, result.unwrap_or_default());
        }
        for (number, problem) in report.problems.iter().enumerate() {
            let place = problem.position.map(|at| format!(" at line {}", at.line));
            let message = format!("{}{}", problem.message, place.unwrap_or_default());
            let result = format!("<error message=\"{}\"/>", xml(&escape::line(&message)));
            case(&mut text, &path, &format!("error {}", number + 1), &result);
        }
        if issues.is_empty() && errors == 0 {
            case(&mut text, &path, "nothing to do", "");
        }
        text.push_str("  </testsuite>\n");
        text
    }

    fn end(&mut self, _: &Summary) -> String {
        "</testsuites>\n".to_string()
    }
}

fn place(path: &str, issue: &Issue<'_>) -> String {
    format!("{path}:{}:{}", issue.position.line, issue.position.column)
}

pub(super) fn case(text: &mut String, path: &str, name: &str, result: &str) {
    let (path, name) = (xml(path), xml(&escape::line(name)));
    let _ = match result {
        "" => writeln!(text, "    <testcase classname=\"{path}\" name=\"{name}\"/>"),
        result => writeln!(
            text,
            "    <testcase classname=\"{path}\" name=\"{name}\">{result}</testcase>"
        ),
    };
}

/// Text for XML; what XML cannot hold has been escaped before, but for two code points that are no characters.
pub(super) fn xml(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => result.push_str("&amp;"),
            '<' => result.push_str("&lt;"),
            '>' => result.push_str("&gt;"),
            '"' => result.push_str("&quot;"),
            '\u{fffe}' | '\u{ffff}' => result.extend(character.escape_default()),
            _ => result.push(character),
        }
    }
    result
}
