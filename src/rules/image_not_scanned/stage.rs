//! The stage that a scan goes into: behind that of the build, and before those that must not run.

use crate::fix::Reason;
use crate::pipeline::yaml::{NodeId, Yaml};
use crate::pipeline::{File, Job, Pipeline, Survey, layout};
use crate::text::Edit;

/// The stage that is added.
const ADDED: &str = "scan";

/// Where no file lists stages, they are `.pre`, `build`, `test`, `deploy` and `.post`; that of a job is this one.
const TEST: &str = "test";

/// Folders of GitLab's templates that list no stages.
const TEMPLATES_OF_JOBS: [&str; 2] = ["Jobs/", "Security/"];

pub struct StageOfScan {
    pub name: String,
    /// What adds it.
    pub edit: Option<Edit>,
    /// It is that of the build too.
    is_shared: bool,
}

impl StageOfScan {
    /// What makes a job wait for the build, if its stage does not.
    pub fn needs(&self, build: &Job) -> String {
        match self.is_shared {
            true => format!("  needs: [{}]\n", in_brackets(&build.name)),
            false => String::new(),
        }
    }
}

fn in_brackets(name: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    match name.chars().all(is_plain) && layout::scalar(name) == name {
        true => name.to_string(),
        false => format!("'{}'", name.replace('\'', "''")),
    }
}

/// # Errors
/// Why it is not known.
pub fn of_scan(survey: &Survey<'_, '_>, job: &Job) -> Result<StageOfScan, Reason> {
    let yaml = &survey.pipeline.file.yaml;
    let held = |text: &str| Reason::at(yaml.span(job.key), text);
    let found = survey.pipeline.find(job, "stage");
    let found = found.map_err(|why| held(&why))?;
    let stage = found
        .as_ref()
        .and_then(|found| found.file.yaml.scalar(found.node))
        .unwrap_or(TEST);
    match yaml.entry(survey.pipeline.file.root, "stages") {
        Some((key, list)) => in_list(yaml, key, list, stage).map_err(|reason| match reason.span {
            Some(_) => reason,
            None => held(&reason.text),
        }),
        None => among_defaults(survey.pipeline, stage).map_err(|why| held(&why)),
    }
}

/// The edit that adds a stage behind another.
fn in_list(yaml: &Yaml<'_>, key: NodeId, list: NodeId, stage: &str) -> Result<StageOfScan, Reason> {
    let items = yaml.items(list);
    if yaml.is_alias(list) || items.iter().any(|item| yaml.scalar(*item) == Some(ADDED)) {
        return Err(Reason::at(
            yaml.span(key),
            format!("there is a stage `{ADDED}` already, or the list is from elsewhere"),
        ));
    }
    let is_stage = |item: &&NodeId| yaml.scalar(**item) == Some(stage);
    let item = items.iter().find(is_stage);
    let item =
        item.ok_or_else(|| Reason::new("the stage of the job is not in the list of stages"))?;
    let edit = if yaml.is_flow(list) {
        Edit::insert(yaml.span(*item).end, format!(", {ADDED}"))
    } else {
        let lines = layout::item_lines(yaml, *item);
        let (lines, indent) =
            lines.ok_or_else(|| Reason::new("the stages are not written one to a line"))?;
        let line = format!("{}- {ADDED}\n", " ".repeat(indent));
        layout::insert_lines(yaml.source, lines.end, &line)
    };
    Ok(StageOfScan {
        name: ADDED.to_string(),
        edit: Some(edit),
        is_shared: false,
    })
}

/// Without a list, the stage `test` is behind `build` and before `deploy`.
fn among_defaults(pipeline: &Pipeline<'_>, stage: &str) -> Result<StageOfScan, String> {
    if let Some(list) = pipeline.global("stages").or(pipeline.global("types")) {
        let place = match list.file.path.as_str() {
            "" => "under `types`",
            path => path,
        };
        return Err(format!(
            "the list of stages to put the scan into is in another place: {place}"
        ));
    }
    if !pipeline.has_root {
        return Err(
            "this file has no list of stages, and the file that includes it is not known"
                .to_string(),
        );
    }
    let files = || std::iter::once(&pipeline.file).chain(&pipeline.others);
    if let Some(other) = files().find_map(|file| listing_include(pipeline, file)) {
        return Err(format!(
            "this file has no list of stages, and `{other}` may have one"
        ));
    }
    let is_shared = match stage {
        TEST => true,
        ".pre" | "build" => false,
        "deploy" | ".post" => {
            return Err(format!(
                "nothing that a scan could stop runs behind the stage `{stage}`"
            ));
        }
        _ => {
            return Err(format!(
                "the stage `{stage}` of the job is none of GitLab's own"
            ));
        }
    };
    Ok(StageOfScan {
        name: TEST.to_string(),
        edit: None,
        is_shared,
    })
}

/// What a file includes that was not read and may list stages.
fn listing_include<'p>(pipeline: &Pipeline<'_>, file: &'p File<'_>) -> Option<&'p str> {
    let yaml = &file.yaml;
    let (_, include) = yaml.entry(file.root, "include")?;
    let single = [include];
    let items = match yaml.is_sequence(include) {
        true => yaml.items(include),
        false => &single,
    };
    let is_read = |path: &str| {
        let path = path.trim_start_matches('/');
        pipeline.others.iter().any(|other| other.path == path)
    };
    items.iter().find_map(|item| {
        let local = yaml.entry(*item, "local").map_or(*item, |(_, path)| path);
        if let Some(path) = yaml.scalar(local) {
            return (!is_read(path)).then_some(path);
        }
        let template = yaml.entry(*item, "template");
        let template = template.and_then(|(_, template)| yaml.scalar(template));
        let is_of_jobs = |name: &str| {
            TEMPLATES_OF_JOBS
                .iter()
                .any(|folder| name.starts_with(folder))
        };
        match template {
            Some(name) => (!is_of_jobs(name)).then_some(name),
            None => Some(
                yaml.span(*item)
                    .slice(yaml.source)
                    .lines()
                    .next()
                    .unwrap_or(""),
            ),
        }
    })
}
