//! The users and groups that the RUN lines of a file create, and the UID that one without a number gets.

use std::collections::BTreeSet;

use super::translate::family;
use crate::model::account_options::{AccountOptions, OptionValue};
use crate::model::package_facts::Family;
use crate::model::{Facts, Model, Stage};
use crate::syntax::Keyword;
use crate::syntax::shell::{Place, Site};
use crate::text::{Edit, Span};

/// Where the numbers of people start on every distribution that images are made of.
const FIRST: u32 = 1000;

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
    let words = command.words.get(1..).unwrap_or(&[]);
    let read = AccountOptions::read(&program, words);
    // `adduser USER GROUP` makes a user a member.
    let is_membership = program.starts_with("add") && read.operands.len() == 2;
    if is_membership {
        return None;
    }
    let number = read.value(options).map(OptionValue::text);
    let is_system = match program.as_str() {
        "adduser" => read.has(&["--system", "-S", "-r"]),
        _ => read.has(&["--system", "-r"]),
    };
    let is_sure = read.is_plain && read.operands.len() == 1 && runs_always(site);
    Some(Created {
        // A name that only the build knows is that of no user in the file.
        name: read.operands.last()?.value().unwrap_or_default(),
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
            ("useradd -u1500 app", user("app", Some("1500"), false, true)),
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
