//! The same in a workflow of GitHub's: report only. The machine of a job may have a daemon of its own; a container of the
//! job that is given that daemon, or all rights, is root of the machine.

use super::RULE;
use crate::pipeline::WorkflowSurvey;
use crate::pipeline::github::{Job, Workflow};
use crate::pipeline::yaml::NodeId;
use crate::rule::{Finding, Verdict};
use crate::text::Span;

pub fn check(survey: &WorkflowSurvey<'_, '_>) -> Vec<Finding> {
    let workflow = survey.workflow;
    let jobs = workflow.jobs().into_iter();
    let containers = jobs.flat_map(|job| {
        let containers = workflow.containers(job).into_iter();
        containers.map(move |container| (job, container))
    });
    let findings = containers.flat_map(|(job, container)| of_container(workflow, job, container));
    findings.collect()
}

fn of_container(workflow: &Workflow<'_>, job: Job<'_>, container: NodeId) -> Vec<Finding> {
    let yaml = &workflow.yaml;
    let mut findings = Vec::new();
    let mut add = |place: Span, what: &str| {
        let why = "What runs in the container is root of the machine of the job. On a runner of your own that is the machine of \
                   every job. Build without a daemon (Buildah, rootless BuildKit), or in a job without a container.";
        let verdict = Verdict::manual("build without a daemon in the container", why);
        let message = format!("a container of job `{}` {what}", job.name);
        findings.push(Finding::of(&RULE, place, message, verdict));
    };
    if let Some(image) = workflow.image(container)
        && yaml.scalar(image).is_some_and(is_daemon)
    {
        add(yaml.span(image), "is a Docker daemon");
    }
    if let Some((_, options)) = yaml.entry(container, "options") {
        let text = yaml.scalar(options).unwrap_or("");
        if text.contains("docker.sock") {
            add(yaml.span(options), "has the socket of the Docker daemon");
        }
        let mut words = text.split_whitespace();
        if words.any(|word| matches!(word, "--privileged" | "--privileged=true")) {
            add(yaml.span(options), "is privileged");
        }
    }
    let volumes = yaml.entry(container, "volumes").map(|(_, list)| list);
    for volume in volumes.map_or(&[][..], |list| yaml.items(list)) {
        if yaml
            .scalar(*volume)
            .is_some_and(|text| text.contains("docker.sock"))
        {
            add(yaml.span(*volume), "has the socket of the Docker daemon");
        }
    }
    findings
}

/// `docker:dind`, `docker:27-dind-rootless`
fn is_daemon(image: &str) -> bool {
    let name = image.split('@').next().unwrap_or("");
    let (name, tag) = name.rsplit_once(':').unwrap_or((name, ""));
    let is_docker = name == "docker" || name.ends_with("/docker");
    is_docker && tag.split('-').any(|part| part == "dind") || name.ends_with("dind")
}
