use std::cell::LazyCell;
use std::collections::HashSet;

use crate::fix::Reason;
use crate::model::package_facts::{self, Family};
use crate::model::packages::{Action, PackageCommand, PackageManager, commands_used};
use crate::model::{Base, Body, Fact, Model, Stage};
use crate::rule::packages::{self, PackageRun, insert_word, last_leading_option};
use crate::rule::{Check, Finding, Rule, Severity, Survey, Verdict};
use crate::syntax::shell::edit;
use crate::text::Edit;

pub const RULE: Rule = Rule {
    id: "recommended-packages-installed",
    summary: "apt-get installs packages that nobody asked for",
    severity: Severity::Low,
    since: "0.1.0",
    page: include_str!("recommended_packages_installed.md"),
    aliases: &["cis:4.3", "hadolint:DL3015", "kics:7384dfb2", "trivy:DS029"],
    check: Check::Dockerfile(check),
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

fn check(model: &Survey<'_>) -> Vec<Finding> {
    if model.file.source.contains("Install-Recommends") {
        // apt's configuration says what is wanted.
        return Vec::new();
    }
    let runs = model.package_runs(PackageManager::is_debian);
    let mut findings = Vec::new();
    let used = LazyCell::new(|| used_commands(model));
    // By stage: what of interest it or a stage below installs, and what the fixes of this pass name.
    let mut installed: Vec<Installed> = Vec::with_capacity(model.stages.len());
    let mut left = runs.as_slice();
    for stage in &model.stages {
        let mut set = match stage.base {
            Base::Stage(below) => installed.get(below).cloned().unwrap_or_default(),
            _ => Installed::new(),
        };
        let own;
        (own, left) = packages::split_stage(left, stage);
        for run in own {
            let commands = run.doing(&[Action::Install]);
            let debian = commands.filter(|one| one.manager.is_debian());
            let names = debian.flat_map(|one| &one.packages);
            set.extend(names.filter_map(|package| of_interest(package.name.as_deref()?)));
        }
        for run in own {
            for command in run.doing(&[Action::Install]).filter(|one| is_asked(one)) {
                findings.push(finding(model, run, command, &used, &mut set));
            }
        }
        installed.push(set);
    }
    findings
}

/// The names of all programs that the commands of the file run.
fn used_commands(model: &Model<'_>) -> HashSet<String> {
    let bodies = (0..model.file.instructions.len()).map(|index| model.body(index));
    let names = |body: &Body| -> Vec<String> {
        match body {
            Body::Script(script) => {
                let uses = commands_used(script).into_iter();
                uses.filter_map(|used| used.name).collect()
            }
            Body::Exec(words) => words.clone(),
            _ => Vec::new(),
        }
    };
    bodies.flat_map(names).collect()
}

/// The packages that this one brings only because they are recommended, and whose programs the file runs.
fn recommended_and_used(name: &str, used: &HashSet<String>) -> Vec<&'static str> {
    let facts = package_facts::find(Family::Debian, name);
    let recommended = facts.into_iter().flat_map(|facts| facts.recommends.iter());
    let is_used = |name: &&'static str| {
        let facts = package_facts::find(Family::Debian, name);
        facts.is_some_and(|facts| facts.commands.iter().any(|one| used.contains(one)))
    };
    recommended.filter(is_used).collect()
}

/// Few names, so that stages can have a set each.
type Installed = HashSet<&'static str>;

/// A name that the tables speak of.
fn of_interest(name: &str) -> Option<&'static str> {
    let instead = HELD.iter().flat_map(|(_, instead)| instead.iter().copied());
    let wanted = NAMED.iter().map(|(_, wanted)| *wanted);
    let mut all = instead.chain(wanted).chain(["gpg-agent", "gnupg"]);
    all.find(|one| *one == name)
        .or_else(|| package_facts::debian_name(name))
}

fn is_asked(command: &PackageCommand<'_>) -> bool {
    matches!(
        command.manager,
        PackageManager::AptGet | PackageManager::Apt
    ) && !command.has_option(&[OPTION, "--install-recommends", "--download-only", "-d"])
}

fn finding(
    model: &Model<'_>,
    run: &PackageRun<'_>,
    command: &PackageCommand<'_>,
    used: &HashSet<String>,
    installed: &mut Installed,
) -> Finding {
    let is_installed = |name: &str| installed.contains(name);
    let message = "packages that are only recommended are installed too";
    let verdict = match edits(model, run, command, used, &is_installed) {
        Err(reason) => Verdict::held(reason),
        Ok((edits, named)) => {
            installed.extend(&named);
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
    Finding::of(&RULE, command.span(), message, verdict)
}

/// The edits, and the packages that they name.
fn edits(
    model: &Model<'_>,
    run: &PackageRun<'_>,
    command: &PackageCommand<'_>,
    used: &HashSet<String>,
    is_installed: &dyn Fn(&str) -> bool,
) -> Result<(Vec<Edit>, Vec<&'static str>), Reason> {
    let mut named: Vec<&'static str> = Vec::new();
    let mut edits = Vec::new();
    for package in &command.packages {
        let Some(name) = package.name.as_deref() else {
            continue;
        };
        let held = HELD.iter().find(|(start, instead)| {
            name.starts_with(start) && !instead.iter().any(|one| is_installed(one))
        });
        let adds_repositories = name == "software-properties-common";
        let lacks_agent = adds_repositories && !is_installed("gpg-agent") && !is_installed("gnupg");
        if held.is_some() || (lacks_agent && !has_gpg_agent(model, run.stage)) {
            let text = format!("`{name}` is of little use without the packages that it recommends");
            return Err(Reason::at(package.span, text));
        }
        let agent = lacks_agent.then_some("gpg-agent");
        let needed = NAMED.iter().filter(|(own, _)| *own == name);
        let needed = needed.map(|(_, wanted)| *wanted).chain(agent);
        for wanted in needed.chain(recommended_and_used(name, used)) {
            if !is_installed(wanted) && !named.contains(&wanted) {
                named.push(wanted);
                edits.push(behind(model, command, package.index, wanted)?);
            }
        }
    }
    let action = command.action_index.unwrap_or(command.name_index);
    let last = last_leading_option(command).unwrap_or(action);
    edits.push(insert_word(model, command, last, OPTION)?);
    Ok((edits, named))
}

/// Whether the distribution is one that has the package `gpg-agent`: Debian 9 and Ubuntu 18.04, and later ones.
fn has_gpg_agent(model: &Model<'_>, stage: &Stage) -> bool {
    let Some(Base::Image(Fact::Known(image, _))) = model.root_of(stage).map(|root| &root.base)
    else {
        return false;
    };
    let number = image.tag().map_or("", |tag| {
        let end = tag.find(|c: char| !c.is_ascii_digit());
        end.map_or(tag, |end| tag.get(..end).unwrap_or(tag))
    });
    let first_with = match image.name().rsplit('/').next() {
        Some("ubuntu") => 18,
        Some("debian") => 9,
        _ => return false,
    };
    number
        .parse::<u32>()
        .is_ok_and(|number| number >= first_with)
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
