//! The commands of RUN and HEALTHCHECK under a new base image: carried over where they have a known equivalent, else a
//! reason against the swap.

mod packages;
mod programs;
mod users;

use std::collections::BTreeSet;

use super::format::{BaseMap, Copies};
use crate::fix::Reason;
use crate::model::package_facts::Family;
use crate::model::packages::package_commands;
use crate::model::{Body, Facts, Model, Stage};
use crate::syntax::Keyword;
use crate::syntax::shell::{Script, Site, edit};
use crate::text::{Edit, Span};

use crate::rule::lines;

/// What the commands of some stages become.
#[derive(Default)]
pub(super) struct Translated {
    pub edits: Vec<Edit>,
    pub reasons: Vec<Reason>,
    /// Surprises of packages, for the reviewer.
    pub notes: Vec<String>,
    /// Programs that the new image lacks and the row can install.
    pub lacked: BTreeSet<String>,
    /// The programs that packages bring, as they are installed.
    brought: Vec<String>,
}

/// What is there when the image starts: what start commands can be asked of.
pub(super) struct Commands<'t> {
    images: Images<'t>,
    translated: &'t mut Translated,
}

impl<'t> Commands<'t> {
    pub(super) fn new(
        old: &'t Facts,
        new: &'t Facts,
        row: &'t BaseMap,
        translated: &'t mut Translated,
    ) -> Self {
        let major = None;
        let images = Images {
            old,
            new,
            row,
            major,
        };
        Self { images, translated }
    }

    /// Whether a start command finds its program. One that no image and no known package brings is the application's.
    pub(super) fn starts(&mut self, program: &str) -> bool {
        programs::is_there(program, &self.images, self.translated)
            || !programs::is_of_image(program, self.images.old) && !programs::is_everywhere(program)
    }

    /// Whether what is copied is known to be compiled, and no script.
    pub(super) fn is_compiled(&self) -> bool {
        self.images.row.copies == Copies::Static
    }

    pub(super) fn missing(&self, span: Span, program: &str) -> Reason {
        programs::missing(span, program)
    }
}

/// Both sides of the swap.
struct Images<'f> {
    old: &'f Facts,
    new: &'f Facts,
    row: &'f BaseMap,
    /// The major version of UBI or RHEL.
    major: Option<u64>,
}

impl Images<'_> {
    fn old_family(&self) -> Option<Family> {
        family(self.old)
    }

    /// Whether they are two images of one distribution, so that what the file brings itself is the same on both.
    fn same_distribution(&self) -> bool {
        self.old.distribution.is_some() && self.old.distribution == self.new.distribution
    }

    /// Whether names and options of packages and users are the same on both.
    fn same_family(&self) -> bool {
        self.old_family().is_some() && self.old_family() == family(self.new)
    }
}

pub(super) fn family(facts: &Facts) -> Option<Family> {
    match facts.package_manager.as_deref()? {
        "apt" => Some(Family::Debian),
        "apk" => Some(Family::Alpine),
        "yum" | "dnf" | "microdnf" => Some(Family::RedHat),
        _ => None,
    }
}

/// Carries the commands of the stages over. `image` is the name of the new image: UBI's major version is in it.
pub(super) fn commands(
    model: &Model<'_>,
    stages: &[&Stage],
    old: &Facts,
    new: &Facts,
    image: &str,
    row: &BaseMap,
) -> Translated {
    let images = Images {
        old,
        new,
        row,
        major: major(image),
    };
    let mut translated = Translated::default();
    for (index, instruction) in model.instructions_of_all(stages) {
        if !matches!(instruction.keyword, Keyword::Run | Keyword::Healthcheck) {
            continue;
        }
        match model.body(index) {
            Body::None => {}
            Body::Opaque(why) => translated.reasons.push(Reason::at(
                instruction.span,
                format!(
                    "it is not known what this {} does: {why}",
                    instruction.keyword.as_str()
                ),
            )),
            Body::Exec(words) => {
                let program = words.first().map_or("", String::as_str);
                if !programs::is_there(program, &images, &mut translated) {
                    translated
                        .reasons
                        .push(programs::missing(instruction.span, program));
                }
            }
            Body::Script(script)
                if new.shell == Some(false) && packages::only_installs(script, &row.brings) =>
            {
                match lines::remove(model, index) {
                    Some(edit) => translated.edits.push(edit),
                    None => translated.reasons.push(Reason::at(
                        instruction.span,
                        "a comment inside this RUN would be lost",
                    )),
                }
            }
            Body::Script(_) if new.shell == Some(false) => {
                translated.reasons.push(Reason::at(
                    instruction.span,
                    format!(
                        "this {} needs a shell, which the new base image does not have",
                        instruction.keyword.as_str()
                    ),
                ));
            }
            Body::Script(script) => run(model, index, script, &images, &mut translated),
        }
    }
    translated
}

/// The digits after `ubi` or `rhel` in the name of an image.
fn major(image: &str) -> Option<u64> {
    let parts = image.split('/');
    let digits = parts.filter_map(|part| {
        part.strip_prefix("ubi")
            .or_else(|| part.strip_prefix("rhel"))
    });
    digits
        .filter_map(|rest| rest.split('-').next()?.parse().ok())
        .next()
}

/// One RUN.
struct Run<'r> {
    script: &'r Script,
    source: &'r str,
    images: &'r Images<'r>,
}

/// What becomes of one command.
enum Outcome {
    /// It runs as it is.
    Stays,
    Changed(Vec<Edit>),
    /// It has no purpose under the new image.
    Goes,
    Held(Reason),
}

fn run(
    model: &Model<'_>,
    index: usize,
    script: &Script,
    images: &Images<'_>,
    translated: &mut Translated,
) {
    let run = Run {
        script,
        source: model.file.source,
        images,
    };
    let sites = script.commands();
    let mut going: Vec<&Site<'_>> = Vec::new();
    let mut edits = Vec::new();
    let mut cleaner = packages::Cleaner::new(&run);
    let commands = package_commands(script);
    translated.brought.extend(programs::of_languages(&commands));
    if images.same_family() {
        translated
            .brought
            .extend(programs::of_system(&commands, images));
    }
    for site in &sites {
        let outcome = match packages::command(&run, site, &mut cleaner, translated) {
            Some(outcome) => outcome,
            None => users::command(&run, site)
                .unwrap_or_else(|| programs::command(&run, site, translated)),
        };
        match outcome {
            Outcome::Stays => {}
            Outcome::Changed(more) => edits.extend(more),
            Outcome::Goes => going.push(site),
            Outcome::Held(reason) => translated.reasons.push(reason),
        }
    }
    if !going.is_empty() && going.len() == sites.len() {
        // Nothing of this RUN is left.
        match lines::remove(model, index) {
            Some(edit) => translated.edits.push(edit),
            None => {
                let span = model.instruction(index).map_or(Span::at(0), |one| one.span);
                translated
                    .reasons
                    .push(Reason::at(span, "a comment inside this RUN would be lost"));
            }
        }
        return;
    }
    for site in going {
        match edit::delete_command(script, run.source, site) {
            Ok(span) => edits.push(Edit::delete(span)),
            Err(refusal) => translated.reasons.push(Reason::at(
                site.command.span,
                format!("this command cannot be taken out: {refusal}"),
            )),
        }
    }
    match cleaner.finish() {
        Ok(more) => edits.extend(more),
        Err(reason) => translated.reasons.push(reason),
    }
    translated.edits.extend(edits);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_is_in_the_name() {
        assert_eq!(
            major("registry.access.redhat.com/ubi8/dotnet-80-runtime"),
            Some(8)
        );
        assert_eq!(major("registry.access.redhat.com/ubi9"), Some(9));
        assert_eq!(major("registry.access.redhat.com/ubi9-minimal"), Some(9));
        assert_eq!(major("example.com/team/app"), None);
    }
}
