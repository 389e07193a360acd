//! `docker-in-docker`: a job that needs a Docker daemon.

mod commands;
mod job;
mod plan;
mod shared;
mod workflow;
mod write;

use crate::fix::{Fix, Reason};
use crate::pipeline::script;
use crate::pipeline::{Builder, Job, Survey};
use crate::rule::{Check, Finding, Rule, Severity, Verdict};
use crate::text::Span;

pub const RULE: Rule = Rule {
    id: "docker-in-docker",
    summary: "a job that needs a Docker daemon",
    severity: Severity::High,
    since: "0.1.0",
    page: include_str!("docker_in_docker.md"),
    aliases: &[],
    check: Check::Several(&[Check::Pipeline(check), Check::Workflow(workflow::check)]),
};

const SCRIPTS: [&str; 3] = ["before_script", "script", "after_script"];

fn check(survey: &Survey<'_, '_>) -> Vec<Finding> {
    let jobs = survey.pipeline.jobs();
    jobs.iter().filter_map(|job| of_job(survey, job)).collect()
}

fn of_job(survey: &Survey<'_, '_>, job: &Job) -> Option<Finding> {
    let place = calls_docker(survey, job)?;
    let message = format!("job `{}` needs a Docker daemon", job.name);
    let verdict = match job::change(survey, job) {
        Ok(steps) => {
            let title = format!(
                "build without a daemon, with {}",
                name(survey.settings.builder())
            );
            match Fix::review(title, why(survey.settings.builder()), steps) {
                Ok(fix) => Verdict::Fix(fix),
                Err(overlap) => Verdict::held(Reason::at(overlap.second, overlap.to_string())),
            }
        }
        Err(reasons) => Verdict::Held(reasons),
    };
    Some(Finding::of(&RULE, place, message, verdict))
}

/// Where the first command of the job itself is that takes a daemon. A login alone takes none.
fn calls_docker(survey: &Survey<'_, '_>, job: &Job) -> Option<Span> {
    let yaml = &survey.pipeline.file.yaml;
    SCRIPTS.iter().find_map(|key| {
        let (_, node) = yaml.entry(job.node, key)?;
        let text = yaml.span(yaml.follow(node)).slice(yaml.source);
        if !text.contains("docker") {
            return None;
        }
        let unread = || text.contains("docker ").then(|| yaml.span(node));
        let Ok(found) = survey.pipeline.find(job, key) else {
            return unread();
        };
        match script::items(&found?) {
            Ok(items) => items.iter().find(|one| one.needs_daemon()).map(|_| {
                let own = items.iter().filter(|_| !yaml.is_alias(node));
                let first = own.into_iter().find(|one| one.calls_docker());
                first.map_or(yaml.span(node), |one| one.span)
            }),
            Err(_) => unread(),
        }
    })
}

fn name(builder: Builder) -> &'static str {
    match builder {
        Builder::Buildah => "Buildah",
        Builder::Buildkit => "rootless BuildKit",
        Builder::Kaniko => "kaniko",
    }
}

fn why(builder: Builder) -> String {
    let more = match builder {
        Builder::Buildah => {
            "Buildah builds as the user of the job's container; the runner needs no privileged mode."
        }
        Builder::Buildkit => {
            "The runner needs no privileged mode, but must allow user namespaces (seccomp and AppArmor unconfined)."
        }
        Builder::Kaniko => {
            "kaniko builds inside the container of the job. Its authors archived it in 2025: a fork or another builder is maintained."
        }
    };
    format!(
        "A Docker daemon in a job needs a privileged runner, on which every job is root of the host. {more} Run the job once and compare the images."
    )
}
