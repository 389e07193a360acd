//! Places where shell text may be changed, and the exact bytes to take out.
//!
//! Every function names what must hold; where it does not, the answer is a [`Refusal`] and nothing is to be edited.
//! `source` is the text that the spans of the script point into: the whole Dockerfile where the script was parsed with
//! its offset in it. What a change *means* (whether a command may go, whether a flag exists) is the caller's to know;
//! these functions promise only that every other command and word stays exactly as it was.
//!
//! Nothing inside a substitution is edited: its text may be quoted once more by backticks or a heredoc.

mod gaps;
mod layout;
mod neighbours;

pub use neighbours::{ErrorExit, Surroundings, after, before};

use std::fmt;

use gaps::Text;

use super::commands::{Frame, Place, Site};
use super::tree::{
    BashismKind, Command, CompoundKind, Pipeline, RedirectTarget, Script, SimpleCommand, Statement,
    Terminator, Word,
};
use crate::text::Span;

/// Why a place is not to be edited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Shells disagree about where the commands around the place end.
    Ambiguous(BashismKind),
    /// The script has no statement.
    Empty,
    /// The list runs in the background.
    Background,
    /// The list has a `||`, so that a command may run because another failed.
    OrList,
    /// The command stands in a pipe or behind `!`.
    Pipeline,
    /// The list ends with `exec`, `exit` or `return`, or defines a function: nothing runs behind it.
    NoReturn,
    /// The list is the condition of a branch or loop: its exit status is looked at.
    Condition,
    /// Inside `$(…)`, backticks or a heredoc body.
    Substitution,
    /// A comment would be lost.
    Comment,
    /// The command has a heredoc, whose body stands elsewhere.
    Heredoc,
    /// Nothing would be left, or the exit status of the script would be that of another command.
    LastCommand,
    /// The word is the command's name, or there is no such word.
    CommandName,
    /// A line continuation stands inside the word.
    SplitWord,
    /// What stands on both sides would become one word or operator.
    Joins,
    /// A redirect stands between the words.
    Redirect,
    /// The command stands in the body of a function, which runs when it is called.
    Function,
    /// A failure that ends the script now would go unnoticed, or it is not known whether it ends it.
    ErrorExit,
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Ambiguous(_) => "shells disagree about where its commands end",
            Self::Empty => "there is no command",
            Self::Background => "the list runs in the background",
            Self::OrList => "the list has a `||`",
            Self::Pipeline => "the command stands in a pipe or behind `!`",
            Self::NoReturn => "the list does not come back",
            Self::Condition => "the list is the condition of a branch or loop",
            Self::Substitution => "the command stands in a substitution",
            Self::Comment => "a comment would be lost",
            Self::Heredoc => "the command has a heredoc",
            Self::LastCommand => "the command decides the exit status of the script",
            Self::CommandName => "the word is no argument",
            Self::SplitWord => "a line continuation stands inside the word",
            Self::Joins => "its neighbours would become one word",
            Self::Redirect => "a redirect stands before the word",
            Self::Function => "the command stands in a function",
            Self::ErrorExit => "a failure of the list might go unnoticed",
        })
    }
}

impl std::error::Error for Refusal {}

/// Where ` && X` is to be inserted so that X runs exactly when the last statement of the script succeeded.
///
/// The last statement's own `&&` and `||` do not matter, since they bind equally and from the left. An `exit` further
/// in front ends the script before X, as it ends it today. If X succeeds, the exit status of the script is unchanged.
///
/// # Errors
///
/// [`Refusal::Empty`], and those of [`end_of_list`].
pub fn end_of_script(script: &Script) -> Result<usize, Refusal> {
    let statement = script.statements.last().ok_or(Refusal::Empty)?;
    end_of_statement(script, statement)
}

/// Where ` && X` is to be inserted so that X runs exactly when the list that holds the command at `site` succeeded.
///
/// # Errors
///
/// [`Refusal::Ambiguous`], [`Refusal::Background`], [`Refusal::NoReturn`], [`Refusal::Condition`],
/// [`Refusal::Substitution`].
pub fn end_of_list(script: &Script, site: &Site<'_>) -> Result<usize, Refusal> {
    let frame = editable_frame(site)?;
    if frame.place == Place::Condition {
        return Err(Refusal::Condition);
    }
    end_of_statement(script, frame.statement().ok_or(Refusal::Empty)?)
}

fn end_of_statement(script: &Script, statement: &Statement) -> Result<usize, Refusal> {
    refuse_ambiguous(script, statement.span)?;
    if matches!(statement.terminator, Terminator::Background(_)) {
        return Err(Refusal::Background);
    }
    let last = statement.items.last().ok_or(Refusal::Empty)?;
    if last.pipeline.commands.iter().any(does_not_return) {
        return Err(Refusal::NoReturn);
    }
    Ok(statement.span.end)
}

fn does_not_return(command: &Command) -> bool {
    match command {
        Command::Simple(simple) => simple
            .name()
            .is_some_and(|name| matches!(name.as_str(), "exec" | "exit" | "return")),
        Command::Compound(compound) => match &compound.kind {
            CompoundKind::Function { .. } => true,
            CompoundKind::Group(body) => body
                .last()
                .and_then(|statement| statement.items.last())
                .is_some_and(|item| item.pipeline.commands.iter().any(does_not_return)),
            _ => false,
        },
    }
}

/// Where `X && ` is to be inserted so that X runs when everything before it in its list succeeded, and the pipeline of
/// the command at `site` exactly when X succeeded too.
///
/// # Errors
///
/// [`Refusal::Ambiguous`], [`Refusal::Background`], [`Refusal::OrList`], [`Refusal::Pipeline`] (behind `!`),
/// [`Refusal::Condition`], [`Refusal::Substitution`].
pub fn before_pipeline(script: &Script, site: &Site<'_>) -> Result<usize, Refusal> {
    let frame = editable_frame(site)?;
    let (statement, pipeline) = and_list(script, frame)?;
    if pipeline.negation.is_some() {
        return Err(Refusal::Pipeline);
    }
    if matches!(statement.terminator, Terminator::Background(_)) {
        return Err(Refusal::Background);
    }
    if frame.place == Place::Condition {
        return Err(Refusal::Condition);
    }
    Ok(pipeline.span.start)
}

/// Where ` X` is to be inserted so that X is one more word behind the word `index` of the command at `site`.
///
/// # Errors
///
/// [`Refusal::CommandName`] where there is no such word, [`Refusal::Joins`] where a redirect follows at once (a number
/// at the end of X would become its descriptor), [`Refusal::Substitution`].
pub fn after_word(source: &str, site: &Site<'_>, index: usize) -> Result<usize, Refusal> {
    editable_frame(site)?;
    let word = site.command.words.get(index).ok_or(Refusal::CommandName)?;
    let next = source.as_bytes().get(word.span.end);
    if matches!(next, Some(b'<' | b'>')) {
        return Err(Refusal::Joins);
    }
    Ok(word.span.end)
}

/// What is to be deleted so that the command at `site` loses exactly the word `index`, counted from the name at 0.
///
/// Blanks go with the word on one side. A word alone on its line takes the line with it, line continuation included; on
/// the last line it takes the continuation before it, since that would reach into what follows.
///
/// # Errors
///
/// [`Refusal::CommandName`], [`Refusal::SplitWord`], [`Refusal::Substitution`], [`Refusal::Joins`], and
/// [`Refusal::Comment`] where a comment line stands between the word and the continuation that must go.
pub fn delete_word(
    script: &Script,
    source: &str,
    site: &Site<'_>,
    index: usize,
) -> Result<Span, Refusal> {
    editable_frame(site)?;
    let word = site.command.words.get(index).filter(|_| index > 0);
    let word = word.ok_or(Refusal::CommandName)?;
    if word.is_split {
        return Err(Refusal::SplitWord);
    }
    let span = word_with_blanks(script, source, word)?;
    keeps_apart(script, source, span)?;
    Ok(span)
}

fn word_with_blanks(script: &Script, source: &str, word: &Word) -> Result<Span, Refusal> {
    let text = Text { script, source };
    let left = text.blanks_before(word.span.start);
    let right = text.blanks_after(word.span.end);
    let end = script.span.end.min(source.len());
    let span = |start, end| Ok(Span { start, end });
    match (text.gap_before(left), text.gap_after(right)) {
        (Some(_), Some(gap)) => span(left, text.line_end(gap)),
        (Some(gap), None) if right >= end || text.byte(right) == Some(b'\n') => {
            if !text.is_one_continuation(gap) {
                return Err(Refusal::Comment);
            }
            span(text.blanks_before(gap.start), word.span.end)
        }
        (None, _) if left < word.span.start => span(left, word.span.end),
        _ if right > word.span.end => span(word.span.start, right),
        _ => Err(Refusal::Joins),
    }
}

/// What is to be deleted so that the command at `site` loses the word `index` and what stands between it and the word
/// before. Done so, any words of a command can go in one set of edits: their spans touch and never overlap, and no line
/// continuation is left at the end.
///
/// # Errors
///
/// [`Refusal::CommandName`], [`Refusal::Substitution`], [`Refusal::Redirect`], [`Refusal::Comment`].
pub fn take_out(source: &str, site: &Site<'_>, index: usize) -> Result<Span, Refusal> {
    editable_frame(site)?;
    let words = &site.command.words;
    let before = index.checked_sub(1).and_then(|before| words.get(before));
    let (Some(before), Some(word)) = (before, words.get(index)) else {
        return Err(Refusal::CommandName);
    };
    let gap = Span::new(before.span.end, word.span.start);
    let mut redirects = site.command.redirects.iter();
    if redirects.any(|redirect| gap.contains(redirect.span)) {
        return Err(Refusal::Redirect);
    }
    let mut lines = gap.slice(source).lines().skip(1);
    if lines.any(|line| line.trim_start().starts_with('#')) {
        return Err(Refusal::Comment);
    }
    Ok(Span::new(before.span.end, word.span.end))
}

/// What is to be deleted so that the command at `site` is gone and every other command still runs under the same
/// conditions, the success of the deleted one taken for granted.
///
/// The command must be a whole pipeline of a list that has only `&&`; it goes with the `&&` on one side. A command that
/// is a statement by itself goes with its terminator, unless it is the last statement.
///
/// # Errors
///
/// [`Refusal::Pipeline`], [`Refusal::OrList`], [`Refusal::Background`], [`Refusal::Heredoc`], [`Refusal::LastCommand`],
/// [`Refusal::Comment`], [`Refusal::Substitution`], [`Refusal::Ambiguous`], [`Refusal::Joins`], [`Refusal::Condition`].
pub fn delete_command(script: &Script, source: &str, site: &Site<'_>) -> Result<Span, Refusal> {
    let frame = editable_frame(site)?;
    let (statement, pipeline) = and_list(script, frame)?;
    if !frame.is_whole_pipeline() {
        return Err(Refusal::Pipeline);
    }
    if frame.is_in_background() {
        return Err(Refusal::Background);
    }
    if frame.place == Place::Condition {
        return Err(Refusal::Condition);
    }
    if has_heredoc(site.command) {
        return Err(Refusal::Heredoc);
    }
    let neighbour = |offset: usize| statement.items.get(offset).map(|item| item.pipeline.span);
    let previous = frame.item_index.checked_sub(1).and_then(neighbour);
    let span = match (previous, neighbour(frame.item_index + 1)) {
        (Some(previous), _) => Span {
            start: previous.end,
            end: pipeline.span.end,
        },
        (None, Some(next)) => Span {
            start: pipeline.span.start,
            end: next.start,
        },
        (None, None) => Span {
            start: statement.span.start,
            end: next_statement(frame)?.span.start,
        },
    };
    if (Text { script, source }).has_comment(span) {
        return Err(Refusal::Comment);
    }
    keeps_apart(script, source, span)?;
    Ok(span)
}

fn next_statement<'a>(frame: &Frame<'a>) -> Result<&'a Statement, Refusal> {
    let next = frame.statements.get(frame.statement_index + 1);
    next.ok_or(Refusal::LastCommand)
}

fn has_heredoc(command: &SimpleCommand) -> bool {
    command
        .redirects
        .iter()
        .any(|redirect| matches!(redirect.target, RedirectTarget::Heredoc(_)))
}

fn editable_frame<'a, 'b>(site: &'b Site<'a>) -> Result<&'b Frame<'a>, Refusal> {
    if site.is_in_substitution() {
        return Err(Refusal::Substitution);
    }
    site.frame().ok_or(Refusal::Empty)
}

/// The statement and pipeline of a frame whose list has only `&&`.
fn and_list<'a>(
    script: &Script,
    frame: &Frame<'a>,
) -> Result<(&'a Statement, &'a Pipeline), Refusal> {
    let statement = frame.statement().ok_or(Refusal::Empty)?;
    let pipeline = frame.pipeline().ok_or(Refusal::Empty)?;
    refuse_ambiguous(script, statement.span)?;
    if !statement.is_and_list() {
        return Err(Refusal::OrList);
    }
    Ok((statement, pipeline))
}

fn refuse_ambiguous(script: &Script, span: Span) -> Result<(), Refusal> {
    let found = script.bashisms.iter().find(|bashism| {
        bashism.kind.is_ambiguous()
            && span.start <= bashism.span.start
            && bashism.span.end <= span.end
    });
    found.map_or(Ok(()), |bashism| Err(Refusal::Ambiguous(bashism.kind)))
}

/// Checks that what the shell sees on both sides of a deleted span stays two tokens.
fn keeps_apart(script: &Script, source: &str, span: Span) -> Result<(), Refusal> {
    let text = Text { script, source };
    let (Some(left), Some(right)) = (text.seen_before(span.start), text.seen_after(span.end))
    else {
        return Ok(());
    };
    let is_blank = |byte: u8| matches!(byte, b' ' | b'\t' | b'\n');
    let is_operator = |byte: u8| b";&|()<>".contains(&byte);
    let ends_word = matches!(right, b';' | b'&' | b'|' | b')');
    if is_blank(left) || is_blank(right) || (ends_word && !is_operator(left)) {
        return Ok(());
    }
    if matches!(left, b';' | b'&' | b'|' | b'(') && !is_operator(right) {
        return Ok(());
    }
    Err(Refusal::Joins)
}
