//! The scripts of a job with the commands of the builder.

use super::job::{Held, Script, indent, line_of_first_entry};
use super::plan::{Piece, Plan};
use super::write;
use crate::fix::{Reason, Step};
use crate::pipeline::yaml::Yaml;
use crate::pipeline::{Job, Survey, layout};
use crate::text::{Edit, Span};

/// The scripts with the commands of the builder.
pub fn write(
    survey: &Survey<'_, '_>,
    job: &Job,
    scripts: &[Script<'_, '_>],
    plan: &Plan,
) -> Result<Step, Held> {
    let yaml = &survey.pipeline.file.yaml;
    let held = |text: String| vec![Reason::at(yaml.span(job.key), text)];
    let builder = survey.settings.builder();
    let mut logins = Some(write::logins(builder, plan).map_err(held)?);
    let mut edits = Vec::new();
    for (script, rows) in scripts.iter().zip(&plan.pieces) {
        let mut written = Vec::new();
        for (item, pieces) in script.items.iter().zip(rows) {
            if script.is_own && pieces.iter().all(|piece| *piece == Piece::Keep) {
                written.push(None);
                continue;
            }
            let mut lines = Vec::new();
            for (step, piece) in item.steps.iter().zip(pieces) {
                match piece {
                    Piece::Keep => lines.push(vec![step.text.clone()]),
                    Piece::Nothing => {}
                    Piece::Logins => lines.extend(logins.take().unwrap_or_default()),
                    Piece::Image(number) => {
                        lines.extend(logins.take().unwrap_or_default());
                        let image = plan.images.get(*number);
                        let image = image.map(|image| write::image(builder, image));
                        lines.extend(image.unwrap_or(Ok(Vec::new())).map_err(held)?);
                    }
                }
            }
            written.push(Some(lines));
        }
        match script.is_own {
            true => edits.extend(rewrite(yaml, script, &written).map_err(held)?),
            false => edits.push(taken_over(yaml, job, script, &written)?),
        }
    }
    let edits = layout::settled(yaml.source, edits);
    Ok(Step::new("build and push with its commands", None, edits))
}

/// A script of the job in place of the one that it would take over.
fn taken_over(
    yaml: &Yaml<'_>,
    job: &Job,
    script: &Script<'_, '_>,
    written: &[Option<Vec<write::Line>>],
) -> Result<Edit, Held> {
    let indent = indent(yaml, job)?;
    let (blanks, name) = (" ".repeat(indent), script.name);
    let lines: String = written
        .iter()
        .flatten()
        .flatten()
        .map(|line| layout::item(indent + 2, line))
        .collect();
    let text = match lines.is_empty() {
        true => format!("{blanks}{name}: []\n"),
        false => format!("{blanks}{name}:\n{lines}"),
    };
    let script = yaml.entry(job.node, "script");
    let at = script.and_then(|(key, value)| layout::entry_lines(yaml, key, value));
    let at = at.map_or_else(
        || line_of_first_entry(yaml, job),
        |(lines, _)| Ok(lines.start),
    )?;
    Ok(layout::insert_lines(yaml.source, at, &text))
}

/// The edits of one script; `None` stands for an item that stays.
fn rewrite(
    yaml: &Yaml<'_>,
    script: &Script<'_, '_>,
    written: &[Option<Vec<write::Line>>],
) -> Result<Vec<Edit>, String> {
    let (key, node) = (script.value.key, script.value.node);
    let (whole, key_indent) =
        layout::entry_lines(yaml, key, node).ok_or("a script that shares a line")?;
    let is_empty = |one: &Option<Vec<write::Line>>| one.as_ref().is_some_and(Vec::is_empty);
    if written.iter().all(is_empty) {
        return Ok(vec![Edit::delete(whole)]);
    }
    if !yaml.is_sequence(node) || yaml.is_flow(node) {
        let is_changed = written.iter().any(Option::is_some);
        if !is_changed {
            return Ok(Vec::new());
        }
        let [Some(lines)] = written else {
            return Err("a script in brackets".to_string());
        };
        let text: String = lines
            .iter()
            .map(|line| layout::item(key_indent + 2, line))
            .collect();
        let text = format!("\n{}", text.trim_end_matches('\n'));
        let start = yaml.span(key).end + 1;
        let span = Span::new(start, yaml.span(node).end);
        return Ok(vec![Edit::replace(
            span,
            layout::in_style(yaml.source, &text),
        )]);
    }
    let mut edits = Vec::new();
    for (item, lines) in script.items.iter().zip(written) {
        let Some(lines) = lines else {
            continue;
        };
        let (whole, indent) =
            layout::item_lines(yaml, item.node).ok_or("an item that shares a line")?;
        if lines.is_empty() {
            edits.push(Edit::delete(whole));
            continue;
        }
        let text: String = lines
            .iter()
            .map(|line| layout::item(indent, line))
            .collect();
        let text = layout::in_style(yaml.source, text.trim_end_matches('\n'));
        edits.push(Edit::replace(
            Span::new(whole.start, yaml.span(item.node).end),
            text,
        ));
    }
    Ok(edits)
}
