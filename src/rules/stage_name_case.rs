use std::collections::HashSet;

use crate::fix::Reason;
use crate::model::Model;
use crate::rule::{Check, Finding, Rule, Severity, Survey, Verdict};
use crate::syntax::{Flag, Instruction, Keyword, Word};
use crate::text::{Edit, Span};

pub const RULE: Rule = Rule {
    id: "stage-name-case",
    summary: "stage names with capitals, which builders compare in different ways",
    severity: Severity::Info,
    since: "0.1.0",
    page: include_str!("stage_name_case.md"),
    aliases: &["buildkit:StageNameCasing"],
    check: Check::Dockerfile(check),
};

fn check(model: &Survey<'_>) -> Vec<Finding> {
    let stages = model.stages.iter();
    let names: HashSet<&str> = stages.filter_map(|stage| stage.name.as_deref()).collect();
    if names.is_empty() {
        return Vec::new();
    }
    let mut places = Vec::new();
    for instruction in &model.file.instructions {
        places.extend(in_from(instruction, &names));
        for flag in &instruction.flags {
            places.extend(in_flag(model, flag, &names));
        }
    }
    let Some(first) = places.first() else {
        return Vec::new();
    };
    let span = first.span();
    let message = "stage names have capitals";
    vec![Finding::of(&RULE, span, message, verdict(places))]
}

fn verdict(places: Vec<Place>) -> Verdict {
    let mut edits = Vec::new();
    let mut reasons = Vec::new();
    for place in places {
        match place {
            Place::Name(span, name) => edits.push(Edit::replace(span, name.to_lowercase())),
            Place::Quoted(span) => reasons.push(Reason::at(span, "the flag has quotes in it")),
        }
    }
    if !reasons.is_empty() {
        return Verdict::Held(reasons);
    }
    let why = "Buildah tells `--target Name` and `--target name` apart: look for build scripts that name the stage.";
    Verdict::review("write stage names in lower case", why, edits)
}

/// Where the name of a stage has capitals.
enum Place {
    Name(Span, String),
    /// In a flag whose places are not certain.
    Quoted(Span),
}

impl Place {
    fn span(&self) -> Span {
        match self {
            Self::Name(span, _) | Self::Quoted(span) => *span,
        }
    }
}

fn has_capitals(name: &str) -> bool {
    name != name.to_lowercase()
}

/// The name behind AS, and that of the stage that FROM is built on.
fn in_from(instruction: &Instruction<'_>, names: &HashSet<&str>) -> Vec<Place> {
    if instruction.keyword != Keyword::From {
        return Vec::new();
    }
    let is_stage = |word: &&Word<'_>| {
        has_capitals(&word.text) && names.contains(word.text.to_lowercase().as_str())
    };
    let words = instruction.words();
    let named = words.first().into_iter().chain(words.get(2));
    named
        .filter(is_stage)
        .map(|word| Place::Name(word.span, word.text.to_string()))
        .collect()
}

/// `--from=Name` and `--mount=…,from=Name`.
fn in_flag(model: &Model<'_>, flag: &Flag, names: &HashSet<&str>) -> Option<Place> {
    let value = flag.value()?;
    let name = match flag.name() {
        "from" => value,
        "mount" => value
            .split(',')
            .find_map(|part| part.strip_prefix("from="))?,
        _ => return None,
    };
    if !has_capitals(name) || !names.contains(name.to_lowercase().as_str()) {
        return None;
    }
    if flag.span.slice(model.file.source) != flag.text {
        return Some(Place::Quoted(flag.span));
    }
    let at = flag.span.start + flag.text.rfind(&format!("from={name}"))? + "from=".len();
    Some(Place::Name(
        Span::new(at, at + name.len()),
        name.to_string(),
    ))
}
