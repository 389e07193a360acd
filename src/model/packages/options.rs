//! The words of a package manager's call: options, action, packages.

use std::borrow::Cow;

use crate::syntax::shell::{Site, Word};

use super::grammars::{Grammar, PackageSyntax};
use super::invocation::{base_name, invocation};
use super::managers::{PackageManager, is_versioned};
use super::{Action, OptionValue, Package, PackageCommand, PackageOption, Version};

/// The call of a package manager at `site`, if it is one.
pub(super) fn package_command(site: Site<'_>) -> Option<PackageCommand<'_>> {
    let invocation = invocation(site.command);
    let name_index = invocation.index?;
    let words = &site.command.words;
    let (manager, first) = manager_of(words, name_index, invocation.name.as_deref()?)?;
    let mut reader = Reader::new(manager.grammar(), words);
    reader.read(first);
    let action = reader.action(manager);
    let gathered = reader.finish(action, manager);
    Some(PackageCommand {
        manager,
        action,
        name_index,
        action_index: gathered.action_index,
        options: gathered.options,
        packages: gathered.packages,
        environment: invocation.environment,
        is_answered_yes: is_answered_yes(&site),
        site,
    })
}

/// The manager and the index of its first argument.
fn manager_of(words: &[Word], index: usize, name: &str) -> Option<(PackageManager, usize)> {
    if let Some(manager) = PackageManager::from_program(name) {
        return Some((manager, index + 1));
    }
    if !is_versioned(name, "python") {
        return None;
    }
    // Options of the interpreter without a value may stand in front: `python3 -u -m pip`.
    let module = (index + 1..words.len()).find(|at| value(words, *at).as_deref() == Some("-m"))?;
    let only_options = (index + 1..module)
        .all(|at| value(words, at).is_some_and(|option| option.starts_with('-')));
    let is_pip = value(words, module + 1).as_deref() == Some("pip");
    (only_options && is_pip).then_some((PackageManager::Pip, module + 2))
}

fn value(words: &[Word], index: usize) -> Option<Cow<'_, str>> {
    words.get(index)?.literal()
}

/// Whether the command in front in the pipeline is `yes`.
fn is_answered_yes(site: &Site<'_>) -> bool {
    let Some(frame) = site.frame() else {
        return false;
    };
    let previous = frame.command_index.checked_sub(1);
    let commands = frame.pipeline().map(|pipeline| &pipeline.commands);
    let previous = previous.and_then(|index| commands.and_then(|commands| commands.get(index)));
    match previous {
        Some(crate::syntax::shell::Command::Simple(simple)) => {
            simple.name().is_some_and(|name| base_name(&name) == "yes")
        }
        _ => false,
    }
}

struct Reader<'a> {
    grammar: &'static Grammar,
    words: &'a [Word],
    options: Vec<PackageOption>,
    /// Indices of the words that are neither options nor their values.
    operands: Vec<usize>,
}

struct Gathered {
    action_index: Option<usize>,
    options: Vec<PackageOption>,
    packages: Vec<Package>,
}

impl<'a> Reader<'a> {
    fn new(grammar: &'static Grammar, words: &'a [Word]) -> Self {
        Self {
            grammar,
            words,
            options: Vec::new(),
            operands: Vec::new(),
        }
    }

    fn read(&mut self, first: usize) {
        let mut index = first;
        while let Some(word) = self.words.get(index) {
            let (text, is_literal) = word.literal_prefix();
            if text == "--" && is_literal {
                self.operands.extend(index + 1..self.words.len());
                return;
            }
            index = if text.len() > 1 && text.starts_with('-') {
                self.option(index, word, &text, is_literal)
            } else {
                // The toolchain of `cargo +nightly` is no operand.
                if !(self.operands.is_empty() && text.starts_with('+')) {
                    self.operands.push(index);
                }
                index + 1
            };
        }
    }

    fn takes_value(&self, name: &str) -> bool {
        self.grammar.with_value.contains(&name)
            || (self.operands.is_empty() && self.grammar.with_value_before.contains(&name))
    }

    /// Reads the option at `index` with its value, and returns the index behind both.
    fn option(&mut self, index: usize, word: &Word, text: &str, is_literal: bool) -> usize {
        let is_long = text.starts_with("--") || self.grammar.single_dash_words;
        if !is_long {
            return self.short_options(index, word, text, is_literal);
        }
        let (name, joined) = match text.split_once('=') {
            Some((name, joined)) => (name, Some(joined)),
            None => (text, None),
        };
        self.push(index, word, name, joined, is_literal)
    }

    /// Reads `-abc`: each letter is an option, up to one that takes the rest as its value.
    fn short_options(&mut self, index: usize, word: &Word, text: &str, is_literal: bool) -> usize {
        let letters = text.get(1..).unwrap_or("");
        for (position, letter) in letters.char_indices() {
            let name = format!("-{letter}");
            let rest = letters.get(position + letter.len_utf8()..).unwrap_or("");
            if self.takes_value(&name) {
                let joined = rest.strip_prefix('=').unwrap_or(rest);
                let joined = (!rest.is_empty() || !is_literal).then_some(joined);
                return self.push(index, word, &name, joined, is_literal);
            }
            // `-q=2` is a level and not a row of letters.
            if let Some(level) = rest.strip_prefix('=') {
                return self.push(index, word, &name, Some(level), is_literal);
            }
            self.push(index, word, &name, None, true);
        }
        // apt takes two of them for more than one.
        if letters.matches('q').count() > 1 {
            self.push(index, word, "-qq", None, true);
        }
        index + 1
    }

    fn push(
        &mut self,
        index: usize,
        word: &Word,
        name: &str,
        joined: Option<&str>,
        is_literal: bool,
    ) -> usize {
        let in_next = joined.is_none() && is_literal && self.takes_value(name);
        let value = if in_next {
            self.words.get(index + 1).map(|next| OptionValue {
                text: next.value(),
                index: index + 1,
            })
        } else {
            joined.map(|joined| OptionValue {
                text: is_literal.then(|| joined.to_owned()),
                index,
            })
        };
        let behind = if in_next { index + 2 } else { index + 1 };
        self.options.push(PackageOption {
            index,
            span: word.span,
            name: name.to_owned(),
            value,
        });
        behind
    }

    /// What the first operand or the first two say.
    fn action(&self, manager: PackageManager) -> Action {
        let Some((name, _)) = self.action_name() else {
            // A bare `yarn` installs what package.json names.
            let is_bare = self.operands.is_empty() && !self.asks_for_help();
            return if manager == PackageManager::Yarn && is_bare {
                Action::Install
            } else {
                Action::Other
            };
        };
        let mut actions = self.grammar.actions.iter();
        let found = actions.find(|(action, _)| *action == name);
        found.map_or(Action::Other, |(_, action)| *action)
    }

    fn asks_for_help(&self) -> bool {
        let informs = |option: &PackageOption| {
            matches!(option.name.as_str(), "--version" | "-v" | "--help" | "-h")
        };
        self.options.iter().any(informs)
    }

    /// The sub-command, of two words where the first wants another, and how many operands it takes.
    fn action_name(&self) -> Option<(String, usize)> {
        let operand = |at: usize| {
            let index = self.operands.get(at)?;
            value(self.words, *index)
        };
        let first = operand(0)?;
        if self.grammar.prefixes.contains(&&*first)
            && let Some(second) = operand(1)
        {
            return Some((format!("{first} {second}"), 2));
        }
        Some((first.into_owned(), 1))
    }

    fn finish(self, action: Action, manager: PackageManager) -> Gathered {
        let length = self.action_name().map_or(0, |(_, length)| length);
        let action_index = length
            .checked_sub(1)
            .and_then(|last| self.operands.get(last))
            .copied();
        let names_packages = matches!(action, Action::Install | Action::Remove | Action::Upgrade);
        let named = self.operands.get(length..).filter(|_| names_packages);
        let version = self.version_option(manager);
        let packages = named
            .unwrap_or(&[])
            .iter()
            .filter_map(|index| Some((*index, self.words.get(*index)?)))
            .map(|(index, word)| package(index, word, self.grammar.packages, version.as_ref()))
            .collect();
        Gathered {
            action_index,
            options: self.options,
            packages,
        }
    }

    /// The version that an option gives to the package: `gem install x -v 1`, `cargo install x --version 1`.
    fn version_option(&self, manager: PackageManager) -> Option<Version> {
        let names: &[&str] = match manager {
            PackageManager::Gem => &["-v", "--version"],
            PackageManager::Cargo => &["--version", "--vers"],
            _ => return None,
        };
        let mut options = self.options.iter();
        let option = options.find(|option| names.contains(&option.name.as_str()))?;
        let text = option.value.as_ref()?.text.clone();
        Some(text.map_or(Version::Unknown, Version::Literal))
    }
}

fn package(
    index: usize,
    word: &Word,
    syntax: PackageSyntax,
    version_option: Option<&Version>,
) -> Package {
    let (text, is_literal) = word.literal_prefix();
    let (name, version) = split_version(&text, syntax);
    let version = match (version, version_option) {
        (Some(version), _) if is_literal => Version::Literal(version.to_owned()),
        (None, Some(option)) if is_literal => option.clone(),
        (None, None) if is_literal => Version::Any,
        _ => Version::Unknown,
    };
    // In `name=$VERSION` the name is literal all the same.
    let knows_name = is_literal || (version_starts(&text, syntax) && !name.is_empty());
    // `apt-get install name-` removes the package.
    let is_removal = syntax == PackageSyntax::Apt && name.ends_with('-');
    Package {
        index,
        span: word.span,
        name: (knows_name && !is_removal).then(|| name.to_owned()),
        version,
    }
}

fn version_starts(text: &str, syntax: PackageSyntax) -> bool {
    split_version(text, syntax).1.is_some()
}

/// The name, and the version if one begins.
fn split_version(text: &str, syntax: PackageSyntax) -> (&str, Option<&str>) {
    if is_place(text) {
        return (text, None);
    }
    match syntax {
        PackageSyntax::Apt => {
            let (name, version) = split_behind(text, text.find('='), 1);
            let name = name.split(['/', ':']).next().unwrap_or(name);
            (name, version)
        }
        PackageSyntax::Apk => {
            let place = text.find(['=', '~', '<', '>', '@']);
            let plain = place.is_some_and(|at| text.get(at..at + 1) == Some("="));
            split_behind(text, place, usize::from(plain))
        }
        PackageSyntax::Rpm => (text, None),
        PackageSyntax::Zypper => {
            let place = text.find(['=', '<', '>']);
            let plain = place.is_some_and(|at| text.get(at..at + 1) == Some("="));
            split_behind(text, place, usize::from(plain))
        }
        PackageSyntax::Pip => {
            let place = text.find(['=', '<', '>', '~', '!', '@', ';']);
            let plain = place.is_some_and(|at| text.get(at..at + 2) == Some("=="));
            let (name, version) = split_behind(text, place, if plain { 2 } else { 0 });
            let name = name.split('[').next().unwrap_or(name);
            (name.trim_end(), version)
        }
        PackageSyntax::At => {
            let scope = usize::from(text.starts_with('@'));
            let place = text.get(scope..).and_then(|rest| rest.find('@'));
            split_behind(text, place.map(|at| at + scope), 1)
        }
        PackageSyntax::Colon => split_behind(text, text.find([':', '=']), 1),
    }
}

/// The text in front of `place` and what stands `skip` bytes behind it.
fn split_behind(text: &str, place: Option<usize>, skip: usize) -> (&str, Option<&str>) {
    match place {
        Some(at) => (text.get(..at).unwrap_or(""), text.get(at + skip..)),
        None => (text, None),
    }
}

/// Whether the text is a file, folder or URL and not the name of a package in a repository.
///
/// `.build-deps` is neither: virtual packages of apk are usually called so.
fn is_place(text: &str) -> bool {
    text.starts_with('/')
        || matches!(text, "." | "..")
        || text.starts_with("./")
        || text.starts_with("../")
        || text.contains("://")
}
