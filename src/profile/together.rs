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
            let facts = model.facts.of(&new).map(|(facts, _)| facts);
            let site = Site::new(model, root, facts.unwrap_or_default(), StageRole::Build);
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
