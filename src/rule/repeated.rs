//! Instructions of which only the last one of a stage counts.

use super::{Finding, Rule, Verdict, lines};
use crate::fix::Reason;
use crate::model::{Model, Stage};
use crate::syntax::Keyword;

/// A finding for every instruction of that kind which a later one of its stage takes over from.
pub fn earlier(rule: &Rule, model: &Model<'_>, keyword: Keyword, title: &str) -> Vec<Finding> {
    let stages = model.stages.iter();
    stages
        .flat_map(|stage| of_stage(rule, model, stage, keyword, title))
        .collect()
}

fn of_stage(
    rule: &Rule,
    model: &Model<'_>,
    stage: &Stage,
    keyword: Keyword,
    title: &str,
) -> Vec<Finding> {
    let mut all: Vec<_> = model
        .instructions_of(stage)
        .filter(|(_, instruction)| instruction.keyword == keyword)
        .collect();
    let Some((_, last)) = all.pop() else {
        return Vec::new();
    };
    let finding = |(index, instruction): (usize, &crate::syntax::Instruction<'_>)| {
        let verdict = match lines::remove_for_good(model, index) {
            Some(edit) => Verdict::safe(title, vec![edit]),
            None => {
                let comment = instruction.comments.first().copied();
                let span = comment.unwrap_or(instruction.span);
                Verdict::held(Reason::at(span, "the comment inside it would be lost"))
            }
        };
        let message = format!(
            "this {} has no effect: the one on line {} counts",
            keyword.as_str(),
            last.first_line
        );
        Finding::of(rule, instruction.logical_span(), message, verdict)
    };
    all.into_iter().map(finding).collect()
}
