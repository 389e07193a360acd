use crate::pipeline::Survey;
use crate::rule::secrets::{can_be_secret, is_named_like_secret};
use crate::rule::{Check, Finding, Rule, Severity, Verdict};

pub const RULE: Rule = Rule {
    id: "secret-in-variables",
    summary: "a secret that is written into the pipeline",
    severity: Severity::High,
    since: "0.1.0",
    page: include_str!("secret_in_variables.md"),
    aliases: &[],
    check: Check::Pipeline(check),
};

fn check(survey: &Survey<'_, '_>) -> Vec<Finding> {
    let file = &survey.pipeline.file;
    let yaml = &file.yaml;
    let jobs = survey.pipeline.jobs();
    let places = std::iter::once(file.root).chain(jobs.iter().map(|job| job.node));
    let places = places.filter(|place| !yaml.is_alias(*place));
    let variables = places.filter_map(|place| yaml.entry(place, "variables"));
    let entries = variables
        .filter(|(_, node)| !yaml.is_alias(*node))
        .flat_map(|(_, node)| yaml.entries(node));
    let findings = entries.filter_map(|(key, value)| {
        let name = yaml.scalar(*key)?;
        let text = yaml.scalar(*value).or_else(|| yaml.scalar(yaml.entry(*value, "value")?.1))?;
        let is_written = is_named_like_secret(name) && can_be_secret(text) && !text.contains('$');
        let why = "Whoever can read the repository, now or later in its history, has the secret. Revoke it, and define the \
                   variable in the settings of the project, masked and protected.";
        let verdict = || Verdict::manual("take it out of the file, and revoke it", why);
        let message = format!("`{name}` has its secret in the file");
        is_written.then(|| Finding::of(&RULE, yaml.span(*key), message, verdict()))
    });
    findings.collect()
}
