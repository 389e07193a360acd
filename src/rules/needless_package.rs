use crate::fix::{Fix, Reason, Step};
use crate::model::package_facts::{Package as Facts, Purpose};
use crate::model::packages::{
    Action, Package, PackageCommand, PackageManager, cleanups, invocation, package_commands,
};
use crate::model::{Model, Stage};
use crate::rule::packages::{self, PackageRun, needed};
use crate::rule::{Check, Finding, Rule, Severity, Survey, Verdict, lines};
use crate::syntax::Keyword;
use crate::syntax::shell::{Site, edit};
use crate::text::{Edit, Span};

pub const RULE: Rule = Rule {
    id: "needless-package",
    summary: "a package in the shipped image that only a person would use",
    severity: Severity::Low,
    since: "0.1.0",
    page: include_str!("needless_package.md"),
    aliases: &["cis:4.3"],
    check: Check::Dockerfile(check),
};

/// What packages are for that a person needs and an application does not; where a profile lists none.
const PURPOSES: &[Purpose] = &[Purpose::Editor, Purpose::Debugger, Purpose::NetworkTool];

/// What packages are for that other programs start without being told: a compiler by `pip install`, `git` by `go get`.
const STARTED_BY_OTHERS: &[Purpose] = &[
    Purpose::Archive,
    Purpose::BuildTool,
    Purpose::Compiler,
    Purpose::Documentation,
    Purpose::Download,
    Purpose::PackageManager,
    Purpose::SshClient,
    Purpose::VersionControl,
];

/// Programs that start no others.
const START_NOTHING: &str = ": [ addgroup adduser cat cd chgrp chmod chown cp echo exit export groupadd install ln mkdir mv \
                             printf rm rmdir set test touch true useradd usermod";

/// Packages of other purposes of which the same holds.
const NAMES: &[&str] = &["man-db", "man", "manpages"];

fn check(model: &Survey<'_>) -> Vec<Finding> {
    let lineage = model.lineage();
    let runs = model.package_runs(PackageManager::is_system);
    let shipped = runs
        .iter()
        .filter(|run| lineage.iter().any(|stage| stage.index == run.stage.index));
    let mut findings = Vec::new();
    if runs.is_empty() {
        return findings;
    }
    let used = Used {
        purposes: match model.strip.as_slice() {
            [] => PURPOSES,
            list => list,
        },
        words: needed::Words::of(model, &lineage),
        starting: starting(model, &lineage),
    };
    for run in shipped {
        for command in run
            .commands
            .iter()
            .filter(|one| needed::installs_system(one))
        {
            findings.extend(of_command(model, &used, run, command));
        }
    }
    findings
}

/// What is looked for, and what the shipped stages use.
struct Used<'a> {
    purposes: &'a [Purpose],
    words: needed::Words<'a>,
    /// Commands that may start other programs, in the order of the file.
    starting: Vec<Span>,
}

impl Used<'_> {
    fn is_listed(&self, facts: &Facts) -> bool {
        has_purpose(self.purposes, facts) || NAMES.contains(&facts.name)
    }
}

fn has_purpose(purposes: &[Purpose], facts: &Facts) -> bool {
    purposes.iter().any(|one| one.as_str() == facts.purpose)
}

/// The commands of the RUNs that may start other programs; not those that only care for packages of the system.
fn starting(model: &Model<'_>, lineage: &[&Stage]) -> Vec<Span> {
    let mut found = Vec::new();
    for (index, instruction) in model.instructions_of_all(lineage) {
        let body = model.body(index).script();
        let Some(script) = body.filter(|_| instruction.keyword == Keyword::Run) else {
            continue;
        };
        let managing: Vec<Span> = package_commands(script)
            .iter()
            .filter(|one| one.manager.is_system())
            .map(PackageCommand::span)
            .collect();
        let starts = |site: &Site<'_>| {
            let name = invocation(site.command).name.unwrap_or_default();
            !START_NOTHING.split_whitespace().any(|one| one == name)
                && !managing.contains(&site.command.span)
        };
        let sites = script.commands();
        found.extend(
            sites
                .iter()
                .filter(|site| starts(site))
                .map(|site| site.command.span),
        );
    }
    found
}

/// One finding for all that can go from a command, and one for each package that is held.
fn of_command(
    model: &Model<'_>,
    used: &Used<'_>,
    run: &PackageRun<'_>,
    command: &PackageCommand<'_>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut going: Vec<(&Package, Facts)> = Vec::new();
    for package in &command.packages {
        let name = package.name.as_deref().unwrap_or_default();
        let Some(facts) =
            needed::facts(command.manager, name).filter(|facts| used.is_listed(facts))
        else {
            continue;
        };
        match objection(used, run, package, &facts) {
            None => going.push((package, facts)),
            Some(reason) => {
                findings.push(Finding::of(
                    &RULE,
                    package.span,
                    message(&facts),
                    Verdict::held(reason),
                ));
            }
        }
    }
    if let Some((first, facts)) = going.first() {
        let verdict = removal(model, run, command, &going);
        findings.push(Finding::of(&RULE, first.span, message(facts), verdict));
    }
    findings
}

fn message(facts: &Facts) -> String {
    let article = if facts.purpose.starts_with(['a', 'e', 'i', 'o', 'u']) {
        "an"
    } else {
        "a"
    };
    let purpose = facts.purpose.replace('-', " ");
    format!(
        "`{}` is {article} {purpose}, which the application does not need",
        facts.name
    )
}

/// Who uses a package, or may.
fn objection(
    used: &Used<'_>,
    run: &PackageRun<'_>,
    package: &Package,
    facts: &Facts,
) -> Option<Reason> {
    let mut words: Vec<&str> = facts.commands.iter().collect();
    words.extend(package.name.as_deref());
    words.push(facts.name);
    if has_purpose(&[Purpose::SshServer], facts) {
        // `service ssh start`
        words.push("ssh");
    }
    if let Some(span) = used.words.mention(&words, package.span) {
        return Some(Reason::at(span, "this uses it"));
    }
    if has_purpose(&[Purpose::Editor], facts) || NAMES.contains(&facts.name) {
        return None;
    }
    if let Some(span) = used.words.unknown_from(run.run.index) {
        return Some(Reason::at(
            span,
            "what this runs is not in the file, and may use it",
        ));
    }
    let next = used
        .starting
        .partition_point(|span| span.start < package.span.end);
    let later = used.starting.get(next);
    let later = later.filter(|_| has_purpose(STARTED_BY_OTHERS, facts));
    later.map(|span| Reason::at(*span, "this may start it without naming it"))
}

fn removal(
    model: &Model<'_>,
    run: &PackageRun<'_>,
    command: &PackageCommand<'_>,
    going: &[(&Package, Facts)],
) -> Verdict {
    let edits = if going.len() == command.packages.len() {
        whole_command(model, run, command).map(|edit| vec![edit])
    } else {
        let spans = going
            .iter()
            .map(|(package, _)| edit::take_out(model.file.source, &command.site, package.index));
        let spans: Result<Vec<Span>, _> = spans.collect();
        let edits = spans.map(|spans| spans.into_iter().map(Edit::delete).collect());
        edits.map_err(|refusal| packages::refused(command.span(), refusal))
    };
    let names: Vec<&str> = going
        .iter()
        .map(|(package, _)| package.name.as_deref().unwrap_or_default())
        .collect();
    let title = format!("do not install `{}`", names.join("`, `"));
    let why = "Nothing in the file uses it. Whoever works in a running container can use a debug image instead.";
    let fix = edits.and_then(|edits| {
        let step = Step::new(title.clone(), None, edits);
        Fix::review(title.clone(), why, vec![step])
            .map_err(|overlap| Reason::at(overlap.second, overlap.to_string()))
    });
    match fix {
        Ok(fix) => Verdict::Fix(fix),
        Err(reason) => Verdict::held(reason),
    }
}

/// The command goes, and the whole RUN where the rest of it only serves the command.
fn whole_command(
    model: &Model<'_>,
    run: &PackageRun<'_>,
    command: &PackageCommand<'_>,
) -> Result<Edit, Reason> {
    let script = run.run.script;
    if only_serves(run, command) {
        let lost = "a comment inside it would be lost";
        return lines::remove_for_good(model, run.run.index)
            .ok_or_else(|| Reason::at(command.span(), lost));
    }
    let span = edit::delete_command(script, model.file.source, &command.site);
    let span = span.map_err(|refusal| {
        let text = format!(
            "nothing would be left to install, and the command cannot be taken out: {refusal}"
        );
        Reason::at(command.span(), text)
    })?;
    Ok(Edit::delete(span))
}

/// Whether a RUN besides the command only fetches lists and empties caches.
fn only_serves(run: &PackageRun<'_>, command: &PackageCommand<'_>) -> bool {
    let mut serving: Vec<Span> = run
        .doing(&[Action::Update, Action::Clean])
        .map(PackageCommand::span)
        .collect();
    serving.push(command.span());
    let all = cleanups(run.run.script);
    serving.extend(all.iter().map(|one| one.site.command.span));
    let sites = run.run.script.commands();
    sites
        .iter()
        .all(|site| serving.contains(&site.command.span))
}
