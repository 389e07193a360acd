//! One more command behind or in front of others, under the conditions of its neighbours and written as they are.
//!
//! Whether the shell stops at the first failure (`set -e`) decides what may be written: in `a && X` a failure of `a`
//! does not stop it, in `a; X` it does. So behind a list that is not the last thing the script does, ` && X` is right
//! only where nothing stops the shell, and `; X` only where it stops.

use super::super::commands::{Frame, Place, Site};
use super::super::tree::{Item, Operator, Script, Statement, Word};
use super::layout::{self, Joint};
use super::{Refusal, does_not_return, refuse_ambiguous};
use crate::text::Edit;

/// Whether the shell stops at the first command that fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorExit {
    Off,
    On,
    Unknown,
}

/// A script and what is known of the shell that runs it.
#[derive(Clone, Copy, Debug)]
pub struct Surroundings<'a> {
    /// The text that the spans of the script point into.
    pub source: &'a str,
    pub script: &'a Script,
    /// How the shell was started.
    pub error_exit: ErrorExit,
}

/// `command` behind the commands at `sites`: it runs at most once, after the last of them, where all before it in its
/// list succeeded. Loops, conditions and whatever else not all sites share are left behind. The exit status of the
/// script stays, if `command` succeeds.
///
/// # Errors
///
/// [`Refusal::Empty`], [`Refusal::Substitution`], [`Refusal::Function`], [`Refusal::Background`],
/// [`Refusal::Pipeline`] (behind `!`), [`Refusal::NoReturn`], [`Refusal::Ambiguous`], [`Refusal::Heredoc`],
/// [`Refusal::ErrorExit`].
pub fn after(
    surroundings: &Surroundings<'_>,
    sites: &[&Site<'_>],
    command: &str,
) -> Result<Edit, Refusal> {
    let row = Row::of(sites)?;
    let statement = row.statement()?;
    refuse_ambiguous(surroundings.script, statement.span)?;
    let last = row.last_of_run(statement)?;
    let is_end = last + 1 == statement.items.len();
    let stops = row.error_exit(surroundings, statement);
    let may_join = !is_end || stops == ErrorExit::Off || row.is_tail();
    let may_separate = is_end
        && match stops {
            ErrorExit::On => true,
            ErrorExit::Off => {
                let is_row_of_lines = layout::is_row_of_lines(row.statements, row.statement);
                is_row_of_lines && !row.is_last() && !row.asks_status(surroundings)
            }
            ErrorExit::Unknown => false,
        };
    let has_heredoc = layout::has_heredoc(surroundings.source, statement);
    let may_separate = may_separate && !(may_join && has_heredoc);
    let joint = joint(&row, statement, may_join, may_separate)?;
    layout::after(
        surroundings.source,
        row.statements,
        row.statement,
        last,
        joint,
        command,
    )
}

/// `command` in front of the pipeline of the command at `site`, or of the outermost loop or condition round it: the
/// pipeline runs exactly when `command` succeeded too.
///
/// # Errors
///
/// As [`after`], and [`Refusal::OrList`].
pub fn before(
    surroundings: &Surroundings<'_>,
    site: &Site<'_>,
    command: &str,
) -> Result<Edit, Refusal> {
    let row = Row::of(&[site])?;
    let statement = row.statement()?;
    refuse_ambiguous(surroundings.script, statement.span)?;
    if !statement.is_and_list() {
        return Err(Refusal::OrList);
    }
    let stops = row.error_exit(surroundings, statement);
    let may_join = stops == ErrorExit::Off || row.is_tail();
    let may_separate = row.item == 0 && stops == ErrorExit::On;
    let joint = joint(&row, statement, may_join, may_separate)?;
    layout::before(
        surroundings.source,
        row.statements,
        row.statement,
        row.item,
        joint,
        command,
    )
}

/// A statement by itself stays one among statements; a list is made longer.
fn joint(
    row: &Row<'_, '_>,
    statement: &Statement,
    may_join: bool,
    may_separate: bool,
) -> Result<Joint, Refusal> {
    let is_one_of_many = statement.items.len() == 1 && row.statements.len() > 1;
    match (may_join, may_separate) {
        (_, true) if is_one_of_many || !may_join => Ok(Joint::Separate),
        (true, _) => Ok(Joint::And),
        _ => Err(Refusal::ErrorExit),
    }
}

/// The row of statements that encloses all sites, outside of loops and conditions, and the last place in it.
struct Row<'a, 'b> {
    /// The frames that lead to the row, its own the last.
    frames: &'b [Frame<'a>],
    statements: &'a [Statement],
    /// The last statement that holds one of the sites, and the last item of it.
    statement: usize,
    item: usize,
}

impl<'a, 'b> Row<'a, 'b> {
    fn of(sites: &[&'b Site<'a>]) -> Result<Self, Refusal> {
        let (first, others) = sites.split_first().ok_or(Refusal::Empty)?;
        if sites.iter().any(|site| site.is_in_substitution()) {
            return Err(Refusal::Substitution);
        }
        if sites.iter().any(|site| site.is_in_function()) {
            return Err(Refusal::Function);
        }
        if sites.iter().any(|site| site.is_in_background()) {
            return Err(Refusal::Background);
        }
        let mut level = 0;
        while let Some(next) = first.frames.get(level + 1)
            && !matches!(next.place, Place::LoopBody | Place::Condition)
            && others
                .iter()
                .all(|other| goes_the_same_way(first, other, level))
        {
            level += 1;
        }
        let frames = first.frames.get(..=level).ok_or(Refusal::Empty)?;
        let places = sites.iter().filter_map(|site| site.frames.get(level));
        let last = places.max_by_key(|frame| (frame.statement_index, frame.item_index));
        let last = last.ok_or(Refusal::Empty)?;
        Ok(Self {
            frames,
            statements: last.statements,
            statement: last.statement_index,
            item: last.item_index,
        })
    }

    fn statement(&self) -> Result<&'a Statement, Refusal> {
        let statement = self.statements.get(self.statement).ok_or(Refusal::Empty)?;
        let item = statement.items.get(self.item).ok_or(Refusal::Empty)?;
        if item.pipeline.negation.is_some() {
            return Err(Refusal::Pipeline);
        }
        Ok(statement)
    }

    /// The last of the items that `&&` joins to the one with the last site. What does not return stays behind it.
    fn last_of_run(&self, statement: &Statement) -> Result<usize, Refusal> {
        let returns = |item: &Item| !item.pipeline.commands.iter().any(does_not_return);
        let mut last = self.item;
        if !statement.items.get(last).is_some_and(returns) {
            return Err(Refusal::NoReturn);
        }
        while let Some(next) = statement.items.get(last + 1)
            && matches!(next.operator, Some((Operator::And, _)))
            && returns(next)
        {
            last += 1;
        }
        Ok(last)
    }

    fn is_last(&self) -> bool {
        self.statement + 1 == self.statements.len()
    }

    fn enclosing(&self) -> &'b [Frame<'a>] {
        self.frames.split_last().map_or(&[], |(_, above)| above)
    }

    /// Whether the script ends with the statement, so that its status is that of the script.
    fn is_tail(&self) -> bool {
        self.is_last() && self.enclosing().iter().all(Frame::is_last_statement)
    }

    /// Whether a failure of the statement would stop the shell.
    fn error_exit(&self, surroundings: &Surroundings<'_>, statement: &Statement) -> ErrorExit {
        let is_looked_at = |frame: &Frame<'_>| {
            let items = frame
                .statement()
                .map_or(0, |statement| statement.items.len());
            let is_negated = frame
                .pipeline()
                .is_some_and(|pipeline| pipeline.negation.is_some());
            frame.item_index + 1 < items || is_negated
        };
        if self.enclosing().iter().any(is_looked_at) {
            return ErrorExit::Off;
        }
        error_exit_at(surroundings, statement.span.start)
    }

    /// Whether what follows asks for the exit status of the statement.
    fn asks_status(&self, surroundings: &Surroundings<'_>) -> bool {
        let next = self.statements.get(self.statement + 1);
        next.is_some_and(|next| next.span.slice(surroundings.source).contains("$?"))
    }
}

/// Whether both sites are in the same row below the frame at `level`.
fn goes_the_same_way(one: &Site<'_>, other: &Site<'_>, level: usize) -> bool {
    let (Some(mine), Some(theirs)) = (one.frames.get(level), other.frames.get(level)) else {
        return false;
    };
    let rows = (one.frames.get(level + 1), other.frames.get(level + 1));
    let (Some(my_row), Some(their_row)) = rows else {
        return false;
    };
    let place = |frame: &Frame<'_>| (frame.statement_index, frame.item_index, frame.command_index);
    place(mine) == place(theirs) && std::ptr::eq(my_row.statements, their_row.statements)
}

/// Whether the shell stops at the first failure when it comes to the byte `offset`.
fn error_exit_at(surroundings: &Surroundings<'_>, offset: usize) -> ErrorExit {
    let mut state = surroundings.error_exit;
    for site in surroundings.script.commands() {
        let words = &site.command.words;
        if site.command.span.start >= offset {
            continue;
        }
        match site.command.name().as_deref() {
            Some("set") => {
                let (_, pipeline) = site.pipeline_position();
                let is_sure = site.is_top_level() && !site.is_conditional() && pipeline == 1;
                match set_option(words) {
                    Some(_) if !is_sure => state = ErrorExit::Unknown,
                    Some(new) => state = new,
                    None => {}
                }
            }
            // What is read in from elsewhere may say `set` too.
            Some("." | "source" | "eval") => state = ErrorExit::Unknown,
            _ => {}
        }
    }
    state
}

/// What the words of `set` say about it.
fn set_option(words: &[Word]) -> Option<ErrorExit> {
    let mut state = None;
    let mut is_name = None;
    for word in words.iter().skip(1) {
        let Some(text) = word.value() else {
            return Some(ErrorExit::Unknown);
        };
        let sign = match text.chars().next() {
            _ if is_name.is_some() => None,
            Some('-') if text == "--" => return state,
            Some('-') => Some(ErrorExit::On),
            Some('+') => Some(ErrorExit::Off),
            _ => return state,
        };
        match sign {
            Some(sign) => {
                if text.contains('e') {
                    state = Some(sign);
                }
                is_name = text.contains('o').then_some(sign);
            }
            None => {
                if let Some(sign) = is_name.take()
                    && text == "errexit"
                {
                    state = Some(sign);
                }
            }
        }
    }
    state
}
