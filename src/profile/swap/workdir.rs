//! The working directory that the base image gives, and what depends on it.

use super::{Site, workdir};
use crate::model::Body;
use crate::model::packages::PackageManager;
use crate::syntax::shell::{SimpleCommand, Word};
use crate::syntax::{Instruction, Keyword};

impl Site<'_, '_> {
    /// Whether anything in the file depends on the folder that the base image starts in.
    pub(super) fn uses_first_workdir(&self) -> bool {
        self.before_first_workdir()
            .any(|(index, instruction)| uses_workdir(instruction, self.model.body(index)))
    }

    /// Whether the old folder must be kept: files were put relative to it, and are named by an absolute path elsewhere.
    /// Where nothing names them so, they move with the folder.
    pub(super) fn needs_old_workdir(&self) -> bool {
        let is_unknown = self.new.workdir.is_none() && self.new.shell == Some(false);
        let may_differ = is_unknown || workdir(&self.old) != workdir(&self.new);
        may_differ && self.uses_first_workdir() && (is_unknown || self.names_absolute_paths())
    }

    fn before_first_workdir(&self) -> impl Iterator<Item = (usize, &Instruction<'_>)> {
        self.instructions().take_while(|(_, instruction)| {
            let is_absolute = instruction
                .text()
                .is_some_and(|word| word.text.starts_with('/'));
            !(instruction.keyword == Keyword::Workdir && is_absolute)
        })
    }

    fn names_absolute_paths(&self) -> bool {
        self.instructions()
            .any(|(index, instruction)| match instruction.keyword {
                Keyword::Workdir => true,
                Keyword::Run | Keyword::Cmd | Keyword::Entrypoint | Keyword::Healthcheck => {
                    match self.model.body(index) {
                        Body::Exec(words) => words.iter().any(|word| word.starts_with('/')),
                        Body::Script(_) | Body::Opaque(_) => instruction
                            .line
                            .text()
                            .split_whitespace()
                            .any(|word| word.starts_with('/')),
                        Body::None => false,
                    }
                }
                _ => false,
            })
    }
}

fn uses_workdir(instruction: &Instruction<'_>, body: &Body) -> bool {
    let is_relative = |text: &str| !text.starts_with('/') && !text.starts_with('$');
    match instruction.keyword {
        Keyword::Run => match body {
            Body::Script(script) => !script
                .commands()
                .iter()
                .all(|site| is_anywhere(site.command)),
            _ => true,
        },
        Keyword::Copy | Keyword::Add => instruction
            .words()
            .last()
            .is_some_and(|word| is_relative(&word.text)),
        Keyword::Workdir => instruction
            .text()
            .is_some_and(|word| is_relative(&word.text)),
        _ => false,
    }
}

/// Whether a command does the same in every folder: it installs packages, creates users, or has only absolute paths.
fn is_anywhere(command: &SimpleCommand) -> bool {
    let Some(name) = command.name() else {
        return command.words.is_empty();
    };
    let installs = PackageManager::from_program(&name).is_some_and(PackageManager::is_system);
    let creates = matches!(
        name.as_str(),
        "useradd" | "groupadd" | "adduser" | "addgroup" | "usermod"
    );
    let is_absolute = |word: &Word| {
        let (text, _) = word.literal_prefix();
        text.starts_with(['/', '-']) || !text.is_empty() && text.chars().all(|c| c.is_ascii_digit())
    };
    let mut words = command.words.iter().skip(1);
    if matches!(name.as_str(), "chown" | "chgrp" | "chmod") {
        // The first operand is an owner or a mode.
        let first = command
            .words
            .iter()
            .skip(1)
            .position(|word| !word.literal_prefix().0.starts_with('-'));
        words = command.words.iter().skip(first.map_or(1, |at| at + 2));
    }
    installs || creates || words.all(is_absolute)
}
