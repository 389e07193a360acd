//! The change of a job: another image, no daemon beside it, and the commands of another builder.

use super::{SCRIPTS, commands, plan, shared};
use crate::fix::{Reason, Step};
use crate::pipeline::docker::Call;
use crate::pipeline::gitlab::Value;
use crate::pipeline::script::{self, Item, StepKind};
use crate::pipeline::yaml::{Data, NodeId, Yaml};
use crate::pipeline::{Builder, Job, Survey, layout};
use crate::text::{Edit, Span};

/// Variables that only the Docker client and its daemon read.
const OF_DOCKER: &[&str] = &[
    "BUILDKIT_PROGRESS",
    "DOCKER_BUILDKIT",
    "DOCKER_CERT_PATH",
    "DOCKER_CLI_EXPERIMENTAL",
    "DOCKER_DRIVER",
    "DOCKER_HOST",
    "DOCKER_TLS",
    "DOCKER_TLS_CERTDIR",
    "DOCKER_TLS_VERIFY",
];

pub type Held = Vec<Reason>;

/// A script of a job: its own, or one that it takes over and that is written into it.
pub struct Script<'p, 's> {
    pub name: &'static str,
    pub value: Value<'p, 's>,
    pub items: Vec<Item>,
    pub is_own: bool,
}

pub fn change(survey: &Survey<'_, '_>, job: &Job) -> Result<Vec<Step>, Held> {
    let yaml = &survey.pipeline.file.yaml;
    let held = |text: String| vec![Reason::at(yaml.span(job.key), text)];
    if yaml.is_flow(job.node) {
        return Err(held("the job is written in brackets".to_string()));
    }
    if yaml.is_alias(job.node) {
        return Err(held("the job is an alias".to_string()));
    }
    runner(survey, job).map_err(held)?;
    let scripts = scripts(survey, job)?;
    let rows: Vec<&[Item]> = scripts
        .iter()
        .map(|script| script.items.as_slice())
        .collect();
    let plan = plan::read(&rows)?;
    let shared = shared::taken_over(survey.pipeline, job);
    let shared = shared.or_else(|| shared::taken_elsewhere(survey.pipeline, job, &plan.left));
    if let Some(reason) = shared {
        return Err(vec![reason]);
    }
    let builder = survey.settings.builder();
    if builder == Builder::Kaniko && plan.images.len() > 1 {
        return Err(held(
            "kaniko builds one image in a job, and this one builds several".to_string(),
        ));
    }
    let mut steps = vec![image(survey, job)?];
    steps.extend(services(survey, job)?);
    steps.extend(variables(survey, job, builder)?);
    let step = commands::write(survey, job, &scripts, &plan)?;
    steps.push(step);
    Ok(steps)
}

/// Runners that take no image.
fn runner(survey: &Survey<'_, '_>, job: &Job) -> Result<(), String> {
    let pipeline = survey.pipeline;
    if let Some(tags) = pipeline.find(job, "tags")? {
        let yaml = &tags.file.yaml;
        let tags = yaml
            .items(tags.node)
            .iter()
            .filter_map(|tag| yaml.scalar(*tag));
        for tag in tags {
            let lower = tag.to_ascii_lowercase();
            if ["windows", "powershell", "shell", "macos"]
                .iter()
                .any(|one| lower.contains(one))
            {
                return Err(format!(
                    "by its tag `{tag}`, the job may run without a container for Linux"
                ));
            }
        }
    }
    match pipeline.find(job, "image")? {
        Some(_) => Ok(()),
        None => Err(
            "no image is named, so the job may run on a shell runner, which takes none".to_string(),
        ),
    }
}

fn scripts<'p, 's>(survey: &Survey<'p, 's>, job: &Job) -> Result<Vec<Script<'p, 's>>, Held> {
    let yaml = &survey.pipeline.file.yaml;
    let mut scripts = Vec::new();
    let mut reasons = Vec::new();
    for key in SCRIPTS {
        let value = match survey.pipeline.find(job, key) {
            Ok(None) => continue,
            Ok(Some(value)) => value,
            Err(why) => return Err(vec![Reason::at(yaml.span(job.key), why)]),
        };
        let items = match script::items(&value) {
            Ok(items) => items,
            Err((span, why)) => {
                let span = span.unwrap_or(yaml.span(job.key));
                reasons.push(Reason::at(span, format!("`{key}`: {why}")));
                continue;
            }
        };
        let is_own = value.is_own() && !yaml.is_alias(value.node);
        if is_own || key == "before_script" && prepares_docker(&items) {
            scripts.push(Script {
                name: key,
                value,
                items,
                is_own,
            });
            continue;
        }
        let strange = items.iter().find_map(|item| {
            let step = item
                .steps
                .iter()
                .find(|step| !matches!(step.kind, StepKind::Kept { .. }))?;
            Some((item, step))
        });
        if let Some((item, step)) = strange {
            let command = step.text.lines().next().unwrap_or("");
            let text = format!("`{command}` is in the `{key}` of {}", value.whence());
            let is_here = value.file.path.is_empty();
            let span = if is_here {
                item.span
            } else {
                yaml.span(job.key)
            };
            reasons.push(Reason::at(span, text));
        }
    }
    match reasons.is_empty() {
        true => Ok(scripts),
        false => Err(reasons),
    }
}

/// Whether a script only logs in, or asks the daemon something: then a job can have a script of its own in its place.
fn prepares_docker(items: &[Item]) -> bool {
    let prepares = |kind: &StepKind| match kind {
        StepKind::Docker(call) => matches!(call, Call::Login { .. } | Call::Daemon),
        StepKind::Kept { .. } => true,
        StepKind::Held(_) => false,
    };
    let steps = || items.iter().flat_map(|item| &item.steps);
    steps().any(|step| step.calls_docker) && steps().all(|step| prepares(&step.kind))
}

fn image(survey: &Survey<'_, '_>, job: &Job) -> Result<Step, Held> {
    let yaml = &survey.pipeline.file.yaml;
    let name = survey.settings.builder_image();
    let needs_entrypoint = survey.settings.builder() != Builder::Buildah;
    let step = |edit| {
        let what = format!("run in `{name}`");
        Ok(Step::new(what, None, vec![edit]))
    };
    let indent = indent(yaml, job)?;
    let blanks = " ".repeat(indent);
    let step_in = &blanks;
    let value = match needs_entrypoint {
        false => format!(" {name}"),
        true => format!("\n{blanks}{step_in}name: {name}\n{blanks}{step_in}entrypoint: [\"\"]"),
    };
    if let Some((key, node)) = yaml.entry(job.node, "image") {
        let colon = colon(yaml, key)?;
        let end = yaml.span(node).end.max(colon);
        let text = layout::in_style(yaml.source, &value);
        return step(Edit::replace(Span::new(colon, end), text));
    }
    let at = line_of_first_entry(yaml, job)?;
    step(layout::insert_lines(
        yaml.source,
        at,
        &format!("{blanks}image:{value}\n"),
    ))
}

/// Behind the colon of a key.
fn colon(yaml: &Yaml<'_>, key: NodeId) -> Result<usize, Held> {
    let end = yaml.span(key).end;
    let rest = yaml.source.get(end..).unwrap_or("");
    match rest.find(':') {
        Some(at) if rest.get(..at).is_some_and(|text| text.trim().is_empty()) => Ok(end + at + 1),
        _ => Err(vec![Reason::at(
            yaml.span(key),
            "a key that is not written as usual",
        )]),
    }
}

pub fn indent(yaml: &Yaml<'_>, job: &Job) -> Result<usize, Held> {
    let first = yaml.entries(job.node).first();
    let lines = first.and_then(|(key, value)| layout::entry_lines(yaml, *key, *value));
    lines.map(|(_, indent)| indent).ok_or_else(|| {
        vec![Reason::at(
            yaml.span(job.key),
            "the job starts in an unusual way",
        )]
    })
}

pub fn line_of_first_entry(yaml: &Yaml<'_>, job: &Job) -> Result<usize, Held> {
    let is_head = |key: &NodeId| matches!(yaml.scalar(*key), Some("stage" | "extends" | "<<"));
    let entries = yaml.entries(job.node).iter();
    let head = entries.take_while(|(key, _)| is_head(key)).last().copied();
    let first = yaml.entries(job.node).first().copied();
    let behind = head.and_then(|(key, value)| layout::entry_lines(yaml, key, value));
    let before = first.and_then(|(key, value)| layout::entry_lines(yaml, key, value));
    match (behind, before) {
        (Some((lines, _)), _) => Ok(lines.end),
        (None, Some((lines, _))) => Ok(lines.start),
        (None, None) => Err(vec![Reason::at(
            yaml.span(job.key),
            "the job starts in an unusual way",
        )]),
    }
}

fn is_daemon(yaml: &Yaml<'_>, service: NodeId) -> bool {
    let name = yaml
        .scalar(service)
        .or_else(|| yaml.scalar(yaml.entry(service, "name")?.1));
    name.is_some_and(|name| name.contains("dind"))
}

/// No daemon beside the job.
fn services(survey: &Survey<'_, '_>, job: &Job) -> Result<Option<Step>, Held> {
    let yaml = &survey.pipeline.file.yaml;
    let held = |span, text: &str| vec![Reason::at(span, text)];
    let found = survey.pipeline.find(job, "services");
    let Some(found) = found.map_err(|why| held(yaml.span(job.key), &why))? else {
        return Ok(None);
    };
    let items = found.file.yaml.items(found.node);
    let daemons: Vec<NodeId> = items
        .iter()
        .copied()
        .filter(|item| is_daemon(&found.file.yaml, *item))
        .collect();
    if daemons.is_empty() {
        return Ok(None);
    }
    let step = |edits| {
        Ok(Some(Step::new(
            "start no Docker daemon",
            None,
            layout::settled(yaml.source, edits),
        )))
    };
    if !found.is_own() || yaml.is_alias(found.node) {
        if daemons.len() < items.len() {
            return Err(held(
                yaml.span(job.key),
                &format!(
                    "the daemon is one of several services of {}",
                    found.whence()
                ),
            ));
        }
        let blanks = " ".repeat(indent(yaml, job)?);
        if found.is_own() {
            let text = "[]".to_string();
            return step(vec![Edit::replace(yaml.span(found.node), text)]);
        }
        let at = line_of_first_entry(yaml, job)?;
        return step(vec![layout::insert_lines(
            yaml.source,
            at,
            &format!("{blanks}services: []\n"),
        )]);
    }
    if daemons.len() == items.len() {
        let lines = layout::entry_lines(yaml, found.key, found.node);
        let (lines, _) =
            lines.ok_or_else(|| held(yaml.span(found.key), "the services share a line"))?;
        return step(vec![Edit::delete(lines)]);
    }
    let lines = daemons.iter().map(|item| {
        let lines = layout::item_lines(yaml, *item);
        lines.ok_or_else(|| held(yaml.span(*item), "the services share a line"))
    });
    let lines: Result<Vec<(Span, usize)>, Held> = lines.collect();
    step(
        lines?
            .into_iter()
            .map(|(lines, _)| Edit::delete(lines))
            .collect(),
    )
}

fn variables(survey: &Survey<'_, '_>, job: &Job, builder: Builder) -> Result<Option<Step>, Held> {
    let yaml = &survey.pipeline.file.yaml;
    let wanted: &[(&str, &str)] = match builder {
        Builder::Buildah => &[
            ("STORAGE_DRIVER", "vfs"),
            ("BUILDAH_FORMAT", "docker"),
            ("BUILDAH_ISOLATION", "chroot"),
        ],
        Builder::Buildkit => &[("BUILDKITD_FLAGS", "--oci-worker-no-process-sandbox")],
        Builder::Kaniko => &[],
    };
    let indent = indent(yaml, job)?;
    let own = yaml.entry(job.node, "variables");
    let what = "set what the builder reads, and nothing that only Docker does";
    let step = |edits: Vec<Edit>| {
        Ok((!edits.is_empty()).then(|| Step::new(what, None, layout::settled(yaml.source, edits))))
    };
    let lines = |indent: usize| -> String {
        let blanks = " ".repeat(indent);
        wanted
            .iter()
            .map(|(name, value)| format!("{blanks}{name}: {}\n", layout::scalar(value)))
            .collect()
    };
    let Some((key, node)) = own else {
        if wanted.is_empty() {
            return Ok(None);
        }
        let text = format!("{}variables:\n{}", " ".repeat(indent), lines(indent + 2));
        let image = yaml.entry(job.node, "image");
        let image = image.and_then(|(key, value)| layout::entry_lines(yaml, key, value));
        let at = image.map_or_else(
            || line_of_first_entry(yaml, job),
            |(lines, _)| Ok(lines.end),
        )?;
        return step(vec![layout::insert_lines(yaml.source, at, &text)]);
    };
    let is_block = matches!(
        yaml.node(node).map(|node| &node.data),
        Some(Data::Mapping(_))
    ) && !yaml.is_flow(node);
    let held = || {
        vec![Reason::at(
            yaml.span(key),
            "the variables are not written one to a line",
        )]
    };
    let entries = yaml.entries(node);
    let is_gone = |name: NodeId| {
        yaml.scalar(name)
            .is_some_and(|name| OF_DOCKER.contains(&name))
    };
    let gone = entries.iter().filter(|(name, _)| is_gone(*name)).count();
    if !is_block {
        return if gone == 0 && wanted.is_empty() {
            Ok(None)
        } else {
            Err(held())
        };
    }
    if gone == entries.len() && wanted.is_empty() {
        let (lines, _) = layout::entry_lines(yaml, key, node).ok_or_else(held)?;
        return step(vec![Edit::delete(lines)]);
    }
    let mut edits = Vec::new();
    let mut last = None;
    for (name, value) in entries {
        let (lines, indent) = layout::entry_lines(yaml, *name, *value).ok_or_else(held)?;
        last = Some((lines.end, indent));
        if is_gone(*name) {
            edits.push(Edit::delete(lines));
        }
    }
    if let Some((end, indent)) = last.filter(|_| !wanted.is_empty()) {
        edits.push(layout::insert_lines(yaml.source, end, &lines(indent)));
    }
    step(edits)
}
