use crate::pipeline::WorkflowSurvey;
use crate::rule::{Check, Finding, Rule, Severity, Verdict};

pub const RULE: Rule = Rule {
    id: "unpinned-action",
    summary: "an action whose files are others tomorrow",
    severity: Severity::Low,
    since: "0.1.0",
    page: include_str!("unpinned_action.md"),
    aliases: &[],
    check: Check::Workflow(check),
};

fn check(survey: &WorkflowSurvey<'_, '_>) -> Vec<Finding> {
    let workflow = survey.workflow;
    let jobs = workflow.jobs().into_iter();
    let actions = jobs.flat_map(|job| {
        let called = workflow.called(job);
        let steps = workflow.steps(job).into_iter();
        let used = steps.filter_map(|step| step.action);
        called.into_iter().chain(used)
    });
    let findings = actions.filter_map(|(node, action)| {
        // An expression cannot stand there.
        if workflow.yaml.is_alias(node) || action.is_local() || action.is_pinned() {
            return None;
        }
        let why = "Whoever can move the tag or branch of the action decides what the job runs, with the secrets of the job. \
                   Pinning by commit, and keeping the pins fresh, is the work of other tools: Renovate, Dependabot, pinact.";
        let verdict = Verdict::manual("name the commit of the version, with the version in a comment", why);
        let message = format!("`{}` is not pinned by a digest", action.name);
        Some(Finding::of(&RULE, workflow.yaml.span(node), message, verdict))
    });
    findings.collect()
}
