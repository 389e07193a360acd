//! `env` and `label`: variables and labels have given values.

use std::collections::BTreeMap;

use super::{Planned, Target, step};
use crate::fix::Reason;
use crate::profile::format::Step as Written;
use crate::profile::holes;
use crate::syntax::{Instruction, Keyword, Pair};
use crate::text::Edit;

pub(super) fn env(
    target: &Target<'_, '_, '_>,
    written: &Written,
    values: &BTreeMap<String, String>,
    unless_set: bool,
) -> Planned {
    let is_set = |name: &String| {
        let in_image = target.facts.env.as_ref();
        in_image.is_some_and(|env| env.contains_key(name))
            || !set(target, Keyword::Env, name).is_empty()
    };
    let mut values = values.clone();
    values.retain(|name, _| !(unless_set && is_set(name)));
    pairs(target, written, &values, Keyword::Env)
}

pub(super) fn label(
    target: &Target<'_, '_, '_>,
    written: &Written,
    values: &BTreeMap<String, String>,
) -> Planned {
    pairs(target, written, values, Keyword::Label)
}

/// Where the lineage sets a variable or label, in order.
fn set<'b>(
    target: &Target<'_, '_, 'b>,
    keyword: Keyword,
    name: &str,
) -> Vec<(&'b Instruction<'b>, &'b Pair<'b>)> {
    let instructions = target.model.instructions_of_all(&target.lineage);
    let pairs = instructions
        .filter(|(_, instruction)| instruction.keyword == keyword)
        .flat_map(|(_, instruction)| {
            instruction
                .pairs()
                .iter()
                .map(move |pair| (instruction, pair))
        });
    pairs.filter(|(_, pair)| pair.name.text == *name).collect()
}

fn pairs(
    target: &Target<'_, '_, '_>,
    written: &Written,
    values: &BTreeMap<String, String>,
    keyword: Keyword,
) -> Planned {
    let mut edits = Vec::new();
    let mut names = Vec::new();
    for (name, value) in values {
        let value = quoted(&holes::replace(value, &target.holes));
        match set(target, keyword, name).last() {
            None => {
                let line = format!("{} {name}={value}", keyword.as_str());
                edits.push(target.new_lines(written, vec![line]));
            }
            Some((_, pair)) if unquoted(&pair.value.text) == unquoted(&value) => continue,
            Some((instruction, pair)) => {
                if instruction
                    .continuations
                    .iter()
                    .any(|gap| pair.value.span.contains(*gap))
                {
                    let text = format!("the value of `{name}` goes over several lines");
                    return Err(vec![Reason::at(instruction.span, text)]);
                }
                edits.push(Edit::replace(pair.value.span, value));
            }
        }
        names.push(format!("`{name}`"));
    }
    if edits.is_empty() {
        return Ok(None);
    }
    step(written, format!("set {}", names.join(" and ")), edits)
}

/// The value as one word of ENV or LABEL.
fn quoted(value: &str) -> String {
    let plain = |c: char| !c.is_whitespace() && !matches!(c, '"' | '\'' | '\\' | '`');
    if !value.is_empty() && value.chars().all(plain) {
        return value.to_string();
    }
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}

fn unquoted(value: &str) -> &str {
    let inner = |quote: char| {
        value
            .strip_prefix(quote)
            .and_then(|rest| rest.strip_suffix(quote))
    };
    inner('"').or_else(|| inner('\'')).unwrap_or(value)
}
