use crate::pipeline::yaml::{NodeId, Yaml};
use crate::pipeline::{Survey, WorkflowSurvey};
use crate::rule::secrets::{can_be_secret, is_named_like_secret};
use crate::rule::{Check, Finding, Rule, Severity, Verdict};

pub const RULE: Rule = Rule {
    id: "secret-in-variables",
    summary: "a secret that is written into the pipeline",
    severity: Severity::High,
    since: "0.1.0",
    page: include_str!("secret_in_variables.md"),
    aliases: &[],
    check: Check::Several(&[Check::Pipeline(of_pipeline), Check::Workflow(of_workflow)]),
};

fn of_pipeline(survey: &Survey<'_, '_>) -> Vec<Finding> {
    let pipeline = survey.pipeline;
    let instead = "define the variable in the settings of the project, masked and protected";
    written(&pipeline.file.yaml, pipeline.variables(), instead)
}

fn of_workflow(survey: &WorkflowSurvey<'_, '_>) -> Vec<Finding> {
    let workflow = survey.workflow;
    let passing = workflow.values_of_services();
    let mut variables = workflow.variables();
    // What a service is given for the time of its job opens nothing else.
    variables.retain(|(_, value)| {
        let value = workflow.yaml.scalar(*value);
        !value.is_some_and(|value| passing.contains(value))
    });
    let instead = "define a secret of the repository, and write `${{ secrets.NAME }}`";
    written(&workflow.yaml, variables, instead)
}

fn written(yaml: &Yaml<'_>, variables: Vec<(NodeId, NodeId)>, instead: &str) -> Vec<Finding> {
    let findings = variables.into_iter().filter_map(|(key, value)| {
        let (name, text) = (yaml.scalar(key)?, yaml.scalar(value)?);
        let is_written = is_named_like_secret(name) && can_be_secret(text) && !text.contains('$');
        let why = format!(
            "Whoever can read the repository, now or later in its history, has the secret. Revoke it, and {instead}."
        );
        let verdict = || Verdict::manual("take it out of the file, and revoke it", why);
        let message = format!("`{name}` has its secret in the file");
        is_written.then(|| Finding::of(&RULE, yaml.span(key), message, verdict()))
    });
    findings.collect()
}
