//! Every simple command of a script, with the chain of what encloses it.

use super::tree::{
    Command, Compound, CompoundKind, Item, Operator, Pipeline, Redirect, RedirectTarget, Script,
    SimpleCommand, Statement, Substitution, Terminator, Word,
};

/// What a row of statements is the body of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The script itself.
    Script,
    Subshell,
    Group,
    /// The condition of an `if`, `elif`, `while` or `until`.
    Condition,
    /// Behind `then` or `else`.
    Branch,
    LoopBody,
    CaseArm,
    FunctionBody,
    /// `$(…)`, backticks or a process substitution.
    Substitution,
}

/// One step from the script down to a command: which statement, which pipeline of it, which command of that.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    pub place: Place,
    /// The row of statements; empty for the body of a function, which is a single command.
    pub statements: &'a [Statement],
    pub statement_index: usize,
    pub item_index: usize,
    pub command_index: usize,
}

impl<'a> Frame<'a> {
    pub fn statement(&self) -> Option<&'a Statement> {
        self.statements.get(self.statement_index)
    }

    pub fn item(&self) -> Option<&'a Item> {
        self.statement()?.items.get(self.item_index)
    }

    pub fn pipeline(&self) -> Option<&'a Pipeline> {
        self.item().map(|item| &item.pipeline)
    }

    /// Whether the statement is the last of its row.
    pub fn is_last_statement(&self) -> bool {
        self.statement_index + 1 == self.statements.len()
    }

    /// Whether the exit status of the command alone decides that of its pipeline: no `|`, no `!`.
    pub fn is_whole_pipeline(&self) -> bool {
        self.pipeline()
            .is_some_and(|pipeline| pipeline.commands.len() == 1 && pipeline.negation.is_none())
    }

    /// Whether the pipeline's list has no `||`.
    pub fn is_in_and_list(&self) -> bool {
        self.statement().is_some_and(Statement::is_and_list)
    }

    pub fn is_in_background(&self) -> bool {
        self.statement()
            .is_some_and(|statement| matches!(statement.terminator, Terminator::Background(_)))
    }
}

impl Statement {
    /// Whether all pipelines are joined by `&&`, so that each runs exactly when all before it succeeded.
    pub fn is_and_list(&self) -> bool {
        self.items
            .iter()
            .all(|item| !matches!(item.operator, Some((Operator::Or, _))))
    }
}

/// A simple command at its place.
#[derive(Clone, Debug)]
pub struct Site<'a> {
    pub command: &'a SimpleCommand,
    /// From the script inwards; never empty.
    pub frames: Vec<Frame<'a>>,
}

impl<'a> Site<'a> {
    /// The innermost frame: the list and pipeline that the command itself stands in.
    pub fn frame(&self) -> Option<&Frame<'a>> {
        self.frames.last()
    }

    /// Whether the command stands in a list of the script itself.
    pub fn is_top_level(&self) -> bool {
        self.frames.len() == 1
    }

    /// Whether the command runs if and only if all before it in its top-level list succeeded, and its failure fails the
    /// list: top level, only `&&`, no pipe, no `!`, not in the background.
    pub fn is_step_of_top_level_list(&self) -> bool {
        self.is_top_level()
            && self.frame().is_some_and(|frame| {
                frame.is_in_and_list() && frame.is_whole_pipeline() && !frame.is_in_background()
            })
    }

    /// Whether the statement of the script that holds the command is its last one.
    pub fn is_in_last_statement(&self) -> bool {
        self.frames.first().is_some_and(Frame::is_last_statement)
    }

    /// Whether the command may run any number of times.
    pub fn is_in_loop(&self) -> bool {
        self.is_within(Place::LoopBody)
    }

    /// Whether the command runs only on some condition: a branch, a case, or behind `&&` or `||` at any level.
    pub fn is_conditional(&self) -> bool {
        self.is_within(Place::Branch)
            || self.is_within(Place::CaseArm)
            || self.frames.iter().any(|frame| frame.item_index > 0)
    }

    pub fn is_in_substitution(&self) -> bool {
        self.is_within(Place::Substitution)
    }

    pub fn is_in_function(&self) -> bool {
        self.is_within(Place::FunctionBody)
    }

    pub fn is_within(&self, place: Place) -> bool {
        self.frames.iter().any(|frame| frame.place == place)
    }

    /// Whether anything that encloses the command runs in the background.
    pub fn is_in_background(&self) -> bool {
        self.frames.iter().any(Frame::is_in_background)
    }

    /// Whether a `!` inverts the exit status of the pipeline at any level.
    pub fn is_negated(&self) -> bool {
        self.frames.iter().any(|frame| {
            frame
                .pipeline()
                .is_some_and(|pipeline| pipeline.negation.is_some())
        })
    }

    /// The command's position in its pipeline, counted from 0, and the length of the pipeline.
    pub fn pipeline_position(&self) -> (usize, usize) {
        self.frame().map_or((0, 1), |frame| {
            let length = frame
                .pipeline()
                .map_or(1, |pipeline| pipeline.commands.len());
            (frame.command_index, length)
        })
    }

    /// The operator in front of the command's pipeline and the one behind it.
    pub fn operators(&self) -> (Option<Operator>, Option<Operator>) {
        let operator = |offset: usize| {
            let frame = self.frame()?;
            let item = frame.statement()?.items.get(frame.item_index + offset)?;
            item.operator.map(|(operator, _)| operator)
        };
        (operator(0), operator(1))
    }

    /// Whether a failure of the command cannot end its list: `||` stands somewhere behind it.
    pub fn may_fail(&self) -> bool {
        self.frames.iter().any(|frame| {
            let items = frame
                .statement()
                .map(|statement| statement.items.as_slice());
            let behind = items.and_then(|items| items.get(frame.item_index + 1..));
            behind.is_some_and(|items| {
                items
                    .iter()
                    .any(|item| matches!(item.operator, Some((Operator::Or, _))))
            })
        })
    }
}

impl Script {
    /// All simple commands in source order, those in substitutions and heredocs behind the command that holds them.
    pub fn commands(&self) -> Vec<Site<'_>> {
        let mut walk = Walk::default();
        walk.statements(&self.statements, Place::Script);
        walk.sites
    }

    /// The substitutions whose text was not read (backticks with a backslash), so that what they run is unknown.
    pub fn unread_substitutions(&self) -> Vec<&Substitution> {
        let mut walk = Walk::default();
        walk.statements(&self.statements, Place::Script);
        walk.unread
    }
}

#[derive(Default)]
struct Walk<'a> {
    frames: Vec<Frame<'a>>,
    sites: Vec<Site<'a>>,
    unread: Vec<&'a Substitution>,
}

impl<'a> Walk<'a> {
    fn statements(&mut self, statements: &'a [Statement], place: Place) {
        for (statement_index, statement) in statements.iter().enumerate() {
            for (item_index, item) in statement.items.iter().enumerate() {
                for (command_index, command) in item.pipeline.commands.iter().enumerate() {
                    self.frames.push(Frame {
                        place,
                        statements,
                        statement_index,
                        item_index,
                        command_index,
                    });
                    self.command(command);
                    self.frames.pop();
                }
            }
        }
    }

    fn command(&mut self, command: &'a Command) {
        match command {
            Command::Simple(simple) => self.simple(simple),
            Command::Compound(compound) => {
                self.compound(compound);
                self.redirects(&compound.redirects);
            }
        }
    }

    fn simple(&mut self, command: &'a SimpleCommand) {
        self.sites.push(Site {
            command,
            frames: self.frames.clone(),
        });
        for assignment in &command.assignments {
            self.word(&assignment.value);
        }
        for word in &command.words {
            self.word(word);
        }
        self.redirects(&command.redirects);
    }

    fn compound(&mut self, compound: &'a Compound) {
        match &compound.kind {
            CompoundKind::Subshell(body) => self.statements(body, Place::Subshell),
            CompoundKind::Group(body) => self.statements(body, Place::Group),
            CompoundKind::If {
                branches,
                otherwise,
            } => {
                for branch in branches {
                    self.statements(&branch.condition, Place::Condition);
                    self.statements(&branch.body, Place::Branch);
                }
                self.statements(otherwise.as_deref().unwrap_or(&[]), Place::Branch);
            }
            CompoundKind::While {
                condition, body, ..
            } => {
                self.statements(condition, Place::Condition);
                self.statements(body, Place::LoopBody);
            }
            CompoundKind::For { values, body, .. } => {
                for word in values.iter().flatten() {
                    self.word(word);
                }
                self.statements(body, Place::LoopBody);
            }
            CompoundKind::ArithmeticFor {
                substitutions,
                body,
            } => {
                self.substitutions(substitutions);
                self.statements(body, Place::LoopBody);
            }
            CompoundKind::Case { subject, arms } => {
                self.word(subject);
                for arm in arms {
                    self.substitutions(&arm.substitutions);
                    self.statements(&arm.body, Place::CaseArm);
                }
            }
            CompoundKind::Function { body, .. } => self.function(body),
            CompoundKind::Test(inner) | CompoundKind::Arithmetic(inner) => {
                self.substitutions(inner);
            }
        }
    }

    fn function(&mut self, body: &'a Command) {
        self.frames.push(Frame {
            place: Place::FunctionBody,
            statements: &[],
            statement_index: 0,
            item_index: 0,
            command_index: 0,
        });
        self.command(body);
        self.frames.pop();
    }

    fn word(&mut self, word: &'a Word) {
        for substitution in word.substitutions() {
            self.substitution(substitution);
        }
    }

    fn substitutions(&mut self, substitutions: &'a [Substitution]) {
        for substitution in substitutions {
            self.substitution(substitution);
        }
    }

    fn substitution(&mut self, substitution: &'a Substitution) {
        match &substitution.body {
            Some(body) => self.statements(body, Place::Substitution),
            None => self.unread.push(substitution),
        }
    }

    fn redirects(&mut self, redirects: &'a [Redirect]) {
        for redirect in redirects {
            match &redirect.target {
                RedirectTarget::Word(word) => self.word(word),
                RedirectTarget::Heredoc(heredoc) => self.substitutions(&heredoc.substitutions),
            }
        }
    }
}
