//! The change as suggestions that a person accepts with a click, in the JSON that the forges' own interfaces take.
//!
//! All suggestions together are the change that `--write` makes.

use harden::engine::{Applied, AppliedStep};
use serde_json::{Value, json};

use super::hunks::{self, Hunk};
use super::markdown::{code, fence, plain};
use super::parts::{List, Report};
use super::{escape, text};
use crate::report::{FileReport, Summary};

/// A review for <https://docs.github.com/en/rest/pulls/reviews#create-a-review-for-a-pull-request>.
#[derive(Default)]
pub struct Review {
    list: List,
}

impl Report for Review {
    fn start(&mut self) -> String {
        "{\"event\":\"COMMENT\",\"comments\":[".to_string()
    }

    fn file(&mut self, report: &FileReport) -> String {
        let comment = |suggestion: &Suggestion<'_>| {
            let (first, last) = suggestion.lines();
            let mut comment = json!({
                "path": escape::readable(&report.patch_path),
                "side": "RIGHT",
                "line": last,
                "body": suggestion.body(report, "suggestion"),
            });
            if first < last {
                comment["start_line"] = json!(first);
                comment["start_side"] = json!("RIGHT");
            }
            comment
        };
        let suggestions = suggestions(report);
        let comments: Vec<Value> = suggestions.iter().map(comment).collect();
        comments.iter().map(|one| self.list.item(one)).collect()
    }

    fn end(&mut self, summary: &Summary) -> String {
        let body = format!(
            "harden proposes {}.",
            text::count(summary.fixes(), "fix", "fixes")
        );
        format!("\n],\"body\":{}}}\n", json!(body))
    }
}

/// A list for <https://docs.gitlab.com/api/discussions/#create-a-new-thread-in-the-merge-request-diff>, one request for each.
/// Whoever posts them adds the three commits of the merge request's `diff_refs` to each position.
#[derive(Default)]
pub struct Discussions {
    list: List,
}

impl Report for Discussions {
    fn start(&mut self) -> String {
        "[".to_string()
    }

    fn file(&mut self, report: &FileReport) -> String {
        let path = escape::readable(&report.patch_path);
        let discussion = |suggestion: &Suggestion<'_>| {
            let (first, last) = suggestion.lines();
            let marker = format!("suggestion:-0+{}", last - first);
            json!({
                "body": suggestion.body(report, &marker),
                "position": {
                    "position_type": "text",
                    "old_path": path,
                    "new_path": path,
                    "new_line": first,
                },
            })
        };
        let suggestions = suggestions(report);
        let discussions: Vec<Value> = suggestions.iter().map(discussion).collect();
        discussions.iter().map(|one| self.list.item(one)).collect()
    }

    fn end(&mut self, _: &Summary) -> String {
        "\n]\n".to_string()
    }
}

/// Lines of the file, at least one, and what takes their place.
struct Suggestion<'r> {
    hunk: Hunk<'r>,
}

/// The suggestions of a file, in their order, none touching the lines of another.
fn suggestions(report: &FileReport) -> Vec<Suggestion<'_>> {
    if !report.is_changed() {
        return Vec::new();
    }
    let lines = hunks::lines(&report.source);
    let mut suggestions: Vec<Suggestion<'_>> = Vec::new();
    for hunk in hunks::hunks(&report.source, &report.outcome.text) {
        let hunk = anchored(hunk, &lines);
        match suggestions.last_mut() {
            // Both were anchored to the same line.
            Some(last) if last.hunk.old_range.end > hunk.old_range.start => {
                last.hunk.old_range.end = hunk.old_range.end;
                last.hunk.new_range.end = hunk.new_range.end;
                last.hunk.new.extend(hunk.new.into_iter().skip(1));
            }
            _ => suggestions.push(Suggestion { hunk }),
        }
    }
    suggestions
}

/// A suggestion replaces lines: what is only added is put to the line above, or at the top of a file to the line below.
fn anchored<'r>(mut hunk: Hunk<'r>, lines: &[&'r str]) -> Hunk<'r> {
    if !hunk.old_range.is_empty() {
        return hunk;
    }
    let at = hunk.old_range.start;
    match at.checked_sub(1) {
        Some(above) => {
            hunk.old_range = above..at;
            hunk.new_range.start = hunk.new_range.start.saturating_sub(1);
            hunk.new.splice(0..0, lines.get(above).copied());
        }
        None => {
            hunk.old_range = 0..1;
            hunk.new_range.end += 1;
            hunk.new.extend(lines.first());
        }
    }
    hunk
}

impl Suggestion<'_> {
    /// The first and the last line that it replaces, from 1.
    fn lines(&self) -> (usize, usize) {
        (self.hunk.old_range.start + 1, self.hunk.old_range.end)
    }

    fn body(&self, report: &FileReport, marker: &str) -> String {
        let mut body = String::new();
        for applied in &report.outcome.applied {
            let steps: Vec<&AppliedStep> =
                applied.steps.iter().filter(|one| self.has(one)).collect();
            if !steps.is_empty() {
                reason(&mut body, applied, &steps);
            }
        }
        let text = self.hunk.new.join("\n");
        let end = if self.hunk.new.is_empty() { "" } else { "\n" };
        let fence = fence(&text);
        body.push_str(&format!("{fence}{marker}\n{text}{end}{fence}\n"));
        body
    }

    /// Whether a step is among what changes these lines.
    fn has(&self, step: &AppliedStep) -> bool {
        let (old, new) = (&self.hunk.old_range, &self.hunk.new_range);
        let is_old = step.position.is_some_and(|at| old.contains(&(at.line - 1)));
        let is_new = step
            .new_lines
            .is_some_and(|(first, last)| first <= new.end && last > new.start);
        is_old || is_new
    }
}

fn reason(body: &mut String, applied: &Applied, steps: &[&AppliedStep]) {
    let (rule, safety) = (code(&applied.rule), applied.safety.as_str());
    body.push_str(&format!(
        "**{}** ({rule}, {safety})\n\n",
        plain(&applied.title)
    ));
    if let Some(why) = &applied.why {
        body.push_str(&format!("{}\n\n", plain(why)));
    }
    for step in steps.iter().filter(|step| step.what != applied.title) {
        body.push_str(&format!("* {}", plain(&step.what)));
        match &step.why {
            Some(why) => body.push_str(&format!(": {}\n", plain(why))),
            None => body.push('\n'),
        }
    }
    if !body.ends_with("\n\n") {
        body.push('\n');
    }
    if applied.steps.len() > steps.len() {
        body.push_str("This is a part of a change that is made as a whole or not at all.\n\n");
    }
}
