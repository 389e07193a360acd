use crate::fix::Reason;
use crate::model::Model;
use crate::model::packages::{Action, Cache, PackageCommand, PackageManager};
use crate::rule::packages::{self, PackageRun};
use crate::rule::{Finding, Rule, Severity, Verdict};
use crate::syntax::shell::Site;
use crate::text::Span;

pub const RULE: Rule = Rule {
    id: "node-cache-left",
    summary: "the cache of npm or yarn stays in the image",
    severity: Severity::Low,
    since: "0.1.0",
    page: include_str!("node_cache_left.md"),
    aliases: &["hadolint:DL3060"],
    check,
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

fn check(model: &Model<'_>) -> Vec<Finding> {
    let runs = packages::package_runs(model, &["npm", "yarn"]);
    let lineage = model.lineage();
    let in_image = runs
        .iter()
        .enumerate()
        .filter(|(_, run)| lineage.iter().any(|stage| stage.index == run.stage.index));
    in_image
        .flat_map(|(number, run)| {
            let later = runs.get(number + 1..).unwrap_or(&[]);
            let managers = [
                (PackageManager::Npm, Cache::Npm, "npm cache clean --force"),
                (PackageManager::Yarn, Cache::Yarn, "yarn cache clean"),
            ];
            let each = managers.into_iter();
            each.filter_map(|what| finding(model, run, later, what))
                .collect::<Vec<_>>()
        })
        .collect()
}

fn finding(
    model: &Model<'_>,
    run: &PackageRun<'_>,
    later: &[PackageRun<'_>],
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
    let verdict = match objection(model, later, manager) {
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

fn objection(
    model: &Model<'_>,
    later: &[PackageRun<'_>],
    manager: PackageManager,
) -> Option<Reason> {
    let mut commands = later.iter().flat_map(|run| &run.commands);
    let offline = commands.find(|one| one.manager == manager && one.has_option(&["--offline"]));
    if let Some(command) = offline {
        return Some(Reason::at(command.span(), "this installs from the cache"));
    }
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
