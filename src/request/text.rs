//! What a request says: its title and its text, from what the plain command says of the same change.

use std::fmt::Write as _;

use harden::model::Fact;
use harden::model::Model;
use harden::model::images::{Place, image_uses};
use harden::profile::library;
use harden::rule::secrets::{can_be_secret, is_named_like_secret};
use harden::syntax;

use crate::forge::LineComment;
use crate::output::markdown::{Markdown, code, fence, plain};
use crate::output::parts::Report as _;
use crate::output::{escape, hunks, text};
use crate::report::{FileReport, Summary};

/// Shorter values are taken out only where their name stands before them.
const LONG_SECRET: usize = 6;
const HIDDEN: &str = "…";
const MOST_TITLE: usize = 120;

/// What a text is made of beside the files.
pub struct Parts<'p> {
    /// As people know it.
    pub profile: &'p str,
    /// Of the whole run.
    pub summary: &'p Summary,
    /// What was not looked at, in a sentence each.
    pub left: &'p [String],
}

/// One line: which file, or how many, and by which profile.
pub fn title(reports: &[&FileReport], profile: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._- ".contains(c);
    let what = match reports {
        [one] => {
            let path = escape::readable(&one.patch_path).into_owned();
            let is_fit = path.chars().all(is_plain) && path.len() <= MOST_TITLE;
            if is_fit { path } else { "a file".to_string() }
        }
        many => format!("{} files", many.len()),
    };
    let profile: String = profile
        .chars()
        .filter(|c| is_plain(*c) || *c == ',')
        .take(MOST_TITLE)
        .collect();
    format!("Harden {what} ({profile})")
}

/// The text, without the hidden line.
pub fn body(reports: &[&FileReport], parts: &Parts<'_>) -> String {
    let changed = reports.iter().filter(|one| one.is_changed()).count();
    let mut body = format!(
        "Hardens {} by the profile {}.\n",
        text::count(changed, "file", "files"),
        code(parts.profile)
    );
    let rows: String = reports.iter().map(|report| rows(report)).collect();
    if !rows.is_empty() {
        body.push_str("\n| file | stage | before | after |\n|---|---|---|---|\n");
        body.push_str(&rows);
    }
    body.push('\n');
    let mut markdown = Markdown::beside_change();
    for report in reports {
        body.push_str(&markdown.file(report));
    }
    if !parts.left.is_empty() {
        body.push_str("\n### Not looked at\n\n");
        for line in parts.left {
            let _ = writeln!(body, "- {}", plain(line));
        }
    }
    body.push_str(&markdown.end(parts.summary));
    body.push_str(
        "Push to this branch, and harden leaves it alone; close the request, and harden does not offer this change again.\n",
    );
    redacted(&body, reports)
}

/// The base images that change, a row each.
fn rows(report: &FileReport) -> String {
    let (old, new) = (bases(&report.source), bases(&report.outcome.text));
    let mut rows = String::new();
    for (stage, before) in &old {
        let after = new.iter().find(|(other, _)| other == stage);
        let after = after.map(|(_, after)| after.as_str()).unwrap_or_default();
        if after != before && !after.is_empty() {
            let cell = |text: &str| code(text).replace('|', "\\|");
            let path = cell(&escape::readable(&report.patch_path));
            let _ = writeln!(
                rows,
                "| {path} | {stage} | {} | {} |",
                cell(before),
                cell(after)
            );
        }
    }
    rows
}

/// The images of the stages, by the number of the stage.
fn bases(source: &str) -> Vec<(usize, String)> {
    let file = syntax::parse(source);
    let Ok(model) = Model::new(&file, library::facts(), None) else {
        return Vec::new();
    };
    let uses = image_uses(&model).into_iter();
    let bases = uses.filter_map(|one| match (one.place, one.image) {
        (Place::From(stage), Fact::Known(image, _)) => Some((stage, image.as_str().to_string())),
        (Place::From(stage), Fact::Unknown(_)) => Some((stage, one.text)),
        _ => None,
    });
    bases.collect()
}

/// A text without the values of ARG and ENV that are named like secrets, and without passwords in addresses.
pub fn redacted(words: &str, reports: &[&FileReport]) -> String {
    let mut result = words.to_string();
    for report in reports {
        let file = syntax::parse(&report.source);
        for pair in file.instructions.iter().flat_map(|one| one.pairs()) {
            let (name, value) = (&pair.name.text, pair.value.text.trim_matches(['"', '\'']));
            if !is_named_like_secret(name) || !can_be_secret(value) {
                continue;
            }
            for between in ["=", " ", "=\"", "='"] {
                let named = format!("{name}{between}{value}");
                result = result.replace(&named, &format!("{name}{between}{HIDDEN}"));
            }
            if value.chars().count() >= LONG_SECRET {
                for shown in [value.to_string(), plain(value)] {
                    result = result.replace(&shown, HIDDEN);
                }
            }
        }
    }
    without_logins(&result)
}

/// `scheme://user:password@host` without what stands before the `@`.
fn without_logins(words: &str) -> String {
    let mut parts = words.split("://");
    let mut result = parts.next().unwrap_or_default().to_string();
    for part in parts {
        result.push_str("://");
        let end = part
            .find(|c: char| c.is_whitespace() || "/\"'`)<>".contains(c))
            .unwrap_or(part.len());
        let (host, rest) = part.split_at(end);
        let at = host
            .rfind("&#64;")
            .map(|at| at + "&#64;".len())
            .or_else(|| host.rfind('@').map(|at| at + 1));
        match at {
            Some(at) => {
                result.push_str(HIDDEN);
                result.push('@');
                result.push_str(host.get(at..).unwrap_or_default());
            }
            None => result.push_str(host),
        }
        result.push_str(rest);
    }
    result
}

/// The text with the hidden line, cut at a line where it is longer than the forge takes.
pub(super) fn fitting(body: &str, marker: &str, most: usize) -> String {
    let whole = format!("{body}\n{marker}\n");
    if whole.chars().count() <= most {
        return whole;
    }
    let end = "\n**The rest of this text is left out: the forge takes no longer one.** `harden --format markdown` prints all of it.\n";
    let room = most.saturating_sub(end.chars().count() + marker.chars().count() + 32);
    let mut cut = String::new();
    let mut length = 0;
    for line in body.split_inclusive('\n') {
        length += line.chars().count();
        if length > room {
            break;
        }
        cut.push_str(line);
    }
    if cut.matches("<details>").count() > cut.matches("</details>").count() {
        cut.push_str("\n</details>\n");
    }
    format!("{cut}{end}\n{marker}\n")
}

/// The text with the boxes ticked that are ticked in the old one.
pub(super) fn with_ticks(body: &str, old: &str) -> String {
    let ticked = |line: &str| {
        ["- [x] ", "- [X] "]
            .iter()
            .find_map(|box_| line.strip_prefix(box_).map(String::from))
    };
    let done: Vec<String> = old
        .lines()
        .filter_map(|line| ticked(line.trim_end()))
        .collect();
    let lines = body
        .split_inclusive('\n')
        .map(|line| match line.strip_prefix("- [ ] ") {
            Some(words) if done.iter().any(|one| one == words.trim_end()) => {
                format!("- [x] {words}")
            }
            _ => line.to_string(),
        });
    lines.collect()
}

/// The address that a server tells of a new request after a push.
pub(super) fn address_in(said: &str) -> Option<String> {
    let lines = said.lines().filter_map(|line| line.strip_prefix("remote:"));
    let words = lines.flat_map(str::split_whitespace);
    let mut found =
        words.filter(|word| word.starts_with("https://") || word.starts_with("http://"));
    found.next().map(String::from)
}

/// A comment for each changed part of the files: why it is so, and, where the forge takes suggestions, the lines before.
pub fn comments(reports: &[&FileReport], has_suggestions: bool) -> Vec<LineComment> {
    let mut comments = Vec::new();
    for report in reports.iter().filter(|one| one.is_changed()) {
        for hunk in hunks::hunks(&report.source, &report.outcome.text) {
            let lines = hunk.new_range.clone();
            let touches = |(first, last): (usize, usize)| first <= lines.end && last > lines.start;
            let mut words = String::new();
            for applied in &report.outcome.applied {
                if !applied
                    .steps
                    .iter()
                    .filter_map(|step| step.new_lines)
                    .any(touches)
                {
                    continue;
                }
                let _ = writeln!(
                    words,
                    "**{}** ({})\n",
                    plain(&applied.title),
                    code(&applied.rule)
                );
                let whys = applied
                    .why
                    .iter()
                    .chain(applied.steps.iter().filter_map(|step| step.why.as_ref()));
                for why in whys {
                    let _ = writeln!(words, "{}\n", plain(why));
                }
            }
            if words.is_empty() || lines.is_empty() {
                continue;
            }
            if has_suggestions {
                let old = hunk.old.join("\n");
                let fence = fence(&old);
                let more = lines.len() - 1;
                let end = if hunk.old.is_empty() { "" } else { "\n" };
                let _ = write!(
                    words,
                    "This takes it back, and may leave a change of several places half done:\n\n{fence}suggestion:-0+{more}\n{old}{end}{fence}\n"
                );
            }
            comments.push(LineComment {
                path: escape::readable(&report.patch_path).into_owned(),
                line: lines.start + 1,
                old_line: None,
                body: redacted(&words, &[report]),
            });
        }
    }
    comments
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_at_a_line_and_keeps_its_hidden_line() {
        let body = format!("a\n<details>\n{}</details>\n", "ü line\n".repeat(100));
        let cut = fitting(&body, "<!-- m -->", 400);
        assert!(cut.chars().count() <= 400, "{}", cut.chars().count());
        assert!(
            cut.contains("ü line\n\n</details>\n")
                && cut.contains("is left out")
                && cut.ends_with("<!-- m -->\n")
        );
        assert_eq!(fitting("a", "m", 400), "a\nm\n");
    }

    #[test]
    fn ticks_stay_where_the_words_stay() {
        let old = "- [x] one\n- [ ] two\n- [X] gone\n";
        assert_eq!(
            with_ticks("- [ ] one\n- [ ] two\n- [ ] new\n", old),
            "- [x] one\n- [ ] two\n- [ ] new\n"
        );
    }

    #[test]
    fn secrets_are_not_told() {
        let report = FileReport {
            source: "FROM a\nARG PIN_TOKEN=abc\nENV DB_PASSWORD=\"hunter2!\" A=b\nENV API_KEY hunter3*\n".to_string(),
            ..FileReport::default()
        };
        let words = "hunter2! hunter3\\* PIN_TOKEN=abc abc https://me:x@a.example/b https://me:x&#64;a.example A=b";
        let shown = redacted(words, &[&report]);
        assert_eq!(
            shown,
            "… … PIN_TOKEN=… abc https://…@a.example/b https://…@a.example A=b"
        );
    }

    #[test]
    fn the_address_that_a_server_tells() {
        let said = "remote: \nremote: View merge request:\nremote:   https://a.example/x/-/merge_requests/1\n";
        assert_eq!(
            address_in(said).as_deref(),
            Some("https://a.example/x/-/merge_requests/1")
        );
        assert_eq!(address_in("To https://a.example/x.git\n"), None);
    }
}
