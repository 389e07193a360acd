use crate::model::Model;
use crate::model::packages::{Action, Cache, PackageCommand, PackageManager};
use crate::rule::packages::{PackageRun, insert_word};
use crate::rule::{Check, Finding, Rule, Severity, Survey, Verdict};

pub const RULE: Rule = Rule {
    id: "pip-cache-left",
    summary: "the cache of pip stays in the layer",
    severity: Severity::Low,
    since: "0.1.0",
    page: include_str!("pip_cache_left.md"),
    aliases: &["hadolint:DL3042", "kics:f2f903fb"],
    check: Check::Dockerfile(check),
};

fn check(model: &Survey<'_>) -> Vec<Finding> {
    if model.file.source.contains("global.no-cache-dir") {
        // `pip config set global.no-cache-dir true`
        return Vec::new();
    }
    let runs = model.package_runs(|one| one == PackageManager::Pip);
    let runs = runs.iter().filter(|run| !run.has_mount_named("pip"));
    runs.flat_map(|run| {
        let installs = run.doing(&[Action::Install]);
        let fills = installs.filter(|one| fills_cache(run, one));
        fills
            .filter_map(|one| finding(model, one))
            .collect::<Vec<_>>()
    })
    .collect()
}

fn fills_cache(run: &PackageRun<'_>, command: &PackageCommand<'_>) -> bool {
    let is_told = ["PIP_NO_CACHE_DIR", "PIP_CACHE_DIR"]
        .iter()
        .any(|name| run.has_variable(command, name));
    command.manager == PackageManager::Pip
        && !command.has_option(&["--no-cache-dir", "--no-cache", "--cache-dir"])
        && !is_told
        && !run.is_emptied_after(Cache::Pip, command.span().start)
}

fn finding(model: &Model<'_>, command: &PackageCommand<'_>) -> Option<Finding> {
    let verdict = match insert_word(model, command, command.action_index?, "--no-cache-dir") {
        Ok(edit) => Verdict::safe("install without a cache", vec![edit]),
        Err(reason) => Verdict::held(reason),
    };
    let message = "what pip downloads stays in its cache";
    Some(Finding::of(&RULE, command.span(), message, verdict))
}
