//! The words of a request: what changes, and what a person has to look at before merging.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::output::markdown::{code, plain};
use crate::output::text::count;
use crate::report::Problem;
use crate::report::record::{FileRecord, RepositoryRecord};

/// Longer lists are cut: forges take so much.
const MOST: usize = 40;

/// A file at its target is not the one that the change was planned for.
pub fn moved(path: &str) -> Problem {
    let message = format!("`{path}` has changed since the plan was made");
    Problem::new(message).help("`harden batch plan` makes a new one")
}

pub fn title(record: &RepositoryRecord, profiles: &[String]) -> String {
    let changed = record
        .files
        .iter()
        .filter(|file| file.change.is_some())
        .count();
    let files = count(changed, "Dockerfile", "Dockerfiles");
    match profiles {
        [] => format!("Harden {files}"),
        names => format!("Harden {files} with {}", names.join(", ")),
    }
}

/// The message of the commit; its trailers say whose it is, readable from git alone.
pub fn commit(record: &RepositoryRecord, batch: &str, profiles: &[String]) -> String {
    let mut text = title(record, profiles) + "\n\n";
    for file in changed(record).take(MOST) {
        let fixes = count(file.fixes.len(), "fix", "fixes");
        let _ = writeln!(
            text,
            "* {}: {fixes}",
            crate::output::escape::line(&file.path)
        );
    }
    let _ = writeln!(text, "\nHarden-Batch: {batch}");
    if !profiles.is_empty() {
        let _ = writeln!(text, "Harden-Profile: {}", profiles.join(" "));
    }
    text
}

/// The text of the request, in Markdown.
pub fn description(record: &RepositoryRecord, batch: &str) -> String {
    let mut text = String::new();
    for file in changed(record).take(MOST) {
        let _ = writeln!(
            text,
            "* {}: {}",
            code(&file.path),
            count(file.fixes.len(), "fix", "fixes")
        );
        let moved = file.bases.iter().filter(|base| base.before != base.after);
        for base in moved {
            let _ = writeln!(text, "  * {} → {}", code(&base.before), code(&base.after));
        }
    }
    let fixes = record.files.iter().flat_map(|file| &file.fixes);
    let checks: BTreeSet<(String, String)> = fixes
        .flat_map(|fix| &fix.checks)
        .map(|check| (check.what.clone(), check.why.clone()))
        .collect();
    if !checks.is_empty() {
        text.push_str("\n### Before you merge\n\n");
        for (what, why) in checks.iter().take(MOST) {
            let _ = writeln!(text, "- [ ] **{}**: {}", plain(what), plain(why));
        }
    }
    let _ = write!(
        text,
        "\nMade by harden {} for batch {}. <!-- harden:batch {batch} -->",
        env!("CARGO_PKG_VERSION"),
        code(batch)
    );
    text
}

fn changed(record: &RepositoryRecord) -> impl Iterator<Item = &FileRecord> {
    record.files.iter().filter(|file| file.change.is_some())
}
