//! `harden allow`: writes the comment that allows a finding.

use std::path::{Path, PathBuf};

use harden::pipeline::comments;
use harden::pipeline::yaml::Yaml;
use harden::profile::library::{self, BUILT_IN};
use harden::rules;
use harden::suppress::Date;
use harden::syntax;
use harden::text::{Edit, EditSet, LineIndex, NewlineStyle};

use super::{Status, output_error};
use crate::discover::{self, Place};
use crate::output::{Screen, escape};
use crate::report::Problem;
use crate::{profiles, read, write};

pub fn run(
    rule: &str,
    place: &Path,
    reason: &str,
    until: Option<Date>,
    screen: &mut Screen,
) -> anyhow::Result<Status> {
    let comment = comment(rule, reason, until)?;
    let (path, line) = split(place)?;
    let found = discover::discover(std::slice::from_ref(&path), discover::Wanted::DOCKERFILES)?;
    let Some(Ok(Place::File(file))) = found.into_iter().next().map(|one| one.place) else {
        let message = format!("`{}` is no file that can be changed", path.display());
        return Err(Problem::new(message).into());
    };
    let old = read::read(&Place::File(file.clone()))?;
    let with_comment = match discover::is_yaml(&file) {
        true => with_comment_in_yaml,
        false => with_comment,
    };
    let (new, line) = with_comment(&old, line, &comment)
        .map_err(|problem| Problem::new(format!("{}: {}", path.display(), problem.message)))?;
    write::replace(&file, &old, &new)?;
    let told = format!(
        "{}:{line}: {}\n",
        escape::path(&path),
        escape::line(&comment)
    );
    screen.print(&told).map_err(output_error)?;
    Ok(Status::Done)
}

fn comment(rule: &str, reason: &str, until: Option<Date>) -> Result<String, Problem> {
    let ids = || {
        let rules = rules::ALL.iter().map(|rule| rule.id);
        rules.chain(BUILT_IN.iter().map(|(name, _)| *name))
    };
    let name = match profiles::is_file(rule) {
        true => profiles::resolve(rule)?.name,
        false => rule.to_string(),
    };
    if !profiles::is_file(rule) && !ids().any(|id| id == rule) {
        let problem = Problem::new(format!("no rule or profile `{rule}`"));
        return Err(match library::nearest(rule, ids()) {
            Some(nearest) => problem.help(format!("did you mean `{nearest}`?")),
            None => problem.help("`harden explain` lists them"),
        });
    }
    let reason = reason.trim();
    if reason.is_empty() || reason.contains(char::is_control) {
        return Err(Problem::new("the reason must be one line of text"));
    }
    let until = until.map_or(String::new(), |date| format!(" until={date}"));
    Ok(format!("# harden: allow {name}{until} -- {reason}"))
}

/// `PATH:LINE`
fn split(place: &Path) -> Result<(PathBuf, usize), Problem> {
    let parts = place.to_str().and_then(|text| text.rsplit_once(':'));
    match parts.and_then(|(path, line)| Some((PathBuf::from(path), line.parse().ok()?))) {
        Some((path, line)) if line > 0 => Ok((path, line)),
        _ => Err(Problem::new(format!("`{}` names no line", place.display()))
            .help("write the file and the line: `Dockerfile:12`")),
    }
}

/// The text with the comment above the instruction of a line, and the line that it gets.
fn with_comment(text: &str, line: usize, comment: &str) -> Result<(String, usize), Problem> {
    let (start, before, first) = place_in_dockerfile(text, line)?;
    Ok((with_line(text, start, &before, comment)?, first))
}

/// The text with a comment behind some blanks, as a line of its own.
fn with_line(text: &str, start: usize, before: &str, comment: &str) -> Result<String, Problem> {
    let end = NewlineStyle::of(text).as_str();
    let edit = Edit::insert(start, format!("{before}{comment}{end}"));
    let edits = EditSet::new([edit]).map_err(|overlap| Problem::new(overlap.to_string()))?;
    Ok(edits.apply(text))
}

/// Where the comment for a line of a Dockerfile goes, the blanks in front of it, and the line that it gets.
fn place_in_dockerfile(text: &str, line: usize) -> Result<(usize, String, usize), Problem> {
    let file = syntax::parse(text);
    if let Some(error) = file.errors.first() {
        return Err(Problem::new(error.message.clone()));
    }
    let mut instructions = file.instructions.iter();
    let instruction = instructions
        .find(|one| (one.first_line..=one.last_line).contains(&line))
        .ok_or_else(|| Problem::new(format!("no instruction in line {line}")))?;
    let first = instruction.first_line;
    let start = LineIndex::new(text).start(first).unwrap_or(0);
    // A byte order mark stays in front.
    let start = if text
        .get(start..)
        .is_some_and(|rest| rest.starts_with('\u{feff}'))
    {
        start + '\u{feff}'.len_utf8()
    } else {
        start
    };
    let before = text.get(start..instruction.span.start).unwrap_or("");
    Ok((start, before.to_string(), first))
}

/// The same in YAML: above the innermost entry or item with the line in it that starts a line of its own.
fn with_comment_in_yaml(
    text: &str,
    line: usize,
    comment: &str,
) -> Result<(String, usize), Problem> {
    let yaml = Yaml::parse(text).map_err(|error| Problem::new(error.message))?;
    let lines = LineIndex::new(text);
    let region = comments::region_of_line(&yaml, &lines, line)
        .ok_or_else(|| Problem::new(format!("no entry or item in line {line}")))?;
    let first = lines.line(region.start);
    let start = lines.start(first).unwrap_or(0);
    let written = text.get(start..region.start).unwrap_or("");
    let blanks = written.trim_start_matches('\u{feff}');
    let start = start + written.len() - blanks.len();
    let indent: String = blanks.chars().take_while(|c| *c == ' ').collect();
    Ok((with_line(text, start, &indent, comment)?, first))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_comment_stands_above_the_whole_instruction() {
        let text = "\u{feff}FROM a\r\n  RUN a \\\r\n  b\r\n";
        let (new, line) = with_comment(text, 3, "# c").expect("a line");
        assert_eq!(line, 2);
        assert_eq!(new, "\u{feff}FROM a\r\n  # c\r\n  RUN a \\\r\n  b\r\n");
        let (new, _) = with_comment(text, 1, "# c").expect("a line");
        assert!(new.starts_with("\u{feff}# c\r\nFROM a"));
        assert!(with_comment(text, 4, "# c").is_err());
    }

    #[test]
    fn in_yaml_it_stands_above_the_entry_or_item() {
        let text = "\u{feff}a:\r\n  image: x\r\n  script:\r\n    - one\r\n    - |\r\n      two\r\n\r\n      three\r\n    -   'four\r\n      five'\r\n  list: [b,\r\n    c]\r\n# end\r\n";
        for (line, first, indent) in [
            (1, 1, ""),
            (2, 2, "  "),
            (3, 3, "  "),
            (4, 4, "    "),
            (5, 5, "    "),
            (6, 5, "    "),
            (7, 5, "    "),
            (8, 5, "    "),
            (10, 9, "    "),
            (12, 11, "  "),
        ] {
            let (new, at) = with_comment_in_yaml(text, line, "# c").expect("a line");
            assert_eq!(at, first, "line {line}");
            let bom = if first == 1 { "\u{feff}" } else { "" };
            let expected = format!("{bom}{indent}# c");
            assert_eq!(new.split("\r\n").nth(first - 1), Some(&*expected), "{new}");
            assert_eq!(new.replacen(&format!("{indent}# c\r\n"), "", 1), text);
        }
        assert!(with_comment_in_yaml(text, 13, "# c").is_err());
        assert!(with_comment_in_yaml(text, 99, "# c").is_err());
    }
}
