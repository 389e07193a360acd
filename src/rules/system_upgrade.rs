use crate::model::packages::{Action, PackageManager};
use crate::rule::{Check, Finding, Rule, Severity, Survey, Verdict};

pub const RULE: Rule = Rule {
    id: "system-upgrade",
    summary: "the build upgrades the packages of the base image",
    severity: Severity::Info,
    since: "0.1.0",
    page: include_str!("system_upgrade.md"),
    aliases: &["hadolint:DL3005", "hadolint:DL3035", "trivy:DS024"],
    check: Check::Dockerfile(check),
};

fn check(model: &Survey<'_>) -> Vec<Finding> {
    let runs = model.package_runs(PackageManager::is_system);
    let upgrades = runs.iter().flat_map(|run| run.doing(&[Action::Upgrade]));
    upgrades
        .filter(|one| one.manager.is_system() && one.packages.is_empty())
        .map(|one| {
            let title = "take a newer base image, or keep the upgrade";
            let why = "The upgrade brings fixes that the base image lacks, in a layer that holds those packages twice and \
                       differs from build to build. A base image that is renewed needs none.";
            let message = "this upgrades all packages of the base image";
            Finding::of(&RULE, one.span(), message, Verdict::manual(title, why))
        })
        .collect()
}
