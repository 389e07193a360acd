//! Which fixes are made in one pass.

use std::collections::BTreeMap;

use super::Refused;
use crate::fix::{Fix, Safety};
use crate::rule::Finding;

/// The findings whose fixes can be made together, in the order of the plan: a fix that touches what an earlier one
/// changes waits for the next pass.
pub(super) fn choose<'f>(
    findings: &'f [Finding],
    minimum: Safety,
    refused: &[Refused],
) -> Vec<&'f Finding> {
    let mut claimed = Claims::default();
    findings
        .iter()
        .filter(|finding| {
            finding.fix().is_some_and(|fix| {
                fix.safety() >= minimum.max(Safety::Review)
                    && !fix.edits().is_empty()
                    && !is_refused(finding, fix, refused)
                    && claimed.claim(fix)
            })
        })
        .collect()
}

pub(super) fn is_refused(finding: &Finding, fix: &Fix, refused: &[Refused]) -> bool {
    refused
        .iter()
        .any(|one| one.rule == finding.rule && one.fix.title() == fix.title() && one.fix == *fix)
}

/// The spans that chosen fixes change, by their start. Disjoint, so their ends ascend too.
#[derive(Default)]
struct Claims {
    spans: BTreeMap<usize, usize>,
}

impl Claims {
    fn claim(&mut self, fix: &Fix) -> bool {
        let touches = fix.edits().iter().any(|edit| {
            let before = self.spans.range(..=edit.span.end).next_back();
            before.is_some_and(|(_, end)| *end >= edit.span.start)
        });
        if touches {
            return false;
        }
        for edit in fix.edits().iter() {
            let end = self.spans.entry(edit.span.start).or_insert(edit.span.end);
            *end = (*end).max(edit.span.end);
        }
        true
    }
}
