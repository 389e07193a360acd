//! The check that every byte of a text has been understood.

use std::ops::Range;

use super::Fault;

/// Checks that the parts found in a range leave nothing but blanks, comments and heredoc bodies between them.
pub(super) struct Coverage {
    range: Range<usize>,
    parts: Vec<Range<usize>>,
}

impl Coverage {
    pub fn new(range: Range<usize>) -> Self {
        Self {
            range,
            parts: Vec::new(),
        }
    }

    pub fn add(&mut self, part: Range<usize>) {
        self.parts.push(part);
    }

    /// `trivia` is sorted and may reach outside the range or lie inside a part.
    pub fn check(mut self, text: &str, trivia: &[Range<usize>]) -> Result<(), Fault> {
        self.parts.sort_by_key(|part| part.start);
        let first = trivia.partition_point(|range| range.start < self.range.start);
        let mut trivia = trivia.get(first..).unwrap_or(&[]).iter().peekable();
        let mut position = self.range.start;
        for part in &self.parts {
            while let Some(gap) = trivia.next_if(|gap| gap.start < part.start) {
                position = skip_trivium(text, position, gap)?;
            }
            check_blank(text, position..part.start)?;
            if part.start < position {
                return Err(Fault::disagreement(part.start));
            }
            position = part.end;
        }
        while let Some(gap) = trivia.next_if(|gap| gap.start < self.range.end) {
            position = skip_trivium(text, position, gap)?;
        }
        if position > self.range.end {
            return Err(Fault::disagreement(self.range.end));
        }
        check_blank(text, position..self.range.end)
    }
}

/// The end of a comment or heredoc body, or `position` if it lies inside a part that was checked by itself.
fn skip_trivium(text: &str, position: usize, gap: &Range<usize>) -> Result<usize, Fault> {
    if gap.end <= position {
        return Ok(position);
    }
    check_blank(text, position..gap.start)?;
    let before = text.get(..gap.start).and_then(|text| text.bytes().last());
    let is_comment = text
        .get(gap.start..)
        .is_some_and(|rest| rest.starts_with('#'));
    let starts_token = before.is_none_or(|byte| b" \t\n;&|()`".contains(&byte));
    if gap.start < position || (is_comment && !starts_token) {
        return Err(Fault::disagreement(gap.start));
    }
    Ok(gap.end)
}

/// Only blanks, newlines and escaped newlines.
fn check_blank(text: &str, range: Range<usize>) -> Result<(), Fault> {
    let start = range.start;
    let gap = text.get(range).ok_or(Fault::disagreement(start))?;
    let stranger = gap
        .replace("\\\n", "  ")
        .find(|character: char| !matches!(character, ' ' | '\t' | '\n'));
    stranger.map_or(Ok(()), |position| {
        Err(Fault::disagreement(start + position))
    })
}
