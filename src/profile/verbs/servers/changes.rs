//! What the RUN lines of a file do to the configuration of a server.

use crate::model::{Model, Stage};
use crate::syntax::Keyword;
use crate::syntax::shell::{RedirectKind, RedirectTarget, SimpleCommand, Word};
use crate::text::Span;

/// Something that a RUN does to files of the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// These paths, or patterns of paths, are gone.
    Removed(Vec<String>),
    /// A file has this text, and no other.
    Written { path: String, text: String },
    /// A file has this text at its end.
    Appended { path: String, text: String },
    /// `sed`, with its scripts.
    Edited(Vec<String>),
    /// The words of a command that is about the server.
    Called(Vec<String>),
    /// It is not known.
    Unknown,
}

/// A change with its place.
pub(super) struct Found {
    pub span: Span,
    pub change: Change,
}

/// Commands that change no text.
const HARMLESS: [&str; 12] = [
    "[", "cat", "chgrp", "chmod", "chown", "find", "grep", "ls", "mkdir", "stat", "test", "touch",
];

/// What the RUN lines do that mention one of `needles`, in order; relative paths are `Unknown`.
pub(super) fn of_runs(model: &Model<'_>, lineage: &[&Stage], needles: &[&str]) -> Vec<Found> {
    let mut found = Vec::new();
    let source = model.file.source;
    for (index, instruction) in model.instructions_of_all(lineage) {
        let text = instruction.span.slice(source);
        if instruction.keyword != Keyword::Run || !needles.iter().any(|one| text.contains(one)) {
            continue;
        }
        let unknown = || Found {
            span: instruction.span,
            change: Change::Unknown,
        };
        let Some(script) = model.body(index).script() else {
            found.push(unknown());
            continue;
        };
        let mut explained: Vec<Span> = script.comments.clone();
        for site in script.commands() {
            let span = site.command.span;
            let mentions = needles.iter().any(|one| span.slice(source).contains(one));
            if mentions {
                found.extend(change(site.command, source).map(|change| Found { span, change }));
                explained.push(span);
            }
        }
        let bodies = script.commands();
        let bodies = bodies.iter().flat_map(|site| &site.command.redirects);
        explained.extend(bodies.filter_map(|redirect| match &redirect.target {
            RedirectTarget::Heredoc(heredoc) => Some(heredoc.body),
            RedirectTarget::Word(_) => None,
        }));
        let is_explained = |at: usize| {
            explained
                .iter()
                .any(|span| span.start <= at && at < span.end)
        };
        let mut places = needles.iter().flat_map(|one| text.match_indices(one));
        if !places.all(|(at, _)| is_explained(instruction.span.start + at)) {
            found.push(unknown());
        }
    }
    found
}

/// What a command does; `None` for nothing.
fn change(command: &SimpleCommand, source: &str) -> Option<Change> {
    let values: Option<Vec<String>> = command.words.iter().map(Word::value).collect();
    let Some(words) = values else {
        return Some(of_unknown_words(command));
    };
    let (name, rest) = words.split_first()?;
    let writes = command.redirects.iter().find(|one| {
        matches!(
            one.kind,
            RedirectKind::Output | RedirectKind::Append | RedirectKind::OutputBoth
        )
    });
    if let Some(redirect) = writes {
        let RedirectTarget::Word(target) = &redirect.target else {
            return Some(Change::Unknown);
        };
        let path = target.value().filter(|path| path.starts_with('/'));
        return Some(match (path, output(name, rest, command, source)) {
            (Some(path), _) if path == "/dev/null" => return None,
            (Some(path), Some(text)) if redirect.kind == RedirectKind::Append => {
                Change::Appended { path, text }
            }
            (Some(path), Some(text)) => Change::Written { path, text },
            _ => Change::Unknown,
        });
    }
    match name.as_str() {
        "find"
            if rest
                .iter()
                .any(|word| word.starts_with("-exec") || word == "-delete") =>
        {
            Some(Change::Unknown)
        }
        name if HARMLESS.contains(&name) => None,
        "rm" => {
            let operands = rest.iter().filter(|word| !word.starts_with('-'));
            Some(Change::Removed(operands.cloned().collect()))
        }
        "sed" => Some(edited(rest)),
        "echo" | "printf" => None,
        _ => Some(Change::Called(words)),
    }
}

/// A command some of whose words only the build knows: patterns of `rm` and `sed` are read as written.
fn of_unknown_words(command: &SimpleCommand) -> Change {
    let is_known = |word: &Word| !word.has_expansion();
    let (Some(name), true) = (command.name(), command.redirects.is_empty()) else {
        return Change::Unknown;
    };
    let patterns = || {
        let words = command.words.iter().skip(1);
        words
            .filter(|word| word.is_glob())
            .map(|word| format!("{}*", word.literal_prefix().0))
    };
    let values = command.words.iter().skip(1).filter_map(Word::value);
    match name.as_str() {
        "rm" if command.words.iter().all(is_known) => {
            let operands = values.filter(|word| !word.starts_with('-'));
            Change::Removed(operands.chain(patterns()).collect())
        }
        "sed" if command.words.iter().all(is_known) => {
            edited(&values.chain(patterns()).collect::<Vec<_>>())
        }
        "chmod" | "chown" | "chgrp" | "mkdir" | "ls" => Change::Removed(Vec::new()),
        _ => Change::Unknown,
    }
}

/// What a command prints, where it only prints what it is told.
fn output(name: &str, rest: &[String], command: &SimpleCommand, source: &str) -> Option<String> {
    match (name, rest) {
        ("printf", [text]) if !text.contains('%') => Some(with_lines(text)),
        ("echo", [option, text]) if option == "-e" || option == "-n" => Some(with_lines(text)),
        ("echo", words) => Some(format!("{}\n", with_lines(&words.join(" ")))),
        ("cat", []) => command.redirects.iter().find_map(|one| match &one.target {
            RedirectTarget::Heredoc(heredoc) => Some(heredoc.body.slice(source).to_string()),
            RedirectTarget::Word(_) => None,
        }),
        _ => None,
    }
}

/// `\n` is a line end for printf, and for the echo of some shells.
fn with_lines(text: &str) -> String {
    text.replace("\\n", "\n").replace("\\t", "\t")
}

/// The scripts of sed; in them are the words behind `-e`, or the first word that is no option.
fn edited(words: &[String]) -> Change {
    let is_option = |word: &&String| word.starts_with('-');
    let behind = words.iter().zip(words.iter().skip(1));
    let mut scripts: Vec<String> = behind
        .filter(|(option, _)| {
            option.starts_with('-') && option.ends_with('e') && !option.starts_with("--")
        })
        .map(|(_, script)| script.clone())
        .collect();
    let has_file = words
        .iter()
        .any(|word| word == "-f" || word.starts_with("--file"));
    if scripts.is_empty() && !has_file {
        scripts.extend(words.iter().find(|word| !is_option(word)).cloned());
    }
    match scripts.is_empty() {
        true => Change::Unknown,
        false => Change::Edited(scripts),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::shell;

    fn of(text: &str) -> Option<Change> {
        let script = shell::parse(text, 0).unwrap();
        change(script.commands()[0].command, text)
    }

    #[test]
    fn commands_change_what_they_say() {
        let path = "/etc/x.conf".to_string();
        let written = |text: &str| {
            Some(Change::Written {
                path: path.clone(),
                text: text.to_string(),
            })
        };
        assert_eq!(of("echo 'a' > /etc/x.conf"), written("a\n"));
        assert_eq!(of("printf 'a\\nb' > /etc/x.conf"), written("a\nb"));
        assert_eq!(of("printf '%s' a > /etc/x.conf"), Some(Change::Unknown));
        assert_eq!(of("echo $A > /etc/x.conf"), Some(Change::Unknown));
        assert_eq!(of("curl http://x > /etc/x.conf"), Some(Change::Unknown));
        assert_eq!(
            of("rm -f /etc/x.conf"),
            Some(Change::Removed(vec![path.clone()]))
        );
        assert_eq!(
            of("rm /etc/*"),
            Some(Change::Removed(vec!["/etc/*".to_string()]))
        );
        assert_eq!(of("chown -R a /etc/x.conf"), None);
        let edited = |script: &str| Some(Change::Edited(vec![script.to_string()]));
        assert_eq!(of("sed -i 's/a/b/' /etc/x.conf"), edited("s/a/b/"));
        assert_eq!(of("sed -ri -e 's/a/b/' /etc/*.conf"), edited("s/a/b/"));
    }
}
