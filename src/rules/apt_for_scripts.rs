use crate::fix::Reason;
use crate::model::packages::{PackageCommand, PackageManager};
use crate::rule::packages::is_word;
use crate::rule::{Check, Finding, Rule, Severity, Survey, Verdict};
use crate::text::Edit;

pub const RULE: Rule = Rule {
    id: "apt-for-scripts",
    summary: "apt is for people and may change; scripts use apt-get",
    severity: Severity::Info,
    since: "0.1.0",
    page: include_str!("apt_for_scripts.md"),
    aliases: &["hadolint:DL3027", "kics:b84a0b47"],
    check: Check::Dockerfile(check),
};

/// Sub-commands of apt: the program that has the same, and how it is called there. From the manual pages of apt 2.6.
const SAME: &[(&str, &str, &str)] = &[
    ("update", "apt-get", "update"),
    ("install", "apt-get", "install"),
    ("reinstall", "apt-get", "reinstall"),
    ("remove", "apt-get", "remove"),
    ("purge", "apt-get", "purge"),
    ("autoremove", "apt-get", "autoremove"),
    ("autopurge", "apt-get", "autopurge"),
    ("auto-remove", "apt-get", "auto-remove"),
    ("clean", "apt-get", "clean"),
    ("autoclean", "apt-get", "autoclean"),
    ("auto-clean", "apt-get", "auto-clean"),
    ("full-upgrade", "apt-get", "dist-upgrade"),
    ("dist-upgrade", "apt-get", "dist-upgrade"),
    // apt installs what the new versions need besides, apt-get must be told.
    ("upgrade", "apt-get", "upgrade --with-new-pkgs"),
    ("build-dep", "apt-get", "build-dep"),
    ("source", "apt-get", "source"),
    ("download", "apt-get", "download"),
    ("policy", "apt-cache", "policy"),
    ("depends", "apt-cache", "depends"),
    ("rdepends", "apt-cache", "rdepends"),
    ("showsrc", "apt-cache", "showsrc"),
];

fn check(model: &Survey<'_>) -> Vec<Finding> {
    let runs = model.package_runs(PackageManager::is_debian);
    let commands = runs.iter().flat_map(|run| &run.commands);
    commands
        .filter(|one| one.manager == PackageManager::Apt)
        .map(|one| {
            let verdict = match replace(one) {
                Ok(edits) => Verdict::safe("use apt-get", edits),
                Err(text) => Verdict::held(Reason::at(one.span(), text)),
            };
            Finding::of(&RULE, one.span(), "`apt` in a script", verdict)
        })
        .collect()
}

fn replace(command: &PackageCommand<'_>) -> Result<Vec<Edit>, String> {
    let words = &command.site.command.words;
    let word = words.get(command.name_index).ok_or("there is no command")?;
    let action = command.action_index.and_then(|index| words.get(index));
    let action = action.ok_or("it is not known what it does")?;
    let name = action.value().unwrap_or_default();
    let same = SAME.iter().find(|(own, _, _)| *own == name);
    let (_, program, other) = same.ok_or_else(|| format!("apt-get has no `{name}`"))?;
    if command.site.is_in_substitution() {
        return Err("the command stands in a substitution".to_string());
    }
    if word.is_split || action.is_split {
        return Err("a line continuation stands inside the word".to_string());
    }
    let mut edits = Vec::new();
    if is_word(word, "apt") {
        edits.push(Edit::replace(word.span, *program));
    } else {
        return Err("it is called by its path".to_string());
    }
    let is_told = command.has_option(&["--with-new-pkgs", "--without-new-pkgs"]);
    if *other != name && !(name == "upgrade" && is_told) {
        edits.push(Edit::replace(action.span, *other));
    }
    Ok(edits)
}
