//! The baseline: what was found when it was written, so that only what is new is told. By rule and text, without lines.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use harden::suppress::{Known, code};
use harden::text::Span;
use serde::{Deserialize, Serialize};

use crate::report::{FileReport, Problem};

#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    version: u32,
    /// By the path as it stands in a patch.
    files: BTreeMap<String, Vec<Entry>>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    rule: String,
    code: String,
    count: usize,
}

const VERSION: u32 = 1;

impl Baseline {
    pub fn new() -> Self {
        Self {
            version: VERSION,
            files: BTreeMap::new(),
        }
    }

    /// # Errors
    /// A [`Problem`] where the file cannot be read or is no baseline.
    pub fn read(path: &Path) -> Result<Self, Problem> {
        let name = path.display();
        let text = fs::read_to_string(path)
            .map_err(|error| Problem::io(&format!("cannot read the baseline `{name}`"), &error))?;
        let baseline: Self = serde_json::from_str(&text).map_err(|error| {
            Problem::new(format!("`{name}` is no baseline: {error}"))
                .help("`--write-baseline` writes one")
        })?;
        match baseline.version {
            VERSION => Ok(baseline),
            other => Err(Problem::new(format!(
                "`{name}` has version {other}; this harden reads version {VERSION}"
            ))),
        }
    }

    /// What was there in a file.
    pub fn of(&self, path: &Path) -> Vec<Known> {
        let entries = self.files.get(&*path.to_string_lossy());
        let known = |entry: &Entry| Known {
            rule: entry.rule.clone(),
            code: entry.code.clone(),
            count: entry.count,
        };
        entries.into_iter().flatten().map(known).collect()
    }

    /// Adds what was found in a file and is not allowed by a comment.
    pub fn add(&mut self, report: &FileReport) {
        let mut counts: BTreeMap<(&str, String), usize> = BTreeMap::new();
        let mut add = |rule, span: Span| {
            *counts
                .entry((rule, code(&report.source, span)))
                .or_default() += 1;
        };
        let outcome = &report.outcome;
        outcome
            .applied
            .iter()
            .for_each(|one| add(&one.rule, one.span));
        outcome.open.iter().for_each(|one| add(&one.rule, one.span));
        let entries: Vec<Entry> = counts
            .into_iter()
            .map(|((rule, code), count)| Entry {
                rule: rule.to_string(),
                code,
                count,
            })
            .collect();
        if !entries.is_empty() {
            let path = report.patch_path.to_string_lossy().into_owned();
            self.files.insert(path, entries);
        }
    }

    pub fn text(&self) -> String {
        let text = serde_json::to_string_pretty(self).unwrap_or_default();
        format!("{text}\n")
    }
}
