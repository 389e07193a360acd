//! One instruction and its parts.

use std::borrow::Cow;

use super::{Heredoc, LogicalLine};
use crate::text::Span;

macro_rules! keywords {
    ($($name:ident = $text:literal),+ $(,)?) => {
        /// The instructions that BuildKit knows.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Keyword {
            $($name),+,
            /// Anything else; BuildKit refuses the file.
            Unknown,
        }

        impl Keyword {
            pub fn from_word(word: &str) -> Self {
                $(if word.eq_ignore_ascii_case($text) { return Self::$name; })+
                Self::Unknown
            }

            /// In upper case; `""` for an unknown one.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)+
                    Self::Unknown => "",
                }
            }
        }
    };
}

keywords! {
    Run = "RUN", Copy = "COPY", Env = "ENV", From = "FROM", Arg = "ARG", Label = "LABEL", Workdir = "WORKDIR",
    Cmd = "CMD", Expose = "EXPOSE", Entrypoint = "ENTRYPOINT", User = "USER", Add = "ADD", Volume = "VOLUME",
    Shell = "SHELL", Healthcheck = "HEALTHCHECK", Onbuild = "ONBUILD", StopSignal = "STOPSIGNAL",
    Maintainer = "MAINTAINER",
}

/// A part of an instruction: its text as BuildKit reads it, and its place in the source.
///
/// Words of ENV, LABEL and ARG keep their quotes and variables, as BuildKit's do; those of an exec form are the
/// decoded strings, and their span includes the quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word<'s> {
    pub text: Cow<'s, str>,
    pub span: Span,
}

/// `--name=value` or `--name`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flag {
    /// The whole flag without quotes, as BuildKit reads it.
    pub text: String,
    pub span: Span,
}

impl Flag {
    /// Without the dashes.
    pub fn name(&self) -> &str {
        let text = self.text.strip_prefix("--").unwrap_or(&self.text);
        text.split_once('=').map_or(text, |(name, _)| name)
    }

    pub fn value(&self) -> Option<&str> {
        self.text.split_once('=').map(|(_, value)| value)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PairSeparator {
    /// `ENV name=value`
    Equals,
    /// The old `ENV name the rest`
    Space,
    /// An ARG without a default
    None,
}

/// A name with a value, of ENV, LABEL and ARG. Quotes are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair<'s> {
    pub name: Word<'s>,
    pub value: Word<'s>,
    pub separator: PairSeparator,
}

impl Pair<'_> {
    pub fn span(&self) -> Span {
        self.name.span.cover(self.value.span)
    }
}

/// What follows the keyword and the flags.
#[derive(Clone, Debug)]
pub enum Arguments<'s> {
    None,
    /// The shell form of RUN, CMD and ENTRYPOINT; USER, WORKDIR, STOPSIGNAL, MAINTAINER.
    Text(Word<'s>),
    /// The exec form, and the JSON form of COPY, ADD and VOLUME.
    Exec(Vec<Word<'s>>),
    /// FROM, EXPOSE, and COPY, ADD and VOLUME without JSON.
    Words(Vec<Word<'s>>),
    Pairs(Vec<Pair<'s>>),
    /// HEALTHCHECK: `CMD` or `NONE`, and what follows.
    Healthcheck(Word<'s>, Box<Arguments<'s>>),
    /// ONBUILD
    Trigger(Box<Instruction<'s>>),
}

/// An instruction of the file, or the one inside an ONBUILD.
#[derive(Clone, Debug)]
pub struct Instruction<'s> {
    pub keyword: Keyword,
    /// As written.
    pub keyword_word: Word<'s>,
    /// From the keyword to the end of the last line, heredocs included, without the last line end.
    pub span: Span,
    /// From 1.
    pub first_line: usize,
    pub last_line: usize,
    pub flags: Vec<Flag>,
    pub arguments: Arguments<'s>,
    /// What follows keyword and flags, in the source; without heredoc bodies.
    pub arguments_span: Span,
    pub heredocs: Vec<Heredoc>,
    /// Comment lines between continuation lines, without their line ends.
    pub comments: Vec<Span>,
    /// Escape character, white space and line end of each continued line, and empty lines between them.
    pub continuations: Vec<Span>,
    pub line: LogicalLine<'s>,
    /// Whether BuildKit refuses this instruction; the message is among the errors of the file.
    pub is_invalid: bool,
}

impl<'s> Instruction<'s> {
    pub fn flag(&self, name: &str) -> Option<&Flag> {
        self.flags.iter().find(|flag| flag.name() == name)
    }

    /// The words of the arguments, in order; empty for pairs, triggers and the shell form.
    pub fn words(&self) -> &[Word<'s>] {
        match &self.arguments {
            Arguments::Exec(words) | Arguments::Words(words) => words,
            _ => &[],
        }
    }

    /// The one argument of USER, WORKDIR and the like, or the command of the shell form.
    pub fn text(&self) -> Option<&Word<'s>> {
        match &self.arguments {
            Arguments::Text(word) => Some(word),
            _ => None,
        }
    }

    pub fn pairs(&self) -> &[Pair<'s>] {
        match &self.arguments {
            Arguments::Pairs(pairs) => pairs,
            _ => &[],
        }
    }

    /// Whether the arguments are a JSON array, that of an ONBUILD's or HEALTHCHECK's command included.
    pub fn is_json(&self) -> bool {
        fn json(arguments: &Arguments<'_>) -> bool {
            match arguments {
                Arguments::Exec(_) => true,
                Arguments::Healthcheck(_, command) => json(command),
                Arguments::Trigger(instruction) => json(&instruction.arguments),
                _ => false,
            }
        }
        json(&self.arguments)
    }

    /// From the keyword to the end of the last logical line, before any heredoc body.
    pub fn logical_span(&self) -> Span {
        self.keyword_word.span.cover(self.arguments_span)
    }

    /// Where the shell text of a shell-form instruction is, heredoc bodies included, as the shell reads them; `None` for
    /// other forms.
    pub fn shell_span(&self) -> Option<Span> {
        let body = match &self.arguments {
            Arguments::Text(_) => self.arguments_span,
            Arguments::Healthcheck(_, command) => match command.as_ref() {
                Arguments::Text(word) => word.span,
                _ => return None,
            },
            _ => return None,
        };
        let last = self.heredocs.last();
        Some(Span::new(
            body.start,
            last.map_or(body.end, |last| last.terminator.end),
        ))
    }

    /// What the Dockerfile parser drops before the shell sees the text: continuations, comment lines and empty lines
    /// between continued lines. Sorted, disjoint, neighbours joined.
    pub fn dropped(&self) -> Vec<Span> {
        let mut parts: Vec<Span> = self
            .continuations
            .iter()
            .chain(&self.comments)
            .copied()
            .collect();
        parts.sort_unstable();
        let mut dropped: Vec<Span> = Vec::new();
        for part in parts {
            match dropped.last_mut() {
                Some(last) if last.end == part.start => last.end = part.end,
                _ => dropped.push(part),
            }
        }
        dropped
    }
}
