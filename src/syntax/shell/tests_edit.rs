//! Edits: tables of single changes, and the promise that all other words and commands stay.

use proptest::prelude::*;

use super::edit::{
    Refusal, after_word, before_pipeline, delete_command, delete_word, end_of_list, end_of_script,
};
use super::tests::{joined, removed_of};
use super::{Script, Site, parse_joined};
use crate::text::Span;

fn without(text: &str, span: Span) -> String {
    let mut text = text.to_owned();
    text.replace_range(span.start..span.end, "");
    text
}

fn with(text: &str, position: usize, added: &str) -> String {
    let mut text = text.to_owned();
    text.insert_str(position, added);
    text
}

fn site<'a>(script: &'a Script, name: &str) -> Site<'a> {
    let mut sites = script.commands().into_iter();
    let found = sites.find(|site| site.command.name().as_deref() == Some(name));
    found.unwrap_or_else(|| panic!("no command {name}"))
}

/// All commands as lists of word values.
fn words(text: &str) -> Vec<Vec<String>> {
    let script = joined(text);
    let values = |site: &Site<'_>| {
        let words = site.command.words.iter();
        words.map(|word| word.value().unwrap_or_default()).collect()
    };
    script.commands().iter().map(values).collect()
}

#[test]
fn the_end_of_the_script_is_behind_its_last_command() {
    let table = [
        ("a && b", "a && b && X"),
        ("a; b;", "a; b && X;"),
        ("a || b", "a || b && X"),
        ("a \\\n  && b \\\n # c\n", "a \\\n  && b && X \\\n # c\n"),
        ("a > f # c", "a > f && X # c"),
        ("cat <<E | b\nx\nE\n", "cat <<E | b && X\nx\nE\n"),
        ("{ a; }", "{ a; } && X"),
        ("if a; then b; fi\n", "if a; then b; fi && X\n"),
        ("exit 1; a", "exit 1; a && X"),
    ];
    for (text, expected) in table {
        let place = end_of_script(&joined(text)).expect("a place");
        assert_eq!(with(text, place, " && X"), expected);
        assert_eq!(
            words(expected).last().map(Vec::as_slice),
            Some(&["X".to_owned()][..])
        );
    }
}

#[test]
fn there_is_no_end_where_nothing_would_run_or_shells_differ() {
    let table = [
        ("", Refusal::Empty),
        ("a &", Refusal::Background),
        ("a && exec b", Refusal::NoReturn),
        ("a; { b; exit; }", Refusal::NoReturn),
        ("f() { a; }", Refusal::NoReturn),
        (
            "a &> f",
            Refusal::Ambiguous(super::BashismKind::RedirectBoth),
        ),
    ];
    for (text, refusal) in table {
        assert_eq!(end_of_script(&joined(text)), Err(refusal), "{text:?}");
    }
}

#[test]
fn a_list_ends_inside_what_encloses_it() {
    let text = "if c; then a && b; fi; $(d)";
    let script = joined(text);
    let place = end_of_list(&script, &site(&script, "a")).expect("a place");
    assert_eq!(
        with(text, place, " && X"),
        "if c; then a && b && X; fi; $(d)"
    );
    assert_eq!(
        end_of_list(&script, &site(&script, "c")),
        Err(Refusal::Condition)
    );
    assert_eq!(
        end_of_list(&script, &site(&script, "d")),
        Err(Refusal::Substitution)
    );
}

#[test]
fn a_command_goes_in_front_of_a_pipeline_of_an_and_list() {
    let text = "a && b | c && d";
    let script = joined(text);
    let place = before_pipeline(&script, &site(&script, "c")).expect("a place");
    assert_eq!(with(text, place, "X && "), "a && X && b | c && d");
    let table = [
        ("x || a", Refusal::OrList),
        ("! a", Refusal::Pipeline),
        ("a &", Refusal::Background),
        ("if a; then b; fi", Refusal::Condition),
    ];
    for (text, refusal) in table {
        let script = joined(text);
        assert_eq!(
            before_pipeline(&script, &site(&script, "a")),
            Err(refusal),
            "{text:?}"
        );
    }
}

#[test]
fn a_word_goes_behind_another() {
    let text = "apt-get install>f b";
    let script = joined(text);
    let apt = site(&script, "apt-get");
    assert_eq!(after_word(text, &apt, 0), Ok(7));
    assert_eq!(after_word(text, &apt, 1), Err(Refusal::Joins));
    assert_eq!(after_word(text, &apt, 9), Err(Refusal::CommandName));
}

#[test]
fn a_deleted_word_takes_its_blanks_and_its_line() {
    let table = [
        ("a b c", 1, "a c"),
        ("a b c", 2, "a b"),
        ("a  b\t c;d", 2, "a  b;d"),
        ("a b&& c", 1, "a&& c"),
        ("a \\\n  b \\\n  c", 1, "a \\\n  c"),
        ("a \\\n  b \\\n  # why\n  c", 1, "a \\\n  # why\n  c"),
        ("a \\\n  b \\\n  c", 2, "a \\\n  b"),
        ("a \\\n  b \\\n  c \\\n && d", 2, "a \\\n  b \\\n && d"),
        ("a \\\n  b c", 1, "a \\\n  c"),
        ("a b \\\n  c", 1, "a \\\n  c"),
        ("a b\\\n c", 1, "a\\\n c"),
        ("a \\\n  b && c", 1, "a \\\n  && c"),
        ("a b # c", 1, "a # c"),
        ("a b > f", 1, "a > f"),
        ("a 2 b > f", 2, "a 2 > f"),
    ];
    for (text, index, expected) in table {
        let script = joined(text);
        let span = delete_word(&script, text, &site(&script, "a"), index);
        let span = span.unwrap_or_else(|refusal| panic!("{text:?}: {refusal:?}"));
        assert_eq!(without(text, span), expected);
    }
}

#[test]
fn a_word_stays_where_its_neighbours_would_join() {
    let table = [
        ("a b c", 0, Refusal::CommandName),
        ("a b c", 3, Refusal::CommandName),
        ("a b\\\nc d", 1, Refusal::SplitWord),
        ("a 2 b>f", 2, Refusal::Joins),
        ("a\\\n b\\\nc", 1, Refusal::SplitWord),
        ("a \\\n # why\n b", 1, Refusal::Comment),
        ("x $(a b c)", 1, Refusal::Substitution),
    ];
    for (text, index, refusal) in table {
        let script = joined(text);
        let site = site(&script, "a");
        assert_eq!(
            delete_word(&script, text, &site, index),
            Err(refusal),
            "{text:?}"
        );
    }
}

#[test]
fn a_deleted_command_takes_one_operator() {
    let table = [
        ("a && b && c", "b", "a && c"),
        ("a && b && c", "a", "b && c"),
        ("a && b && c", "c", "a && b"),
        ("a \\\n  && b x \\\n  && c", "b", "a \\\n  && c"),
        ("a && \\\n  b x && \\\n  c", "b", "a && \\\n  c"),
        ("a && \\\n  b x && \\\n  c", "a", "b x && \\\n  c"),
        ("a; b; c", "b", "a; c"),
        ("a\nb\nc", "a", "b\nc"),
        ("x; if y; then a && b; fi", "b", "x; if y; then a; fi"),
    ];
    for (text, name, expected) in table {
        let script = joined(text);
        let span = delete_command(&script, text, &site(&script, name));
        let span = span.unwrap_or_else(|refusal| panic!("{text:?}: {refusal:?}"));
        assert_eq!(without(text, span), expected);
    }
}

#[test]
fn a_command_stays_where_others_depend_on_it() {
    let table = [
        ("a", Refusal::LastCommand),
        ("b; a", Refusal::LastCommand),
        ("a || b", Refusal::OrList),
        ("a | b && c", Refusal::Pipeline),
        ("! a && b", Refusal::Pipeline),
        ("b && a &", Refusal::Background),
        ("while a && b; do c; done", Refusal::Condition),
        ("b \\\n # why\n && a", Refusal::Comment),
        ("a # why\nb", Refusal::Comment),
        ("b && a <<E\nx\nE\n", Refusal::Heredoc),
        ("(a && (b))", Refusal::Joins),
    ];
    for (text, refusal) in table {
        let script = joined(text);
        assert_eq!(
            delete_command(&script, text, &site(&script, "a")),
            Err(refusal),
            "{text:?}"
        );
    }
}

fn a_word() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "b", "--c=d", "'e f'", "\"g\"", "h\\ i", "1", "x#y", "-",
    ])
    .prop_map(str::to_owned)
}

fn a_gap() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        " ",
        " ",
        "  ",
        "\t",
        " \\\n",
        "\\\n ",
        " \\\n  ",
        "\\\n",
        " \\\n# c\n  ",
        " \\\n\n ",
    ])
    .prop_map(str::to_owned)
}

fn an_end() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "",
        ";",
        " && z",
        "&& z",
        ">f",
        " >f",
        " \\\n && z",
        " # c",
        "|z",
    ])
    .prop_map(str::to_owned)
}

proptest! {
    /// Deleting word k leaves all other words of all commands as they were, or is refused.
    #[test]
    fn deleting_a_word_deletes_that_word(
        pairs in prop::collection::vec((a_gap(), a_word()), 1..6),
        end in an_end(),
    ) {
        let mut text = "a".to_owned();
        for (gap, word) in &pairs {
            text.push_str(gap);
            text.push_str(word);
        }
        text.push_str(&end);
        let Ok(script) = parse_joined(&text, &removed_of(&text), 0) else {
            return Ok(());
        };
        let before = words(&text);
        let site = &script.commands()[0];
        for index in 1..site.command.words.len() {
            if let Ok(span) = delete_word(&script, &text, site, index) {
                let after = without(&text, span);
                let mut expected = before.clone();
                expected[0].remove(index);
                prop_assert_eq!(words(&after), expected, "{:?} -> {:?}", text, after);
                prop_assert_eq!(joined(&after).commands()[0].command.redirects.len(), site.command.redirects.len());
            }
        }
    }

    /// Deleting command k leaves all other commands as they were, or is refused.
    #[test]
    fn deleting_a_command_deletes_that_command(
        steps in prop::collection::vec((a_word(), a_gap(), prop::sample::select(vec!["&&", ";", "||"]), a_gap()), 1..6),
    ) {
        let mut text = "a".to_owned();
        for (word, gap, operator, space) in &steps {
            text.push_str(&format!(" {word}{gap}{operator}{space}a"));
        }
        let Ok(script) = parse_joined(&text, &removed_of(&text), 0) else {
            return Ok(());
        };
        let before = words(&text);
        for (index, site) in script.commands().iter().enumerate() {
            if let Ok(span) = delete_command(&script, &text, site) {
                let after = without(&text, span);
                let mut expected = before.clone();
                expected.remove(index);
                prop_assert_eq!(words(&after), expected, "{:?} -> {:?}", text, after);
            }
        }
    }
}
