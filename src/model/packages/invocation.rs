//! The command that really runs behind `sudo`, `env`, `exec`, `xargs` and their like.

use crate::syntax::shell::{SimpleCommand, Word};
use crate::text::Span;

/// An environment variable that a command is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    pub name: String,
    /// `None` where it is not literal.
    pub value: Option<String>,
    pub span: Span,
}

/// Which word of a simple command names the program that does the work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invocation {
    /// The wrappers in front, by index and name: `(0, "sudo")`.
    pub wrappers: Vec<(usize, String)>,
    /// The index of the program's word; `None` where there is none (only assignments, `env` alone).
    pub index: Option<usize>,
    /// The name without its folder; `None` where it is not literal or there is no program.
    pub name: Option<String>,
    pub environment: Vec<Variable>,
}

/// How a command that runs another one finds it among its arguments.
struct Wrapper {
    name: &'static str,
    /// Options that take the next word.
    with_value: &'static [&'static str],
    /// Arguments in front of the program.
    operands: usize,
    /// Whether `NAME=value` may stand in front of the program.
    takes_variables: bool,
}

const fn wrapper(
    name: &'static str,
    with_value: &'static [&'static str],
    operands: usize,
) -> Wrapper {
    Wrapper {
        name,
        with_value,
        operands,
        takes_variables: false,
    }
}

/// From the manual pages of sudo, GNU coreutils, findutils, util-linux and the POSIX shell.
const WRAPPERS: &[Wrapper] = &[
    Wrapper {
        name: "sudo",
        with_value: &[
            "-u", "--user", "-g", "--group", "-p", "--prompt", "-C", "-h", "--host", "-r", "-t",
            "-T", "-U", "-D", "--chdir", "-R", "--chroot",
        ],
        operands: 0,
        takes_variables: true,
    },
    Wrapper {
        name: "env",
        with_value: &["-u", "--unset", "-C", "--chdir"],
        operands: 0,
        takes_variables: true,
    },
    wrapper("doas", &["-u", "-C"], 0),
    wrapper("exec", &["-a"], 0),
    wrapper("command", &[], 0),
    wrapper("builtin", &[], 0),
    wrapper("nohup", &[], 0),
    wrapper("time", &["-f", "--format", "-o", "--output"], 0),
    wrapper("timeout", &["-s", "--signal", "-k", "--kill-after"], 1),
    wrapper("nice", &["-n", "--adjustment"], 0),
    wrapper("ionice", &["-c", "--class", "-n", "--classdata"], 0),
    wrapper("setsid", &[], 0),
    wrapper("stdbuf", &["-i", "-o", "-e"], 0),
    wrapper("eatmydata", &[], 0),
    wrapper("chroot", &[], 1),
    wrapper("gosu", &[], 1),
    wrapper("su-exec", &[], 1),
    wrapper("linux32", &[], 0),
    wrapper("linux64", &[], 0),
    wrapper(
        "xargs",
        &[
            "-I",
            "-n",
            "--max-args",
            "-P",
            "--max-procs",
            "-d",
            "--delimiter",
            "-L",
            "--max-lines",
            "-s",
            "--max-chars",
            "-E",
            "-a",
            "--arg-file",
        ],
        0,
    ),
];

/// The program of a simple command.
pub fn invocation(command: &SimpleCommand) -> Invocation {
    let mut found = Invocation {
        wrappers: Vec::new(),
        index: None,
        name: None,
        environment: command
            .assignments
            .iter()
            .map(|assignment| Variable {
                name: assignment.name.clone(),
                value: assignment.value.value(),
                span: assignment.span,
            })
            .collect(),
    };
    let mut index = 0;
    while let Some(word) = command.words.get(index) {
        let Some(name) = word.literal() else {
            found.index = Some(index);
            return found;
        };
        let name = base_name(&name);
        let Some(wrapper) = WRAPPERS.iter().find(|wrapper| wrapper.name == name) else {
            found.index = Some(index);
            found.name = Some(name.to_owned());
            return found;
        };
        if name == "command" && looks_up(command, index) {
            found.index = Some(index);
            found.name = Some(name.to_owned());
            return found;
        }
        let ends_here = runs_text(&command.words, index, name);
        found.wrappers.push((index, name.to_owned()));
        if ends_here {
            return found;
        }
        index = wrapper.program(command, index + 1, &mut found.environment);
    }
    found
}

/// Whether the `command` at `index` only looks a name up (`command -v`).
pub(super) fn looks_up(command: &SimpleCommand, index: usize) -> bool {
    let option = command.words.get(index + 1).and_then(Word::value);
    option.is_some_and(|option| {
        option.starts_with('-') && option.contains(['v', 'V']) && !option.starts_with("--")
    })
}

/// `env -S 'text'` and `sudo -s` start what a text or a shell says, not a program that is named.
pub(super) fn runs_text(words: &[Word], index: usize, name: &str) -> bool {
    let next = words.get(index + 1).and_then(Word::value);
    next.is_some_and(|option| {
        (name == "env" && (option.starts_with("-S") || option.starts_with("--split-string")))
            || (name == "sudo" && matches!(option.as_str(), "-s" | "-i" | "--shell" | "--login"))
    })
}

/// The last part of a path; the whole of a name without a folder.
pub(super) fn base_name(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

impl Wrapper {
    /// The index of the wrapped program, which may be behind the last word.
    fn program(
        &self,
        command: &SimpleCommand,
        mut index: usize,
        environment: &mut Vec<Variable>,
    ) -> usize {
        let mut operands = self.operands;
        while let Some(word) = command.words.get(index) {
            let (text, is_literal) = word.literal_prefix();
            if text == "--" && is_literal {
                index += 1;
            } else if text.len() > 1 && text.starts_with('-') {
                index += if self.with_value.contains(&&*text) {
                    2
                } else {
                    1
                };
            } else if let Some(variable) = self.variable(word, &text) {
                environment.push(variable);
                index += 1;
            } else if operands > 0 {
                operands -= 1;
                index += 1;
            } else {
                return index;
            }
        }
        index
    }

    fn variable(&self, word: &Word, text: &str) -> Option<Variable> {
        let (name, _) = text.split_once('=').filter(|_| self.takes_variables)?;
        let value = word.value();
        let value = value.as_deref().and_then(|value| value.split_once('='));
        Some(Variable {
            name: name.to_owned(),
            value: value.map(|(_, value)| value.to_owned()),
            span: word.span,
        })
    }
}
