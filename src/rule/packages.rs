//! The RUNs that call package managers, for rules that look at them.

mod lists;
pub mod needed;

pub use lists::{Lists, Use, first_use, uses_from};

use std::cell::OnceCell;
use std::collections::HashSet;

use super::runs::{self, Run};
use crate::fix::Reason;
use crate::model::packages::{
    Action, Cache, PackageCommand, cleanups, invocation, package_commands,
};
use crate::model::state::is_inside;
use crate::model::{Base, Model, Scope, Shell, Stage};
use crate::syntax::Keyword;
use crate::syntax::shell::edit::{self, ErrorExit, Refusal, Surroundings};
use crate::syntax::shell::{Site, Word};
use crate::text::{Edit, Span};

/// A RUN with calls of package managers, and what holds before it.
pub struct PackageRun<'m> {
    pub stage: &'m Stage,
    pub run: Run<'m>,
    /// In source order, without those that work in another root folder.
    pub commands: Vec<PackageCommand<'m>>,
    pub is_root: Option<bool>,
    pub error_exit: ErrorExit,
    /// The names of [`VARIABLES`] that ENV sets before it.
    variables: Vec<&'static str>,
    /// The caches that commands of the RUN empty, with the places of these commands; read when it is first asked for.
    emptied: OnceCell<Vec<(Cache, usize)>>,
}

/// Options that make a manager work in another root folder.
const OTHER_ROOT: &[&str] = &["--installroot", "--root", "--initdb"];

/// Variables that tell package managers where their caches are.
const VARIABLES: &[&str] = &["PIP_NO_CACHE_DIR", "PIP_CACHE_DIR"];

/// What stands in the text of every RUN that calls a manager which a rule knows. Reading the others would be dear.
const NAMES: &[&str] = &["apt", "apk", "yum", "dnf", "zypper", "pip", "npm", "yarn"];

fn set_variables(scope: &Scope) -> Vec<&'static str> {
    let names = VARIABLES.iter().copied();
    names
        .filter(|name| scope.environment(name).is_some())
        .collect()
}

/// The RUNs that call a package manager, in the order of the file.
pub(super) fn package_runs<'m>(model: &'m Model<'m>) -> Vec<PackageRun<'m>> {
    let runs: Vec<Run<'m>> = runs::runs_with(model, NAMES).collect();
    if runs.is_empty() {
        return Vec::new();
    }
    let mut found = Vec::new();
    for stage in &model.stages {
        model
            .walk(stage.index)
            .for_each(|index, instruction, state| {
                if instruction.keyword != Keyword::Run {
                    return;
                }
                let Some(run) = runs::find(&runs, index) else {
                    return;
                };
                let mut commands = package_commands(run.script);
                commands.retain(|command| !works_elsewhere(command));
                if commands.is_empty() {
                    return;
                }
                found.push(PackageRun {
                    stage,
                    run: *run,
                    commands,
                    is_root: state.is_root(),
                    error_exit: error_exit(&state.shell),
                    variables: set_variables(&state.scope),
                    emptied: OnceCell::new(),
                });
            });
    }
    found
}

/// The RUNs of a stage, and those of the stages behind it, among runs in the order of the file.
pub fn split_stage<'r, 's, 'm>(
    runs: &'r [&'s PackageRun<'m>],
    stage: &Stage,
) -> (&'r [&'s PackageRun<'m>], &'r [&'s PackageRun<'m>]) {
    let end = runs.partition_point(|run| run.stage.index <= stage.index);
    runs.split_at_checked(end).unwrap_or((runs, &[]))
}

/// Whether a command works in another root folder than the image's.
fn works_elsewhere(command: &PackageCommand<'_>) -> bool {
    let wrappers = invocation(command.site.command).wrappers;
    command.manager.is_system() && command.has_option(OTHER_ROOT)
        || wrappers.iter().any(|(_, name)| name == "chroot")
}

/// Whether a shell is started so that it stops at the first failure.
fn error_exit(shell: &Shell) -> ErrorExit {
    let Shell::Set(words) = shell else {
        return ErrorExit::Off;
    };
    let mut options = words.iter().skip(1);
    let stops = options.any(|word| {
        let letters = word.strip_prefix('-').filter(|rest| !rest.starts_with('-'));
        word == "errexit" || letters.is_some_and(|letters| letters.contains('e'))
    });
    if stops { ErrorExit::On } else { ErrorExit::Off }
}

impl<'m> PackageRun<'m> {
    /// The commands that do one of the actions.
    pub fn doing<'s>(
        &'s self,
        actions: &'s [Action],
    ) -> impl Iterator<Item = &'s PackageCommand<'m>> {
        let commands = self.commands.iter();
        commands.filter(move |command| actions.contains(&command.action))
    }

    /// `command` behind the last of the sites; see [`edit::after`].
    ///
    /// # Errors
    /// Why there is no place for it.
    pub fn behind(
        &self,
        model: &Model<'_>,
        sites: &[&Site<'_>],
        command: &str,
    ) -> Result<Edit, Reason> {
        let surroundings = Surroundings {
            source: model.file.source,
            script: self.run.script,
            error_exit: self.error_exit,
        };
        edit::after(&surroundings, sites, command).map_err(|refusal| {
            let span = sites
                .last()
                .map_or(self.run.script.span, |site| site.command.span);
            Reason::at(
                span,
                format!("`{command}` has no place behind it: {refusal}"),
            )
        })
    }

    /// `text`, run by `sudo` where the command needs it to be root.
    pub fn as_root(&self, command: &PackageCommand<'_>, text: &str) -> String {
        let wrappers = invocation(command.site.command).wrappers;
        let has_sudo = wrappers.iter().any(|(_, name)| name == "sudo");
        if has_sudo && self.is_root != Some(true) {
            format!("sudo {text}")
        } else {
            text.to_string()
        }
    }

    /// Whether a folder is not part of the layer, because something is mounted there or above it.
    pub fn is_mounted(&self, folder: &str) -> bool {
        self.mounts().any(|target| is_inside(folder, target))
    }

    /// Whether a folder that is named like this, or a folder for all caches, is mounted.
    pub fn has_mount_named(&self, name: &str) -> bool {
        let mut targets = self.mounts();
        targets.any(|target| target.contains(name) || target.ends_with("cache"))
    }

    /// The folders in which something is mounted that is no part of the layer, without a final slash.
    fn mounts(&self) -> impl Iterator<Item = &str> {
        let flags = self.run.instruction.flags.iter();
        let mounts = flags.filter(|flag| flag.name() == "mount");
        mounts.filter_map(|mount| {
            let pairs = mount
                .value()?
                .split(',')
                .filter_map(|one| one.split_once('='));
            let mut targets =
                pairs.filter(|(key, _)| matches!(*key, "target" | "dst" | "destination"));
            targets.next().map(|(_, value)| value.trim_end_matches('/'))
        })
    }

    /// Whether a command behind `offset` empties the cache.
    pub fn is_emptied_after(&self, cache: Cache, offset: usize) -> bool {
        let emptied = self.emptied.get_or_init(|| {
            let cleanups = cleanups(self.run.script);
            let places = cleanups.iter();
            places
                .map(|one| (one.cache, one.site.command.span.start))
                .collect()
        });
        emptied
            .iter()
            .any(|(one, start)| *one == cache && *start > offset)
    }

    /// Whether ENV or the command sets a variable of [`VARIABLES`] to something.
    pub fn has_variable(&self, command: &PackageCommand<'_>, name: &str) -> bool {
        let own = command.environment.iter().any(|one| one.name == name);
        own || self.variables.contains(&name)
    }
}

/// For each stage, whether its layers become part of an image: not where other stages only copy from it.
pub fn image_stages(model: &Model<'_>) -> Vec<bool> {
    let flags = model.file.instructions.iter().flat_map(|one| &one.flags);
    let sources = flags.filter_map(|flag| match flag.name() {
        "from" => flag.value(),
        "mount" => {
            let mut pairs = flag.value()?.split(',');
            pairs.find_map(|pair| pair.strip_prefix("from="))
        }
        _ => None,
    });
    let copied: HashSet<String> = sources.map(str::to_ascii_lowercase).collect();
    let is_copied = |stage: &Stage| {
        let is_named = stage
            .name
            .as_ref()
            .is_some_and(|name| copied.contains(name));
        is_named || copied.contains(&stage.index.to_string())
    };
    let mut is_base = vec![false; model.stages.len()];
    for stage in &model.stages {
        if let Base::Stage(below) = stage.base
            && let Some(slot) = is_base.get_mut(below)
        {
            *slot = true;
        }
    }
    let mut images: Vec<bool> = model
        .stages
        .iter()
        .map(|stage| !is_copied(stage) && is_base.get(stage.index) == Some(&false))
        .collect();
    for stage in model.lineage() {
        if let Some(slot) = images.get_mut(stage.index) {
            *slot = true;
        }
    }
    // A stage can only be built on an earlier one.
    for stage in model.stages.iter().rev() {
        if let Base::Stage(below) = stage.base
            && images.get(stage.index) == Some(&true)
            && let Some(slot) = images.get_mut(below)
        {
            *slot = true;
        }
    }
    images
}

/// For each RUN, whether one behind it has a command of which the question is true.
pub fn asked_later(
    runs: &[&PackageRun<'_>],
    question: impl Fn(&PackageCommand<'_>) -> bool,
) -> Vec<Option<Span>> {
    let mut found = None;
    let mut answers: Vec<Option<Span>> = Vec::with_capacity(runs.len());
    for run in runs.iter().rev() {
        answers.push(found);
        let first = run.commands.iter().find(|one| question(one));
        found = first.map(PackageCommand::span).or(found);
    }
    answers.reverse();
    answers
}

/// ` word` behind the word `index` of a command, or why not.
///
/// # Errors
/// What stands against it.
pub fn insert_word(
    model: &Model<'_>,
    command: &PackageCommand<'_>,
    index: usize,
    word: &str,
) -> Result<Edit, Reason> {
    let place = edit::after_word(model.file.source, &command.site, index);
    let place = place.map_err(|refusal| refused(command.span(), refusal))?;
    Ok(Edit::insert(place, format!(" {word}")))
}

/// The refusal of an edit as a reason.
pub fn refused(span: Span, refusal: Refusal) -> Reason {
    Reason::at(span, refusal.to_string())
}

/// The index of the last option that follows the action at once, or of the action.
pub fn last_leading_option(command: &PackageCommand<'_>) -> Option<usize> {
    let action = command.action_index?;
    let mut last = action;
    for option in &command.options {
        let end = option
            .value
            .as_ref()
            .map_or(option.index, |value| value.index);
        if option.index == last + 1 {
            last = end;
        }
    }
    Some(last)
}

/// Whether a word stands for exactly this text.
pub fn is_word(word: &Word, text: &str) -> bool {
    word.literal().as_deref() == Some(text)
}
