use crate::model::Model;
use crate::model::packages::{Action, PackageCommand, PackageManager};
use crate::rule::packages::insert_word;
use crate::rule::{Check, Finding, Rule, Severity, Survey, Verdict};

pub const RULE: Rule = Rule {
    id: "missing-assume-yes",
    summary: "a package manager that asks a question nobody can answer",
    severity: Severity::Medium,
    since: "0.1.0",
    page: include_str!("missing_assume_yes.md"),
    aliases: &[
        "hadolint:DL3014",
        "hadolint:DL3030",
        "hadolint:DL3034",
        "hadolint:DL3038",
        "trivy:DS021",
    ],
    check: Check::Dockerfile(check),
};

/// Options that answer all questions with no, or only tell what would be done.
const DOES_NOTHING: &[&str] = &[
    "--assumeno",
    "--assume-no",
    "--dry-run",
    "-s",
    "--simulate",
    "--just-print",
    "--no-act",
    "--recon",
    "--print-uris",
    "-d",
    "--download-only",
    "--help",
    "-h",
];

fn check(model: &Survey<'_>) -> Vec<Finding> {
    let source = model.file.source;
    if source.contains("Assume-Yes") || source.contains("assumeyes=") {
        // The configuration says so for all calls.
        return Vec::new();
    }
    let runs = model.package_runs(PackageManager::is_system);
    let asking = runs.iter().flat_map(|run| {
        run.doing(&[Action::Install, Action::Remove, Action::Upgrade])
            .filter(|one| asks(one))
    });
    asking.filter_map(|one| finding(model, one)).collect()
}

fn asks(command: &PackageCommand<'_>) -> bool {
    use PackageManager::{Apt, AptGet, Dnf, Microdnf, Tdnf, Yum, Zypper};
    let manager = command.manager;
    let is_rpm = matches!(manager, Yum | Dnf | Microdnf | Tdnf);
    (is_rpm || matches!(manager, AptGet | Apt | Zypper))
        && !command.is_non_interactive()
        && !command.has_option(if is_rpm {
            &DOES_NOTHING[..2]
        } else {
            DOES_NOTHING
        })
}

fn finding(model: &Model<'_>, command: &PackageCommand<'_>) -> Option<Finding> {
    let verdict = match insert_word(model, command, command.action_index?, "-y") {
        Ok(edit) => Verdict::safe("answer its questions with yes", vec![edit]),
        Err(reason) => Verdict::held(reason),
    };
    let message = "this stops with a question where it needs more than it was asked for";
    Some(Finding::of(&RULE, command.span(), message, verdict))
}
