//! Which findings the authors of a file have allowed: by comments of harden or of other tools, or in a baseline.
//!
//! A comment counts for the instruction below it, or the one that it stands in, unless it says that it is about the file.

mod comments;
mod date;

pub use date::Date;

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Model, Stage};
use crate::pipeline;
use crate::rule::{Elsewhere, Finding};
use crate::syntax::{Dockerfile, ItemKind};
use crate::text::Span;
use comments::{Allowed, Ids, Tool};

/// What counts beside the comments of a file.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// The day of the run; without it, no comment expires.
    pub today: Option<Date>,
    /// What was there when the baseline was written.
    pub baseline: Vec<Known>,
    /// Rules and profiles that the configuration allows in this file, with the reason.
    pub rules: Vec<(String, String)>,
}

/// Findings of one rule on the same text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Known {
    pub rule: String,
    /// As [`code`] gives it.
    pub code: String,
    pub count: usize,
}

/// The text that a finding is about, on one line: the same when lines are added or removed elsewhere.
pub fn code(source: &str, span: Span) -> String {
    let words: Vec<&str> = span.slice(source).split_whitespace().collect();
    words.join(" ")
}

/// Why a finding is not told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// The comment, or nothing for the configuration and the baseline.
    pub comment: Option<Span>,
    pub reason: Option<String>,
}

/// Something wrong with a comment of harden's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub span: Span,
    pub message: String,
    /// What to do about it.
    pub advice: String,
    /// Only that nothing needs it.
    pub is_unused: bool,
}

/// What is left of the baseline.
struct Baseline {
    counts: BTreeMap<(String, String), usize>,
}

impl Baseline {
    fn new(policy: &Policy) -> Self {
        let mut counts: BTreeMap<(String, String), usize> = BTreeMap::new();
        for known in &policy.baseline {
            let key = (known.rule.clone(), known.code.clone());
            *counts.entry(key).or_default() += known.count;
        }
        Self { counts }
    }

    fn take(&mut self, finding: &Finding, code: impl Fn() -> String) -> bool {
        if self.counts.is_empty() {
            return false;
        }
        let Some(count) = self.counts.get_mut(&(finding.rule.clone(), code())) else {
            return false;
        };
        let is_left = *count > 0;
        *count = count.saturating_sub(1);
        is_left
    }
}

/// A comment that allows something, and where.
struct Mark {
    span: Span,
    allowed: Allowed,
    about: About,
}

/// What a comment counts for; of no use for one that is about the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum About {
    /// The instruction of that number, or none.
    Instruction(Option<usize>),
    /// What stands there in a pipeline.
    Region(Option<Span>),
}

impl Mark {
    fn is_valid(&self, policy: &Policy) -> bool {
        let is_explained = self.allowed.tool != Tool::Harden || self.allowed.reason.is_some();
        is_explained
            && match &self.allowed.until {
                None => true,
                Some(Ok(until)) => policy.today.is_none_or(|today| today <= *until),
                Some(Err(_)) => false,
            }
    }
}

/// The comments of a file that allow something.
pub struct Allowances<'m, 's> {
    /// Nothing for a pipeline.
    model: Option<&'m Model<'s>>,
    marks: Vec<Mark>,
}

impl<'m, 's> Allowances<'m, 's> {
    pub fn new(model: &'m Model<'s>) -> Self {
        Self {
            model: Some(model),
            marks: marks(model.file),
        }
    }

    pub fn of_pipeline(yaml: &pipeline::yaml::Yaml<'_>) -> Self {
        let comments = pipeline::comments::comments(yaml).into_iter();
        let marks = comments.flat_map(|comment| {
            let read = comments::read(comment.span.slice(yaml.source));
            read.into_iter().map(move |allowed| Mark {
                span: comment.span,
                allowed,
                about: About::Region(comment.about),
            })
        });
        Self {
            model: None,
            marks: marks.collect(),
        }
    }

    /// Takes the findings that are allowed out of `findings`. `original` gives the place of a span in the text that the
    /// run began with, `source`. The numbers of the comments that were needed go to `used`.
    pub fn take(
        &self,
        findings: Vec<Finding>,
        policy: &Policy,
        source: &str,
        original: &dyn Fn(Span) -> Span,
        used: &mut BTreeSet<usize>,
    ) -> (Vec<Finding>, Vec<(Finding, Allowance)>) {
        let mut left = Vec::with_capacity(findings.len());
        let mut taken = Vec::new();
        let mut baseline = Baseline::new(policy);
        for finding in findings {
            if let Some((number, mark)) = self.mark_of(&finding, policy) {
                used.insert(number);
                let allowance = Allowance {
                    comment: Some(mark.span),
                    reason: mark.allowed.reason.clone(),
                };
                taken.push((finding, allowance));
            } else if let Some((_, why)) = policy.rules.iter().find(|one| one.0 == finding.rule) {
                let reason = Some(format!("by the configuration: {why}"));
                let comment = None;
                taken.push((finding, Allowance { comment, reason }));
            } else if baseline.take(&finding, || code(source, original(finding.span))) {
                let (comment, reason) = (None, Some("in the baseline".to_string()));
                taken.push((finding, Allowance { comment, reason }));
            } else {
                left.push(finding);
            }
        }
        (left, taken)
    }

    fn mark_of(&self, finding: &Finding, policy: &Policy) -> Option<(usize, &Mark)> {
        let mut marks = self.marks.iter().enumerate();
        marks.find(|(_, mark)| mark.is_valid(policy) && self.allows(mark, finding))
    }

    fn allows(&self, mark: &Mark, finding: &Finding) -> bool {
        let is_here = || mark.allowed.is_file_wide || self.is_about(mark, finding.span);
        if mark.allowed.tool == Tool::Harden {
            let Ids::Some(ids) = &mark.allowed.ids else {
                return false;
            };
            return ids.contains(&finding.rule) && is_here();
        }
        match &finding.elsewhere {
            Elsewhere::Here(aliases) => {
                aliases.iter().any(|alias| mark.allowed.covers(alias)) && is_here()
            }
            Elsewhere::InStages(aliases) => {
                aliases.iter().any(|alias| mark.allowed.covers(alias))
                    && (mark.allowed.is_file_wide || self.is_in_stages(mark, finding))
            }
        }
    }

    fn is_about(&self, mark: &Mark, span: Span) -> bool {
        match mark.about {
            About::Instruction(number) => number == self.instruction_at(span),
            About::Region(region) => region.is_some_and(|region| region.contains(span)),
        }
    }

    fn instruction_at(&self, span: Span) -> Option<usize> {
        let instructions = &self.model?.file.instructions;
        let next = instructions.partition_point(|one| one.span.start <= span.start);
        next.checked_sub(1)
    }

    /// Whether the comment counts for an instruction of the stages that a finding is about: those of the shipped image, or
    /// the one build stage.
    fn is_in_stages(&self, mark: &Mark, finding: &Finding) -> bool {
        let (Some(model), About::Instruction(instruction)) = (self.model, mark.about) else {
            return false;
        };
        let has = |stage: &Stage, number: Option<usize>| {
            number.is_some_and(|number| number == stage.from || stage.body.contains(&number))
        };
        let (at, lineage) = (self.instruction_at(finding.span), model.lineage());
        if lineage.iter().any(|stage| has(stage, at)) {
            return lineage.iter().any(|stage| has(stage, instruction));
        }
        let mut stages = model.stages.iter();
        stages.any(|stage| has(stage, at) && has(stage, instruction))
    }

    /// What is wrong with harden's own comments. `used` are the comments that were needed; `is_asked` says whether a rule
    /// or profile was looked at, and `nearest` gives the name that was meant where there is none like that.
    pub fn faults(
        &self,
        policy: &Policy,
        used: &BTreeSet<usize>,
        is_asked: &dyn Fn(&str) -> bool,
        nearest: &dyn Fn(&str) -> Option<String>,
    ) -> Vec<Fault> {
        let own = self.marks.iter().enumerate();
        let own = own.filter(|(_, mark)| mark.allowed.tool == Tool::Harden);
        own.filter_map(|(number, mark)| {
            let fault = |message: String, advice: &str| Fault {
                span: mark.span,
                message,
                advice: advice.to_string(),
                is_unused: false,
            };
            let Ids::Some(ids) = &mark.allowed.ids else {
                return None;
            };
            if ids.is_empty() {
                return Some(fault("this comment names no rule".to_string(), SYNTAX));
            }
            if let Some((id, name)) = ids.iter().find_map(|id| Some((id, nearest(id)?))) {
                let message = format!("no rule or profile is called `{id}`");
                return Some(fault(message, &format!("did you mean `{name}`?")));
            }
            if !ids.iter().any(|id| is_asked(id)) {
                return None;
            }
            if mark.allowed.reason.is_none() {
                return Some(fault(
                    "this comment has no reason, so it does not count".to_string(),
                    SYNTAX,
                ));
            }
            match (&mark.allowed.until, policy.today) {
                (Some(Err(message)), _) => return Some(fault(message.clone(), SYNTAX)),
                (Some(Ok(until)), Some(today)) if *until < today => {
                    let message = format!("this comment counted until {until}");
                    return Some(fault(message, "do what it puts off, or give it a new date"));
                }
                _ => {}
            }
            let is_unused = !used.contains(&number) && ids.iter().all(|id| is_asked(id));
            is_unused.then(|| Fault {
                is_unused: true,
                ..fault(
                    "nothing needs this comment any more".to_string(),
                    "remove it",
                )
            })
        })
        .collect()
    }
}

const SYNTAX: &str = "`# harden: allow RULE [until=2026-12-31] -- the reason`";

fn marks(file: &Dockerfile<'_>) -> Vec<Mark> {
    let mut marks: Vec<Mark> = Vec::new();
    let mut add = |span: Span, instruction: Option<usize>| {
        let text = span.slice(file.source).trim();
        let start = span.start + span.slice(file.source).find('#').unwrap_or(0);
        marks.extend(comments::read(text).into_iter().map(|allowed| Mark {
            span: Span::new(start, start + text.len()),
            allowed,
            about: About::Instruction(instruction),
        }));
    };
    let mut next = 0;
    for item in &file.items {
        match item.kind {
            ItemKind::Comment => {
                add(item.span, (next < file.instructions.len()).then_some(next));
            }
            ItemKind::Instruction(number) => {
                next = number + 1;
                let comments = file.instructions.get(number).map(|one| &one.comments);
                for comment in comments.into_iter().flatten() {
                    add(*comment, Some(number));
                }
            }
            ItemKind::ByteOrderMark | ItemKind::Blank | ItemKind::Directive => {}
        }
    }
    let directives = file.directives.iter().filter(|one| one.name == "check");
    marks.extend(directives.filter_map(|one| {
        Some(Mark {
            span: one.value_span,
            allowed: comments::buildkit(one.value)?,
            about: About::Instruction(None),
        })
    }));
    marks
}
