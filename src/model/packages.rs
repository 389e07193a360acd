//! What a shell script does to packages, and which commands it runs.
//!
//! Plain data with spans, read from a [`Script`]; nothing here decides whether a change is a good one. What is not
//! literally there is unknown, never guessed: a package named by a variable is a [`Package`] without a name.
//!
//! The text of `sh -c '…'`, of scripts and of `eval` is not looked into: what such a command runs is
//! [`CommandUse::unknown`].

mod cleanup;
mod grammars;
mod invocation;
mod managers;
mod options;
mod uses;

#[cfg(test)]
mod tests;

use crate::syntax::shell::{Script, Site};
use crate::text::Span;

pub use cleanup::{Cache, Cleanup, cleanups};
pub use invocation::{Invocation, Variable, invocation};
pub use managers::PackageManager;
pub use uses::{CommandUse, Unknown, commands_used};

/// What a call of a package manager does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Fetches the list of packages and changes nothing else.
    Update,
    Install,
    Remove,
    /// Brings packages that are there to newer versions.
    Upgrade,
    /// Empties the manager's own cache.
    Clean,
    /// Anything else, and what cannot be read.
    Other,
}

/// One call of a package manager.
#[derive(Clone, Debug)]
pub struct PackageCommand<'a> {
    pub manager: PackageManager,
    pub action: Action,
    /// The simple command, with all that encloses it.
    pub site: Site<'a>,
    /// The index of the manager's name among the words of the command: not 0 behind `sudo` or `env`.
    pub name_index: usize,
    /// The index of the word that says what to do (`install`); of the second one in `yarn global add`.
    pub action_index: Option<usize>,
    /// In order, before and behind the action. Joined short options (`-qqy`) are one entry each.
    pub options: Vec<PackageOption>,
    pub packages: Vec<Package>,
    /// Assignments in front of the command and behind `env` and `sudo`.
    pub environment: Vec<Variable>,
    /// Whether `yes |` answers its questions.
    pub is_answered_yes: bool,
}

/// An option of a package manager.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackageOption {
    /// The index of the option among the words of the command.
    pub index: usize,
    pub span: Span,
    /// With its dashes, without its value.
    pub name: String,
    pub value: Option<OptionValue>,
}

/// The value of an option: behind `=`, joined to a short option, or the next word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OptionValue {
    /// `None` where it is not literal.
    pub text: Option<String>,
    /// The index of the word that holds it.
    pub index: usize,
}

/// A word that names a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    /// The index of the word among the words of the command.
    pub index: usize,
    pub span: Span,
    /// Without version, architecture, release or extras; `None` where it is not literal. A path or URL stays whole.
    pub name: Option<String>,
    pub version: Version,
}

/// The version that a package word asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Version {
    /// None is written.
    Any,
    /// With the operator where it is not plain equality: `1.2`, `>=1.2`, `~1`.
    Literal(String),
    /// One is written with a variable, or may be: the word is not literal.
    Unknown,
}

impl PackageCommand<'_> {
    /// The first option that has one of the names.
    pub fn option(&self, names: &[&str]) -> Option<&PackageOption> {
        let mut options = self.options.iter();
        options.find(|option| names.contains(&option.name.as_str()))
    }

    pub fn has_option(&self, names: &[&str]) -> bool {
        self.option(names).is_some()
    }

    /// Whether the manager asks no questions: a flag of its own, `yes |`, or a manager that never asks.
    pub fn is_non_interactive(&self) -> bool {
        self.is_answered_yes
            || self.manager.never_asks()
            || self.has_option(self.manager.yes_options())
    }

    /// Whether every package is named.
    pub fn all_packages_known(&self) -> bool {
        self.packages.iter().all(|package| package.name.is_some())
    }

    /// The place of the whole simple command.
    pub fn span(&self) -> Span {
        self.site.command.span
    }
}

/// Every call of a package manager, in source order.
pub fn package_commands(script: &Script) -> Vec<PackageCommand<'_>> {
    let sites = script.commands().into_iter();
    sites.filter_map(options::package_command).collect()
}
