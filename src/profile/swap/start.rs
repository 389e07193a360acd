//! How the image is started: ENTRYPOINT and CMD under the new base image.

use super::Site;
use crate::fix::{Reason, Step};
use crate::model::Body;
use crate::model::facts::Role;
use crate::profile::translate::Commands;
use crate::rule::lines;
use crate::syntax::{Instruction, Keyword};
use crate::text::Edit;

/// Entry points that run what they are given as it is.
const PASSING: &[&str] = &[
    "/__cacert_entrypoint.sh",
    "/docker-entrypoint.sh",
    "/usr/bin/tini",
    "container-entrypoint",
    "docker-entrypoint.sh",
    "docker-php-entrypoint",
    "tini",
];

/// What an interpreter runs: images whose entry point is a script take it for their own argument.
const SOURCES: &[&str] = &[".cjs", ".jar", ".js", ".mjs", ".php", ".py", ".rb", ".ts"];

/// Scripts of a shell.
const SHELL_SCRIPTS: &[&str] = &[".bash", ".sh"];

impl Site<'_, '_> {
    /// Whether the old image starts something of its own, as servers do.
    pub(in crate::profile) fn starts_by_itself(&self) -> bool {
        let has_command =
            |cmd: &Option<Vec<String>>| cmd.as_ref().is_some_and(|cmd| !cmd.is_empty());
        self.old.role == Some(Role::Server)
            && self.new.role == Some(Role::Server)
            && has_command(&self.old.cmd)
            && has_command(&self.new.cmd)
    }

    /// What must change for the start command to be run as it is, or what stands against it.
    pub(super) fn start(&self, commands: &mut Commands<'_>) -> Result<Option<Step>, Vec<Reason>> {
        let Some(shipped) = self.model.shipped() else {
            return Ok(None);
        };
        let lineage = self.model.lineage_of(shipped);
        let find = |keyword| self.model.last_of(&lineage, keyword);
        let (entrypoint, cmd) = (find(Keyword::Entrypoint), find(Keyword::Cmd));
        let is_emptied =
            |index: usize| matches!(self.model.body(index), Body::Exec(words) if words.is_empty());
        if let Some((index, instruction)) = entrypoint.filter(|(index, _)| !is_emptied(*index)) {
            if let Some(step) = self.path_of_program(index, instruction) {
                return Ok(Some(step));
            }
            self.runs(index, instruction, commands)
                .map_err(|reason| vec![reason])?;
            return Ok(None);
        }
        let Some((index, instruction)) = cmd else {
            return Ok(None);
        };
        if entrypoint.is_none()
            && let Some(step) = self.entry_point_of_image(index, instruction)?
        {
            return Ok(Some(step));
        }
        self.runs(index, instruction, commands)
            .map_err(|reason| vec![reason])?;
        Ok(match entrypoint {
            None if self.takes_arguments() => Some(self.without_entry_point(index)),
            _ => None,
        })
    }

    /// Whether the new image has an entry point that takes CMD for its own arguments, or may have one.
    fn takes_arguments(&self) -> bool {
        match self.new.entrypoint.as_ref().map(|words| words.first()) {
            None => self.new.shell == Some(false),
            Some(first) => first.is_some_and(|program| !PASSING.contains(&program.as_str())),
        }
    }

    /// ENTRYPOINT names by its name alone a program that the new image has in a folder of its own.
    fn path_of_program(&self, index: usize, instruction: &Instruction<'_>) -> Option<Step> {
        let path = self.new.entrypoint.as_ref()?.first()?;
        let Body::Exec(words) = self.model.body(index) else {
            return None;
        };
        let name = path.rsplit('/').next()?;
        let is_it = words.first().is_some_and(|first| first == name);
        let is_found = self.new.has_command(name) || !path.starts_with('/');
        let word = instruction.words().first()?;
        (is_it && !is_found && path != name).then(|| {
            let text = serde_json::Value::from(path.as_str()).to_string();
            Step::new(
                format!("start `{path}`"),
                Some("The new base image has the program there.".to_string()),
                vec![Edit::replace(word.span, text)],
            )
        })
    }

    /// CMD names the program that is the new image's entry point: it goes, its arguments stay.
    fn entry_point_of_image(
        &self,
        index: usize,
        instruction: &Instruction<'_>,
    ) -> Result<Option<Step>, Vec<Reason>> {
        let (Some([program]), Body::Exec(words)) =
            (self.new.entrypoint.as_deref(), self.model.body(index))
        else {
            return Ok(None);
        };
        let name = |path: &str| path.rsplit('/').next().unwrap_or(path).to_string();
        let (Some(first), true) = (words.first(), self.takes_arguments()) else {
            return Ok(None);
        };
        if name(first).trim_end_matches('3') != name(program).trim_end_matches('3') {
            return Ok(None);
        }
        let written = instruction.words();
        let (Some(one), Some(two)) = (written.first(), written.get(1)) else {
            return Ok(None);
        };
        if !instruction.comments.is_empty() {
            let text = "a comment inside this CMD would be lost";
            return Err(vec![Reason::at(instruction.span, text)]);
        }
        let edit = Edit::delete(crate::text::Span::new(one.span.start, two.span.start));
        let why = format!("The entry point of the new base image is `{program}`.");
        Ok(Some(Step::new(
            format!("leave `{first}` to the entry point of the image"),
            Some(why),
            vec![edit],
        )))
    }

    fn without_entry_point(&self, cmd: usize) -> Step {
        let line = "ENTRYPOINT []".to_string();
        let why = match self.new.entrypoint.as_deref() {
            Some(words) => format!(
                "The new base image has the entry point `{}`, which would take CMD for its arguments.",
                words.join(" ")
            ),
            None => "The new base image may have an entry point, which would take CMD for its arguments.".to_string(),
        };
        Step::new(
            "run CMD as it is",
            Some(why),
            vec![lines::insert_before(self.model, cmd, &[line])],
        )
    }

    /// Whether a start command finds its program.
    fn runs(
        &self,
        index: usize,
        instruction: &Instruction<'_>,
        commands: &mut Commands<'_>,
    ) -> Result<(), Reason> {
        let held = |text: String| Err(Reason::at(instruction.span, text));
        let has_shell = self.new.shell != Some(false);
        match self.model.body(index) {
            Body::None => Ok(()),
            Body::Opaque(_) | Body::Script(_) if !has_shell => held(format!(
                "{} is in shell form, and the new base image has no shell",
                instruction.keyword.as_str()
            )),
            Body::Opaque(why) => held(format!("it is not known what this starts: {why}")),
            Body::Exec(words) => {
                let program = words.first().map_or("", String::as_str);
                let ends_in = |endings: &[&str]| endings.iter().any(|one| program.ends_with(one));
                let is_source = program.starts_with('-')
                    || ends_in(SOURCES) && !program.starts_with(['.', '/']);
                if is_source && instruction.keyword == Keyword::Cmd {
                    return held(format!(
                        "`{program}` is an argument of the old image's entry point"
                    ));
                }
                if ends_in(SHELL_SCRIPTS) && !has_shell {
                    return held(format!(
                        "`{program}` is a script, and the new base image has no shell"
                    ));
                }
                if program.contains('/') && !has_shell && !commands.is_compiled() {
                    return held(format!(
                        "`{program}` may be a script, and the new base image has no shell"
                    ));
                }
                if self.is_lost(index, program) {
                    return held(format!("`{program}` may be of the old base image"));
                }
                match commands.starts(program) {
                    true => Ok(()),
                    false => Err(commands.missing(instruction.span, program)),
                }
            }
            Body::Script(script) => {
                for site in script.commands() {
                    let name = site.command.name().unwrap_or_default();
                    if self.is_lost(index, &name) {
                        return held(format!("`{name}` may be of the old base image"));
                    }
                    if !commands.starts(&name) {
                        return Err(commands.missing(site.command.span, &name));
                    }
                }
                Ok(())
            }
        }
    }
    /// Whether a program below `/usr/local` is put there by no line of the file.
    fn is_lost(&self, start: usize, program: &str) -> bool {
        let Some((folder, name)) = program.rsplit_once('/') else {
            return false;
        };
        if !folder.starts_with("/usr/local") {
            return false;
        }
        !self.instructions().any(|(index, instruction)| {
            let puts = matches!(
                instruction.keyword,
                Keyword::Copy | Keyword::Add | Keyword::Run
            );
            let text = instruction.line.text();
            let whole = text.contains(program);
            let below = || {
                let words = instruction.words();
                let to = words
                    .last()
                    .map_or("", |word| word.text.trim_end_matches('/'));
                instruction.keyword != Keyword::Run && to == folder && text.contains(name)
            };
            index != start && puts && (whole || below())
        })
    }
}
