//! One more command: where it goes, and how it is written.

use super::edit::{ErrorExit, Refusal, Surroundings, after, before};
use super::tests::joined;
use super::{Script, Site};
use crate::text::{Edit, EditSet};

fn sites<'a>(script: &'a Script, name: &str) -> Vec<Site<'a>> {
    let mut sites = script.commands();
    sites.retain(|site| site.command.name().as_deref() == Some(name));
    assert!(!sites.is_empty(), "no command {name}");
    sites
}

fn with(text: &str, edit: Edit) -> String {
    let edits = EditSet::new([edit]).expect("one edit");
    edits.apply(text)
}

/// The text with `X` behind all commands `a`.
fn behind(text: &str, error_exit: ErrorExit) -> Result<String, Refusal> {
    let script = joined(text);
    let surroundings = Surroundings {
        source: text,
        script: &script,
        error_exit,
    };
    let sites = sites(&script, "a");
    let sites: Vec<&Site<'_>> = sites.iter().collect();
    after(&surroundings, &sites, "X").map(|edit| with(text, edit))
}

/// The text with `X` in front of the first command `a`.
fn in_front(text: &str, error_exit: ErrorExit) -> Result<String, Refusal> {
    let script = joined(text);
    let surroundings = Surroundings {
        source: text,
        script: &script,
        error_exit,
    };
    let sites = sites(&script, "a");
    before(&surroundings, &sites[0], "X").map(|edit| with(text, edit))
}

#[test]
fn a_command_behind_others_runs_where_they_succeeded() {
    let table = [
        ("a && b", "a && b && X"),
        ("b; a; c", "b; a && X; c"),
        ("a; b; a", "a; b; a && X"),
        ("a && b || c", "a && b && X || c"),
        ("b || a && c", "b || a && c && X"),
        ("a && exec b", "a && X && exec b"),
        ("a | b", "a | b && X"),
        ("(a && b); c", "(a && b && X); c"),
        ("a && (a; b) && c", "a && (a; b) && c && X"),
        ("for i in 1; do a; done", "for i in 1; do a; done && X"),
        (
            "for i in 1; do a; done; b",
            "for i in 1; do a; done && X; b",
        ),
        ("if a; then b; fi", "if a; then b; fi && X"),
        ("if b; then a; a; fi", "if b; then a; a && X; fi"),
        ("if b; then a; else a; fi", "if b; then a; else a; fi && X"),
        ("until a; do b; done; c", "until a; do b; done && X; c"),
        ("a\nb\n", "a\nX\nb\n"),
        ("  a # c\n  b\n", "  a # c\n  X\n  b\n"),
        ("b\na\n", "b\na && X\n"),
        ("a\n[ $? = 0 ]\n", "a && X\n[ $? = 0 ]\n"),
        ("a <<E\nx\nE\nb\n", "a <<E && X\nx\nE\nb\n"),
    ];
    for (text, expected) in table {
        assert_eq!(behind(text, ErrorExit::Off).as_deref(), Ok(expected));
    }
}

#[test]
fn a_failure_still_stops_the_shell() {
    let table = [
        ("set -e; a; b", "set -e; a; X; b"),
        ("set -eux; a && b; c", "set -eux; a && b; X; c"),
        ("set -o errexit; a; b", "set -o errexit; a; X; b"),
        ("set -eu; a", "set -eu; a; X"),
        ("set -e; a && b", "set -e; a && b && X"),
        ("set -e; set +e; a; b", "set -e; set +e; a && X; b"),
        ("set -e; a || b; c", "set -e; a && X || b; c"),
        ("set -e; (a; b) || c", "set -e; (a && X; b) || c"),
        (
            "set -e; if b; then a; fi; c",
            "set -e; if b; then a; X; fi; c",
        ),
        ("set -e; if b; then a; fi", "set -e; if b; then a && X; fi"),
        ("set -ex\na\nb\n", "set -ex\na\nX\nb\n"),
        ("set -ex\na\n", "set -ex\na\nX\n"),
        ("set -x; a; b", "set -x; a && X; b"),
        (
            "set -ex; \\\n  a; \\\n  b",
            "set -ex; \\\n  a; \\\n  X; \\\n  b",
        ),
    ];
    for (text, expected) in table {
        assert_eq!(behind(text, ErrorExit::Off).as_deref(), Ok(expected));
    }
    assert_eq!(behind("a; b", ErrorExit::On).as_deref(), Ok("a; X; b"));
    assert_eq!(
        behind("a && b", ErrorExit::On).as_deref(),
        Ok("a && b && X")
    );
    assert_eq!(
        behind("a && b", ErrorExit::Unknown).as_deref(),
        Ok("a && b && X")
    );
    assert_eq!(behind("a; b", ErrorExit::Unknown), Err(Refusal::ErrorExit));
    assert_eq!(behind(". f; a; b", ErrorExit::Off), Err(Refusal::ErrorExit));
}

#[test]
fn a_command_is_not_added_where_it_would_not_run() {
    let table = [
        ("a &", Refusal::Background),
        ("a & b", Refusal::Background),
        ("! a", Refusal::Pipeline),
        ("exec a", Refusal::NoReturn),
        ("f() { a; }; f", Refusal::Function),
        ("b $(a)", Refusal::Substitution),
        (
            "a &> f",
            Refusal::Ambiguous(super::BashismKind::RedirectBoth),
        ),
        ("set -e\na <<E\nx\nE\nb\n", Refusal::Heredoc),
    ];
    for (text, refusal) in table {
        let text = text.replace("exec a", "a | exec b");
        assert_eq!(behind(&text, ErrorExit::Off), Err(refusal), "{text}");
    }
}

#[test]
fn a_command_is_written_as_its_neighbours_are() {
    let table = [
        ("b \\\n    && a", "b \\\n    && a \\\n    && X"),
        ("b && \\\n  a", "b && \\\n  a && \\\n  X"),
        (
            "b && a \\\n\tx \\\n\ty",
            "b && a \\\n\tx \\\n\ty \\\n\t&& X",
        ),
        ("a x \\\n  # c\n  y", "a x \\\n  # c\n  y \\\n  && X"),
        (
            "b && \\\n  a \\\n    x",
            "b && \\\n  a \\\n    x && \\\n  X",
        ),
        ("a \\\n &&  b && c", "a \\\n &&  b && c \\\n &&  X"),
        ("b \\\r\n  && a", "b \\\r\n  && a \\\r\n  && X"),
        ("b&& a", "b&& a && X"),
        ("b \\\n# c\n  && a", "b \\\n# c\n  && a \\\n  && X"),
        ("b &&\n  a\n", "b &&\n  a &&\n  X\n"),
        ("a 'x\ny'\n", "a 'x\ny' && X\n"),
    ];
    for (text, expected) in table {
        assert_eq!(behind(text, ErrorExit::Off).as_deref(), Ok(expected));
    }
}

#[test]
fn a_command_goes_in_front() {
    let table = [
        ("a && b", "X && a && b"),
        ("b && a", "b && X && a"),
        ("b \\\n  && a", "b \\\n  && X \\\n  && a"),
        ("b && \\\n  a", "b && \\\n  X && \\\n  a"),
        ("a \\\n  && b", "X \\\n  && a \\\n  && b"),
        ("set -e; a; b", "set -e; X; a; b"),
        (
            "set -e; \\\n  a; \\\n  b",
            "set -e; \\\n  X; \\\n  a; \\\n  b",
        ),
        ("set -e\na\nb\n", "set -e\nX\na\nb\n"),
        ("for i in 1; do a; done", "X && for i in 1; do a; done"),
        ("b; a", "b; X && a"),
    ];
    for (text, expected) in table {
        assert_eq!(in_front(text, ErrorExit::Off).as_deref(), Ok(expected));
    }
    let refused = [
        ("b || a", Refusal::OrList),
        ("a || b", Refusal::OrList),
        ("! a", Refusal::Pipeline),
        ("a & b", Refusal::Background),
        ("set -e; b && a; c", Refusal::ErrorExit),
    ];
    for (text, refusal) in refused {
        assert_eq!(in_front(text, ErrorExit::Off), Err(refusal), "{text}");
    }
}
