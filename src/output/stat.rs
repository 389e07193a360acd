//! How much changes where, in the manner of `git diff --stat`, and which rules ask for it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use harden::engine::OpenKind;
use harden::fix::Safety;

use super::style::Styles;
use super::{escape, hunks};
use crate::report::FileReport;

/// Numbers of one rule over all files.
#[derive(Clone, Copy, Default)]
struct Numbers {
    safe: usize,
    review: usize,
    held: usize,
    manual: usize,
    left_out: usize,
}

/// The table that `--stat` prints.
#[derive(Default)]
pub struct Stat {
    /// Path, lines added, lines removed.
    files: Vec<(String, usize, usize)>,
    rules: BTreeMap<String, Numbers>,
}

impl Stat {
    pub fn add(&mut self, report: &FileReport) {
        if report.is_changed() {
            let hunks = hunks::hunks(&report.source, &report.outcome.text);
            let added = hunks.iter().map(|hunk| hunk.new.len()).sum();
            let removed = hunks.iter().map(|hunk| hunk.old.len()).sum();
            self.files
                .push((escape::path(&report.path), added, removed));
        }
        for applied in &report.outcome.applied {
            let numbers = self.rules.entry(applied.rule.clone()).or_default();
            match applied.safety {
                Safety::Safe => numbers.safe += 1,
                Safety::Review | Safety::Manual => numbers.review += 1,
            }
        }
        for open in &report.outcome.open {
            let numbers = self.rules.entry(open.rule.clone()).or_default();
            match open.kind {
                OpenKind::Held(_) => numbers.held += 1,
                OpenKind::Manual { .. } => numbers.manual += 1,
                OpenKind::LeftOut { .. } => numbers.left_out += 1,
            }
        }
    }

    /// The files with their lines, then the rules with what comes of their findings.
    pub fn table(&self, styles: &Styles) -> String {
        let mut text = String::new();
        let width = |name: &str| name.chars().count();
        let names = self.files.iter().map(|(path, ..)| width(path));
        let longest = names.max().unwrap_or(0);
        for (path, added, removed) in &self.files {
            let blanks = " ".repeat(longest - width(path));
            let (plus, minus) = (styles.added, styles.removed);
            let _ = writeln!(
                text,
                " {path}{blanks} | {plus}+{added}{plus:#} {minus}-{removed}{minus:#}"
            );
        }
        let longest = self.rules.keys().map(|rule| width(rule)).max().unwrap_or(0);
        for (rule, numbers) in &self.rules {
            let blanks = " ".repeat(longest - width(rule));
            let _ = writeln!(text, " {}{blanks} | {}", escape::line(rule), told(*numbers));
        }
        text
    }
}

fn told(numbers: Numbers) -> String {
    let parts = [
        (numbers.safe, "safe"),
        (numbers.review, "review"),
        (numbers.held, "held"),
        (numbers.manual, "by hand"),
        (numbers.left_out, "left out"),
    ];
    let parts = parts.iter().filter(|(number, _)| *number > 0);
    let parts: Vec<String> = parts
        .map(|(number, name)| format!("{number} {name}"))
        .collect();
    parts.join(", ")
}
