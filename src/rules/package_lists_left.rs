use crate::fix::Reason;
use crate::model::Model;
use crate::model::packages::{Action, Cache, PackageManager};
use crate::rule::packages::{self, Lists, PackageRun, uses_from};
use crate::rule::{Check, Finding, Rule, Severity, Survey, Verdict};
use crate::syntax::shell::{Site, Word};
use crate::text::Span;

pub const RULE: Rule = Rule {
    id: "package-lists-left",
    summary: "the package lists of apt stay in the layer",
    severity: Severity::Low,
    since: "0.1.0",
    page: include_str!("package_lists_left.md"),
    aliases: &["hadolint:DL3009", "kics:df746b39"],
    check: Check::Dockerfile(check),
};

const FOLDER: &str = "/var/lib/apt/lists";

fn check(model: &Survey<'_>) -> Vec<Finding> {
    let runs = model.package_runs(PackageManager::is_debian);
    if runs.is_empty() {
        return Vec::new();
    }
    let images = packages::image_stages(model);
    let lists = model.lists();
    runs.iter()
        .filter(|run| images.get(run.stage.index) == Some(&true))
        .filter_map(|run| finding(model, lists, run))
        .collect()
}

fn finding(model: &Model<'_>, lists: &Lists, run: &PackageRun<'_>) -> Option<Finding> {
    let is_update = |one: &&crate::model::packages::PackageCommand<'_>| one.manager.is_debian();
    let updates: Vec<_> = run.doing(&[Action::Update]).filter(is_update).collect();
    let (first, last) = (updates.first()?, updates.last()?);
    let last_start = last.span().start;
    if run.is_mounted(FOLDER) || is_removed(run, last_start) {
        return None;
    }
    let users = uses_from(run.run.script, first.span().start);
    // Lists that only later RUNs use are the business of whoever moves the update there.
    users
        .iter()
        .find(|site| site.command.span.start > last_start)?;
    let later = lists.later_use(run.run.index);
    let verdict = match later.needs {
        Some(needs) => Verdict::held(Reason::at(needs, "this needs the lists")),
        None => remove(model, run, &updates, &users, later.may_need),
    };
    let message = "the package lists stay in the layer";
    Some(Finding::of(&RULE, first.span(), message, verdict))
}

fn remove(
    model: &Model<'_>,
    run: &PackageRun<'_>,
    updates: &[&crate::model::packages::PackageCommand<'_>],
    users: &[Site<'_>],
    may_need: Option<Span>,
) -> Verdict {
    let mut sites: Vec<&Site<'_>> = updates.iter().map(|one| &one.site).chain(users).collect();
    sites.sort_by_key(|site| site.command.span.start);
    let command = format!("rm -rf {FOLDER}/*");
    let command = updates
        .last()
        .map_or(command.clone(), |update| run.as_root(update, &command));
    let title = "remove the package lists after their use";
    match run.behind(model, &sites, &command) {
        Err(reason) => Verdict::held(reason),
        Ok(edit) if may_need.is_none() => Verdict::safe(title, vec![edit]),
        Ok(edit) => {
            let line = may_need.map_or(0, |span| line_of(model, span));
            let why = format!(
                "What line {line} runs is not in this file: if it installs packages, it must call `apt-get update` itself."
            );
            Verdict::review(title, why, vec![edit])
        }
    }
}

fn line_of(model: &Model<'_>, span: Span) -> usize {
    let before = model.file.source.get(..span.start).unwrap_or("");
    before.matches('\n').count() + 1
}

/// Whether a command behind `offset` removes the lists, in whatever way.
fn is_removed(run: &PackageRun<'_>, offset: usize) -> bool {
    if run.is_emptied_after(Cache::AptLists, offset) {
        return true;
    }
    run.run.script.commands().iter().any(|site| {
        let names_folder = |word: &Word| {
            let (text, _) = word.literal_prefix();
            text.contains(FOLDER) || text.contains("/var/lib/apt/*")
        };
        let name = site.command.name();
        site.command.span.start > offset
            && matches!(name.as_deref(), Some("rm" | "find" | "sudo"))
            && site.command.words.iter().any(names_folder)
    })
}
