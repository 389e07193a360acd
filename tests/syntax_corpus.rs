//! The parser against what BuildKit's parser said of the same files.

mod common;

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::path::Path;

use harden::syntax::{self, Arguments, Instruction};

fn oracle(shared: &Path) -> HashMap<String, serde_json::Value> {
    let file = std::fs::File::open(shared.join("corpus/oracle.jsonl.gz")).expect("oracle");
    BufReader::new(flate2::read::GzDecoder::new(file))
        .lines()
        .map(|line| {
            let value: serde_json::Value =
                serde_json::from_str(&line.expect("line")).expect("JSON");
            (value["sha12"].as_str().expect("sha12").to_string(), value)
        })
        .collect()
}

/// The arguments as BuildKit lists them.
fn values(arguments: &Arguments<'_>, unknown: bool) -> Vec<String> {
    match arguments {
        // BuildKit's parser keeps an instruction that it does not know, with one empty argument.
        Arguments::None if unknown => vec![String::new()],
        Arguments::None => Vec::new(),
        Arguments::Text(word) => vec![word.text.to_string()],
        Arguments::Exec(words) | Arguments::Words(words) => {
            words.iter().map(|word| word.text.to_string()).collect()
        }
        Arguments::Pairs(pairs) => pairs
            .iter()
            .flat_map(|pair| [pair.name.text.to_string(), pair.value.text.to_string()])
            .collect(),
        Arguments::Healthcheck(kind, command) => {
            let mut all = vec![kind.text.to_string()];
            all.extend(values(command, false));
            all
        }
        Arguments::Trigger(instruction) => values(&instruction.arguments, false),
    }
}

fn ours(source: &str, instruction: &Instruction<'_>) -> serde_json::Value {
    let inner = match &instruction.arguments {
        Arguments::Trigger(inner) => inner.as_ref(),
        _ => instruction,
    };
    let is_arg = inner.keyword == syntax::Keyword::Arg;
    let value: Vec<String> = if is_arg {
        let written = |pair: &syntax::Pair<'_>| match pair.separator {
            syntax::PairSeparator::Equals => format!("{}={}", pair.name.text, pair.value.text),
            _ => pair.name.text.to_string(),
        };
        inner.pairs().iter().map(written).collect()
    } else {
        values(
            &instruction.arguments,
            instruction.keyword == syntax::Keyword::Unknown,
        )
    };
    serde_json::json!({
        "cmd": instruction.keyword_word.text,
        "json": instruction.is_json(),
        "flags": instruction.flags.iter().map(|flag| flag.text.clone()).collect::<Vec<_>>(),
        "value": value,
        "start_line": instruction.first_line,
        "end_line": instruction.last_line,
        "heredocs": instruction.heredocs.iter().map(|heredoc| serde_json::json!({
            "name": heredoc.name, "fd": heredoc.file_descriptor, "content": heredoc.body.slice(source),
        })).collect::<Vec<_>>(),
    })
}

#[test]
fn the_whole_corpus_parses_as_buildkit_parses_it() {
    let Some(shared) = common::shared_or_skip("parity with BuildKit") else {
        return;
    };
    let oracle = oracle(&shared);
    let mut differences = Vec::new();
    let (mut files, mut instructions) = (0, 0);
    for (name, source) in common::corpus(&shared) {
        let Some(expected) = oracle.get(&name) else {
            continue;
        };
        files += 1;
        let file = syntax::parse(&source);
        if !file.is_lossless() {
            differences.push(format!("{name}: not lossless"));
        }
        if expected["status"] != "ok" {
            if file.errors.is_empty() {
                differences.push(format!("{name}: BuildKit says {}", expected["error"]));
            }
            continue;
        }
        let commands = expected["commands"].as_array().expect("commands");
        instructions += commands.len();
        if commands.len() != file.instructions.len() {
            differences.push(format!(
                "{name}: {} instructions, not {}",
                file.instructions.len(),
                commands.len()
            ));
        }
        for (theirs, ours) in commands
            .iter()
            .zip(file.instructions.iter().map(|one| ours(&source, one)))
        {
            for key in [
                "cmd",
                "start_line",
                "end_line",
                "flags",
                "json",
                "value",
                "heredocs",
            ] {
                let (left, right) = (&theirs[key], &ours[key]);
                let both_empty = left.is_null() && right.as_array().is_some_and(Vec::is_empty);
                if left != right && !both_empty {
                    differences.push(format!(
                        "{name}:{}: {key}: BuildKit {left}, harden {right}",
                        theirs["start_line"]
                    ));
                }
            }
        }
    }
    println!(
        "{files} files, {instructions} instructions, {} differences",
        differences.len()
    );
    assert!(
        files > 6_000,
        "only {files} files of the corpus have a recorded parse"
    );
    assert!(
        differences.is_empty(),
        "{}",
        differences[..differences.len().min(40)].join("\n")
    );
}
