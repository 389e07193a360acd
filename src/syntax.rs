//! The lossless syntax of a Dockerfile.
//!
//! [`parse`] follows the line loop of BuildKit's parser and never fails: what BuildKit would refuse is in
//! [`Dockerfile::errors`], and the rest of the file is read all the same.
//!
//! Invariant: every byte of the source belongs to exactly one [`Item`] ([`Dockerfile::is_lossless`]).

mod directive;
mod heredoc;
pub mod image;
mod instruction;
mod line;
mod parse;
pub mod shell;
pub mod variables;
mod words;

pub use heredoc::Heredoc;
pub use instruction::{Arguments, Flag, Instruction, Keyword, Pair, PairSeparator, Word};
pub use line::LogicalLine;
pub use parse::parse;

use crate::text::Span;

/// A parser directive: `# escape=`, `# syntax=` or `# check=` before everything else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directive<'s> {
    /// In lower case.
    pub name: String,
    pub value: &'s str,
    pub value_span: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemKind {
    ByteOrderMark,
    Blank,
    Comment,
    Directive,
    /// The number of the instruction in [`Dockerfile::instructions`].
    Instruction(usize),
}

/// A piece of the file, line end included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item {
    pub kind: ItemKind,
    pub span: Span,
}

/// Something for which BuildKit refuses the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    pub span: Span,
    pub message: String,
}

/// A parsed Dockerfile. It borrows its source and owns no text.
#[derive(Clone, Debug)]
pub struct Dockerfile<'s> {
    pub source: &'s str,
    /// The escape character: `\`, or a backtick after `# escape=`.
    pub escape: char,
    pub directives: Vec<Directive<'s>>,
    pub items: Vec<Item>,
    pub instructions: Vec<Instruction<'s>>,
    pub errors: Vec<SyntaxError>,
}

impl Dockerfile<'_> {
    /// Whether the items cover the source without a gap or an overlap.
    pub fn is_lossless(&self) -> bool {
        let mut position = 0;
        for item in &self.items {
            if item.span.start != position || item.span.end < item.span.start {
                return false;
            }
            position = item.span.end;
        }
        position == self.source.len()
    }

    /// The comment lines of the file, those inside instructions included, trimmed.
    pub fn comments(&self) -> impl Iterator<Item = &str> {
        let outside = self
            .items
            .iter()
            .filter(|item| item.kind == ItemKind::Comment)
            .map(|item| item.span);
        let inside = self
            .instructions
            .iter()
            .flat_map(|instruction| instruction.comments.iter().copied());
        outside
            .chain(inside)
            .map(|span| span.slice(self.source).trim())
    }
}
