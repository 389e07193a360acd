//! Where the characters of a scalar stand in its file, whatever its quotes, escapes and folded lines.

use super::yaml::{Data, NodeId, Style, Yaml};
use crate::text::Span;

/// The characters of a scalar that are no blanks: YAML may fold blanks and line ends, and keeps the others in their order.
pub struct Places {
    /// Where each stands in the value, and in the file.
    characters: Vec<(usize, Span)>,
    whole: Span,
}

impl Places {
    pub fn of(yaml: &Yaml<'_>, node: NodeId) -> Self {
        let node = yaml.follow(node);
        let whole = yaml.span(node);
        let (value, style) = match yaml.node(node).map(|node| &node.data) {
            Some(Data::Scalar { value, style }) => (value.as_str(), *style),
            _ => ("", Style::Plain),
        };
        let is_solid = |c: char| !c.is_whitespace();
        let wanted = value.char_indices().filter(|(_, c)| is_solid(*c));
        let written = Written::of(whole.slice(yaml.source), style).filter(|(_, c)| is_solid(*c));
        let characters = wanted.zip(written).map(|((at, _), (place, _))| {
            let place = Span::new(whole.start + place.start, whole.start + place.end);
            (at, place)
        });
        Self {
            characters: characters.collect(),
            whole,
        }
    }

    /// Where a part of the value is written, without blanks around it; the whole scalar for a part with nothing in it.
    pub fn span(&self, part: Span) -> Span {
        let behind = |offset: usize| self.characters.partition_point(|(at, _)| *at < offset);
        let inside = self.characters.get(behind(part.start)..behind(part.end));
        match inside {
            Some([(_, one)]) => *one,
            Some([(_, first), .., (_, last)]) => first.cover(*last),
            _ => self.whole,
        }
    }
}

/// The characters that a written scalar stands for.
struct Written<'s> {
    text: &'s str,
    at: usize,
    style: Style,
}

impl<'s> Written<'s> {
    fn of(text: &'s str, style: Style) -> Self {
        let (at, end) = match style {
            Style::Plain => (0, text.len()),
            Style::SingleQuoted | Style::DoubleQuoted => (1, text.len().saturating_sub(1)),
            // Behind the line of the `|` or `>`.
            Style::Literal | Style::Folded => {
                let header = text.find('\n').map_or(text.len(), |newline| newline + 1);
                (header, text.len())
            }
        };
        let text = text.get(..end).unwrap_or("");
        Self { text, at, style }
    }
}

impl Iterator for Written<'_> {
    type Item = (Span, char);

    fn next(&mut self) -> Option<Self::Item> {
        let start = self.at;
        let rest = self.text.get(start..)?;
        let mut letters = rest.chars();
        let first = letters.next()?;
        let (letter, length) = match (self.style, first) {
            (Style::SingleQuoted, '\'') => ('\'', rest.len().min(2)),
            (Style::DoubleQuoted, '\\') => escaped(letters.as_str()),
            _ => (first, first.len_utf8()),
        };
        self.at += length;
        Some((Span::new(start, self.at), letter))
    }
}

/// The character of an escape, by what stands behind the backslash, and its length with that.
fn escaped(rest: &str) -> (char, usize) {
    let Some(kind) = rest.chars().next() else {
        return ('\\', 1);
    };
    let digits = match kind {
        'x' => 2,
        'u' => 4,
        'U' => 8,
        // What these stand for is a blank, as is the end of a line.
        't' | 'n' | 'v' | 'f' | 'r' | 'N' | '_' | 'L' | 'P' => return (' ', 2),
        _ => return (kind, 1 + kind.len_utf8()),
    };
    let number = rest.get(1..=digits);
    let number = number.and_then(|number| u32::from_str_radix(number, 16).ok());
    (number.and_then(char::from_u32).unwrap_or('?'), 2 + digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text in the file of the first `word` in the value of the only entry.
    fn found(source: &str, word: &str) -> String {
        let yaml = Yaml::parse(source).unwrap();
        let (_, node) = yaml.entries(yaml.documents[0])[0];
        let value = yaml.scalar(node).unwrap();
        let at = value.find(word).unwrap_or_else(|| panic!("{value:?}"));
        let span = Places::of(&yaml, node).span(Span::new(at, at + word.len()));
        span.slice(source).to_string()
    }

    #[test]
    fn parts_of_scalars_are_found_in_the_file() {
        for (source, word, written) in [
            ("a: é curl x | sh # c\n", "curl x | sh", "curl x | sh"),
            ("a: one\n  two\n\n  three\n", "two\nthree", "two\n\n  three"),
            ("a: 'it''s one'\n", "t's o", "t''s o"),
            (
                "a: \"\\\"x\\\" \\u00e9\\tb\\\n  c\"\n",
                "é\tb",
                "\\u00e9\\tb",
            ),
            ("a: \"x \\\n   y\"\n", "x y", "x \\\n   y"),
            ("a: |2-  # c\n     x\n   y z\n", " y z", "y z"),
            ("a: >\n  x\n  y\n\n  z\n", "y\nz", "y\n\n  z"),
            ("a: |\r\n  x\r\n  y\r\n", "x\ny", "x\r\n  y"),
        ] {
            assert_eq!(found(source, word), written, "{source:?}");
        }
    }

    #[test]
    fn a_part_without_letters_is_the_whole() {
        let yaml = Yaml::parse("a: 'x  y'\n").unwrap();
        let (_, node) = yaml.entries(yaml.documents[0])[0];
        let places = Places::of(&yaml, node);
        assert_eq!(places.span(Span::new(1, 3)), yaml.span(node));
        assert_eq!(places.span(Span::new(90, 95)), yaml.span(node));
    }
}
