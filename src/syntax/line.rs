//! A logical line: what an instruction says once its continuation lines are joined.

use std::borrow::Cow;

use crate::text::Span;

/// The joined text of an instruction, with the way back to the source.
#[derive(Clone, Debug, Default)]
pub struct LogicalLine<'s> {
    text: Cow<'s, str>,
    /// Where each piece starts in `text` and in the source. Ascending in both.
    pieces: Vec<(usize, usize)>,
}

impl<'s> LogicalLine<'s> {
    pub fn new(text: &'s str, source_start: usize) -> Self {
        Self {
            text: Cow::Borrowed(text),
            pieces: vec![(0, source_start)],
        }
    }

    pub(super) fn push(&mut self, text: &str, source_start: usize) {
        self.pieces.push((self.text.len(), source_start));
        self.text.to_mut().push_str(text);
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text of a logical span; borrowed from the source where the line has no continuation.
    pub(super) fn cow(&self, span: Span) -> Cow<'s, str> {
        match &self.text {
            Cow::Borrowed(text) => Cow::Borrowed(text.get(span.start..span.end).unwrap_or("")),
            Cow::Owned(text) => Cow::Owned(span.slice(text).to_string()),
        }
    }

    fn start_in_source(&self, offset: usize) -> usize {
        let after = self.pieces.partition_point(|(start, _)| *start <= offset);
        match self.pieces.get(after.saturating_sub(1)) {
            Some((start, source)) => source + (offset - start),
            None => offset,
        }
    }

    /// The source span of a logical span. It ends right after its last byte, not after a continuation that follows.
    pub fn to_source(&self, span: Span) -> Span {
        let start = self.start_in_source(span.start);
        if span.is_empty() {
            return Span::at(start);
        }
        Span::new(start, self.start_in_source(span.end - 1) + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_go_back_over_continuations() {
        let source = "RUN a \\\n  b";
        let mut line = LogicalLine::new(&source[0..6], 0);
        line.push(&source[8..11], 8);
        assert_eq!(line.text(), "RUN a   b");
        let b = line.to_source(Span::new(8, 9));
        assert_eq!(b.slice(source), "b");
        let a = line.to_source(Span::new(4, 5));
        assert_eq!(a.slice(source), "a");
    }
}
