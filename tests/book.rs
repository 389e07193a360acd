//! The generated pages of the book in `docs/` are those that this version would write.
//!
//! `HARDEN_UPDATE=1 cargo test --test book` writes them: a page for each rule and profile, with the patch that a profile makes
//! of an example, the lists of both, the standards, and the table of contents.

#[path = "book/pages.rs"]
mod pages;
#[path = "book/standards.rs"]
mod standards;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::Command;

use pages::{root, rule_page};

fn docs() -> PathBuf {
    root().join("docs")
}

/// All generated pages by their names in `docs/`.
fn generated() -> BTreeMap<String, String> {
    let mut pages = BTreeMap::from([
        ("SUMMARY.md".to_string(), pages::summary()),
        ("rules.md".to_string(), pages::rules()),
        ("profiles.md".to_string(), pages::profiles()),
        ("standards.md".to_string(), standards::page()),
    ]);
    for rule in harden::rules::ALL {
        pages.insert(format!("rules/{}.md", rule.id), rule_page(rule));
    }
    for (name, text) in harden::profile::library::BUILT_IN {
        pages.insert(
            format!("profiles/{name}.md"),
            pages::profile_page(name, text),
        );
    }
    pages
}

/// The Markdown files below `docs/`.
fn names() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for folder in ["", "rules/", "profiles/"] {
        let Ok(entries) = std::fs::read_dir(docs().join(folder)) else {
            continue;
        };
        let entries = entries.map(|entry| entry.expect("an entry").file_name());
        let files = entries.map(|name| name.to_string_lossy().into_owned());
        names.extend(
            files
                .filter(|name| name.ends_with(".md"))
                .map(|name| format!("{folder}{name}")),
        );
    }
    names
}

#[test]
fn generated_pages_are_up_to_date() {
    let generated = generated();
    let is_update = std::env::var_os("HARDEN_UPDATE").is_some();
    for (name, page) in &generated {
        let path = docs().join(name);
        if is_update {
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            std::fs::write(&path, page).expect("a page");
        }
        let there = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            there == *page,
            "docs/{name} is out of date; HARDEN_UPDATE=1 cargo test --test book writes it"
        );
    }
    let of_folders = names().into_iter().filter(|name| name.contains('/'));
    let stale: Vec<String> = of_folders
        .filter(|name| !generated.contains_key(name))
        .collect();
    assert_eq!(stale, [""; 0], "pages of what is no more");
}

#[test]
fn every_page_is_in_the_table_of_contents_and_every_link_leads_somewhere() {
    let summary = pages::summary();
    for name in names().iter().filter(|name| *name != "SUMMARY.md") {
        assert!(
            summary.contains(&format!("]({name})")),
            "docs/{name} is not in SUMMARY.md"
        );
    }
    for name in names() {
        let text = std::fs::read_to_string(docs().join(&name)).expect("a page");
        let prose: String = text.split("```").step_by(2).collect();
        let links = prose
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next());
        for link in links.filter(|link| !link.contains("://") && !link.starts_with('#')) {
            let file = link.split('#').next().expect("a file");
            let folder = docs().join(&name);
            let target = folder.parent().expect("a folder").join(file);
            assert!(target.is_file(), "docs/{name} links to {link}");
        }
    }
}

/// The YAML blocks of the page about writing profiles are profiles.
#[test]
fn the_profiles_of_the_book_are_valid() {
    let page = std::fs::read_to_string(docs().join("writing-a-profile.md")).expect("the page");
    let blocks: Vec<&str> = page
        .split("```yaml\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .collect();
    assert!(blocks.len() >= 2, "only {} blocks", blocks.len());
    for block in blocks {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("company.yaml");
        std::fs::write(&path, block).expect("a file");
        let mut command = Command::new(env!("CARGO_BIN_EXE_harden"));
        let output = command.args(["profile", "check"]).arg(path).output();
        let output = output.expect("the program runs");
        assert!(
            output.status.success(),
            "{}\n{block}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}
