//! What must hold after a pass, whatever the fixes were: the promise that a file never gets worse.

use std::collections::{HashMap, HashSet};

use crate::model::{Base, Body, ImageFacts, Model};
use crate::syntax::{Arguments, Dockerfile, Instruction, Keyword};
use crate::text::{Edit, EditSet, NewlineStyle, Span};

type Checked = Result<(), String>;

/// The meaning of the file after a pass, which is right.
///
/// # Errors
/// What does not hold of the new text.
pub(super) fn check<'a>(
    before: &Model<'_>,
    after: &'a Dockerfile<'a>,
    edits: &EditSet,
    facts: &'a ImageFacts,
    target: Option<&str>,
) -> Result<Model<'a>, String> {
    if let Some(error) = after.errors.first() {
        return Err(format!("it would not parse: {}", error.message));
    }
    if !after.is_lossless() {
        return Err("the parser would lose a part of the file".to_string());
    }
    layout(before.file.source, after.source)?;
    comments(before.file, after)?;
    untouched(before.file, after, edits)?;
    let mut after = Model::new(after, facts, target)?;
    after.take_over(before);
    references(before, &after)?;
    shell(before, &after)?;
    root(before, &after, edits)?;
    Ok(after)
}

/// Byte order mark, final line end and newline style.
fn layout(before: &str, after: &str) -> Checked {
    if before.starts_with('\u{feff}') != after.starts_with('\u{feff}') {
        return Err("the byte order mark would change".to_string());
    }
    if before.ends_with('\n') != after.ends_with('\n') {
        return Err("the final line end would change".to_string());
    }
    let mixed = |text: &str| {
        let all = text.matches('\n').count();
        let with_return = text.matches("\r\n").count();
        with_return != 0 && with_return != all
    };
    if !mixed(before) && before.contains('\n') {
        if mixed(after) {
            return Err("line ends would be mixed".to_string());
        }
        if NewlineStyle::of(before) != NewlineStyle::of(after) {
            return Err("the kind of line ends would change".to_string());
        }
    }
    Ok(())
}

fn comments(before: &Dockerfile<'_>, after: &Dockerfile<'_>) -> Checked {
    let mut left: HashMap<&str, usize> = HashMap::new();
    for comment in after.comments() {
        *left.entry(comment).or_default() += 1;
    }
    for comment in before.comments() {
        match left.get_mut(comment) {
            Some(count) if *count > 0 => *count -= 1,
            _ => return Err(format!("the comment `{comment}` would be lost")),
        }
    }
    Ok(())
}

/// Instructions outside the edits say the same after them: nothing bled into a continuation or a heredoc.
fn untouched(before: &Dockerfile<'_>, after: &Dockerfile<'_>, edits: &EditSet) -> Checked {
    let by_start: HashMap<usize, &Instruction<'_>> = after
        .instructions
        .iter()
        .map(|one| (one.span.start, one))
        .collect();
    let edited: Vec<&Edit> = edits.iter().collect();
    let touched = |span: Span| {
        let near = edited.partition_point(|edit| edit.span.end <= span.start);
        let inside = |edit: &&Edit| {
            let is_inserted = edit.span.is_empty();
            let goes_on =
                is_inserted && edit.span.start == span.end && !edit.text.starts_with(['\r', '\n']);
            goes_on || edit.span.start < span.end && !(is_inserted && edit.span.start <= span.start)
        };
        edited.get(near).is_some_and(inside)
    };
    let mut kept = HashSet::new();
    for instruction in &before.instructions {
        if touched(instruction.span) {
            continue;
        }
        let start = start_after(edits, instruction.span.start);
        let same = by_start
            .get(&start)
            .filter(|other| says_the_same(before.source, instruction, after.source, other));
        match same {
            Some(other) => kept.insert(other.span.start),
            None => {
                let line = instruction.first_line;
                return Err(format!(
                    "the instruction on line {line} would be read differently"
                ));
            }
        };
    }
    for instruction in &after.instructions {
        let start = edits.map_backward(instruction.span.start);
        let is_new = !kept.contains(&instruction.span.start);
        let end = edits.map_backward(instruction.span.end).max(start);
        let from_an_edit = edits.touches(Span::new(start, end));
        if is_new && !from_an_edit {
            return Err(format!(
                "line {} would become an instruction",
                instruction.first_line
            ));
        }
    }
    Ok(())
}

/// Where the instruction that starts at `offset` starts after the edits: text inserted right there comes before it.
fn start_after(edits: &EditSet, offset: usize) -> usize {
    edits.map_forward(offset) + edits.inserted_at(offset)
}

fn says_the_same(
    source: &str,
    one: &Instruction<'_>,
    other_source: &str,
    other: &Instruction<'_>,
) -> bool {
    let flags = |instruction: &Instruction<'_>| -> Vec<String> {
        instruction
            .flags
            .iter()
            .map(|flag| flag.text.clone())
            .collect()
    };
    let bodies = |source: &str, instruction: &Instruction<'_>| -> Vec<String> {
        let bodies = instruction.heredocs.iter();
        bodies
            .map(|heredoc| heredoc.body.slice(source).to_string())
            .collect()
    };
    one.keyword == other.keyword
        && one.line.text() == other.line.text()
        && flags(one) == flags(other)
        && bodies(source, one) == bodies(other_source, other)
}

/// Every FROM, COPY --from and RUN --mount that named a stage still does.
fn references(before: &Model<'_>, after: &Model<'_>) -> Checked {
    let names = |model: &Model<'_>| -> HashSet<String> {
        model
            .stages
            .iter()
            .filter_map(|stage| stage.name.clone())
            .collect()
    };
    let (old, new) = (names(before), names(after));
    if let Some(gone) = old.difference(&new).find(|name| uses_stage(after, name)) {
        return Err(format!("stage `{gone}` would be gone, but is used"));
    }
    if before.stages.len() != after.stages.len() {
        return Err("the number of stages would change".to_string());
    }
    let same_base = |(one, other): (&crate::model::Stage, &crate::model::Stage)| {
        matches!(one.base, Base::Stage(_)) == matches!(other.base, Base::Stage(_))
    };
    if !before.stages.iter().zip(&after.stages).all(same_base) {
        return Err("a stage would be built on another stage".to_string());
    }
    Ok(())
}

fn uses_stage(model: &Model<'_>, name: &str) -> bool {
    model.file.instructions.iter().any(|instruction| {
        let from = instruction.flag("from").and_then(|flag| flag.value());
        let in_from = instruction.keyword == Keyword::From
            && instruction
                .words()
                .first()
                .is_some_and(|word| word.text.eq_ignore_ascii_case(name));
        let mounts = instruction
            .flags
            .iter()
            .filter(|flag| flag.name() == "mount");
        let in_mount = |value: &str| {
            value.split(',').any(|part| {
                part.strip_prefix("from=")
                    .is_some_and(|from| from.eq_ignore_ascii_case(name))
            })
        };
        in_from
            || from.is_some_and(|from| from.eq_ignore_ascii_case(name))
            || mounts.filter_map(|flag| flag.value()).any(in_mount)
    })
}

/// A command that is new or changed reads as shell, where shell is what it is.
fn shell(before: &Model<'_>, after: &Model<'_>) -> Checked {
    let old: HashSet<&str> = before
        .file
        .instructions
        .iter()
        .map(|one| one.line.text())
        .collect();
    for (index, instruction) in after.file.instructions.iter().enumerate() {
        if !is_run(instruction)
            || old.contains(instruction.line.text()) && instruction.heredocs.is_empty()
        {
            continue;
        }
        let is_old = || {
            let same = |one: &Instruction<'_>| {
                says_the_same(before.file.source, one, after.file.source, instruction)
            };
            before.file.instructions.iter().any(same)
        };
        if let Body::Opaque(why) = after.body(index)
            && !is_old()
        {
            return Err(format!(
                "line {} would not be valid shell: {why}",
                instruction.first_line
            ));
        }
    }
    Ok(())
}

/// A RUN that ran as root, or as somebody unknown, must not run as somebody else after the pass.
fn root(before: &Model<'_>, after: &Model<'_>, edits: &EditSet) -> Checked {
    let mut users: HashMap<usize, Option<bool>> = HashMap::new();
    for stage in &before.stages {
        before.walk(stage.index).for_each(|_, instruction, state| {
            if is_run(instruction) {
                users.insert(start_after(edits, instruction.span.start), state.is_root());
            }
        });
    }
    let mut problem = Ok(());
    for stage in &after.stages {
        after.walk(stage.index).for_each(|_, instruction, state| {
            let was = users.get(&instruction.span.start).copied();
            if is_run(instruction)
                && was.is_some_and(|was| was != Some(false))
                && state.is_root() == Some(false)
                && problem.is_ok()
            {
                let line = instruction.first_line;
                problem = Err(format!(
                    "the RUN on line {line} would no longer run as root"
                ));
            }
        });
    }
    problem
}

fn is_run(instruction: &Instruction<'_>) -> bool {
    instruction.keyword == Keyword::Run && !matches!(instruction.arguments, Arguments::None)
}
