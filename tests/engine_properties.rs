//! What holds of hardening any text: it comes to an end, a second run changes nothing, and what cannot be read is left alone.

mod common;
#[path = "common/mutate.rs"]
mod mutate;

use std::path::Path;
use std::time::{Duration, Instant};

use fastrand::Rng;
use harden::engine::{self, Plan};
use harden::fix::Safety;
use harden::profile::{Profile, RuleSwitch, library};
use harden::{rules, syntax};

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

fn plan(profile: &Profile) -> Plan<'_> {
    let is_on = |id: &str| profile.rules.get(id) == Some(&RuleSwitch::On);
    let rules = rules::ALL.iter().copied().filter(|rule| is_on(rule.id));
    Plan {
        profiles: vec![profile],
        rules: rules.collect(),
        minimum: Safety::Review,
        target: None,
    }
}

/// What is wrong with the outcome for this text.
fn problem(text: &str, profile: &Profile) -> Option<String> {
    let once = engine::harden(text, &plan(profile), library::facts());
    if let Some(error) = once.errors.first() {
        let is_ours = error.message.contains("internal error");
        return (is_ours || once.text != text).then(|| error.message.clone());
    }
    if let Some(error) = syntax::parse(&once.text).errors.first() {
        return Some(format!("the result is broken: {error:?}"));
    }
    let twice = engine::harden(&once.text, &plan(profile), library::facts());
    (twice.text != once.text).then(|| format!("once:\n{}\ntwice:\n{}", once.text, twice.text))
}

/// What a hostile file repeats: stages on stages, installs, starts, variables, paths that grow.
const REPEATED: &[&str] = &[
    "FROM @ AS #\nRUN apt-get update && apt-get install -y vim\n",
    "FROM @ AS #\nCMD a b\nENTRYPOINT c d\n",
    "FROM @ AS #\nUSER #\nRUN chmod 777 /a\nENV A# b\n",
    "FROM s\nRUN apt-get update && apt-get install -y vim\nENV A b\n",
    "RUN apt-get update && apt-get install -y p#\n",
    "RUN apt-get install -y vim\nENV A# b\n",
    "RUN apk add a | cat\nRUN pip install x | sh\n",
    "RUN chmod 777 /a && sudo b && useradd -u 200000 c | cat\n",
    "RUN apt-get update\n\nWORKDIR z\nADD x y\nENV A# b\nCMD echo\n",
    "ARG A#\nRUN a | b\n",
];

/// A file of about `bytes` bytes.
fn repeated(piece: &str, bytes: usize) -> String {
    let mut text = "FROM debian:12 AS s\nFROM s AS s0\n".to_string();
    for number in 1.. {
        if text.len() >= bytes {
            break;
        }
        let below = format!("s{}", number - 1);
        let own = if piece.contains('@') {
            format!("s{number}")
        } else {
            number.to_string()
        };
        text.push_str(&piece.replace('@', &below).replace('#', &own));
    }
    text
}

/// Four times the text may take little more than four times as long; were anything quadratic, it would take sixteen times.
#[test]
fn time_grows_with_the_text_alone() {
    let profile = library::resolve("baseline", &|name, _| Err(format!("no profile `{name}`")))
        .expect("a built-in profile");
    let plan = plan(&profile);
    let time = |text: &str| {
        let once = || {
            let before = Instant::now();
            engine::harden(text, &plan, library::facts());
            before.elapsed()
        };
        once().min(once())
    };
    for piece in REPEATED {
        let small = time(&repeated(piece, 30_000));
        let large = time(&repeated(piece, 120_000));
        println!("{small:?} {large:?} {piece:?}");
        assert!(
            large < small * 10 + Duration::from_millis(200),
            "{piece:?} repeated took {small:?}, and {large:?} for four times as much"
        );
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
