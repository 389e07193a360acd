//! Places in a text, and changes of it.
//!
//! Everything in harden speaks of a text by byte offsets ([`Span`]). The only way to make a new text is
//! [`EditSet::apply`]; nothing else copies, joins or prints source text.

use std::fmt;

/// A half-open range of byte offsets, `start..end`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    pub start: usize,
    pub end: usize,
}

impl Span {
    pub fn new(start: usize, end: usize) -> Self {
        Self {
            start,
            end: end.max(start),
        }
    }

    /// The empty span at `offset`.
    pub fn at(offset: usize) -> Self {
        Self::new(offset, offset)
    }

    pub fn len(self) -> usize {
        self.end - self.start
    }

    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    pub fn contains(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// The text of the span, or `""` where it does not lie inside `text` on character boundaries.
    pub fn slice(self, text: &str) -> &str {
        text.get(self.start..self.end).unwrap_or("")
    }

    /// The smallest span that holds both.
    pub fn cover(self, other: Self) -> Self {
        Self::new(self.start.min(other.start), self.end.max(other.end))
    }
}

/// One replacement: the bytes of `span` become `text`. An empty span inserts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    pub span: Span,
    pub text: String,
}

impl Edit {
    pub fn replace(span: Span, text: impl Into<String>) -> Self {
        Self {
            span,
            text: text.into(),
        }
    }

    pub fn insert(offset: usize, text: impl Into<String>) -> Self {
        Self::replace(Span::at(offset), text)
    }

    pub fn delete(span: Span) -> Self {
        Self::replace(span, "")
    }

    fn changes_nothing(&self) -> bool {
        self.span.is_empty() && self.text.is_empty()
    }
}

/// Two edits that want the same bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overlap {
    pub first: Span,
    pub second: Span,
}

impl fmt::Display for Overlap {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, second) = (self.first, self.second);
        write!(
            formatter,
            "edits of bytes {}..{} and {}..{} overlap",
            first.start, first.end, second.start, second.end
        )
    }
}

impl std::error::Error for Overlap {}

/// Edits of one text that can be applied together.
///
/// Invariant: sorted by position and disjoint. Insertions at one offset keep the order in which they were given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EditSet {
    edits: Vec<Edit>,
    /// How far the edits before each one, and at the end all of them, move what follows.
    shifts: Vec<isize>,
}

impl EditSet {
    /// # Errors
    /// [`Overlap`] where two edits touch the same bytes, or one inserts inside what another replaces.
    pub fn new(edits: impl IntoIterator<Item = Edit>) -> Result<Self, Overlap> {
        let mut edits: Vec<Edit> = edits
            .into_iter()
            .filter(|edit| !edit.changes_nothing())
            .collect();
        edits.sort_by_key(|edit| (edit.span.start, edit.span.end));
        for pair in edits.windows(2) {
            if let [first, second] = pair
                && second.span.start < first.span.end
            {
                return Err(Overlap {
                    first: first.span,
                    second: second.span,
                });
            }
        }
        let mut shift = 0;
        let mut shifts = Vec::with_capacity(edits.len() + 1);
        for edit in &edits {
            shifts.push(shift);
            shift += edit.text.len() as isize - edit.span.len() as isize;
        }
        shifts.push(shift);
        Ok(Self { edits, shifts })
    }

    pub fn is_empty(&self) -> bool {
        self.edits.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = &Edit> {
        self.edits.iter()
    }

    /// Whether an edit of one set touches, or is next to, an edit of the other: then the two cannot be applied in one
    /// pass, because the result would depend on which comes first.
    pub fn conflicts_with(&self, other: &Self) -> bool {
        self.edits.iter().any(|mine| {
            let near = other
                .edits
                .partition_point(|theirs| theirs.span.end < mine.span.start);
            other
                .edits
                .get(near)
                .is_some_and(|theirs| theirs.span.start <= mine.span.end)
        })
    }

    /// The union of two sets that do not conflict.
    ///
    /// # Errors
    /// [`Overlap`] where they do.
    pub fn union(self, other: Self) -> Result<Self, Overlap> {
        Self::new(self.edits.into_iter().chain(other.edits))
    }

    /// The text with all edits made. An edit that does not lie inside `source` on character boundaries is left out.
    pub fn apply(&self, source: &str) -> String {
        let mut result = String::with_capacity(source.len() + 64);
        let mut position = 0;
        for edit in &self.edits {
            let Some(before) = source.get(position..edit.span.start) else {
                continue;
            };
            if source.get(edit.span.start..edit.span.end).is_none() {
                continue;
            }
            result.push_str(before);
            result.push_str(&edit.text);
            position = edit.span.end;
        }
        result.push_str(source.get(position..).unwrap_or(""));
        result
    }

    fn shift(&self, index: usize) -> isize {
        self.shifts.get(index).copied().unwrap_or(0)
    }

    fn new_start(&self, index: usize) -> usize {
        let start = self.edits.get(index).map_or(0, |edit| edit.span.start);
        start.saturating_add_signed(self.shift(index))
    }

    /// Where what an edit of this set writes is in the new text.
    pub fn written(&self, edit: &Edit) -> Option<Span> {
        let key = |one: &Edit| (one.span.start, one.span.end);
        let first = self.edits.partition_point(|one| key(one) < key(edit));
        let same_place = self
            .edits
            .get(first..)?
            .iter()
            .take_while(|one| key(one) == key(edit));
        let index = first + same_place.into_iter().position(|one| one == edit)?;
        let start = self.new_start(index);
        Some(Span::new(start, start + edit.text.len()))
    }

    /// How many bytes are inserted at a place that nothing replaces.
    pub fn inserted_at(&self, offset: usize) -> usize {
        let key = |one: &Edit| (one.span.start, one.span.end);
        let first = self
            .edits
            .partition_point(|one| key(one) < (offset, offset));
        let here = self.edits.get(first..).unwrap_or(&[]).iter();
        here.take_while(|one| key(one) == (offset, offset))
            .map(|one| one.text.len())
            .sum()
    }

    /// Whether an edit touches, or is next to, a span of the old text.
    pub fn touches(&self, span: Span) -> bool {
        let near = self
            .edits
            .partition_point(|edit| edit.span.end < span.start);
        self.edits
            .get(near)
            .is_some_and(|edit| edit.span.start <= span.end)
    }

    /// Where a place of the old text is in the new one. A place inside a replaced span goes to the start of its
    /// replacement, and a place where text is inserted to the start of that text.
    pub fn map_forward(&self, offset: usize) -> usize {
        let is_before = |edit: &Edit| {
            edit.span.end < offset || edit.span.end == offset && edit.span.start < offset
        };
        let next = self.edits.partition_point(is_before);
        let inside = self
            .edits
            .get(next)
            .is_some_and(|edit| edit.span.start < offset);
        if inside {
            return self.new_start(next);
        }
        offset.saturating_add_signed(self.shift(next))
    }

    /// Where a place of the new text was in the old one. A place inside a replacement goes to the start of what it
    /// replaced.
    pub fn map_backward(&self, offset: usize) -> usize {
        let mut low = 0;
        let mut high = self.edits.len();
        while low < high {
            let middle = low + (high - low) / 2;
            if self.new_start(middle) <= offset {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        let last = low
            .checked_sub(1)
            .and_then(|index| self.edits.get(index).map(|edit| (index, edit)));
        match last {
            Some((index, edit)) if offset < self.new_start(index) + edit.text.len() => {
                edit.span.start
            }
            _ => offset.saturating_add_signed(-self.shift(low)),
        }
    }
}

/// Line and column of a place, both counted from 1; the column counts characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    pub line: usize,
    pub column: usize,
}

/// The starts of the lines of a text. A line ends after its LF; a lone CR does not end one.
#[derive(Clone, Debug)]
pub struct LineIndex {
    starts: Vec<usize>,
}

impl LineIndex {
    pub fn new(text: &str) -> Self {
        let newlines = memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1);
        Self {
            starts: std::iter::once(0).chain(newlines).collect(),
        }
    }

    /// The line of a byte offset, from 1.
    pub fn line(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset)
    }

    /// The byte offset at which a line (from 1) starts.
    pub fn start(&self, line: usize) -> Option<usize> {
        self.starts.get(line.checked_sub(1)?).copied()
    }

    pub fn position(&self, text: &str, offset: usize) -> Position {
        let line = self.line(offset);
        let start = self.start(line).unwrap_or(0);
        let before = text.get(start..offset).unwrap_or("");
        Position {
            line,
            column: before.chars().count() + 1,
        }
    }
}

/// How the lines of a text end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewlineStyle {
    LineFeed,
    CarriageReturnLineFeed,
}

impl NewlineStyle {
    /// The style of most lines; LF where there is no line end or they are even.
    pub fn of(text: &str) -> Self {
        let (mut all, mut with_return) = (0usize, 0usize);
        for at in memchr::memchr_iter(b'\n', text.as_bytes()) {
            all += 1;
            with_return += usize::from(at > 0 && text.as_bytes().get(at - 1) == Some(&b'\r'));
        }
        if with_return * 2 > all {
            Self::CarriageReturnLineFeed
        } else {
            Self::LineFeed
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::LineFeed => "\n",
            Self::CarriageReturnLineFeed => "\r\n",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_apply_in_order_and_keep_the_rest() {
        let set = EditSet::new([
            Edit::insert(4, "X"),
            Edit::insert(4, "Y"),
            Edit::delete(Span::new(0, 2)),
            Edit::replace(Span::new(4, 6), "ef!"),
        ])
        .unwrap();
        assert_eq!(set.apply("abcdef"), "cdXYef!");
    }

    #[test]
    fn overlaps_are_refused() {
        let clash = EditSet::new([
            Edit::delete(Span::new(0, 3)),
            Edit::replace(Span::new(2, 4), "x"),
        ]);
        assert!(clash.is_err());
        let inside = EditSet::new([Edit::delete(Span::new(0, 3)), Edit::insert(1, "x")]);
        assert!(inside.is_err());
    }

    #[test]
    fn neighbours_conflict_across_sets() {
        let word = EditSet::new([Edit::delete(Span::new(2, 4))]).unwrap();
        let after = EditSet::new([Edit::insert(4, "x")]).unwrap();
        let away = EditSet::new([Edit::insert(5, "x")]).unwrap();
        assert!(word.conflicts_with(&after));
        assert!(!word.conflicts_with(&away));
    }

    #[test]
    fn places_follow_the_edits() {
        let set =
            EditSet::new([Edit::insert(2, "--"), Edit::replace(Span::new(4, 6), "x")]).unwrap();
        let (old, new) = ("abcdefgh", set.apply("abcdefgh"));
        assert_eq!(new, "ab--cdxgh");
        for letter in ['a', 'b', 'c', 'd', 'g', 'h'] {
            let (before, after) = (old.find(letter).unwrap(), new.find(letter).unwrap());
            assert_eq!(set.map_backward(after), before, "{letter}");
            if letter != 'c' {
                assert_eq!(set.map_forward(before), after, "{letter}");
            }
        }
    }

    #[test]
    fn insertions_at_one_place_have_places_of_their_own() {
        let (one, other) = (Edit::insert(1, "12"), Edit::insert(1, "34"));
        let set = EditSet::new([one.clone(), other.clone()]).unwrap();
        let text = set.apply("ab");
        assert_eq!(set.written(&one).unwrap().slice(&text), "12");
        assert_eq!(set.written(&other).unwrap().slice(&text), "34");
        assert_eq!(set.written(&Edit::insert(2, "")), None);
    }

    #[test]
    fn lines_and_columns_count_from_one() {
        let text = "é b\nc\r\n";
        let index = LineIndex::new(text);
        assert_eq!(index.position(text, 3), Position { line: 1, column: 3 });
        assert_eq!(index.position(text, 5), Position { line: 2, column: 1 });
        assert_eq!(index.line(text.len()), 3);
    }

    #[test]
    fn the_newline_style_is_that_of_most_lines() {
        assert_eq!(
            NewlineStyle::of("a\r\nb\r\nc\n"),
            NewlineStyle::CarriageReturnLineFeed
        );
        assert_eq!(NewlineStyle::of("a\nb\r\n"), NewlineStyle::LineFeed);
        assert_eq!(NewlineStyle::of(""), NewlineStyle::LineFeed);
    }
}
