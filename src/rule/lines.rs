//! Whole lines: where new ones go, and how old ones are taken out.

use crate::model::{Model, Stage};
use crate::syntax::{Instruction, Item, ItemKind, Keyword};
use crate::text::{Edit, NewlineStyle, Span};

/// After which instruction of a stage new instructions at its end go: the last one that needs what comes before it to
/// stay as it is. ENV, EXPOSE, ENTRYPOINT and their like may follow.
pub fn end_of_work(model: &Model<'_>, stage: &Stage) -> usize {
    model
        .instructions_of(stage)
        .filter(|(_, instruction)| {
            use Keyword::{Add, Copy, Run, User, Workdir};
            matches!(instruction.keyword, Run | Copy | Add | Workdir | User)
        })
        .map(|(index, _)| index)
        .next_back()
        .unwrap_or(stage.from)
}

/// The whole lines of an instruction, line end included.
pub fn whole_lines(model: &Model<'_>, index: usize) -> Span {
    let start = model
        .instruction(index)
        .map_or(usize::MAX, |one| one.span.start);
    let items = &model.file.items;
    let at = items.partition_point(|item| item.span.end <= start);
    items
        .get(at)
        .map_or(Span::at(model.file.source.len()), |item| item.span)
}

/// Inserts lines after an instruction, in the style of the file: line ends, and the case of keywords.
pub fn insert_after(model: &Model<'_>, index: usize, lines: &[String]) -> Edit {
    let source = model.file.source;
    let newline = NewlineStyle::of(source).as_str();
    let at = whole_lines(model, index).end;
    let ends_a_line = source
        .get(..at)
        .is_some_and(|before| before.ends_with('\n'));
    let mut text = String::new();
    let indentation = indentation(model, index);
    for line in lines {
        let line = in_case_of(model.instruction(index), line);
        let line = if line.is_empty() {
            line
        } else {
            format!("{indentation}{line}")
        };
        if ends_a_line {
            text.push_str(&line);
            text.push_str(newline);
        } else {
            text.push_str(newline);
            text.push_str(&line);
        }
    }
    Edit::insert(at, text)
}

/// Inserts lines before an instruction and the comments that stand right above it.
pub fn insert_before(model: &Model<'_>, index: usize, lines: &[String]) -> Edit {
    let own = whole_lines(model, index);
    let (above, _) = around(model, own);
    let start = above
        .iter()
        .rev()
        .take_while(|item| item.kind == ItemKind::Comment)
        .last()
        .map_or(own.start, |comment| comment.span.start);
    let newline = NewlineStyle::of(model.file.source).as_str();
    let indentation = indentation(model, index);
    let text: String = lines
        .iter()
        .map(|line| {
            format!(
                "{indentation}{}{newline}",
                in_case_of(model.instruction(index), line)
            )
        })
        .collect();
    Edit::insert(start, text)
}

/// The white space before an instruction.
fn indentation<'a>(model: &Model<'a>, index: usize) -> &'a str {
    let lines = whole_lines(model, index);
    let keyword = model
        .instruction(index)
        .map_or(lines.start, |one| one.span.start);
    let before = Span::new(lines.start, keyword).slice(model.file.source);
    if before.chars().all(|c| matches!(c, ' ' | '\t')) {
        before
    } else {
        ""
    }
}

/// A keyword in lower case where the neighbour's is, else in upper case.
pub fn keyword_like(neighbour: &Instruction<'_>, keyword: Keyword) -> String {
    if is_lower(neighbour) {
        keyword.as_str().to_lowercase()
    } else {
        keyword.as_str().to_string()
    }
}

fn is_lower(instruction: &Instruction<'_>) -> bool {
    let word = &instruction.keyword_word.text;
    !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase())
}

/// The line with its keyword in lower case where the neighbour's is.
fn in_case_of(neighbour: Option<&Instruction<'_>>, line: &str) -> String {
    let lower = neighbour.is_some_and(is_lower);
    match line.split_once(' ') {
        Some((keyword, rest)) if lower && !line.starts_with('#') => {
            format!("{} {rest}", keyword.to_lowercase())
        }
        _ => line.to_string(),
    }
}

/// Takes an instruction out; `None` where a comment inside it would be lost.
pub fn remove(model: &Model<'_>, index: usize) -> Option<Edit> {
    let instruction = model.instruction(index)?;
    if !instruction.comments.is_empty() {
        return None;
    }
    let span = whole_lines(model, index);
    let source = model.file.source;
    if span.end == source.len() && !source.ends_with('\n') {
        // The last line of a file that has no final line end: take the line end before it, to keep it so.
        let before = source.get(..span.start)?;
        let kept = before.strip_suffix('\n').unwrap_or(before);
        let kept = kept.strip_suffix('\r').unwrap_or(kept);
        return Some(Edit::delete(Span::new(kept.len(), span.end)));
    }
    Some(Edit::delete(span))
}

/// Takes an instruction out that nothing takes the place of, so that no two blank lines meet; `None` as for [`remove`].
pub fn remove_for_good(model: &Model<'_>, index: usize) -> Option<Edit> {
    let edit = remove(model, index)?;
    let lines = whole_lines(model, index);
    if edit.span != lines {
        return Some(edit);
    }
    Some(Edit::delete(with_blank_lines(model, lines)))
}

/// The lines of an instruction with those blank lines around it that would stand together with others when it is gone: as
/// many behind it as are in front of it, or those in front of it where it is the last in the file.
fn with_blank_lines(model: &Model<'_>, span: Span) -> Span {
    let (before, after) = around(model, span);
    let is_blank = |item: &&Item| item.kind == ItemKind::Blank;
    let before = before.iter().rev().take_while(is_blank);
    if after.is_empty() {
        let first = before.last().map_or(span.start, |item| item.span.start);
        return Span::new(first, span.end);
    }
    let behind = after.iter().take_while(is_blank).zip(before).last();
    Span::new(
        span.start,
        behind.map_or(span.end, |(item, _)| item.span.end),
    )
}

/// What stands before whole lines, and what behind them.
fn around<'m>(model: &'m Model<'_>, lines: Span) -> (&'m [Item], &'m [Item]) {
    let items = model.file.items.as_slice();
    let start = items.partition_point(|item| item.span.end <= lines.start);
    let end = items.partition_point(|item| item.span.start < lines.end);
    let before = items.get(..start).unwrap_or(&[]);
    (before, items.get(end..).unwrap_or(&[]))
}
