use crate::fix::{Fix, Reason, Step};
use crate::model::images::{ImageUse, Place, image_uses};
use crate::model::lock::{LockedImage, ManifestKind, key};
use crate::model::{Fact, Model, Pinning};
use crate::rule::composed::{self, Change};
use crate::rule::{Check, Finding, Rule, Severity, Survey, Verdict};
use crate::syntax::image::ImageReference;

pub const RULE: Rule = Rule {
    id: "floating-tag",
    summary: "a reference that may name another image tomorrow",
    severity: Severity::Medium,
    since: "0.1.0",
    page: include_str!("floating_tag.md"),
    aliases: &["hadolint:DL3006", "hadolint:DL3007"],
    check: Check::Dockerfile(check),
};

/// Digits of a digest that are enough for a person.
const SHORT: usize = "sha256:".len() + 12;

/// What a reference should be.
struct Wish {
    text: String,
    /// What to look at, where the image changes.
    review: Option<String>,
}

fn check(model: &Survey<'_>) -> Vec<Finding> {
    let Some(pinning) = model.facts.pinning() else {
        return Vec::new();
    };
    let uses = image_uses(model);
    let plan = |one: &ImageUse| {
        let outcome = wish(model, one, pinning).transpose()?;
        Some(outcome.and_then(|wish| plan(model, one, wish)))
    };
    let verdicts = composed::verdicts(model, &uses, plan, verdict).into_iter();
    verdicts
        .map(|(one, verdict)| {
            let message = format!("`{}` may name another image tomorrow", one.text);
            Finding::of(&RULE, one.span, message, verdict)
        })
        .collect()
}

fn verdict(wish: &Wish, change: &Change) -> Verdict {
    let title = format!("name `{}`", shortened(&wish.text));
    let mut why: Vec<String> = wish.review.iter().cloned().collect();
    if let Some(name) = &change.argument {
        why.push(format!(
            "A build that sets `--build-arg {name}=…` is not pinned by this."
        ));
    }
    let edits = vec![change.edit.clone()];
    if wish.review.is_none() {
        let step = Step::new(
            title.clone(),
            (!why.is_empty()).then(|| why.join(" ")),
            edits.clone(),
        );
        return match (change.argument.is_none(), Fix::safe(title.clone(), edits)) {
            (true, Ok(fix)) => Verdict::Fix(fix),
            (_, Err(overlap)) => Verdict::held(Reason::new(overlap.to_string())),
            (false, Ok(_)) => match Fix::review(title, why.join(" "), vec![step]) {
                Ok(fix) => Verdict::Fix(fix),
                Err(overlap) => Verdict::held(Reason::new(overlap.to_string())),
            },
        };
    }
    Verdict::review(&title, why.join(" "), edits)
}

fn shortened(reference: &str) -> String {
    match reference.split_once('@') {
        Some((name, digest)) => format!("{name}@{}…", digest.get(..SHORT).unwrap_or(digest)),
        None => reference.to_string(),
    }
}

fn plan(model: &Model<'_>, one: &ImageUse, wish: Wish) -> Result<(Wish, Change), Reason> {
    let Fact::Known(image, _) = &one.image else {
        return Err(Reason::at(one.span, "the image is not known"));
    };
    let change = composed::change(model, one, image, &wish.text);
    change
        .map(|change| (wish, change))
        .map_err(|why| Reason::at(one.span, why))
}

/// What a reference should be; `None` where it is well as it is.
fn wish(model: &Model<'_>, one: &ImageUse, pinning: Pinning) -> Result<Option<Wish>, Reason> {
    let held = |text: String| Err(Reason::at(one.span, text));
    let image = match &one.image {
        Fact::Known(image, _) => image,
        Fact::Unknown(why) => return held(why.clone()),
    };
    if image.digest().is_some() && (image.tag().is_none() || pinning == Pinning::Tag) {
        return Ok(None);
    }
    let Some(locked) = model.facts.locked_tag(image) else {
        let tag = ImageReference::parse(&format!(
            "{}:{}",
            image.name(),
            image.tag().unwrap_or("latest")
        ));
        let name = tag.as_ref().map_or_else(|| image.as_str().to_string(), key);
        return held(format!(
            "`{name}` is not in harden.lock; `harden lock` looks it up"
        ));
    };
    if let Some(platform) = missing_platform(model, one, locked) {
        return held(format!("the image is not made for {platform}"));
    }
    match image.digest() {
        Some(digest) if digest == locked.digest => Ok(None),
        Some(digest) => refresh(model, image, digest, locked)
            .map(Some)
            .or_else(held),
        None => pin(image, locked, pinning).or_else(held),
    }
}

/// The platform that FROM asks for, where the image has others only.
fn missing_platform(model: &Model<'_>, one: &ImageUse, locked: &LockedImage) -> Option<String> {
    let Place::From(stage) = one.place else {
        return None;
    };
    let from = model.instruction(model.stages.get(stage)?.from)?;
    let platform = from.flag("platform")?.value()?;
    let is_made_for = |name: &String| {
        name == platform
            || name.starts_with(&format!("{platform}/"))
            || name.starts_with(&format!("{platform}:"))
    };
    // Platforms have other names that mean the same, so only plain ones are compared.
    let is_plain = matches!(platform, "linux/amd64" | "linux/arm64" | "windows/amd64");
    let is_missing =
        is_plain && !locked.platforms.is_empty() && !locked.platforms.keys().any(is_made_for);
    is_missing.then(|| platform.to_string())
}

fn pin(
    image: &ImageReference,
    locked: &LockedImage,
    pinning: Pinning,
) -> Result<Option<Wish>, String> {
    let tag = image.tag().unwrap_or("latest");
    let precise = locked.precise_tag.as_deref();
    let name = image.name();
    let text = match (pinning, precise) {
        (Pinning::Tag, Some(precise)) => format!("{name}:{precise}"),
        (Pinning::Tag, None) if tag == "latest" => {
            return Err("no other tag is known to name the same image".to_string());
        }
        (Pinning::Tag, None) => return Ok(None),
        (Pinning::Digest, _) => format!("{name}:{tag}@{}", locked.digest),
        (Pinning::Both, precise) => format!("{name}:{}@{}", precise.unwrap_or(tag), locked.digest),
    };
    Ok((text != image.as_str()).then_some(Wish { text, review: None }))
}

/// The new digest of a tag that moved on.
fn refresh(
    model: &Model<'_>,
    image: &ImageReference,
    digest: &str,
    locked: &LockedImage,
) -> Result<Wish, String> {
    let of_platform = locked.platforms.iter().find(|(_, one)| *one == digest);
    if let Some((platform, _)) = of_platform {
        return Err(format!(
            "the digest is that of {platform} alone, which may be wanted"
        ));
    }
    if locked.kind == ManifestKind::Image {
        match model.facts.locked_digest(image).map(|old| old.kind) {
            Some(ManifestKind::Image) => {}
            Some(ManifestKind::Index) => {
                return Err(
                    "the digest is that of an index, and the new one of a single platform"
                        .to_string(),
                );
            }
            None => {
                return Err(
                    "the new digest is that of a single platform; whether the old one is too, harden.lock does not say"
                        .to_string(),
                );
            }
        }
    }
    let tag = image.tag().unwrap_or("latest");
    Ok(Wish {
        text: format!("{}:{tag}@{}", image.name(), locked.digest),
        review: Some(format!(
            "`{tag}` names another image since {}.",
            locked.since
        )),
    })
}
