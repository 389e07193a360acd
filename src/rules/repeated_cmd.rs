use crate::rule::{Check, Finding, Rule, Severity, Survey, repeated};
use crate::syntax::Keyword;

pub const RULE: Rule = Rule {
    id: "repeated-cmd",
    summary: "a CMD that a later one of the same stage takes over from",
    severity: Severity::Low,
    since: "0.1.0",
    page: include_str!("repeated_cmd.md"),
    aliases: &[
        "hadolint:DL4003",
        "buildkit:MultipleInstructionsDisallowed",
        "trivy:DS016",
    ],
    check: Check::Dockerfile(check),
};

fn check(model: &Survey<'_>) -> Vec<Finding> {
    repeated::earlier(&RULE, model, Keyword::Cmd, "delete a CMD without effect")
}
