use crate::fix::Reason;
use crate::model::Model;
use crate::model::packages::{Action, Cache, PackageCommand, PackageManager};
use crate::rule::packages::{self, PackageRun};
use crate::rule::{Check, Finding, Rule, Severity, Survey, Verdict};
use crate::syntax::shell::Site;
use crate::text::Span;

pub const RULE: Rule = Rule {
    id: "package-cache-left",
    summary: "the cache of yum, dnf, microdnf, tdnf or zypper stays in the layer",
    severity: Severity::Low,
    since: "0.1.0",
    page: include_str!("package_cache_left.md"),
    aliases: &[
        "hadolint:DL3032",
        "hadolint:DL3036",
        "hadolint:DL3040",
        "kics:00481784",
    ],
    check: Check::Dockerfile(check),
};

/// A manager, and what it leaves.
struct Leaver {
    manager: PackageManager,
    caches: &'static [Cache],
    folders: &'static [&'static str],
}

/// Options that ask for the packages to be kept.
const KEEP_CACHE: &[&str] = &["--downloadonly", "--download-only"];

/// Options that make a manager use nothing but its cache.
const CACHE_ONLY: &[&str] = &["-C", "--cacheonly"];

const LEAVERS: &[Leaver] = &[
    Leaver {
        manager: PackageManager::Yum,
        caches: &[Cache::Yum],
        // On RHEL 8 and later yum is dnf.
        folders: &["/var/cache/yum", "/var/cache/dnf"],
    },
    Leaver {
        manager: PackageManager::Dnf,
        caches: &[Cache::Dnf],
        folders: &["/var/cache/dnf", "/var/cache/libdnf5"],
    },
    Leaver {
        manager: PackageManager::Microdnf,
        // That of UBI 8 keeps its cache where yum has it.
        caches: &[Cache::Dnf, Cache::Yum],
        folders: &["/var/cache/yum", "/var/cache/dnf", "/var/cache/libdnf5"],
    },
    Leaver {
        manager: PackageManager::Tdnf,
        caches: &[Cache::Tdnf],
        folders: &["/var/cache/tdnf"],
    },
    Leaver {
        manager: PackageManager::Zypper,
        caches: &[Cache::Zypper],
        folders: &["/var/cache/zypp"],
    },
];

fn check(model: &Survey<'_>) -> Vec<Finding> {
    let runs = model.package_runs(PackageManager::is_system);
    let mut findings = Vec::new();
    for leaver in LEAVERS {
        let later = packages::asked_later(&runs, |one| {
            one.manager == leaver.manager && one.has_option(CACHE_ONLY)
        });
        let pairs = runs.iter().zip(later);
        findings.extend(pairs.filter_map(|(run, later)| finding(model, run, later, leaver)));
    }
    findings
}

fn finding(
    model: &Model<'_>,
    run: &PackageRun<'_>,
    cache_only: Option<Span>,
    leaver: &Leaver,
) -> Option<Finding> {
    let fills = |one: &&PackageCommand<'_>| {
        one.manager == leaver.manager && !one.has_option(KEEP_CACHE) && !one.has_option(CACHE_ONLY)
    };
    let commands: Vec<_> = run
        .doing(&[Action::Install, Action::Upgrade])
        .filter(fills)
        .collect();
    let (first, last) = (commands.first()?, commands.last()?);
    let last_start = last.span().start;
    let is_emptied = |cache: &Cache| run.is_emptied_after(*cache, last_start);
    if leaver.caches.iter().any(is_emptied)
        || leaver.folders.iter().any(|folder| run.is_mounted(folder))
        || is_cleaned_by_zypper(run, leaver.manager, last_start)
    {
        return None;
    }
    let verdict = match cache_only {
        Some(span) => Verdict::held(Reason::at(span, "this installs from the cache")),
        None => clean(model, run, &commands, last),
    };
    let message = format!("the cache of {} stays in the layer", program(last));
    Some(Finding::of(&RULE, first.span(), message, verdict))
}

/// `zypper clean` without `--all` leaves what is known of the repositories, which its author may want.
fn is_cleaned_by_zypper(run: &PackageRun<'_>, manager: PackageManager, offset: usize) -> bool {
    manager == PackageManager::Zypper
        && run
            .doing(&[Action::Clean])
            .any(|one| one.manager == manager && one.span().start > offset)
}

/// The program as it is called, without its folder.
fn program(command: &PackageCommand<'_>) -> String {
    let word = command.site.command.words.get(command.name_index);
    let name = word.and_then(|word| word.value()).unwrap_or_default();
    name.rsplit('/').next().unwrap_or("").to_string()
}

fn clean(
    model: &Model<'_>,
    run: &PackageRun<'_>,
    commands: &[&PackageCommand<'_>],
    last: &PackageCommand<'_>,
) -> Verdict {
    let what = match last.manager {
        PackageManager::Zypper => "clean --all",
        _ => "clean all",
    };
    let text = run.as_root(last, &format!("{} {what}", program(last)));
    let sites: Vec<&Site<'_>> = commands.iter().map(|one| &one.site).collect();
    match run.behind(model, &sites, &text) {
        Ok(edit) => Verdict::safe("empty the cache after its use", vec![edit]),
        Err(reason) => Verdict::held(reason),
    }
}
