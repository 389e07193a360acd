//! The rows of a profile: which image is replaced by which.

use wildmatch::WildMatch;

use super::format::{BaseMap, Hole, Profile, StageRole, Target, When};
use super::pattern::{Captures, Pattern, with_holes};
use crate::fix::Reason;
use crate::model::{Base, Fact, Facts, ImageFacts, Model, Stage};
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
        new: ImageReference,
    },
    Held(Reason),
}

/// Looks a stage's image up in the rows of a profile for that role.
pub(super) fn look_up<'p>(
    profile: &'p Profile,
    stage: &Stage,
    role: StageRole,
    facts: &ImageFacts,
) -> Verdict<'p> {
    let rows = || profile.bases.iter().filter(|row| row.stage == role);
    let held = |text: String| Verdict::Held(Reason::at(stage.base_span, text));
    let image = match &stage.base {
        Base::Image(Fact::Known(image, _)) => image,
        Base::Image(Fact::Unknown(why)) => {
            return match rows().next() {
                None => Verdict::NotMine,
                Some(_) => held(format!("the base image is not known: {why}")),
            };
        }
        Base::Stage(_) | Base::Scratch => return Verdict::NotMine,
    };
    let name = image.canonical_name();
    if rows().any(|row| is_target(profile, row, image)) {
        return Verdict::AlreadyThere;
    }
    let Some(row) = rows().find(|row| row.image == name || row.also.contains(&name)) else {
        return Verdict::NotMine;
    };
    let tag = image.tag().unwrap_or("latest");
    if row
        .well
        .iter()
        .any(|well| WildMatch::new(well).matches(tag))
    {
        return Verdict::AlreadyThere;
    }
    if row.when == When::Unsupported && facts.support_ended(image).is_none() {
        return Verdict::AlreadyThere;
    }
    let pattern = row
        .hold
        .iter()
        .find(|(pattern, _)| WildMatch::new(pattern).matches(tag));
    if let Some((_, why)) = pattern {
        return held(format!("`{}`: {why}", image.as_str()));
    }
    let Some((target, captures)) = target(row, tag) else {
        return held(format!(
            "the profile has no row for tag `{tag}` of `{}`",
            image.name()
        ));
    };
    match filled(profile, image, target, &captures) {
        Ok(new) if is_missing(facts, &new) => held(missing(profile, &new)),
        Ok(new) => Verdict::Replace {
            row,
            old: image.clone(),
            new,
        },
        Err(hole) => held(open(&hole)),
    }
}

/// What is known of an image.
pub(super) fn facts(model: &Model<'_>, image: &ImageReference) -> Facts {
    let found = model.facts.of(image);
    found.map(|(facts, _)| facts).unwrap_or_default()
}

/// Whether there is a lock, and the image is not in it: nobody knows that it exists.
pub(super) fn is_missing(facts: &ImageFacts, image: &ImageReference) -> bool {
    let is_locked = facts.locked_tag(image).is_some() || facts.locked_digest(image).is_some();
    facts.has_lock() && !is_locked
}

pub(super) fn missing(profile: &Profile, image: &ImageReference) -> String {
    format!(
        "the lock does not have `{}`: `harden lock -p {}` asks for it",
        image.as_str(),
        profile.name
    )
}

pub(super) fn open(hole: &str) -> String {
    format!("the profile leaves `{hole}` open: one that extends it says what it is under `let`")
}

/// The image on the mirror; `None` where the profile says nothing of its registry, or it is there.
///
/// # Errors
/// Why it cannot be named.
pub(super) fn mirrored(
    profile: &Profile,
    image: &ImageReference,
) -> Result<Option<ImageReference>, String> {
    let name = image.canonical_name();
    let Some((registry, repository)) = name.split_once('/') else {
        return Ok(None);
    };
    let Some(mirror) = profile.mirrors.get(registry) else {
        return Ok(None);
    };
    let given = |hole: &str| match profile.holes.get(hole) {
        Some(Hole::Given(value)) => Some(value.trim_end_matches('/')),
        _ => None,
    };
    let mirror = with_holes(mirror, given).map_err(|hole| open(&hole))?;
    if name.starts_with(&format!("{mirror}/")) {
        return Ok(None);
    }
    let rest = image.as_str().get(image.name().len()..).unwrap_or("");
    let new = format!("{mirror}/{repository}{rest}");
    match ImageReference::parse(&new) {
        Some(new) => Ok(Some(new)),
        None => Err(format!("`{new}` is no image reference")),
    }
}

/// The images that the profile would put in place of one, as far as they are known.
pub fn targets(profile: &Profile, image: &ImageReference) -> Vec<ImageReference> {
    let mirrored = self::mirrored(profile, image).ok().flatten();
    let name = image.canonical_name();
    let rows = profile
        .bases
        .iter()
        .filter(|row| row.image == name || row.also.contains(&name));
    rows.filter_map(|row| {
        let (target, captures) = target(row, image.tag().unwrap_or("latest"))?;
        filled(profile, image, target, &captures).ok()
    })
    .chain(mirrored)
    .collect()
}

fn filled(
    profile: &Profile,
    image: &ImageReference,
    target: &Target,
    captures: &Captures<'_, '_>,
) -> Result<ImageReference, String> {
    target.filled(|name| match profile.holes.get(name) {
        _ if name == "image" => Some(image.name()),
        Some(Hole::Given(value)) => Some(value.as_str()),
        _ => captures.get(name).copied(),
    })
}

/// Whether the image is one that the row moves to: by its name, or by name and tag where the row moves tags of one image.
fn is_target(profile: &Profile, row: &BaseMap, image: &ImageReference) -> bool {
    let name = image.canonical_name();
    let is_mine = row.image == name || row.also.contains(&name);
    let given = |hole: &str| match profile.holes.get(hole) {
        Some(Hole::Given(value)) => Some(value.as_str()),
        _ if hole == "image" => Some(image.name()),
        _ => Some("1"),
    };
    row.tags.values().any(|target| {
        let is_of_other_row = !is_mine && target.as_str().contains("{image}");
        let is_named = target
            .filled(given)
            .is_ok_and(|target| target.canonical_name() == name);
        !is_of_other_row && is_named && (!is_mine || has_tag_of(row, target, image))
    })
}

fn has_tag_of(row: &BaseMap, target: &Target, image: &ImageReference) -> bool {
    let (_, wanted) = target.as_str().rsplit_once(':').unwrap_or(("", "latest"));
    let tag = image.tag().unwrap_or("latest");
    Pattern::new(wanted, &row.choices).matches(tag).is_some()
}

/// The target of the longest tag of the row that `tag` is, or goes on from after `.` or `-`; else that of the pattern that
/// the whole tag fits.
fn target<'p, 't>(row: &'p BaseMap, tag: &'t str) -> Option<(&'p Target, Captures<'p, 't>)> {
    let goes_on = |key: &str| {
        tag.strip_prefix(key)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '-']))
    };
    let plain = row
        .tags
        .iter()
        .filter(|(key, _)| !key.contains('{') && goes_on(key))
        .max_by_key(|(key, _)| key.len())
        .map(|(_, target)| (target, Captures::new()));
    plain.or_else(|| {
        row.patterns()
            .into_iter()
            .find_map(|(pattern, target)| Some((target, pattern.matches(tag)?)))
    })
}
