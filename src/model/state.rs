//! The state of a stage before each of its instructions: user, working directory, shell, variables.

use super::Model;
use super::facts::{Fact, Facts, OperatingSystem};
use super::scope::Scope;
use super::stage::Base;
use crate::syntax::{Arguments, Instruction, Keyword};

/// Each stage of a lineage copies what the one before has, so hostile files must not make it long.
const DEEPEST: usize = 100;

/// Longer than any working directory that a person writes, in bytes: each relative WORKDIR adds to it.
const LONGEST_PATH: usize = 256;

/// What runs the shell form of RUN, CMD and ENTRYPOINT.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shell {
    /// Nobody has said SHELL: `/bin/sh -c` on Linux.
    Default,
    /// The words of SHELL.
    Set(Vec<String>),
}

impl Shell {
    /// Whether it reads the language of a Bourne shell, as far as its name says.
    pub fn is_posix(&self) -> bool {
        let Self::Set(words) = self else { return true };
        let program = words.first().map_or("", String::as_str);
        let name = program.rsplit(['/', '\\']).next().unwrap_or("");
        matches!(
            name,
            "sh" | "bash" | "dash" | "ash" | "ksh" | "zsh" | "busybox"
        )
    }
}

/// What holds at a place of a stage.
#[derive(Clone, Debug)]
pub struct State {
    /// With its group, as USER has it, variables replaced.
    pub user: Fact<String>,
    /// The USER instruction that set it; `None` where it is the base image's.
    pub user_set_by: Option<usize>,
    pub workdir: Fact<String>,
    /// The WORKDIR instruction that set it; `None` where it is the base image's.
    pub workdir_set_by: Option<usize>,
    pub shell: Shell,
    pub scope: Scope,
    pub os: Fact<OperatingSystem>,
}

impl State {
    /// The user without the group.
    pub fn user_name(&self) -> Option<&str> {
        let user = self.user.known()?;
        Some(user.split(':').next().unwrap_or(user))
    }

    /// Whether the user is root; `None` where the user is not known.
    pub fn is_root(&self) -> Option<bool> {
        self.user_name().map(is_root)
    }

    pub fn is_windows(&self) -> bool {
        self.os.known() == Some(&OperatingSystem::Windows)
    }

    /// A path of an instruction at this place, made absolute.
    ///
    /// # Errors
    /// Why that is not known.
    pub fn absolute(&self, path: &str) -> Result<String, String> {
        if path.starts_with('/') {
            return Ok(normal(path));
        }
        match &self.workdir {
            Fact::Known(workdir, _) if workdir.len() + path.len() >= LONGEST_PATH => {
                Err(format!("it is longer than {LONGEST_PATH} bytes"))
            }
            Fact::Known(workdir, _) => Ok(normal(&format!("{workdir}/{path}"))),
            Fact::Unknown(why) => Err(why.clone()),
        }
    }
}

/// Whether a user, without group, is root: by name, or by number.
pub fn is_root(user: &str) -> bool {
    user.is_empty() || user == "root" || user.parse::<u64>() == Ok(0)
}

/// An absolute path without `.`, `..`, doubled or final slashes.
pub fn normal(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

/// Whether an absolute path is a folder or lies in it.
pub fn is_inside(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Goes through the instructions of a stage with the state before each.
pub struct Walk<'m, 'a> {
    model: &'m Model<'a>,
    next: usize,
    end: usize,
    state: State,
}

impl<'m, 'a> Walk<'m, 'a> {
    pub(super) fn new(model: &'m Model<'a>, stage: usize) -> Self {
        let body = model.stages.get(stage).map(|stage| stage.body.clone());
        let body = body.unwrap_or_default();
        let state = model.starts.get(stage).cloned();
        Self {
            model,
            next: body.start,
            end: body.end,
            state: state.unwrap_or_else(|| unknown("there is no such stage")),
        }
    }

    /// Calls `visit` with each instruction and the state before it.
    pub fn for_each(mut self, mut visit: impl FnMut(usize, &'a Instruction<'a>, &State)) -> State {
        while self.next < self.end {
            let index = self.next;
            let Some(instruction) = self.model.instruction(index) else {
                break;
            };
            visit(index, instruction, &self.state);
            apply(&mut self.state, self.model, index, instruction);
            self.next += 1;
        }
        self.state
    }
}

fn unknown(why: &str) -> State {
    State {
        user: Fact::Unknown(why.to_string()),
        user_set_by: None,
        workdir: Fact::Unknown(why.to_string()),
        workdir_set_by: None,
        shell: Shell::Default,
        scope: Scope::open(),
        os: Fact::Unknown(why.to_string()),
    }
}

/// The state that a stage starts with, once the states of the stages before it are known.
pub(super) fn start(model: &Model<'_>, stage: usize) -> State {
    let Some(stage) = model.stages.get(stage) else {
        return unknown("there is no such stage");
    };
    match &stage.base {
        Base::Stage(_) if stage.depth > DEEPEST => unknown("it is built on too many stages"),
        Base::Stage(index) => match model.ends.get(*index) {
            Some(end) => end.clone(),
            None => unknown("the stage it is built on comes later"),
        },
        Base::Scratch => {
            let source = "FROM scratch".to_string();
            State {
                user: Fact::Known("root".to_string(), source.clone()),
                workdir: Fact::Known("/".to_string(), source.clone()),
                os: Fact::Known(OperatingSystem::Linux, source),
                scope: Scope::default(),
                ..unknown("")
            }
        }
        Base::Image(Fact::Unknown(why)) => unknown(why),
        Base::Image(Fact::Known(image, _)) => match model.facts.of(image) {
            Some((facts, source)) => of_image(&facts, &source, image.as_str()),
            None => {
                let mut state = unknown(&format!("nothing is known of image `{}`", image.as_str()));
                if looks_like_windows(image.as_str()) {
                    let source = "the name of the image".to_string();
                    state.os = Fact::Known(OperatingSystem::Windows, source);
                }
                state
            }
        },
    }
}

fn looks_like_windows(image: &str) -> bool {
    let image = image.to_ascii_lowercase();
    ["windows", "nanoserver", "servercore"]
        .iter()
        .any(|word| image.contains(word))
}

/// The state that an image starts a stage with.
pub fn of_image(facts: &Facts, source: &str, image: &str) -> State {
    let fact = |value: &Option<String>, what: &str| match value {
        Some(value) => Fact::Known(value.clone(), source.to_string()),
        None => Fact::Unknown(format!("the {what} of image `{image}` is not known")),
    };
    let mut scope = Scope::open();
    for (name, value) in facts.env.iter().flatten() {
        scope.set_environment(name.clone(), Ok(value.clone()));
    }
    let os = match facts.os {
        Some(os) => Fact::Known(os, source.to_string()),
        None if looks_like_windows(image) => Fact::Known(
            OperatingSystem::Windows,
            "the name of the image".to_string(),
        ),
        None => Fact::Unknown(format!("the system of image `{image}` is not known")),
    };
    State {
        user: fact(&facts.user, "user"),
        user_set_by: None,
        workdir: match &facts.workdir {
            // An image that is described and names no working directory has the default one.
            None => Fact::Known("/".to_string(), source.to_string()),
            Some(workdir) => Fact::Known(workdir.clone(), source.to_string()),
        },
        workdir_set_by: None,
        shell: Shell::Default,
        scope,
        os,
    }
}

fn apply(state: &mut State, model: &Model<'_>, index: usize, instruction: &Instruction<'_>) {
    let escape = model.file.escape;
    let source = || format!("line {}", instruction.first_line);
    match (instruction.keyword, &instruction.arguments) {
        (Keyword::User, Arguments::Text(word)) => {
            state.user = match state.scope.expand(&word.text, escape) {
                Ok(user) => Fact::Known(user, source()),
                Err(why) => Fact::Unknown(why),
            };
            state.user_set_by = Some(index);
        }
        (Keyword::Workdir, Arguments::Text(word)) => {
            let path = state.scope.expand(&word.text, escape);
            state.workdir_set_by = Some(index);
            state.workdir = match path.and_then(|path| state.absolute(&path)) {
                Ok(path) => Fact::Known(path, source()),
                Err(why) => Fact::Unknown(why),
            };
        }
        (Keyword::Shell, Arguments::Exec(words)) => {
            state.shell = Shell::Set(words.iter().map(|word| word.text.to_string()).collect());
        }
        (Keyword::Env, Arguments::Pairs(pairs)) => {
            // All values of one ENV see the variables as they were before it.
            let values: Vec<_> = pairs
                .iter()
                .map(|pair| {
                    (
                        pair.name.text.to_string(),
                        state.scope.expand(&pair.value.text, escape),
                    )
                })
                .collect();
            for (name, value) in values {
                state.scope.set_environment(name, value);
            }
        }
        (Keyword::Arg, Arguments::Pairs(_)) => {
            let inherited = |name: &str| model.global_argument(name);
            state.scope.declare(instruction, escape, &inherited);
        }
        _ => {}
    }
}
