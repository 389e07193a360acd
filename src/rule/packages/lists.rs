//! Which commands need the package lists that `apt-get update` fetches.

use super::works_elsewhere;
use crate::model::packages::{
    Action, PackageCommand, Unknown, commands_used, invocation, package_commands,
};
use crate::model::{Body, Model, Stage};
use crate::syntax::shell::{Script, Site};
use crate::syntax::{Arguments, Instruction, Keyword};
use crate::text::Span;

/// Who needs the lists after a RUN, before they are fetched again.
#[derive(Clone, Debug, Default)]
pub struct LaterUse {
    /// A command that installs from them.
    pub needs: Option<Span>,
    /// A command that runs what this file does not show.
    pub may_need: Option<Span>,
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

/// Who needs the lists that are there after the instruction `index` of a stage.
pub fn later_use(model: &Model<'_>, stage: &Stage, index: usize) -> LaterUse {
    let mut found = LaterUse::default();
    let own = model.instructions_of(stage).filter(|(at, _)| *at > index);
    if in_row(model, own, &mut found) {
        return found;
    }
    for later in model.descendants(stage) {
        in_row(model, model.instructions_of(later), &mut found);
    }
    found
}

/// Goes through instructions; `true` where the lists are fetched again.
fn in_row<'a>(
    model: &Model<'a>,
    instructions: impl Iterator<Item = (usize, &'a Instruction<'a>)>,
    found: &mut LaterUse,
) -> bool {
    for (index, instruction) in instructions {
        use Keyword::{Cmd, Entrypoint, Healthcheck, Onbuild, Run};
        let is_asked = matches!(
            instruction.keyword,
            Run | Cmd | Entrypoint | Healthcheck | Onbuild
        );
        if is_asked && in_instruction(model, index, instruction, found) {
            return true;
        }
    }
    false
}

fn in_instruction(
    model: &Model<'_>,
    index: usize,
    instruction: &Instruction<'_>,
    found: &mut LaterUse,
) -> bool {
    let span = instruction.logical_span();
    let text = instruction.span.slice(model.file.source);
    let Body::Script(script) = model.body(index) else {
        let trigger = matches!(&instruction.arguments, Arguments::Trigger(_));
        let installs = text.contains("install") && !text.contains("update");
        if (text.contains("apt-get") || text.contains("apt ")) && installs {
            found.needs.get_or_insert(span);
        } else if instruction.keyword == Keyword::Run || trigger {
            found.may_need.get_or_insert(span);
        }
        return false;
    };
    let commands = package_commands(script);
    let update = commands
        .iter()
        .find(|one| is_debian(one) && one.action == Action::Update)
        .map(PackageCommand::span);
    if let Some(command) = first_use(&commands) {
        found.needs.get_or_insert(command.span());
    }
    let before = update.map_or(usize::MAX, |update| update.start);
    let is_run = instruction.keyword == Keyword::Run;
    let mut uses = commands_used(script).into_iter();
    let unknown = uses.find(|one| one.span.start < before && one.unknown.is_some());
    if let Some(unknown) = unknown.filter(|_| is_run) {
        found.may_need.get_or_insert(unknown.span);
    }
    if let Some(reader) = script
        .commands()
        .iter()
        .find(|site| site.command.span.start < before && is_reader(site))
        && invocation(reader.command).name.as_deref() == Some("apt-cache")
    {
        found.needs.get_or_insert(reader.command.span);
    }
    update.is_some() && is_run
}
