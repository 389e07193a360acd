use crate::pipeline::yaml::{NodeId, Yaml};
use crate::rule::{Check, Finding, Rule, Severity, Verdict};
use crate::syntax::image::ImageReference;

pub const RULE: Rule = Rule {
    id: "unpinned-job-image",
    summary: "a job or service whose image is another one tomorrow",
    severity: Severity::Low,
    since: "0.1.0",
    page: include_str!("unpinned_job_image.md"),
    aliases: &[],
    check: Check::Several(&[
        Check::Pipeline(|survey| check(&survey.pipeline.file.yaml, survey.pipeline.images())),
        Check::Workflow(|survey| check(&survey.workflow.yaml, survey.workflow.images())),
    ]),
};

fn check(yaml: &Yaml<'_>, images: Vec<NodeId>) -> Vec<Finding> {
    let findings = images.into_iter().filter_map(|node| {
        let text = yaml.scalar(node)?;
        if text.contains('$') {
            return None;
        }
        let image = ImageReference::parse(text)?;
        let is_floating = image.digest().is_none() && matches!(image.tag(), None | Some("latest"));
        let why = "The same commit runs with another image when its makers publish one. Name a version, or a digest.";
        let verdict = || Verdict::manual("name the version that the job is known to work with", why);
        is_floating.then(|| Finding::of(&RULE, yaml.span(node), format!("`{text}` names no version"), verdict()))
    });
    findings.collect()
}
