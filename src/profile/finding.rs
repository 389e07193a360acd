//! A finding in the name of a profile.

use super::format::Profile;
use crate::rule::{Elsewhere, Finding, Severity, Verdict};
use crate::text::Span;

/// What other tools call it follows from the steps: those of the fix, or all where there is none.
pub(super) fn finding(
    profile: &Profile,
    severity: Severity,
    span: Span,
    message: String,
    verdict: Verdict,
) -> Finding {
    let mut aliases: Vec<&'static str> = match &verdict {
        Verdict::Fix(fix) => fix
            .steps()
            .iter()
            .flat_map(|step| step.aliases)
            .copied()
            .collect(),
        Verdict::Held(_) => {
            let verbs = profile.steps.iter().map(|step| &step.verb);
            verbs.flat_map(|verb| verb.aliases()).copied().collect()
        }
    };
    aliases.dedup();
    Finding {
        rule: profile.name.clone(),
        severity,
        message,
        span,
        verdict,
        elsewhere: Elsewhere::InStages(aliases),
    }
}
