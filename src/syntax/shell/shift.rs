//! A script that was read once serves the same text at another place.

use super::tree::{
    Assignment, Bashism, CaseArm, Command, Compound, CompoundKind, Conditional, Heredoc, Item,
    Part, Pipeline, Redirect, RedirectTarget, Script, SimpleCommand, Statement, Substitution,
    Terminator, Word,
};
use crate::text::Span;

impl Script {
    /// The script of the same text that starts at `to` instead of at `from`; no span starts before `from`.
    #[must_use]
    pub fn moved(&self, from: usize, to: usize) -> Self {
        let mut script = self.clone();
        script.shift(Move { from, to });
        script
    }
}

#[derive(Clone, Copy)]
struct Move {
    from: usize,
    to: usize,
}

trait Shift {
    fn shift(&mut self, by: Move);
}

impl Shift for Span {
    fn shift(&mut self, by: Move) {
        let moved = |offset: usize| offset.saturating_sub(by.from) + by.to;
        *self = Self::new(moved(self.start), moved(self.end));
    }
}

impl<T: Shift> Shift for Vec<T> {
    fn shift(&mut self, by: Move) {
        self.iter_mut().for_each(|one| one.shift(by));
    }
}

impl<T: Shift> Shift for Option<T> {
    fn shift(&mut self, by: Move) {
        self.iter_mut().for_each(|one| one.shift(by));
    }
}

/// All fields that have places.
macro_rules! fields {
    ($($type:ident: $($field:ident),+;)+) => {
        $(impl Shift for $type {
            fn shift(&mut self, by: Move) {
                $(self.$field.shift(by);)+
            }
        })+
    };
}

fields! {
    Script: statements, span, comments, bashisms, removed;
    Bashism: span;
    Statement: span, items, terminator;
    Pipeline: span, negation, commands;
    SimpleCommand: span, assignments, words, redirects;
    Assignment: span, value;
    Redirect: span, target;
    Heredoc: delimiter, body, substitutions;
    Word: span, parts;
    Substitution: span, body;
    Compound: span, kind, redirects;
    Conditional: condition, body;
    CaseArm: patterns, substitutions, body;
}

impl Shift for Item {
    fn shift(&mut self, by: Move) {
        if let Some((_, span)) = &mut self.operator {
            span.shift(by);
        }
        self.pipeline.shift(by);
    }
}

impl Shift for Terminator {
    fn shift(&mut self, by: Move) {
        match self {
            Self::End | Self::Newline => {}
            Self::Semicolon(span) | Self::Background(span) => span.shift(by),
        }
    }
}

impl Shift for Command {
    fn shift(&mut self, by: Move) {
        match self {
            Self::Simple(simple) => simple.shift(by),
            Self::Compound(compound) => compound.shift(by),
        }
    }
}

impl Shift for RedirectTarget {
    fn shift(&mut self, by: Move) {
        match self {
            Self::Word(word) => word.shift(by),
            Self::Heredoc(heredoc) => heredoc.shift(by),
        }
    }
}

impl Shift for Part {
    fn shift(&mut self, by: Move) {
        match self {
            Self::Literal(_)
            | Self::Quoted(_)
            | Self::Glob
            | Self::Brace
            | Self::Tilde
            | Self::DollarQuote => {}
            Self::Parameter {
                span,
                substitutions,
                ..
            } => {
                span.shift(by);
                substitutions.shift(by);
            }
            Self::Command(substitution) => substitution.shift(by),
            Self::Arithmetic(all) | Self::Array(all) => all.shift(by),
        }
    }
}

impl Shift for CompoundKind {
    fn shift(&mut self, by: Move) {
        match self {
            Self::Subshell(body) | Self::Group(body) => body.shift(by),
            Self::If {
                branches,
                otherwise,
            } => {
                branches.shift(by);
                otherwise.shift(by);
            }
            Self::While {
                condition, body, ..
            } => {
                condition.shift(by);
                body.shift(by);
            }
            Self::For { values, body, .. } => {
                values.shift(by);
                body.shift(by);
            }
            Self::ArithmeticFor {
                substitutions,
                body,
            } => {
                substitutions.shift(by);
                body.shift(by);
            }
            Self::Case { subject, arms } => {
                subject.shift(by);
                arms.shift(by);
            }
            Self::Function { body, .. } => body.shift(by),
            Self::Test(all) | Self::Arithmetic(all) => all.shift(by),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;

    #[test]
    fn a_moved_script_is_what_is_read_there() {
        for text in [
            "a && b || ! c | d; e & f > g 2>&1 # why",
            "X=1 Y=\"$(z `q`)\" w \"${A:-$(b)}\" $((1 + $(c))) ~/x *.y {1,2} $'z' <(p)",
            "if a; then b; elif c; then d; else e; fi; while x; do y; done; until x; do y; done",
            "for i in a $(b); do c; done; for ((i = 0; i < $(n); i++)); do c; done; case $x in a|$(b)) c;; *) d;; esac",
            "f() { (a; b); }; f; [[ $(a) == b ]]; (( $(a) + 1 )); A=(1 $(b))",
            "cat <<EOF > x\n$(a) b\nEOF\nc",
        ] {
            let read = parse(text, 7).unwrap();
            assert_eq!(read.moved(7, 3), parse(text, 3).unwrap(), "{text}");
            assert_eq!(read.moved(7, 900), parse(text, 900).unwrap(), "{text}");
        }
    }
}
