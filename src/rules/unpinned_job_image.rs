use crate::pipeline::Survey;
use crate::pipeline::yaml::NodeId;
use crate::rule::{Check, Finding, Rule, Severity, Verdict};
use crate::syntax::image::ImageReference;

pub const RULE: Rule = Rule {
    id: "unpinned-job-image",
    summary: "a job or service whose image is another one tomorrow",
    severity: Severity::Low,
    since: "0.1.0",
    page: include_str!("unpinned_job_image.md"),
    aliases: &[],
    check: Check::Pipeline(check),
};

fn check(survey: &Survey<'_, '_>) -> Vec<Finding> {
    let file = &survey.pipeline.file;
    let yaml = &file.yaml;
    let mut places: Vec<NodeId> = vec![file.root];
    places.extend(yaml.entry(file.root, "default").map(|(_, node)| node));
    places.extend(survey.pipeline.jobs().iter().map(|job| job.node));
    let mut images: Vec<NodeId> = Vec::new();
    for place in places.into_iter().filter(|place| !yaml.is_alias(*place)) {
        images.extend(yaml.entry(place, "image").map(|(_, node)| node));
        images.extend(
            yaml.entry(place, "services")
                .into_iter()
                .flat_map(|(_, list)| match yaml.is_alias(list) {
                    true => &[],
                    false => yaml.items(list),
                }),
        );
    }
    let findings = images.into_iter().filter_map(|node| {
        if yaml.is_alias(node) {
            return None;
        }
        let node = match yaml.is_mapping(node) {
            true => yaml.entry(node, "name")?.1,
            false => node,
        };
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
