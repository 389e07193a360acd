//! The cases, with the golden files.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use harden::engine::{Open, OpenKind, Outcome};
use harden::profile::Profile;

use super::{profile, root, run};

struct Case {
    name: String,
    profile: String,
    source: String,
    others: Vec<(String, String)>,
}

fn folders(path: &Path) -> Vec<PathBuf> {
    let entries =
        std::fs::read_dir(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut folders: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry").path())
        .collect();
    folders.retain(|path| path.is_dir());
    folders.sort();
    folders
}

fn name(path: &Path) -> String {
    path.file_name()
        .expect("a name")
        .to_string_lossy()
        .into_owned()
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for of_profile in folders(&root().join("tests/pipelines")) {
        for folder in folders(&of_profile) {
            let read = |path: &Path| std::fs::read_to_string(path).expect("a text");
            let files = std::fs::read_dir(&folder)
                .expect("a folder")
                .map(|entry| entry.expect("an entry").path());
            let mut others: Vec<(String, String)> = files
                .filter(|path| name(path) != "in.yml")
                .map(|path| (name(&path), read(&path)))
                .collect();
            others.sort();
            cases.push(Case {
                name: name(&folder),
                profile: name(&of_profile),
                source: read(&folder.join("in.yml")),
                others,
            });
        }
    }
    cases
}

/// Where in its line a person finds what is only told.
fn column(open: &Open) -> String {
    match open.kind {
        OpenKind::Manual { .. } => format!(", column {}", open.position.column),
        _ => String::new(),
    }
}

/// What is told of a file, one line for each finding with its reasons below.
fn told(outcome: &Outcome) -> String {
    let mut text = String::new();
    for error in &outcome.errors {
        let line = error.position.map_or(0, |place| place.line);
        let _ = writeln!(text, "error, line {line}: {}", error.message);
    }
    for applied in &outcome.applied {
        let _ = writeln!(
            text,
            "{} {}, line {}: {}",
            applied.safety.as_str(),
            applied.rule,
            applied.position.line,
            applied.title
        );
    }
    for open in &outcome.open {
        let (kind, details) = match &open.kind {
            OpenKind::Held(reasons) => {
                let lines = reasons.iter().map(|reason| match reason.position {
                    Some(place) => format!("  line {}: {}\n", place.line, reason.text),
                    None => format!("  {}\n", reason.text),
                });
                ("held", lines.collect::<String>())
            }
            OpenKind::Manual { title, .. } => ("manual", format!("  {title}\n")),
            OpenKind::LeftOut { title, .. } => ("left out", format!("  {title}\n")),
        };
        let _ = writeln!(
            text,
            "{kind} {}, line {}{}: {}",
            open.rule,
            open.position.line,
            column(open),
            open.message
        );
        text.push_str(&details);
    }
    for allowed in &outcome.allowed {
        let reason = allowed.reason.as_deref().unwrap_or("");
        let _ = writeln!(
            text,
            "allowed {}, line {}: {reason}",
            allowed.rule, allowed.position.line
        );
    }
    text
}

fn golden(case: &Case, suffix: &str, text: &str) -> Option<String> {
    let path = root().join(format!(
        "snapshots/pipelines/{}/{}{suffix}",
        case.profile, case.name
    ));
    if std::env::var_os("HARDEN_UPDATE").is_some() {
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(&path, text).expect("it is written");
    }
    let known = std::fs::read_to_string(&path).unwrap_or_default();
    (known != text).then(|| format!("{}{suffix}:\n{text}", case.name))
}

/// The outcome is the same for the same file with other line ends, with a byte order mark, without the last line end.
fn twins(case: &Case, profile: &Profile, text: &str) -> Vec<String> {
    let crlf = |text: &str| text.replace('\n', "\r\n");
    let bom = |text: &str| format!("\u{feff}{text}");
    let open = |text: &str| text.trim_end_matches('\n').to_string();
    let mut wrong = Vec::new();
    for (what, change) in [
        ("CRLF", &crlf as &dyn Fn(&str) -> String),
        ("BOM", &bom),
        ("an open end", &open),
    ] {
        let outcome = run(profile, &change(&case.source), &case.others);
        if outcome.text != change(text) {
            wrong.push(format!("{} with {what}:\n{}", case.name, outcome.text));
        }
    }
    wrong
}

#[test]
fn golden_files() {
    let cases = cases();
    assert!(cases.len() >= 40, "only {} cases", cases.len());
    let mut wrong = Vec::new();
    for case in &cases {
        let profile = profile(&case.profile);
        let outcome = run(&profile, &case.source, &case.others);
        if case.profile == "github-workflows" {
            assert_eq!(outcome.text, case.source, "{}", case.name);
        } else {
            wrong.extend(golden(case, ".yml", &outcome.text));
        }
        wrong.extend(golden(case, ".txt", &told(&outcome)));
        let again = run(&profile, &outcome.text, &case.others);
        if again.text != outcome.text {
            wrong.push(format!("{}: a second run gives\n{}", case.name, again.text));
        }
        if outcome.errors.is_empty() {
            wrong.extend(twins(case, &profile, &outcome.text));
        }
        // This reader takes no `<<` twice in a mapping, which GitLab does.
        let is_read = super::corpus::values(&case.source).is_some();
        if is_read && super::corpus::values(&outcome.text).is_none() {
            wrong.push(format!("{}: no YAML comes of it", case.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The job of the recipe, as a company's practice writes it.
#[test]
fn the_job_of_the_recipe() {
    let path = root().join("snapshots/pipelines/gitlab-ci-kaniko/recipe.yml");
    let text = std::fs::read_to_string(path).expect("the golden file");
    let value: serde_yaml::Value = serde_yaml::from_str(&text).expect("YAML");
    let job = &value["build"];
    assert_eq!(job["image"]["name"], "gcr.io/kaniko-project/executor:debug");
    assert_eq!(job["image"]["entrypoint"][0], "");
    let script: Vec<&str> = job["script"]
        .as_sequence()
        .expect("a list")
        .iter()
        .filter_map(|one| one.as_str())
        .collect();
    assert_eq!(
        script.last().copied(),
        Some(
            "/kaniko/executor --context \"${CI_PROJECT_DIR}\" --dockerfile \"Dockerfile\" --destination \"${CI_REGISTRY_IMAGE}:${BUILD_TAG}\""
        )
    );
    assert!(
        script
            .iter()
            .any(|line| line.ends_with("> /kaniko/.docker/config.json")),
        "{script:?}"
    );
    assert!(job.get("services").is_none() && job.get("rules").is_some());
}
