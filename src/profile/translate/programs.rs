//! Which programs an image has.

use super::{Outcome, Run};
use crate::fix::Reason;
use crate::model::Facts;
use crate::model::packages::invocation;
use crate::syntax::shell::Site;
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

pub(super) fn command(run: &Run<'_>, site: &Site<'_>, brought: &[&str]) -> Outcome {
    let found = invocation(site.command);
    let new = run.images.new;
    let mut programs = found
        .wrappers
        .iter()
        .map(|(_, name)| name.as_str())
        .collect::<Vec<_>>();
    match (&found.name, found.index) {
        (Some(_), Some(index)) => {
            let written = site
                .command
                .words
                .get(index)
                .and_then(|word| word.value())
                .unwrap_or_default();
            if !runs_on(&written, new, brought) {
                return Outcome::Held(missing(site.command.span, &written));
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
    programs.retain(|name| !runs_on(name, new, brought));
    match programs.first() {
        Some(wrapper) => Outcome::Held(missing(site.command.span, wrapper)),
        None => Outcome::Stays,
    }
}

/// A path outside the system's folders is a program that the file brings.
pub(super) fn runs_on(program: &str, new: &Facts, brought: &[&str]) -> bool {
    let name = match program.rsplit_once('/') {
        None => program,
        Some(("/bin" | "/usr/bin" | "/sbin" | "/usr/sbin", name)) => name,
        Some(_) => return true,
    };
    let is_runtime = name == "dotnet";
    is_runtime || EVERYWHERE.contains(&name) || brought.contains(&name) || new.has_command(name)
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
            assert!(runs_on(there, &facts, &[]), "{there}");
        }
        for missing in ["wget", "/usr/bin/wget", "apt-get"] {
            assert!(!runs_on(missing, &facts, &[]), "{missing}");
        }
        assert!(runs_on("wget", &facts, &["wget"]));
    }
}
