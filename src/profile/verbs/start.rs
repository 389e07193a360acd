//! `cmd` and `entrypoint`: how the image is started.

use super::{Planned, Target, step};
use crate::fix::Reason;
use crate::profile::format::{StartCommand, Step as Written};
use crate::profile::holes;
use crate::rule::lines;
use crate::syntax::{Arguments, Keyword};
use crate::text::Edit;

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
    let mut edits: Vec<Edit> = Vec::new();
    for (index, instruction) in &old {
        let Some(edit) = lines::remove(target.model, *index) else {
            return Err(vec![Reason::at(
                instruction.span,
                "a comment inside this instruction would be lost",
            )]);
        };
        edits.push(edit);
    }
    edits.push(target.new_lines(written, vec![format!("{} {text}", keyword.as_str())]));
    step(
        written,
        format!("start with `{} {text}`", keyword.as_str()),
        edits,
    )
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
