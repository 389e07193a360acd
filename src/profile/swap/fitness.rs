//! What stands against a base swap, whatever the new image is called.

use super::Site;
use crate::fix::Reason;
use crate::model::Body;
use crate::model::facts::OperatingSystem;
use crate::profile::format::StageRole;
use crate::syntax::Keyword;

impl Site<'_, '_> {
    pub(super) fn blockers(&self) -> Vec<Reason> {
        let mut reasons = Vec::new();
        if self.old.os == Some(OperatingSystem::Windows) {
            reasons.push(Reason::at(self.root.base_span, "a Windows image"));
        }
        if let Some(flag) = self
            .model
            .instruction(self.root.from)
            .and_then(|from| from.flag("platform"))
            && flag
                .value()
                .is_some_and(|value| value.contains("arm/v") || value.contains("windows"))
        {
            reasons.push(Reason::at(
                flag.span,
                format!("there is no such image for `{}`", flag.text),
            ));
        }
        for (_, instruction) in self.instructions() {
            match instruction.keyword {
                Keyword::Onbuild => reasons.push(Reason::at(
                    instruction.span,
                    "ONBUILD makes this a base for other images, whose builds would break",
                )),
                Keyword::Shell => {
                    let program = instruction
                        .words()
                        .first()
                        .map_or("", |word| word.text.as_ref());
                    if !matches!(
                        program,
                        "/bin/sh" | "/bin/bash" | "sh" | "bash" | "/usr/bin/bash"
                    ) {
                        let text = format!("SHELL `{program}` may not exist in the new base image");
                        reasons.push(Reason::at(instruction.span, text));
                    }
                }
                _ => {}
            }
        }
        if self.role == StageRole::Runtime {
            reasons.extend(self.copies_from_it());
        }
        reasons.extend(self.other_files());
        reasons
    }

    /// `COPY --from` a stage that stands on the image takes files that the new image may not have.
    fn copies_from_it(&self) -> Vec<Reason> {
        let names: Vec<String> = self
            .stages
            .iter()
            .flat_map(|stage| [stage.name.clone(), Some(stage.index.to_string())])
            .flatten()
            .collect();
        let outside = self
            .model
            .stages
            .iter()
            .filter(|stage| !self.stages.iter().any(|one| one.index == stage.index));
        let mut reasons = Vec::new();
        for stage in outside {
            for (_, instruction) in self.model.instructions_of(stage) {
                let from = instruction
                    .flag("from")
                    .and_then(|flag| flag.value())
                    .unwrap_or("");
                if names.iter().any(|name| name.eq_ignore_ascii_case(from)) {
                    let text = format!(
                        "another stage copies files out of `{from}`, which may not be in the new image"
                    );
                    reasons.push(Reason::at(instruction.span, text));
                }
            }
        }
        reasons
    }

    /// Files of the system that a RUN names: another distribution has them elsewhere, or not at all.
    fn other_files(&self) -> Vec<Reason> {
        if self.old.distribution == self.new.distribution {
            return Vec::new();
        }
        let mut reasons = Vec::new();
        for (index, instruction) in self.instructions() {
            let Body::Script(script) = self.model.body(index) else {
                continue;
            };
            if instruction.keyword != Keyword::Run {
                continue;
            }
            for site in script.commands() {
                let makes = matches!(
                    site.command.name().as_deref(),
                    Some("mkdir" | "touch" | "rm" | "apt-get" | "apk")
                );
                let words = site.command.words.iter().skip(1).filter(|_| !makes);
                for word in words {
                    let (path, _) = word.literal_prefix();
                    let is_system = SYSTEM.iter().any(|folder| path.starts_with(folder));
                    if is_system && !EVERYWHERE.iter().any(|known| path.starts_with(known)) {
                        let text = format!("`{path}` may lie elsewhere in the new base image");
                        reasons.push(Reason::at(word.span, text));
                    }
                }
            }
        }
        reasons
    }
}

/// Below these, distributions differ.
const SYSTEM: [&str; 7] = [
    "/etc/",
    "/lib/",
    "/lib64/",
    "/usr/include/",
    "/usr/lib/",
    "/usr/lib64/",
    "/usr/share/",
];

/// Below those, they do not.
const EVERYWHERE: [&str; 6] = [
    "/etc/group",
    "/etc/hosts",
    "/etc/localtime",
    "/etc/passwd",
    "/etc/resolv.conf",
    "/usr/share/zoneinfo",
];
