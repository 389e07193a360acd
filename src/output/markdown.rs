//! The text of a merge request: what changes, what to look at before merging, what was left alone, and the reason of each
//! change.

use std::fmt::Write as _;

use harden::engine::{Applied, Open, OpenKind};
use harden::fix::Safety;

use super::parts::Report;
use super::{diff, escape, text};
use crate::report::{FileReport, Summary};

#[derive(Default)]
pub struct Markdown {
    is_begun: bool,
    /// Where the text stands beside the change, the patch is not told again.
    is_beside_change: bool,
}

impl Markdown {
    /// For a text that stands beside the change.
    pub fn beside_change() -> Self {
        Self {
            is_begun: false,
            is_beside_change: true,
        }
    }
}

impl Report for Markdown {
    fn file(&mut self, report: &FileReport) -> String {
        let outcome = &report.outcome;
        let open = || {
            let open = outcome.open.iter();
            open.filter(|open| !matches!(open.kind, OpenKind::LeftOut { .. }))
        };
        if outcome.applied.is_empty() && open().next().is_none() && report.problems.is_empty() {
            return String::new();
        }
        let mut text = String::new();
        if self.is_begun {
            text.push('\n');
        }
        self.is_begun = true;
        let _ = writeln!(text, "## {}", code(&escape::readable(&report.path)));
        for problem in &report.problems {
            let place = problem.position.map(|at| format!("line {}: ", at.line));
            let message = plain(&problem.message);
            let _ = writeln!(
                text,
                "\n**Not read:** {}{message}",
                place.unwrap_or_default()
            );
        }
        let review = outcome
            .applied
            .iter()
            .filter(|one| one.safety == Safety::Review);
        section(&mut text, "Before you merge", review.flat_map(checks));
        section(&mut text, "Not changed", open().map(left));
        details(&mut text, report, !self.is_beside_change);
        text
    }

    fn end(&mut self, summary: &Summary) -> String {
        let start = if self.is_begun { "\n" } else { "" };
        let looked = text::count(summary.files, "Dockerfile", "Dockerfiles");
        let fixes = text::count(summary.fixes(), "fix", "fixes");
        let files = text::count(summary.changed, "file", "files");
        let version = env!("CARGO_PKG_VERSION");
        format!("{start}---\n{looked} looked at, {fixes} in {files}. Made by harden {version}.\n")
    }
}

fn section(text: &mut String, title: &str, items: impl Iterator<Item = String>) {
    let items: String = items.collect();
    if !items.is_empty() {
        let _ = write!(text, "\n### {title}\n\n{items}");
    }
}

/// What a person should look at: one line for each reason.
fn checks(applied: &Applied) -> Vec<String> {
    let steps = applied.steps.iter().filter_map(|step| {
        let why = step.why.as_deref()?;
        Some(format!("- [ ] **{}**: {}\n", plain(&step.what), plain(why)))
    });
    let steps: Vec<String> = steps.collect();
    match (&applied.why, steps.is_empty()) {
        (Some(why), true) => vec![format!(
            "- [ ] **{}**: {}\n",
            plain(&applied.title),
            plain(why)
        )],
        _ => steps,
    }
}

fn left(open: &Open) -> String {
    let mut text = format!(
        "- Line {}: {} ({}, {})\n",
        open.position.line,
        plain(&open.message),
        code(&open.rule),
        text::kind_name(&open.kind)
    );
    for reason in text::reasons(&open.kind) {
        let _ = writeln!(text, "  - {}", plain(&reason));
    }
    text
}

fn details(text: &mut String, report: &FileReport, has_patch: bool) {
    let applied = &report.outcome.applied;
    if applied.is_empty() {
        return;
    }
    let count = text::count(applied.len(), "fix", "fixes");
    let _ = write!(text, "\n<details><summary>{count}, and why</summary>\n\n");
    for one in applied {
        let (rule, safety) = (code(&one.rule), one.safety.as_str());
        let _ = writeln!(text, "- {} ({rule}, {safety})", plain(&one.title));
        for step in one.steps.iter().filter(|step| step.what != one.title) {
            let line = step.position.map(|at| format!("line {}: ", at.line));
            let _ = writeln!(
                text,
                "  - {}{}",
                line.unwrap_or_default(),
                plain(&step.what)
            );
        }
    }
    if !has_patch {
        text.push_str("\n</details>\n");
        return;
    }
    let (path, old, new) = (&report.patch_path, &report.source, &report.outcome.text);
    let patch = escape::block(&diff::patch(path, old, new)).into_owned();
    let fence = fence(&patch);
    let _ = write!(text, "\n{fence}diff\n{patch}{fence}\n\n</details>\n");
}

/// Text in which nothing is markup, a mention or a reference.
pub fn plain(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    // With a backtick alone, none of them may begin code.
    let has_pairs = text.matches('`').count().is_multiple_of(2);
    let mut code = false;
    for character in escape::line(text).chars() {
        match character {
            // Names stand in backticks in harden's own texts; what is between them is shown as it is.
            '`' if has_pairs => {
                code = !code;
                result.push('`');
            }
            '@' if !code => result.push_str("&#64;"),
            '`' | '\\' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '!' | '&' | '~' | '|'
                if !code =>
            {
                result.push('\\');
                result.push(character);
            }
            _ => result.push(character),
        }
    }
    result
}

/// Text as code, whatever backticks are in it.
pub fn code(text: &str) -> String {
    let text = escape::line(text);
    let longest = longest_backticks(&text);
    let ticks = "`".repeat(longest + 1);
    let blank = if longest > 0 { " " } else { "" };
    format!("{ticks}{blank}{text}{blank}{ticks}")
}

/// A fence that does not stand in the text.
pub fn fence(text: &str) -> String {
    "`".repeat(longest_backticks(text).max(2) + 1)
}

fn longest_backticks(text: &str) -> usize {
    let runs = text.split(|character| character != '`').map(str::len);
    runs.max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_files_is_no_markup() {
        assert_eq!(plain("a*b <b> @x #1"), "a\\*b \\<b\\> &#64;x \\#1");
        assert_eq!(plain("`*a*` *b*"), "`*a*` \\*b\\*");
        assert_eq!(plain("one ` [x](y)"), "one \\` \\[x\\](y)");
        assert_eq!(code("a`b"), "`` a`b ``");
        assert_eq!(fence("a\n```\n"), "````");
    }
}
