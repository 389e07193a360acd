use crate::fix::Reason;
use crate::model::{Fact, Model};
use crate::rule::runs::{self, Run};
use crate::rule::{Check, Finding, Rule, Severity, Survey, Verdict};
use crate::syntax::Keyword;
use crate::syntax::shell::Site;
use crate::text::{Edit, Span};

pub const RULE: Rule = Rule {
    id: "sudo-as-root",
    summary: "sudo in a RUN that runs as root already",
    severity: Severity::Low,
    since: "0.1.0",
    page: include_str!("sudo_as_root.md"),
    aliases: &["hadolint:DL3004", "trivy:DS010", "kics:8ada6e80"],
    check: Check::Dockerfile(check),
};

/// Words of the shell that change something in it: behind `sudo` there is no such program, and without it they work.
const CHANGES_SHELL: &str = ". alias cd eval exec exit export hash popd pushd read return set shift source trap ulimit \
                             umask unset wait";

fn check(model: &Survey<'_>) -> Vec<Finding> {
    let runs: Vec<Run<'_>> = runs::runs_with(model, &["sudo"]).collect();
    if runs.is_empty() {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for stage in &model.stages {
        model
            .walk(stage.index)
            .for_each(|index, instruction, state| {
                if instruction.keyword != Keyword::Run || state.is_root() == Some(false) {
                    return;
                }
                let Some(run) = runs::find(&runs, index) else {
                    return;
                };
                for site in calls(run) {
                    let (message, verdict) = match &state.user {
                        Fact::Known(..) => ("`sudo` as root", verdict(model, run, &site)),
                        Fact::Unknown(why) => ("`sudo` of a user who may be root", unknown(why)),
                    };
                    let span = site
                        .command
                        .words
                        .first()
                        .map_or(site.command.span, |word| word.span);
                    findings.push(Finding::of(&RULE, span, message, verdict));
                }
            });
    }
    findings
}

fn calls<'m>(run: &Run<'m>) -> Vec<Site<'m>> {
    let mut calls = run.script.commands();
    calls.retain(|site| site.command.name().as_deref() == Some("sudo"));
    calls
}

fn verdict(model: &Model<'_>, run: &Run<'_>, site: &Site<'_>) -> Verdict {
    match removal(model, run, site) {
        Ok(span) => {
            let why = "sudo starts a command with a fresh environment and a PATH of its own; now it sees the ENV and ARG of \
                       this file.";
            Verdict::review("leave out sudo", why, vec![Edit::delete(span)])
        }
        Err(why) => Verdict::held(Reason::at(site.command.span, why)),
    }
}

fn unknown(why: &str) -> Verdict {
    Verdict::held(Reason::new(format!("the user is not known: {why}")))
}

/// `sudo` and the blanks behind it.
fn removal(model: &Model<'_>, run: &Run<'_>, site: &Site<'_>) -> Result<Span, String> {
    let command = site.command;
    let [sudo, program, ..] = command.words.as_slice() else {
        return Err("it has no command".to_string());
    };
    if site.is_in_substitution() {
        return Err("the command stands in a substitution".to_string());
    }
    let name = program.value().ok_or("the command is not literal")?;
    if name.starts_with('-') {
        return Err(format!("it has the option `{name}`"));
    }
    if name.contains('=') || !command.assignments.is_empty() {
        return Err("it sets a variable".to_string());
    }
    if CHANGES_SHELL.split(' ').any(|word| word == name) {
        return Err(format!("`{name}` changes the shell where there is no sudo"));
    }
    let is_function = |site: &Site<'_>| site.is_in_function();
    if run.script.commands().iter().any(is_function) {
        return Err("the script has functions, which sudo does not see".to_string());
    }
    let gap = Span::new(sudo.span.end, program.span.start);
    if sudo.is_split
        || !gap
            .slice(model.file.source)
            .chars()
            .all(|c| c == ' ' || c == '\t')
    {
        return Err("the command stands on another line".to_string());
    }
    Ok(Span::new(sudo.span.start, program.span.start))
}
