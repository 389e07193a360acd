//! Heredocs, found in a logical line as BuildKit finds them.

use super::variables::{self, Quotes};
use crate::text::Span;

/// A heredoc of a RUN, COPY or ADD.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heredoc {
    pub name: String,
    /// False where a part of the name is quoted: then variables in the body are left alone.
    pub expand: bool,
    /// `<<-`: leading tabs do not count.
    pub chomp: bool,
    pub file_descriptor: u64,
    /// The marker (`<<EOF`) in the source.
    pub marker: Span,
    /// The lines of the body, line ends included, terminator excluded.
    pub body: Span,
    /// The line of the terminator without its line end; empty at the end of an unterminated one.
    pub terminator: Span,
}

/// What a marker says; [`Heredoc`] without its places.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Marker {
    pub name: String,
    pub expand: bool,
    pub chomp: bool,
    pub file_descriptor: u64,
    /// In the logical line.
    pub span: Span,
}

/// The markers of a logical line, in order.
pub(super) fn markers(line: &str) -> Vec<Marker> {
    // BuildKit ignores the error of a line that does not split, and finds no heredoc in it.
    variables::split_words(line, '\\', Quotes::Keep)
        .unwrap_or_default()
        .into_iter()
        .filter_map(|(word, span)| marker(&word, span))
        .collect()
}

/// `<<NAME`, with an optional file descriptor before and `-` after the arrows.
fn marker(word: &str, span: Span) -> Option<Marker> {
    let digits = word.len() - word.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (descriptor, rest) = word.split_at_checked(digits)?;
    let rest = rest.strip_prefix("<<")?;
    let (chomp, rest) = match rest.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, rest),
    };
    if rest.is_empty() || rest.contains('<') {
        return None;
    }
    let [name] = single(rest, Quotes::Strip)?;
    let [raw] = single(rest, Quotes::Keep)?;
    Some(Marker {
        expand: name == raw,
        name,
        chomp,
        file_descriptor: descriptor.parse().unwrap_or(0),
        span,
    })
}

fn single(rest: &str, quotes: Quotes) -> Option<[String; 1]> {
    let words = variables::split_words(rest, '\\', quotes).ok()?;
    let words: Vec<String> = words.into_iter().map(|(word, _)| word).collect();
    words.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(line: &str) -> Vec<(String, bool, bool)> {
        markers(line)
            .into_iter()
            .map(|marker| (marker.name, marker.expand, marker.chomp))
            .collect()
    }

    #[test]
    fn markers_are_words_of_the_line() {
        assert_eq!(
            names("RUN <<A cat > /a && <<-'B' cat"),
            [("A".into(), true, false), ("B".into(), false, true)]
        );
        assert_eq!(names("COPY <<\"E F\" /x"), [("E F".into(), false, false)]);
        assert_eq!(names("RUN cat 3<<EOF"), [("EOF".into(), true, false)]);
    }

    #[test]
    fn shifts_here_strings_and_open_quotes_are_none() {
        assert_eq!(names("RUN echo $((1<<2)) a<<B <<<C << D"), []);
        assert_eq!(names("RUN echo 'it <<EOF"), []);
        assert_eq!(names("RUN cat <<''"), []);
    }
}
