//! The tree of a shell script, in the words of the POSIX shell grammar.
//!
//! A [`Script`] is a row of [`Statement`]s. A statement is what POSIX calls an and-or list: pipelines joined by `&&` and
//! `||`, which bind equally and from the left. A [`Pipeline`] is a row of commands joined by `|`.

use std::borrow::Cow;

use crate::text::Span;

/// A shell text that was read without doubt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    pub statements: Vec<Statement>,
    /// The whole text, blanks included.
    pub span: Span,
    /// Shell comments, `#` to the end of the line, in source order.
    pub comments: Vec<Span>,
    /// What a POSIX shell would refuse or read differently, in source order.
    pub bashisms: Vec<Bashism>,
    /// The ranges that the Dockerfile parser drops, shifted like all spans; empty after [`super::parse`].
    pub removed: Vec<Span>,
}

/// A construct of bash that is not in the POSIX shell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bashism {
    pub kind: BashismKind,
    pub span: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BashismKind {
    /// `[[ … ]]`
    DoubleBracket,
    /// `(( … ))`
    DoubleParenthesis,
    /// `for (( … ))`
    ArithmeticFor,
    /// `select`
    Select,
    /// `function f`
    FunctionKeyword,
    /// `<( … )`, `>( … )`
    ProcessSubstitution,
    /// `<<<`
    HereString,
    /// `&>`, `&>>`
    RedirectBoth,
    /// `>&` with a file
    DuplicateToFile,
    /// `|&`
    PipeBoth,
    /// `a=( … )`, `a[1]=…`
    Array,
    /// `a+=…`
    AppendAssignment,
    /// `$'…'`, `$"…"`
    DollarQuote,
    /// `{a,b}`, `{1..3}`
    BraceExpansion,
    /// `;&`, `;;&`
    CaseFallthrough,
    /// `time` before a pipeline, which bash times as a whole and other shells only its first command
    Time,
}

impl BashismKind {
    /// Whether another shell accepts the text but splits it into other commands: a place behind a command in one
    /// reading is then a different place in the other. The rest is refused elsewhere, or ends at the same bytes.
    pub fn is_ambiguous(self) -> bool {
        matches!(self, Self::RedirectBoth | Self::DollarQuote)
    }
}

/// An and-or list and what ends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// From the first byte of the first pipeline to the last of the last one, without [`Statement::terminator`].
    pub span: Span,
    /// At least one; the first has no operator.
    pub items: Vec<Item>,
    pub terminator: Terminator,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Terminator {
    /// The end of the text or of the enclosing command.
    End,
    Newline,
    Semicolon(Span),
    /// `&`: the list runs in the background, and what follows does not wait for it.
    Background(Span),
}

/// A pipeline in an and-or list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What joins the pipeline to all that stands before it.
    pub operator: Option<(Operator, Span)>,
    pub pipeline: Pipeline,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    And,
    Or,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pipeline {
    /// From the `!`, if there is one, to the end of the last command.
    pub span: Span,
    /// The `!` that inverts the exit status.
    pub negation: Option<Span>,
    /// At least one.
    pub commands: Vec<Command>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    Simple(SimpleCommand),
    Compound(Box<Compound>),
}

impl Command {
    /// From the first to the last byte of the command and its redirects. Heredoc bodies lie outside.
    pub fn span(&self) -> Span {
        match self {
            Self::Simple(command) => command.span,
            Self::Compound(command) => command.span,
        }
    }

    pub fn redirects(&self) -> &[Redirect] {
        match self {
            Self::Simple(command) => &command.redirects,
            Self::Compound(command) => &command.redirects,
        }
    }
}

/// Assignments, a command name with its arguments, and redirects; any of the three may be absent, not all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SimpleCommand {
    pub span: Span,
    pub assignments: Vec<Assignment>,
    /// The command name and its arguments, in order.
    pub words: Vec<Word>,
    /// In order; they may stand before, between and behind the words.
    pub redirects: Vec<Redirect>,
}

impl SimpleCommand {
    /// The command name, where it is literal.
    pub fn name(&self) -> Option<String> {
        self.words.first().and_then(Word::value)
    }
}

/// `name=value` in front of a command name, or alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    pub span: Span,
    /// The variable, with its subscript if there is one.
    pub name: String,
    /// The part behind `=`; its span may be empty.
    pub value: Word,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redirect {
    pub span: Span,
    /// The descriptor in front of the operator, if it is written.
    pub descriptor: Option<u32>,
    pub kind: RedirectKind,
    pub target: RedirectTarget,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RedirectKind {
    /// `<`
    Input,
    /// `>`, `>|`
    Output,
    /// `>>`
    Append,
    /// `<>`
    ReadWrite,
    /// `<&`
    DuplicateInput,
    /// `>&`
    DuplicateOutput,
    /// `&>`, `&>>`
    OutputBoth,
    /// `<<`, `<<-`
    Heredoc,
    /// `<<<`
    HereString,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RedirectTarget {
    Word(Word),
    Heredoc(Heredoc),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heredoc {
    /// The delimiter behind `<<`, with its quotes.
    pub delimiter: Span,
    /// The lines between, without the closing delimiter.
    pub body: Span,
    /// Whether the delimiter is quoted, so that the body is taken as it stands.
    pub literal: bool,
    /// Command substitutions in the body.
    pub substitutions: Vec<Substitution>,
}

/// One word before expansion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// Exactly the bytes of the word, quotes included.
    pub span: Span,
    pub parts: Vec<Part>,
    /// Whether a line continuation stands inside the word.
    pub is_split: bool,
}

/// A piece of a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Characters that stand for themselves, unquoted.
    Literal(String),
    /// Characters that stand for themselves because they are quoted or escaped.
    Quoted(String),
    /// `*`, `?`, or the `[` of a bracket expression, unquoted.
    Glob,
    /// The `{` of a brace expansion, which only bash performs.
    Brace,
    /// A `~` that is replaced by a home directory.
    Tilde,
    /// `$name`, `${name…}`, and special parameters.
    Parameter {
        name: String,
        span: Span,
        /// Command substitutions inside the braces.
        substitutions: Vec<Substitution>,
    },
    /// `$(…)`, `` `…` ``, `<(…)`, `>(…)`
    Command(Substitution),
    /// `$((…))`
    Arithmetic(Vec<Substitution>),
    /// `(…)` of an array assignment.
    Array(Vec<Substitution>),
    /// `$'…'` or `$"…"`, whose value depends on the shell.
    DollarQuote,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Substitution {
    pub span: Span,
    pub style: SubstitutionStyle,
    /// `None` for backticks whose text holds a backslash: it is unescaped before it is read, so it has no exact places.
    pub body: Option<Vec<Statement>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubstitutionStyle {
    Dollar,
    Backtick,
    Process,
}

impl Word {
    /// What the word stands for, quotes removed; `None` where that depends on anything outside the word.
    pub fn value(&self) -> Option<String> {
        self.literal().map(Cow::into_owned)
    }

    /// The value as it stands in the word, where that is possible.
    pub fn literal(&self) -> Option<Cow<'_, str>> {
        let (value, is_whole) = self.literal_prefix();
        is_whole.then_some(value)
    }

    /// The value up to the first part that is not literal, and whether that is all of the word.
    pub fn literal_prefix(&self) -> (Cow<'_, str>, bool) {
        let mut prefix = Cow::Borrowed("");
        for part in &self.parts {
            match part {
                // Adding to nothing borrows, and most words are a single part.
                Part::Literal(text) | Part::Quoted(text) => prefix += text.as_str(),
                _ => return (prefix, false),
            }
        }
        (prefix, true)
    }

    /// Whether a variable, command, arithmetic or home directory is put into the word.
    pub fn has_expansion(&self) -> bool {
        self.parts.iter().any(|part| {
            !matches!(
                part,
                Part::Literal(_) | Part::Quoted(_) | Part::Glob | Part::Brace
            )
        })
    }

    /// Whether the word is matched against file names.
    pub fn is_glob(&self) -> bool {
        self.parts.contains(&Part::Glob)
    }

    /// Whether any part is quoted or escaped, which keeps a word from being a reserved word.
    pub fn is_quoted(&self) -> bool {
        self.parts
            .iter()
            .any(|part| matches!(part, Part::Quoted(_) | Part::DollarQuote))
    }

    /// The command substitutions anywhere in the word, in source order.
    pub fn substitutions(&self) -> Vec<&Substitution> {
        self.parts
            .iter()
            .flat_map(|part| match part {
                Part::Command(substitution) => std::slice::from_ref(substitution),
                Part::Arithmetic(inner) | Part::Array(inner) => inner,
                Part::Parameter { substitutions, .. } => substitutions,
                _ => &[],
            })
            .collect()
    }
}

/// A command with a body, and its redirects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compound {
    pub span: Span,
    pub kind: CompoundKind,
    pub redirects: Vec<Redirect>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CompoundKind {
    /// `( … )`
    Subshell(Vec<Statement>),
    /// `{ …; }`
    Group(Vec<Statement>),
    If {
        /// `if` and every `elif`.
        branches: Vec<Conditional>,
        otherwise: Option<Vec<Statement>>,
    },
    /// `while` and `until`
    While {
        until: bool,
        condition: Vec<Statement>,
        body: Vec<Statement>,
    },
    /// `for` and `select`; `values` is `None` where the script's own arguments are walked.
    For {
        variable: String,
        values: Option<Vec<Word>>,
        body: Vec<Statement>,
    },
    /// `for ((…))`
    ArithmeticFor {
        substitutions: Vec<Substitution>,
        body: Vec<Statement>,
    },
    Case {
        subject: Word,
        arms: Vec<CaseArm>,
    },
    Function {
        name: String,
        body: Command,
    },
    /// `[[ … ]]`
    Test(Vec<Substitution>),
    /// `(( … ))`
    Arithmetic(Vec<Substitution>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conditional {
    pub condition: Vec<Statement>,
    pub body: Vec<Statement>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseArm {
    /// The patterns, up to and without the `)`.
    pub patterns: Span,
    pub substitutions: Vec<Substitution>,
    pub body: Vec<Statement>,
}
