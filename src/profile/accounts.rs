//! The users and groups that the RUN lines of a file create, and the UID that one without a number gets.
//!
//! Sources: the manual pages useradd(8) and groupadd(8) of shadow-utils, adduser(8) of Debian, and the applets of busybox.

use std::collections::BTreeSet;

use super::translate::family;
use crate::model::package_facts::Family;
use crate::model::{Facts, Model, Stage};
use crate::syntax::Keyword;
use crate::syntax::shell::{Place, SimpleCommand, Site};
use crate::text::{Edit, Span};

/// Where the numbers of people start on every distribution that images are made of.
const FIRST: u32 = 1000;

/// Options of the programs that create users or groups whose value is the next word.
const WITH_VALUE: &[&str] = &[
    "--base-dir",
    "--comment",
    "--conf",
    "--expiredate",
    "--firstgid",
    "--firstuid",
    "--gecos",
    "--gid",
    "--groups",
    "--home",
    "--home-dir",
    "--inactive",
    "--ingroup",
    "--key",
    "--lastgid",
    "--lastuid",
    "--password",
    "--root",
    "--shell",
    "--skel",
    "--uid",
];

/// And as letters, the last of which may stand behind others. `-k` of useradd and of busybox both take one.
const LETTERS_WITH_VALUE: &str = "bcdefghGkKpRsuZ";

/// A user or group that a RUN creates.
pub(super) struct Created {
    pub name: String,
    /// UID or GID, as the command says; `None` where the system chooses.
    pub number: Option<String>,
    pub span: Span,
    program: String,
    /// Where an option can be added: behind the name of the program.
    place: usize,
    is_system: bool,
    /// Whether it runs in every build, and is understood whole.
    is_sure: bool,
}

/// The users that the RUN lines of a lineage create.
pub(super) fn created_users(model: &Model<'_>, lineage: &[&Stage]) -> Vec<Created> {
    created(model, lineage, &["useradd", "adduser"], &["-u", "--uid"])
}

/// The groups that the RUN lines of a lineage create.
pub(super) fn created_groups(model: &Model<'_>, lineage: &[&Stage]) -> Vec<Created> {
    created(model, lineage, &["groupadd", "addgroup"], &["-g", "--gid"])
}

/// A UID for a user that the file creates without one, and the edit that gives it to that user.
///
/// A user of a person gets the number that it has today. A system user gets the first one that is free from 1001 on: the
/// number that it has today hangs on the packages that are installed before. `None` where the numbers of other users are
/// not all known, so that the number might be taken.
pub(super) fn numbered(
    model: &Model<'_>,
    lineage: &[&Stage],
    facts: &Facts,
    name: &str,
) -> Option<(String, Edit)> {
    let users = created_users(model, lineage);
    let mut taken = numbers_of(facts)?;
    for group in created_groups(model, lineage) {
        taken.extend(
            group
                .number
                .as_deref()
                .and_then(|number| number.parse::<u32>().ok()),
        );
    }
    let mut next = taken
        .iter()
        .copied()
        .filter(|number| is_of_people(*number))
        .max()
        .map_or(FIRST, |most| most + 1);
    let mut found = None;
    for user in &users {
        if !user.is_sure {
            return None;
        }
        match &user.number {
            Some(number) => {
                let number = number.parse().ok()?;
                taken.insert(number);
                if is_of_people(number) {
                    next = next.max(number + 1);
                }
            }
            None if user.name == name && found.is_some() => return None,
            None if user.name == name => {
                let free = || (next.max(FIRST + 1)..).find(|number| !taken.contains(number));
                let number = if user.is_system { free()? } else { next };
                found = Some((number, user));
                next = number + 1;
            }
            None if user.is_system => {}
            None => next += 1,
        }
    }
    let (number, user) = found.filter(|(number, _)| !taken.contains(number))?;
    let option = match (user.program.as_str(), family(facts)?) {
        ("adduser", Family::Alpine) => "-u",
        _ => "--uid",
    };
    Some((
        number.to_string(),
        Edit::insert(user.place, format!(" {option} {number}")),
    ))
}

fn is_of_people(number: u32) -> bool {
    (FIRST..60_000).contains(&number)
}

/// The UIDs and GIDs that an image has.
fn numbers_of(facts: &Facts) -> Option<BTreeSet<u32>> {
    let numbers = facts
        .users
        .as_ref()?
        .values()
        .flat_map(|ids| ids.split(':'));
    Some(numbers.filter_map(|number| number.parse().ok()).collect())
}

fn created(
    model: &Model<'_>,
    lineage: &[&Stage],
    programs: &[&str],
    options: &[&str],
) -> Vec<Created> {
    let mentions = |text: &str| programs.iter().any(|program| text.contains(program));
    let runs = model
        .instructions_of_all(lineage)
        .filter(|(_, instruction)| {
            let bodies = instruction
                .heredocs
                .iter()
                .map(|heredoc| heredoc.body.slice(model.file.source));
            instruction.keyword == Keyword::Run
                && bodies.chain([instruction.line.text()]).any(mentions)
        });
    let mut found = Vec::new();
    for (index, _) in runs {
        let Some(script) = model.body(index).script() else {
            continue;
        };
        let sites = script.commands();
        found.extend(
            sites
                .iter()
                .filter_map(|site| created_by(site, programs, options)),
        );
    }
    found
}

fn created_by(site: &Site<'_>, programs: &[&str], options: &[&str]) -> Option<Created> {
    let command = site.command;
    let program = command.name()?;
    if !programs.contains(&program.as_str()) {
        return None;
    }
    let read = Options::of(command);
    // `adduser USER GROUP` makes a user a member.
    let is_membership = program.starts_with("add") && read.operands.len() == 2;
    if is_membership {
        return None;
    }
    let values = read.values.iter();
    let number = values
        .rev()
        .find(|(name, _)| options.contains(&name.as_str()));
    let number = number.map(|(_, value)| value.clone());
    let is_system = read.has("--system", if program == "adduser" { "Sr" } else { "r" });
    let is_sure = read.is_plain && read.operands.len() == 1 && runs_always(site);
    Some(Created {
        // A name that only the build knows is that of no user in the file.
        name: read.operands.last()?.clone().unwrap_or_default(),
        is_sure: is_sure
            && number
                .as_ref()
                .is_none_or(|number| is_number(number.as_deref())),
        number: number.flatten().filter(|number| is_number(Some(number))),
        span: command.span,
        place: command.words.first()?.span.end,
        program,
        is_system,
    })
}

fn is_number(text: Option<&str>) -> bool {
    text.and_then(|text| text.parse::<u32>().ok())
        .is_some_and(|number| number > 0)
}

/// Whether the command runs in every build that succeeds.
fn runs_always(site: &Site<'_>) -> bool {
    site.frames.iter().all(|frame| {
        matches!(frame.place, Place::Script | Place::Group | Place::Subshell)
            && frame.is_in_and_list()
            && frame.is_whole_pipeline()
    })
}

/// The words of a command behind its name; a value is `None` where only the build knows it.
struct Options {
    /// The options with their values, where they take one.
    values: Vec<(String, Option<String>)>,
    flags: Vec<String>,
    operands: Vec<Option<String>>,
    /// Whether every word that may be an option is known.
    is_plain: bool,
}

impl Options {
    fn of(command: &SimpleCommand) -> Self {
        let mut options = Self {
            values: Vec::new(),
            flags: Vec::new(),
            operands: Vec::new(),
            is_plain: true,
        };
        let mut words = command.words.iter().skip(1);
        while let Some(word) = words.next() {
            let Some(text) = word.value() else {
                options.is_plain &= !word.literal_prefix().0.is_empty() || word.is_quoted();
                options.operands.push(None);
                continue;
            };
            if !text.starts_with('-') || text == "-" {
                options.operands.push(Some(text));
            } else if let Some((name, value)) =
                text.split_once('=').filter(|_| text.starts_with("--"))
            {
                options
                    .values
                    .push((name.to_string(), Some(value.to_string())));
            } else if let Some(name) = takes_next(&text) {
                let value = words.next().and_then(|word| word.value());
                options.values.push((name, value));
                options.flags.push(text);
            } else {
                options.is_plain &= !has_joined_value(&text);
                options.flags.push(text);
            }
        }
        options
    }

    fn has(&self, long: &str, letters: &str) -> bool {
        let is_cluster = |flag: &str| {
            !flag.starts_with("--") && flag.contains(|letter| letters.contains(letter))
        };
        self.flags
            .iter()
            .any(|flag| flag == long || is_cluster(flag))
    }
}

/// The option of a word whose value is the next word.
fn takes_next(text: &str) -> Option<String> {
    if text.starts_with("--") {
        return WITH_VALUE.contains(&text).then(|| text.to_string());
    }
    let last = text.chars().next_back()?;
    LETTERS_WITH_VALUE
        .contains(last)
        .then(|| format!("-{last}"))
}

/// Whether a value may stand behind its letter in the same word: `-u1000`.
fn has_joined_value(text: &str) -> bool {
    !text.starts_with("--") && text.contains(|letter| LETTERS_WITH_VALUE.contains(letter))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::shell;

    fn of(text: &str) -> Option<(String, Option<String>, bool, bool)> {
        let script = shell::parse(text, 0).unwrap();
        let sites = script.commands();
        let created = created_by(
            sites.last().unwrap(),
            &["useradd", "adduser"],
            &["-u", "--uid"],
        )?;
        Some((
            created.name,
            created.number,
            created.is_system,
            created.is_sure,
        ))
    }

    #[test]
    fn users_are_read_as_their_programs_do() {
        let user = |name: &str, number: Option<&str>, is_system, is_sure| {
            Some((
                name.to_string(),
                number.map(String::from),
                is_system,
                is_sure,
            ))
        };
        for (text, wanted) in [
            ("useradd app", user("app", None, false, true)),
            (
                "useradd -rm -s /bin/false app",
                user("app", None, true, true),
            ),
            (
                "useradd app -u 1500",
                user("app", Some("1500"), false, true),
            ),
            (
                "useradd -mu 1500 app",
                user("app", Some("1500"), false, true),
            ),
            ("useradd -u1500 app", user("app", None, false, false)),
            (
                "useradd --uid=1500 app",
                user("app", Some("1500"), false, true),
            ),
            ("useradd -u $ID app", user("app", None, false, false)),
            ("useradd $OPTIONS app", user("app", None, false, false)),
            (
                "adduser --disabled-password --gecos '' app",
                user("app", None, false, true),
            ),
            ("adduser -D -S -G web app", user("app", None, true, true)),
            (
                "adduser -DH -u 100 app",
                user("app", Some("100"), false, true),
            ),
            ("adduser app sudo", None),
            ("id app || useradd app", user("app", None, false, false)),
            (
                "if x; then useradd app; fi",
                user("app", None, false, false),
            ),
            ("a && useradd app", user("app", None, false, true)),
        ] {
            assert_eq!(of(text), wanted, "{text}");
        }
    }
}
