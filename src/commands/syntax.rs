//! `harden syntax`: how harden reads a file, as one line of JSON.

use std::path::PathBuf;

use harden::syntax::{
    self, Arguments, Dockerfile, Instruction, Keyword, Pair, PairSeparator, SyntaxError,
};
use harden::text::LineIndex;
use serde_json::{Value, json};

use super::{Status, output_error};
use crate::discover::{self, Found};
use crate::output::{Screen, escape, text};
use crate::read;

pub fn run(paths: &[PathBuf], screen: &mut Screen) -> anyhow::Result<Status> {
    let mut status = Status::Done;
    for Found { path, place, .. } in discover::discover(paths, discover::Wanted::DOCKERFILES)? {
        if screen.is_closed() {
            break;
        }
        match place.and_then(|place| read::read(&place)) {
            Ok(source) => {
                let file = syntax::parse(&source);
                if !file.errors.is_empty() {
                    status = Status::Failed;
                }
                let value = json!({
                    "path": escape::readable(&path),
                    "instructions": instructions(&file),
                    "errors": errors(&file),
                });
                let line = format!("{}\n", escape::json(&value.to_string()));
                screen.print(&line).map_err(output_error)?;
            }
            Err(problem) => {
                status = Status::Failed;
                let problem = text::problem(&path, &problem, &screen.error_styles);
                screen.tell(&problem).map_err(output_error)?;
            }
        }
    }
    Ok(status)
}

fn instructions(file: &Dockerfile<'_>) -> Value {
    let instructions = file.instructions.iter();
    instructions
        .map(|one| instruction(one, file.source))
        .collect()
}

fn errors(file: &Dockerfile<'_>) -> Value {
    let lines = LineIndex::new(file.source);
    let error = |error: &SyntaxError| {
        let at = lines.position(file.source, error.span.start);
        json!({ "line": at.line, "column": at.column, "message": error.message })
    };
    file.errors.iter().map(error).collect()
}

fn instruction(instruction: &Instruction<'_>, source: &str) -> Value {
    let flags: Vec<&str> = instruction
        .flags
        .iter()
        .map(|flag| flag.text.as_str())
        .collect();
    let heredocs: Value = instruction
        .heredocs
        .iter()
        .map(|heredoc| json!({ "name": heredoc.name, "content": heredoc.body.slice(source) }))
        .collect();
    let mut value = json!({
        "keyword": instruction.keyword_word.text.to_uppercase(),
        "first_line": instruction.first_line,
        "last_line": instruction.last_line,
        "flags": flags,
        "json": instruction.is_json(),
        "args": arguments(instruction),
        "heredocs": heredocs,
    });
    if let Arguments::Trigger(inner) = &instruction.arguments {
        value["trigger"] = json!(inner.keyword_word.text.to_uppercase());
    }
    value
}

/// The arguments as BuildKit's parser lists them; of an ONBUILD, those of the instruction inside.
fn arguments(instruction: &Instruction<'_>) -> Vec<String> {
    match &instruction.arguments {
        Arguments::Trigger(inner) if inner.keyword == Keyword::Unknown => Vec::new(),
        Arguments::Trigger(inner) => arguments(inner),
        // BuildKit keeps an instruction that it does not know, with one empty argument.
        Arguments::None if instruction.keyword == Keyword::Unknown => vec![String::new()],
        Arguments::Pairs(pairs) if instruction.keyword == Keyword::Arg => {
            pairs.iter().map(build_argument).collect()
        }
        other => listed(other),
    }
}

fn build_argument(pair: &Pair<'_>) -> String {
    match pair.separator {
        PairSeparator::Equals => format!("{}={}", pair.name.text, pair.value.text),
        PairSeparator::Space | PairSeparator::None => pair.name.text.to_string(),
    }
}

fn listed(arguments: &Arguments<'_>) -> Vec<String> {
    match arguments {
        Arguments::None | Arguments::Trigger(_) => Vec::new(),
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
            all.extend(listed(command));
            all
        }
    }
}
