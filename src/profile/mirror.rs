//! References to public registries become references to a mirror of them: the same images under another name.

use super::finding::finding;
use super::format::Profile;
use super::rows;
use crate::fix::Reason;
use crate::model::images::{ImageUse, image_uses};
use crate::model::{Fact, Model};
use crate::rule::composed::{self, Change};
use crate::rule::{Finding, Severity, Verdict};
use crate::syntax::image::ImageReference;

/// What the profile has to say of each reference.
pub(super) fn check(profile: &Profile, model: &Model<'_>) -> Vec<Finding> {
    if profile.mirrors.is_empty() {
        return Vec::new();
    }
    let uses = image_uses(model);
    let plan = |one: &ImageUse| {
        let outcome = wanted(profile, model, one).transpose()?;
        Some(outcome.and_then(|(old, new)| {
            let change = composed::change(model, one, &old, &new);
            change
                .map(|change| (new, change))
                .map_err(|why| Reason::at(one.span, why))
        }))
    };
    let verdict = |new: &String, change: &Change| verdict(profile, new, change);
    let verdicts = composed::verdicts(model, &uses, plan, verdict).into_iter();
    verdicts
        .map(|(one, verdict)| {
            let message = format!("`{}` does not come from the mirror", one.text);
            finding(profile, Severity::Medium, one.span, message, verdict)
        })
        .collect()
}

fn verdict(profile: &Profile, new: &str, change: &Change) -> Verdict {
    let mut why = vec![format!("{}.", profile.title)];
    if let Some(name) = &change.argument {
        why.push(format!(
            "A build that sets `--build-arg {name}=…` must set it to the mirror."
        ));
    }
    Verdict::review(
        &format!("take `{new}`"),
        why.join(" "),
        vec![change.edit.clone()],
    )
}

/// The reference as it is and as it should be; `None` where the profile says nothing of its registry.
fn wanted(
    profile: &Profile,
    model: &Model<'_>,
    one: &ImageUse,
) -> Result<Option<(ImageReference, String)>, Reason> {
    let held = |text: String| Reason::at(one.span, text);
    let image = match &one.image {
        Fact::Known(image, _) => image,
        Fact::Unknown(why) => return Err(held(why.clone())),
    };
    let Some(new) = rows::mirrored(profile, image).map_err(held)? else {
        return Ok(None);
    };
    if rows::is_missing(model.facts, &new) {
        return Err(held(rows::missing(profile, &new)));
    }
    Ok(Some((image.clone(), new.as_str().to_string())))
}
