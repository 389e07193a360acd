//! How a new reference is written where the old one stands, as a whole or put together from variables.
//!
//! Only one piece of text changes: a part of the word itself, or of the default of one ARG before the first FROM.

use super::Verdict;
use crate::fix::Reason;
use crate::model::images::{ImageUse, Place};
use crate::model::{Argument, Model};
use crate::syntax::image::ImageReference;
use crate::syntax::{Keyword, Pair, PairSeparator, variables};
use crate::text::{Edit, Span};

/// Longer chains of ARGs than anybody writes.
const DEEPEST: usize = 10;

/// The change of one reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub edit: Edit,
    /// The ARG whose default is changed; `None` where the reference itself is.
    pub argument: Option<String>,
}

/// What is to change, in places of the expanded reference.
struct Target<'t> {
    old: &'t str,
    /// Bytes of `old` that are replaced.
    replaced: Span,
    replacement: &'t str,
    /// Where the last part of the repository's path starts: what stands before it may be any registry.
    name: usize,
    /// Where the name ends.
    name_end: usize,
    /// Whether a digest is written or taken away: it belongs to name and tag as they are.
    is_digest: bool,
}

/// A word with variables, and what it stands for.
struct Site<'s> {
    text: &'s str,
    span: Span,
    /// ARGs that count here: those before this number of the list.
    arguments: usize,
    /// Where its value starts in the reference.
    at: usize,
}

/// A part of a word: its text, and its value.
struct Piece {
    /// In bytes of the word.
    span: Span,
    /// In bytes of the reference.
    value: Span,
    variable: Option<String>,
}

/// The edit that makes `old` to `new` where `one` names it.
///
/// # Errors
/// Why there is none that leaves everything else as it is.
pub fn change(
    model: &Model<'_>,
    one: &ImageUse,
    old: &ImageReference,
    new: &str,
) -> Result<Change, String> {
    let written = one.span.slice(model.file.source);
    if written != one.text {
        return Err("the reference is not written in one piece".to_string());
    }
    let old_text = old.as_str();
    if !matches!(one.place, Place::From(_)) {
        return Ok(Change {
            edit: Edit::replace(one.span, new),
            argument: None,
        });
    }
    let (replaced, inserted) = difference(old_text, new);
    let name = old.name();
    let target = Target {
        old: old_text,
        replaced,
        replacement: inserted.slice(new),
        name: name.rfind('/').map_or(0, |slash| slash + 1),
        name_end: name.len(),
        is_digest: new.contains('@') || old.digest().is_some(),
    };
    let site = Site {
        text: written,
        span: one.span,
        arguments: model.global_arguments.len(),
        at: 0,
    };
    write(model, &site, &target, DEEPEST)
}

/// The bytes of `old` that differ from `new`, and those of `new` in their place.
fn difference(old: &str, new: &str) -> (Span, Span) {
    let same = |one: &(char, char)| one.0 == one.1;
    let start: usize = old
        .chars()
        .zip(new.chars())
        .take_while(same)
        .map(|(c, _)| c.len_utf8())
        .sum();
    let most = old.len().min(new.len()) - start;
    let mut end = 0;
    for (c, _) in old.chars().rev().zip(new.chars().rev()).take_while(same) {
        if end + c.len_utf8() > most {
            break;
        }
        end += c.len_utf8();
    }
    (
        Span::new(start, old.len() - end),
        Span::new(start, new.len() - end),
    )
}

fn write(
    model: &Model<'_>,
    site: &Site<'_>,
    target: &Target<'_>,
    depth: usize,
) -> Result<Change, String> {
    let (inner, offset) = unquoted(site.text, model.file.escape)?;
    let pieces = pieces(model, site, inner, target.old)?;
    let touches = |piece: &&Piece| {
        piece.value.start <= target.replaced.start && target.replaced.end <= piece.value.end
    };
    // At a border, the piece that ends there: a digest belongs to the tag before it.
    let chosen = pieces
        .iter()
        .find(|piece| touches(piece) && piece.value.start < target.replaced.start);
    let chosen = chosen.or_else(|| pieces.iter().find(touches));
    let chosen =
        chosen.ok_or_else(|| format!("`{}` takes the tag from more than one place", site.text))?;
    let others = pieces
        .iter()
        .filter(|piece| piece.variable.is_some() && piece.span != chosen.span);
    for other in others {
        let is_before_name =
            other.value.end <= target.name && other.value.start < target.name.max(1);
        let is_in_name = other.value.start < target.name_end;
        if !is_before_name && (is_in_name || target.is_digest) {
            let name = other.variable.as_deref().unwrap_or("");
            return Err(format!(
                "another `{name}` would name another image, under the same tag and digest"
            ));
        }
    }
    let start = offset + chosen.span.start;
    match &chosen.variable {
        None => {
            // The piece as a whole: an edit at its end alone would be one of what follows.
            let old = chosen.span.slice(inner);
            let at = target.replaced.start - chosen.value.start;
            let before = old.get(..at).unwrap_or(old);
            let after = old.get(at + target.replaced.len()..).unwrap_or("");
            let span = Span::new(site.span.start + start, site.span.start + start + old.len());
            Ok(Change {
                edit: Edit::replace(span, format!("{before}{}{after}", target.replacement)),
                argument: None,
            })
        }
        Some(name) if depth > 0 => {
            let (pair, number) = only_default(model, name, site.arguments)?;
            let site = Site {
                text: pair.value.span.slice(model.file.source),
                span: pair.value.span,
                arguments: number,
                at: chosen.value.start,
            };
            if site.text != pair.value.text {
                return Err(format!(
                    "the default of `{name}` is not written in one piece"
                ));
            }
            let change = write(model, &site, target, depth - 1)?;
            let argument = change.argument.or_else(|| Some(name.clone()));
            Ok(Change { argument, ..change })
        }
        Some(_) => Err("variables are made of variables, again and again".to_string()),
    }
}

/// The text between quotes, and where it starts. Quotes and escapes inside are more than can be followed.
fn unquoted(text: &str, escape: char) -> Result<(&str, usize), String> {
    let is_plain = |text: &str| !text.contains(['"', '\'', escape]);
    if is_plain(text) {
        return Ok((text, 0));
    }
    let inner = text
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'));
    let single = text
        .strip_prefix('\'')
        .and_then(|text| text.strip_suffix('\''));
    let inner = inner.or(single.filter(|text| !text.contains('$')));
    match inner.filter(|text| is_plain(text)) {
        Some(inner) => Ok((inner, 1)),
        None => Err(format!("`{text}` has quotes or escapes inside")),
    }
}

/// The parts of a word, each with its value; together they are the reference from `site.at` on.
fn pieces(
    model: &Model<'_>,
    site: &Site<'_>,
    word: &str,
    whole: &str,
) -> Result<Vec<Piece>, String> {
    let escape = model.file.escape;
    let mut pieces: Vec<Piece> = Vec::new();
    let (mut position, mut at) = (0, site.at);
    let mut push = |span: Span, variable: Option<String>| -> Result<(), String> {
        let value = model.expand_in_from(span.slice(word), escape, site.arguments)?;
        if whole.get(at..at + value.len()) != Some(value.as_str()) {
            return Err(format!(
                "`{word}` is put together in a way that harden does not follow"
            ));
        }
        pieces.push(Piece {
            span,
            value: Span::new(at, at + value.len()),
            variable,
        });
        at += value.len();
        Ok(())
    };
    for reference in variables::references(word, escape) {
        // Variables inside of another one's default are a part of that one.
        if reference.span.start < position {
            continue;
        }
        if reference.span.start > position {
            push(Span::new(position, reference.span.start), None)?;
        }
        push(reference.span, Some(reference.name))?;
        position = reference.span.end;
    }
    if position < word.len() || word.is_empty() {
        push(Span::new(position, word.len()), None)?;
    }
    Ok(pieces)
}

/// The one default that a variable has before the first FROM, and its number among the ARGs there.
fn only_default<'m>(
    model: &'m Model<'_>,
    name: &str,
    before: usize,
) -> Result<(&'m Pair<'m>, usize), String> {
    let is_of = |(_, argument): &(usize, &Argument)| argument.name == name;
    let all: Vec<(usize, &Argument)> = model
        .global_arguments
        .iter()
        .enumerate()
        .filter(is_of)
        .collect();
    let [(number, argument)] = all.as_slice() else {
        return Err(match all.is_empty() {
            true => format!("`{name}` is no ARG before the first FROM"),
            false => format!("`{name}` has several defaults"),
        });
    };
    let pairs = model
        .instruction(argument.instruction)
        .map_or(&[][..], |one| one.pairs());
    let pair = pairs.iter().find(|pair| pair.name.text == name);
    match pair.filter(|pair| pair.separator == PairSeparator::Equals && *number < before) {
        Some(pair) => Ok((pair, *number)),
        None => Err(format!("`ARG {name}` has no default")),
    }
}

/// Who takes something from the default of an ARG: the stages by their FROM, directly or over other ARGs.
///
/// # Errors
/// A use that is not the name of a base image.
pub fn users_of(model: &Model<'_>, name: &str) -> Result<Vec<usize>, String> {
    let file = model.file;
    let names_in = |text: &str| -> Vec<String> {
        variables::references(text, file.escape)
            .into_iter()
            .map(|one| one.name)
            .collect()
    };
    let mut names = vec![name.to_string()];
    for argument in &model.global_arguments {
        let pairs = model
            .instruction(argument.instruction)
            .map_or(&[][..], |one| one.pairs());
        let pair = pairs.iter().find(|pair| pair.name.text == argument.name);
        let takes = pair.is_some_and(|pair| {
            names_in(&pair.value.text)
                .iter()
                .any(|one| names.contains(one))
        });
        if takes && !names.contains(&argument.name) {
            names.push(argument.name.clone());
        }
    }
    let first = model.stages.first().map_or(0, |stage| stage.from);
    for instruction in file.instructions.iter().skip(first) {
        let inherits = |pair: &&Pair<'_>| {
            pair.separator != PairSeparator::Equals
                && names.iter().any(|name| *name == pair.name.text)
        };
        let pair = match instruction.keyword {
            Keyword::Arg => instruction.pairs().iter().find(inherits),
            _ => None,
        };
        if let Some(pair) = pair {
            let line = instruction.first_line;
            return Err(format!(
                "line {line} takes `{}` for other things than the base image",
                pair.name.text
            ));
        }
    }
    let mut users = Vec::new();
    for stage in &model.stages {
        let Some(from) = model.instruction(stage.from) else {
            continue;
        };
        let takes = |text: &str| names_in(text).iter().any(|one| names.contains(one));
        if from.flags.iter().any(|flag| takes(&flag.text)) {
            return Err(format!(
                "line {} takes `{name}` for its platform",
                from.first_line
            ));
        }
        let word = from.words().first();
        if word.is_some_and(|word| takes(&word.text)) {
            users.push(stage.index);
        }
    }
    Ok(users)
}

/// What becomes of the references for which `plan` has something: a change with what else it says of it, or why not. Where
/// several references want the same change of one default, the first has it.
pub fn verdicts<'u, W>(
    model: &Model<'_>,
    uses: &'u [ImageUse],
    plan: impl Fn(&ImageUse) -> Option<Result<(W, Change), Reason>>,
    verdict: impl Fn(&W, &Change) -> Verdict,
) -> Vec<(&'u ImageUse, Verdict)> {
    let plans: Vec<_> = uses
        .iter()
        .filter_map(|one| Some((one, plan(one)?)))
        .collect();
    let of_stage = |stage| {
        let mut plans = plans.iter();
        let (_, outcome) = plans.find(|(one, _)| one.place == Place::From(stage))?;
        outcome.as_ref().ok().map(|(_, change)| change)
    };
    let mut edits = Vec::new();
    let mut verdicts = Vec::new();
    for (one, outcome) in &plans {
        let verdict = match outcome {
            Err(reason) => Verdict::held(reason.clone()),
            Ok((wish, change)) => match agree(model, change, of_stage) {
                Err(why) => Verdict::held(Reason::at(one.span, why)),
                Ok(()) if edits.contains(&&change.edit) => continue,
                Ok(()) => {
                    edits.push(&change.edit);
                    verdict(wish, change)
                }
            },
        };
        verdicts.push((*one, verdict));
    }
    verdicts
}

/// Whether a default may be changed: only where every use of it wants the same change. `of_stage` says what the image of a
/// stage wants.
///
/// # Errors
/// The use that wants something else.
fn agree<'c>(
    model: &Model<'_>,
    change: &Change,
    of_stage: impl Fn(usize) -> Option<&'c Change>,
) -> Result<(), String> {
    let Some(name) = &change.argument else {
        return Ok(());
    };
    for stage in users_of(model, name)? {
        if of_stage(stage) == Some(change) {
            continue;
        }
        let stage = model.stages.get(stage);
        let from = stage.and_then(|stage| model.instruction(stage.from));
        let line = from.map_or(0, |from| from.first_line);
        return Err(format!(
            "line {line} uses `{name}` too, and does not want the same value"
        ));
    }
    Ok(())
}
