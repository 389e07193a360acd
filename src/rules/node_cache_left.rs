use crate::fix::Reason;
use crate::model::Model;
use crate::model::packages::{Action, Cache, PackageCommand, PackageManager};
use crate::rule::packages::{self, PackageRun};
use crate::rule::{Check, Finding, Rule, Severity, Survey, Verdict};
use crate::syntax::shell::Site;
use crate::text::Span;

pub const RULE: Rule = Rule {
    id: "node-cache-left",
    summary: "the cache of npm or yarn stays in the image",
    severity: Severity::Low,
    since: "0.1.0",
    page: include_str!("node_cache_left.md"),
    aliases: &["hadolint:DL3060"],
    check: Check::Dockerfile(check),
};

/// What is written only where yarn is version 2 or later, whose cache a project may run from.
const LATER_YARN: &[&str] = &[
    ".yarnrc.yml",
    ".yarn/",
    ".pnp.",
    "--immutable",
    "corepack",
    "yarn set version",
    "yarn workspaces focus",
    "yarn dlx",
    "/.yarn",
    " .yarn",
];

fn check(model: &Survey<'_>) -> Vec<Finding> {
    let runs = model.package_runs(|one| matches!(one, PackageManager::Npm | PackageManager::Yarn));
    if runs.is_empty() {
        return Vec::new();
    }
    let lineage = model.lineage();
    let managers = [
        (PackageManager::Npm, Cache::Npm, "npm cache clean --force"),
        (PackageManager::Yarn, Cache::Yarn, "yarn cache clean"),
    ];
    let mut findings = Vec::new();
    for what in managers {
        let (manager, _, _) = what;
        let objection = objection(model, manager);
        let offline = packages::asked_later(&runs, |one| {
            one.manager == manager && one.has_option(&["--offline"])
        });
        let pairs = runs.iter().zip(offline);
        let shipped =
            pairs.filter(|(run, _)| lineage.iter().any(|stage| stage.index == run.stage.index));
        findings.extend(shipped.filter_map(|(run, offline)| {
            let text = "this installs from the cache";
            let offline = offline.map(|span| Reason::at(span, text));
            finding(model, run, offline.or_else(|| objection.clone()), what)
        }));
    }
    findings
}

fn finding(
    model: &Model<'_>,
    run: &PackageRun<'_>,
    objection: Option<Reason>,
    (manager, cache, clean): (PackageManager, Cache, &str),
) -> Option<Finding> {
    let fills = |one: &&PackageCommand<'_>| {
        one.manager == manager && !one.has_option(&["--cache", "--cache-folder", "--offline"])
    };
    let commands: Vec<_> = run
        .doing(&[Action::Install, Action::Upgrade])
        .filter(fills)
        .collect();
    let (first, last) = (commands.first()?, commands.last()?);
    let offset = last.span().start;
    let is_cleaned = run
        .doing(&[Action::Clean])
        .any(|one| one.manager == manager && one.span().start > offset);
    let name = if manager == PackageManager::Npm {
        "npm"
    } else {
        "yarn"
    };
    if is_cleaned || run.is_emptied_after(cache, offset) || run.has_mount_named(name) {
        return None;
    }
    let message = format!("the cache of {name} stays in the image");
    let sites: Vec<&Site<'_>> = commands.iter().map(|one| &one.site).collect();
    let verdict = match objection {
        Some(reason) => Verdict::held(reason),
        None => match run.behind(model, &sites, &run.as_root(last, clean)) {
            Err(reason) => Verdict::held(reason),
            Ok(edit) if manager == PackageManager::Npm => {
                Verdict::safe("empty the cache after its use", vec![edit])
            }
            Ok(edit) => {
                let why = "A project that uses Yarn 2 or later without `node_modules` runs from the cache: then take this back.";
                Verdict::review("empty the cache after its use", why, vec![edit])
            }
        },
    };
    Some(Finding::of(&RULE, first.span(), message, verdict))
}

/// What in the file speaks against emptying the cache of a manager.
fn objection(model: &Model<'_>, manager: PackageManager) -> Option<Reason> {
    if manager == PackageManager::Npm {
        return None;
    }
    let source = model.file.source;
    let signs = LATER_YARN.iter();
    let found = signs.filter_map(|sign| {
        let start = source.find(sign)?;
        Some(Span::new(start, start + sign.len()))
    });
    let first = found.min_by_key(|span| span.start)?;
    let text = "Yarn 2 or later may run the project from its cache";
    Some(Reason::at(first, text))
}
