//! adduser and addgroup of Debian and busybox become useradd and groupadd.
//!
//! Sources: the manual pages adduser(8) of Debian, useradd(8) and groupadd(8) of shadow-utils, and the applets of busybox.

use super::{Outcome, Run};
use crate::fix::Reason;
use crate::model::package_facts::Family;
use crate::syntax::shell::{SimpleCommand, Site};
use crate::text::Edit;

/// What an option of the old program becomes.
enum Becomes {
    /// Nothing: useradd does so anyway.
    Drop,
    /// Nothing, and its value goes too.
    DropValue,
    Flag(&'static str),
    /// With its value.
    Value(&'static str),
}

use Becomes::{Drop, DropValue, Flag, Value};

const DEBIAN_ADDUSER: &[(&str, Becomes)] = &[
    ("--disabled-password", Drop),
    ("--disabled-login", Drop),
    ("--quiet", Drop),
    ("-q", Drop),
    ("--force-badname", Drop),
    ("--allow-bad-names", Drop),
    ("--system", Flag("-r")),
    ("--group", Drop),
    ("--no-create-home", Flag("-M")),
    ("--gecos", DropValue),
    ("--comment", DropValue),
    ("--uid", Value("-u")),
    ("-u", Value("-u")),
    ("--gid", Value("-g")),
    ("--ingroup", Value("-g")),
    ("--home", Value("-d")),
    ("--shell", Value("-s")),
];

const BUSYBOX_ADDUSER: &[(&str, Becomes)] = &[
    ("-D", Drop),
    ("--disabled-password", Drop),
    ("-S", Flag("-r")),
    ("--system", Flag("-r")),
    ("-H", Flag("-M")),
    ("--no-create-home", Flag("-M")),
    ("-g", DropValue),
    ("--gecos", DropValue),
    ("-u", Value("-u")),
    ("--uid", Value("-u")),
    ("-G", Value("-g")),
    ("--ingroup", Value("-g")),
    ("-h", Value("-d")),
    ("--home", Value("-d")),
    ("-s", Value("-s")),
    ("--shell", Value("-s")),
];

const DEBIAN_ADDGROUP: &[(&str, Becomes)] = &[
    ("--quiet", Drop),
    ("--system", Flag("-r")),
    ("--gid", Value("-g")),
    ("-g", Value("-g")),
];

const BUSYBOX_ADDGROUP: &[(&str, Becomes)] = &[
    ("-S", Flag("-r")),
    ("--system", Flag("-r")),
    ("-g", Value("-g")),
    ("--gid", Value("-g")),
];

/// `None` for commands that are about no user.
pub(super) fn command(run: &Run<'_>, site: &Site<'_>) -> Option<Outcome> {
    let name = site.command.name()?;
    if !matches!(
        name.as_str(),
        "adduser"
            | "addgroup"
            | "useradd"
            | "groupadd"
            | "usermod"
            | "groupmod"
            | "deluser"
            | "delgroup"
    ) || run.images.same_family()
    {
        return None;
    }
    let held = |text: String| Some(Outcome::Held(Reason::at(site.command.span, text)));
    if !run.images.new.has_command("useradd") {
        return held(format!(
            "`{name}` creates a user, and the new base image is not known to have useradd"
        ));
    }
    let (program, options) = match (name.as_str(), run.images.old_family()) {
        // shadow-utils has the same options on Debian and on RHEL.
        ("useradd" | "groupadd" | "usermod" | "groupmod", Some(Family::Debian)) => {
            return Some(Outcome::Stays);
        }
        ("adduser", Some(Family::Debian)) => ("useradd", DEBIAN_ADDUSER),
        ("adduser", Some(Family::Alpine)) => ("useradd", BUSYBOX_ADDUSER),
        ("addgroup", Some(Family::Debian)) => ("groupadd", DEBIAN_ADDGROUP),
        ("addgroup", Some(Family::Alpine)) => ("groupadd", BUSYBOX_ADDGROUP),
        _ => return held(format!("`{name}` has no known equivalent on UBI")),
    };
    match translate(site.command, program, options) {
        Ok(text) => Some(Outcome::Changed(vec![Edit::replace(
            site.command.span,
            text,
        )])),
        Err(why) => held(why),
    }
}

fn translate(
    command: &SimpleCommand,
    program: &str,
    known: &[(&str, Becomes)],
) -> Result<String, String> {
    if !command.redirects.is_empty() || !command.assignments.is_empty() {
        return Err(format!(
            "`{program}` cannot take the redirects and variables of this command"
        ));
    }
    let mut out = vec![program.to_string()];
    let mut operands = Vec::new();
    let mut words = command.words.iter().skip(1);
    while let Some(word) = words.next() {
        let text = word
            .value()
            .ok_or("a word of this command is not literal")?;
        if !text.starts_with('-') {
            operands.push(text);
            continue;
        }
        let (name, joined) = match text.split_once('=') {
            Some((name, value)) if name.starts_with("--") => {
                (name.to_string(), Some(value.to_string()))
            }
            _ => (text.clone(), None),
        };
        let parts: Vec<String> = match name.strip_prefix('-') {
            // Joined flags of busybox: -DH.
            Some(letters) if !letters.starts_with('-') && letters.len() > 1 => {
                letters.chars().map(|letter| format!("-{letter}")).collect()
            }
            _ => vec![name],
        };
        for (number, part) in parts.iter().enumerate() {
            let option = known
                .iter()
                .find(|(one, _)| one == part)
                .map(|(_, option)| option);
            let is_last = number + 1 == parts.len();
            let mut value = || match &joined {
                Some(value) => Ok(value.clone()),
                None if is_last => words
                    .next()
                    .and_then(|word| word.value())
                    .ok_or(format!("`{part}` has no literal value")),
                None => Err(format!("`{part}` stands inside `{text}`")),
            };
            match option {
                None => return Err(format!("option `{part}` has no known equivalent")),
                Some(Drop) => {}
                Some(DropValue) => {
                    value()?;
                }
                Some(Flag(flag)) => out.push((*flag).to_string()),
                Some(Value(flag)) => {
                    let value = value()?;
                    out.extend([(*flag).to_string(), plain(&value)?]);
                }
            }
        }
    }
    match operands.as_slice() {
        [name] => out.push(plain(name)?),
        // Debian's and busybox's `adduser USER GROUP` adds to a group.
        _ => return Err("this form has no known equivalent on UBI".to_string()),
    }
    Ok(out.join(" "))
}

fn plain(value: &str) -> Result<String, String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_' | '-' | ',');
    if value.is_empty() || !value.chars().all(is_plain) {
        return Err(format!("`{value}` needs quoting in a shell"));
    }
    Ok(value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::shell;

    fn translated(text: &str, program: &str, known: &[(&str, Becomes)]) -> Result<String, String> {
        let script = shell::parse(text, 0).unwrap();
        let sites = script.commands();
        translate(sites.first().unwrap().command, program, known)
    }

    #[test]
    fn users_keep_their_ids() {
        assert_eq!(
            translated(
                "adduser -u 5678 --disabled-password --gecos \"\" appuser",
                "useradd",
                DEBIAN_ADDUSER
            )
            .as_deref(),
            Ok("useradd -u 5678 appuser")
        );
        assert_eq!(
            translated(
                "adduser -S -DH -u 100 -G app app",
                "useradd",
                BUSYBOX_ADDUSER
            )
            .as_deref(),
            Ok("useradd -r -M -u 100 -g app app")
        );
        assert_eq!(
            translated("addgroup --gid=1000 app", "groupadd", DEBIAN_ADDGROUP).as_deref(),
            Ok("groupadd -g 1000 app")
        );
        for unknown in [
            "adduser app sudo",
            "adduser --conf x app",
            "adduser $NAME",
            "adduser --uid",
        ] {
            assert!(
                translated(unknown, "useradd", DEBIAN_ADDUSER).is_err(),
                "{unknown}"
            );
        }
    }
}
