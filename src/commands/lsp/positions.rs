//! Places as the protocol counts them: lines from 0, which end after LF, CR LF or a lone CR, and in them units of UTF-16.

use gen_lsp_types::{Position, Range};
use harden::text::Span;

/// Where the lines of a text start, as offsets in bytes.
pub struct Positions {
    starts: Vec<usize>,
}

impl Positions {
    pub fn new(text: &str) -> Self {
        let bytes = text.as_bytes();
        let ends_line = |at: usize| match bytes.get(at) {
            Some(b'\n') => true,
            Some(b'\r') => bytes.get(at + 1) != Some(&b'\n'),
            _ => false,
        };
        let ends = memchr::memchr2_iter(b'\n', b'\r', bytes).filter(|at| ends_line(*at));
        Self {
            starts: std::iter::once(0).chain(ends.map(|at| at + 1)).collect(),
        }
    }

    pub fn position(&self, text: &str, offset: usize) -> Position {
        let line = self.starts.partition_point(|start| *start <= offset) - 1;
        let start = self.starts.get(line).copied().unwrap_or(0);
        let before = text.get(start..offset).unwrap_or("");
        Position {
            line: number(line),
            character: number(before.encode_utf16().count()),
        }
    }

    pub fn range(&self, text: &str, span: Span) -> Range {
        Range {
            start: self.position(text, span.start),
            end: self.position(text, span.end),
        }
    }

    /// The offset of a place. One past the end of its line is at that end, one past the last line at the end of the text.
    pub fn offset(&self, text: &str, position: Position) -> usize {
        let line = usize::try_from(position.line).unwrap_or(usize::MAX);
        let Some(&start) = self.starts.get(line) else {
            return text.len();
        };
        let end = self.starts.get(line.saturating_add(1)).copied();
        let line = text.get(start..end.unwrap_or(text.len())).unwrap_or("");
        let mut units = 0;
        for (at, character) in line.trim_end_matches(['\r', '\n']).char_indices() {
            if units >= position.character {
                return start + at;
            }
            units += number(character.len_utf16());
        }
        start + line.trim_end_matches(['\r', '\n']).len()
    }
}

fn number(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "a\u{fc}\u{1f600}b\r\nc\rd\n\n\u{4e2d}";

    #[test]
    fn columns_are_units_of_utf_16() {
        let positions = Positions::new(TEXT);
        for (part, line, character) in [
            ("a", 0, 0),
            ("\u{fc}", 0, 1),
            ("\u{1f600}", 0, 2),
            ("b", 0, 4),
            ("c", 1, 0),
            ("d", 2, 0),
            ("\u{4e2d}", 4, 0),
        ] {
            let offset = TEXT.find(part).expect("the part");
            let position = Position { line, character };
            assert_eq!(positions.position(TEXT, offset), position, "{part}");
            assert_eq!(positions.offset(TEXT, position), offset, "{part}");
        }
    }

    #[test]
    fn places_that_are_not_there_are_at_the_end() {
        let positions = Positions::new(TEXT);
        let offset = |line, character| positions.offset(TEXT, Position { line, character });
        assert_eq!(offset(0, 99), TEXT.find('\r').expect("the end"));
        assert_eq!(offset(3, 7), TEXT.find('\u{4e2d}').expect("a place") - 1);
        assert_eq!(offset(9, 0), TEXT.len());
        assert_eq!(offset(u32::MAX, u32::MAX), TEXT.len());
        // In the middle of a pair of surrogates there is no character.
        assert_eq!(offset(0, 3), TEXT.find('b').expect("a place"));
    }
}
