//! What a job has in common with others: parts that they take over, and images in the daemon of one runner.

use crate::fix::Reason;
use crate::pipeline::docker::Term;
use crate::pipeline::yaml::NodeId;
use crate::pipeline::{Job, Pipeline};
use crate::text::{LineIndex, Span};

use super::SCRIPTS;

/// More than a person writes into one file.
const MOST_JOBS: usize = 1000;

/// Another job that calls Docker and would no longer find it: it takes over this one, or a part that has an anchor.
pub fn taken_over(pipeline: &Pipeline<'_>, job: &Job) -> Option<Reason> {
    let yaml = &pipeline.file.yaml;
    let span = yaml.span(job.node);
    let jobs = pipeline.jobs();
    if jobs.len() > MOST_JOBS {
        let text = format!(
            "the file has more than {MOST_JOBS} jobs, which are not compared with this one"
        );
        return Some(Reason::at(yaml.span(job.key), text));
    }
    let mut ids = 0..yaml.nodes().len();
    let alias = ids.find(|id| {
        let target = yaml.follow(*id);
        let is_part = target != job.node && span.contains(yaml.span(target));
        is_part
            && yaml.is_alias(*id)
            && !span.contains(yaml.span(*id))
            && is_changed(pipeline, job, target)
    });
    if let Some(alias) = alias {
        let line = LineIndex::new(yaml.source).line(yaml.span(alias).start);
        let text = format!("a part of the job has an anchor, and line {line} takes it over");
        return Some(Reason::at(yaml.span(alias), text));
    }
    let own = jobs.into_iter().filter(|other| other.node != job.node);
    let own = own.map(|other| (&pipeline.file, other));
    let others = pipeline.others.iter();
    let others = others.flat_map(|file| file.jobs().into_iter().map(move |other| (file, other)));
    own.chain(others).take(MOST_JOBS).find_map(|(file, other)| {
        let yaml = &file.yaml;
        let place = SCRIPTS.iter().find_map(|key| {
            let (_, script) = yaml.entry(other.node, key)?;
            let text = yaml.span(yaml.follow(script)).slice(yaml.source);
            text.contains("docker ").then(|| yaml.span(script))
        })?;
        pipeline.takes_over(file, &other, job).then(|| {
            let place = if file.path.is_empty() { place } else { span };
            let text = format!(
                "job `{}` takes over the image of this one, and calls Docker itself",
                other.name
            );
            Reason::at(place, text)
        })
    })
}

/// Whether a node is in a part of the job that another builder changes.
fn is_changed(pipeline: &Pipeline<'_>, job: &Job, node: NodeId) -> bool {
    let yaml = &pipeline.file.yaml;
    let keys = ["image", "services", "variables"].iter().chain(&SCRIPTS);
    let mut parts = keys.filter_map(|key| yaml.entry(job.node, key));
    parts.any(|(_, part)| !yaml.is_alias(part) && yaml.span(part).contains(yaml.span(node)))
}

/// The first line of another job, or of another file, with a command of Docker for an image that is left.
pub fn taken_elsewhere(pipeline: &Pipeline<'_>, job: &Job, left: &[Term]) -> Option<Reason> {
    if left.is_empty() {
        return None;
    }
    let names: Vec<String> = left.iter().map(|name| bare(&name.text)).collect();
    let yaml = &pipeline.file.yaml;
    let jobs = pipeline.jobs().into_iter();
    let others = jobs.filter(|other| other.node != job.node);
    for other in others {
        let span = yaml.span(other.node);
        let taken = taken(span.slice(yaml.source), &names);
        if let Some((at, name)) = taken {
            let text = format!(
                "`{name}` is left to a daemon, from which job `{}` takes it",
                other.name
            );
            return Some(Reason::at(Span::at(span.start + at), text));
        }
    }
    pipeline.others.iter().find_map(|file| {
        let (_, name) = taken(file.yaml.source, &names)?;
        let text = format!(
            "`{name}` is left to a daemon, from which a job in `{}` takes it",
            file.path
        );
        Some(Reason::at(yaml.span(job.key), text))
    })
}

/// Where Docker is asked for one of the images in a text that builds none of them.
fn taken<'n>(text: &str, names: &'n [String]) -> Option<(usize, &'n str)> {
    let mut taken = None;
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let named = line.contains("docker").then(|| {
            let words: Vec<String> = line.split_whitespace().map(bare).collect();
            let is_word = |name: &&String| words.contains(name);
            names.iter().find(is_word)
        });
        match named.flatten() {
            Some(_) if line.contains("build") => return None,
            Some(name) => {
                let indent = line.len() - line.trim_start().len();
                taken = taken.or(Some((start + indent, name.as_str())));
            }
            None => {}
        }
        start += line.len();
    }
    taken
}

/// Without quotes, and the brackets of lists and variables.
fn bare(word: &str) -> String {
    let quotes = ['"', '\'', '{', '}', '[', ']', ','];
    word.replace(quotes, "")
}
