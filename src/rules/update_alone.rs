use crate::fix::Reason;
use crate::model::packages::{Action, Cache, PackageCommand, PackageManager, invocation};
use crate::model::{Base, Model};
use crate::rule::packages::{self, Lists, PackageRun, first_use, uses_from};
use crate::rule::{Check, Finding, Rule, Severity, Survey, Verdict, lines};
use crate::syntax::shell::edit::{self, Surroundings};
use crate::text::{Edit, Span};

pub const RULE: Rule = Rule {
    id: "update-alone",
    summary: "packages are installed from lists that another layer fetched",
    severity: Severity::Medium,
    since: "0.1.0",
    page: include_str!("update_alone.md"),
    aliases: &[
        "checkov:CKV_DOCKER_5",
        "cis:4.7",
        "kics:9bae49be",
        "trivy:DS017",
    ],
    check: Check::Dockerfile(check),
};

fn check(model: &Survey<'_>) -> Vec<Finding> {
    let runs = model.package_runs(PackageManager::is_debian);
    if runs.is_empty() {
        return Vec::new();
    }
    let lists = model.lists();
    let changes = changes_of_sources(model);
    // The last RUN of each stage, or below it, that fetches lists.
    let mut sources: Vec<Option<&PackageRun<'_>>> = Vec::with_capacity(model.stages.len());
    let mut findings = Vec::new();
    let mut left = runs.as_slice();
    for stage in &model.stages {
        let mut source = match stage.base {
            Base::Stage(below) => sources.get(below).copied().flatten(),
            _ => None,
        };
        let own;
        (own, left) = packages::split_stage(left, stage);
        for run in own {
            findings.extend(source.and_then(|source| install_alone(model, &changes, source, run)));
            findings.extend(update_unused(model, lists, run));
            if updates(run).next().is_some() {
                source = Some(run);
            }
        }
        sources.push(source);
    }
    findings
}

fn updates<'r, 'm>(run: &'r PackageRun<'m>) -> impl Iterator<Item = &'r PackageCommand<'m>> {
    run.doing(&[Action::Update])
        .filter(|one| one.manager.is_debian())
}

/// A RUN that installs what an earlier one, `source`, has fetched the lists for.
fn install_alone(
    model: &Model<'_>,
    changes: &[usize],
    source: &PackageRun<'_>,
    run: &PackageRun<'_>,
) -> Option<Finding> {
    let user = first_use(&run.commands)?;
    let update = updates(source).last()?;
    if source.is_emptied_after(Cache::AptLists, update.span().start)
        || run.is_mounted("/var/lib/apt/lists")
    {
        return None;
    }
    let message = format!(
        "this installs from lists that line {} fetched, maybe long ago",
        source.run.instruction.first_line
    );
    let verdict = match fetch_first(model, run, user, update) {
        Err(reason) => Verdict::held(reason),
        Ok(edit) => {
            let title = "fetch the lists in the same layer";
            match change_between(model, changes, source.run.index, run.run.index) {
                None => Verdict::safe(title, vec![edit]),
                Some(line) => {
                    let why = format!(
                        "Line {line} changes where packages come from, which counts now: this may install other versions, or fail."
                    );
                    Verdict::review(title, why, vec![edit])
                }
            }
        }
    };
    Some(Finding::of(&RULE, user.span(), message, verdict))
}

fn fetch_first(
    model: &Model<'_>,
    run: &PackageRun<'_>,
    user: &PackageCommand<'_>,
    update: &PackageCommand<'_>,
) -> Result<Edit, Reason> {
    if update.site.may_fail() || update.site.is_negated() {
        let text = "this may fail without failing the build";
        return Err(Reason::at(update.span(), text));
    }
    let surroundings = Surroundings {
        source: model.file.source,
        script: run.run.script,
        error_exit: run.error_exit,
    };
    let command = run.as_root(user, &text_of(model, update));
    edit::before(&surroundings, &user.site, &command).map_err(|refusal| {
        let text = format!("`{command}` has no place in front of it: {refusal}");
        Reason::at(user.span(), text)
    })
}

/// The call as it is written, if it means the same everywhere.
fn text_of(model: &Model<'_>, update: &PackageCommand<'_>) -> String {
    let command = update.site.command;
    let words = command.words.as_slice();
    let span = match (words.first(), words.last()) {
        (Some(first), Some(last)) => Span::new(first.span.start, last.span.end),
        _ => command.span,
    };
    let text = span.slice(model.file.source);
    let is_plain = invocation(command).wrappers.is_empty()
        && command.assignments.is_empty()
        && !command.redirects.iter().any(|one| span.contains(one.span))
        && words.iter().all(|word| word.value().is_some())
        && !text.contains('\n');
    if is_plain { text } else { "apt-get update" }.to_string()
}

/// The instructions that change where apt fetches from.
fn changes_of_sources(model: &Model<'_>) -> Vec<usize> {
    let words = [
        "sources.list",
        "/etc/apt",
        "apt-repository",
        "--add-architecture",
    ];
    let numbered = model.file.instructions.iter().enumerate();
    let changing = numbered.filter(|(_, instruction)| {
        let text = instruction.span.slice(model.file.source);
        words.iter().any(|word| text.contains(word))
    });
    changing.map(|(index, _)| index).collect()
}

/// The line of a change behind the instruction `from`, up to `to`.
fn change_between(model: &Model<'_>, changes: &[usize], from: usize, to: usize) -> Option<usize> {
    let next = changes.get(changes.partition_point(|index| *index <= from))?;
    let instruction = model.instruction(*next).filter(|_| *next <= to)?;
    Some(instruction.first_line)
}

/// An update at the end of its RUN, whose lists nothing uses.
fn update_unused(model: &Model<'_>, lists: &Lists, run: &PackageRun<'_>) -> Option<Finding> {
    let update = updates(run).last()?;
    let start = update.span().start;
    if run.is_mounted("/var/lib/apt/lists") || run.is_emptied_after(Cache::AptLists, start) {
        return None;
    }
    let users = uses_from(run.run.script, start);
    if !users.is_empty() {
        return None;
    }
    let later = lists.later_use(run.run.index);
    if later.needs.is_some() {
        // The other half of this rule speaks of the command that needs them.
        return None;
    }
    let message = "nothing uses the lists that this fetches";
    let verdict = match later.may_need {
        Some(span) => Verdict::held(Reason::at(span, "this may install packages from the lists")),
        None => match take_out(model, run, update) {
            Err(reason) => Verdict::held(reason),
            Ok(edit) => {
                let why = "An image that is built on this one, or a script at its start, has to call `apt-get update` itself.";
                Verdict::review("leave out the update", why, vec![edit])
            }
        },
    };
    Some(Finding::of(&RULE, update.span(), message, verdict))
}

fn take_out(
    model: &Model<'_>,
    run: &PackageRun<'_>,
    update: &PackageCommand<'_>,
) -> Result<Edit, Reason> {
    let script = run.run.script;
    if script.commands().len() == 1 {
        let lost = "a comment inside it would be lost";
        return lines::remove_for_good(model, run.run.index)
            .ok_or_else(|| Reason::at(update.span(), lost));
    }
    let span: Result<Span, _> = edit::delete_command(script, model.file.source, &update.site);
    match span {
        Ok(span) => Ok(Edit::delete(span)),
        Err(refusal) => Err(Reason::at(
            update.span(),
            format!("it cannot be taken out: {refusal}"),
        )),
    }
}
