//! The one pure entry point: text in, text out.
//!
//! parse → model → findings → choose → apply → validate → again, until nothing changes. A fix that fails validation is
//! taken back and reported. Where the passes do not end, the original text is given back: that is our bug.

mod choose;
mod original;
mod outcome;
mod pipelines;
mod validate;

pub use outcome::{Allowed, Applied, AppliedStep, Diagnostic, HeldReason, Open, OpenKind, Outcome};
pub use pipelines::{Neighbours, harden_pipeline, harden_workflow};

use crate::fix::{Fix, Safety};
use crate::model::package_facts::Purpose;
use crate::model::{Context, ImageFacts, Model};
use crate::profile::{self, Profile};
use crate::rule::{Finding, Rule, Severity, Survey, Verdict};
use crate::rules;
use crate::suppress::{self, Allowance, Allowances, Fault};
use crate::syntax;
use crate::text::{EditSet, Span};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// More passes than any chain of fixes needs.
const MOST_PASSES: usize = 10;

/// How much text a pass may check to find the fixes that break a file. Enough to try each fix of any file that a person
/// wrote; a hostile one would have as many fixes as lines, and each is tried on the whole file.
const MOST_BYTES_TRIED: usize = 16 * 1024 * 1024;

/// What to look for, and what may be changed.
#[derive(Clone, Default)]
pub struct Plan<'p> {
    pub profiles: Vec<&'p Profile>,
    pub rules: Vec<&'static Rule>,
    /// What packages are for that shall leave the image; the choice of the rule where it is empty.
    pub strip: Vec<Purpose>,
    /// Fixes below it are reported and not made. At least [`Safety::Review`] in effect: manual fixes have no edits.
    pub minimum: Safety,
    /// The stage that is shipped; the last one without it.
    pub target: Option<String>,
    /// What is allowed beside the comments of the file.
    pub policy: suppress::Policy,
    /// How rules and profiles are rated otherwise than by themselves.
    pub ratings: BTreeMap<String, RuleSettings>,
}

/// What a configuration says of a rule or profile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RuleSettings {
    pub severity: Option<Severity>,
    pub safety: Option<Safety>,
}

impl RuleSettings {
    fn rate(self, finding: &mut Finding) {
        finding.severity = self.severity.unwrap_or(finding.severity);
        if let (Some(safety), Verdict::Fix(fix)) = (self.safety, &mut finding.verdict) {
            fix.rate(safety);
        }
    }
}

impl<'p> Plan<'p> {
    /// The profiles with the rules that they switch on, and every fix that has edits.
    pub fn of(profiles: Vec<&'p Profile>) -> Self {
        let rules = rules::ALL.iter().copied();
        Self {
            rules: rules
                .filter(|rule| profile::switches_on(rule.id, &profiles))
                .collect(),
            strip: profile::strips(&profiles),
            profiles,
            minimum: Safety::Review,
            ..Self::default()
        }
    }

    fn findings(&self, model: &Model<'_>) -> Vec<Finding> {
        let mut findings = Vec::new();
        for profile in &self.profiles {
            findings.extend(profile::check(profile, model));
        }
        let survey = Survey::of(model);
        for rule in &self.rules {
            if let Some(check) = rule.check.of_dockerfiles() {
                findings.extend(check(&survey));
            }
        }
        self.rated(findings)
    }

    fn rated(&self, mut findings: Vec<Finding>) -> Vec<Finding> {
        for finding in &mut findings {
            if let Some(settings) = self.ratings.get(&finding.rule) {
                settings.rate(finding);
            }
        }
        findings
    }

    /// Whether a rule or profile of that name was looked at, and the name that was meant where there is none like it.
    fn faults(&self, allowances: &Allowances<'_, '_>, used: &BTreeSet<usize>) -> Vec<Fault> {
        let is_asked = |id: &str| {
            let rules = self.rules.iter().map(|rule| rule.id);
            let mut names = rules.chain(self.profiles.iter().map(|profile| profile.name.as_str()));
            names.any(|name| name == id)
        };
        let nearest = |id: &str| {
            let rules = rules::ALL.iter().map(|rule| rule.id);
            let built_in = profile::library::BUILT_IN.iter().map(|(name, _)| *name);
            let names = || rules.clone().chain(built_in.clone());
            // Another run may have a profile of that name.
            let is_known = is_asked(id) || names().any(|name| name == id);
            let nearest = if is_known {
                None
            } else {
                profile::library::nearest(id, names())
            };
            nearest.map(String::from)
        };
        allowances.faults(&self.policy, used, &is_asked, &nearest)
    }

    fn wanted_of_context(&self, model: &Model<'_>) -> WantedOfContext {
        if !self.profiles.iter().any(|one| profile::reads_context(one)) {
            return WantedOfContext::default();
        }
        let files = profile::wanted_of_context(model);
        let sources = match files.is_empty() {
            true => Vec::new(),
            false => crate::model::context::all_sources(model),
        };
        WantedOfContext { files, sources }
    }
}

/// A fix that validation refused.
struct Refused {
    rule: String,
    fix: Fix,
    reason: String,
}

/// One pass that changed the text.
#[derive(Default)]
struct Pass {
    edits: EditSet,
    /// The findings whose fixes were made.
    made: Vec<Finding>,
}

/// Hardens one Dockerfile. Pure, and never fails: what could not be done is in the outcome.
pub fn harden(source: &str, plan: &Plan<'_>, facts: &ImageFacts) -> Outcome {
    harden_with(source, plan, facts, |_| Context::default())
}

/// The same with what `read` finds of the copied files that the plan would like to see. It is asked once at most.
pub fn harden_with(
    source: &str,
    plan: &Plan<'_>,
    facts: &ImageFacts,
    read: impl FnOnce(&WantedOfContext) -> Context,
) -> Outcome {
    let file = syntax::parse(source);
    if let Some(outcome) = unreadable(source, &file) {
        return outcome;
    }
    match Model::new(&file, facts, plan.target.as_deref()) {
        Ok(mut model) => {
            model.strip.clone_from(&plan.strip);
            model.context = Arc::new(read(&plan.wanted_of_context(&model)));
            Run::new(source, plan, facts).from(&model)
        }
        Err(message) => Outcome::failed(source, message),
    }
}

/// What a plan would like to see of the build context.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WantedOfContext {
    /// The paths, of files or of folders.
    pub files: Vec<String>,
    /// What the whole file copies, to tell which folder the context is.
    pub sources: Vec<String>,
}

/// What has been done so far.
struct Run<'r> {
    source: &'r str,
    plan: &'r Plan<'r>,
    facts: &'r ImageFacts,
    passes: Vec<Pass>,
    refused: Vec<Refused>,
    /// The comments that have allowed something, by their numbers.
    used: BTreeSet<usize>,
}

impl<'r> Run<'r> {
    fn new(source: &'r str, plan: &'r Plan<'r>, facts: &'r ImageFacts) -> Self {
        Self {
            source,
            plan,
            facts,
            passes: Vec::new(),
            refused: Vec::new(),
            used: BTreeSet::new(),
        }
    }

    /// All passes from the text of `model` on. Each calls the next, at most [`MOST_PASSES`] deep, so that the model which
    /// the result was checked with serves the next pass too.
    fn from(mut self, model: &Model<'_>) -> Outcome {
        let text = model.file.source;
        let allowances = Allowances::new(model);
        let (findings, allowed) = self.without_allowed(&allowances, self.plan.findings(model));
        loop {
            let candidates = choose::choose(&findings, self.plan.minimum, &self.refused);
            if candidates.is_empty() {
                let end = outcome::End {
                    findings,
                    allowed,
                    faults: self.plan.faults(&allowances, &self.used),
                };
                let (passes, minimum) = (&self.passes, self.plan.minimum);
                return outcome::assemble(self.source, text, passes, end, &self.refused, minimum);
            }
            if self.passes.len() >= MOST_PASSES {
                return outcome::not_converged(self.source, &self.passes);
            }
            if let Some(all) = Pass::of(&candidates) {
                let text = all.edits.apply(text);
                let file = syntax::parse(&text);
                if let Ok(after) = self.check(model, &file, &all.edits) {
                    self.passes.push(all);
                    return self.from(&after);
                }
            }
            if let Some(some) = self.keep_valid(model, candidates) {
                let text = some.edits.apply(text);
                let file = syntax::parse(&text);
                return match self.check(model, &file, &some.edits) {
                    Ok(after) => {
                        self.passes.push(some);
                        self.from(&after)
                    }
                    Err(message) => Outcome::failed(self.source, message),
                };
            }
        }
    }

    fn without_allowed(
        &mut self,
        allowances: &Allowances<'_, '_>,
        findings: Vec<Finding>,
    ) -> (Vec<Finding>, Vec<(Finding, Allowance)>) {
        let original = |span: Span| original_span(&self.passes, span);
        let policy = &self.plan.policy;
        allowances.take(findings, policy, self.source, &original, &mut self.used)
    }

    fn check<'a>(
        &self,
        before: &Model<'_>,
        after: &'a syntax::Dockerfile<'a>,
        edits: &EditSet,
    ) -> Result<Model<'a>, String>
    where
        'r: 'a,
    {
        let target = self.plan.target.as_deref();
        validate::check(before, after, edits, self.facts, target)
    }

    /// Applies the candidates in groups, and refuses those that break the file: a group that does is halved.
    fn keep_valid(&mut self, before: &Model<'_>, candidates: Vec<&Finding>) -> Option<Pass> {
        let mut pass = Pass::default();
        let mut budget = MOST_BYTES_TRIED;
        let mut groups: Vec<&[&Finding]> = vec![&candidates];
        while let Some(group) = groups.pop() {
            let verdict = match budget.checked_sub(before.file.source.len()) {
                None => Err("too many fixes of this file were refused before it".to_string()),
                Some(left) => {
                    budget = left;
                    self.with_group(before, &pass, group)
                }
            };
            match verdict {
                Ok(more) => pass = more,
                Err(reason) => match group.split_at_checked(group.len() / 2) {
                    Some((first, second)) if !first.is_empty() => groups.extend([second, first]),
                    _ => self.refuse(group, &reason),
                },
            }
        }
        (!pass.made.is_empty()).then_some(pass)
    }

    /// The pass with more fixes in it.
    fn with_group(
        &self,
        before: &Model<'_>,
        pass: &Pass,
        group: &[&Finding],
    ) -> Result<Pass, String> {
        let more = Pass::of(group).ok_or("its edits overlap those of another fix")?;
        let edits = pass.edits.clone().union(more.edits);
        let edits = edits.map_err(|overlap| overlap.to_string())?;
        let text = edits.apply(before.file.source);
        self.check(before, &syntax::parse(&text), &edits)?;
        let made = pass.made.iter().cloned().chain(more.made).collect();
        Ok(Pass { edits, made })
    }

    fn refuse(&mut self, group: &[&Finding], reason: &str) {
        let fixes = group.iter().filter_map(|one| Some((one, one.fix()?)));
        self.refused.extend(fixes.map(|(finding, fix)| Refused {
            rule: finding.rule.clone(),
            fix: fix.clone(),
            reason: reason.to_string(),
        }));
    }
}

/// Where a place of the text after some passes was in the original.
fn original_span(passes: &[Pass], span: Span) -> Span {
    let before = |offset, pass: &Pass| pass.edits.map_backward(offset);
    let passes = || passes.iter().rev();
    Span::new(
        passes().fold(span.start, before),
        passes().fold(span.end, before),
    )
}

impl Pass {
    /// All candidates together; `None` where their edits overlap.
    fn of(candidates: &[&Finding]) -> Option<Self> {
        let fixes = candidates.iter().filter_map(|finding| finding.fix());
        let edits = fixes.flat_map(|fix| fix.edits().iter().cloned());
        Some(Self {
            edits: EditSet::new(edits).ok()?,
            made: candidates.iter().copied().cloned().collect(),
        })
    }
}

/// The outcome for a file that is not touched: with syntax errors, without FROM, or not lossless.
fn unreadable(source: &str, file: &syntax::Dockerfile<'_>) -> Option<Outcome> {
    if !file.errors.is_empty() {
        return Some(Outcome::unreadable(source, &file.errors));
    }
    if !file.is_lossless() {
        let message = "internal error: the parser lost a part of this file".to_string();
        return Some(Outcome::failed(source, message));
    }
    let error = not_a_whole_file(source, file)?;
    Some(Outcome::unreadable(source, &[error]))
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
