//! A unified diff that gives the new bytes exactly, through `git apply` and through `patch -p1`.
//!
//! There is no `diff --git` line: with one, git takes the paths as relative to the top of the repository, and `git apply` in
//! a folder below it passes the file over without a word.

use std::fmt::Write as _;
use std::ops::Range;
use std::path::Path;

use anstyle::Style;
use similar::{Algorithm, DiffOp, DiffTag};

use super::escape;
use super::style::Styles;

const CONTEXT: usize = 3;

/// The patch from `old` to `new`, byte for byte; empty where they are equal.
pub fn patch(path: &Path, old: &str, new: &str) -> String {
    render(path, old, new, &Plain)
}

/// The same for a person at a terminal: coloured, and with control characters escaped.
pub fn screen(path: &Path, old: &str, new: &str, styles: &Styles) -> String {
    render(path, old, new, &ForPeople(styles))
}

#[derive(Clone, Copy)]
enum LineKind {
    Header,
    Hunk,
    Context,
    Removed,
    Added,
}

/// How a line is written; `text` comes without its line end.
trait Writer {
    fn line(&self, patch: &mut String, kind: LineKind, text: &str);
}

struct Plain;

impl Writer for Plain {
    fn line(&self, patch: &mut String, kind: LineKind, text: &str) {
        patch.push_str(sign(kind));
        patch.push_str(text);
        patch.push('\n');
    }
}

struct ForPeople<'s>(&'s Styles);

impl Writer for ForPeople<'_> {
    fn line(&self, patch: &mut String, kind: LineKind, text: &str) {
        let style = match kind {
            LineKind::Header => self.0.strong,
            LineKind::Hunk => self.0.hunk,
            LineKind::Context => Style::new(),
            LineKind::Removed => self.0.removed,
            LineKind::Added => self.0.added,
        };
        let text = text.strip_suffix('\r').unwrap_or(text);
        let text = escape::block(text);
        let _ = writeln!(patch, "{style}{}{text}{style:#}", sign(kind));
    }
}

fn sign(kind: LineKind) -> &'static str {
    match kind {
        LineKind::Header | LineKind::Hunk => "",
        LineKind::Context => " ",
        LineKind::Removed => "-",
        LineKind::Added => "+",
    }
}

fn render(path: &Path, old: &str, new: &str, writer: &dyn Writer) -> String {
    let old_lines: Vec<&str> = old.split_inclusive('\n').collect();
    let new_lines: Vec<&str> = new.split_inclusive('\n').collect();
    let operations = similar::capture_diff_slices(Algorithm::Myers, &old_lines, &new_lines);
    let hunks = similar::group_diff_ops(operations, CONTEXT);
    let mut patch = String::new();
    if old == new {
        return patch;
    }
    for (sign, prefix) in [("---", "a/"), ("+++", "b/")] {
        let name = escape::patch_path(prefix, path);
        // A tab ends a name; without it, a blank would.
        let tab = if name.contains(' ') { "\t" } else { "" };
        writer.line(&mut patch, LineKind::Header, &format!("{sign} {name}{tab}"));
    }
    for hunk in &hunks {
        write_hunk(&mut patch, hunk, &old_lines, &new_lines, writer);
    }
    patch
}

fn write_hunk(
    patch: &mut String,
    hunk: &[DiffOp],
    old_lines: &[&str],
    new_lines: &[&str],
    writer: &dyn Writer,
) {
    let (Some(first), Some(last)) = (hunk.first(), hunk.last()) else {
        return;
    };
    let old = first.old_range().start..last.old_range().end;
    let new = first.new_range().start..last.new_range().end;
    let header = format!("@@ -{} +{} @@", range(old), range(new));
    writer.line(patch, LineKind::Hunk, &header);
    let mut lines = |kind: LineKind, lines: &[&str], range: Range<usize>| {
        for line in lines.get(range).unwrap_or_default() {
            match line.strip_suffix('\n') {
                Some(line) => writer.line(patch, kind, line),
                None => {
                    writer.line(patch, kind, line);
                    writer.line(patch, LineKind::Header, "\\ No newline at end of file");
                }
            }
        }
    };
    for operation in hunk {
        let (tag, old, new) = operation.as_tag_tuple();
        if tag == DiffTag::Equal {
            lines(LineKind::Context, old_lines, old);
        } else {
            lines(LineKind::Removed, old_lines, old);
            lines(LineKind::Added, new_lines, new);
        }
    }
}

/// `start,length`; an empty range names the line before it.
fn range(lines: Range<usize>) -> String {
    match lines.len() {
        0 => format!("{},0", lines.start),
        1 => (lines.start + 1).to_string(),
        length => format!("{},{length}", lines.start + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_has_ranges_context_and_the_end_of_the_file() {
        let old = "1\n2\n3\n4\n5\n6";
        let new = "1\n2\n3\n4\nfive\n6\n";
        insta::assert_snapshot!(patch(Path::new("a b"), old, new), @r"
        --- a/a b	
        +++ b/a b	
        @@ -2,5 +2,5 @@
         2
         3
         4
        -5
        -6
        \ No newline at end of file
        +five
        +6
        ");
        assert_eq!(patch(Path::new("x"), old, old), "");
    }

    #[test]
    fn people_see_no_control_characters() {
        let shown = screen(Path::new("x"), "a\x1b[2J\r\n", "b\r\n", &Styles::default());
        insta::assert_snapshot!(shown, @r"
        --- a/x
        +++ b/x
        @@ -1 +1 @@
        -a\u{1b}[2J
        +b
        ");
    }
}
