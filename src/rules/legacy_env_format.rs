use crate::fix::Reason;
use crate::model::Model;
use crate::rule::value::quoted;
use crate::rule::{Check, Finding, Rule, Severity, Survey, Verdict};
use crate::syntax::variables::{self, Lookup};
use crate::syntax::{self, Instruction, Keyword, Pair, PairSeparator};
use crate::text::{Edit, EditSet, Span};

pub const RULE: Rule = Rule {
    id: "legacy-env-format",
    summary: "ENV or LABEL without an equals sign",
    severity: Severity::Low,
    since: "0.1.0",
    page: include_str!("legacy_env_format.md"),
    aliases: &["buildkit:LegacyKeyValueFormat"],
    check: Check::Dockerfile(check),
};

fn check(model: &Survey<'_>) -> Vec<Finding> {
    let instructions = model.file.instructions.iter();
    instructions
        .filter(|one| matches!(one.keyword, Keyword::Env | Keyword::Label))
        .filter_map(|instruction| match instruction.pairs() {
            [pair] if pair.separator == PairSeparator::Space => {
                let message = format!(
                    "{} `{}` has no equals sign",
                    instruction.keyword.as_str(),
                    pair.name.text
                );
                let verdict = verdict(model, instruction, pair);
                Some(Finding::of(&RULE, pair.span(), message, verdict))
            }
            _ => None,
        })
        .collect()
}

fn verdict(model: &Model<'_>, instruction: &Instruction<'_>, pair: &Pair<'_>) -> Verdict {
    let gap = Span::new(pair.name.span.end, pair.value.span.start);
    let is_in = |within: Span| {
        let mut comments = instruction.comments.iter();
        comments.find(|comment| within.contains(**comment)).copied()
    };
    if let Some(comment) = is_in(gap) {
        let text = "the comment between name and value would be lost";
        return Verdict::held(Reason::at(comment, text));
    }
    let around = |open: &str, close: &str| {
        let open = Edit::replace(gap, format!("={open}"));
        vec![open, Edit::insert(pair.value.span.end, close)]
    };
    let mut ways = vec![around("", "")];
    if !pair.value.text.contains(['"', '\'']) {
        ways.push(around("\"", "\""));
    }
    if is_in(pair.value.span).is_none()
        && let Some(value) = requoted(&pair.value.text, model.file.escape)
    {
        let whole = gap.cover(pair.value.span);
        ways.push(vec![Edit::replace(whole, format!("={value}"))]);
    }
    let proven = ways
        .into_iter()
        .find(|edits| says_the_same(model, instruction, pair, edits));
    match proven {
        Some(edits) => Verdict::safe("write an equals sign", edits),
        None => {
            let text = "it is not certain that the value would stay the same";
            Verdict::held(Reason::at(pair.value.span, text))
        }
    }
}

/// What stands for a variable while a value is taken apart; no Dockerfile has these characters.
const VARIABLE: [char; 2] = ['\u{f0001}', '\u{f0002}'];

fn marked(name: &str) -> Lookup {
    let [open, close] = VARIABLE;
    Lookup::Set(format!("{open}{name}{close}"))
}

/// The value as one word in double quotes; `None` where it has more than plain variables.
fn requoted(value: &str, escape: char) -> Option<String> {
    let references = variables::references(value, escape);
    if value.contains(VARIABLE) || references.iter().any(|one| !one.plain) {
        return None;
    }
    let expanded = variables::expand(value, escape, &marked).ok()?;
    let word = quoted(&expanded, escape);
    Some(word.replace(VARIABLE[0], "${").replace(VARIABLE[1], "}"))
}

/// Whether the edited instruction gives the same name the same value, whatever the variables are.
fn says_the_same(
    model: &Model<'_>,
    instruction: &Instruction<'_>,
    pair: &Pair<'_>,
    edits: &[Edit],
) -> bool {
    let start = instruction.span.start;
    let moved = edits.iter().map(|edit| {
        let span = Span::new(edit.span.start - start, edit.span.end - start);
        Edit::replace(span, edit.text.clone())
    });
    let Ok(edits) = EditSet::new(moved) else {
        return false;
    };
    let escape = model.file.escape;
    let edited = edits.apply(instruction.span.slice(model.file.source));
    let source = format!("# escape={escape}\nFROM a\n{edited}\n");
    let file = syntax::parse(&source);
    let [_, after] = file.instructions.as_slice() else {
        return false;
    };
    let [new] = after.pairs() else { return false };
    file.errors.is_empty()
        && after.keyword == instruction.keyword
        && new.separator == PairSeparator::Equals
        && new.name.text == pair.name.text
        && is_same_value(&pair.value.text, &new.value.text, escape)
}

fn is_same_value(old: &str, new: &str, escape: char) -> bool {
    if old == new {
        return true;
    }
    let lookups: [&dyn Fn(&str) -> Lookup; 3] =
        [&marked, &|_| Lookup::Set(String::new()), &|_| Lookup::Unset];
    lookups.iter().all(|lookup| {
        let value = |word| variables::expand(word, escape, lookup).ok();
        value(old).is_some_and(|old| value(new) == Some(old))
    })
}
