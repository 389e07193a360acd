//! The steps of a job that build images, push them, and look for weaknesses in them.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::{Job, Step, Workflow};
use crate::pipeline::docker::{self, Call};
use crate::pipeline::yaml::NodeId;
use crate::syntax::shell::{SimpleCommand, Word};
use crate::text::Span;

/// Actions that build an image from a Dockerfile and may push it.
const BUILDS: &[&str] = &[
    "depot/bake-action",
    "depot/build-push-action",
    "docker/bake-action",
    "docker/build-push-action",
    "redhat-actions/buildah-build",
    "useblacksmith/build-push-action",
];

/// Actions that push an image in any case.
const PUSHES: &[&str] = &[
    "elgohr/publish-docker-github-action",
    "macbre/push-to-ghcr",
    "mr-smithers-excellent/docker-build-push",
    "redhat-actions/push-to-registry",
];

/// Actions that scan images, beside those whose inputs are known.
const SCANS: &[&str] = &[
    "aws-actions/vulnerability-scan-github-action-for-amazon-inspector",
    "azure/container-scan",
    "crazy-max/ghaction-container-scan",
    "sysdiglabs/scan-action",
];

/// Words in the name of a workflow, or of an action of one's own, that say that it scans.
const SCANNERS: &[&str] = &[
    "grype",
    "image-scan",
    "scan-image",
    "container-scan",
    "scout",
    "snyk",
    "trivy",
];

/// What a step does with an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// It is there for the steps behind, and perhaps in its registry.
    Build {
        names: Vec<String>,
        pushes: bool,
    },
    Push {
        names: Vec<String>,
    },
    Scan(Scan),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scan {
    /// Nothing where the image is not named, or this scans something else than an image.
    pub image: Option<String>,
    pub is_of_image: bool,
    /// What keeps its findings from failing the step.
    pub tolerance: Option<String>,
}

/// An event, with its step and its place.
pub struct Found<'w> {
    pub step: Step<'w>,
    pub place: Span,
    pub event: Event,
}

impl Found<'_> {
    /// The names of the image that it leaves in a registry.
    pub fn pushed(&self) -> Option<&[String]> {
        match &self.event {
            Event::Build {
                names,
                pushes: true,
            }
            | Event::Push { names } => Some(names),
            _ => None,
        }
    }

    pub fn scan(&self) -> Option<&Scan> {
        match &self.event {
            Event::Scan(scan) => Some(scan),
            _ => None,
        }
    }
}

/// The most that a step does with images, as far as it is told.
const MOST_EVENTS: usize = 64;

/// What the steps of all jobs do with images. Steps that jobs share are read once.
#[derive(Default)]
pub struct Events<'w> {
    of_steps: BTreeMap<NodeId, Rc<Vec<Found<'w>>>>,
    of_lists: BTreeMap<NodeId, Rc<OfJob<'w>>>,
}

/// What the steps of a job do with images, in their order.
#[derive(Default)]
pub struct OfJob<'w>(Vec<Rc<Vec<Found<'w>>>>);

impl<'w> OfJob<'w> {
    pub fn iter(&self) -> impl Iterator<Item = &Found<'w>> {
        self.0.iter().flat_map(|of_step| of_step.iter())
    }
}

impl<'w> Events<'w> {
    pub fn of(&mut self, workflow: &'w Workflow<'_>, job: Job<'w>) -> Rc<OfJob<'w>> {
        let Some(list) = workflow.list_of_steps(job) else {
            return Rc::default();
        };
        if let Some(known) = self.of_lists.get(&list) {
            return Rc::clone(known);
        }
        let steps = workflow.steps(job).into_iter();
        let found = steps.map(|step| {
            let read = || Rc::new(of_step(workflow, job, step));
            Rc::clone(self.of_steps.entry(step.node).or_insert_with(read))
        });
        let found = Rc::new(OfJob(found.filter(|found| !found.is_empty()).collect()));
        self.of_lists.insert(list, Rc::clone(&found));
        found
    }
}

fn of_step<'w>(workflow: &'w Workflow<'_>, job: Job<'_>, step: Step<'w>) -> Vec<Found<'w>> {
    let mut found = Vec::new();
    if let Some((node, _)) = step.action
        && let Some(event) = of_action(workflow, job, step)
    {
        let place = workflow.yaml.span(node);
        found.push(Found { step, place, event });
    }
    of_script(workflow, step, &mut found);
    found
}

/// Whether the name of an action or a workflow says that it scans images.
pub fn is_named_like_scan(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace('_', "-");
    SCANNERS.iter().any(|word| name.contains(word))
}

fn of_action(workflow: &Workflow<'_>, job: Job<'_>, step: Step<'_>) -> Option<Event> {
    let (_, action) = step.action?;
    let is_one_of = |names: &[&str]| names.iter().any(|name| action.is(name));
    let input = |name: &str| workflow.input(step, name);
    if is_one_of(BUILDS) {
        let outputs = input("outputs").unwrap_or("");
        let is_output = outputs.contains("type=registry") || outputs.contains("push=true");
        let pushes = is_output || input("push").is_some_and(|push| push != "false");
        let names = input("tags").map(list).unwrap_or_default();
        return Some(Event::Build { names, pushes });
    }
    if is_one_of(PUSHES) {
        let names = input("tags").or_else(|| input("name"));
        let names = names.map(list).unwrap_or_default();
        return Some(Event::Push { names });
    }
    scan_of_action(workflow, job, step).map(Event::Scan)
}

fn list(text: &str) -> Vec<String> {
    let names = text.split(['\n', ',', ' ']).map(str::trim);
    names
        .filter(|name| !name.is_empty())
        .map(String::from)
        .collect()
}

fn scan_of_action(workflow: &Workflow<'_>, job: Job<'_>, step: Step<'_>) -> Option<Scan> {
    let (_, action) = step.action?;
    let input = |name: &str| workflow.input(step, name);
    let image = |name: &str| input(name).map(String::from);
    let is_default = |name: &str, off: &str| input(name).is_none_or(|value| value == off);
    if action.is("aquasecurity/trivy-action") {
        let kind = input("scan-type").unwrap_or("image");
        let variable = workflow.variable(job, step, "TRIVY_EXIT_CODE");
        let is_set = variable.is_some_and(|code| code != "0") || input("trivy-config").is_some();
        let is_tolerant = is_default("exit-code", "0") && !is_set;
        return Some(Scan {
            image: image("image-ref"),
            is_of_image: kind == "image",
            tolerance: is_tolerant.then(|| "`exit-code` is 0 unless it is set".to_string()),
        });
    }
    if action.is("anchore/scan-action") {
        let is_tolerant = input("fail-build") == Some("false");
        return Some(Scan {
            image: image("image"),
            is_of_image: input("path").is_none(),
            tolerance: is_tolerant.then(|| "`fail-build` is off".to_string()),
        });
    }
    if action.is("docker/scout-action") {
        let is_tolerant = is_default("exit-code", "false");
        return Some(Scan {
            image: image("image"),
            is_of_image: true,
            tolerance: is_tolerant.then(|| "`exit-code` is off unless it is set".to_string()),
        });
    }
    let is_known = action.is("snyk/actions/docker") || SCANS.iter().any(|name| action.is(name));
    (is_known || action.is_local() && is_named_like_scan(action.name)).then(|| Scan {
        image: image("image").or_else(|| image("image-name")),
        is_of_image: true,
        tolerance: None,
    })
}

fn of_script<'w>(workflow: &'w Workflow<'_>, step: Step<'w>, found: &mut Vec<Found<'w>>) {
    let Some(text) = workflow.script(step) else {
        return;
    };
    let Some(script) = may_be_about_images(text.written)
        .then(|| text.script())
        .flatten()
    else {
        return;
    };
    let sites = script.commands().into_iter();
    let events: Vec<(Span, Event)> = sites
        .filter_map(|site| {
            let statements = site.frames.iter().filter_map(|frame| frame.statement());
            let tolerated = statements
                .filter(|one| !one.is_and_list())
                .any(|one| !one.span.slice(text.written).contains("exit"));
            let event = of_command(site.command, text.written, tolerated)?;
            Some((site.command.span, event))
        })
        .take(MOST_EVENTS)
        .collect();
    let parts: Vec<Span> = events.iter().map(|(span, _)| *span).collect();
    let places = text.places(&workflow.yaml, &parts);
    let events = places.into_iter().zip(events);
    found.extend(events.map(|(place, (_, event))| Found { step, place, event }));
}

fn may_be_about_images(text: &str) -> bool {
    [
        "build", "push", "bake", "bud", "trivy", "grype", "scout", "snyk", "harden",
    ]
    .iter()
    .any(|word| text.contains(word))
}

/// The words of a command, empty where they are not literal.
struct Words(Vec<String>);

impl Words {
    /// Behind `sudo`.
    fn of(command: &SimpleCommand) -> Self {
        let value = |word: &Word| word.literal().unwrap_or_default().into_owned();
        let words = command.words.iter().map(value);
        Self(words.skip_while(|word| word == "sudo").collect())
    }

    fn program(&self) -> &str {
        let name = self.0.first().map_or("", String::as_str);
        name.rsplit('/').next().unwrap_or("")
    }

    fn has(&self, word: &str) -> bool {
        self.0.iter().skip(1).any(|one| one == word)
    }

    /// What the program is asked to do, behind the names of groups of commands.
    fn verb(&self) -> &str {
        const GROUPS: [&str; 5] = ["builder", "buildx", "compose", "container", "image"];
        let words = self.0.iter().skip(1).map(String::as_str);
        let mut words = words.filter(|word| !word.is_empty() && !word.starts_with('-'));
        let first = words.next().unwrap_or("");
        match first {
            // Its options take values, which look like verbs.
            _ if first == "compose" || self.program() == "docker-compose" => {
                let verbs = ["push", "build"];
                verbs.into_iter().find(|verb| self.has(verb)).unwrap_or("")
            }
            // Of Trivy it is a verb by itself.
            "image" if self.program() == "trivy" => first,
            _ if GROUPS.contains(&first) => words.next().unwrap_or(""),
            _ => first,
        }
    }

    /// The value of an option, empty where it has none.
    fn option(&self, names: &[&str]) -> Option<&str> {
        let mut words = self.0.iter().skip(1);
        while let Some(word) = words.next() {
            let (name, value) = match word.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (word.as_str(), None),
            };
            if names.contains(&name) {
                return value.or_else(|| words.next().map(String::as_str));
            }
        }
        None
    }
}

/// `is_tolerated` says that another command decides what becomes of the failure of this one.
fn of_command(command: &SimpleCommand, text: &str, is_tolerated: bool) -> Option<Event> {
    let words = Words::of(command);
    let missing = |is_missing: bool, what: &str| is_missing.then(|| what.to_string());
    let (is_of_image, tolerance) = match (words.program(), words.verb()) {
        ("docker" | "docker-compose" | "podman" | "buildah", verb) if verb != "scout" => {
            return build(command, text, verb, words.has("--push"));
        }
        ("docker", _) => {
            let is_missing = !words.has("--exit-code") && !words.has("-e");
            (true, missing(is_missing, "it has no `--exit-code`"))
        }
        ("trivy", verb @ ("image" | "i" | "fs" | "filesystem" | "rootfs" | "repo" | "config")) => {
            let code = words.option(&["--exit-code"]);
            let is_missing = code.is_none_or(|code| code == "0");
            let why = missing(is_missing, "it has no `--exit-code`, or 0");
            (matches!(verb, "image" | "i"), why)
        }
        ("grype", verb) if !matches!(verb, "" | "db" | "version" | "config") => {
            let is_missing = words.option(&["--fail-on", "-f"]).is_none();
            let is_of_image = !verb.starts_with("dir:") && !verb.starts_with("file:");
            (is_of_image, missing(is_missing, "it has no `--fail-on`"))
        }
        ("snyk", _) if words.has("container") => (true, None),
        ("harden", "gate") => (true, None),
        _ => return None,
    };
    let tolerance = tolerance.or_else(|| missing(is_tolerated, "`||` goes on where it fails"));
    Some(Event::Scan(Scan {
        image: None,
        is_of_image,
        tolerance,
    }))
}

fn build(command: &SimpleCommand, text: &str, verb: &str, pushes: bool) -> Option<Event> {
    let names = match docker::call(command, text) {
        Some(Call::Build(build)) => build.names.into_iter().map(|name| name.text).collect(),
        Some(Call::Push(name)) => vec![name.text],
        _ => Vec::new(),
    };
    match verb {
        "push" => Some(Event::Push { names }),
        "build" | "bake" | "bud" => Some(Event::Build { names, pushes }),
        _ => None,
    }
}
