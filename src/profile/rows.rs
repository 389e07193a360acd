//! The rows of a profile: which image is replaced by which.

use wildmatch::WildMatch;

use super::format::{BaseMap, Profile, StageRole};
use crate::fix::Reason;
use crate::model::{Base, Fact, Stage};
use crate::syntax::image::ImageReference;

/// What a profile says of the image that a lineage stands on.
pub(super) enum Verdict<'p> {
    /// No row is about it.
    NotMine,
    /// It is one of the images that the profile moves to.
    AlreadyThere,
    Replace {
        row: &'p BaseMap,
        old: ImageReference,
        new: &'p ImageReference,
    },
    Held(Reason),
}

/// Looks a stage's image up in the rows of a profile for that role.
pub(super) fn look_up<'p>(profile: &'p Profile, stage: &Stage, role: StageRole) -> Verdict<'p> {
    let rows = || profile.bases.iter().filter(|row| row.stage == role);
    let image = match &stage.base {
        Base::Image(Fact::Known(image, _)) => image,
        Base::Image(Fact::Unknown(why)) => {
            return match rows().next() {
                None => Verdict::NotMine,
                Some(_) => Verdict::Held(Reason::at(
                    stage.base_span,
                    format!("the base image is not known: {why}"),
                )),
            };
        }
        Base::Stage(_) | Base::Scratch => return Verdict::NotMine,
    };
    let name = image.canonical_name();
    let is_target = |row: &BaseMap| {
        row.tags
            .values()
            .any(|target| target.0.canonical_name() == name)
    };
    let Some(row) = rows().find(|row| row.image == name || row.also.contains(&name)) else {
        return if rows().any(is_target) {
            Verdict::AlreadyThere
        } else {
            Verdict::NotMine
        };
    };
    let tag = image.tag().unwrap_or("latest");
    let held = row
        .hold
        .iter()
        .find(|(pattern, _)| WildMatch::new(pattern).matches(tag));
    if let Some((_, why)) = held {
        return Verdict::Held(Reason::at(
            stage.base_span,
            format!("`{}`: {why}", image.as_str()),
        ));
    }
    match target(row, tag) {
        Some(new) => Verdict::Replace {
            row,
            old: image.clone(),
            new,
        },
        None => {
            let text = format!(
                "the profile has no row for tag `{tag}` of `{}`",
                image.name()
            );
            Verdict::Held(Reason::at(stage.base_span, text))
        }
    }
}

/// The image of the longest tag of the row that `tag` is, or goes on from after `.` or `-`.
fn target<'p>(row: &'p BaseMap, tag: &str) -> Option<&'p ImageReference> {
    row.tags
        .iter()
        .filter(|(key, _)| {
            tag.strip_prefix(key.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '-']))
        })
        .max_by_key(|(key, _)| key.len())
        .map(|(_, image)| &image.0)
}
