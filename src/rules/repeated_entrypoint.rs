use crate::rule::{Check, Finding, Rule, Severity, Survey, repeated};
use crate::syntax::Keyword;

pub const RULE: Rule = Rule {
    id: "repeated-entrypoint",
    summary: "an ENTRYPOINT that a later one of the same stage takes over from",
    severity: Severity::Low,
    since: "0.1.0",
    page: include_str!("repeated_entrypoint.md"),
    aliases: &[
        "hadolint:DL4004",
        "buildkit:MultipleInstructionsDisallowed",
        "trivy:DS007",
    ],
    check: Check::Dockerfile(check),
};

fn check(model: &Survey<'_>) -> Vec<Finding> {
    repeated::earlier(
        &RULE,
        model,
        Keyword::Entrypoint,
        "delete an ENTRYPOINT without effect",
    )
}
