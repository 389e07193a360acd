use crate::fix::Reason;
use crate::model::{Model, Stage};
use crate::rule::value::{quoted, unquoted};
use crate::rule::{Check, Finding, Rule, Severity, Survey, Verdict, lines};
use crate::syntax::{Instruction, Keyword};
use crate::text::{Edit, Span};

pub const RULE: Rule = Rule {
    id: "maintainer-instruction",
    summary: "MAINTAINER, which builders have given up",
    severity: Severity::Low,
    since: "0.1.0",
    page: include_str!("maintainer_instruction.md"),
    aliases: &[
        "hadolint:DL4000",
        "buildkit:MaintainerDeprecated",
        "trivy:DS022",
        "checkov:CKV_DOCKER_6",
        "kics:99614418",
    ],
    check: Check::Dockerfile(check),
};

/// What takes the place of the instruction.
const LABEL: &str = "org.opencontainers.image.authors";

fn check(model: &Survey<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for stage in &model.stages {
        for (_, instruction) in model.instructions_of(stage) {
            if instruction.keyword == Keyword::Maintainer
                && let Some(name) = instruction.text()
            {
                let span = instruction.logical_span();
                let verdict = verdict(model, stage, instruction, &name.text);
                let message = "MAINTAINER is deprecated";
                findings.push(Finding::of(&RULE, span, message, verdict));
            }
        }
    }
    findings
}

fn verdict(model: &Model<'_>, stage: &Stage, instruction: &Instruction<'_>, name: &str) -> Verdict {
    if let Some(comment) = instruction.comments.first() {
        return Verdict::held(Reason::at(*comment, "the comment inside it would be lost"));
    }
    if let Some(label) = label_of(model, stage) {
        let text = format!("the stage has the label `{LABEL}` already");
        return Verdict::held(Reason::at(label, text));
    }
    let keyword = lines::keyword_like(instruction, Keyword::Label);
    let value = quoted(unquoted(name), model.file.escape);
    let edit = Edit::replace(
        instruction.logical_span(),
        format!("{keyword} {LABEL}={value}"),
    );
    Verdict::safe("name the authors in a label", vec![edit])
}

fn label_of(model: &Model<'_>, stage: &Stage) -> Option<Span> {
    let mut labels = model
        .instructions_of(stage)
        .filter(|(_, instruction)| instruction.keyword == Keyword::Label)
        .flat_map(|(_, instruction)| instruction.pairs());
    labels
        .find(|pair| unquoted(&pair.name.text) == LABEL)
        .map(|pair| pair.span())
}
