//! `cmd` and `entrypoint`: how the image is started.

use super::{Planned, Target, step};
use crate::fix::Reason;
use crate::profile::format::{StartCommand, Step as Written};
use crate::profile::holes;
use crate::rule::lines;
use crate::syntax::{Arguments, Instruction, Keyword};
use crate::text::{Edit, NewlineStyle};

/// An ENTRYPOINT goes: with it, CMD would only be its arguments.
pub(super) fn cmd(
    target: &Target<'_, '_, '_>,
    written: &Written,
    command: &StartCommand,
) -> Planned {
    replace(
        target,
        written,
        command,
        Keyword::Cmd,
        &[Keyword::Entrypoint, Keyword::Cmd],
    )
}

/// A CMD stays: it is the arguments.
pub(super) fn entrypoint(
    target: &Target<'_, '_, '_>,
    written: &Written,
    command: &StartCommand,
) -> Planned {
    replace(
        target,
        written,
        command,
        Keyword::Entrypoint,
        &[Keyword::Entrypoint],
    )
}

fn replace(
    target: &Target<'_, '_, '_>,
    written: &Written,
    command: &StartCommand,
    keyword: Keyword,
    replaced: &[Keyword],
) -> Planned {
    let text = match command {
        StartCommand::Shell(text) => holes::replace(text, &target.holes),
        StartCommand::Exec(words) => {
            let words: Vec<String> = words
                .iter()
                .map(|word| {
                    serde_json::Value::from(holes::replace(word, &target.holes)).to_string()
                })
                .collect();
            format!("[{}]", words.join(", "))
        }
    };
    let old: Vec<_> = target
        .model
        .instructions_of_all(&target.lineage)
        .filter(|(_, instruction)| replaced.contains(&instruction.keyword))
        .collect();
    if let [(_, only)] = old.as_slice()
        && only.keyword == keyword
        && same(&only.arguments, command, &text)
    {
        return Ok(None);
    }
    let line = format!("{} {text}", keyword.as_str());
    let mut edits: Vec<Edit> = Vec::new();
    let in_shipped = |index: usize| target.shipped.body.contains(&index) && index > target.anchor;
    let (last, others) = match old.split_last() {
        Some((last, others)) if in_shipped(last.0) => (Some(last), others),
        _ => (None, old.as_slice()),
    };
    for (index, instruction) in others {
        edits.push(lines::remove(target.model, *index).ok_or_else(|| comment_lost(instruction))?);
    }
    match last {
        // Its place is the best one: what the author wrote above it still speaks of it.
        Some((index, instruction)) => {
            if !instruction.comments.is_empty() {
                return Err(comment_lost(instruction));
            }
            let gap = if written.space && *index == target.anchor + 1 {
                newline(target)
            } else {
                ""
            };
            edits.push(Edit::replace(instruction.span, format!("{gap}{line}")));
        }
        None => edits.push(target.new_lines(written, vec![line.clone()])),
    }
    step(written, format!("start with `{line}`"), edits)
}

fn newline(target: &Target<'_, '_, '_>) -> &'static str {
    NewlineStyle::of(target.model.file.source).as_str()
}

fn comment_lost(instruction: &Instruction<'_>) -> Vec<Reason> {
    vec![Reason::at(
        instruction.span,
        "a comment inside this instruction would be lost",
    )]
}

fn same(arguments: &Arguments<'_>, command: &StartCommand, text: &str) -> bool {
    match (arguments, command) {
        (Arguments::Text(word), StartCommand::Shell(_)) => word.text == text,
        (Arguments::Exec(words), StartCommand::Exec(wanted)) => words
            .iter()
            .map(|word| word.text.as_ref())
            .eq(wanted.iter().map(String::as_str)),
        _ => false,
    }
}
