//! Dockerfiles with a trap in each, and what harden must make of them.
//!
//! `HARDEN_UPDATE=1` rewrites the goldens in `snapshots/`; what a case wants (`# expect:` and `case.yaml`) holds of the
//! new ones too.

#[path = "common/case.rs"]
mod case;
mod common;
#[path = "common/expectations.rs"]
mod expectations;
#[path = "common/standing.rs"]
mod standing;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use case::{Case, Setup, Wanted};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn own_cases() -> Vec<Case> {
    let cases = case::cases(&root().join("tests/cases"));
    assert!(cases.len() > 80, "only {} cases", cases.len());
    cases
}

fn is_update() -> bool {
    let is_update = std::env::var_os("HARDEN_UPDATE").is_some();
    assert!(
        !is_update || std::env::var_os("CI").is_none(),
        "goldens are not rewritten by a pipeline"
    );
    is_update
}

/// Compares a golden with what came out; no golden stands for no text.
fn golden(path: &Path, text: Option<&str>) -> Option<String> {
    let old = std::fs::read_to_string(path).ok();
    if old.as_deref() == text {
        return None;
    }
    if !is_update() {
        let name = path.strip_prefix(root()).unwrap_or(path).display();
        let new = text.unwrap_or("nothing");
        let old = old.unwrap_or("nothing".to_string());
        return Some(format!("{name} has:\n{old}\nbut the result is:\n{new}"));
    }
    match text {
        Some(text) => {
            std::fs::create_dir_all(path.parent().expect("a folder"))
                .expect("a folder for goldens");
            std::fs::write(path, text).expect("a golden");
        }
        None => std::fs::remove_file(path).expect("no golden"),
    }
    None
}

fn goldens(stem: &Path, case: &Case, outcome: &harden::engine::Outcome) -> Vec<String> {
    let with = |ending: &str| stem.with_file_name(format!("{}.{ending}", case::name(stem)));
    let changed = (outcome.text != case.source).then_some(outcome.text.as_str());
    let held = case::held(outcome);
    let held = (!held.is_empty()).then_some(held.as_str());
    let both = [
        golden(&with("Dockerfile"), changed),
        golden(&with("held"), held),
    ];
    both.into_iter().flatten().collect()
}

fn report(failures: BTreeMap<String, Vec<String>>, all: usize) {
    let list: Vec<String> = failures
        .iter()
        .map(|(case, problems)| format!("==== {case}\n{}", problems.join("\n")))
        .collect();
    println!("{all} cases, {} fail", list.len());
    let names: Vec<&str> = failures.keys().map(String::as_str).collect();
    assert!(
        list.is_empty(),
        "\n{}\n\nfailed: {}",
        list.join("\n\n"),
        names.join(", ")
    );
}

/// Collects the failures of all cases, so that one does not hide another.
fn check_all(cases: &[Case], check: impl Fn(&Case) -> Vec<String>) {
    let mut failures = BTreeMap::new();
    for case in cases {
        let problems = check(case);
        if !problems.is_empty() {
            failures.insert(case.label(), problems);
        }
    }
    report(failures, cases.len());
}

#[test]
fn results_are_what_the_cases_want() {
    check_all(&own_cases(), |case| {
        let setup = Setup::of_folder(&case.folder);
        expectations::unmet(case, &setup.run(&case.source, &case.wanted))
    });
}

#[test]
fn every_result_is_sound() {
    check_all(&own_cases(), |case| {
        let setup = Setup::of_folder(&case.folder);
        let outcome = setup.run(&case.source, &case.wanted);
        standing::broken(&setup, &case.wanted, &case.source, &outcome)
    });
}

#[test]
fn results_equal_their_goldens() {
    check_all(&own_cases(), |case| {
        let outcome = Setup::of_folder(&case.folder).run(&case.source, &case.wanted);
        goldens(
            &root()
                .join("snapshots/cases")
                .join(&case.folder)
                .join(&case.name),
            case,
            &outcome,
        )
    });
}

/// The small nasty files that are kept beside the project, with each profile and its rules.
fn shared_cases() -> Option<Vec<Case>> {
    let shared = common::shared_or_skip("the shared cases")?;
    let mut cases = Vec::new();
    for profile in ["baseline", "dotnet-ubi"] {
        for folder in case::folders(&shared.join("cases")) {
            let path = folder.join("Dockerfile");
            cases.push(Case {
                folder: profile.to_string(),
                name: case::name(&folder),
                source: case::read(&path),
                wanted: Wanted::default(),
                path,
            });
        }
    }
    Some(cases)
}

#[test]
fn shared_cases_are_sound_and_equal_their_goldens() {
    let Some(cases) = shared_cases() else { return };
    check_all(&cases, |case| {
        let setup = Setup::of_profile(&case.folder);
        let outcome = setup.run(&case.source, &case.wanted);
        let stem = root()
            .join("snapshots/shared")
            .join(&case.folder)
            .join(&case.name);
        let mut problems = standing::broken(&setup, &case.wanted, &case.source, &outcome);
        problems.extend(goldens(&stem, case, &outcome));
        problems
    });
}

#[test]
fn every_golden_has_a_case() {
    let mut known: BTreeSet<String> = own_cases()
        .iter()
        .map(|case| format!("cases/{}", case.label()))
        .collect();
    match shared_cases() {
        Some(cases) => known.extend(cases.iter().map(|case| format!("shared/{}", case.label()))),
        None => return,
    }
    for kind in ["cases", "shared"] {
        for folder in case::folders(&root().join("snapshots").join(kind)) {
            for golden in std::fs::read_dir(&folder).expect("goldens") {
                let path = golden.expect("a golden").path();
                let stem = path.file_stem().expect("a name").to_string_lossy();
                let name = format!("{kind}/{}/{stem}", case::name(&folder));
                assert!(
                    known.contains(&name),
                    "{} is the golden of no case",
                    path.display()
                );
            }
        }
    }
}

#[test]
fn every_case_tells_its_trap() {
    for case in own_cases() {
        let _ = case.expect();
        assert!(
            case.source.contains("# trap: "),
            "{} does not tell its trap",
            case.path.display()
        );
    }
}
