use crate::fix::Reason;
use crate::model::Model;
use crate::model::packages::invocation;
use crate::rule::{Finding, Rule, Severity, Verdict, runs};
use crate::syntax::shell::{Site, edit};
use crate::text::Edit;

pub const RULE: Rule = Rule {
    id: "large-uid-log",
    summary: "useradd with a large UID writes a log file that grows with the UID",
    severity: Severity::Low,
    since: "0.1.0",
    page: include_str!("large_uid_log.md"),
    aliases: &["hadolint:DL3046"],
    check,
};

/// `/var/log/lastlog` has 292 bytes for every number up to the UID: from here on nearly 30 MB.
const LARGE: u64 = 100_000;

/// Options of useradd that take the next word, from its manual page.
const LETTERS_WITH_VALUE: &str = "bcdefgGkKpRPsuZ";

fn check(model: &Model<'_>) -> Vec<Finding> {
    runs::runs_with(model, &["useradd"])
        .flat_map(|run| {
            let sites = run.script.commands().into_iter();
            sites
                .filter_map(|site| finding(model, &site))
                .collect::<Vec<_>>()
        })
        .collect()
}

fn finding(model: &Model<'_>, site: &Site<'_>) -> Option<Finding> {
    let found = invocation(site.command);
    let index = found
        .index
        .filter(|_| found.name.as_deref() == Some("useradd"))?;
    let options = Options::read(runs::values(site.command, index + 1));
    let user = options
        .user
        .filter(|user| *user >= LARGE && !options.has_no_log)?;
    let verdict = match edit::after_word(model.file.source, site, index) {
        Ok(place) => Verdict::safe(
            "do not write the log of logins",
            vec![Edit::insert(place, " -l")],
        ),
        Err(refusal) => Verdict::held(Reason::at(site.command.span, refusal.to_string())),
    };
    let message = format!("useradd with UID {user} writes a log file that grows with the UID");
    Some(Finding::of(&RULE, site.command.span, message, verdict))
}

#[derive(Default)]
struct Options {
    user: Option<u64>,
    has_no_log: bool,
}

impl Options {
    fn read(words: Vec<Option<String>>) -> Self {
        let mut options = Self::default();
        let mut words = words.into_iter();
        while let Some(word) = words.next() {
            let Some(word) = word else { continue };
            if let Some(name) = word.strip_prefix("--") {
                match name.split_once('=') {
                    Some(("uid", value)) => options.user = value.parse().ok(),
                    None if name == "uid" => options.user = number(words.next()),
                    _ => options.has_no_log |= name == "no-log-init",
                }
            } else if let Some(letters) = word.strip_prefix('-') {
                options.joined(letters, &mut words);
            }
        }
        options
    }

    fn joined(&mut self, letters: &str, words: &mut impl Iterator<Item = Option<String>>) {
        for (at, letter) in letters.char_indices() {
            self.has_no_log |= letter == 'l';
            if LETTERS_WITH_VALUE.contains(letter) {
                let rest = letters
                    .get(at + letter.len_utf8()..)
                    .filter(|rest| !rest.is_empty());
                let value = match rest {
                    Some(rest) => Some(rest.to_string()),
                    None => words.next().flatten(),
                };
                if letter == 'u' {
                    self.user = number(Some(value));
                }
                return;
            }
        }
    }
}

fn number(word: Option<Option<String>>) -> Option<u64> {
    word??.parse().ok()
}
