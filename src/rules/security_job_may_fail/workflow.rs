//! The same in a workflow of GitHub's: report only.

use std::collections::BTreeSet;

use super::{RULE, has_command, is_named_like_security};
use crate::pipeline::WorkflowSurvey;
use crate::pipeline::github::images::{Events, OfJob};
use crate::pipeline::github::{Job, Step, Workflow};
use crate::pipeline::yaml::NodeId;
use crate::rule::{Finding, Verdict};
use crate::text::Span;

const WHY: &str = "What the step finds stops nothing: the image is pushed, and the job is green. Look at its last runs, then let \
                   it fail.";

pub fn check(survey: &WorkflowSurvey<'_, '_>) -> Vec<Finding> {
    let jobs = survey.workflow.jobs().into_iter();
    let (mut events, mut seen) = (Events::default(), BTreeSet::new());
    let findings = jobs.flat_map(|job| {
        let of_job = events.of(survey.workflow, job);
        // Steps that jobs share are told of once.
        let is_first = survey
            .workflow
            .list_of_steps(job)
            .is_some_and(|list| seen.insert(list));
        if is_first {
            findings(survey.workflow, job, &of_job)
        } else {
            Vec::new()
        }
    });
    findings.collect()
}

fn findings(workflow: &Workflow<'_>, job: Job<'_>, events: &OfJob<'_>) -> Vec<Finding> {
    let scanning = events.iter().filter(|one| one.scan().is_some());
    let scanning: BTreeSet<NodeId> = scanning.map(|one| one.step.node).collect();
    let scans = |step: &Step<'_>| scanning.contains(&step.node);
    let mut security = workflow.steps(job);
    security.retain(|step| scans(step) || is_security(workflow, *step));
    let of_whole_job = goes_on(workflow, job.node).filter(|_| !security.is_empty());
    if let Some(place) = of_whole_job {
        let message = format!(
            "job `{}` has a security step, and may fail without stopping the workflow",
            job.name
        );
        return vec![finding(place, message)];
    }
    let tolerated = security
        .iter()
        .filter_map(|step| goes_on(workflow, step.node));
    let message =
        |name: &str| format!("a security step of job `{name}` may fail without stopping it");
    let mut findings: Vec<Finding> = tolerated
        .map(|place| finding(place, message(job.name)))
        .collect();
    if findings.is_empty() {
        findings.extend(never_failing(job, events));
    }
    findings
}

/// The scan whose findings fail no step, if no other scan of the job does better.
fn never_failing(job: Job<'_>, events: &OfJob<'_>) -> Option<Finding> {
    let scans = || {
        events
            .iter()
            .filter_map(|event| Some((event, event.scan()?)))
    };
    if scans().any(|(_, scan)| scan.tolerance.is_none()) {
        return None;
    }
    let (event, scan) = scans().next()?;
    let why = scan.tolerance.as_deref()?;
    let message = format!("no finding of this scan fails job `{}`: {why}", job.name);
    Some(finding(event.place, message))
}

fn is_security(workflow: &Workflow<'_>, step: Step<'_>) -> bool {
    let of_action = step
        .action
        .is_some_and(|(_, action)| is_named_like_security(action.name));
    let script = workflow.script(step);
    of_action
        || script.is_some_and(|script| {
            super::SECURITY
                .iter()
                .any(|word| has_command(script.written, word))
        })
}

/// Where a job or step says that the workflow goes on when it fails.
fn goes_on(workflow: &Workflow<'_>, node: NodeId) -> Option<Span> {
    let yaml = &workflow.yaml;
    let (key, value) = yaml.entry(node, "continue-on-error")?;
    (yaml.scalar(value) == Some("true")).then(|| yaml.span(key).cover(yaml.span(value)))
}

fn finding(place: Span, message: String) -> Finding {
    let verdict = Verdict::manual("let what it finds fail the job", WHY);
    Finding::of(&RULE, place, message, verdict)
}
