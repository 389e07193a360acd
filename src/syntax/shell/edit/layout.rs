//! How one more command is written: on the same line, or on a line of its own where its neighbours have theirs.

use super::super::tree::{Statement, Terminator};
use super::Refusal;
use crate::text::Edit;

/// What joins a new command to its neighbours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Joint {
    /// `&&`
    And,
    /// A statement of its own: `;` or a line end.
    Separate,
}

/// How `&&` is written.
enum Style {
    SameLine,
    /// The line ends in front of it, and these blanks follow it.
    BreakBefore(String, String),
    /// The line ends behind it.
    BreakAfter(String),
}

/// `command` behind the item `item` of the statement `index`.
pub(super) fn after(
    source: &str,
    statements: &[Statement],
    index: usize,
    item: usize,
    joint: Joint,
    command: &str,
) -> Result<Edit, Refusal> {
    let statement = statements.get(index).ok_or(Refusal::Empty)?;
    let last = statement.items.get(item).ok_or(Refusal::Empty)?;
    let end = last.pipeline.span.end;
    let text = match joint {
        Joint::And => match style_behind(source, statement, item) {
            Style::SameLine => format!(" && {command}"),
            Style::BreakBefore(line_break, blanks) => format!("{line_break}&&{blanks}{command}"),
            Style::BreakAfter(line_break) => format!(" &&{line_break}{command}"),
        },
        Joint::Separate if is_row_of_lines(statements, index) => {
            let (line_end, newline) = end_of_line(source, statement)?;
            let indentation = indentation(source, statement.span.start);
            return Ok(Edit::insert(
                line_end,
                format!("{newline}{indentation}{command}"),
            ));
        }
        Joint::Separate => match break_between(source, statements, index) {
            Some(line_break) => format!(";{line_break}{command}"),
            None => format!("; {command}"),
        },
    };
    Ok(Edit::insert(end, text))
}

/// `command` in front of the item `item` of the statement `index`.
pub(super) fn before(
    source: &str,
    statements: &[Statement],
    index: usize,
    item: usize,
    joint: Joint,
    command: &str,
) -> Result<Edit, Refusal> {
    let statement = statements.get(index).ok_or(Refusal::Empty)?;
    let next = statement.items.get(item).ok_or(Refusal::Empty)?;
    let text = match joint {
        Joint::And => match style_of(source, statement, item.max(1)) {
            Some(Style::BreakBefore(line_break, blanks)) => {
                format!("{command}{line_break}&&{blanks}")
            }
            Some(Style::BreakAfter(line_break)) => format!("{command} &&{line_break}"),
            Some(Style::SameLine) | None => format!("{command} && "),
        },
        Joint::Separate if is_row_of_lines(statements, index) => {
            let (_, newline) = end_of_line(source, statement)?;
            let indentation = indentation(source, statement.span.start);
            format!("{command}{newline}{indentation}")
        }
        Joint::Separate => match break_between(source, statements, index) {
            Some(line_break) => format!("{command};{line_break}"),
            None => format!("{command}; "),
        },
    };
    Ok(Edit::insert(next.pipeline.span.start, text))
}

/// The nearest operator with a line break shows the style; a command that goes over several lines ends on its own line.
fn style_behind(source: &str, statement: &Statement, item: usize) -> Style {
    let operators = (1..=item).rev().chain(item + 1..statement.items.len());
    for operator in operators {
        match style_of(source, statement, operator) {
            Some(Style::SameLine) | None => {}
            Some(style) => return style,
        }
    }
    let end = statement.items.get(item).map(|item| item.pipeline.span.end);
    let line_break = end.and_then(|end| break_before(source, statement.span.start, end));
    match line_break {
        Some(line_break) if !has_heredoc(source, statement) => {
            Style::BreakBefore(line_break, " ".to_owned())
        }
        _ => Style::SameLine,
    }
}

/// How the operator in front of an item is written; `None` for the first item, which has none.
fn style_of(source: &str, statement: &Statement, item: usize) -> Option<Style> {
    let previous = statement.items.get(item.checked_sub(1)?)?;
    let next = statement.items.get(item)?;
    let (_, operator) = next.operator?;
    let gap = source.get(previous.pipeline.span.end..operator.start)?;
    let behind = source.get(operator.end..next.pipeline.span.start)?;
    if let Some(line_break) = line_break(gap) {
        let is_blank = behind.chars().all(|c| matches!(c, ' ' | '\t'));
        let blanks = if is_blank && !behind.is_empty() {
            behind
        } else {
            " "
        };
        return Some(Style::BreakBefore(line_break, blanks.to_owned()));
    }
    Some(match line_break(behind) {
        Some(line_break) => Style::BreakAfter(line_break),
        None => Style::SameLine,
    })
}

/// The first line end of a gap between two commands, the continuation in front of it, and the indentation of the line on
/// which the gap ends.
fn line_break(gap: &str) -> Option<String> {
    let end = gap.find('\n')?;
    let (first, _) = gap.split_at_checked(end + 1)?;
    let (_, indentation) = gap.rsplit_once('\n')?;
    let newline = if first.ends_with("\r\n") {
        "\r\n"
    } else {
        "\n"
    };
    let continuation = first.trim();
    if !matches!(continuation, "" | "\\" | "`") {
        return None;
    }
    let blank = if first.starts_with([' ', '\t']) {
        " "
    } else {
        ""
    };
    let indentation = blanks_at_start(indentation);
    Some(format!("{blank}{continuation}{newline}{indentation}"))
}

fn blanks_at_start(text: &str) -> &str {
    let length = text.len() - text.trim_start_matches([' ', '\t']).len();
    text.get(..length).unwrap_or("")
}

/// The indentation of the line that `offset` is on.
fn indentation(source: &str, offset: usize) -> &str {
    let before = source.get(..offset).unwrap_or("");
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let end = source.len();
    blanks_at_start(source.get(start..end).unwrap_or(""))
}

/// A break like that of the continued line in front of the one that `end` is on, if the text from `start` is so long.
fn break_before(source: &str, start: usize, end: usize) -> Option<String> {
    let text = source.get(start..end)?;
    let mut lines = text.rsplit('\n').skip(1);
    let continued = lines.find_map(|line| {
        let content = line.trim_end();
        let mark = content
            .chars()
            .next_back()
            .filter(|c| matches!(c, '\\' | '`'))?;
        let is_comment = content.trim_start().starts_with('#');
        (!is_comment).then(|| (mark, line.ends_with('\r')))
    })?;
    let (mark, has_return) = continued;
    let newline = if has_return { "\r\n" } else { "\n" };
    Some(format!(" {mark}{newline}{}", indentation(source, end)))
}

/// Whether each statement has a line of its own, as in a heredoc.
pub(super) fn is_row_of_lines(statements: &[Statement], index: usize) -> bool {
    let ends_line = |index: usize| {
        let statement = statements.get(index);
        statement.is_some_and(|statement| statement.terminator == Terminator::Newline)
    };
    ends_line(index) || index.checked_sub(1).is_some_and(ends_line)
}

/// The end of the line on which a statement ends, and what ends it.
fn end_of_line(source: &str, statement: &Statement) -> Result<(usize, &'static str), Refusal> {
    if has_heredoc(source, statement) {
        return Err(Refusal::Heredoc);
    }
    let end = statement.span.end;
    let rest = source.get(end..).unwrap_or("");
    let length = rest.find('\n').unwrap_or(rest.len());
    Ok((end + length, "\n"))
}

/// Whether the body of a heredoc may follow the line on which the statement ends.
pub(super) fn has_heredoc(source: &str, statement: &Statement) -> bool {
    statement.span.slice(source).contains("<<")
}

/// The line break behind the `;` in front of the statement, or behind its own.
fn break_between(source: &str, statements: &[Statement], index: usize) -> Option<String> {
    let behind = |index: usize| {
        let semicolon = match statements.get(index)?.terminator {
            Terminator::Semicolon(span) => span,
            _ => return None,
        };
        let next = statements.get(index + 1)?;
        line_break(source.get(semicolon.end..next.span.start)?)
    };
    index
        .checked_sub(1)
        .and_then(behind)
        .or_else(|| behind(index))
}
