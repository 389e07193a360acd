//! What holds of every result, whatever the file is and whatever was done.

use std::ops::RangeInclusive;

use harden::engine::Outcome;
use harden::fix::Safety;
use harden::model::{Base, Model};
use harden::profile::library;
use harden::syntax::{self, Keyword};

use super::case::{Setup, Wanted};

/// What does not hold of a result.
pub fn broken(setup: &Setup, wanted: &Wanted, source: &str, outcome: &Outcome) -> Vec<String> {
    let mut broken = Vec::new();
    let mut check = |holds: bool, what: &str| {
        if !holds {
            broken.push(what.to_string());
        }
    };
    let (before, after) = (syntax::parse(source), syntax::parse(&outcome.text));
    check(
        before.is_lossless() && after.is_lossless(),
        "the parse is not lossless",
    );
    check(
        !before.errors.is_empty() || after.errors.is_empty(),
        "there is a new syntax error",
    );
    let is_internal = outcome
        .errors
        .iter()
        .any(|error| error.message.contains("internal error"));
    check(!is_internal, "an internal error");
    check(
        outcome.is_changed() == (outcome.text != source),
        "what was applied and what changed do not agree",
    );
    let again = setup.run(&outcome.text, wanted);
    check(again.text == outcome.text, "a second run changes it again");
    check(
        outcome.errors.is_empty() || outcome.text == source,
        "there are errors, and yet it changed",
    );
    broken.extend(twins(setup, wanted, source, outcome));
    broken.extend(unexplained(source, outcome));
    broken.extend(unsound_commands(wanted, source, outcome));
    broken
}

/// The same file with other line ends, with a byte order mark, and without its last line end, gives the same result in
/// that dress.
fn twins(setup: &Setup, wanted: &Wanted, source: &str, outcome: &Outcome) -> Vec<String> {
    let mut broken = Vec::new();
    let mut compare = |what: &str, source: &str, wanted_text: &str| {
        let twin = setup.run(source, wanted);
        if twin.text != wanted_text {
            broken.push(format!(
                "its twin {what} becomes:\n{:?}\nnot:\n{wanted_text:?}",
                twin.text
            ));
        }
    };
    // A shell reads the CR of a heredoc's lines as a part of its words: the twin of such a RUN is another command.
    let has_script =
        |one: &syntax::Instruction<'_>| one.keyword == Keyword::Run && !one.heredocs.is_empty();
    let is_script = syntax::parse(source).instructions.iter().any(has_script);
    if is_script {
    } else if !source.contains('\r') {
        compare(
            "with CRLF",
            &source.replace('\n', "\r\n"),
            &outcome.text.replace('\n', "\r\n"),
        );
    } else if source.matches('\n').count() == source.matches("\r\n").count() {
        compare(
            "with LF",
            &source.replace("\r\n", "\n"),
            &outcome.text.replace("\r\n", "\n"),
        );
    }
    if !source.starts_with('\u{feff}') {
        let mark = |text: &str| format!("\u{feff}{text}");
        compare(
            "with a byte order mark",
            &mark(source),
            &mark(&outcome.text),
        );
    }
    let last = syntax::parse(source).items.last().map(|item| item.kind);
    if let (Some(short), Some(syntax::ItemKind::Instruction(_))) = (source.strip_suffix('\n'), last)
    {
        let result = outcome.text.strip_suffix('\n').unwrap_or(&outcome.text);
        let trim = |text: &str| text.trim_end_matches('\r').to_string();
        compare("without the last line end", &trim(short), &trim(result));
    }
    broken
}

/// Every line that no step says it wrote is a line of the source, in the old order; every change has a reason.
fn unexplained(source: &str, outcome: &Outcome) -> Vec<String> {
    let mut broken = Vec::new();
    let steps = || outcome.applied.iter().flat_map(|applied| &applied.steps);
    let written: Vec<RangeInclusive<usize>> = steps()
        .filter_map(|step| step.new_lines)
        .map(|(from, to)| from..=to)
        .collect();
    let mut old = source.split_inclusive('\n');
    for (index, line) in outcome.text.split_inclusive('\n').enumerate() {
        let is_written = written.iter().any(|lines| lines.contains(&(index + 1)));
        if !is_written && !old.any(|other| other == line) {
            broken.push(format!("no step accounts for line {}: {line:?}", index + 1));
            break;
        }
    }
    for applied in &outcome.applied {
        if applied.rule.is_empty() || applied.title.is_empty() || applied.steps.is_empty() {
            broken.push(format!(
                "a change without rule, title or steps: {applied:?}"
            ));
        }
        if applied.safety == Safety::Review && applied.why.as_deref().unwrap_or("").is_empty() {
            broken.push(format!(
                "`{}` is to be reviewed, but does not say why",
                applied.title
            ));
        }
    }
    broken
}

/// Commands that harden added run as root, and use only what their image has.
fn unsound_commands(wanted: &Wanted, source: &str, outcome: &Outcome) -> Vec<String> {
    let mut broken = Vec::new();
    let file = syntax::parse(&outcome.text);
    let Ok(model) = Model::new(&file, library::facts(), wanted.target.as_deref()) else {
        return broken;
    };
    for stage in &model.stages {
        let lineage = model.lineage_of(stage);
        let image = match lineage.first().map(|first| &first.base) {
            Some(Base::Image(image)) => image.known().map_or("", |image| image.as_str()),
            _ => "",
        };
        model.walk(stage.index).for_each(|_, instruction, state| {
            let line = instruction.span.slice(&outcome.text);
            if instruction.keyword != Keyword::Run || source.contains(line) {
                return;
            }
            let changes_files = ["chgrp", "chmod", "chown", "fix-permissions"]
                .iter()
                .any(|word| line.contains(word));
            if changes_files && state.is_root() != Some(true) {
                broken.push(format!("`{line}` does not run as root"));
            }
            // Red Hat's images for .NET have it up to 9.0.
            let has_fix = image.starts_with("registry.access.redhat.com/ubi8/dotnet-");
            if line.contains("fix-permissions") && !has_fix {
                broken.push(format!("`{line}`: {image} has no fix-permissions"));
            }
            // What clears setuid bits goes through all files and changes nothing else of them.
            let changes_files = changes_files && !line.contains("-perm /6000");
            let whole = [" / ", " /etc ", " /usr ", " /bin ", " /var "];
            if changes_files && whole.iter().any(|path| format!("{line} ").contains(path)) {
                broken.push(format!("`{line}` changes the system's own files"));
            }
        });
    }
    broken
}
