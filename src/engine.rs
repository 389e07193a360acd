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
    if let Some(first) = file
        .instructions
        .iter()
        .find(|one| !matches!(one.keyword, syntax::Keyword::Arg | syntax::Keyword::From))
    {
        let from = file
            .instructions
            .iter()
            .find(|one| one.keyword == syntax::Keyword::From);
        if from.is_none_or(|from| from.span.start > first.span.start) {
            let message = match from {
                None => "no FROM: this is not a whole Dockerfile",
                Some(_) => "an instruction other than ARG stands before the first FROM",
            };
            return Some(Outcome::unreadable(
                source,
                &[syntax::SyntaxError {
                    span: first.span,
                    message: message.to_string(),
                }],
            ));
        }
    }
    match Model::new(file, facts, plan.target.as_deref()) {
        Ok(_) => None,
        Err(message) => Some(Outcome::failed(source, message)),
    }
}
