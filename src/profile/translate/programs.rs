//! Which programs an image has.

use super::{Images, Outcome, Run, Translated};
use crate::fix::Reason;
use crate::model::packages::{Action, PackageCommand, PackageManager, invocation};
use crate::model::{Facts, package_facts};
use crate::profile::format::Copies;
use crate::syntax::shell::{self, Site};
use crate::text::Span;

/// What every image with bash and coreutils has: builtins of the shell, coreutils, grep, sed and awk.
const EVERYWHERE: &[&str] = &[
    ".",
    ":",
    "[",
    "alias",
    "awk",
    "base64",
    "basename",
    "bash",
    "break",
    "cat",
    "cd",
    "chgrp",
    "chmod",
    "chown",
    "cksum",
    "comm",
    "command",
    "continue",
    "cp",
    "cut",
    "date",
    "dd",
    "df",
    "dirname",
    "du",
    "echo",
    "egrep",
    "env",
    "eval",
    "exec",
    "exit",
    "expand",
    "export",
    "expr",
    "false",
    "fgrep",
    "fold",
    "gawk",
    "getopts",
    "grep",
    "groups",
    "hash",
    "head",
    "id",
    "install",
    "join",
    "let",
    "link",
    "ln",
    "local",
    "ls",
    "md5sum",
    "mkdir",
    "mkfifo",
    "mktemp",
    "mv",
    "nice",
    "nl",
    "nohup",
    "nproc",
    "od",
    "paste",
    "printenv",
    "printf",
    "pwd",
    "read",
    "readlink",
    "readonly",
    "realpath",
    "return",
    "rm",
    "rmdir",
    "sed",
    "seq",
    "set",
    "sh",
    "sha1sum",
    "sha256sum",
    "sha512sum",
    "shift",
    "sleep",
    "sort",
    "source",
    "split",
    "stat",
    "sync",
    "tail",
    "tee",
    "test",
    "timeout",
    "touch",
    "tr",
    "trap",
    "true",
    "truncate",
    "type",
    "ulimit",
    "umask",
    "unalias",
    "uname",
    "uniq",
    "unset",
    "wait",
    "wc",
    "whoami",
    "yes",
];

/// Programs whose package of PyPI or npm has another name.
const OTHER_NAMES: &[(&str, &str)] = &[
    ("@angular/cli", "ng"),
    ("@nestjs/cli", "nest"),
    ("awscli", "aws"),
    ("django", "django-admin"),
    ("typescript", "tsc"),
];

/// The programs that the packages of a language bring: they have the name of their package.
pub(super) fn of_languages(commands: &[PackageCommand<'_>]) -> Vec<String> {
    let installs = commands.iter().filter(|command| {
        let is_for_all = match command.manager {
            PackageManager::Pip => true,
            PackageManager::Npm => command.has_option(&["-g", "--global"]),
            _ => false,
        };
        is_for_all && command.action == Action::Install
    });
    let names = installs.flat_map(|command| {
        let names = command.packages.iter();
        names.filter_map(|package| package.name.clone())
    });
    names
        .map(|name| name.to_ascii_lowercase())
        .map(|name| {
            let other = OTHER_NAMES.iter().find(|(package, _)| *package == name);
            other.map_or(name, |(_, program)| (*program).to_string())
        })
        .collect()
}

/// The programs that packages of the system bring whose names stay.
pub(super) fn of_system(commands: &[PackageCommand<'_>], images: &Images<'_>) -> Vec<String> {
    let Some(family) = images.old_family() else {
        return Vec::new();
    };
    let installs = commands.iter().filter(|one| one.action == Action::Install);
    let names = installs.flat_map(|command| &command.packages);
    let names = names.filter_map(|package| package.name.as_deref());
    names
        .filter_map(|name| package_facts::find(family, name))
        .flat_map(|package| package.commands.iter())
        .map(ToString::to_string)
        .collect()
}

pub(super) fn command(run: &Run<'_>, site: &Site<'_>, translated: &mut Translated) -> Outcome {
    let found = invocation(site.command);
    match (&found.name, found.index) {
        (Some(_), Some(index)) => {
            let written = site
                .command
                .words
                .get(index)
                .and_then(|word| word.value())
                .unwrap_or_default();
            if !is_there(&written, run.images, translated) {
                return Outcome::Held(missing(site.command.span, &written));
            }
            if let Some(text) = unseen_script(&written, run.images) {
                return Outcome::Held(Reason::at(site.command.span, text));
            }
            let words = site.command.words.iter().skip(index);
            let words: Vec<Option<String>> = words.map(|word| word.value()).collect();
            if let Err(text) = inner(&words, run.images, translated) {
                return Outcome::Held(Reason::at(site.command.span, text));
            }
        }
        (None, Some(_)) => {
            return Outcome::Held(Reason::at(
                site.command.span,
                "it is not known which program runs here",
            ));
        }
        // Only assignments and redirects.
        _ => {}
    }
    let wrappers = found.wrappers.iter().map(|(_, name)| name);
    for wrapper in wrappers {
        if !is_there(wrapper, run.images, translated) {
            return Outcome::Held(missing(site.command.span, wrapper));
        }
    }
    Outcome::Stays
}

/// A script of the file's own that a build runs under another distribution, where what is compiled there counts: it may
/// install packages by names that the new image does not know.
fn unseen_script(program: &str, images: &Images<'_>) -> Option<String> {
    let is_script = program.contains('/') && program.ends_with(".sh");
    let counts = images.row.copies != Copies::Portable && !images.same_distribution();
    (is_script && counts).then(|| format!("what `{program}` does is not in the file"))
}

/// The script that a shell is given as an argument: it stays as it is, so it may name only what is there.
///
/// # Errors
/// What stands against it.
pub(super) fn inner(
    words: &[Option<String>],
    images: &Images<'_>,
    translated: &mut Translated,
) -> Result<(), String> {
    let name = words.first().and_then(Option::as_deref).unwrap_or("");
    let name = name.rsplit('/').next().unwrap_or(name);
    if !matches!(name, "sh" | "bash" | "ash" | "dash") {
        return Ok(());
    }
    let is_command = |word: &Option<String>| {
        let text = word.as_deref().unwrap_or("");
        text.starts_with('-') && !text.starts_with("--") && text.ends_with('c')
    };
    let Some(at) = words.iter().position(is_command) else {
        return Ok(());
    };
    let text = words.get(at + 1).cloned().flatten();
    let script = text.as_deref().map(|text| shell::parse(text, 0));
    let Some(Ok(script)) = script else {
        return Err(format!("it is not known what `{name} -c` runs"));
    };
    for site in script.commands() {
        let Some(program) = site.command.name() else {
            continue;
        };
        let manager = PackageManager::from_program(&program);
        let is_system = manager.is_some_and(PackageManager::is_system);
        if is_system && !images.same_family() || !is_there(&program, images, translated) {
            return Err(format!(
                "`{name} -c` runs `{program}`, which the new base image is not known to have"
            ));
        }
    }
    Ok(())
}

/// Whether a program is in the new image, or comes into it by what the row installs.
///
/// Between two images of one distribution, a program that no known package of the system brings is the file's own.
pub(super) fn is_there(program: &str, images: &Images<'_>, translated: &mut Translated) -> bool {
    if runs_on(program, images.new, &translated.brought) {
        return true;
    }
    let name = program.rsplit('/').next().unwrap_or(program);
    if images.row.lacks.contains_key(name) {
        translated.lacked.insert(name.to_string());
        return true;
    }
    images.same_distribution() && !package_facts::is_command(name)
}

/// Whether a program is known as one of the image, or of a package of a distribution.
pub(super) fn is_of_image(program: &str, facts: &Facts) -> bool {
    let name = program.rsplit('/').next().unwrap_or(program);
    facts.has_command(name) || package_facts::is_command(name)
}

/// Whether a program is one that every image with a shell has.
pub(super) fn is_everywhere(program: &str) -> bool {
    EVERYWHERE.contains(&program.rsplit('/').next().unwrap_or(program))
}

/// A path outside the system's folders is a program that the file brings.
pub(super) fn runs_on(program: &str, new: &Facts, brought: &[impl AsRef<str>]) -> bool {
    let name = match program.rsplit_once('/') {
        None => program,
        Some(("/bin" | "/usr/bin" | "/sbin" | "/usr/sbin", name)) => name,
        Some(_) => return true,
    };
    let is_runtime = name == "dotnet";
    let is_brought = || brought.iter().any(|one| one.as_ref() == name);
    let is_everywhere = new.shell != Some(false) && EVERYWHERE.contains(&name);
    is_runtime || is_everywhere || is_brought() || new.has_command(name)
}

pub(super) fn missing(span: Span, program: &str) -> Reason {
    Reason::at(
        span,
        format!("the new base image is not known to have `{program}`"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_of_the_file_itself_are_there() {
        let facts = Facts::default();
        for there in ["mkdir", "/bin/chmod", "./start.sh", "/app/tool", "dotnet"] {
            assert!(runs_on(there, &facts, &[""]), "{there}");
        }
        for missing in ["wget", "/usr/bin/wget", "apt-get"] {
            assert!(!runs_on(missing, &facts, &[""]), "{missing}");
        }
        assert!(runs_on("wget", &facts, &["wget"]));
    }
}
