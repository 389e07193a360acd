//! Stages that the shipped one copies from: what they compile runs in the shipped image, so they move with it.

use super::format::{BaseMap, Copies, Profile, StageRole};
use super::rows;
use super::swap::Site;
use crate::fix::{Reason, Step};
use crate::model::{Base, Fact, Model, Stage};
use crate::syntax::{Instruction, Keyword};

/// The steps that move those stages.
///
/// # Errors
/// What stays where it is, and may have compiled what the shipped stage takes from it.
pub(super) fn steps(
    profile: &Profile,
    site: &Site<'_, '_>,
    row: &BaseMap,
) -> Result<Vec<Step>, Vec<Reason>> {
    let model = site.model;
    let mut steps = Vec::new();
    let mut reasons = Vec::new();
    let mut moved = vec![site.root.index];
    let mut queue: Vec<usize> = site.stages.iter().map(|stage| stage.index).collect();
    let mut seen = queue.clone();
    let mut has_static = false;
    while let Some(stage) = queue.pop().and_then(|index| model.stages.get(index)) {
        for (index, instruction) in model.instructions_of(stage) {
            let Some(name) = source_of(instruction) else {
                continue;
            };
            let Some(from) = stage_named(model, index, name) else {
                let text = format!("what `{name}` brings may not run on the new base image");
                reasons.push(Reason::at(instruction.span, text));
                continue;
            };
            let Some(root) = model.root_of(from) else {
                continue;
            };
            if row.copies == Copies::Static {
                if is_static(model, from) {
                    has_static = true;
                } else if !moved.contains(&root.index) {
                    let text = format!(
                        "it is not shown that what {} compiles is linked statically: no `CGO_ENABLED=0`",
                        from.label()
                    );
                    reasons.push(Reason::at(instruction.span, text));
                }
                continue;
            }
            if !moved.contains(&root.index) && !is_portable(row, root) {
                match moving(profile, model, root) {
                    Ok(more) => steps.extend(more),
                    Err(more) => {
                        reasons.extend(more);
                        continue;
                    }
                }
                moved.push(root.index);
            }
            if moved.contains(&root.index) {
                let mut new = vec![root];
                new.extend(model.descendants(root));
                for stage in new {
                    if !seen.contains(&stage.index) {
                        seen.push(stage.index);
                        queue.push(stage.index);
                    }
                }
            }
        }
    }
    if row.copies == Copies::Static && !has_static && reasons.is_empty() {
        let text = "no stage of Go is seen to bring the program, so it may need libraries";
        reasons.push(Reason::at(site.root.base_span, text));
    }
    if reasons.is_empty() {
        Ok(steps)
    } else {
        Err(reasons)
    }
}

fn moving(profile: &Profile, model: &Model<'_>, root: &Stage) -> Result<Vec<Step>, Vec<Reason>> {
    match rows::look_up(profile, root, StageRole::Build, model.facts) {
        rows::Verdict::AlreadyThere => Ok(Vec::new()),
        rows::Verdict::Held(reason) => Err(vec![reason]),
        rows::Verdict::Replace { row, old, new } if row.copies == Copies::Together => {
            let facts = rows::facts(model, &new);
            let site = Site::new(model, root, facts, StageRole::Build);
            site.plan(row, &old, &new).map(|swap| swap.steps)
        }
        _ if root.base == Base::Scratch => Ok(Vec::new()),
        _ => {
            let image = root.base_span.slice(model.file.source);
            let text = format!(
                "{} stays on `{image}`: what it compiles may not run on the new base image",
                root.label()
            );
            Err(vec![Reason::at(root.base_span, text)])
        }
    }
}

/// Whether what comes from this image runs anywhere.
fn is_portable(row: &BaseMap, root: &Stage) -> bool {
    match &root.base {
        Base::Scratch => true,
        Base::Image(Fact::Known(image, _)) => row.portable.contains(&image.canonical_name()),
        _ => false,
    }
}

/// Whether the stage compiles Go without C, so that its programs need no library.
fn is_static(model: &Model<'_>, stage: &Stage) -> bool {
    let lineage = model.lineage_of(stage);
    let is_go = model.root_of(stage).is_some_and(|root| match &root.base {
        Base::Image(Fact::Known(image, _)) => image.canonical_name().ends_with("/golang"),
        _ => false,
    });
    let mut instructions = model.instructions_of_all(&lineage);
    is_go
        && instructions.any(|(_, one)| {
            let text = one.line.text();
            text.contains("CGO_ENABLED=0") || text.contains("CGO_ENABLED 0")
        })
}

/// What an instruction takes files from.
fn source_of<'i>(instruction: &'i Instruction<'_>) -> Option<&'i str> {
    match instruction.keyword {
        Keyword::Copy => instruction.flag("from").and_then(|flag| flag.value()),
        _ => None,
    }
}

/// As BuildKit reads it: the earlier stage of that name or number.
fn stage_named<'m>(model: &'m Model<'_>, index: usize, name: &str) -> Option<&'m Stage> {
    let lower = name.to_lowercase();
    let earlier = model.stages.iter().take_while(|stage| stage.from < index);
    earlier
        .filter(|stage| stage.name.as_ref() == Some(&lower) || name.parse() == Ok(stage.index))
        .last()
}
