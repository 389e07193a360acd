//! What a file gives to the user that it runs as, and to the group of any user.

use super::{Target, files};
use crate::fix::Reason;
use crate::model::state::is_root;
use crate::model::{Model, Stage};
use crate::profile::accounts::created_users;
use crate::syntax::Keyword;
use crate::syntax::shell::{SimpleCommand, Word};

/// Users of every Linux distribution that images are made of.
const ON_EVERY_SYSTEM: [&str; 5] = ["bin", "daemon", "mail", "nobody", "sync"];

/// The places that COPY, ADD and `chown -R` of a lineage give to somebody else than root.
pub(super) fn to_users(model: &Model<'_>, lineage: &[&Stage]) -> Vec<String> {
    let mut given = Vec::new();
    for stage in lineage {
        model
            .walk(stage.index)
            .for_each(|index, instruction, state| {
                let owner = instruction.flag("chown").and_then(|flag| flag.value());
                if owner.is_some_and(is_for_user) {
                    given.extend(
                        files::destination(instruction, state, model.file.escape)
                            .and_then(Result::ok),
                    );
                }
                if instruction.keyword == Keyword::Run
                    && instruction.line.text().contains("chown")
                    && let Some(script) = model.body(index).script()
                {
                    given.extend(files::paths_of(script, gives_to_user));
                }
            });
    }
    given.retain(|place| !files::is_system(place));
    given
}

/// The places that a RUN of a lineage lets a group write as their owner may.
pub(super) fn to_group(model: &Model<'_>, lineage: &[&Stage]) -> Vec<String> {
    let runs = model
        .instructions_of_all(lineage)
        .filter(|(_, instruction)| instruction.keyword == Keyword::Run);
    let scripts = runs.filter_map(|(index, _)| model.body(index).script());
    scripts
        .flat_map(|script| files::paths_of(script, lets_group_write))
        .collect()
}

/// Why the files that a lineage gives to a user by name speak against another user: nothing in it creates that user, and
/// the image is not known to have it.
pub(super) fn to_unknown_users(target: &Target<'_, '_, '_>) -> Vec<Reason> {
    let (model, lineage) = (target.model, target.lineage.as_slice());
    let created = created_users(model, lineage);
    let is_known = |name: &str| {
        let of_image = target.facts.users.as_ref();
        is_root(name)
            || name.chars().all(|c| c.is_ascii_digit())
            || ON_EVERY_SYSTEM.contains(&name)
            || of_image.is_some_and(|users| users.contains_key(name))
            || created.iter().any(|user| user.name == name)
    };
    let mut reasons: Vec<Reason> = Vec::new();
    for (index, instruction) in model.instructions_of_all(lineage) {
        let flag = instruction.flag("chown").and_then(|flag| flag.value());
        let mut owners: Vec<String> = flag.into_iter().map(String::from).collect();
        if instruction.keyword == Keyword::Run && instruction.line.text().contains("chown") {
            let sites = model.body(index).script().map(|script| script.commands());
            let sites = sites.iter().flatten();
            owners.extend(sites.filter_map(|site| owner_of(site.command)));
        }
        for owner in owners {
            let user = owner.split([':', '.']).next().unwrap_or("");
            if !user.contains('$') && !is_known(user) {
                let text = format!(
                    "files are given to user `{user}`, which nothing in this file creates and the base image is not known to have"
                );
                reasons.push(Reason::at(instruction.span, text));
            }
        }
    }
    reasons.dedup_by(|one, other| one.text == other.text);
    reasons
}

/// The owner that `chown` names; `None` where only the build knows it.
fn owner_of(command: &SimpleCommand) -> Option<String> {
    let is_chown = command.name().is_some_and(|name| name == "chown");
    let mut words = command.words.iter().skip(1).filter(|_| is_chown);
    let is_option = |word: &Word| word.literal_prefix().0.starts_with('-');
    words.find(|word| !is_option(word))?.value()
}

/// `user` or `user:group` of an option, where the user is not root.
fn is_for_user(owner: &str) -> bool {
    let user = owner.split(':').next().unwrap_or(owner);
    !user.is_empty() && !is_root(user)
}

/// `chown -R user[:group] …`
fn gives_to_user(command: &SimpleCommand) -> bool {
    let words: Vec<String> = command
        .words
        .iter()
        .filter_map(|word| word.value())
        .collect();
    let owner = words.iter().skip(1).find(|word| !word.starts_with('-'));
    is_called(&words, "chown")
        && is_recursive(&words)
        && owner.is_some_and(|owner| is_for_user(owner))
}

/// `chmod -R` with a mode of `g=u`, `g+w` or their like, or `fix-permissions`.
fn lets_group_write(command: &SimpleCommand) -> bool {
    let words: Vec<String> = command
        .words
        .iter()
        .filter_map(|word| word.value())
        .collect();
    if is_called(&words, "fix-permissions") {
        return true;
    }
    let mode = words.iter().skip(1).find(|word| !word.starts_with('-'));
    let is_for_group = |mode: &String| {
        let octal = mode
            .chars()
            .rev()
            .nth(1)
            .filter(|_| mode.chars().all(|c| c.is_ascii_digit()));
        let symbolic = mode.split(',').any(|part| {
            let (who, what) = part.split_at(part.find(['+', '=']).unwrap_or(part.len()));
            who.contains(['g', 'a']) && what.contains(['w', 'u'])
        });
        octal.is_some_and(|digit| matches!(digit, '2' | '3' | '6' | '7'))
            || octal.is_none() && symbolic
    };
    is_called(&words, "chmod") && is_recursive(&words) && mode.is_some_and(is_for_group)
}

fn is_called(words: &[String], name: &str) -> bool {
    words.first().is_some_and(|word| word == name)
}

fn is_recursive(words: &[String]) -> bool {
    let is_short =
        |word: &String| word.starts_with('-') && !word.starts_with("--") && word.contains('R');
    words
        .iter()
        .any(|word| is_short(word) || word == "--recursive")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::shell;

    fn places(text: &str, does: fn(&SimpleCommand) -> bool) -> Vec<String> {
        files::paths_of(&shell::parse(text, 0).unwrap(), does)
    }

    #[test]
    fn what_users_and_groups_get() {
        for text in [
            "chown -R app /srv",
            "mkdir /x && chown -hR 1001:0 /srv",
            "chown --recursive app:app /srv",
        ] {
            assert_eq!(places(text, gives_to_user), ["/srv"], "{text}");
        }
        for text in [
            "chown app /srv",
            "chown -R root /srv",
            "chown -R 0:0 /srv",
            "chown -R :app /srv",
        ] {
            assert!(places(text, gives_to_user).is_empty(), "{text}");
        }
        for text in [
            "chmod -R g=u /srv",
            "chmod -R g+rwX /srv",
            "chmod -R ug+w /srv",
            "chmod -R 775 /srv",
            "fix-permissions /srv",
        ] {
            assert_eq!(places(text, lets_group_write), ["/srv"], "{text}");
        }
        for text in [
            "chmod g=u /srv",
            "chmod -R 755 /srv",
            "chmod -R g+rX /srv",
            "chmod -R u+w /srv",
        ] {
            assert!(places(text, lets_group_write).is_empty(), "{text}");
        }
    }
}
