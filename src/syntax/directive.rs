//! Parser directives, as BuildKit's `DirectiveParser` reads them.

use super::Directive;
use crate::text::Span;

const NAMES: [&str; 3] = ["syntax", "escape", "check"];

/// Reads directives until the first line that is none.
#[derive(Default)]
pub(super) struct DirectiveReader {
    seen: Vec<String>,
    done: bool,
}

impl DirectiveReader {
    /// A directive, if `line` (trimmed, at `offset` of the source) is one.
    ///
    /// # Errors
    /// A message where a directive stands twice.
    pub(super) fn read<'s>(
        &mut self,
        line: &'s str,
        offset: usize,
    ) -> Result<Option<Directive<'s>>, String> {
        if self.done {
            return Ok(None);
        }
        let Some((name, value, value_start)) = split(line) else {
            self.done = true;
            return Ok(None);
        };
        let name = name.to_ascii_lowercase();
        if !NAMES.contains(&name.as_str()) {
            return Ok(None);
        }
        if self.seen.contains(&name) {
            return Err(format!("only one {name} parser directive can be used"));
        }
        self.seen.push(name.clone());
        let start = offset + value_start;
        Ok(Some(Directive {
            name,
            value,
            value_span: Span::new(start, start + value.len()),
        }))
    }
}

/// Go's `\s`.
fn is_blank(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\x0c' | '\r' | ' ')
}

/// `# name = value`: the name, the value and where the value starts.
fn split(line: &str) -> Option<(&str, &str, usize)> {
    let rest = line.strip_prefix('#')?.trim_start_matches(is_blank);
    let name_length = rest
        .find(|character: char| !character.is_ascii_alphanumeric())
        .unwrap_or(rest.len());
    let (name, rest) = rest.split_at_checked(name_length)?;
    if !name.starts_with(|character: char| character.is_ascii_alphabetic()) {
        return None;
    }
    let rest = rest.trim_start_matches(is_blank).strip_prefix('=')?;
    let value = rest.trim_start_matches(is_blank);
    let start = line.len() - value.len();
    let value = value.trim_end_matches(is_blank);
    if value.is_empty() {
        return None;
    }
    Some((name, value, start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directives_end_at_the_first_other_comment() {
        let mut reader = DirectiveReader::default();
        let syntax = reader.read("# Syntax = docker/dockerfile:1 ", 10).unwrap();
        let syntax = syntax.unwrap();
        assert_eq!(syntax.name, "syntax");
        assert_eq!(syntax.value, "docker/dockerfile:1");
        assert_eq!(syntax.value_span, Span::new(21, 40));
        assert_eq!(reader.read("#unknown=1", 0), Ok(None));
        assert!(reader.read("#escape=`", 0).unwrap().is_some());
        assert!(reader.read("#escape=\\", 0).is_err());
        assert_eq!(reader.read("# a comment", 0), Ok(None));
        assert_eq!(reader.read("#check=skip=all", 0), Ok(None));
    }
}
