use crate::fix::Reason;
use crate::model::Model;
use crate::model::packages::{Action, PackageCommand, PackageManager};
use crate::rule::packages::{self, PackageRun, insert_word, last_leading_option};
use crate::rule::{Finding, Rule, Severity, Verdict};
use crate::syntax::shell::edit;
use crate::text::Edit;

pub const RULE: Rule = Rule {
    id: "recommended-packages-installed",
    summary: "apt-get installs packages that nobody asked for",
    severity: Severity::Low,
    since: "0.1.0",
    page: include_str!("recommended_packages_installed.md"),
    aliases: &["cis:4.3", "hadolint:DL3015", "kics:7384dfb2", "trivy:DS029"],
    check,
};

const OPTION: &str = "--no-install-recommends";

/// Packages that are of little use without one that they only recommend (Debian 12's package index), which then is named.
const NAMED: &[(&str, &str)] = &[
    // All that is fetched over https; libcurl recommends it.
    ("curl", "ca-certificates"),
    ("wget", "ca-certificates"),
    ("git", "ca-certificates"),
    ("docker.io", "ca-certificates"),
    ("gcc", "libc6-dev"),
    ("autoconf", "automake"),
    ("protobuf-compiler", "libprotobuf-dev"),
];

/// Packages whose recommendations decide what they can do, by the beginning of their names; and what makes up for them.
const HELD: &[(&str, &[&str])] = &[
    ("python3-pip", &["build-essential", "gcc", "g++"]),
    ("python-pip", &["build-essential", "gcc", "g++"]),
    ("cmake", &["build-essential", "make", "ninja-build"]),
    ("golang", &["build-essential", "gcc"]),
    ("cpanminus", &["build-essential", "make"]),
    ("r-base", &["r-recommended", "r-base-dev"]),
    ("flex", &["libfl-dev"]),
    ("libtool", &["libltdl-dev"]),
    ("openjfx", &[]),
    ("texlive", &[]),
    ("libreoffice", &[]),
    ("mysql-server", &[]),
    ("mariadb-server", &[]),
    ("lxc", &[]),
    ("task-", &[]),
    ("ubuntu-desktop", &[]),
    ("xfce4", &[]),
    ("lxde", &[]),
    ("lxqt", &[]),
    ("mate-desktop", &[]),
    ("gnome", &[]),
    ("kde-", &[]),
];

fn check(model: &Model<'_>) -> Vec<Finding> {
    if model.file.source.contains("Install-Recommends") {
        // apt's configuration says what is wanted.
        return Vec::new();
    }
    let runs = packages::package_runs(model, &["apt"]);
    let mut findings = Vec::new();
    for run in &runs {
        let installs = run.doing(&[Action::Install]).filter(|one| is_asked(one));
        findings.extend(installs.filter_map(|one| finding(model, &runs, run, one)));
    }
    findings
}

fn is_asked(command: &PackageCommand<'_>) -> bool {
    matches!(
        command.manager,
        PackageManager::AptGet | PackageManager::Apt
    ) && !command.has_option(&[OPTION, "--install-recommends", "--download-only", "-d"])
}

fn finding(
    model: &Model<'_>,
    runs: &[PackageRun<'_>],
    run: &PackageRun<'_>,
    command: &PackageCommand<'_>,
) -> Option<Finding> {
    let installed = installed(model, runs, run);
    let message = "packages that are only recommended are installed too";
    let verdict = match edits(model, command, &installed) {
        Err(reason) => Verdict::held(reason),
        Ok((edits, named)) => {
            let title = if named.is_empty() {
                "leave out packages that are only recommended".to_string()
            } else {
                let list = named.join("`, `");
                format!("leave out packages that are only recommended, but for `{list}`")
            };
            let why = "If the build or the application misses a program or library now, add its package by name.";
            Verdict::review(&title, why, edits)
        }
    };
    Some(Finding::of(&RULE, command.span(), message, verdict))
}

/// The names of all packages that the stages of a RUN install.
fn installed(model: &Model<'_>, runs: &[PackageRun<'_>], run: &PackageRun<'_>) -> Vec<String> {
    let lineage = model.lineage_of(run.stage);
    let in_lineage =
        |one: &&PackageRun<'_>| lineage.iter().any(|stage| stage.index == one.stage.index);
    let own = runs.iter().filter(in_lineage);
    let commands = own.flat_map(|one| one.doing(&[Action::Install]).collect::<Vec<_>>());
    let packages = commands
        .filter(|one| one.manager.is_debian())
        .flat_map(|one| &one.packages);
    packages
        .filter_map(|package| package.name.clone())
        .collect()
}

/// The edits, and the packages that they name.
fn edits(
    model: &Model<'_>,
    command: &PackageCommand<'_>,
    installed: &[String],
) -> Result<(Vec<Edit>, Vec<&'static str>), Reason> {
    let is_installed = |name: &str| installed.iter().any(|one| one == name);
    let mut named: Vec<&'static str> = Vec::new();
    let mut edits = Vec::new();
    for package in &command.packages {
        let Some(name) = package.name.as_deref() else {
            continue;
        };
        let held = HELD.iter().find(|(start, instead)| {
            name.starts_with(start) && !instead.iter().any(|one| is_installed(one))
        });
        if held.is_some() {
            let text = format!("`{name}` is of little use without the packages that it recommends");
            return Err(Reason::at(package.span, text));
        }
        for (_, wanted) in NAMED.iter().filter(|(own, _)| *own == name) {
            if !is_installed(wanted) && !named.contains(wanted) {
                named.push(wanted);
                edits.push(behind(model, command, package.index, wanted)?);
            }
        }
    }
    let action = command.action_index.unwrap_or(command.name_index);
    let last = last_leading_option(command).unwrap_or(action);
    edits.push(insert_word(model, command, last, OPTION)?);
    Ok((edits, named)) => {
            let title = if named.is_empty() {
                "leave out packages that are only recommended".to_string()
            } else {
                let list = named.join("`, `");
                format!("leave out packages that are only recommended, but for `{list}`")
            };
            let why = "If the build or the application misses a program or library now, add its package by name.";
            Verdict::review(&title, why, edits)
        }
    };
    Some(Finding::of(&RULE, command.span(), message, verdict))
}

/// The names of all packages that the stages of a RUN install.
fn installed(model: &Model<'_>, runs: &[PackageRun<'_>], run: &PackageRun<'_>) -> Vec<String> {
    let lineage = model.lineage_of(run.stage);
    let in_lineage =
        |one: &&PackageRun<'_>| lineage.iter().any(|stage| stage.index == one.stage.index);
    let own = runs.iter().filter(in_lineage);
    let commands = own.flat_map(|one| one.doing(&[Action::Install]).collect::<Vec<_>>());
    let packages = commands
        .filter(|one| one.manager.is_debian())
        .flat_map(|one| &one.packages);
    packages
        .filter_map(|package| package.name.clone())
        .collect()
}

/// The edits, and the packages that they name.
fn edits(
    model: &Model<'_>,
    command: &PackageCommand<'_>,
    installed: &[String],
) -> Result<(Vec<Edit>, Vec<&'static str>), Reason> {
    let is_installed = |name: &str| installed.iter().any(|one| one == name);
    let mut named: Vec<&'static str> = Vec::new();
    let mut edits = Vec::new();
    for package in &command.packages {
        let Some(name) = package.name.as_deref() else {
            continue;
        };
        let held = HELD.iter().find(|(start, instead)| {
            name.starts_with(start) && !instead.iter().any(|one| is_installed(one))
        });
        if held.is_some() {
            let text = format!("`{name}` is of little use without the packages that it recommends");
            return Err(Reason::at(package.span, text));
        }
        for (_, wanted) in NAMED.iter().filter(|(own, _)| *own == name) {
            if !is_installed(wanted) && !named.contains(wanted) {
                named.push(wanted);
                edits.push(behind(model, command, package.index, wanted)?);
            }
        }
    }
    let action = command.action_index.unwrap_or(command.name_index);
    let last = last_leading_option(command).unwrap_or(action);
    let mut edits = vec![insert_word(model, command, last, OPTION)?];
    if let Some(index) = place {
        let at = edit::after_word(model.file.source, &command.site, index);
        let at = at.map_err(|refusal| packages::refused(command.span(), refusal))?;
        edits.push(Edit::insert(at, format!(" {}", named.join(" "))));
    }
    Ok((edits, named))
}

/// One more package behind the word `index`, on a line of its own where that has one.
fn behind(
    model: &Model<'_>,
    command: &PackageCommand<'_>,
    index: usize,
    name: &str,
) -> Result<Edit, Reason> {
    let source = model.file.source;
    let place = edit::after_word(source, &command.site, index);
    let place = place.map_err(|refusal| packages::refused(command.span(), refusal))?;
    let words = &command.site.command.words;
    let before = index.checked_sub(1).and_then(|before| words.get(before));
    let gap = before.zip(words.get(index)).map_or("", |(before, word)| {
        source
            .get(before.span.end..word.span.start)
            .unwrap_or_default()
    });
    let is_line_break = gap.matches('\n').count() == 1
        && gap
            .chars()
            .all(|c| c.is_ascii_whitespace() || matches!(c, '\\' | '`'));
    let gap = if is_line_break { gap } else { " " };
    Ok(Edit::insert(place, format!("{gap}{name}")))
}
