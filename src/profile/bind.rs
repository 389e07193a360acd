//! Binds a profile to a file: one atomic fix for the shipped lineage, and one for each build stage that it moves.

use super::finding::finding;
use super::format::{Copies, Profile, StageRole};
use super::holes;
use super::mirror;
use super::rows;
use super::swap::{Site, Swap};
use super::together;
use super::verbs::{self, Target};
use crate::fix::{Fix, Reason, Step};
use crate::model::{Model, Stage};
use crate::rule::{Finding, Severity, Verdict};
use crate::syntax::{self, Keyword};
use crate::text::{Edit, EditSet, Span};

/// What a profile has to say of a file.
pub fn check(profile: &Profile, model: &Model<'_>) -> Vec<Finding> {
    let mut findings = mirror::check(profile, model);
    if profile.bases.is_empty() && profile.steps.is_empty() {
        return findings;
    }
    let lineage = model.lineage();
    if let (Some(root), Some(shipped)) = (lineage.first(), lineage.last()) {
        findings.extend(runtime(profile, model, root, shipped));
    }
    for stage in &model.stages {
        let in_lineage = lineage.iter().any(|one| one.index == stage.index);
        if !in_lineage {
            findings.extend(build_stage(profile, model, stage));
        }
    }
    findings
}

fn held(profile: &Profile, span: Span, message: String, reasons: Vec<Reason>) -> Option<Finding> {
    Some(finding(
        profile,
        Severity::Medium,
        span,
        message,
        Verdict::Held(reasons),
    ))
}

fn runtime(profile: &Profile, model: &Model<'_>, root: &Stage, shipped: &Stage) -> Option<Finding> {
    let label = shipped.label();
    let not_followed = format!("{label} does not follow profile `{}`", profile.name);
    let planned = match rows::look_up(profile, root, StageRole::Runtime, model.facts) {
        rows::Verdict::NotMine if profile.bases.is_empty() => None,
        rows::Verdict::AlreadyThere => None,
        rows::Verdict::NotMine => {
            let image = root.base_span.slice(model.file.source);
            let reason = Reason::at(
                root.base_span,
                format!("the profile says nothing of base image `{image}`"),
            );
            let verdict = Verdict::Held(vec![reason]);
            return Some(finding(
                profile,
                Severity::Info,
                root.base_span,
                not_followed,
                verdict,
            ));
        }
        rows::Verdict::Held(reason) => {
            return held(profile, root.base_span, not_followed, vec![reason]);
        }
        rows::Verdict::Replace { row, old, new } => {
            let site = Site::new(model, root, rows::facts(model, &new), StageRole::Runtime);
            let planned = match no_start_command(model, shipped) {
                Some(reason) if !site.starts_by_itself() => Err(vec![reason]),
                _ => site.plan(row, &old, &new),
            };
            let with_others = planned.and_then(|mut swap| {
                if row.copies != Copies::Portable {
                    swap.steps.extend(together::steps(profile, &site, row)?);
                }
                Ok(swap)
            });
            match with_others {
                Ok(swap) => Some(swap),
                Err(mut reasons) => {
                    // Say all that stands against it in one go.
                    reasons.extend(
                        steps_on(profile, model, shipped, None)
                            .err()
                            .unwrap_or_default(),
                    );
                    return held(profile, site.span(), not_followed, reasons);
                }
            }
        }
    };
    let swap_steps = planned.map_or_else(Vec::new, |swap: Swap| swap.steps);
    let steps = match steps_on(profile, model, shipped, Some(&swap_steps)) {
        Ok(steps) => steps,
        Err(reasons) => return held(profile, root.base_span, not_followed, reasons),
    };
    let span = root.base_span;
    fix(
        profile,
        span,
        not_followed,
        swap_steps.into_iter().chain(steps).collect(),
    )
}

/// An image that starts nothing of its own is a base for others, which were made for the image it stands on.
fn no_start_command(model: &Model<'_>, shipped: &Stage) -> Option<Reason> {
    let lineage = model.lineage_of(shipped);
    let starts = |keyword| model.last_of(&lineage, keyword).is_some();
    let is_base = !starts(Keyword::Entrypoint) && !starts(Keyword::Cmd);
    is_base.then(|| Reason::new("there is no CMD or ENTRYPOINT: this is a base for other images"))
}

fn fix(profile: &Profile, span: Span, message: String, steps: Vec<Step>) -> Option<Finding> {
    let edits = |step: &Step| !step.edits.is_empty();
    if !steps.iter().any(edits) {
        return None;
    }
    let verdict = match Fix::review(
        format!("follow `{}`", profile.name),
        profile.title.clone(),
        steps,
    ) {
        Ok(fix) => Verdict::Fix(fix),
        Err(overlap) => {
            let text = format!("two of its steps want the same text: {overlap}");
            Verdict::Held(vec![Reason::at(overlap.second, text)])
        }
    };
    Some(finding(profile, Severity::Medium, span, message, verdict))
}

/// What the steps of the profile change once the swap is made, in places of the file as it is now.
fn steps_on(
    profile: &Profile,
    model: &Model<'_>,
    shipped: &Stage,
    swap: Option<&[Step]>,
) -> Result<Vec<Step>, Vec<Reason>> {
    let swap_edits = swap
        .unwrap_or(&[])
        .iter()
        .flat_map(|step| step.edits.iter().cloned());
    let edits =
        EditSet::new(swap_edits).map_err(|overlap| vec![Reason::new(overlap.to_string())])?;
    let back = |place: Span| {
        Span::new(
            edits.map_backward(place.start),
            edits.map_backward(place.end),
        )
    };
    let planned = if edits.is_empty() {
        // Nothing is swapped: what holds now holds after it.
        verbs::plan(
            &Target::new(model, shipped, model, shipped, profile),
            profile,
        )
    } else {
        plan_after(profile, model, shipped, &edits)
    };
    let planned = planned.map_err(|reasons| {
        let moved = |reason: Reason| Reason {
            span: reason.span.map(back),
            ..reason
        };
        reasons.into_iter().map(moved).collect::<Vec<_>>()
    })?;
    let to_now = |step: Step| Step {
        edits: step
            .edits
            .into_iter()
            .map(|edit| Edit::replace(back(edit.span), edit.text))
            .collect(),
        ..step
    };
    let steps: Vec<Step> = planned.into_iter().map(to_now).collect();
    if steps.iter().any(|step| !step.edits.is_empty()) || !edits.is_empty() {
        // A hole must be filled only where something is to be written.
        holes::fill(&profile.holes, model, &model.lineage_of(shipped))?;
    }
    Ok(steps)
}

/// The steps on the text that the swap leaves, in places of that text.
fn plan_after(
    profile: &Profile,
    model: &Model<'_>,
    shipped: &Stage,
    swap: &EditSet,
) -> Result<Vec<Step>, Vec<Reason>> {
    let text = swap.apply(model.file.source);
    let file = syntax::parse(&text);
    let mut after =
        Model::new(&file, model.facts, None).map_err(|message| vec![Reason::new(message)])?;
    after.take_over(model);
    let Some(shipped_after) = after.stages.get(shipped.index) else {
        return Err(vec![Reason::new("the swap would lose a stage")]);
    };
    verbs::plan(
        &Target::new(model, shipped, &after, shipped_after, profile),
        profile,
    )
}

fn build_stage(profile: &Profile, model: &Model<'_>, stage: &Stage) -> Option<Finding> {
    let message = format!(
        "{} does not follow profile `{}`",
        stage.label(),
        profile.name
    );
    match rows::look_up(profile, stage, StageRole::Build, model.facts) {
        rows::Verdict::NotMine | rows::Verdict::AlreadyThere => None,
        rows::Verdict::Held(_) if moves_together(profile) => None,
        rows::Verdict::Replace { row, .. } if row.copies == Copies::Together => None,
        rows::Verdict::Held(reason) => held(profile, stage.base_span, message, vec![reason]),
        rows::Verdict::Replace { row, old, new } => {
            let site = Site::new(model, stage, rows::facts(model, &new), StageRole::Build);
            match site.plan(row, &old, &new) {
                Ok(swap) => fix(profile, site.span(), message, swap.steps),
                Err(reasons) => held(profile, site.span(), message, reasons),
            }
        }
    }
}

/// Whether build stages of the profile move only with the shipped one.
fn moves_together(profile: &Profile) -> bool {
    let mut rows = profile
        .bases
        .iter()
        .filter(|row| row.stage == StageRole::Build);
    rows.all(|row| row.copies == Copies::Together)
}
