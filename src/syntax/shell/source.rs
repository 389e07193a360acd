//! The joined text that the shell gets, and the way back to places in the Dockerfile.

use std::borrow::Cow;

use crate::text::Span;

/// Shell text without the ranges that the Dockerfile parser drops.
///
/// "Joined" offsets count in [`Source::text`]; "outer" offsets count in the caller's text plus the caller's offset.
pub(super) struct Source<'a> {
    joined: Cow<'a, str>,
    offset: usize,
    /// The length of the caller's text.
    length: usize,
    /// What was dropped, as outer spans.
    removed: Vec<Span>,
    /// Sorted by `joined`; adjacent ranges of the caller are one seam here.
    seams: Vec<Seam>,
}

/// A place in the joined text where bytes were dropped.
struct Seam {
    /// Joined offset of the first byte behind the dropped ones.
    joined: usize,
    /// All bytes dropped up to and including this seam.
    dropped: usize,
    /// Bytes dropped before this seam.
    dropped_before: usize,
}

impl<'a> Source<'a> {
    pub fn new(text: &'a str, removed: &[Span], offset: usize) -> Self {
        let mut joined = String::new();
        let mut seams: Vec<Seam> = Vec::new();
        let mut dropped_spans = Vec::new();
        let mut position = 0;
        let mut dropped = 0;
        for span in removed {
            let Some(kept) = text.get(position..span.start) else {
                continue;
            };
            if span.is_empty() || text.get(span.start..span.end).is_none() {
                continue;
            }
            joined.push_str(kept);
            position = span.end;
            match seams.last_mut() {
                Some(seam) if seam.joined == joined.len() => seam.dropped += span.len(),
                _ => seams.push(Seam {
                    joined: joined.len(),
                    dropped: dropped + span.len(),
                    dropped_before: dropped,
                }),
            }
            dropped += span.len();
            dropped_spans.push(Span {
                start: offset + span.start,
                end: offset + span.end,
            });
        }
        let joined = if seams.is_empty() {
            Cow::Borrowed(text)
        } else {
            joined.push_str(text.get(position..).unwrap_or(""));
            Cow::Owned(joined)
        };
        Self {
            joined,
            offset,
            length: text.len(),
            removed: dropped_spans,
            seams,
        }
    }

    pub fn text(&self) -> &str {
        &self.joined
    }

    /// The outer offset of the byte at `joined`: behind a seam, since that is where the byte stands.
    pub fn start(&self, joined: usize) -> usize {
        let behind = self.seams.partition_point(|seam| seam.joined <= joined);
        let dropped = behind
            .checked_sub(1)
            .and_then(|index| self.seams.get(index))
            .map_or(0, |seam| seam.dropped);
        self.offset + joined + dropped
    }

    /// The outer offset just behind the byte before `joined`: in front of a seam.
    pub fn end(&self, joined: usize) -> usize {
        let behind = self.seams.partition_point(|seam| seam.joined < joined);
        let dropped = self.seams.get(behind).map_or_else(
            || self.seams.last().map_or(0, |seam| seam.dropped),
            |seam| seam.dropped_before,
        );
        self.offset + joined + dropped
    }

    /// The outer span of a joined range. An empty range keeps to the left of a seam.
    pub fn span(&self, start: usize, end: usize) -> Span {
        let last = self.end(end);
        Span {
            start: if start == end {
                last
            } else {
                self.start(start)
            },
            end: last,
        }
    }

    /// The outer span of the caller's whole text.
    pub fn span_of_all(&self) -> Span {
        Span {
            start: self.offset,
            end: self.offset + self.length,
        }
    }

    /// The outer spans that were dropped, sorted.
    pub fn removed(&self) -> Vec<Span> {
        self.removed.clone()
    }

    /// Whether bytes were dropped strictly inside the joined range.
    pub fn is_split(&self, start: usize, end: usize) -> bool {
        let first = self.seams.partition_point(|seam| seam.joined <= start);
        self.seams.get(first).is_some_and(|seam| seam.joined < end)
    }
}
