use crate::fix::Reason;
use crate::model::facts::Role;
use crate::model::{Base, Body, Model, Shell, Stage};
use crate::rule::{Check, Finding, Rule, Severity, Survey, Verdict, runs};
use crate::syntax::shell::{Command, Script, SimpleCommand, Terminator, Word};
use crate::syntax::{Arguments, Instruction, Keyword};
use crate::text::Edit;

pub const RULE: Rule = Rule {
    id: "shell-form-command",
    summary: "CMD or ENTRYPOINT started through a shell that it does not need",
    severity: Severity::Low,
    since: "0.1.0",
    page: include_str!("shell_form_command.md"),
    aliases: &[
        "hadolint:DL3025",
        "buildkit:JSONArgsRecommended",
        "kics:b86987e1",
    ],
    check: Check::Dockerfile(check),
};

/// Words that the shell itself understands: as the name of a command they are no program, or another one.
const SHELL_WORDS: &str = "\
    . : [ alias bg break builtin caller case cd command compgen complete continue coproc declare dirs \
    disown do done echo elif else enable esac eval exec exit export false fc fg fi for function getopts \
    hash help history if in jobs kill let local logout mapfile popd printf pushd pwd read readarray \
    readonly return select set shift shopt source suspend test then time times trap true type typeset \
    ulimit umask unalias unset until wait while { } !";

fn check(model: &Survey<'_>) -> Vec<Finding> {
    let is_shell_form = |one: &Instruction<'_>| {
        matches!(one.keyword, Keyword::Cmd | Keyword::Entrypoint) && one.text().is_some()
    };
    if !model.file.instructions.iter().any(is_shell_form) {
        return Vec::new();
    }
    let starts = Starts::of(model);
    let mut findings = Vec::new();
    for stage in &model.stages {
        model
            .walk(stage.index)
            .for_each(|index, instruction, state| {
                let is_default = state.shell == Shell::Default && !state.is_windows();
                if !is_shell_form(instruction) || !is_default {
                    return;
                }
                let Some(verdict) = verdict(model, &starts, stage, index, instruction) else {
                    return;
                };
                let message = format!(
                    "{} is in shell form: signals go to the shell",
                    instruction.keyword.as_str()
                );
                let span = instruction.logical_span();
                findings.push(Finding::of(&RULE, span, message, verdict));
            });
    }
    findings
}

/// `None` where there is nothing to change.
fn verdict(
    model: &Model<'_>,
    starts: &Starts,
    stage: &Stage,
    index: usize,
    instruction: &Instruction<'_>,
) -> Option<Verdict> {
    let text = instruction.text()?;
    if text.text.starts_with('[') {
        let why = "It starts like an exec form, but is no JSON array of strings, so a shell runs it as it stands: look \
                   for single quotes and missing commas.";
        return Some(Verdict::manual("write a JSON array", why));
    }
    let script = match model.body(index) {
        Body::Script(script) => script,
        Body::Opaque(why) => {
            return Some(Verdict::held(Reason::at(text.span, why.clone())));
        }
        _ => return None,
    };
    if hands_over(script) {
        return None;
    }
    Some(match plain_command(script) {
        Err(why) => Verdict::held(Reason::at(text.span, format!("it needs a shell: {why}"))),
        Ok(command) => match starts.objection(model, stage, instruction) {
            Some(reason) => Verdict::held(reason),
            None => exec_form(command),
        },
    })
}

/// Whether its last command takes the place of the shell, so that signals reach it as they should.
fn hands_over(script: &Script) -> bool {
    let last = script.statements.last();
    let item = last.and_then(|statement| statement.items.last());
    let commands = item.map_or(&[][..], |item| item.pipeline.commands.as_slice());
    match commands {
        [Command::Simple(command)] => command.name().as_deref() == Some("exec"),
        _ => false,
    }
}

/// The one command of the script, if a program can be started with exactly its words and no shell.
fn plain_command(script: &Script) -> Result<&SimpleCommand, String> {
    let [statement] = script.statements.as_slice() else {
        return Err("it has several commands".to_string());
    };
    let [item] = statement.items.as_slice() else {
        return Err("it has several commands".to_string());
    };
    let command = match item.pipeline.commands.as_slice() {
        [Command::Simple(command)] if item.pipeline.negation.is_none() => command,
        [_] => return Err("it is no simple command".to_string()),
        _ => return Err("it has a pipe".to_string()),
    };
    if !matches!(statement.terminator, Terminator::End | Terminator::Newline) {
        return Err("it ends with an operator".to_string());
    }
    if !script.comments.is_empty() {
        return Err("it has a shell comment".to_string());
    }
    if !command.assignments.is_empty() {
        return Err("it sets a variable".to_string());
    }
    if !command.redirects.is_empty() {
        return Err("it redirects input or output".to_string());
    }
    for word in &command.words {
        if word.value().is_none() {
            return Err("a variable, pattern or command is put into its words".to_string());
        }
        if word.is_split {
            return Err("a line continuation stands inside a word".to_string());
        }
    }
    let name = command.name().unwrap_or_default();
    if name.is_empty() || SHELL_WORDS.split(' ').any(|word| word == name) {
        return Err(format!("`{name}` is a word of the shell"));
    }
    Ok(command)
}

/// The start commands that each stage is concerned with, by the numbers of their instructions.
struct Starts {
    /// The first CMD of the stage, else one of a stage built on it.
    commands: Vec<Option<usize>>,
    /// The last ENTRYPOINT of the stage and those that it is built on.
    entrypoints: Vec<Option<usize>>,
    /// An ENTRYPOINT of a stage built on it.
    later_entrypoints: Vec<Option<usize>>,
}

impl Starts {
    fn of(model: &Model<'_>) -> Self {
        let first = |stage: &Stage, keyword| {
            let mut all = model.instructions_of(stage);
            let found = all.find(|(_, one)| one.keyword == keyword);
            found.map(|(index, _)| index)
        };
        let last = |stage: &Stage| {
            let mut all = model.instructions_of(stage).rev();
            let found = all.find(|(_, one)| one.keyword == Keyword::Entrypoint);
            found.map(|(index, _)| index)
        };
        let later = model.from_descendants(|stage| first(stage, Keyword::Cmd));
        let own = model.stages.iter().map(|stage| first(stage, Keyword::Cmd));
        Self {
            commands: own.zip(later).map(|(own, later)| own.or(later)).collect(),
            entrypoints: model.from_lineage(last),
            later_entrypoints: model.from_descendants(|stage| first(stage, Keyword::Entrypoint)),
        }
    }

    /// Why the start command would mean something else in exec form.
    fn objection(
        &self,
        model: &Model<'_>,
        stage: &Stage,
        instruction: &Instruction<'_>,
    ) -> Option<Reason> {
        match instruction.keyword {
            Keyword::Entrypoint => self.arguments_of_entrypoint(model, stage),
            _ => self.entrypoint_of_command(model, stage),
        }
    }

    /// The shell form of ENTRYPOINT ignores CMD; the exec form takes it for arguments. A CMD of an earlier stage or of the
    /// base image does not count, since ENTRYPOINT drops it.
    fn arguments_of_entrypoint(&self, model: &Model<'_>, stage: &Stage) -> Option<Reason> {
        let command = at(&self.commands, stage).and_then(|index| model.instruction(index))?;
        let text = "the shell form ignores this CMD, the exec form would take it for arguments";
        Some(Reason::at(command.logical_span(), text))
    }

    /// An ENTRYPOINT gets the words of CMD: those of the shell form start with `/bin/sh -c`.
    fn entrypoint_of_command(&self, model: &Model<'_>, stage: &Stage) -> Option<Reason> {
        let instruction = |index| model.instruction(index);
        let entrypoint = at(&self.entrypoints, stage).and_then(instruction);
        let later = at(&self.later_entrypoints, stage).and_then(instruction);
        match (entrypoint, later) {
            (None, None) => entrypoint_of_base(model, stage),
            (Some(one), None) if is_empty(one) => None,
            (entrypoint, later) => {
                let one = later.or(entrypoint)?;
                let text = "this ENTRYPOINT gets the words of CMD, and would get others";
                Some(Reason::at(one.logical_span(), text))
            }
        }
    }
}

fn at(answers: &[Option<usize>], stage: &Stage) -> Option<usize> {
    answers.get(stage.index).copied().flatten()
}

fn is_empty(instruction: &Instruction<'_>) -> bool {
    matches!(&instruction.arguments, Arguments::Exec(words) if words.is_empty())
}

fn entrypoint_of_base(model: &Model<'_>, stage: &Stage) -> Option<Reason> {
    if matches!(
        model.root_of(stage).map(|root| &root.base),
        Some(Base::Scratch)
    ) {
        return None;
    }
    let held = |text: &str| Some(Reason::at(stage.base_span, text));
    match runs::base_facts(model, stage) {
        None => held("the base image may have an ENTRYPOINT that looks at the words of CMD"),
        Some(facts) => match facts.entrypoint.as_deref() {
            Some([]) => None,
            Some(_) => held("the ENTRYPOINT of the base image gets the words of CMD"),
            // Systems, runtimes and compilers have none, or one that only runs its arguments.
            None if matches!(facts.role, Some(Role::Os | Role::Runtime | Role::Sdk)) => None,
            None => held("the base image may have an ENTRYPOINT that looks at the words of CMD"),
        },
    }
}

/// Each word becomes a string where it stands, so that line breaks and comments between words stay.
fn exec_form(command: &SimpleCommand) -> Verdict {
    let last = command.words.len().saturating_sub(1);
    let string = |(number, word): (usize, &Word)| {
        let value = serde_json::Value::String(word.value().unwrap_or_default());
        let open = if number == 0 { "[" } else { "" };
        let close = if number == last { "]" } else { "," };
        Edit::replace(word.span, format!("{open}{value}{close}"))
    };
    let edits = command.words.iter().enumerate().map(string).collect();
    let name = command.name().unwrap_or_default();
    let why = format!(
        "`{name}` becomes process 1 and gets the signals itself; if it is a script, it needs a `#!` line."
    );
    Verdict::review("start it without a shell", why, edits)
}
