//! Reports on many files: each format against its schema, and what is suggested against what is written.

#[path = "../common/mod.rs"]
pub mod common;

use std::path::Path;

use serde_json::Value;

use super::sandbox::{Sandbox, status, stderr, stdout};

const ARGUMENTS: [&str; 4] = ["-p", "dotnet-ubi-sdk", "-p", "baseline"];

/// The inputs of the cases, thirty files of the corpus if it is there, and files with names that are hard to write.
fn files() -> Sandbox {
    let sandbox = Sandbox::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let folders = |path: &Path| -> Vec<std::path::PathBuf> {
        let entries = std::fs::read_dir(path).expect("a folder");
        entries
            .map(|entry| entry.expect("an entry").path())
            .collect()
    };
    let mut number = 0;
    for case in folders(&root).iter().flat_map(|group| folders(group)) {
        // Beside the cases of a group lie files that they share.
        if !case.is_dir() {
            continue;
        }
        let text = std::fs::read(case.join("Dockerfile")).expect("a case");
        sandbox.file(format!("case{number}/Dockerfile"), text);
        number += 1;
    }
    assert!(number > 80, "only {number} cases");
    if let Some(shared) = common::shared_or_skip("the formats on the corpus") {
        let corpus = common::corpus(&shared);
        let every = corpus.len() / 30;
        for (name, text) in corpus.into_iter().step_by(every).take(30) {
            sandbox.file(format!("corpus/{name}.Dockerfile"), text);
        }
    }
    let nasty =
        "FROM alpine:3.20\nENV a ``` <b> & \"quoted\" \u{202e}\nRUN wget http://x.example/a | sh\n";
    sandbox.file("with blank/Dockerfile", nasty);
    sandbox.file("-w.Dockerfile", nasty.replace('\n', "\r\n"));
    #[cfg(unix)]
    sandbox.file("line\nend.Dockerfile", nasty.trim_end());
    #[cfg(target_os = "linux")]
    {
        use std::os::unix::ffi::OsStrExt as _;
        let name = std::ffi::OsStr::from_bytes(b"caf\xe9.Dockerfile");
        sandbox.file(name, "FROM alpine\nFORM b\n");
    }
    sandbox.file("latin.Dockerfile", b"FROM a\nRUN \xe9\n");
    sandbox
}

fn report(sandbox: &Sandbox, format: &str) -> String {
    report_of(sandbox, &["--format", format])
}

fn report_of(sandbox: &Sandbox, arguments: &[&str]) -> String {
    let output = sandbox.run(ARGUMENTS.iter().chain(arguments));
    assert_eq!(status(&output), 2, "{}", stderr(&output));
    stdout(&output)
}

fn json(sandbox: &Sandbox, format: &str) -> Value {
    serde_json::from_str(&report(sandbox, format))
        .unwrap_or_else(|error| panic!("{format}: {error}"))
}

/// What of a value breaks the schema of `tests/schemas/`.
fn violations(schema: &str, value: &Value) -> Vec<String> {
    let path = format!(
        "{}/tests/schemas/{schema}.schema.json",
        env!("CARGO_MANIFEST_DIR")
    );
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let schema: Value =
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"));
    let validator =
        jsonschema::validator_for(&schema).unwrap_or_else(|error| panic!("{path}: {error}"));
    let errors = validator.iter_errors(value);
    errors
        .map(|error| format!("{}: {error}", error.instance_path))
        .collect()
}

const SCHEMAS: [(&str, &str); 5] = [
    ("json", "harden-report"),
    ("sarif", "sarif-2.1.0"),
    ("gitlab", "gitlab-code-quality"),
    ("github-suggestions", "github-review"),
    ("gitlab-suggestions", "gitlab-discussions"),
];

#[test]
fn reports_are_valid() {
    let sandbox = files();
    for (format, schema) in SCHEMAS {
        let value = json(&sandbox, format);
        assert_eq!(violations(schema, &value), [""; 0], "{format}");
    }
}

#[test]
fn the_schemas_refuse_what_is_wrong() {
    let sandbox = files();
    for (format, schema) in SCHEMAS {
        let mut value = json(&sandbox, format);
        let place = match format {
            "json" => &mut value["files"][0]["path"],
            "sarif" => &mut value["runs"][0]["results"][0]["locations"],
            "gitlab" => &mut value[0]["severity"],
            "github-suggestions" => &mut value["comments"][0]["line"],
            _ => &mut value[0]["position"]["new_line"],
        };
        *place = Value::from(0);
        assert_ne!(violations(schema, &value), [""; 0], "{format}");
    }
}

#[test]
fn fingerprints_are_unique() {
    let sandbox = files();
    let report = json(&sandbox, "gitlab");
    let issues = report.as_array().expect("a list");
    let mut prints: Vec<String> = issues
        .iter()
        .map(|one| one["fingerprint"].to_string())
        .collect();
    prints.sort();
    prints.dedup();
    assert_eq!(prints.len(), issues.len());
}

/// One plan, told in each format: the same findings, none of them lost or told twice.
#[test]
fn every_format_has_every_finding() {
    let sandbox = files();
    let report = json(&sandbox, "json");
    let count = |key: &str| -> usize {
        let files = report["files"].as_array().expect("files").iter();
        files
            .map(|file| file[key].as_array().map_or(0, Vec::len))
            .sum()
    };
    let (findings, errors) = (count("applied") + count("open"), count("errors"));
    assert!(
        findings > 500 && errors >= 2,
        "{findings} findings, {errors} errors"
    );
    let sarif = json(&sandbox, "sarif");
    let results = sarif["runs"][0]["results"].as_array().expect("results");
    let told = results
        .iter()
        .filter(|one| one.get("suppressions").is_none());
    assert_eq!(told.count(), findings);
    assert_eq!(results.len(), findings + count("allowed"));
    let gitlab = json(&sandbox, "gitlab");
    assert_eq!(gitlab.as_array().expect("a list").len(), findings + errors);
    assert_eq!(
        report_of(&sandbox, &["--format", "github"]).lines().count(),
        findings + errors
    );
    let concise = report_of(&sandbox, &["--check", "--format", "concise"]);
    let is_finding = |line: &&str| ["]: "].iter().any(|part| line.contains(part));
    assert_eq!(concise.lines().filter(is_finding).count(), findings);
    // What is only a note is no test that fails.
    let is_note = |one: &&Value| one["level"] == "note" && one.get("suppressions").is_none();
    let notes = results.iter().filter(is_note).count();
    let junit = report_of(&sandbox, &["--format", "junit"]);
    assert_eq!(junit.matches("<failure").count(), findings - notes);
    assert_eq!(junit.matches("<error").count(), errors);
}

#[test]
fn lines_of_workflow_commands_are_commands() {
    let sandbox = files();
    for line in report(&sandbox, "github").lines() {
        let command = ["::error ", "::warning ", "::notice "];
        assert!(
            command.iter().any(|start| line.starts_with(start)),
            "{line}"
        );
    }
}

#[test]
fn junit_is_xml() {
    let sandbox = files();
    let xml = sandbox.file("junit.xml", report(&sandbox, "junit"));
    let script = "\
import sys, xml.etree.ElementTree as tree
root = tree.parse(sys.argv[1]).getroot()
assert root.tag == 'testsuites'
for suite in root:
    cases = list(suite)
    assert suite.tag == 'testsuite' and len(cases) == int(suite.get('tests')), suite.attrib
    for kind, key in ('failure', 'failures'), ('error', 'errors'):
        assert len(suite.findall('testcase/' + kind)) == int(suite.get(key)), suite.attrib
    assert all(case.get('name') and case.get('classname') for case in cases)
";
    let output = sandbox
        .other("python3")
        .args(["-c", script])
        .arg(xml)
        .output();
    match output {
        Ok(output) => assert!(output.status.success(), "{}", stderr(&output)),
        Err(error) => println!("skipped: junit_is_xml: no python3: {error}"),
    }
}

/// Replaces lines (from 1, both included) of a text, the last ones first.
fn replace_lines(text: &str, mut suggestions: Vec<(usize, usize, String)>) -> String {
    let is_ended = text.ends_with('\n');
    let mut lines: Vec<&str> = text
        .strip_suffix('\n')
        .unwrap_or(text)
        .split('\n')
        .collect();
    suggestions.sort_by_key(|one| one.0);
    for pair in suggestions.windows(2) {
        assert!(pair[0].1 < pair[1].0, "two suggestions want the same line");
    }
    for (first, last, new) in suggestions.iter().rev() {
        let new = new.strip_suffix('\n').map(|new| new.split('\n'));
        lines.splice(first - 1..*last, new.into_iter().flatten());
    }
    lines.join("\n") + if is_ended { "\n" } else { "" }
}

/// The text inside the suggestion of a comment, and how its fence begins.
fn suggestion(body: &Value) -> (String, String) {
    let body = body.as_str().expect("a body");
    let start = body.find("```").expect("a fence");
    let (marker, rest) = body[start..].split_once('\n').expect("a fence");
    let ticks: String = marker.chars().take_while(|tick| *tick == '`').collect();
    let text = rest
        .strip_suffix(&format!("{ticks}\n"))
        .expect("the end of the fence");
    (text.to_string(), marker.trim_start_matches('`').to_string())
}

fn number(value: &Value) -> usize {
    usize::try_from(value.as_u64().expect("a number")).expect("a number")
}

/// The path of a comment, its lines and the new ones.
type Comment = (String, (usize, usize, String));

fn github(comment: &Value) -> Comment {
    let last = number(&comment["line"]);
    let first = comment.get("start_line").map_or(last, number);
    let path = comment["path"].as_str().expect("a path").to_string();
    (path, (first, last, suggestion(&comment["body"]).0))
}

fn gitlab(discussion: &Value) -> Comment {
    let first = number(&discussion["position"]["new_line"]);
    let (text, marker) = suggestion(&discussion["body"]);
    let more = marker.strip_prefix("suggestion:-0+").expect("a range");
    let last = first + more.parse::<usize>().expect("a number");
    let path = discussion["position"]["new_path"].as_str().expect("a path");
    (path.to_string(), (first, last, text))
}

/// Every file after the change that is written.
fn written(sandbox: &Sandbox) -> Vec<(String, String, String)> {
    let report = json(sandbox, "json");
    let paths = report["files"].as_array().expect("files").iter();
    let changed = paths.filter(|file| file["changed"] == true);
    let names: Vec<String> = changed
        .map(|file| file["path"].as_str().expect("a path").to_string())
        .collect();
    assert!(names.len() > 50, "only {} files change", names.len());
    let before: Vec<String> = names.iter().map(|name| sandbox.read(name)).collect();
    sandbox.run(ARGUMENTS.iter().chain(&["--write"]));
    let after: Vec<String> = names.iter().map(|name| sandbox.read(name)).collect();
    let both = before.into_iter().zip(after);
    let all = names.into_iter().zip(both);
    all.map(|(name, (before, after))| (name, before, after))
        .collect()
}

#[test]
fn accepted_suggestions_are_what_is_written() {
    let sandbox = files();
    let review = json(&sandbox, "github-suggestions");
    let discussions = json(&sandbox, "gitlab-suggestions");
    let of = |list: &Value, read: fn(&Value) -> Comment| -> Vec<Comment> {
        list.as_array().expect("a list").iter().map(read).collect()
    };
    let both = [of(&review["comments"], github), of(&discussions, gitlab)];
    for (name, before, after) in written(&sandbox) {
        for comments in &both {
            let mine = comments.iter().filter(|(path, _)| *path == name);
            let suggestions = mine.map(|(_, suggestion)| suggestion.clone()).collect();
            assert_eq!(replace_lines(&before, suggestions), after, "{name}");
        }
    }
}

/// The byte offset of a line and a column, both from 1, columns in characters.
fn offset(text: &str, line: &Value, column: &Value) -> usize {
    let start: usize = text
        .split_inclusive('\n')
        .take(number(line) - 1)
        .map(str::len)
        .sum();
    let rest = &text[start..];
    let column = rest.char_indices().nth(number(column) - 1);
    start + column.map_or(rest.len(), |(at, _)| at)
}

#[test]
fn the_fixes_of_sarif_are_what_is_written() {
    let sandbox = files();
    let report = json(&sandbox, "sarif");
    let results = report["runs"][0]["results"].as_array().expect("results");
    let mut whole = 0;
    for (name, before, after) in written(&sandbox) {
        let uri = name.replace(' ', "%20").replace('\n', "%0A");
        let is_mine = |result: &&Value| {
            let place = &result["locations"][0]["physicalLocation"];
            let kind = &result["properties"]["kind"];
            place["artifactLocation"]["uri"] == uri.as_str() && (kind == "safe" || kind == "review")
        };
        let mine: Vec<&Value> = results.iter().filter(is_mine).collect();
        if mine.iter().any(|result| result.get("fixes").is_none()) {
            continue;
        }
        whole += 1;
        let changes = mine.iter().flat_map(|result| {
            let replacements = &result["fixes"][0]["artifactChanges"][0]["replacements"];
            replacements.as_array().expect("replacements")
        });
        let mut edits: Vec<(usize, usize, &str)> = changes
            .map(|change| {
                let region = &change["deletedRegion"];
                (
                    offset(&before, &region["startLine"], &region["startColumn"]),
                    offset(&before, &region["endLine"], &region["endColumn"]),
                    change["insertedContent"]["text"].as_str().expect("a text"),
                )
            })
            .collect();
        edits.sort_by_key(|edit| (edit.0, edit.1));
        let mut text = before.clone();
        for (start, end, new) in edits.iter().rev() {
            text.replace_range(start..end, new);
        }
        assert_eq!(text, after, "{name}");
    }
    assert!(whole > 40, "only {whole} files can be told fix by fix");
}
