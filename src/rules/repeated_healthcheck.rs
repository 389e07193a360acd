use crate::rule::{Check, Finding, Rule, Severity, Survey, repeated};
use crate::syntax::Keyword;

pub const RULE: Rule = Rule {
    id: "repeated-healthcheck",
    summary: "a HEALTHCHECK that a later one of the same stage takes over from",
    severity: Severity::Low,
    since: "0.1.0",
    page: include_str!("repeated_healthcheck.md"),
    aliases: &[
        "hadolint:DL3012",
        "buildkit:MultipleInstructionsDisallowed",
        "trivy:DS023",
    ],
    check: Check::Dockerfile(check),
};

fn check(model: &Survey<'_>) -> Vec<Finding> {
    repeated::earlier(
        &RULE,
        model,
        Keyword::Healthcheck,
        "delete a HEALTHCHECK without effect",
    )
}
