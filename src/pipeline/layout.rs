//! Where parts of a YAML file stand, and how lines are added to it and taken away.

use super::yaml::{NodeId, Yaml};
use crate::text::{Edit, NewlineStyle, Span};

/// The start of the line of a place.
fn line_start(source: &str, at: usize) -> usize {
    let before = source.get(..at).unwrap_or("");
    before.rfind('\n').map_or(0, |newline| newline + 1)
}

/// Behind the line end of the line of a place, or the end of the text.
fn line_end(source: &str, at: usize) -> usize {
    let rest = source.get(at..).unwrap_or("");
    rest.find('\n')
        .map_or(source.len(), |newline| at + newline + 1)
}

/// The whole lines of an entry or an item, and how deep it is indented; `None` where it shares a line with something else.
///
/// `start` is where its key starts, or what stands behind its `-`.
pub fn own_lines(yaml: &Yaml<'_>, start: usize, end: usize) -> Option<(Span, usize)> {
    let source = yaml.source;
    let first = line_start(source, start);
    let before = source.get(first..start)?.trim_start_matches('\u{feff}');
    let indent = before.len() - before.trim_start_matches(' ').len();
    if !matches!(before.trim(), "" | "-") {
        return None;
    }
    let last = line_end(source, end);
    let behind = source.get(end..last)?.trim();
    (behind.is_empty() || behind.starts_with('#')).then(|| (Span::new(first, last), indent))
}

/// The whole lines of an entry of a block mapping.
pub fn entry_lines(yaml: &Yaml<'_>, key: NodeId, value: NodeId) -> Option<(Span, usize)> {
    let (start, end) = (yaml.span(key).start, yaml.span(value).end);
    let (lines, indent) = own_lines(yaml, start, end.max(yaml.span(key).end))?;
    let before = yaml.source.get(lines.start..start)?;
    (!before.contains('-')).then_some((lines, indent))
}

/// The whole lines of an item of a block sequence.
pub fn item_lines(yaml: &Yaml<'_>, item: NodeId) -> Option<(Span, usize)> {
    let span = yaml.span(item);
    let (lines, indent) = own_lines(yaml, span.start, span.end)?;
    let before = yaml.source.get(lines.start..span.start)?;
    before.contains('-').then_some((lines, indent))
}

/// The lines with the line ends of the file.
pub fn in_style(source: &str, text: &str) -> String {
    match NewlineStyle::of(source) {
        NewlineStyle::LineFeed => text.to_string(),
        NewlineStyle::CarriageReturnLineFeed => text.replace('\n', "\r\n"),
    }
}

/// Adds lines, each with its line end, at a line start or at the end of the text.
pub fn insert_lines(source: &str, at: usize, lines: &str) -> Edit {
    let is_behind_line = at == 0
        || source
            .get(..at)
            .is_some_and(|before| before.ends_with('\n'));
    let text = match is_behind_line {
        true => lines.to_string(),
        // At the end of a text without a last line end, which stays so.
        false => format!("\n{}", lines.trim_end_matches('\n')),
    };
    Edit::insert(at, in_style(source, &text))
}

/// Edits with neighbouring deletions as one. Where the last lines go of a text without a last line end, it keeps none.
pub fn settled(source: &str, mut edits: Vec<Edit>) -> Vec<Edit> {
    edits.sort_by_key(|edit| edit.span);
    let mut settled: Vec<Edit> = Vec::new();
    for edit in edits {
        match settled.last_mut() {
            Some(last)
                if last.text.is_empty()
                    && edit.text.is_empty()
                    && last.span.end == edit.span.start =>
            {
                last.span.end = edit.span.end;
            }
            _ => settled.push(edit),
        }
    }
    if let Some(last) = settled.last_mut()
        && last.text.is_empty()
        && last.span.end == source.len()
        && !source.ends_with('\n')
    {
        let before = source.get(..last.span.start).unwrap_or("");
        let kept = before.strip_suffix('\n').unwrap_or(before);
        last.span.start = kept.strip_suffix('\r').unwrap_or(kept).len();
    }
    settled
}

/// How a text is written as a scalar: as it is where YAML reads it so, else in single quotes.
pub fn scalar(text: &str) -> String {
    let mut letters = text.chars();
    let starts_plain = match (letters.next(), letters.next()) {
        (Some('-'), Some(second)) => !second.is_whitespace(),
        (Some(first), _) => !"-?:,[]{}#&*!|>'\"%@` ".contains(first),
        (None, _) => false,
    };
    let is_plain = starts_plain
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.ends_with([':', ' '])
        && !text.contains('\t');
    if is_plain {
        return text.to_string();
    }
    format!("'{}'", text.replace('\'', "''"))
}

/// An item of a block sequence, with its line end. A command with its options on lines of their own becomes one plain
/// scalar over several lines, which YAML folds into one line.
pub fn item(indent: usize, lines: &[String]) -> String {
    let blanks = " ".repeat(indent);
    let folds = |line: &String| scalar(line) == *line || line.starts_with('-');
    let is_safe =
        |line: &String| !line.contains(": ") && !line.contains(" #") && !line.ends_with(':');
    if let [first, more @ ..] = lines
        && !more.is_empty()
        && scalar(first) == *first
        && more.iter().all(|line| folds(line) && is_safe(line))
    {
        let more = more.iter().map(|line| format!("{blanks}  {line}\n"));
        return format!("{blanks}- {first}\n{}", more.collect::<String>());
    }
    let line = lines.join(" ");
    match line.contains('\n') {
        true => {
            let body = line.lines().map(|line| format!("{blanks}  {line}\n"));
            format!("{blanks}- |-\n{}", body.collect::<String>())
        }
        false => format!("{blanks}- {}\n", scalar(&line)),
    }
}
