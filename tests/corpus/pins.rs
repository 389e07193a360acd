//! Every image of the corpus pinned by a lock, which is made by a registry that knows every image.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;

use harden::engine::{self, OpenKind, Plan};
use harden::fix::Safety;
use harden::model::images::image_uses;
use harden::model::{Fact, ImageFacts, Model, Pinning, lock};
use harden::profile::library;
use harden::{rules, syntax};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::server::{Reply, Request, Server};
use super::{HARDEN, common, lay_out, rewrite_and_judge, run};

const RULE: &str = "floating-tag";

fn digest(text: &str) -> String {
    let hash = Sha256::digest(text.as_bytes());
    let digits: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{digits}")
}

fn manifest(mark: &str) -> String {
    let configuration = json!({"digest": digest(&configuration(mark))});
    json!({"schemaVersion": 2, "config": configuration, "mark": mark}).to_string()
}

fn configuration(mark: &str) -> String {
    json!({"os": "linux", "architecture": mark.split('|').next(), "config": {"Labels": {"mark": mark}}}).to_string()
}

fn index(name: &str) -> String {
    let rows = ["amd64", "arm64"].map(|architecture| {
        let digest = digest(&manifest(&format!("{architecture}|{name}")));
        json!({"digest": digest, "platform": {"os": "linux", "architecture": architecture}})
    });
    json!({"schemaVersion": 2, "manifests": rows}).to_string()
}

/// A registry that has an index under every tag of every name, and documents of what it gave out before.
fn every_image() -> Server {
    let documents = std::sync::Mutex::new(BTreeMap::new());
    Server::start(move |request: &Request, _| {
        let path = request.path().trim_start_matches("/v2/").to_string();
        let mut documents = documents.lock().expect("documents");
        let Some((name, reference)) = path.rsplit_once('/') else {
            return Reply::body("{}");
        };
        if reference == "list" {
            return Reply::body("{\"tags\": []}");
        }
        if let Some(text) = documents.get(reference) {
            return Reply::body(String::clone(text));
        }
        if reference.starts_with("sha256:") {
            return Reply::status(404);
        }
        let name = format!("{name}:{reference}");
        for architecture in ["amd64", "arm64"] {
            let mark = format!("{architecture}|{name}");
            for text in [manifest(&mark), configuration(&mark)] {
                documents.insert(digest(&text), text);
            }
        }
        Reply::body(index(&name))
    })
}

/// The text before with the digest that `# syntax=` has got since, and nothing else of the text after.
///
/// The judge takes parser directives for comments, which must not change; this one is a reference, which is pinned.
pub fn with_pinned_syntax(before: &str, after: &str) -> String {
    let place = |text: &str| {
        let file = syntax::parse(text);
        let found = file.directives.iter().find(|one| one.name == "syntax");
        found.map(|one| (one.value_span, one.value.to_string()))
    };
    let (Some((span, old)), Some((_, new))) = (place(before), place(after)) else {
        return before.to_string();
    };
    let is_pin = new.split_once('@').is_some_and(|(name, _)| {
        let old = old.split('@').next().unwrap_or("");
        name == old || name.strip_suffix(":latest") == Some(old)
    });
    match is_pin {
        true => format!("{}{new}{}", &before[..span.start], &before[span.end..]),
        false => before.to_string(),
    }
}

#[test]
fn only_a_digest_of_the_syntax_is_taken_over() {
    let pinned = format!("# syntax=a/b:1@{}\n# new\nFROM x\n", digest("x"));
    let taken = with_pinned_syntax("# syntax=a/b:1\n# old\nFROM x\n", &pinned);
    assert_eq!(taken, pinned.replace("# new", "# old"));
    let other = "# syntax=a/c:1\nFROM x\n";
    assert_eq!(with_pinned_syntax(other, &pinned), other);
}

/// The registries that the files name.
fn hosts(files: &[(String, String)]) -> BTreeSet<String> {
    let mut hosts = BTreeSet::new();
    for (_, text) in files {
        let file = syntax::parse(text);
        let Ok(model) = Model::new(&file, library::facts(), None) else {
            continue;
        };
        for one in image_uses(&model) {
            if let Fact::Known(image, _) = one.image {
                let name = image.canonical_name();
                hosts.extend(name.split_once('/').map(|(host, _)| host.to_string()));
            }
        }
    }
    hosts
}

/// Of one file: references that are pinned, and those that are held with a reason; panics where one is neither.
fn count(
    name: &str,
    text: &str,
    facts: &ImageFacts,
    reasons: &mut BTreeMap<String, usize>,
) -> usize {
    let rule = rules::find(RULE).expect("a rule");
    let plan = Plan {
        profiles: Vec::new(),
        rules: vec![rule],
        minimum: Safety::Review,
        target: None,
        ..Plan::default()
    };
    let outcome = engine::harden(text, &plan, facts);
    assert_eq!(outcome.text, text, "{name} is not at rest");
    if !outcome.errors.is_empty() {
        return 0;
    }
    let file = syntax::parse(text);
    let model = Model::new(&file, facts, None).expect("no target");
    let mut pinned = 0;
    for one in image_uses(&model) {
        let open = outcome
            .open
            .iter()
            .find(|open| open.span.start == one.span.start);
        let mut allowed = outcome.allowed.iter();
        if allowed.any(|allowed| allowed.span.start == one.span.start) {
            *reasons
                .entry("allowed by a comment".to_string())
                .or_default() += 1;
            continue;
        }
        match (open.map(|open| &open.kind), &one.image) {
            (Some(OpenKind::Held(held)), _) => {
                let text = held.first().map_or("", |reason| reason.text.as_str());
                // Names are taken out, so that equal reasons count together.
                let general = text.split('`').step_by(2).collect::<Vec<_>>().join("…");
                let general = general.replace(|c: char| c.is_ascii_digit(), "");
                *reasons.entry(general).or_default() += 1;
            }
            (None, Fact::Known(image, _)) if image.digest().is_some() => pinned += 1,
            (kind, image) => panic!("{name}: {image:?} is neither pinned nor held: {kind:?}"),
        }
    }
    pinned
}

#[test]
#[cfg_attr(
    debug_assertions,
    ignore = "slow in debug mode; tests/run runs it optimized"
)]
fn every_reference_is_pinned_or_held_with_a_reason() {
    let test = "pins over the corpus";
    let Some(shared) = common::shared_or_skip(test) else {
        return;
    };
    let files = common::corpus(&shared);
    let server = every_image();
    let place = tempfile::tempdir().expect("a folder");
    lay_out(&files, &place.path().join("files"));
    let mut command = Command::new(HARDEN);
    command
        .args(["lock", "files", "--retries", "1"])
        .current_dir(place.path());
    command.env("DOCKER_CONFIG", place.path().join("none"));
    for host in hosts(&files) {
        let path = host.to_lowercase().replace(':', "-");
        command.args(["--mirror", &format!("{host}={}/{path}", server.host)]);
    }
    // References that no registry can have are errors; all others are in the lock.
    let done = run(&mut command);
    println!("{}", String::from_utf8_lossy(&done.stdout));
    let errors = String::from_utf8_lossy(&done.stderr).into_owned();
    println!(
        "{} references that no registry can have",
        errors.matches("cannot look up").count()
    );
    let path = place.path().join("harden.lock");
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{error}: {errors}"));
    let lock_path = path.display().to_string();
    let written = rewrite_and_judge(test, &["--pin", "digest", "--lock", &lock_path], &files);
    let facts = library::own_facts()
        .with_lock(lock::parse(&text).expect("a lock"))
        .with_pinning(Pinning::Digest);
    let mut reasons = BTreeMap::new();
    let pinned: usize = written
        .iter()
        .map(|(name, text)| count(name, text, &facts, &mut reasons))
        .sum();
    let held: usize = reasons.values().sum();
    println!("{pinned} references are pinned, {held} are held:");
    for (reason, count) in &reasons {
        println!("{count:5}  {reason}");
    }
    assert!(
        pinned > 8000 && held * 4 < pinned,
        "{pinned} pinned, {held} held"
    );
}
