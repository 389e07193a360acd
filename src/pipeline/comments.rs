//! The comments of a YAML file, and what each of them is about.

use super::yaml::{Data, Yaml};
use crate::text::{LineIndex, Span};

/// A comment with the node that stands below it, or on its line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comment {
    /// From its `#` on.
    pub span: Span,
    pub about: Option<Span>,
}

/// All comments that stand outside of scalars.
pub fn comments(yaml: &Yaml<'_>) -> Vec<Comment> {
    let is_scalar = |data: &Data| matches!(data, Data::Scalar { .. });
    let nodes = yaml.nodes().iter();
    let scalars: Vec<Span> = nodes
        .filter(|node| is_scalar(&node.data))
        .map(|node| node.span)
        .collect();
    let mut starts = regions(yaml);
    starts.sort_by_key(|span| (span.start, std::cmp::Reverse(span.end)));
    let mut comments = Vec::new();
    let mut line_start = 0;
    for line in yaml.source.split_inclusive('\n') {
        let start = line_start;
        line_start += line.len();
        let Some(at) = comment_in(line, start, &scalars) else {
            continue;
        };
        let end = start + line.trim_end().len();
        let is_alone = line
            .get(..at - start)
            .is_some_and(|before| before.trim_matches(['\u{feff}', ' ', '\t']).is_empty());
        let from = if is_alone { end } else { start };
        let first = starts.partition_point(|span| span.start < from);
        let about = starts.get(first).copied();
        let about = about.filter(|span| is_alone || span.start < end);
        comments.push(Comment {
            span: Span::new(at, end),
            about,
        });
    }
    comments
}

/// The innermost entry or item that a line of the file belongs to and above which a comment can stand: it starts a line of
/// its own, behind nothing but blanks and the `-` of an item.
pub fn region_of_line(yaml: &Yaml<'_>, lines: &LineIndex, line: usize) -> Option<Span> {
    let flows = yaml.nodes().iter().enumerate();
    let flows = flows.filter(|(id, _)| yaml.is_flow(*id));
    let flows: Vec<Span> = flows.map(|(_, node)| node.span).collect();
    let starts_line = |span: &Span| {
        let start = lines.start(lines.line(span.start)).unwrap_or(0);
        let before = yaml.source.get(start..span.start).unwrap_or("");
        let before = before.trim_start_matches('\u{feff}').trim();
        before.is_empty() || before == "-"
    };
    let has_line = |span: &Span| (lines.line(span.start)..=lines.line(span.end)).contains(&line);
    let is_in_flow = |span: &Span| {
        let mut flows = flows.iter();
        flows.any(|flow| flow.start < span.start && span.end < flow.end)
    };
    let regions = regions(yaml).into_iter().filter(has_line);
    let regions = regions.filter(starts_line).filter(|span| !is_in_flow(span));
    regions.min_by_key(|span| span.len())
}

fn comment_in(line: &str, start: usize, scalars: &[Span]) -> Option<usize> {
    line.match_indices('#').map(|(at, _)| at).find_map(|at| {
        let before = line.get(..at)?;
        let is_start = before.is_empty() || before.ends_with([' ', '\t', '\u{feff}']);
        let next = scalars.partition_point(|span| span.start <= start + at);
        let is_inside = next.checked_sub(1).and_then(|last| scalars.get(last));
        let is_inside = is_inside.is_some_and(|span| span.end > start + at);
        (is_start && !is_inside).then_some(start + at)
    })
}

/// Entries of mappings and items of sequences.
fn regions(yaml: &Yaml<'_>) -> Vec<Span> {
    let mut regions = Vec::new();
    for node in yaml.nodes() {
        match &node.data {
            Data::Mapping(entries) => regions.extend(
                entries
                    .iter()
                    .map(|(key, value)| yaml.span(*key).cover(yaml.span(*value))),
            ),
            Data::Sequence(items) => regions.extend(items.iter().map(|item| yaml.span(*item))),
            Data::Scalar { .. } | Data::Alias(_) => {}
        }
    }
    regions
}
