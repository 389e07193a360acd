//! The shell text of a `RUN`: commands, words and operators, each with its place in the Dockerfile.
//!
//! `tree-sitter-bash` reads the text; this module turns its tree into [`Script`], a small tree of our own, and is the
//! only place that knows the library. The library is not trusted:
//!
//! * Its grouping is rebuilt. It hangs the redirect of `a && b > f` on the whole list and nests a pipeline after a
//!   heredoc the wrong way round, so lists and pipelines are flattened to a row of commands and operators and grouped
//!   again by the shell's precedence.
//! * Its words are not used. Words, assignments and redirects are split again by the shell's own quoting rules; only the
//!   ends of `$(…)`, `$((…))` and heredocs come from the library.
//! * Every byte must be accounted for. What lies between the words and operators has to be blanks, comments or heredoc
//!   bodies; a byte that no part of the tree explains makes the text [`Opaque`].
//!
//! So a [`Script`] is either right or absent: text that does not parse, or on which the two readings disagree, is
//! [`Opaque`]: it is reported and never edited.
//!
//! # Dialect
//!
//! `/bin/sh` may be dash, BusyBox ash or bash, and the file does not say which. The grammar is bash's; each construct
//! that other shells read differently or refuse is listed in [`Script::bashisms`]. Those that *mean* something else
//! elsewhere ([`BashismKind::is_ambiguous`]: `a &> f` is `a & > f` in dash) make the functions of [`edit`] refuse.
//!
//! # Spans
//!
//! Spans are byte offsets into the caller's text plus the `offset` given to [`parse`]. A caller that blanks out the
//! keyword, flags, line continuations and comment lines with as many spaces gets Dockerfile offsets. Blanking has one
//! flaw: `apt-\⏎get` is one word to the shell, and `apt-  get` is two. [`parse_joined`] has no such flaw: it takes the
//! unblanked text and the ranges that the Dockerfile parser drops, reads the joined text exactly as the shell gets it,
//! and maps every span back.

mod commands;
mod compound;
mod coverage;
pub mod edit;
mod expansion;
mod flatten;
mod grammar;
mod lower;
mod shift;
mod simple;
mod source;
mod tree;
mod words;

#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_context;
#[cfg(test)]
mod tests_corpus;
#[cfg(test)]
mod tests_edit;
#[cfg(test)]
mod tests_neighbours;
#[cfg(test)]
mod tests_properties;

use std::fmt;

use crate::text::Span;

pub use commands::{Frame, Place, Site};
pub use tree::{
    Assignment, Bashism, BashismKind, CaseArm, Command, Compound, CompoundKind, Conditional,
    Heredoc, Item, Operator, Part, Pipeline, Redirect, RedirectKind, RedirectTarget, Script,
    SimpleCommand, Statement, Substitution, SubstitutionStyle, Terminator, Word,
};

/// Longest text that is parsed, in bytes. The longest `RUN` of 6,952 real Dockerfiles has 10 KB.
pub const LONGEST_TEXT: usize = 1024 * 1024;

/// Deepest nesting of subshells, groups, branches, loops and substitutions. Real files reach 6.
pub const DEEPEST_NESTING: usize = 64;

/// Why a text has no [`Script`]: it is to be reported and never edited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opaque {
    pub reason: OpaqueReason,
    /// A byte offset like those of the spans: the first place that could not be read, as near as it is known.
    pub position: usize,
}

/// What kept a text from being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpaqueReason {
    /// Not the syntax of a POSIX shell or bash.
    Syntax,
    /// Nested deeper than [`DEEPEST_NESTING`].
    TooDeep,
    /// Longer than [`LONGEST_TEXT`].
    TooLong,
    /// The grammar needed more steps than any sane text of this length does.
    TooSlow,
    /// A backslash at the very end: what is added behind it would be swallowed.
    TrailingBackslash,
    /// The library's reading and the shell's word rules disagree.
    Disagreement,
    /// A construct that has no place in [`Script`], by its name in the grammar.
    Unsupported(&'static str),
}

impl fmt::Display for Opaque {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.reason {
            OpaqueReason::Syntax => formatter.write_str("not valid shell syntax"),
            OpaqueReason::TooDeep => formatter.write_str("nested too deep"),
            OpaqueReason::TooLong => formatter.write_str("too long to parse"),
            OpaqueReason::TooSlow => formatter.write_str("takes too long to parse"),
            OpaqueReason::TrailingBackslash => formatter.write_str("ends with a backslash"),
            OpaqueReason::Disagreement => formatter.write_str("can be read in two ways"),
            OpaqueReason::Unsupported(construct) => {
                write!(
                    formatter,
                    "uses a construct that is not supported: {construct}"
                )
            }
        }
    }
}

impl std::error::Error for Opaque {}

/// Reads `text` as shell, with all spans shifted by `offset` bytes.
///
/// `text` is a script without any Dockerfile syntax left in it: a heredoc body, or the text of a `RUN` whose keyword,
/// flags, line continuations and comment lines were replaced by as many spaces. Use [`parse_joined`] where a line
/// continuation may stand inside a word or a quoted string.
///
/// # Errors
///
/// [`Opaque`] for text that is not read with certainty. Never panics, and the time is bounded by the length.
pub fn parse(text: &str, offset: usize) -> Result<Script, Opaque> {
    parse_joined(text, &[], offset)
}

/// Reads `text` without the `removed` ranges as shell; spans point into `text`, shifted by `offset` bytes.
///
/// `removed` are the ranges of `text` that the Dockerfile parser drops before the shell sees the text (escape character
/// to line end, comment lines, empty lines between continued lines), as offsets into `text`, sorted and disjoint. A range
/// that does not lie inside `text` on character boundaries, or not behind its predecessor, is ignored.
///
/// # Errors
///
/// As [`parse`].
pub fn parse_joined(text: &str, removed: &[Span], offset: usize) -> Result<Script, Opaque> {
    if text.len() > LONGEST_TEXT {
        return Err(Opaque {
            reason: OpaqueReason::TooLong,
            position: offset,
        });
    }
    let source = source::Source::new(text, removed, offset);
    if lower::ends_with_escape(source.text()) {
        let last = source.text().len().saturating_sub(1);
        return Err(Fault::new(OpaqueReason::TrailingBackslash, last).placed(&source));
    }
    let tree = grammar::parse(source.text()).map_err(|fault| fault.placed(&source))?;
    lower::lower(&source, &tree).map_err(|fault| fault.placed(&source))
}

/// An [`Opaque`] whose position still is an offset into the joined text.
#[derive(Clone, Copy, Debug)]
struct Fault {
    reason: OpaqueReason,
    position: usize,
}

impl Fault {
    fn new(reason: OpaqueReason, position: usize) -> Self {
        Self { reason, position }
    }

    /// The two readings of the text differ at `position`.
    fn disagreement(position: usize) -> Self {
        Self::new(OpaqueReason::Disagreement, position)
    }

    fn placed(self, source: &source::Source<'_>) -> Opaque {
        Opaque {
            reason: self.reason,
            position: source.start(self.position),
        }
    }
}
