//! Words, by the quoting rules of the POSIX shell.

use std::ops::Range;

use super::lower::Lowering;
use super::tree::{BashismKind, Part, Word};
use super::{Fault, OpaqueReason};

/// The parts of a word while it is read; literal text gathers until another kind of part comes.
#[derive(Default)]
pub(super) struct Parts(Vec<Part>);

impl Parts {
    pub fn literal(&mut self, text: &str) {
        match self.0.last_mut() {
            Some(Part::Literal(gathered)) => gathered.push_str(text),
            _ => self.0.push(Part::Literal(text.to_owned())),
        }
    }

    pub fn quoted(&mut self, text: &str) {
        match self.0.last_mut() {
            Some(Part::Quoted(gathered)) => gathered.push_str(text),
            _ => self.0.push(Part::Quoted(text.to_owned())),
        }
    }

    pub fn push(&mut self, part: Part) {
        self.0.push(part);
    }
}

impl Lowering<'_, '_> {
    pub fn byte(&self, position: usize) -> Option<u8> {
        self.text.as_bytes().get(position).copied()
    }

    /// The byte, unless it lies at or behind `limit`.
    pub fn byte_before(&self, position: usize, limit: usize) -> Option<u8> {
        self.byte(position).filter(|_| position < limit)
    }

    /// The position behind blanks and escaped newlines.
    pub fn skip_blanks(&self, mut position: usize, limit: usize) -> usize {
        loop {
            match self.byte_before(position, limit) {
                Some(b' ' | b'\t') => position += 1,
                Some(b'\\') if self.byte_before(position + 1, limit) == Some(b'\n') => {
                    position += 2;
                }
                _ => return position,
            }
        }
    }

    /// The word at `start`, and the joined offset of its end. It may be empty.
    pub fn word(&mut self, start: usize, limit: usize) -> Result<(Word, usize), Fault> {
        if self.byte_before(start, limit) == Some(b'#') {
            return Err(Fault::disagreement(start));
        }
        self.word_part(start, limit)
    }

    /// As [`Self::word`], for the value of an assignment, where `#` and `(` have no special place.
    pub fn word_part(&mut self, start: usize, limit: usize) -> Result<(Word, usize), Fault> {
        let mut parts = Parts::default();
        let mut patterns = Patterns::default();
        let mut position = start;
        // A line continuation at the end of the word is none of its bytes.
        let mut end = start;
        while let Some(byte) = self.byte_before(position, limit) {
            let is_continuation = self.starts_with(position, limit, "\\\n");
            position = match byte {
                b' ' | b'\t' | b'\n' | b';' | b'&' | b'|' | b')' => break,
                b'<' | b'>' | b'(' => {
                    let Some(end) = self.bash_parenthesis(start, position, limit, &mut parts)?
                    else {
                        break;
                    };
                    end
                }
                b'\\' => self.escape(position, limit, &mut parts)?,
                b'\'' => self.single_quotes(position, limit, &mut parts)?,
                b'"' => self.double_quotes(position, limit, &mut parts)?,
                b'$' => self.dollar(position, limit, false, &mut parts)?,
                b'`' => self.backticks(position, limit, &mut parts)?,
                _ => self.plain(start, position, limit, &mut patterns, &mut parts)?,
            };
            if !is_continuation {
                end = position;
            }
        }
        let word = Word {
            span: self.source.span(start, end),
            parts: parts.0,
            is_split: self.source.is_split(start, end)
                || self.slice(&(start..end)).contains("\\\n"),
        };
        Ok((word, end))
    }

    /// A process substitution, or the parentheses of an array assignment, if the library found one here.
    fn bash_parenthesis(
        &mut self,
        word_start: usize,
        position: usize,
        limit: usize,
        parts: &mut Parts,
    ) -> Result<Option<usize>, Fault> {
        let Some(expansion) = self.expansions.get(&position).copied() else {
            return Ok(None);
        };
        let range = expansion.start..expansion.end;
        let end = range.end;
        if end > limit {
            return Err(Fault::disagreement(position));
        }
        if expansion.node.kind() == "process_substitution" {
            self.bashism(BashismKind::ProcessSubstitution, range);
            let substitution = self.substitution(expansion)?;
            parts.push(Part::Command(substitution));
            return Ok(Some(end));
        }
        if expansion.node.kind() == "array" && position == word_start {
            self.bashism(BashismKind::Array, range);
            let inner = self.substitutions_within(position + 1..end)?;
            parts.push(Part::Array(inner));
            return Ok(Some(end));
        }
        Ok(None)
    }

    fn escape(&mut self, position: usize, limit: usize, parts: &mut Parts) -> Result<usize, Fault> {
        let next = self.character(position + 1, limit);
        let next = next.ok_or(Fault::new(OpaqueReason::TrailingBackslash, position))?;
        if next != "\n" {
            parts.quoted(next);
        }
        Ok(position + 1 + next.len())
    }

    fn character(&self, position: usize, limit: usize) -> Option<&str> {
        let rest = self.text.get(position..limit)?;
        let length = rest.chars().next()?.len_utf8();
        rest.get(..length)
    }

    fn single_quotes(
        &mut self,
        position: usize,
        limit: usize,
        parts: &mut Parts,
    ) -> Result<usize, Fault> {
        let rest = self.text.get(position + 1..limit).unwrap_or("");
        let length = rest.find('\'').ok_or(Fault::disagreement(position))?;
        parts.quoted(rest.get(..length).unwrap_or(""));
        Ok(position + 1 + length + 1)
    }

    fn double_quotes(
        &mut self,
        open: usize,
        limit: usize,
        parts: &mut Parts,
    ) -> Result<usize, Fault> {
        // An empty string still is a word.
        parts.quoted("");
        let mut position = open + 1;
        while let Some(byte) = self.byte_before(position, limit) {
            position = match byte {
                b'"' => return Ok(position + 1),
                b'$' => self.dollar(position, limit, true, parts)?,
                b'`' => self.backticks(position, limit, parts)?,
                b'\\' => match self.byte_before(position + 1, limit) {
                    Some(b'\n') => position + 2,
                    Some(b'$' | b'`' | b'"' | b'\\') => self.escape(position, limit, parts)?,
                    _ => {
                        parts.quoted("\\");
                        position + 1
                    }
                },
                _ => {
                    let rest = self.text.get(position..limit).unwrap_or("");
                    let length = rest.find(['"', '$', '`', '\\']).unwrap_or(rest.len());
                    parts.quoted(rest.get(..length).unwrap_or(""));
                    position + length
                }
            };
        }
        Err(Fault::disagreement(open))
    }

    /// An unquoted character that is no operator and begins no expansion, and what follows of its kind.
    fn plain(
        &mut self,
        word_start: usize,
        position: usize,
        limit: usize,
        patterns: &mut Patterns,
        parts: &mut Parts,
    ) -> Result<usize, Fault> {
        let rest = self.text.get(position..limit);
        let rest = rest.ok_or(Fault::disagreement(position))?;
        match self.byte(position) {
            Some(b'*' | b'?') => parts.push(Part::Glob),
            Some(b'[') if patterns.closes_bracket(position, rest) => parts.push(Part::Glob),
            Some(b'{') if patterns.closes_braces(position, rest) => {
                self.bashism(BashismKind::BraceExpansion, position..position + 1);
                parts.push(Part::Brace);
            }
            Some(b'~') if self.takes_tilde(word_start, position) => parts.push(Part::Tilde),
            Some(b'[' | b'{' | b'~') => parts.literal(rest.get(..1).unwrap_or("")),
            _ => {
                let length = rest.find(is_special).unwrap_or(rest.len());
                parts.literal(rest.get(..length).unwrap_or(""));
                return Ok(position + length.max(1));
            }
        }
        Ok(position + 1)
    }

    /// A tilde is expanded at the start of a word, and behind `=` and `:` at least in assignments.
    fn takes_tilde(&self, word_start: usize, position: usize) -> bool {
        let before = position.checked_sub(1).and_then(|before| self.byte(before));
        position == word_start || matches!(before, Some(b'=' | b':'))
    }

    /// Whether `text` at `position` starts with `prefix`, all before `limit`.
    pub fn starts_with(&self, position: usize, limit: usize, prefix: &str) -> bool {
        self.text
            .get(position..limit)
            .is_some_and(|rest| rest.starts_with(prefix))
    }

    /// The places of a range of the text that the caller of the library sees.
    pub fn span(&self, range: Range<usize>) -> crate::text::Span {
        self.source.span(range.start, range.end)
    }
}

/// Characters that end a run of plain ones.
fn is_special(character: char) -> bool {
    matches!(
        character,
        ' ' | '\t'
            | '\n'
            | ';'
            | '&'
            | '|'
            | '<'
            | '>'
            | '('
            | ')'
            | '\\'
            | '\''
            | '"'
            | '$'
            | '`'
            | '*'
            | '?'
            | '['
            | '{'
            | '~'
    )
}

/// What closes `[…]` and `{…}` in the rest of a word, searched once for all that open there.
///
/// The search goes to the next blank or operator, quoted or not. A pattern that closes behind a quoted blank is
/// taken for literal text.
#[derive(Default)]
struct Patterns {
    /// How far the search went.
    end: usize,
    last_bracket: Option<usize>,
    /// The last `,` or `..` that a `}` follows.
    last_separator: Option<usize>,
}

impl Patterns {
    /// Whether a `]` follows the `[` at `position`, where `rest` begins.
    fn closes_bracket(&mut self, position: usize, rest: &str) -> bool {
        self.search(position, rest);
        self.last_bracket > Some(position)
    }

    /// Whether a comma or `..` and a `}` follow the `{` at `position`, as bash wants for an expansion.
    fn closes_braces(&mut self, position: usize, rest: &str) -> bool {
        self.search(position, rest);
        self.last_separator > Some(position)
    }

    fn search(&mut self, position: usize, rest: &str) {
        if position < self.end {
            return;
        }
        let length = rest.find([' ', '\t', '\n', ';', '&', '|', '<', '>', '(', ')']);
        let word = rest.get(..length.unwrap_or(rest.len())).unwrap_or("");
        let braces = word
            .rfind('}')
            .and_then(|close| word.get(..close))
            .unwrap_or("");
        let separator = braces.rfind(',').max(braces.rfind(".."));
        self.end = position + word.len();
        self.last_bracket = word.rfind(']').map(|found| position + found);
        self.last_separator = separator.map(|found| position + found);
    }
}
