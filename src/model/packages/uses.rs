//! Every command that a script runs, as far as its text tells.

use crate::syntax::shell::{Script, Site, Word};
use crate::text::Span;

use super::invocation::{base_name, invocation, looks_up, runs_text};
use super::managers::is_versioned;

/// A command that a script runs, or looks up to run it later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandUse {
    /// As it is written, folder included; `None` where it is not literal.
    pub name: Option<String>,
    pub span: Span,
    /// Whether `command -v` or its like only asks for it.
    pub is_lookup: bool,
    /// Why more than the named command may run.
    pub unknown: Option<Unknown>,
}

/// Why a command may run others that its text does not name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unknown {
    /// Its name comes from a variable or substitution.
    Expansion,
    /// `eval`, or an unreadable substitution.
    Evaluated,
    /// `sh -c '…'`, `su -c`, `env -S`
    NestedShell,
    /// A script file or a program of the project, which may run anything.
    Script,
    /// A build tool, interpreter or package manager that runs what its files say.
    BuildTool,
}

/// Shells: with an argument they run a script, without one their input.
const SHELLS: &[&str] = &[
    "sh", "bash", "dash", "ash", "zsh", "ksh", "mksh", "fish", "pwsh", "su", "runuser", "busybox",
];

/// Programs that run what their input files say. The package managers of a system are not among them: the scripts of
/// their packages name what they need as dependencies.
const BUILD_TOOLS: &[&str] = &[
    "make",
    "gmake",
    "cmake",
    "ninja",
    "meson",
    "scons",
    "bazel",
    "mvn",
    "mvnw",
    "gradle",
    "gradlew",
    "ant",
    "sbt",
    "npm",
    "npx",
    "yarn",
    "pnpm",
    "node",
    "bun",
    "deno",
    "gem",
    "bundle",
    "rake",
    "ruby",
    "perl",
    "php",
    "composer",
    "go",
    "cargo",
    "rustup",
    "dotnet",
    "msbuild",
    "stack",
    "cabal",
    "mix",
    "rebar3",
    "lua",
    "luarocks",
    "tclsh",
    "R",
    "Rscript",
    "julia",
    "java",
    "conda",
    "mamba",
    "micromamba",
    "poetry",
    "uv",
    "pipenv",
    "tox",
    "parallel",
    "docker-php-ext-install",
    "docker-php-ext-configure",
    "pecl",
    "phpize",
    "autoreconf",
    "debuild",
    "dpkg-buildpackage",
    "rpmbuild",
];

/// Every command of the script, in source order, those in substitutions too.
pub fn commands_used(script: &Script) -> Vec<CommandUse> {
    let mut uses = Vec::new();
    for site in script.commands() {
        command_uses(&site, &mut uses);
    }
    uses.extend(
        script
            .unread_substitutions()
            .into_iter()
            .map(|substitution| CommandUse {
                name: None,
                span: substitution.span,
                is_lookup: false,
                unknown: Some(Unknown::Evaluated),
            }),
    );
    uses.sort_by_key(|command| (command.span.start, command.span.end));
    uses
}

fn command_uses(site: &Site<'_>, uses: &mut Vec<CommandUse>) {
    let words = &site.command.words;
    let invocation = invocation(site.command);
    for (index, name) in &invocation.wrappers {
        let unknown = runs_text(words, *index, name).then_some(Unknown::NestedShell);
        uses.extend(words.get(*index).map(|word| named(word, unknown)));
    }
    let Some(index) = invocation.index else {
        return;
    };
    let Some(word) = words.get(index) else {
        return;
    };
    let name = invocation.name.as_deref();
    uses.push(named(
        word,
        name.map_or(Some(Unknown::Expansion), |_| unknown_of(word, words, index)),
    ));
    match name {
        Some("command") if looks_up(site.command, index) => look_ups(words, index + 2, uses),
        Some("which" | "type" | "hash") => look_ups(words, index + 1, uses),
        Some("find") => programs_of_find(words, index + 1, uses),
        Some("trap") => uses.extend(
            words
                .get(index + 1)
                .map(|word| named_none(word, Unknown::Evaluated)),
        ),
        _ => {}
    }
}

fn named(word: &Word, unknown: Option<Unknown>) -> CommandUse {
    CommandUse {
        name: word.value(),
        span: word.span,
        is_lookup: false,
        unknown,
    }
}

fn named_none(word: &Word, unknown: Unknown) -> CommandUse {
    CommandUse {
        name: None,
        span: word.span,
        is_lookup: false,
        unknown: Some(unknown),
    }
}

/// What a command of a known name may run besides itself.
fn unknown_of(word: &Word, words: &[Word], index: usize) -> Option<Unknown> {
    let path = word.value()?;
    let name = base_name(&path);
    let first = words.get(index + 1).map(|word| word.literal_prefix().0);
    let asks_version = matches!(first.as_deref(), Some("--version" | "--help"));
    if asks_version {
        return None;
    }
    if name == "eval" {
        return Some(Unknown::Evaluated);
    }
    if matches!(name, "." | "source") {
        return Some(Unknown::Script);
    }
    if SHELLS.contains(&name) {
        let is_text = first
            .as_deref()
            .is_some_and(|option| option.starts_with('-') && option.contains('c'));
        return Some(if is_text {
            Unknown::NestedShell
        } else {
            Unknown::Script
        });
    }
    if BUILD_TOOLS.contains(&name) || is_versioned(name, "python") || is_versioned(name, "pip") {
        return Some(Unknown::BuildTool);
    }
    let is_script = [".sh", ".bash", ".py", ".pl", ".rb", ".run", ".bin"]
        .iter()
        .any(|extension| name.ends_with(extension));
    (is_script || is_foreign_path(&path)).then_some(Unknown::Script)
}

/// Whether the command is called by a path that is none of the system's folders.
fn is_foreign_path(path: &str) -> bool {
    let Some((folder, _)) = path.rsplit_once('/') else {
        return false;
    };
    !matches!(folder, "/bin" | "/sbin" | "/usr/bin" | "/usr/sbin")
}

fn look_ups(words: &[Word], first: usize, uses: &mut Vec<CommandUse>) {
    for word in words.get(first..).unwrap_or(&[]) {
        if word.literal_prefix().0.starts_with('-') {
            continue;
        }
        let unknown = word.value().is_none().then_some(Unknown::Expansion);
        uses.push(CommandUse {
            is_lookup: true,
            ..named(word, unknown)
        });
    }
}

/// The programs behind `-exec` and its like.
fn programs_of_find(words: &[Word], first: usize, uses: &mut Vec<CommandUse>) {
    for (index, word) in words.iter().enumerate().skip(first) {
        let option = word.value();
        let runs = matches!(
            option.as_deref(),
            Some("-exec" | "-execdir" | "-ok" | "-okdir")
        );
        if let Some(program) = words.get(index + 1).filter(|_| runs) {
            let unknown = match program.value() {
                Some(_) => unknown_of(program, words, index + 1),
                None => Some(Unknown::Expansion),
            };
            uses.push(named(program, unknown));
        }
    }
}
