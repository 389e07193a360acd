//! Images that one job leaves to a daemon and another takes from it: the runner has one daemon for both.

use crate::fix::Reason;
use crate::pipeline::docker::Term;
use crate::pipeline::{Job, Pipeline};
use crate::text::Span;

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
