use crate::rule::{Check, Finding, Rule, Severity, Survey, Verdict, runs};
use crate::syntax::Instruction;
use crate::syntax::shell::Script;

pub const RULE: Rule = Rule {
    id: "cd-without-effect",
    summary: "a RUN that only changes the directory, which is forgotten when it ends",
    severity: Severity::Low,
    since: "0.1.0",
    page: include_str!("cd_without_effect.md"),
    aliases: &["hadolint:DL3003", "trivy:DS013"],
    check: Check::Dockerfile(check),
};

fn check(model: &Survey<'_>) -> Vec<Finding> {
    let starts_with_cd = |instruction: &Instruction<'_>| {
        let text = instruction.text().map_or("", |word| word.text.as_ref());
        text.starts_with("cd")
    };
    runs::runs(model, starts_with_cd)
        .filter(|run| only_changes_directory(run.script))
        .map(|run| {
            let why = "Every RUN starts in the WORKDIR. Whoever wrote this wanted what follows to run elsewhere, and it \
                       does not: say which WORKDIR was meant, or delete the line.";
            let span = run.instruction.logical_span();
            let message = "this `cd` has no effect on what follows";
            Finding::of(&RULE, span, message, Verdict::manual("use WORKDIR", why))
        })
        .collect()
}

fn only_changes_directory(script: &Script) -> bool {
    let commands = script.commands();
    let is_cd = |name: Option<String>| name.as_deref() == Some("cd");
    !commands.is_empty() && commands.iter().all(|site| is_cd(site.command.name()))
}
