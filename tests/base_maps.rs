//! What each profile that swaps base images makes of thousands of real Dockerfiles, as a table.
//!
//! Slow in debug mode: `cargo test --profile quick --test base_maps -- --nocapture` prints it, with the reasons of what is held.

mod common;

use std::collections::BTreeMap;

use harden::engine::{self, OpenKind, Plan};
use harden::model::ImageFacts;
use harden::profile::library::{self, BUILT_IN};
use harden::profile::{Profile, RuleSwitch};
use harden::syntax::image::ImageReference;

/// Where support is counted to.
const TODAY: &str = "2026-11-24";

/// The profiles with rows of their own.
fn base_maps() -> Vec<Profile> {
    let load = |name: &str, _: Option<&str>| Err(format!("no profile `{name}`"));
    let all = BUILT_IN
        .iter()
        .map(|(name, _)| library::resolve(name, &load));
    let all = all.map(|profile| profile.unwrap_or_else(|error| panic!("{error}")));
    all.filter(|profile| !profile.bases.is_empty()).collect()
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Became {
    /// The profile has no row for the image of the shipped stage.
    NotMine,
    Swapped,
    Held(String),
    Untouched,
}

fn became(profile: &Profile, facts: &ImageFacts, text: &str) -> Became {
    let plan = Plan {
        profiles: vec![profile],
        ..Plan::default()
    };
    let outcome = engine::harden(text, &plan, facts);
    let swaps = |what: &str| what.starts_with("build on `");
    let mut steps = outcome.applied.iter().flat_map(|one| &one.steps);
    if steps.any(|step| swaps(&step.what)) {
        return Became::Swapped;
    }
    let reasons = outcome.open.iter().filter_map(|open| match &open.kind {
        OpenKind::Held(reasons) if open.rule == profile.name => reasons.first(),
        _ => None,
    });
    let first = reasons.map(|reason| &reason.text).next();
    match first {
        Some(text) if text.starts_with("the profile says nothing") => Became::NotMine,
        // Names are taken out, so that equal reasons count together.
        Some(text) => Became::Held(text.split('`').step_by(2).collect::<Vec<_>>().join("…")),
        None => Became::Untouched,
    }
}

#[test]
#[cfg_attr(
    debug_assertions,
    ignore = "slow in debug mode; tests/run runs it optimized"
)]
fn what_becomes_of_base_images() {
    let Some(shared) = common::shared_or_skip("the table of base maps") else {
        return;
    };
    let files = common::corpus(&shared);
    let facts = library::own_facts().with_today(TODAY.to_string());
    println!(
        "{:24} {:>7} {:>7} {:>7} {:>9}",
        "profile", "matched", "swapped", "held", "untouched"
    );
    for profile in base_maps() {
        let mut counts: BTreeMap<Became, usize> = BTreeMap::new();
        for (_, text) in &files {
            *counts.entry(became(&profile, &facts, text)).or_default() += 1;
        }
        let of = |one: &Became| counts.get(one).copied().unwrap_or(0);
        let (swapped, untouched) = (of(&Became::Swapped), of(&Became::Untouched));
        let mut held: Vec<(usize, &str)> = counts
            .iter()
            .filter_map(|(one, count)| match one {
                Became::Held(reason) => Some((*count, reason.as_str())),
                _ => None,
            })
            .collect();
        held.sort_by(|one, other| other.cmp(one));
        let all_held: usize = held.iter().map(|(count, _)| count).sum();
        let matched = files.len() - of(&Became::NotMine);
        println!(
            "{:24} {matched:7} {swapped:7} {all_held:7} {untouched:9}",
            profile.name
        );
        for (count, reason) in held {
            println!("{count:32}  {reason}");
        }
        assert_eq!(matched, swapped + all_held + untouched, "{}", profile.name);
    }
}

#[test]
fn every_target_is_known_and_its_page_is_named() {
    let facts = library::facts();
    for profile in base_maps() {
        assert!(
            profile
                .rules
                .values()
                .any(|switch| *switch == RuleSwitch::On)
                || profile.extends.is_none()
        );
        for row in &profile.bases {
            let is_named = row
                .source
                .as_ref()
                .is_some_and(|page| page.starts_with("https://"));
            assert!(is_named, "{}: {}: no source", profile.name, row.image);
            for target in row.tags.values() {
                let value = |hole: &str| match (hole, row.choices.get(hole)) {
                    ("image", _) => Some(row.image.as_str()),
                    (_, Some(words)) => words.first().map(String::as_str),
                    _ => Some("1"),
                };
                let image: ImageReference = target.filled(value).expect("a reference");
                assert!(
                    facts.of(&image).is_some(),
                    "{}: nothing is known of `{}`",
                    profile.name,
                    image.as_str()
                );
            }
        }
    }
}
