//! Real pipelines, from the folder that `HARDEN_PIPELINES` names, and workflows, from that of `HARDEN_WORKFLOWS`.

use serde_yaml::Value;

use super::{profile, run};

const PROFILES: [&str; 3] = ["gitlab-ci", "gitlab-ci-buildkit", "gitlab-ci-kaniko"];

/// What another reader of YAML makes of a text.
pub fn values(text: &str) -> Option<Vec<Value>> {
    use serde::Deserialize as _;
    let documents = serde_yaml::Deserializer::from_str(text.trim_start_matches('\u{feff}'));
    documents.map(|one| Value::deserialize(one).ok()).collect()
}

/// Whether two values are the same but for logins that read their passwords.
fn is_same_but_logins(before: &Value, after: &Value) -> bool {
    match (before, after) {
        (Value::Mapping(before), Value::Mapping(after)) => {
            let has_same = |(key, value)| {
                let other = after.get(key);
                other.is_some_and(|other| is_same_but_logins(value, other))
            };
            before.len() == after.len() && before.iter().all(has_same)
        }
        (Value::Sequence(before), Value::Sequence(after)) => {
            let pairs = before.iter().zip(after);
            before.len() == after.len()
                && pairs
                    .into_iter()
                    .all(|(one, other)| is_same_but_logins(one, other))
        }
        (Value::String(before), Value::String(after)) if before != after => {
            before.contains("login") && after.contains(" --password-stdin")
        }
        _ => before == after,
    }
}

/// The jobs and other top-level entries that differ, as far as they are mappings.
fn changed_jobs(before: &Value, after: &Value) -> Vec<String> {
    let (Value::Mapping(before), Value::Mapping(after)) = (before, after) else {
        return if before == after {
            Vec::new()
        } else {
            vec!["the document".to_string()]
        };
    };
    let names = before.keys().chain(after.keys());
    let differs = names.filter(|name| match (before.get(*name), after.get(*name)) {
        (Some(before), Some(after)) => !is_same_but_logins(before, after),
        _ => true,
    });
    let mut names: Vec<String> = differs
        .map(|name| name.as_str().unwrap_or("?").to_string())
        .collect();
    names.sort();
    names.dedup();
    names
}

/// The texts in the folder that a variable of the environment names.
fn texts(variable: &str) -> Vec<(String, String)> {
    let Some(folder) = std::env::var_os(variable) else {
        println!("skipped: {variable} names no folder with files");
        return Vec::new();
    };
    let entries = std::fs::read_dir(folder).expect("the folder");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let text = |path: std::path::PathBuf| {
        let text = std::fs::read_to_string(&path).ok()?;
        Some((path.display().to_string(), text))
    };
    paths.filter_map(text).collect()
}

#[test]
fn real_workflows_stay_as_they_are() {
    let profile = profile("github-workflows");
    let (mut findings, mut unread) = (0, 0);
    let texts = texts("HARDEN_WORKFLOWS");
    for (path, source) in &texts {
        let outcome = run(&profile, source, &[]);
        assert!(outcome.text == *source && !outcome.is_changed(), "{path}");
        findings += outcome.open.len();
        unread += usize::from(!outcome.errors.is_empty());
        if values(source).is_none() {
            assert!(!outcome.errors.is_empty(), "{path} is no YAML");
        }
    }
    let files = texts.len();
    println!("{files} workflows, {findings} findings, {unread} not read");
}

#[test]
fn real_pipelines_keep_what_is_not_meant() {
    let (mut files, mut changed, mut wrong) = (0, 0, Vec::new());
    let profiles = PROFILES.map(profile);
    for (path, source) in texts("HARDEN_PIPELINES") {
        files += 1;
        for profile in &profiles {
            let outcome = run(profile, &source, &[]);
            let name = format!("{path} ({})", profile.name);
            if outcome.applied.is_empty() {
                if outcome.text != source {
                    wrong.push(format!("{name}: changed without a fix"));
                }
                continue;
            }
            changed += 1;
            if run(profile, &outcome.text, &[]).text != outcome.text {
                wrong.push(format!("{name}: a second run changes it again"));
            }
            // What GitLab takes and this reader does not is no fault of a change: `<<` twice in a mapping.
            let Some(before) = values(&source) else {
                continue;
            };
            let Some(after) = values(&outcome.text) else {
                wrong.push(format!("{name}: no YAML for another reader"));
                continue;
            };
            let jobs: Vec<String> = before
                .iter()
                .zip(&after)
                .flat_map(|(before, after)| changed_jobs(before, after))
                .collect();
            let is_meant = |job: &String| {
                let quoted = format!("`{job}`");
                outcome
                    .applied
                    .iter()
                    .any(|one| one.message.contains(&quoted))
                    || [
                        "container_scanning",
                        "container_scanning_gate",
                        "include",
                        "stages",
                    ]
                    .contains(&job.as_str())
            };
            if before.len() != after.len() || !jobs.iter().all(is_meant) {
                wrong.push(format!("{name}: changes {jobs:?}"));
            }
        }
    }
    println!("{files} files, {changed} changes");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
