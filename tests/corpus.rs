//! The real program over thousands of real Dockerfiles, judged from outside.
//!
//! Slow in debug mode: `cargo test --profile quick --test corpus`.

mod common;
#[path = "corpus/pins.rs"]
mod pins;
#[path = "registry/server.rs"]
mod server;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const HARDEN: &str = env!("CARGO_BIN_EXE_harden");

fn run(command: &mut Command) -> Output {
    command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"))
}

/// A Python with BuildKit's parser (package `dockerfile`), in an environment below `target`; why not, otherwise.
fn judge() -> Result<PathBuf, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/judge");
    let python = folder.join("bin/python");
    let has_parser = |python: &Path| {
        let check = Command::new(python)
            .args(["-c", "import dockerfile"])
            .output();
        check.is_ok_and(|done| done.status.success())
    };
    if has_parser(&python) {
        return Ok(python);
    }
    let steps: [&[&str]; 2] = [
        &["-m", "venv"],
        &["-m", "pip", "install", "-q", "dockerfile"],
    ];
    for (step, program) in steps.iter().zip([Path::new("python3"), &python]) {
        let mut command = Command::new(program);
        command.args(*step);
        if step.contains(&"venv") {
            command.arg(&folder);
        }
        match command.output() {
            Ok(done) if done.status.success() => {}
            Ok(done) => return Err(String::from_utf8_lossy(&done.stderr).trim().to_string()),
            Err(error) => return Err(format!("{program:?}: {error}")),
        }
    }
    if has_parser(&python) {
        Ok(python)
    } else {
        Err("the package `dockerfile` does not load".into())
    }
}

/// The files of the corpus below `folder`, named by their hash.
fn lay_out(files: &[(String, String)], folder: &Path) {
    fs::create_dir_all(folder).expect("folder");
    for (name, text) in files {
        fs::write(folder.join(format!("{name}.Dockerfile")), text).expect("file");
    }
}

fn texts(files: &[(String, String)], folder: &Path) -> BTreeMap<String, String> {
    files
        .iter()
        .map(|(name, _)| {
            let path = folder.join(format!("{name}.Dockerfile"));
            (name.clone(), fs::read_to_string(path).expect("file"))
        })
        .collect()
}

/// The files whose row of the index passes.
fn chosen(shared: &Path, passes: impl Fn(&[&str]) -> bool) -> Vec<(String, String)> {
    let index = fs::read_to_string(shared.join("corpus/index.tsv")).expect("index");
    let names: std::collections::HashSet<&str> = index
        .lines()
        .skip(1)
        .filter(|row| passes(&row.split('\t').collect::<Vec<_>>()))
        .filter_map(|row| row.split('\t').next())
        .collect();
    let mut files = common::corpus(shared);
    files.retain(|(name, _)| names.contains(name.as_str()));
    files
}

/// The median, over the changed files, of the lines that a patch takes out or, where it puts in more, puts in, in per cent
/// of the lines of the file.
fn median_share(patch: &str, files: &[(String, String)]) -> f64 {
    let lines_of: BTreeMap<&str, usize> = files
        .iter()
        .map(|(name, text)| (name.as_str(), text.lines().count()))
        .collect();
    let mut shares: Vec<f64> = Vec::new();
    for part in format!("\n{patch}").split("\n--- a/").skip(1) {
        let (name, hunks) = part.split_once('\n').unwrap_or((part, ""));
        let name = name.trim_end_matches(".Dockerfile");
        let all = *lines_of.get(name).expect("a file of the corpus");
        let count = |sign: char| {
            hunks
                .lines()
                .skip(1)
                .filter(|line| line.starts_with(sign))
                .count()
        };
        shares.push(100.0 * count('-').max(count('+')) as f64 / all as f64);
    }
    shares.sort_by(f64::total_cmp);
    shares.get(shares.len() / 2).copied().unwrap_or(0.0)
}

/// Writes with these arguments twice; then the diff applied must equal the write, and the judge must find nothing.
///
/// Gives back what was written.
fn rewrite_and_judge(
    test: &str,
    arguments: &[&str],
    files: &[(String, String)],
) -> BTreeMap<String, String> {
    let Some(shared) = common::shared_or_skip(test) else {
        return BTreeMap::new();
    };
    let place = tempfile::tempdir().expect("folder");
    let [before, after, twice, patched] =
        ["before", "after", "twice", "patched"].map(|name| place.path().join(name));
    for folder in [&before, &after, &patched] {
        lay_out(files, folder);
    }
    let write = |folder: &Path| {
        run(Command::new(HARDEN)
            .args(["-q", "--write"])
            .args(arguments)
            .arg(".")
            .current_dir(folder))
    };
    write(&after);
    let once = texts(files, &after);
    lay_out(&once.clone().into_iter().collect::<Vec<_>>(), &twice);
    write(&twice);

    let diff = run(Command::new(HARDEN)
        .args(["-q", "--diff"])
        .args(arguments)
        .arg(".")
        .current_dir(&patched));
    let patch = place.path().join("patch");
    fs::write(&patch, &diff.stdout).expect("patch");
    let git = |arguments: &[&str]| {
        let mut command = Command::new("git");
        command
            .arg("apply")
            .args(arguments)
            .arg(&patch)
            .current_dir(&patched);
        let done = run(&mut command);
        assert!(
            done.status.success(),
            "git apply {arguments:?}: {}",
            String::from_utf8_lossy(&done.stderr)
        );
    };
    git(&["--check"]);
    git(&[]);
    let share = median_share(&String::from_utf8_lossy(&diff.stdout), files);
    println!("{test}: half of the changed files have at most {share:.1} % of their lines touched");
    let applied = texts(files, &patched);
    let different: Vec<_> = once
        .iter()
        .filter(|(name, text)| applied.get(*name) != Some(text))
        .collect();
    assert!(
        different.is_empty(),
        "{} diffs differ from what is written",
        different.len()
    );

    let judged = files.iter().map(|(name, text)| {
        let after = once.get(name).map_or("", String::as_str);
        (name.clone(), pins::with_pinned_syntax(text, after))
    });
    lay_out(&judged.collect::<Vec<_>>(), &before);
    match judge() {
        Err(why) => {
            eprintln!("skipped: {test}: BuildKit's parser for Python cannot be installed: {why}")
        }
        Ok(python) => {
            let done = run(Command::new(python)
                .arg(shared.join("tools/check_rewrite.py"))
                .args([&before, &after])
                .arg("--twice")
                .arg(&twice));
            println!("{arguments:?}:\n{}", String::from_utf8_lossy(&done.stdout));
            assert!(
                done.status.success(),
                "a hard check failed: {}",
                String::from_utf8_lossy(&done.stderr)
            );
        }
    }
    once
}

#[test]
#[cfg_attr(
    debug_assertions,
    ignore = "slow in debug mode; tests/run runs it optimized"
)]
fn baseline_makes_no_file_worse() {
    let test = "baseline over the corpus";
    let Some(shared) = common::shared_or_skip(test) else {
        return;
    };
    rewrite_and_judge(test, &["-p", "baseline"], &common::corpus(&shared));
}

#[test]
#[cfg_attr(
    debug_assertions,
    ignore = "slow in debug mode; tests/run runs it optimized"
)]
fn dotnet_ubi_makes_no_file_worse() {
    let test = "dotnet-ubi over the .NET files of the corpus";
    let Some(shared) = common::shared_or_skip(test) else {
        return;
    };
    let files = chosen(&shared, |row| {
        row.get(10).is_some_and(|eco| eco.contains("dotnet"))
    });
    assert!(files.len() > 800, "only {} .NET files", files.len());
    rewrite_and_judge(test, &["-p", "dotnet-ubi"], &files);
}

/// Of the Linux files whose shipped stage names an aspnet or runtime image by a tag that the profile has a row for.
#[test]
#[cfg_attr(
    debug_assertions,
    ignore = "slow in debug mode; tests/run runs it optimized"
)]
fn nine_of_ten_dotnet_files_move_whole_and_the_others_say_why() {
    let Some(shared) = common::shared_or_skip("share of .NET files that move") else {
        return;
    };
    let files: Vec<_> = common::corpus(&shared)
        .into_iter()
        .filter(|(_, text)| names_known_image(text))
        .collect();
    let place = tempfile::tempdir().expect("folder");
    lay_out(&files, place.path());
    let done = run(Command::new(HARDEN)
        .args(["--check", "--format", "json", "-p", "dotnet-ubi", "."])
        .current_dir(place.path()));
    let report: serde_json::Value = serde_json::from_slice(&done.stdout).expect("JSON");
    let mut whole = 0;
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    for file in report["files"].as_array().expect("files") {
        let moved = file["applied"]
            .as_array()
            .is_some_and(|applied| applied.iter().any(|one| one["rule"] == "dotnet-ubi"));
        if moved {
            whole += 1;
            continue;
        }
        let held = file["open"]
            .as_array()
            .into_iter()
            .flatten()
            .find(|one| one["rule"] == "dotnet-ubi");
        let first = held.and_then(|held| held["reasons"].get(0)).map(|reason| {
            let text = reason["text"]
                .as_str()
                .or(reason["message"].as_str())
                .unwrap_or("");
            // Names of images and packages are taken out, so that equal reasons count together.
            text.split('`').step_by(2).collect::<Vec<_>>().join("…")
        });
        let reason =
            first.unwrap_or_else(|| panic!("{}: no reason why it did not move", file["path"]));
        *reasons.entry(reason).or_default() += 1;
    }
    println!("{whole} of {} moved whole", files.len());
    for (reason, count) in &reasons {
        println!("{count:5}  {reason}");
    }
    assert!(files.len() > 200);
    assert!(
        whole * 10 >= files.len() * 9,
        "{whole} of {} is less than 90 %",
        files.len()
    );
    assert_eq!(whole + reasons.values().sum::<usize>(), files.len());
}

/// Reads FROM lines by itself, so that a mistake of the parser cannot hide a file.
fn names_known_image(text: &str) -> bool {
    let mut stages: BTreeMap<String, String> = BTreeMap::new();
    let mut shipped = None;
    for line in text.lines() {
        let words: Vec<&str> = line
            .split_whitespace()
            .filter(|word| !word.starts_with("--"))
            .collect();
        if words
            .first()
            .is_none_or(|word| !word.eq_ignore_ascii_case("from"))
        {
            continue;
        }
        let Some(base) = words.get(1) else { continue };
        let image = stages
            .get(&base.to_lowercase())
            .cloned()
            .unwrap_or_else(|| (*base).to_string());
        if let Some(name) = words.get(3) {
            stages.insert(name.to_lowercase(), image.clone());
        }
        shipped = Some(image);
    }
    let Some(image) = shipped else { return false };
    let rest = ["aspnet:", "runtime:"].iter().find_map(|name| {
        let rest = image.strip_prefix("mcr.microsoft.com/dotnet/")?;
        rest.strip_prefix("core/")
            .unwrap_or(rest)
            .strip_prefix(name)
    });
    let versions = ["3.1", "5.0", "6.0", "7.0", "8.0", "9.0", "10.0"];
    rest.is_some_and(|tag| {
        let known = versions.iter().any(|version| {
            tag.strip_prefix(version)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '-', '@']))
        });
        known
            && !["windows", "nanoserver", "preview"]
                .iter()
                .any(|word| tag.contains(word))
    })
}
