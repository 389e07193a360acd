//! What an installed package is for, and whether anything in the file uses it.

use std::collections::HashMap;

use crate::model::package_facts::{self, Family};
use crate::model::packages::{PackageCommand, PackageManager, Unknown, commands_used};
use crate::model::{Body, Model, Stage};
use crate::syntax::{Instruction, Keyword};
use crate::text::Span;

/// The facts of a package by the name that a manager has for it.
pub fn facts(manager: PackageManager, name: &str) -> Option<package_facts::Package> {
    use PackageManager::{Apk, Dnf, Microdnf, Yum};
    let family = match manager {
        _ if manager.is_debian() => Family::Debian,
        Apk => Family::Alpine,
        Yum | Dnf | Microdnf => Family::RedHat,
        _ => return None,
    };
    package_facts::find(family, name)
}

/// The words of some stages, and what they run that is not in the file.
pub struct Words<'a> {
    /// Each word with the places where it stands by itself. Comments do not count.
    places: HashMap<&'a str, Vec<Span>>,
    /// In the order of the stages: the instruction, and what it runs.
    unknown: Vec<(usize, Span)>,
}

impl<'a> Words<'a> {
    pub fn of(model: &Model<'a>, stages: &[&Stage]) -> Self {
        let mut places: HashMap<&'a str, Vec<Span>> = HashMap::new();
        let mut unknown = Vec::new();
        for (index, instruction) in model.instructions_of_all(stages) {
            unknown.extend(unknown_in(model, index, instruction).map(|span| (index, span)));
            let text: &'a str = instruction.span.slice(model.file.source);
            let mut offset = instruction.span.start;
            for part in text.split_inclusive(|c: char| !is_name(c)) {
                let word = part.trim_end_matches(|c: char| !is_name(c) || c == '.');
                let span = Span::new(offset, offset + word.len());
                offset += part.len();
                let mut comments = instruction.comments.iter();
                if !word.is_empty() && !comments.any(|one| one.contains(span)) {
                    places.entry(word).or_default().push(span);
                }
            }
        }
        Self { places, unknown }
    }

    /// A place other than `own` where one of the words stands.
    pub fn mention(&self, words: &[&str], own: Span) -> Option<Span> {
        let all = words.iter().filter_map(|word| self.places.get(word));
        let firsts = all.flat_map(|spans| spans.iter().take(2));
        firsts.copied().find(|span| !own.contains(*span))
    }

    /// A command in the instruction `index` or behind it that runs a script or a program which is not in the file, at
    /// the build or at the start.
    pub fn unknown_from(&self, index: usize) -> Option<Span> {
        let mut unknown = self.unknown.iter();
        unknown.find(|(at, _)| *at >= index).map(|(_, span)| *span)
    }
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '+' | '.')
}

fn unknown_in(model: &Model<'_>, index: usize, instruction: &Instruction<'_>) -> Option<Span> {
    use Keyword::{Cmd, Entrypoint, Healthcheck, Run};
    if !matches!(instruction.keyword, Run | Cmd | Entrypoint | Healthcheck) {
        return None;
    }
    match model.body(index) {
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
}

fn is_script(unknown: Option<Unknown>) -> bool {
    use Unknown::{Evaluated, Expansion, NestedShell, Script};
    matches!(unknown, Some(Evaluated | Expansion | NestedShell | Script))
}

/// Whether the manager installs packages of the system from a list of names.
pub fn installs_system(command: &PackageCommand<'_>) -> bool {
    command.manager.is_system() && command.action == crate::model::packages::Action::Install
}
