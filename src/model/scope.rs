//! ARG and ENV: which variable has which value where.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::syntax::variables::{self, ExpandError, Lookup};
use crate::syntax::{Dockerfile, Instruction, Keyword, PairSeparator};

/// An ARG with the value that it has unless the build sets another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Argument {
    pub name: String,
    pub default: Option<String>,
    /// The number of its instruction.
    pub instruction: usize,
}

/// The platform arguments that a builder sets by itself.
const PLATFORM: [&str; 8] = [
    "TARGETPLATFORM",
    "TARGETOS",
    "TARGETARCH",
    "TARGETVARIANT",
    "BUILDPLATFORM",
    "BUILDOS",
    "BUILDARCH",
    "BUILDVARIANT",
];

#[derive(Clone, Debug, PartialEq, Eq)]
enum Value {
    /// From ENV.
    Environment(String),
    /// The default of an ARG: what it is, unless the build sets another.
    Default(String),
    Unknown(String),
}

/// The variables at one place. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    values: Arc<BTreeMap<String, Value>>,
    /// Whether variables that this scope does not have may come from an image that nobody described.
    open: bool,
}

impl Scope {
    /// A scope in which a missing variable may have been set by the base image.
    pub(super) fn open() -> Self {
        Self {
            values: Arc::default(),
            open: true,
        }
    }

    /// The value of a variable; an ARG counts with its default.
    pub fn lookup(&self, name: &str) -> Lookup {
        match self.values.get(name) {
            Some(Value::Environment(value) | Value::Default(value)) => Lookup::Set(value.clone()),
            Some(Value::Unknown(why)) => Lookup::Unknown(why.clone()),
            None if self.open => Lookup::Unknown(format!("`{name}` may be set by the base image")),
            None => Lookup::Unset,
        }
    }

    /// The value that ENV gave a variable.
    pub fn environment(&self, name: &str) -> Option<&str> {
        match self.values.get(name) {
            Some(Value::Environment(value)) => Some(value),
            _ => None,
        }
    }

    /// What a word says here.
    ///
    /// # Errors
    /// Why that is not known.
    pub fn expand(&self, word: &str, escape: char) -> Result<String, String> {
        variables::expand(word, escape, &|name| self.lookup(name)).map_err(|error| match error {
            ExpandError::Unknown(why) => why,
            ExpandError::Syntax(message) => format!("`{word}`: {message}"),
        })
    }

    pub(super) fn set_environment(&mut self, name: String, value: Result<String, String>) {
        let value = match value {
            Ok(value) => Value::Environment(value),
            Err(why) => Value::Unknown(why),
        };
        Arc::make_mut(&mut self.values).insert(name, value);
    }

    /// An ENV of the same name wins over an ARG.
    fn set_argument(&mut self, name: &str, value: Value) {
        if !matches!(self.values.get(name), Some(Value::Environment(_))) {
            Arc::make_mut(&mut self.values).insert(name.to_string(), value);
        }
    }

    /// An ARG of a stage: its own default, else that of the global ARG of the same name.
    pub(super) fn declare<'g>(
        &mut self,
        instruction: &Instruction<'_>,
        escape: char,
        global: &dyn Fn(&str) -> Option<&'g Argument>,
    ) {
        for pair in instruction.pairs() {
            let name = pair.name.text.as_ref();
            let inherited = global(name);
            let value = match (pair.separator, inherited) {
                (PairSeparator::Equals, _) => match self.expand(&pair.value.text, escape) {
                    Ok(value) => Value::Default(value),
                    Err(why) => Value::Unknown(why),
                },
                (
                    _,
                    Some(Argument {
                        default: Some(value),
                        ..
                    }),
                ) => Value::Default(value.clone()),
                _ => Value::Unknown(no_default(name)),
            };
            self.set_argument(name, value);
        }
    }

    /// The scope of FROM: only ARGs before the first FROM, and the platform.
    pub(super) fn of_from(global: &[Argument]) -> Self {
        let mut scope = Self::default();
        for name in PLATFORM {
            let why = format!("`{name}` is the platform that is built for");
            scope.set_argument(name, Value::Unknown(why));
        }
        for argument in global {
            scope.add_global(argument);
        }
        scope
    }

    fn add_global(&mut self, argument: &Argument) {
        let value = match &argument.default {
            Some(value) => Value::Default(value.clone()),
            None => Value::Unknown(no_default(&argument.name)),
        };
        self.set_argument(&argument.name, value);
    }
}

fn no_default(name: &str) -> String {
    format!("`ARG {name}` has no default")
}

/// The number of the last argument of each name.
pub(super) fn by_name(arguments: &[Argument]) -> HashMap<String, usize> {
    let numbered = arguments.iter().enumerate();
    numbered
        .map(|(index, argument)| (argument.name.clone(), index))
        .collect()
}

/// The ARGs before the first FROM.
pub(super) fn global_arguments(file: &Dockerfile<'_>) -> Vec<Argument> {
    let mut arguments: Vec<Argument> = Vec::new();
    let mut scope = Scope::of_from(&arguments);
    for (index, instruction) in file.instructions.iter().enumerate() {
        match instruction.keyword {
            Keyword::From => break,
            Keyword::Arg => {}
            _ => continue,
        }
        for pair in instruction.pairs() {
            let default = match pair.separator {
                PairSeparator::Equals => scope.expand(&pair.value.text, file.escape).ok(),
                _ => None,
            };
            let argument = Argument {
                name: pair.name.text.to_string(),
                default,
                instruction: index,
            };
            scope.add_global(&argument);
            arguments.push(argument);
        }
    }
    arguments
}
