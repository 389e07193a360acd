//! The source around a place, with the gaps that the shell does not see.

use super::super::tree::Script;
use crate::text::Span;

/// The source around a place, with the gaps that the Dockerfile parser or the shell closes.
pub(super) struct Text<'a> {
    pub script: &'a Script,
    pub source: &'a str,
}

impl Text<'_> {
    pub fn byte(&self, position: usize) -> Option<u8> {
        self.source.as_bytes().get(position).copied()
    }

    pub fn blanks_before(&self, mut position: usize) -> usize {
        while position > self.script.span.start
            && matches!(self.byte(position - 1), Some(b' ' | b'\t'))
            && self.removed_before(position).is_none()
        {
            position -= 1;
        }
        position
    }

    pub fn blanks_after(&self, mut position: usize) -> usize {
        while position < self.script.span.end
            && matches!(self.byte(position), Some(b' ' | b'\t'))
            && self.removed_after(position).is_none()
        {
            position += 1;
        }
        position
    }

    pub fn removed_before(&self, position: usize) -> Option<Span> {
        let removed = &self.script.removed;
        let index = removed.partition_point(|span| span.end < position);
        removed
            .get(index)
            .copied()
            .filter(|span| span.end == position)
    }

    pub fn removed_after(&self, position: usize) -> Option<Span> {
        let removed = &self.script.removed;
        let index = removed.partition_point(|span| span.start < position);
        removed
            .get(index)
            .copied()
            .filter(|span| span.start == position)
    }

    /// The range without meaning that ends at `position`: dropped by the Dockerfile parser, or an escaped newline.
    pub fn gap_before(&self, position: usize) -> Option<Span> {
        self.removed_before(position).or_else(|| {
            let start = position.checked_sub(2)?;
            let gap = Span {
                start,
                end: position,
            };
            (start >= self.script.span.start && gap.slice(self.source) == "\\\n").then_some(gap)
        })
    }

    /// As [`Self::gap_before`], for a range that begins at `position`.
    pub fn gap_after(&self, position: usize) -> Option<Span> {
        self.removed_after(position).or_else(|| {
            let gap = Span {
                start: position,
                end: position + 2,
            };
            (gap.end <= self.script.span.end && gap.slice(self.source) == "\\\n").then_some(gap)
        })
    }

    /// The end of the first line of a gap: comment lines that follow in the same gap stay.
    pub fn line_end(&self, gap: Span) -> usize {
        let newline = gap.slice(self.source).find('\n');
        newline.map_or(gap.end, |newline| gap.start + newline + 1)
    }

    /// Whether the gap is a single line continuation: no comment and no empty line.
    pub fn is_one_continuation(&self, gap: Span) -> bool {
        let text = gap.slice(self.source);
        !self.has_comment(gap) && text.matches('\n').count() == 1 && text.starts_with(['\\', '`'])
    }

    /// Whether a shell comment or a comment line of the Dockerfile lies in the span, in part or whole.
    pub fn has_comment(&self, span: Span) -> bool {
        let meets = |other: &&Span| other.start < span.end && span.start < other.end;
        let mut removed = self.script.removed.iter().filter(meets);
        self.script.comments.iter().any(|comment| meets(&comment))
            || removed.any(|gap| {
                let lines = gap.slice(self.source).lines();
                lines
                    .into_iter()
                    .any(|line| line.trim_start().starts_with('#'))
            })
    }

    /// The byte before `position` that the shell gets to see.
    pub fn seen_before(&self, mut position: usize) -> Option<u8> {
        while let Some(gap) = self.gap_before(position) {
            position = gap.start;
        }
        let before = position.checked_sub(1)?;
        self.byte(before)
            .filter(|_| before >= self.script.span.start)
    }

    /// The byte at or behind `position` that the shell gets to see.
    pub fn seen_after(&self, mut position: usize) -> Option<u8> {
        while let Some(gap) = self.gap_after(position) {
            position = gap.end;
        }
        self.byte(position)
            .filter(|_| position < self.script.span.end)
    }
}
