mod stage;
mod workflow;

use crate::fix::{Fix, Reason, Step};
use crate::pipeline::images::{self, Images};
use crate::pipeline::yaml::Yaml;
use crate::pipeline::{Job, Scan, Survey, layout};
use crate::rule::{Check, Finding, Rule, Severity, Verdict};
use crate::text::{Edit, Span};
use stage::StageOfScan;

pub const RULE: Rule = Rule {
    id: "image-not-scanned",
    summary: "an image that is pushed and that no job scans",
    severity: Severity::Medium,
    since: "0.1.0",
    page: include_str!("image_not_scanned.md"),
    aliases: &[],
    check: Check::Several(&[Check::Pipeline(check), Check::Workflow(workflow::check)]),
};

const JOB: &str = "container_scanning";
const TEMPLATE: &str = "Jobs/Container-Scanning.gitlab-ci.yml";
const REPORT: &str = "gl-container-scanning-report.json";
/// The release before 0.69.4, which was malicious: <https://github.com/aquasecurity/trivy/security/advisories/GHSA-69fq-xp46-6x23>.
const TRIVY: &str = "aquasec/trivy:0.69.3";

/// Programs that scan images, by what their jobs say.
const SCANNERS: &[&str] = &[
    "container-scanning",
    "container_scanning",
    "trivy",
    "grype",
    "snyk container",
    "clair",
];

fn check(survey: &Survey<'_, '_>) -> Vec<Finding> {
    let pipeline = survey.pipeline;
    if survey.settings.scan == Some(Scan::None) {
        return Vec::new();
    }
    let mut files = std::iter::once(&pipeline.file).chain(&pipeline.others);
    let scans = |text: &str| {
        let lower = text.to_ascii_lowercase();
        SCANNERS.iter().any(|name| lower.contains(name))
    };
    if files.any(|file| scans(file.yaml.source)) {
        return Vec::new();
    }
    let jobs = pipeline.jobs();
    let pushing: Vec<(&Job, Images)> = jobs
        .iter()
        .filter_map(|job| Some((job, pushed(survey, job)?)))
        .collect();
    let Some((job, _)) = pushing.first() else {
        return Vec::new();
    };
    let yaml = &pipeline.file.yaml;
    let verdict = match pushing.as_slice() {
        [(job, images)] => match change(survey, job, images) {
            Ok(fix) => Verdict::Fix(fix),
            Err(reason) => Verdict::held(reason),
        },
        _ => Verdict::held(Reason::at(
            yaml.span(job.key),
            "several jobs push images, and each takes a scan of its own",
        )),
    };
    let message = format!("job `{}` pushes an image that no job scans", job.name);
    vec![Finding::of(&RULE, yaml.span(job.key), message, verdict)]
}

/// The images of a job that pushes some.
fn pushed(survey: &Survey<'_, '_>, job: &Job) -> Option<Images> {
    survey.pipeline.file.yaml.entry(job.node, "script")?;
    let script = survey.pipeline.find(job, "script").ok()??;
    let images = images::of_script(&script);
    (!images.pushed.is_empty()).then_some(images)
}

fn change(survey: &Survey<'_, '_>, job: &Job, images: &Images) -> Result<Fix, Reason> {
    let yaml = &survey.pipeline.file.yaml;
    let held = |text: String| Reason::at(yaml.span(job.key), text);
    if job.is_template() {
        return Err(held(
            "a template pushes it, and its jobs are not looked into".to_string(),
        ));
    }
    let image = the_image(images).map_err(held)?;
    known_elsewhere(survey, job, image).map_err(held)?;
    let stage = stage::of_scan(survey, job)?;
    let rules = conditions(survey, job).map_err(held)?;
    let scan = survey.settings.scan.unwrap_or_default();
    let has_old_conditions = ["  only:", "  except:"]
        .iter()
        .any(|key| rules.contains(key));
    if scan == Scan::Template && has_old_conditions {
        return Err(held(
            "`only` and `except` do not go with the `rules` of GitLab's template".to_string(),
        ));
    }
    let text = match scan {
        Scan::Template => template_jobs(survey, job, &stage, image, &rules),
        Scan::Trivy => trivy_job(job, &stage, image, &rules),
        Scan::None => String::new(),
    };
    let (lines, _) = layout::entry_lines(yaml, job.key, job.node)
        .ok_or_else(|| held("the job shares a line".to_string()))?;
    let StageOfScan { name, edit, .. } = stage;
    let added = edit.map(|edit| {
        let what = format!("add the stage `{name}` behind that of the build");
        Step::new(what, None, vec![edit])
    });
    let mut steps = Vec::from_iter(added);
    steps.extend([Step::new(
        "scan the image, keep the report, and fail where a finding is critical",
        None,
        vec![layout::insert_lines(
            yaml.source,
            lines.end,
            &format!("\n{text}"),
        )],
    )]);
    if scan == Scan::Template {
        let include = include(survey)?;
        steps.insert(
            0,
            Step::new(
                format!("include GitLab's template `{TEMPLATE}`"),
                None,
                vec![include],
            ),
        );
    }
    let why = "A critical finding fails the pipeline now, and later stages do not run; GitLab mails whoever started it. \
               Look at the first report before this is merged: an old base image may have such findings from the start.";
    let why = match yaml.source.contains("needs:") {
        true => format!(
            "{why} A job with `needs` does not wait for the stages before it: let those that must wait need the gate."
        ),
        false => why.to_string(),
    };
    Fix::review("scan the image behind the build", why, steps)
        .map_err(|overlap| Reason::at(overlap.second, overlap.to_string()))
}

/// The first name of the one image that is pushed.
fn the_image(images: &Images) -> Result<&str, String> {
    let first = images.pushed.first();
    let others = images.pushed.iter().skip(1);
    if images.builds > 1 && others.into_iter().any(|name| Some(name) != first) {
        return Err("the job builds several images, and each takes a scan of its own".to_string());
    }
    Ok(first.and_then(|name| name.as_deref()).unwrap_or(""))
}

/// Whether another job sees the same name: no variable of it is the job's own.
fn known_elsewhere(survey: &Survey<'_, '_>, job: &Job, image: &str) -> Result<(), String> {
    if image.is_empty() {
        return Err("the name of the image is more than text and variables".to_string());
    }
    if !image.starts_with("${CI_REGISTRY") {
        return Err(format!("how a scanner logs in for `{image}` is not known"));
    }
    let yaml = &survey.pipeline.file.yaml;
    let text = yaml.span(job.node).slice(yaml.source);
    let mut own: Vec<String> = Vec::new();
    if let Some(variables) = survey.pipeline.find(job, "variables")? {
        let of = &variables.file.yaml;
        own.extend(
            of.entries(variables.node)
                .iter()
                .filter_map(|(key, _)| of.scalar(*key).map(String::from)),
        );
    }
    let mut names = image
        .split("${")
        .skip(1)
        .filter_map(|part| part.split('}').next());
    let local = names.find(|name| {
        let is_assigned = [format!("{name}="), format!("{name}: [")]
            .iter()
            .any(|set| text.contains(set.as_str()));
        own.iter().any(|one| one == name) || is_assigned || name.contains([':', '-', '%', '#', '/'])
    });
    match local {
        Some(name) => Err(format!("`{name}` is known to this job alone")),
        None => Ok(()),
    }
}

/// The conditions under which the job of the build runs, as they are written.
fn conditions(survey: &Survey<'_, '_>, job: &Job) -> Result<String, String> {
    if let Some(when) = survey.pipeline.find(job, "when")?
        && when.file.yaml.scalar(when.node) != Some("on_success")
    {
        return Err(
            "the job does not always run (`when`), and a scan has no image without it".to_string(),
        );
    }
    let mut text = String::new();
    for key in ["rules", "only", "except", "tags"] {
        let Some(found) = survey.pipeline.find(job, key)? else {
            continue;
        };
        let yaml = &survey.pipeline.file.yaml;
        let span = yaml.span(found.key).cover(yaml.span(found.node));
        let lines = layout::entry_lines(yaml, found.key, found.node);
        let Some((lines, indent)) = lines.filter(|_| found.is_own()) else {
            if key == "tags" {
                // The defaults count for the scan too.
                continue;
            }
            return Err(format!(
                "the `{key}` of the job are from {}",
                found.whence()
            ));
        };
        if span.slice(yaml.source).contains(['&', '*']) && has_alias(yaml, span) {
            return Err(format!(
                "the `{key}` of the job have anchors or aliases in them"
            ));
        }
        let written = lines.slice(yaml.source);
        if let Some(part) = ["allow_failure:", "needs:"]
            .iter()
            .find(|part| written.contains(*part))
        {
            return Err(format!(
                "the `{key}` of the job say `{part}`, which is not for a scan"
            ));
        }
        for line in written.lines() {
            let body = line.get(indent.min(line.len())..).unwrap_or("");
            text.push_str(&format!("  {body}\n"));
        }
    }
    Ok(text)
}

fn has_alias(yaml: &Yaml<'_>, span: Span) -> bool {
    let inside = |at: Span| span.contains(at);
    let ids = 0..yaml.nodes().len();
    ids.into_iter().any(|id| {
        inside(yaml.span(id))
            && (yaml.is_alias(id) || yaml.node(id).is_some_and(|node| node.is_anchored))
    })
}

fn include(survey: &Survey<'_, '_>) -> Result<Edit, Reason> {
    let file = &survey.pipeline.file;
    let yaml = &file.yaml;
    let line = format!("- template: {TEMPLATE}\n");
    if let Some((key, list)) = yaml.entry(file.root, "include") {
        let held = || {
            Reason::at(
                yaml.span(key),
                "`include` is not a list with an item on each line",
            )
        };
        if yaml.is_flow(list) || yaml.is_alias(list) {
            return Err(held());
        }
        let last = yaml.items(list).last().ok_or_else(held)?;
        let (lines, indent) = layout::item_lines(yaml, *last).ok_or_else(held)?;
        return Ok(layout::insert_lines(
            yaml.source,
            lines.end,
            &format!("{}{line}", " ".repeat(indent)),
        ));
    }
    let first = yaml.entries(file.root).first();
    let first = first.and_then(|(key, value)| layout::entry_lines(yaml, *key, *value));
    let (lines, _) = first.ok_or_else(|| Reason::new("the file starts in an unusual way"))?;
    let bom = if lines.start == 0 && yaml.source.starts_with('\u{feff}') {
        3
    } else {
        0
    };
    let text = format!("include:\n  {line}\n");
    match bom {
        0 => Ok(layout::insert_lines(yaml.source, lines.start, &text)),
        bom => Ok(Edit::insert(bom, layout::in_style(yaml.source, &text))),
    }
}

fn template_jobs(
    survey: &Survey<'_, '_>,
    job: &Job,
    stage: &StageOfScan,
    image: &str,
    rules: &str,
) -> String {
    let (stage, needs) = (&stage.name, stage.needs(job));
    let scan = format!(
        "{JOB}:\n  stage: {stage}\n{needs}{rules}  variables:\n    CS_IMAGE: \"{image}\"\n  allow_failure: false\n"
    );
    // Where the job of the template is switched off, the gate still waits for the build.
    let build = layout::scalar(&job.name);
    let needs = format!("  needs:\n    - job: {build}\n    - job: {JOB}\n      optional: true\n");
    let gate = match &survey.settings.gate_image {
        Some(gate) => format!(
            "  image: {gate}\n{needs}  script:\n    - harden gate {REPORT} --fail-on critical\n"
        ),
        None => format!(
            "  image:\n    name: {TRIVY}\n    entrypoint: [\"\"]\n{needs}{LOGIN}  script:\n    - trivy image --exit-code 1 --severity CRITICAL \"{image}\"\n"
        ),
    };
    format!("{scan}\n{JOB}_gate:\n  stage: {stage}\n{rules}{gate}")
}

/// How Trivy logs in to the registry of the project.
const LOGIN: &str = "  variables:\n    GIT_STRATEGY: none\n    TRIVY_AUTH_URL: \"${CI_REGISTRY}\"\n    TRIVY_USERNAME: \"${CI_REGISTRY_USER}\"\n    TRIVY_PASSWORD: \"${CI_REGISTRY_PASSWORD}\"\n    TRIVY_NO_PROGRESS: \"true\"\n";

fn trivy_job(job: &Job, stage: &StageOfScan, image: &str, rules: &str) -> String {
    let (stage, needs) = (&stage.name, stage.needs(job));
    format!(
        "{JOB}:\n  stage: {stage}\n{needs}  image:\n    name: {TRIVY}\n    entrypoint: [\"\"]\n{rules}{LOGIN}  script:\n    \
         - trivy image --format template --template \"@/contrib/gitlab.tpl\" --output {REPORT} \"{image}\"\n    \
         - trivy image --exit-code 1 --severity CRITICAL \"{image}\"\n  artifacts:\n    when: always\n    paths:\n      - {REPORT}\n    reports:\n      container_scanning: {REPORT}\n"
    )
}
