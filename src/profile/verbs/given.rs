//! What a file gives to the user that it runs as, and to the group of any user.

use super::files;
use crate::model::state::is_root;
use crate::model::{Model, Stage};
use crate::syntax::Keyword;
use crate::syntax::shell::SimpleCommand;

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
