//! Which commands need the package lists that `apt-get update` fetches.

use super::works_elsewhere;
use crate::model::packages::{
    Action, PackageCommand, Unknown, commands_used, invocation, package_commands,
};
use crate::model::{Base, Body, Model};
use crate::syntax::shell::{Script, Site};
use crate::syntax::{Arguments, Instruction, Keyword};
use crate::text::Span;

/// Who needs the lists that are there before an instruction, or behind one.
#[derive(Clone, Copy, Debug, Default)]
pub struct Use {
    /// A command that installs from them.
    pub needs: Option<Span>,
    /// A command that runs what this file does not show.
    pub may_need: Option<Span>,
    /// Whether they are fetched again.
    fetches: bool,
}

/// Who needs the lists behind each instruction.
pub struct Lists {
    /// For each instruction: who needs the lists that are there behind it, before they are fetched again.
    later: Vec<Use>,
}

fn is_debian(command: &PackageCommand<'_>) -> bool {
    command.manager.is_debian() && !works_elsewhere(command)
}

/// Whether a call of apt reads the lists. What it is asked to do with them does not matter.
fn reads_lists(command: &PackageCommand<'_>) -> bool {
    use Action::{Clean, Install, Other, Remove, Update, Upgrade};
    match command.action {
        Install | Upgrade => true,
        Update | Remove | Clean => false,
        Other => command.action_index.is_some(),
    }
}

/// Programs besides apt itself that read the lists.
fn is_reader(site: &Site<'_>) -> bool {
    let name = invocation(site.command).name;
    matches!(
        name.as_deref(),
        Some(
            "apt-cache"
                | "apt-file"
                | "apt-add-repository"
                | "add-apt-repository"
                | "apt-key"
                | "gdebi"
                | "mk-build-deps"
        )
    )
}

/// The commands of a script behind `offset` that read the lists or may do so.
pub fn uses_from(script: &Script, offset: usize) -> Vec<Site<'_>> {
    let unknown: Vec<Span> = commands_used(script)
        .into_iter()
        .filter(|one| may_install(one.unknown))
        .map(|one| one.span)
        .collect();
    let calls: Vec<Span> = package_commands(script)
        .iter()
        .filter(|command| is_debian(command) && reads_lists(command))
        .map(PackageCommand::span)
        .collect();
    let mut sites = script.commands();
    sites.retain(|site| {
        let span = site.command.span;
        let has_unknown = || unknown.iter().any(|one| span.contains(*one));
        span.start > offset && (calls.contains(&span) || is_reader(site) || has_unknown())
    });
    sites.retain(|site| !site.is_in_substitution());
    sites
}

fn may_install(unknown: Option<Unknown>) -> bool {
    use Unknown::{Evaluated, Expansion, NestedShell, Script};
    matches!(unknown, Some(Evaluated | Expansion | NestedShell | Script))
}

/// The first command of a RUN that needs lists which the RUN has not fetched by then.
pub fn first_use<'s>(commands: &'s [PackageCommand<'s>]) -> Option<&'s PackageCommand<'s>> {
    let first = commands
        .iter()
        .find(|one| is_debian(one) && (one.action == Action::Update || reads_lists(one)))?;
    (first.action != Action::Update).then_some(first)
}

impl Lists {
    pub fn of(model: &Model<'_>) -> Self {
        let numbered = model.file.instructions.iter().enumerate();
        let uses = numbered.map(|(index, instruction)| {
            use Keyword::{Cmd, Entrypoint, Healthcheck, Onbuild, Run};
            match instruction.keyword {
                Run | Cmd | Entrypoint | Healthcheck | Onbuild => {
                    in_instruction(model, index, instruction)
                }
                _ => Use::default(),
            }
        });
        let uses: Vec<Use> = uses.collect();
        let mut later = vec![Use::default(); uses.len()];
        // What the stages that are built on a stage do; they come later, and so are done first.
        let mut above = vec![Use::default(); model.stages.len()];
        for stage in model.stages.iter().rev() {
            let mut behind = above.get(stage.index).copied().unwrap_or_default();
            for index in stage.body.clone().rev() {
                if let (Some(slot), Some(own)) = (later.get_mut(index), uses.get(index)) {
                    *slot = behind;
                    behind = own.then(behind);
                }
            }
            if let Base::Stage(below) = stage.base
                && let Some(slot) = above.get_mut(below)
            {
                slot.needs = behind.needs.or(slot.needs);
                slot.may_need = behind.may_need.or(slot.may_need);
            }
        }
        Self { later }
    }

    /// Who needs the lists that are there behind the instruction `index`, before they are fetched again.
    pub fn later_use(&self, index: usize) -> Use {
        self.later.get(index).copied().unwrap_or_default()
    }
}

impl Use {
    fn then(self, later: Self) -> Self {
        if self.fetches {
            return self;
        }
        Self {
            needs: self.needs.or(later.needs),
            may_need: self.may_need.or(later.may_need),
            fetches: later.fetches,
        }
    }
}

fn in_instruction(model: &Model<'_>, index: usize, instruction: &Instruction<'_>) -> Use {
    let mut found = Use::default();
    let is_run = instruction.keyword == Keyword::Run;
    let Body::Script(script) = model.body(index) else {
        let span = instruction.logical_span();
        let text = instruction.span.slice(model.file.source);
        let installs = text.contains("install") && !text.contains("update");
        if (text.contains("apt-get") || text.contains("apt ")) && installs {
            found.needs = Some(span);
        } else if is_run || matches!(&instruction.arguments, Arguments::Trigger(_)) {
            found.may_need = Some(span);
        }
        return found;
    };
    let commands = package_commands(script);
    let update = commands
        .iter()
        .find(|one| is_debian(one) && one.action == Action::Update)
        .map(PackageCommand::span);
    let before = update.map_or(usize::MAX, |update| update.start);
    let sites = script.commands();
    let asks_cache = |site: &&Site<'_>| {
        let name = invocation(site.command).name;
        site.command.span.start < before && name.as_deref() == Some("apt-cache")
    };
    found.needs = first_use(&commands)
        .map(PackageCommand::span)
        .or_else(|| sites.iter().find(asks_cache).map(|site| site.command.span));
    if is_run {
        let mut uses = commands_used(script).into_iter();
        let unknown = uses.find(|one| one.span.start < before && one.unknown.is_some());
        found.may_need = unknown.map(|one| one.span);
        found.fetches = update.is_some();
    }
    found
}
