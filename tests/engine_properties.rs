//! What holds of hardening any text: it comes to an end, a second run changes nothing, and what cannot be read is left alone.

mod common;
#[path = "common/mutate.rs"]
mod mutate;

use std::path::Path;

use fastrand::Rng;
use harden::engine::{self, Plan};
use harden::profile::{Profile, library};
use harden::syntax;
use harden::text::EditSet;

/// The inputs of the cases, which meet every rule and verb.
fn seeds() -> Vec<String> {
    let mut open = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases")];
    let mut seeds = Vec::new();
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else if path.file_name().is_some_and(|name| name == "Dockerfile") {
                seeds.extend(std::fs::read_to_string(path));
            }
        }
    }
    seeds.sort();
    seeds
}

/// What is wrong with the outcome for this text.
fn problem(text: &str, profile: &Profile) -> Option<String> {
    let once = engine::harden(text, &Plan::of(vec![profile]), library::facts());
    if let Some(error) = once.errors.first() {
        let is_ours = error.message.contains("internal error");
        return (is_ours || once.text != text).then(|| error.message.clone());
    }
    if let Some(error) = syntax::parse(&once.text).errors.first() {
        return Some(format!("the result is broken: {error:?}"));
    }
    if let Some(problem) = unlike_the_text(text, &once) {
        return Some(problem);
    }
    let twice = engine::harden(&once.text, &Plan::of(vec![profile]), library::facts());
    (twice.text != once.text).then(|| format!("once:\n{}\ntwice:\n{}", once.text, twice.text))
}

/// The edits of all fixes give the new text, unless a fix builds on another.
fn unlike_the_text(text: &str, outcome: &engine::Outcome) -> Option<String> {
    if outcome.applied.iter().any(|one| one.edits.is_empty()) {
        return None;
    }
    let edits = outcome.applied.iter().flat_map(|one| one.edits.clone());
    match EditSet::new(edits) {
        Ok(edits) if edits.apply(text) == outcome.text => None,
        other => Some(format!("the edits are not the change: {other:?}")),
    }
}

#[test]
fn a_second_run_changes_nothing_whatever_the_text() {
    let seeds = seeds();
    assert!(seeds.len() > 100, "the inputs of the cases were not found");
    let profiles = ["baseline", "dotnet-ubi-sdk"].map(|name| {
        library::resolve(name, &|name, _| Err(format!("no profile `{name}`")))
            .expect("a built-in profile")
    });
    let mut random = Rng::with_seed(0x4841_5244);
    for number in 0..mutate::count(3_000) {
        let text = &seeds[random.usize(..seeds.len())];
        let other = &seeds[random.usize(..seeds.len())];
        let mutant = mutate::mutate(text, other, &mut random);
        for profile in &profiles {
            let found = std::panic::catch_unwind(|| problem(&mutant, profile));
            let is_good = matches!(found, Ok(None));
            assert!(
                is_good,
                "mutant {number} with {}: {found:?}\n{mutant}",
                profile.name
            );
        }
    }
}
