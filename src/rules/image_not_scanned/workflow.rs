//! The same in a workflow of GitHub's: report only.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::RULE;
use crate::pipeline::github::images::{Event, Events, Found, OfJob, Scan, is_named_like_scan};
use crate::pipeline::github::{Job, Workflow};
use crate::pipeline::{self, WorkflowSurvey};
use crate::rule::{Finding, Verdict};

pub fn check(survey: &WorkflowSurvey<'_, '_>) -> Vec<Finding> {
    let workflow = survey.workflow;
    let is_off = survey.settings.scan == Some(pipeline::Scan::None);
    // Whoever calls the workflow may scan what it builds.
    if is_off || workflow.is_only_called() {
        return Vec::new();
    }
    let (jobs, mut events) = (workflow.jobs(), Events::default());
    let events: Vec<Rc<OfJob<'_>>> = jobs.iter().map(|job| events.of(workflow, *job)).collect();
    let is_covered = covered(workflow, &jobs, &events);
    let jobs = jobs.iter().zip(&events).zip(is_covered);
    let findings = jobs.filter_map(|((job, events), is_covered)| {
        let mut pushes = events.iter();
        let first = pushes.find(|event| event.pushed().is_some_and(is_published))?;
        let names = first.pushed()?;
        if is_covered || scans_what_it_builds(events, |scan| fits(scan, names)) {
            return None;
        }
        let why = "Whoever pulls the image gets what is known to be weak in it. Scan it before it is pushed, or in a job that \
                   needs this one, with a step that fails: `trivy image --exit-code 1`, `grype --fail-on critical`, or \
                   `harden gate` on the report of a scanner.";
        let verdict = Verdict::manual("scan the image, and let a critical finding fail the workflow", why);
        let message = format!("job `{}` pushes an image that no step scans", job.name);
        Some(Finding::of(&RULE, first.place, message, verdict))
    });
    findings.collect()
}

/// Whether anyone else gets an image with these names.
fn is_published(names: &[String]) -> bool {
    let is_here = |name: &String| name.starts_with("localhost:") || name.starts_with("127.0.0.1:");
    names.is_empty() || !names.iter().all(is_here)
}

/// For each job, whether another looks at its image: one that waits for it scans an image, or one that it waits for builds an
/// image and scans it.
fn covered(workflow: &Workflow<'_>, jobs: &[Job<'_>], events: &[Rc<OfJob<'_>>]) -> Vec<bool> {
    let numbered = jobs.iter().enumerate();
    let numbers: BTreeMap<&str, usize> = numbered.map(|(at, job)| (job.name, at)).collect();
    let needed = jobs.iter().map(|job| {
        let names: BTreeSet<&str> = workflow.needs(*job).into_iter().collect();
        names
            .into_iter()
            .filter_map(|name| numbers.get(name).copied())
            .collect()
    });
    let needed: Vec<Vec<usize>> = needed.collect();
    let mut waiting: Vec<Vec<usize>> = vec![Vec::new(); jobs.len()];
    for (at, needed) in needed.iter().enumerate() {
        for one in needed {
            if let Some(waiting) = waiting.get_mut(*one) {
                waiting.push(at);
            }
        }
    }
    let all = || jobs.iter().zip(events).enumerate();
    let scanning = all().filter(|(_, (job, events))| scans(workflow, **job, events));
    let gates =
        all().filter(|(_, (_, events))| scans_what_it_builds(events, |scan| scan.is_of_image));
    let before = reached(scanning.map(|(at, _)| at).collect(), &needed);
    let behind = reached(gates.map(|(at, _)| at).collect(), &waiting);
    before
        .iter()
        .zip(&behind)
        .map(|(one, other)| *one || *other)
        .collect()
}

/// The jobs that can be reached from some over one step or more.
fn reached(mut open: Vec<usize>, steps: &[Vec<usize>]) -> Vec<bool> {
    let mut is_reached = vec![false; steps.len()];
    while let Some(at) = open.pop() {
        for next in steps.get(at).into_iter().flatten() {
            if let Some(known) = is_reached.get_mut(*next).filter(|known| !**known) {
                *known = true;
                open.push(*next);
            }
        }
    }
    is_reached
}

fn scans(workflow: &Workflow<'_>, job: Job<'_>, events: &OfJob<'_>) -> bool {
    let called = workflow.called(job);
    let is_called = called.is_some_and(|(_, called)| is_named_like_scan(called.name));
    is_called
        || events
            .iter()
            .filter_map(Found::scan)
            .any(|scan| scan.is_of_image)
}

fn scans_what_it_builds(events: &OfJob<'_>, fits: impl Fn(&Scan) -> bool) -> bool {
    let events = events.iter();
    let behind = events.skip_while(|event| matches!(event.event, Event::Scan(_)));
    behind.filter_map(Found::scan).any(fits)
}

/// Whether the scan can be of an image with these names: it names none, or names with expressions are not compared.
fn fits(scan: &Scan, names: &[String]) -> bool {
    let is_plain = |name: &str| !name.contains('$');
    let Some(image) = scan.image.as_deref().filter(|image| is_plain(image)) else {
        return scan.is_of_image;
    };
    let repository = |name: &str| {
        name.split('@')
            .next()
            .and_then(without_tag)
            .unwrap_or_default()
    };
    let of_scan = repository(image);
    let is_other = |name: &String| is_plain(name) && repository(name) != of_scan;
    scan.is_of_image && (names.is_empty() || !names.iter().all(is_other))
}

fn without_tag(name: &str) -> Option<String> {
    let folder = name.rfind('/').map_or(0, |slash| slash + 1);
    let end = name
        .get(folder..)?
        .find(':')
        .map_or(name.len(), |colon| folder + colon);
    name.get(..end).map(String::from)
}
