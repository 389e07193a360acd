//! What the project's own files say is true.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(name: &str) -> String {
    std::fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The names in backticks of the first column of the tables below a heading.
fn first_column(markdown: &str, heading: &str) -> BTreeSet<String> {
    let section = markdown
        .split(&format!("\n## {heading}\n"))
        .nth(1)
        .expect("the section");
    let section = section.split("\n## ").next().expect("the section");
    let rows = section.lines().filter_map(|line| line.strip_prefix('|'));
    let cells = rows.filter_map(|row| row.split('|').next());
    cells
        .flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .map(String::from)
        .collect()
}

/// The keys of a table of Cargo.toml.
fn dependencies(manifest: &str, table: &str) -> BTreeSet<String> {
    let section = manifest
        .split(&format!("\n[{table}]\n"))
        .nth(1)
        .expect("the table");
    let lines = section.lines().take_while(|line| !line.starts_with('['));
    lines
        .filter_map(|line| line.split_once(" = "))
        .map(|(name, _)| name.to_string())
        .collect()
}

#[test]
fn architecture_lists_every_dependency_and_no_other() {
    let manifest = read("Cargo.toml");
    let mut used = dependencies(&manifest, "dependencies");
    used.extend(dependencies(&manifest, "dev-dependencies"));
    let listed = first_column(&read("ARCHITECTURE.md"), "Dependencies");
    let missing: Vec<_> = used.difference(&listed).collect();
    let too_many: Vec<_> = listed
        .difference(&used)
        .filter(|name| *name != "yaml_serde")
        .collect();
    assert!(
        missing.is_empty() && too_many.is_empty(),
        "missing: {missing:?}, no dependency: {too_many:?}"
    );
}

#[test]
fn every_dependency_is_used() {
    let mut code = String::new();
    let mut open: Vec<PathBuf> = ["src", "tests", "benches", "build.rs"]
        .iter()
        .map(|name| root().join(name))
        .collect();
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(
                std::fs::read_dir(&path)
                    .expect("a folder")
                    .map(|entry| entry.expect("an entry").path()),
            );
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            code.push_str(&std::fs::read_to_string(&path).expect("UTF-8"));
        }
    }
    let manifest = read("Cargo.toml");
    for table in ["dependencies", "dev-dependencies"] {
        for name in dependencies(&manifest, table) {
            let module = name.replace('-', "_");
            let is_used = [format!("{module}::"), format!("use {module};")]
                .iter()
                .any(|use_of_it| code.contains(use_of_it));
            assert!(is_used, "`{name}` is a dependency, but nothing uses it");
        }
    }
}

/// The fenced console block that starts with a command, without that line.
fn screen(markdown: &str, command: &str) -> String {
    let block = markdown.split(&format!("```console\n$ {command}\n")).nth(1);
    let block = block.unwrap_or_else(|| panic!("no block for `{command}`"));
    block.split("```").next().expect("the block").to_string()
}

#[test]
fn the_patch_in_the_readme_is_what_the_program_prints() {
    let command = "harden -p dotnet-ubi examples/aspnet-template";
    let shown = screen(&read("README.md"), command);
    let arguments = command.split(' ').skip(1);
    let mut program = Command::new(env!("CARGO_BIN_EXE_harden"));
    let output = program
        .args(arguments)
        .current_dir(root())
        .output()
        .expect("the program runs");
    assert_eq!(String::from_utf8_lossy(&output.stdout), shown);
}

#[test]
fn the_readme_lists_the_built_in_profiles() {
    let listed = first_column(&read("README.md"), "Profiles");
    for (name, _) in harden::profile::library::BUILT_IN {
        assert!(
            listed.contains(name),
            "README.md does not list profile `{name}`"
        );
    }
}

#[test]
fn the_changelog_speaks_of_this_version() {
    let heading = format!("\n## {}", env!("CARGO_PKG_VERSION"));
    assert!(
        read("CHANGELOG.md").contains(&heading),
        "CHANGELOG.md has no {heading:?}"
    );
}

#[test]
fn the_pipeline_runs_the_test_command_of_the_readme() {
    let commands: Vec<String> = read(".ci/run")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(String::from)
        .collect();
    assert_eq!(commands.last().map(String::as_str), Some("tests/run"));
    assert!(read("README.md").contains("\n```sh\ntests/run\n```\n"));
}

/// Every `path` in backticks that looks like a file of the project is one.
#[test]
fn files_that_are_named_exist() {
    for name in ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"] {
        let text = read(name);
        let named = text.split('`').skip(1).step_by(2).filter(|code| {
            let is_path = [
                "src/",
                "tests/",
                "profiles/",
                "benches/",
                "examples/",
                "snapshots/",
                "fuzz/",
            ];
            is_path.iter().any(|start| code.starts_with(start))
                && !code.contains(['<', '*', ' ', '…'])
        });
        for path in named {
            assert!(
                Path::new(&root().join(path)).exists(),
                "{name} names `{path}`, which does not exist"
            );
        }
    }
}
