//! The base swap: which image replaces which, and whether the stages that stand on it can follow.

mod fitness;
mod lacks;
mod libc;
mod reference;
mod start;
mod unfit;
mod users;
mod workdir;

use super::format::{BaseMap, StageRole};
use super::translate;
use crate::fix::{Reason, Step};
use crate::model::state::is_root;
use crate::model::{Base, Fact, Facts, Model, Stage};
use crate::rule::lines;
use crate::syntax::image::ImageReference;
use crate::syntax::{Instruction, Keyword};
use crate::text::Span;

/// A base swap that can be made.
pub(super) struct Swap {
    pub steps: Vec<Step>,
}

/// The stage with the image, and all stages that stand on it.
pub(super) struct Site<'m, 'a> {
    pub model: &'m Model<'a>,
    pub root: &'m Stage,
    pub stages: Vec<&'m Stage>,
    pub old: Facts,
    pub new: Facts,
    pub role: StageRole,
}

impl<'m, 'a> Site<'m, 'a> {
    pub(super) fn new(model: &'m Model<'a>, root: &'m Stage, new: Facts, role: StageRole) -> Self {
        let mut stages = vec![root];
        stages.extend(model.descendants(root));
        let old = match &root.base {
            Base::Image(Fact::Known(image, _)) => model.facts.of(image).map(|(facts, _)| facts),
            _ => None,
        };
        Self {
            model,
            root,
            stages,
            old: old.unwrap_or_default(),
            new,
            role,
        }
    }

    /// Plans the swap, or says what stands against it.
    pub(super) fn plan(
        &self,
        row: &BaseMap,
        old: &ImageReference,
        new: &ImageReference,
    ) -> Result<Swap, Vec<Reason>> {
        let mut reasons = self.blockers();
        reasons.extend(self.unfit(row));
        let mut commands = translate::commands(
            self.model,
            &self.stages,
            &self.old,
            &self.new,
            new.name(),
            row,
        );
        reasons.append(&mut commands.reasons);
        let mut entry = None;
        if self.role == StageRole::Runtime {
            let mut there = translate::Commands::new(&self.old, &self.new, row, &mut commands);
            match self.start(&mut there) {
                Ok(step) => entry = step,
                Err(more) => reasons.extend(more),
            }
        }
        let started = self.other_libc(row).unwrap_or_else(|more| {
            reasons.extend(more);
            None
        });
        let moved = self.moved(row).unwrap_or_else(|more| {
            reasons.extend(more);
            None
        });
        let users = self.users().unwrap_or_else(|more| {
            reasons.extend(more);
            None
        });
        let edits = match self.image_edits(old, new) {
            Ok(edits) => Some(edits),
            Err(reason) => {
                reasons.push(reason);
                None
            }
        };
        let Some((edits, note)) = edits.filter(|_| reasons.is_empty()) else {
            return Err(reasons);
        };
        let mut why: Vec<String> = row.why.iter().cloned().collect();
        why.extend(note);
        why.extend(self.notes(old));
        let what = format!("build on `{}` instead of `{}`", new.as_str(), old.as_str());
        let mut steps = vec![Step::new(what, join(why), edits)];
        if self.needs_old_workdir() {
            let line = format!("WORKDIR {}", workdir(&self.old));
            let line = lines::insert_after(self.model, self.root.from, &[line]);
            let why = format!("The new base image starts in `{}`.", workdir(&self.new));
            steps.push(Step::new(
                "start in the same folder as before",
                Some(why),
                vec![line],
            ));
        }
        if self.needs_root_from_start() {
            let line = lines::insert_after(self.model, self.root.from, &["USER 0".to_string()]);
            let user = self.new.user.as_deref().unwrap_or("somebody else");
            let why =
                format!("The new base image runs as {user}; the lines that follow ran as root.");
            steps.push(Step::new(
                "stay root for the lines that need it",
                Some(why),
                vec![line],
            ));
        }
        steps.extend(self.installed(row, &commands.lacked));
        if !commands.edits.is_empty() {
            let mut why =
                vec!["Packages and users have other names and commands on UBI.".to_string()];
            why.extend(commands.notes);
            steps.push(Step::new(
                "install and create the same with UBI's commands",
                join(why),
                commands.edits,
            ));
        }
        steps.extend(started);
        steps.extend(moved);
        steps.extend(entry);
        steps.extend(users);
        Ok(Swap { steps })
    }

    /// What else changes with the image, for the reviewer.
    fn notes(&self, old: &ImageReference) -> Vec<String> {
        let mut notes = Vec::new();
        let ends = self.old.end_of_support.as_ref();
        if let Some(date) = ends.filter(|date| self.new.end_of_support.as_ref() != Some(date)) {
            notes.push(format!("Support of `{}` ends on {date}.", old.as_str()));
        }
        if old.digest().is_some() {
            notes.push(
                "The digest named the old image; the new one is not pinned by digest.".to_string(),
            );
        }
        if self.old.libc != self.new.libc {
            notes.push(
                "The C library changes: what was compiled for the old one does not run."
                    .to_string(),
            );
        }
        let (before, after) = (workdir(&self.old), workdir(&self.new));
        if before != after && !self.needs_old_workdir() && self.uses_first_workdir() {
            notes.push(format!("Relative paths move from `{before}` to `{after}`."));
        }
        notes
    }

    fn instructions(&self) -> impl Iterator<Item = (usize, &'a Instruction<'a>)> {
        self.model.instructions_of_all(&self.stages)
    }

    /// Whether lines ran as root because the old image did, and the new one does not.
    fn needs_root_from_start(&self) -> bool {
        let was_root = self.old.user.as_deref().is_none_or(is_root);
        let is_root_now = self.new.user.as_deref().is_some_and(is_root);
        // Without a shell, no RUN is left.
        if !was_root || is_root_now || self.new.shell == Some(false) {
            return false;
        }
        let mut needed = false;
        for stage in &self.stages {
            self.model
                .walk(stage.index)
                .for_each(|_, instruction, state| {
                    needed |= instruction.keyword == Keyword::Run && state.user_set_by.is_none();
                });
        }
        needed
    }

    /// Where to point for the swap as a whole.
    pub(super) fn span(&self) -> Span {
        self.root.base_span
    }
}

fn workdir(facts: &Facts) -> &str {
    facts.workdir.as_deref().unwrap_or("/")
}

fn join(sentences: Vec<String>) -> Option<String> {
    (!sentences.is_empty()).then(|| sentences.join(" "))
}
