//! What becomes of the user in thousands of real Dockerfiles, for each kind of image, and which of their base images are known.
//!
//! Slow in debug mode: `cargo test --profile quick --test outcomes -- --nocapture` prints the table.

mod common;

use std::collections::{BTreeMap, BTreeSet};

use harden::engine::{self, OpenKind, Outcome, Plan};
use harden::model::images::{Place, image_uses};
use harden::model::{Fact, Model};
use harden::profile::{Profile, library};
use harden::syntax::{self, image::ImageReference};

/// How the reasons begin or end of which the image is no application: others are built on it, or a person works in it.
const NO_APPLICATION: [&str; 3] = [
    "waits for a person, so this is a base",
    "there is no CMD or ENTRYPOINT",
    "ONBUILD makes this a base",
];

/// Of a base image that is not known, so that nothing can be said.
const UNKNOWN_BASE: [&str; 5] = [
    "nothing is known of image",
    "the user of image",
    "has no default",
    "is no image reference",
    "is the platform that is built for",
];

/// Of servers that start as root and give it up by themselves, or manage other processes, and so must not lose it.
const MUST_BE_ROOT: [&str; 9] = [
    "is made to start as root",
    "gives up root by itself",
    "gives up root with",
    "may switch users as root",
    "keeps data in folders that the file does not show",
    "starts cron",
    "the Docker daemon manages",
    "port 22 needs root",
    "port 25 needs root",
];

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Became {
    Unreadable,
    Windows,
    NoApplication,
    UnknownBase,
    AlreadyNumeric,
    MadeNumeric,
    MustBeRoot,
    Held(String),
}

impl Became {
    fn column(&self) -> usize {
        match self {
            Self::AlreadyNumeric => 0,
            Self::MadeNumeric => 1,
            Self::Held(_) => 2,
            Self::MustBeRoot => 3,
            Self::NoApplication => 4,
            Self::UnknownBase => 5,
            Self::Windows => 6,
            Self::Unreadable => 7,
        }
    }
}

const COLUMNS: [&str; 8] = [
    "already", "made", "held", "server", "base", "unknown", "windows", "error",
];

/// Whether the shipped stage is a Windows one, and the user at its end, if that is known.
fn end(text: &str) -> (bool, Option<String>) {
    let file = syntax::parse(text);
    let Ok(model) = Model::new(&file, library::facts(), None) else {
        return (false, None);
    };
    let state = model.shipped().and_then(|stage| model.end_state(stage));
    let user = state.and_then(|state| match &state.user {
        Fact::Known(user, _) => Some(user.clone()),
        Fact::Unknown(_) => None,
    });
    (state.is_some_and(|state| state.is_windows()), user)
}

fn is_numeric(user: Option<&str>) -> bool {
    let uid = user.and_then(|user| user.split(':').next()?.parse::<u32>().ok());
    uid.is_some_and(|uid| uid > 0)
}

fn became(text: &str, outcome: &Outcome) -> Became {
    if !outcome.errors.is_empty() {
        return Became::Unreadable;
    }
    let (is_windows, user) = end(&outcome.text);
    if is_windows {
        return Became::Windows;
    }
    if is_numeric(user.as_deref()) {
        return match is_numeric(end(text).1.as_deref()) {
            true => Became::AlreadyNumeric,
            false => Became::MadeNumeric,
        };
    }
    let held = outcome.open.iter().find_map(|open| match &open.kind {
        OpenKind::Held(reasons) if open.rule == "non-root" => Some(reasons),
        _ => None,
    });
    let reasons: Vec<&str> = held
        .into_iter()
        .flatten()
        .map(|reason| reason.text.as_str())
        .collect();
    let says = |phrases: &[&str]| {
        reasons
            .iter()
            .any(|reason| phrases.iter().any(|phrase| reason.contains(phrase)))
    };
    match reasons.first() {
        _ if says(&NO_APPLICATION) => Became::NoApplication,
        _ if says(&UNKNOWN_BASE) => Became::UnknownBase,
        _ if says(&MUST_BE_ROOT) => Became::MustBeRoot,
        // What is in backticks is taken out, so that equal reasons count together.
        Some(first) => Became::Held(first.split('`').step_by(2).collect::<Vec<_>>().join("…")),
        None => Became::Held(format!("no reason, the user is {user:?}")),
    }
}

#[test]
#[cfg_attr(
    debug_assertions,
    ignore = "slow in debug mode; tests/run runs it optimized"
)]
fn applications_end_as_a_numeric_user_or_say_why_not() {
    let Some(shared) = common::shared_or_skip("outcomes of non-root over the corpus") else {
        return;
    };
    let profile: Profile =
        library::resolve("non-root", &|name, _| Err(format!("no profile `{name}`")))
            .expect("built in");
    let plan = Plan::of(vec![&profile]);
    let index = std::fs::read_to_string(shared.join("corpus/index.tsv")).expect("index");
    let ecosystems: BTreeMap<&str, &str> = index
        .lines()
        .skip(1)
        .filter_map(|row| {
            let cells: Vec<&str> = row.split('\t').collect();
            Some((*cells.first()?, cells.get(10)?.split(',').next()?))
        })
        .collect();
    let mut table: BTreeMap<&str, [usize; 8]> = BTreeMap::new();
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    for (name, text) in common::corpus(&shared) {
        let became = became(&text, &engine::harden(&text, &plan, library::facts()));
        table.entry(ecosystems[name.as_str()]).or_default()[became.column()] += 1;
        if let Became::Held(reason) = became {
            *reasons.entry(reason).or_default() += 1;
        }
    }
    let total = |column: usize| table.values().map(|row| row[column]).sum::<usize>();
    println!(
        "{:28} {}",
        "",
        COLUMNS.map(|column| format!("{column:>8}")).concat()
    );
    for (ecosystem, row) in &table {
        println!(
            "{ecosystem:28} {}",
            row.map(|count| format!("{count:>8}")).concat()
        );
    }
    println!(
        "{:28} {}",
        "all",
        std::array::from_fn::<_, 8, _>(|column| format!("{:>8}", total(column))).concat()
    );
    for (reason, count) in &reasons {
        println!("{count:5}  {reason}");
    }
    let (numeric, held, servers) = (total(0) + total(1), total(2), total(3));
    let share = |of: usize| 100.0 * numeric as f64 / of as f64;
    println!(
        "{numeric} of {} applications on known bases end as a numeric user: {:.1} %",
        numeric + held,
        share(numeric + held)
    );
    println!(
        "with the {servers} servers that must start as root: {:.1} %",
        share(numeric + held + servers)
    );
    assert!(numeric + held > 2_000);
    assert!(share(numeric + held) >= 85.0);
    assert!(
        reasons
            .keys()
            .all(|reason| !reason.starts_with("no reason"))
    );
}

/// How many of the base images that most files name are to be known.
const MOST_USED: usize = 150;

/// Names of which nothing can be known, and why.
const NOT_TO_BE_KNOWN: [(&str, &str); 14] = [
    (
        "cgr.dev/ORG/chainguard-base",
        "a placeholder: ORG stands for an organization",
    ),
    (
        "docker.io/bellsoft/liberica-runtime-container",
        "no public Dockerfile",
    ),
    (
        "docker.io/brimstone/ubuntu",
        "made by a script, and its Dockerfile starts from itself",
    ),
    (
        "docker.io/library/%s",
        "a placeholder of templates that a program fills",
    ),
    (
        "docker.io/library/BASEIMAGE",
        "a placeholder of templates that a program fills",
    ),
    ("docker.io/library/bar1", "a placeholder of tests"),
    (
        "docker.io/library/base",
        "no image: a stage that those files do not have, or a placeholder",
    ),
    (
        "docker.io/library/bats-jenkins",
        "built just before by the tests of Jenkins",
    ),
    (
        "docker.io/library/bench-base",
        "no image: a stage that those files do not have",
    ),
    ("docker.io/library/foo", "a placeholder of tests"),
    (
        "docker.io/library/nanoserver",
        "a name that Docker Hub does not have",
    ),
    ("docker.io/tonistiigi/registry", "no public Dockerfile"),
    (
        "docker.io/vulhub/java",
        "no public Dockerfile of the tags in use",
    ),
    (
        "psdockercache.azurecr.io/ubuntu",
        "a private cache of another registry",
    ),
];

#[test]
#[cfg_attr(
    debug_assertions,
    ignore = "slow in debug mode; tests/run runs it optimized"
)]
fn the_most_used_base_images_are_known() {
    let Some(shared) = common::shared_or_skip("base images of the corpus that are known") else {
        return;
    };
    let is_known = |name: &str| {
        let image = ImageReference::parse(name).expect("a reference");
        library::facts().of(&image).is_some()
    };
    // The number of files that build on an image, by its name.
    let mut bases: BTreeMap<String, usize> = BTreeMap::new();
    for (_, text) in common::corpus(&shared) {
        let file = syntax::parse(&text);
        let Ok(model) = Model::new(&file, library::facts(), None) else {
            continue;
        };
        let uses = image_uses(&model).into_iter();
        let of_file: BTreeSet<String> = uses
            .filter(|one| matches!(one.place, Place::From(_)))
            .filter_map(|one| one.image.known().map(ImageReference::canonical_name))
            .collect();
        for name in of_file {
            *bases.entry(name).or_default() += 1;
        }
    }
    let mut ranked: Vec<_> = bases.into_iter().collect();
    ranked.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    ranked.truncate(MOST_USED);
    assert_eq!(ranked.len(), MOST_USED);
    let unknown: Vec<_> = ranked.iter().filter(|(name, _)| !is_known(name)).collect();
    println!(
        "{} of the {MOST_USED} most used base images are known",
        MOST_USED - unknown.len()
    );
    let mut missing = Vec::new();
    for (name, count) in unknown {
        match NOT_TO_BE_KNOWN.iter().find(|(listed, _)| listed == name) {
            Some((_, why)) => println!("{count:5}  {name}: {why}"),
            None => missing.push(format!("{name} ({count} files)")),
        }
    }
    assert_eq!(missing, Vec::<String>::new(), "nothing is known of these");
    let needless: Vec<_> = NOT_TO_BE_KNOWN
        .iter()
        .filter(|(name, _)| is_known(name))
        .collect();
    assert!(needless.is_empty(), "known by now: {needless:?}");
}
