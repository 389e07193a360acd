use crate::model::{Base, Fact};
use crate::rule::{Check, Finding, Rule, Severity, Survey, Verdict};

pub const RULE: Rule = Rule {
    id: "unsupported-base",
    summary: "the base image gets no more security fixes",
    severity: Severity::High,
    since: "0.1.0",
    page: include_str!("unsupported_base.md"),
    aliases: &["cis:4.2"],
    check: Check::Dockerfile(check),
};

fn check(model: &Survey<'_>) -> Vec<Finding> {
    let ended = model.stages.iter().filter_map(|stage| match &stage.base {
        Base::Image(Fact::Known(image, _)) => {
            let end = model.facts.support_ended(image)?;
            Some((stage.base_span, image, end))
        }
        _ => None,
    });
    ended
        .map(|(span, image, end)| {
            let title = "move to a version that is supported";
            let why = "Holes that are found now are not mended in this image. A newer version may need changes of the \
                       application, so a person must choose; the profile `supported` makes the moves that can be made.";
            let message = format!("support of `{}` ended on {end}", image.as_str());
            Finding::of(&RULE, span, message, Verdict::manual(title, why))
        })
        .collect()
}
