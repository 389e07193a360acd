//! The one pure entry point: text in, text out.
//!
//! parse → model → findings → choose → apply → validate → again, until nothing changes. A fix that fails validation is
//! taken back and reported. Where the passes do not end, the original text is given back: that is our bug.

mod choose;
mod outcome;
mod validate;

pub use outcome::{Applied, AppliedStep, Diagnostic, HeldReason, Open, OpenKind, Outcome};

use crate::fix::{Fix, Safety};
use crate::model::{ImageFacts, Model};
use crate::profile::{self, Profile};
use crate::rule::{Finding, Rule};
use crate::syntax;
use crate::text::EditSet;

/// More passes than any chain of fixes needs.
const MOST_PASSES: usize = 10;

/// What to look for, and what may be changed.
pub struct Plan<'p> {
    pub profiles: Vec<&'p Profile>,
    pub rules: Vec<&'static Rule>,
    /// Fixes below it are reported and not made. At least [`Safety::Review`] in effect: manual fixes have no edits.
    pub minimum: Safety,
    /// The stage that is shipped; the last one without it.
    pub target: Option<String>,
}

impl Plan<'_> {
    fn findings(&self, model: &Model<'_>) -> Vec<Finding> {
        let mut findings = Vec::new();
        for profile in &self.profiles {
            findings.extend(profile::check(profile, model));
        }
        for rule in &self.rules {
            findings.extend((rule.check)(model));
        }
        findings
    }
}

/// A fix that validation refused.
struct Refused {
    rule: String,
    fix: Fix,
    reason: String,
}

/// One pass that changed the text.
struct Pass {
    edits: EditSet,
    made: Vec<(String, Fix)>,
}

/// Hardens one Dockerfile. Pure, and never fails: what could not be done is in the outcome.
pub fn harden(source: &str, plan: &Plan<'_>, facts: &ImageFacts) -> Outcome {
    let first = syntax::parse(source);
    if let Some(outcome) = unreadable(source, &first, facts, plan) {
        return outcome;
    }
    drop(first);
    let mut text = source.to_string();
    let mut passes: Vec<Pass> = Vec::new();
    let mut refused: Vec<Refused> = Vec::new();
    loop {
        let file = syntax::parse(&text);
        let findings = match Model::new(&file, facts, plan.target.as_deref()) {
            Ok(model) => plan.findings(&model),
            Err(message) => return Outcome::failed(source, message),
        };
        let candidates = choose::choose(&findings, plan.minimum, &refused);
        if candidates.is_empty() {
            return outcome::assemble(source, &text, &passes, findings, &refused, plan.minimum);
        }
        if passes.len() >= MOST_PASSES {
            return outcome::not_converged(source, &passes);
        }
        let checked = validate::Before::new(&file, facts, plan.target.as_deref());
        let pass = keep_valid(&text, &checked, candidates, &mut refused);
        if let Some(pass) = pass {
            text = pass.edits.apply(&text);
            passes.push(pass);
        }
    }
}

/// Applies the candidates together; where the result is not valid, one after another, refusing those that break it.
fn keep_valid(
    text: &str,
    before: &validate::Before<'_>,
    candidates: Vec<&Finding>,
    refused: &mut Vec<Refused>,
) -> Option<Pass> {
    let fixes = || {
        candidates
            .iter()
            .filter_map(|finding| Some((finding, finding.fix()?)))
    };
    let all = EditSet::new(fixes().flat_map(|(_, fix)| fix.edits().iter().cloned()));
    if let Ok(edits) = all
        && before.check(&edits.apply(text), &edits).is_ok()
    {
        let made = fixes()
            .map(|(finding, fix)| (finding.rule.clone(), fix.clone()))
            .collect();
        return Some(Pass { edits, made });
    }
    let mut edits = EditSet::default();
    let mut made = Vec::new();
    for (finding, fix) in fixes() {
        let verdict = match edits.clone().union(fix.edits().clone()) {
            Ok(more) => before.check(&more.apply(text), &more).map(|()| more),
            Err(overlap) => Err(overlap.to_string()),
        };
        match verdict {
            Ok(more) => {
                edits = more;
                made.push((finding.rule.clone(), fix.clone()));
            }
            Err(reason) => refused.push(Refused {
                rule: finding.rule.clone(),
                fix: fix.clone(),
                reason,
            }),
        }
    }
    (!made.is_empty()).then_some(Pass { edits, made })
}

/// The outcome for a file that is not touched: with syntax errors, without FROM, or not lossless.
fn unreadable(
    source: &str,
    file: &syntax::Dockerfile<'_>,
    facts: &ImageFacts,
    plan: &Plan<'_>,
) -> Option<Outcome> {
    if !file.errors.is_empty() {
        return Some(Outcome::unreadable(source, &file.errors));
    }
    if !file.is_lossless() {
        let message = "internal error: the parser lost a part of this file".to_string();
        return Some(Outcome::failed(source, message));
    }
    if let Some(error) = not_a_whole_file(source, file) {
        return Some(Outcome::unreadable(source, &[error]));
    }
    match Model::new(file, facts, plan.target.as_deref()) {
        Ok(_) => None,
        Err(message) => Some(Outcome::failed(source, message)),
    }
}

/// What BuildKit's parser takes, but no build: a file that does not start with a stage, and a template.
fn not_a_whole_file(source: &str, file: &syntax::Dockerfile<'_>) -> Option<syntax::SyntaxError> {
    let error = |span, message: String| Some(syntax::SyntaxError { span, message });
    let instructions = &file.instructions;
    let is_from = |one: &&syntax::Instruction<'_>| one.keyword == syntax::Keyword::From;
    let template = instructions.iter().filter(is_from).find_map(|from| {
        let text = from.arguments_span.slice(source);
        let mark = ["{{", "{%", "<%"]
            .iter()
            .find(|mark| text.contains(**mark))?;
        Some((from.arguments_span, mark))
    });
    if let Some((span, mark)) = template {
        return error(span, format!("`{mark}` in FROM: no image has such a name"));
    }
    let first = instructions
        .iter()
        .find(|one| one.keyword != syntax::Keyword::Arg)
        .or(instructions.last())?;
    if is_from(&first) {
        return None;
    }
    let message = match instructions.iter().find(is_from) {
        None => "no FROM: this is not a whole Dockerfile",
        Some(_) => "an instruction other than ARG stands before the first FROM",
    };
    error(first.span, message.to_string())
}
