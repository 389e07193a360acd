//! What the RUN lines of a lineage do that a new base image may not be able to.

use crate::fix::Reason;
use crate::model::{Body, Facts, Model, Stage};
use crate::syntax::Keyword;
use crate::syntax::shell::{Script, SimpleCommand};
use crate::text::Span;

/// Commands of bash, coreutils, grep, sed and gawk: every UBI image has them. Source: the package lists of the
/// ubi8-minimal and ubi9-minimal images.
const EVERYWHERE: [&str; 78] = [
    "[",
    "awk",
    "base64",
    "basename",
    "bash",
    "cat",
    "cd",
    "chgrp",
    "chmod",
    "chown",
    "command",
    "comm",
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
    "grep",
    "groups",
    "head",
    "hostname",
    "id",
    "install",
    "join",
    "link",
    "ln",
    "ls",
    "md5sum",
    "mkdir",
    "mkfifo",
    "mktemp",
    "mv",
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
    "realpath",
    "rm",
    "rmdir",
    "sed",
    "seq",
    "set",
    "sh",
    "sha1sum",
    "sha256sum",
    "sleep",
    "sort",
    "source",
    "split",
    "stat",
    "tail",
    "tee",
    "test",
    "touch",
    "tr",
    "true",
    "uname",
];

/// More of the same, and the runtime itself.
const ALSO: [&str; 14] = [
    ":", ".", "unset", "umask", "ulimit", "uniq", "wc", "whoami", "yes", "export", "dotnet",
    "alias", "wait", "trap",
];

/// What stands against running the RUN lines and health checks of these stages on a new base image.
pub(in crate::profile) fn blockers(
    model: &Model<'_>,
    stages: &[&Stage],
    new: &Facts,
) -> Vec<Reason> {
    let mut reasons = Vec::new();
    for (index, instruction) in model.instructions_of_all(stages) {
        if !matches!(instruction.keyword, Keyword::Run | Keyword::Healthcheck) {
            continue;
        }
        let what = instruction.keyword.as_str();
        match model.body(index) {
            Body::None => {}
            Body::Opaque(why) => {
                let text = format!("it is not known what this {what} does: {why}");
                reasons.push(Reason::at(instruction.span, text));
            }
            Body::Exec(words) => {
                let program = words.first().map_or("", String::as_str);
                if !runs_on(program, new) {
                    reasons.push(missing(instruction.span, program));
                }
            }
            Body::Script(script) => reasons.extend(script_blockers(script, new)),
        }
    }
    reasons
}

fn script_blockers(script: &Script, new: &Facts) -> Vec<Reason> {
    let mut reasons = Vec::new();
    for site in script.commands() {
        let command = site.command;
        let Some(first) = command.words.first() else {
            continue;
        };
        match first.value() {
            Some(name) if runs_on(&name, new) => {}
            Some(name) => reasons.push(missing(command.span, &name)),
            None => reasons.push(Reason::at(
                first.span,
                "it is not known which program runs here",
            )),
        }
    }
    reasons
}

/// A path is a program that the file brings, except below the system's own folders.
fn runs_on(program: &str, new: &Facts) -> bool {
    let name = match program.rsplit_once('/') {
        None => program,
        Some((folder, name)) if matches!(folder, "/bin" | "/usr/bin" | "/sbin" | "/usr/sbin") => {
            name
        }
        Some(_) => return true,
    };
    EVERYWHERE.contains(&name) || ALSO.contains(&name) || new.has_command(name)
}

fn missing(span: Span, program: &str) -> Reason {
    let text = match program {
        "apt-get" | "apt" | "apk" | "dpkg" | "add-apt-repository" | "apt-key" | "aptitude" => {
            format!("`{program}` is not in the new base image; its packages have other names there")
        }
        "adduser" | "addgroup" | "useradd" | "groupadd" | "usermod" | "groupmod" | "deluser"
        | "delgroup" => {
            format!(
                "`{program}` of the old base image takes other options, or is missing, in the new one"
            )
        }
        _ => format!("the new base image is not known to have `{program}`"),
    };
    Reason::at(span, text)
}

/// Whether a RUN of the lineage creates a user of that name.
pub(super) fn creates_user(model: &Model<'_>, lineage: &[&Stage], name: &str) -> bool {
    let creates = |command: &SimpleCommand| {
        let program = command.name().unwrap_or_default();
        matches!(program.as_str(), "useradd" | "adduser")
            && command
                .words
                .iter()
                .skip(1)
                .any(|word| word.value().as_deref() == Some(name))
    };
    model
        .instructions_of_all(lineage)
        .filter(|(_, instruction)| instruction.keyword == Keyword::Run)
        .filter_map(|(index, _)| model.body(index).script())
        .any(|script| script.commands().iter().any(|site| creates(site.command)))
}
