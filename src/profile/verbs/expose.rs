//! `expose`: EXPOSE names the ports that the application opens without root.

use super::{Planned, Target, step};
use crate::fix::Reason;
use crate::profile::format::{Expose, Step as Written};
use crate::profile::ports::{self, Moves};
use crate::rule::lines;
use crate::syntax::{Instruction, Keyword, Word};
use crate::text::{Edit, Span};

pub(super) fn plan(target: &Target<'_, '_, '_>, written: &Written, expose: &Expose) -> Planned {
    match expose {
        Expose::Move(moves) => move_ports(target, written, moves),
        Expose::Only(port) => only(target, written, *port),
    }
}

/// A word of EXPOSE.
struct Exposed<'m, 'b> {
    index: usize,
    instruction: &'b Instruction<'b>,
    word: &'m Word<'b>,
    /// `None` for ranges and variables.
    port: Option<u16>,
    /// `/tcp` or `/udp` as written, else empty.
    protocol: &'m str,
}

impl Exposed<'_, '_> {
    fn is_udp(&self) -> bool {
        self.protocol.eq_ignore_ascii_case("/udp")
    }
}

fn exposed<'m, 'b>(target: &Target<'m, '_, 'b>) -> Vec<Exposed<'m, 'b>> {
    let mut all = Vec::new();
    for (index, instruction) in target.model.instructions_of_all(&target.lineage) {
        if instruction.keyword != Keyword::Expose {
            continue;
        }
        for word in instruction.words() {
            let end = word.text.find('/').unwrap_or(word.text.len());
            let port = word.text.get(..end).and_then(|port| port.parse().ok());
            let protocol = word.text.get(end..).unwrap_or("");
            all.push(Exposed {
                index,
                instruction,
                word,
                port,
                protocol,
            });
        }
    }
    all
}

fn move_ports(target: &Target<'_, '_, '_>, written: &Written, moves: &Moves) -> Planned {
    let all = exposed(target);
    let mut there: Vec<(u16, bool)> = all
        .iter()
        .filter_map(|one| Some((one.port?, one.is_udp())))
        .filter(|(port, _)| *port >= ports::FIRST_UNPRIVILEGED)
        .collect();
    let mut edits = Vec::new();
    let mut gone = Vec::new();
    let mut moved = Vec::new();
    let mut reasons = Vec::new();
    for one in &all {
        let Some(port) = one.port else {
            reasons.extend(privileged_range(&one.word.text).then(|| {
                let text = format!(
                    "`EXPOSE {}` is a range with ports that need root",
                    one.word.text
                );
                Reason::at(one.word.span, text)
            }));
            continue;
        };
        match ports::moved(port, moves) {
            Ok(to) if to == port => {}
            Ok(to) if there.contains(&(to, one.is_udp())) => {
                gone.push(one);
                moved.push(format!("{port} to {to}"));
            }
            Ok(to) => {
                there.push((to, one.is_udp()));
                edits.push(Edit::replace(
                    one.word.span,
                    format!("{to}{}", one.protocol),
                ));
                moved.push(format!("{port} to {to}"));
            }
            Err(why) => reasons.push(Reason::at(one.word.span, why)),
        }
    }
    if !reasons.is_empty() {
        return Err(reasons);
    }
    edits.extend(take_out(target, &gone)?);
    if edits.is_empty() {
        return Ok(None);
    }
    moved.dedup();
    step(written, format!("expose {}", moved.join(", ")), edits)
}

fn privileged_range(word: &str) -> bool {
    let first = word
        .split(['-', '/'])
        .next()
        .and_then(|port| port.parse::<u16>().ok());
    word.contains('-') && first.is_some_and(|port| port < ports::FIRST_UNPRIVILEGED)
}

fn only(target: &Target<'_, '_, '_>, written: &Written, port: u16) -> Planned {
    let all = exposed(target);
    let (kept, gone): (Vec<_>, Vec<_>) = all
        .iter()
        .partition(|one| one.port == Some(port) && !one.is_udp());
    let mut edits = take_out(target, &gone)?;
    if kept.is_empty() {
        edits.push(target.new_lines(written, vec![format!("EXPOSE {port}")]));
    }
    if edits.is_empty() {
        return Ok(None);
    }
    step(written, format!("expose {port} and no other port"), edits)
}

/// Takes words out of their EXPOSE, and the instruction where none is left.
fn take_out(
    target: &Target<'_, '_, '_>,
    gone: &[&Exposed<'_, '_>],
) -> Result<Vec<Edit>, Vec<Reason>> {
    let mut edits = Vec::new();
    let mut done = Vec::new();
    for one in gone {
        if done.contains(&one.index) {
            continue;
        }
        done.push(one.index);
        let words = one.instruction.words();
        let is_gone = |word: &Word<'_>| gone.iter().any(|other| other.word.span == word.span);
        if words.iter().all(is_gone) {
            let reason = || {
                vec![Reason::at(
                    one.instruction.span,
                    "a comment inside this EXPOSE would be lost",
                )]
            };
            edits.push(lines::remove(target.model, one.index).ok_or_else(reason)?);
            continue;
        }
        for (number, word) in words.iter().enumerate().filter(|(_, word)| is_gone(word)) {
            // With the space before it; the first word with the space after it, up to the next one that stays.
            let span = match number.checked_sub(1).and_then(|before| words.get(before)) {
                Some(before) => Span::new(before.span.end, word.span.end),
                None => match words.get(number + 1) {
                    Some(next) => Span::new(word.span.start, next.span.start),
                    None => word.span,
                },
            };
            if one
                .instruction
                .continuations
                .iter()
                .any(|gap| span.contains(*gap))
            {
                let text = "this EXPOSE goes over several lines";
                return Err(vec![Reason::at(one.instruction.span, text)]);
            }
            edits.push(Edit::delete(span));
        }
    }
    Ok(edits)
}
