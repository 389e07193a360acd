//! Dockerfiles with a trap in each, and what harden must make of them.
//!
//! `HARDEN_UPDATE=1` rewrites the goldens in `snapshots/`; what a case wants (`# expect:` and `case.yaml`) holds of the
//! new ones too.

#[path = "common/case.rs"]
mod case;
mod common;
#[path = "common/expectations.rs"]
mod expectations;
#[path = "common/program.rs"]
mod program;
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
        if is_update() && !expectations::unmet(case, &outcome).is_empty() {
            return vec!["its golden stays: the result is not what it wants".to_string()];
        }
        let folder = root().join("snapshots/cases").join(&case.folder);
        goldens(&folder.join(&case.name), case, &outcome)
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
        if problems.is_empty() || !is_update() {
            problems.extend(goldens(&stem, case, &outcome));
        }
        problems
    });
}

/// The cases that one call of the program can do: those with the same arguments.
fn by_arguments(cases: Vec<Case>) -> BTreeMap<Vec<String>, Vec<Case>> {
    let mut groups: BTreeMap<Vec<String>, Vec<Case>> = BTreeMap::new();
    for case in cases {
        let arguments = Setup::of_folder(&case.folder).arguments(&case.wanted);
        groups.entry(arguments).or_default().push(case);
    }
    groups
}

fn folder_of(cases: &[Case]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for case in cases {
        let path = folder.path().join(&case.name);
        std::fs::create_dir(&path).expect("a folder");
        std::fs::write(path.join("Dockerfile"), &case.source).expect("a file");
        for (name, text) in &case.wanted.context {
            let file = path.join(name);
            std::fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
            std::fs::write(file, text).expect("a file");
        }
    }
    folder
}

#[test]
fn the_patch_and_the_written_files_are_the_result() {
    if program::harden(&root(), &["--version".to_string()])
        .stdout
        .is_empty()
    {
        eprintln!("skipped: patches: the program does nothing yet");
        return;
    }
    for (arguments, cases) in by_arguments(own_cases()) {
        let with = |mode: &str| {
            let more = [mode.to_string(), ".".to_string()];
            arguments.iter().cloned().chain(more).collect::<Vec<_>>()
        };
        let (patched, written) = (folder_of(&cases), folder_of(&cases));
        let patch = program::harden(patched.path(), &with("--diff")).stdout;
        if !patch.is_empty() {
            let applied = program::apply(patched.path(), &patch);
            assert_eq!(
                applied,
                Ok(()),
                "{arguments:?}:\n{}",
                String::from_utf8_lossy(&patch)
            );
        }
        program::harden(written.path(), &with("--write"));
        for case in &cases {
            let outcome = Setup::of_folder(&case.folder).run(&case.source, &case.wanted);
            for (how, folder) in [("patched", &patched), ("written", &written)] {
                let text = case::read(&folder.path().join(&case.name).join("Dockerfile"));
                assert_eq!(text, outcome.text, "{}, {how}", case.label());
            }
        }
    }
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
