//! Real `RUN` texts, as BuildKit's parser joined them.

use std::io::Read;
use std::path::PathBuf;

use serde_json::Value;

use super::parse;

/// The recorded BuildKit parse of the corpus, if the corpus is there.
fn oracle() -> Option<String> {
    let shared = std::env::var_os("HARDEN_SHARED")
        .map(PathBuf::from)
        .unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared"));
    let file = std::fs::File::open(shared.join("corpus/oracle.jsonl.gz")).ok()?;
    let mut text = String::new();
    flate2::read::GzDecoder::new(file)
        .read_to_string(&mut text)
        .expect("the oracle is gzipped text");
    Some(text)
}

fn text_of(command: &Value, index: usize) -> &str {
    command["value"][index].as_str().unwrap_or("")
}

/// Whether the commands of a Dockerfile are run by PowerShell or cmd.exe: a Windows base, or a `SHELL` that says so.
fn is_windows(commands: &[Value]) -> bool {
    let names_windows = |text: &str, words: &[&str]| {
        let text = text.to_ascii_lowercase();
        words.iter().any(|word| text.contains(word))
    };
    commands
        .iter()
        .any(|command| match command["cmd"].as_str() {
            Some("FROM") => names_windows(
                text_of(command, 0),
                &["windows", "nanoserver", "servercore"],
            ),
            Some("SHELL") => names_windows(text_of(command, 0), &["powershell", "pwsh", "cmd"]),
            Some("RUN") => names_windows(text_of(command, 0), &["powershell ", "c:\\", "c:/"]),
            _ => false,
        })
}

/// Shell-form `RUN` texts without heredocs, of files for a POSIX shell.
fn bodies(oracle: &str) -> Vec<String> {
    let mut bodies = Vec::new();
    for line in oracle.lines() {
        let file: Value = serde_json::from_str(line).expect("a line is JSON");
        let commands = file["commands"].as_array().cloned().unwrap_or_default();
        if is_windows(&commands) {
            continue;
        }
        for command in &commands {
            let has_heredocs = command["heredocs"]
                .as_array()
                .is_some_and(|list| !list.is_empty());
            if command["cmd"] == "RUN" && command["json"] == false && !has_heredocs {
                bodies.push(text_of(command, 0).to_owned());
            }
        }
    }
    bodies
}

#[test]
fn real_run_texts_parse_with_exact_word_spans() {
    let Some(oracle) = oracle() else {
        eprintln!("skipped: no corpus");
        return;
    };
    let bodies = bodies(&oracle);
    assert!(bodies.len() > 20_000, "only {} bodies", bodies.len());
    let mut parsed = 0;
    let mut words = 0;
    for body in &bodies {
        let Ok(script) = parse(body, 0) else {
            continue;
        };
        parsed += 1;
        for site in script.commands() {
            for word in &site.command.words {
                words += 1;
                let raw = word.span.slice(body);
                assert!(
                    !raw.is_empty() && !raw.starts_with([' ', '\t']),
                    "{raw:?} in {body:?}"
                );
                let is_plain = !raw.contains(['\'', '"', '\\']);
                if let Some(value) = word.value().filter(|_| is_plain) {
                    assert_eq!(raw, value, "{body:?}");
                    assert!(
                        !raw.contains([' ', ';', '|', '&', '<', '>', '(', ')']),
                        "{raw:?} in {body:?}"
                    );
                }
            }
        }
    }
    let share = f64::from(parsed) / bodies.len() as f64;
    eprintln!(
        "{parsed} of {} RUN texts parsed, {words} words",
        bodies.len()
    );
    assert!(share >= 0.996, "only {parsed} of {} parsed", bodies.len());
}
