use crate::model::packages::PackageManager;
use crate::model::packages::{Action, PackageCommand};
use crate::rule::packages::{PackageRun, needed};
use crate::rule::{Check, Finding, Rule, Severity, Survey, Verdict};

pub const RULE: Rule = Rule {
    id: "build-tools-shipped",
    summary: "compilers and build tools are part of the shipped image",
    severity: Severity::Info,
    since: "0.1.0",
    page: include_str!("build_tools_shipped.md"),
    aliases: &["cis:4.3"],
    check: Check::Dockerfile(check),
};

const PURPOSES: &[&str] = &["compiler", "build-tool"];

fn check(model: &Survey<'_>) -> Vec<Finding> {
    let lineage = model.lineage();
    let runs = model.package_runs(PackageManager::is_system);
    let shipped: Vec<&PackageRun<'_>> = runs
        .into_iter()
        .filter(|run| lineage.iter().any(|stage| stage.index == run.stage.index))
        .collect();
    let found = shipped.iter().find_map(|run| {
        let installs = run
            .commands
            .iter()
            .filter(|one| needed::installs_system(one));
        let left = installs.filter(|one| !is_removed(run, one));
        left.filter_map(|one| Some((one, tools(one)?))).next()
    });
    let Some((command, names)) = found else {
        return Vec::new();
    };
    let message = format!("`{}` ship with the image", names.join("`, `"));
    let title = "build in a stage of its own";
    let why = "Put what needs these packages into a stage `FROM … AS build`, copy its results with `COPY --from=build`, and \
               install only what runs in the last stage.";
    vec![Finding::of(
        &RULE,
        command.span(),
        message,
        Verdict::manual(title, why),
    )]
}

fn tools<'c>(command: &'c PackageCommand<'_>) -> Option<Vec<&'c str>> {
    let named = command
        .packages
        .iter()
        .filter_map(|one| one.name.as_deref());
    let names: Vec<&str> = named
        .filter(|name| {
            let facts = needed::facts(command.manager, name);
            facts.is_some_and(|facts| PURPOSES.contains(&facts.purpose))
        })
        .collect();
    (!names.is_empty()).then_some(names)
}

/// Whether the same RUN removes packages again, as with `apk add --virtual` or `apt-get purge`.
fn is_removed(run: &PackageRun<'_>, command: &PackageCommand<'_>) -> bool {
    run.doing(&[Action::Remove])
        .any(|one| one.span().start > command.span().start)
}
