//! The lines that differ between two texts, without the lines around them.

use std::ops::Range;

use similar::{Algorithm, DiffTag};

/// Lines of the old text that other lines take the place of. Lines are counted from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hunk<'t> {
    /// Where the old lines are; empty where lines are only added.
    pub old_range: Range<usize>,
    pub new_range: Range<usize>,
    pub old: Vec<&'t str>,
    pub new: Vec<&'t str>,
}

/// The changes from `old` to `new`, in their order.
pub fn hunks<'t>(old: &'t str, new: &'t str) -> Vec<Hunk<'t>> {
    between(&lines(old), &lines(new))
}

/// The same with the line feeds as parts of their lines: a last line without one differs from the same line with one.
pub fn exact<'t>(old: &'t str, new: &'t str) -> Vec<Hunk<'t>> {
    let lines = |text: &'t str| text.split_inclusive('\n').collect::<Vec<_>>();
    between(&lines(old), &lines(new))
}

fn between<'t>(old: &[&'t str], new: &[&'t str]) -> Vec<Hunk<'t>> {
    let mut hunks: Vec<Hunk<'t>> = Vec::new();
    for operation in similar::capture_diff_slices(Algorithm::Myers, old, new) {
        let (tag, old_range, new_range) = operation.as_tag_tuple();
        if tag == DiffTag::Equal {
            continue;
        }
        let of = |lines: &[&'t str], range: &Range<usize>| {
            lines.get(range.clone()).unwrap_or_default().to_vec()
        };
        let (old, new) = (of(old, &old_range), of(new, &new_range));
        match hunks.last_mut() {
            Some(last) if last.old_range.end == old_range.start => {
                last.old_range.end = old_range.end;
                last.new_range.end = new_range.end;
                last.old.extend(old);
                last.new.extend(new);
            }
            _ => hunks.push(Hunk {
                old_range,
                new_range,
                old,
                new,
            }),
        }
    }
    hunks
}

/// The lines of a text, without their line feeds; a carriage return stays.
pub fn lines(text: &str) -> Vec<&str> {
    let lines = text.split_inclusive('\n');
    lines
        .map(|line| line.strip_suffix('\n').unwrap_or(line))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hunks_have_the_lines_that_differ() {
        let found = hunks("1\n2\n3\n4\n", "1\ntwo\n3\n4\n5\n6");
        assert_eq!(found.len(), 2);
        assert_eq!(
            (found[0].old_range.clone(), &found[0].new),
            (1..2, &vec!["two"])
        );
        assert_eq!(
            (found[1].old_range.clone(), &found[1].new),
            (4..4, &vec!["5", "6"])
        );
        assert_eq!(hunks("a\n", "a\n"), []);
        assert_eq!(hunks("a", "a\n"), []);
        assert_eq!(exact("a", "a\n")[0].new, ["a\n"]);
    }
}
