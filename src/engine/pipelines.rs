//! The same for pipelines: read → findings → choose → apply → validate → again.

use std::collections::BTreeSet;

use super::{MOST_PASSES, Outcome, Pass, Plan, Refused, choose, original_span, outcome};
use crate::fix::Safety;
use crate::pipeline::gitlab::File;
use crate::pipeline::outline::{changed_paths, outline};
use crate::pipeline::yaml::{Yaml, YamlError};
use crate::pipeline::{Pipeline, Settings, Survey, System, Workflow, WorkflowSurvey};
use crate::rule::{Finding, Verdict};
use crate::suppress::Allowances;
use crate::syntax::SyntaxError;
use crate::text::{EditSet, NewlineStyle, Span};

/// What is known of the pipeline that a file belongs to, beside the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Neighbours {
    /// Paths and texts; one that cannot be read counts as not there.
    pub files: Vec<(String, String)>,
    /// The file that the pipeline starts with is among them, or is the one that is worked on.
    pub has_root: bool,
}

/// Hardens one file of a pipeline. Pure, and never fails: what could not be done is in the outcome.
pub fn harden_pipeline(source: &str, plan: &Plan<'_>, neighbours: &Neighbours) -> Outcome {
    let mut run = Run {
        source,
        plan,
        neighbours,
        settings: settings(plan, System::Gitlab),
        passes: Vec::new(),
        refused: Vec::new(),
        used: BTreeSet::new(),
    };
    let mut text = source.to_string();
    loop {
        match run.pass(&text) {
            Ok(Turn::Again(next)) => text = next,
            Ok(Turn::Refused) => {}
            Ok(Turn::Done(outcome)) => return outcome,
            Err(error) => {
                let YamlError { span, message } = error;
                return Outcome::unreadable(source, &[SyntaxError { span, message }]);
            }
        }
        if run.passes.len() > MOST_PASSES {
            return outcome::not_converged(source, &run.passes);
        }
    }
}

/// Looks at a workflow of GitHub's. Pure, and never changes anything: what there is to do is a person's choice.
pub fn harden_workflow(source: &str, plan: &Plan<'_>) -> Outcome {
    let workflow = match Workflow::parse(source) {
        Ok(workflow) => workflow,
        Err(YamlError { span, message }) => {
            return Outcome::unreadable(source, &[SyntaxError { span, message }]);
        }
    };
    let settings = settings(plan, System::Github);
    let survey = WorkflowSurvey {
        workflow: &workflow,
        settings: &settings,
    };
    let checks = plan
        .rules
        .iter()
        .filter_map(|rule| rule.check.of_workflows());
    let findings: Vec<Finding> = checks.flat_map(|check| check(&survey)).collect();
    debug_assert!(findings.iter().all(is_for_a_person));
    let allowances = Allowances::of_pipeline(&workflow.yaml);
    let mut used = BTreeSet::new();
    let findings = plan.rated(findings);
    let here = |span: Span| span;
    let (findings, allowed) = allowances.take(findings, &plan.policy, source, &here, &mut used);
    let faults = plan.faults(&allowances, &used);
    let end = outcome::End {
        findings,
        allowed,
        faults,
    };
    outcome::assemble(source, source, &[], end, &[], plan.minimum)
}

fn is_for_a_person(finding: &Finding) -> bool {
    match &finding.verdict {
        Verdict::Fix(fix) => fix.safety() == Safety::Manual,
        Verdict::Held(_) => true,
    }
}

/// What the profiles want of the pipelines of a system.
fn settings(plan: &Plan<'_>, system: System) -> Settings {
    let settings = plan.profiles.iter().filter_map(|one| one.pipeline.clone());
    settings
        .filter(|one| one.system() == system)
        .reduce(|first, then| then.or(first))
        .unwrap_or_default()
}

enum Turn {
    Again(String),
    /// A fix was taken back; the text is the same.
    Refused,
    Done(Outcome),
}

struct Run<'r> {
    source: &'r str,
    plan: &'r Plan<'r>,
    neighbours: &'r Neighbours,
    settings: Settings,
    passes: Vec<Pass>,
    refused: Vec<Refused>,
    used: BTreeSet<usize>,
}

impl Run<'_> {
    fn pass(&mut self, text: &str) -> Result<Turn, YamlError> {
        let file = File::parse("", text)?;
        let others = self.neighbours.files.iter();
        let others = others.filter_map(|(path, text)| File::parse(path, text).ok());
        let pipeline = Pipeline {
            file,
            others: others.collect(),
            has_root: self.neighbours.has_root,
        };
        let allowances = Allowances::of_pipeline(&pipeline.file.yaml);
        let original = |span: Span| original_span(&self.passes, span);
        let policy = &self.plan.policy;
        let findings = self.findings(&pipeline);
        let (findings, allowed) =
            allowances.take(findings, policy, self.source, &original, &mut self.used);
        let minimum = self.plan.minimum;
        let candidates = choose::choose(&findings, minimum, &self.refused);
        if candidates.is_empty() {
            let faults = self.plan.faults(&allowances, &self.used);
            let end = outcome::End {
                findings,
                allowed,
                faults,
            };
            let (passes, refused) = (&self.passes, &self.refused);
            let done = outcome::assemble(self.source, text, passes, end, refused, minimum);
            return Ok(Turn::Done(done));
        }
        let mut next: Option<(Pass, String)> = None;
        for candidate in candidates {
            let made = next.as_ref().map_or(&[][..], |(pass, _)| &pass.made);
            let together: Vec<&Finding> = made.iter().chain([candidate]).collect();
            let tried =
                Pass::of(&together).ok_or("its edits overlap those of another fix".to_string());
            match tried.and_then(|pass| Ok((check(&pipeline.file.yaml, &pass.edits)?, pass))) {
                Ok((text, pass)) => next = Some((pass, text)),
                Err(reason) => self.refused.extend(candidate.fix().map(|fix| Refused {
                    rule: candidate.rule.clone(),
                    fix: fix.clone(),
                    reason,
                })),
            }
        }
        Ok(match next {
            None => Turn::Refused,
            Some((pass, text)) => {
                self.passes.push(pass);
                Turn::Again(text)
            }
        })
    }

    fn findings(&self, pipeline: &Pipeline<'_>) -> Vec<Finding> {
        let settings = &self.settings;
        let survey = Survey { pipeline, settings };
        let rules = self.plan.rules.iter();
        let checks = rules.filter_map(|rule| rule.check.of_pipelines());
        self.plan
            .rated(checks.flat_map(|check| check(&survey)).collect())
    }
}

/// The text with the edits, if it says the same outside of them.
fn check(before: &Yaml<'_>, edits: &EditSet) -> Result<String, String> {
    let text = edits.apply(before.source);
    let after =
        File::parse("", &text).map_err(|error| format!("the result is {}", error.message))?;
    let written: Vec<Span> = edits
        .iter()
        .filter_map(|edit| edits.written(edit))
        .collect();
    let overlaps = |one: Span, other: Span| one.start < other.end && other.start < one.end;
    let old = |span: Span| {
        edits.iter().any(|edit| {
            overlaps(edit.span, span) || span.start < edit.span.start && edit.span.end < span.end
        })
    };
    let new = |span: Span| {
        let is_shrunk = |one: &Span| one.is_empty() && span.start < one.start && one.end < span.end;
        written
            .iter()
            .any(|one| overlaps(*one, span) || is_shrunk(one))
    };
    let mut masked = changed_paths(before, &old);
    masked.extend(changed_paths(&after.yaml, &new));
    if outline(before, &masked) != outline(&after.yaml, &masked) {
        return Err("something else than was meant would change".to_string());
    }
    let has_bom = |text: &str| text.starts_with('\u{feff}');
    let ends_line = |text: &str| text.ends_with('\n');
    let is_kept = has_bom(before.source) == has_bom(&text)
        && ends_line(before.source) == ends_line(&text)
        && (!before.source.contains('\n')
            || NewlineStyle::of(before.source) == NewlineStyle::of(&text));
    match is_kept {
        true => Ok(text),
        false => Err("the byte order mark or line ends would change".to_string()),
    }
}
