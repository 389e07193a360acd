//! Every rule has a page, and every block of a page is true.
//!
//! A block is a whole Dockerfile, or in YAML a pipeline or, with `jobs`, a workflow, run with the rule of its page alone. ```` ```dockerfile before ```` is followed by
//! ```` ```dockerfile after ````; `unchanged` says nothing of the file, `held` names what keeps harden from changing it,
//! and `reported` leaves the change to a person.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use harden::engine::{self, OpenKind, Outcome, Plan};
use harden::fix::Safety;
use harden::model::{ImageFacts, Pinning, lock};
use harden::profile::library;
use harden::rule::{Check, Rule};
use harden::rules;

const SAYS_REPORT_ONLY: &str = "Report only:";

/// How other tools name a rule, by what the page calls them.
const TOOLS: &[(&str, &str)] = &[
    ("buildkit", "BuildKit"),
    ("checkov", "Checkov"),
    ("cis", "CIS Docker Benchmark"),
    ("hadolint", "hadolint"),
    ("kics", "KICS"),
    ("trivy", "Trivy"),
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/rules")
}

struct Block {
    kind: String,
    /// Of the page, from 1.
    line: usize,
    text: String,
    is_yaml: bool,
}

fn blocks(page: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for (number, line) in page.lines().enumerate() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(kind)) => {
                // What is said of a pipeline is checked as what is said of a Dockerfile.
                let what = kind.strip_prefix("yaml ").filter(|what| *what != "lock");
                open = Some(Block {
                    kind: what.map_or(kind.to_string(), |what| format!("dockerfile {what}")),
                    is_yaml: what.is_some(),
                    line: number + 1,
                    text: String::new(),
                });
            }
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some(block), None) => block.text.push_str(&format!("{line}\n")),
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a block is not closed");
    blocks
}

/// A page with a block `yaml lock` is about pins: its blocks are run with that lock and `--pin digest`.
fn facts(page: &str) -> ImageFacts {
    let facts = library::own_facts().with_today("2026-11-24".to_string());
    match blocks(page).iter().find(|block| block.kind == "yaml lock") {
        Some(block) => {
            let lock = lock::parse(&block.text).unwrap_or_else(|error| panic!("{error:?}"));
            facts.with_lock(lock).with_pinning(Pinning::Digest)
        }
        None => facts,
    }
}

fn run(rule: &'static Rule, block: &Block) -> Outcome {
    let no_files = |name: &str, _: Option<&str>| Err(format!("no `{name}`"));
    let pipelines = library::resolve("gitlab-ci", &no_files).expect("a profile");
    let is_workflow = block.text.lines().any(|line| line == "jobs:");
    let source = &block.text;
    let plan = Plan {
        profiles: Vec::from_iter(block.is_yaml.then_some(&pipelines)),
        rules: vec![rule],
        minimum: Safety::Review,
        target: None,
        ..Plan::default()
    };
    match block.is_yaml {
        true if is_workflow => engine::harden_workflow(source, &plan),
        true => {
            let neighbours = engine::Neighbours {
                has_root: true,
                ..engine::Neighbours::default()
            };
            engine::harden_pipeline(source, &plan, &neighbours)
        }
        false => engine::harden(source, &plan, &facts(rule.page)),
    }
}

/// What is wrong with the outcome of a block, which is followed by `next`.
fn problem(rule: &'static Rule, block: &Block, next: Option<&Block>) -> Option<String> {
    if block.kind == "yaml lock" {
        return None;
    }
    let outcome = run(rule, block);
    let wrong = |what: &str| Some(format!("{what}: {outcome:#?}"));
    let is_held = |kind: &OpenKind| matches!(kind, OpenKind::Held(_));
    let is_manual = |kind: &OpenKind| matches!(kind, OpenKind::Manual { .. });
    if !outcome.errors.is_empty() {
        return wrong("an error");
    }
    if block.kind != "dockerfile before" && outcome.text != block.text {
        return wrong("it is changed");
    }
    match block.kind.as_str() {
        "dockerfile before" => {
            let Some(after) = next.filter(|next| next.kind == "dockerfile after") else {
                return wrong("no `after` follows");
            };
            if outcome.text != after.text {
                return Some(format!("it becomes\n{}", outcome.text));
            }
            let again = run(rule, after);
            (again.text != outcome.text).then(|| format!("a second run gives\n{}", again.text))
        }
        "dockerfile after" if !outcome.applied.is_empty() => wrong("something is left to do"),
        "dockerfile unchanged" if !outcome.open.is_empty() => wrong("it is not silent"),
        "dockerfile held" if !outcome.open.iter().any(|one| is_held(&one.kind)) => {
            wrong("it is not held")
        }
        "dockerfile reported" if !outcome.open.iter().any(|one| is_manual(&one.kind)) => {
            wrong("it is not reported")
        }
        "dockerfile after" | "dockerfile unchanged" | "dockerfile held" | "dockerfile reported" => {
            None
        }
        other => Some(format!("no block is of the kind `{other}`")),
    }
}

fn assert_none(problems: Vec<String>) {
    assert!(problems.is_empty(), "\n{}", problems.join("\n\n"));
}

#[test]
fn every_block_of_a_page_is_true() {
    let mut problems = Vec::new();
    for rule in rules::ALL {
        let blocks = blocks(rule.page);
        for (number, block) in blocks.iter().enumerate() {
            let found = problem(rule, block, blocks.get(number + 1));
            problems.extend(found.map(|what| format!("{}.md:{}: {what}", rule.id, block.line)));
        }
    }
    assert_none(problems);
}

#[test]
fn every_page_shows_what_the_rule_does() {
    let mut problems = Vec::new();
    for rule in rules::ALL {
        let blocks = blocks(rule.page);
        let has = |kind: &str| blocks.iter().any(|block| block.kind == kind);
        let says_report_only = rule.page.contains(SAYS_REPORT_ONLY);
        if says_report_only == has("dockerfile before") {
            problems.push(format!(
                "{}: a page has a `before` block or says `{SAYS_REPORT_ONLY}`",
                rule.id
            ));
        }
        if says_report_only && !has("dockerfile reported") {
            problems.push(format!("{}: no `reported` block", rule.id));
        }
        if !has("dockerfile unchanged") {
            problems.push(format!("{}: no `unchanged` block", rule.id));
        }
        for heading in [
            &format!("# {}", rule.id),
            "## When it says nothing",
            "## Safety",
        ] {
            if !rule.page.lines().any(|line| line == heading) {
                problems.push(format!("{}: no heading `{heading}`", rule.id));
            }
        }
    }
    assert_none(problems);
}

#[test]
fn the_aliases_of_a_rule_are_those_of_its_page() {
    for rule in rules::ALL {
        let in_code: BTreeSet<String> = rule
            .aliases
            .iter()
            .map(|alias| {
                let (tool, id) = alias.split_once(':').expect("tool:ID");
                let (_, name) = TOOLS
                    .iter()
                    .find(|(one, _)| *one == tool)
                    .unwrap_or_else(|| panic!("{}: no tool `{tool}`", rule.id));
                format!("| {name} | {id} |")
            })
            .collect();
        let on_page: BTreeSet<String> = rule
            .page
            .lines()
            .filter(|line| line.starts_with("| ") && !line.starts_with("| tool |"))
            .map(String::from)
            .collect();
        assert_eq!(in_code, on_page, "{}", rule.id);
    }
}

#[test]
fn ids_and_summaries_are_well_formed() {
    for rule in rules::ALL {
        let is_kebab = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        assert!(
            rule.id.chars().all(is_kebab) && rule.id.contains('-'),
            "{}",
            rule.id
        );
        let summary = rule.summary;
        assert!(!summary.is_empty() && summary.len() < 80, "{}", rule.id);
        assert!(
            !summary.contains('\n') && !summary.ends_with('.'),
            "{}",
            rule.id
        );
        assert_eq!(summary.trim(), summary, "{}", rule.id);
    }
}

#[test]
fn the_registry_is_sorted_and_complete() {
    let ids: Vec<&str> = rules::ALL.iter().map(|rule| rule.id).collect();
    assert!(
        ids.windows(2).all(|pair| pair[0] < pair[1]),
        "not in alphabetical order: {ids:?}"
    );
    let of_kind = |kind: &str| -> BTreeSet<String> {
        std::fs::read_dir(folder())
            .expect("src/rules")
            .map(|entry| entry.expect("an entry").path())
            .filter(|path| path.extension().is_some_and(|one| one == kind))
            .map(|path| {
                path.file_stem()
                    .expect("a name")
                    .to_string_lossy()
                    .into_owned()
            })
            .collect()
    };
    let names: BTreeSet<String> = ids.iter().map(|id| id.replace('-', "_")).collect();
    assert_eq!(of_kind("rs"), names, "one source file for each rule");
    assert_eq!(of_kind("md"), names, "one page for each rule");
    for rule in rules::ALL {
        let path = folder().join(format!("{}.md", rule.id.replace('-', "_")));
        let page = std::fs::read_to_string(&path).expect("a page");
        assert_eq!(page, rule.page, "{} shows the page of another", rule.id);
        assert_eq!(rules::find(rule.id).map(|one| one.id), Some(rule.id));
    }
}

#[test]
fn a_profile_lists_every_rule() {
    let no_files = |name: &str, _: Option<&str>| Err(format!("no `{name}`"));
    type Asks = fn(&Check) -> bool;
    let all: [(&str, Asks); 3] = [
        (library::DEFAULT, |check| check.of_dockerfiles().is_some()),
        ("gitlab-ci", |check| check.of_pipelines().is_some()),
        ("github-workflows", |check| check.of_workflows().is_some()),
    ];
    for (name, asks) in all {
        let profile = library::resolve(name, &no_files).unwrap_or_else(|error| panic!("{error}"));
        let listed: BTreeSet<&str> = profile.rules.keys().map(String::as_str).collect();
        let rules = rules::ALL.iter();
        let rules = rules.filter(|rule| asks(&rule.check));
        let ids: BTreeSet<&str> = rules.map(|rule| rule.id).collect();
        assert_eq!(listed, ids, "{name}");
    }
}
