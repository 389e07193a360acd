//! What an installed package is for, and whether anything in the file uses it.

use crate::model::package_facts::{self, Family};
use crate::model::packages::{PackageCommand, PackageManager, Unknown, commands_used};
use crate::model::{Body, Model, Stage};
use crate::syntax::Keyword;
use crate::text::Span;

/// The facts of a package by the name that a manager has for it.
pub fn facts(manager: PackageManager, name: &str) -> Option<&'static package_facts::Package> {
    use PackageManager::{Apk, Dnf, Microdnf, Yum};
    let family = match manager {
        _ if manager.is_debian() => Family::Debian,
        Apk => Family::Alpine,
        Yum | Dnf | Microdnf => Family::RedHat,
        _ => return None,
    };
    package_facts::find(family, name)
}

/// A place of the stages, other than `own`, where one of the words stands by itself. Comments do not count.
pub fn mention(model: &Model<'_>, stages: &[&Stage], words: &[&str], own: Span) -> Option<Span> {
    model
        .instructions_of_all(stages)
        .find_map(|(_, instruction)| {
            let text = instruction.span.slice(model.file.source);
            words.iter().find_map(|word| {
                let places = text.match_indices(word);
                let mut spans = places
                    .filter(|(at, _)| is_apart(text, *at, word.len()))
                    .map(|(at, _)| {
                        let start = instruction.span.start + at;
                        Span::new(start, start + word.len())
                    });
                spans.find(|span| {
                    let is_comment = instruction.comments.iter().any(|one| one.contains(*span));
                    !own.contains(*span) && !is_comment
                })
            })
        })
}

/// Whether the text at a place is a word, and not a part of a longer name.
fn is_apart(text: &str, at: usize, length: usize) -> bool {
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '+');
    let before = text.get(..at).and_then(|before| before.chars().next_back());
    let after = text
        .get(at + length..)
        .and_then(|after| after.chars().next());
    !before.is_some_and(|c| is_name(c) || c == '.') && !after.is_some_and(is_name)
}

/// A later command that runs a script or a program which is not in the file, at the build or at the start.
pub fn unknown_later(model: &Model<'_>, stages: &[&Stage], index: usize) -> Option<Span> {
    let later = model
        .instructions_of_all(stages)
        .filter(|(at, _)| *at >= index);
    later
        .filter_map(|(at, instruction)| {
            use Keyword::{Cmd, Entrypoint, Healthcheck, Run};
            if !matches!(instruction.keyword, Run | Cmd | Entrypoint | Healthcheck) {
                return None;
            }
            match model.body(at) {
                Body::Script(script) => commands_used(script)
                    .into_iter()
                    .find(|one| is_script(one.unknown))
                    .map(|one| one.span),
                Body::Exec(words) => {
                    let program = words.first().map_or("", String::as_str);
                    let is_system = ["/bin/", "/sbin/", "/usr/bin/", "/usr/sbin/"]
                        .iter()
                        .any(|folder| program.starts_with(folder));
                    let is_foreign = program.contains('/') && !is_system;
                    let is_shell = words.iter().any(|word| word.ends_with(".sh"));
                    (is_foreign || is_shell).then(|| instruction.logical_span())
                }
                Body::Opaque(_) => Some(instruction.logical_span()),
                Body::None => None,
            }
        })
        .next()
}

fn is_script(unknown: Option<Unknown>) -> bool {
    use Unknown::{Evaluated, Expansion, NestedShell, Script};
    matches!(unknown, Some(Evaluated | Expansion | NestedShell | Script))
}

/// Whether the manager installs packages of the system from a list of names.
pub fn installs_system(command: &PackageCommand<'_>) -> bool {
    command.manager.is_system() && command.action == crate::model::packages::Action::Install
}
