mod workflow;

use crate::pipeline::{Survey, layout};
use crate::rule::{Check, Finding, Rule, Severity, Verdict};
use crate::text::Edit;

pub const RULE: Rule = Rule {
    id: "security-job-may-fail",
    summary: "a security job whose failure stops nothing",
    severity: Severity::Medium,
    since: "0.1.0",
    page: include_str!("security_job_may_fail.md"),
    aliases: &[],
    check: Check::Several(&[Check::Pipeline(check), Check::Workflow(workflow::check)]),
};

/// Jobs of GitLab's templates, and programs that look for weaknesses.
const SECURITY: &[&str] = &[
    "bandit",
    "checkov",
    "container_scanning",
    "dependency_scanning",
    "gitleaks",
    "grype",
    "sast",
    "secret_detection",
    "semgrep",
    "snyk",
    "tfsec",
    "trivy",
];

fn check(survey: &Survey<'_, '_>) -> Vec<Finding> {
    let yaml = &survey.pipeline.file.yaml;
    let jobs = survey.pipeline.jobs();
    let findings = jobs.iter().filter_map(|job| {
        let (key, value) = yaml.entry(job.node, "allow_failure")?;
        let is_allowed = !yaml.is_alias(value) && yaml.scalar(value) == Some("true");
        let script = yaml.entry(job.node, "script").map_or("", |(_, script)| yaml.span(script).slice(yaml.source));
        let name = normal(&job.name);
        // The image of a scanner is built, and nothing is scanned.
        let is_of_scanner = ["build", "push", "publish", "release"].iter().any(|verb| name.starts_with(verb)) && !script.is_empty();
        let is_security = match is_of_scanner {
            true => SECURITY.iter().any(|word| starts_line(script, word)),
            false => is_named_like_security(&job.name) || SECURITY.iter().any(|word| has_command(script, word)),
        };
        if !is_allowed || !is_security {
            return None;
        }
        let message = format!("security job `{}` may fail without stopping the pipeline", job.name);
        let why = "What the job finds stops the pipeline now. Look at its last runs before this is merged.";
        // A job of a template may fail unless it says otherwise.
        let is_of_template = SECURITY.contains(&name.as_str()) && script.is_empty();
        let edit = match layout::entry_lines(yaml, key, value) {
            Some((lines, _)) if !is_of_template && yaml.entries(job.node).len() > 1 && lines.end < yaml.source.len() => Edit::delete(lines),
            _ => Edit::replace(yaml.span(value), "false"),
        };
        let verdict = Verdict::review("let the job stop the pipeline", why, vec![edit]);
        Some(Finding::of(&RULE, yaml.span(key).cover(yaml.span(value)), message, verdict))
    });
    findings.collect()
}

fn normal(name: &str) -> String {
    name.to_ascii_lowercase().replace('-', "_")
}

/// Whether the name of a job or an action says that it looks for weaknesses.
fn is_named_like_security(name: &str) -> bool {
    let name = normal(name);
    let is_start = |before: &str| !before.ends_with(|c: char| c.is_ascii_alphabetic());
    let mut words = SECURITY.iter().flat_map(|word| name.match_indices(word));
    words.any(|(at, _)| name.get(..at).is_some_and(is_start))
}

fn starts_line(script: &str, word: &str) -> bool {
    let mut lines = script
        .lines()
        .map(|line| line.trim_start_matches(|c: char| c.is_whitespace() || "-\"'[".contains(c)));
    lines.any(|line| {
        line.strip_prefix(word)
            .is_some_and(|rest| rest.starts_with(' '))
    })
}

fn has_command(script: &str, word: &str) -> bool {
    let mut words = script.split(|c: char| c.is_whitespace() || "\"'`;|&()[],".contains(c));
    words.any(|one| one == word)
}
