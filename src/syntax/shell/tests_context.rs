//! What encloses a command, and what is in a word.

use super::tests::{reason, script};
use super::*;

#[test]
fn a_site_knows_its_context() {
    let text = "a && b | c || ! d; for x in $(e); do f & done; if g; then h; fi";
    let script = script(text);
    let sites = script.commands();
    let site = |name: &str| {
        sites
            .iter()
            .find(|site| site.command.name().as_deref() == Some(name))
            .expect("the command")
    };
    assert!(!site("a").is_step_of_top_level_list(), "a `||` follows");
    assert!(site("a").may_fail() && !site("d").may_fail());
    assert_eq!(site("c").pipeline_position(), (1, 2));
    assert_eq!(
        site("b").operators(),
        (Some(Operator::And), Some(Operator::Or))
    );
    assert!(site("d").is_negated() && site("d").is_conditional());
    assert!(site("e").is_in_substitution() && !site("e").is_in_loop());
    assert!(site("f").is_in_loop() && site("f").is_in_background());
    assert!(site("g").is_within(Place::Condition) && site("g").is_in_last_statement());
    assert!(site("h").is_conditional() && !site("h").is_top_level());
}

#[test]
fn a_step_of_the_top_level_list_is_recognised() {
    let table = [
        ("x && a && y", true),
        ("x; a", true),
        ("x && a | y", false),
        ("x || a", false),
        ("! a", false),
        ("a &", false),
        ("{ a; }", false),
        ("x && (a)", false),
    ];
    for (text, expected) in table {
        let script = script(text);
        let sites = script.commands();
        let site = sites
            .iter()
            .find(|site| site.command.name().as_deref() == Some("a"));
        let site = site.expect("the command");
        assert_eq!(site.is_step_of_top_level_list(), expected, "{text:?}");
    }
}

#[test]
fn a_word_has_a_value_only_where_nothing_is_expanded() {
    let table: &[(&str, Option<&str>)] = &[
        ("abc", Some("abc")),
        ("a\\ b'c d'\"e $\"", Some("a bc de $")),
        ("\"a\\$b\\\\c\\d\"", Some("a$b\\c\\d")),
        ("''", Some("")),
        ("grep$", Some("grep$")),
        ("a#b", Some("a#b")),
        ("{}", Some("{}")),
        ("a=b", Some("a=b")),
        ("1.2~rc1", Some("1.2~rc1")),
        ("[a", Some("[a")),
        ("é\\é", Some("éé")),
        ("foo\\\nbar", Some("foobar")),
        ("'a\\\nb'", Some("a\\\nb")),
        ("$A", None),
        ("${A:-b}", None),
        ("\"$(c)\"", None),
        ("`c`", None),
        ("$((1+2))", None),
        ("*.deb", None),
        ("a?", None),
        ("[ab]*", None),
        ("{a,b}", None),
        ("{1..3}", None),
        ("~/x", None),
        ("a=~/x", None),
        ("$'a'", None),
        ("'*'", Some("*")),
        ("\\*", Some("*")),
    ];
    for (raw, value) in table {
        let text = format!("echo {raw} z");
        let script = script(&text);
        let sites = script.commands();
        let word = &sites[0].command.words[1];
        assert_eq!(word.span.slice(&text), *raw);
        assert_eq!(word.value().as_deref(), *value, "{raw:?}");
    }
}

#[test]
fn a_word_tells_what_is_in_it() {
    let text = "x pkg=$V a*b 'q'$(c d) ${Y:-$(e)} $((1+$(f)))";
    let script = script(text);
    let sites = script.commands();
    let words = &sites[0].command.words;
    assert_eq!(words[1].literal_prefix(), ("pkg=".into(), false));
    assert!(words[1].has_expansion() && !words[1].is_glob());
    assert!(words[2].is_glob() && !words[2].has_expansion());
    assert!(words[3].is_quoted());
    let inner: Vec<_> = sites[1..]
        .iter()
        .map(|site| site.command.span.slice(text))
        .collect();
    assert_eq!(inner, ["c d", "e", "f"]);
    assert!(sites[1..].iter().all(Site::is_in_substitution));
}

#[test]
fn backticks_with_a_backslash_have_no_body() {
    let plain = script("x `y z`");
    assert_eq!(plain.commands().len(), 2);
    let escaped = script("x `y \\`z\\``");
    assert_eq!(escaped.commands().len(), 1);
    let sites = escaped.commands();
    let substitutions = sites[0].command.words[1].substitutions();
    assert_eq!(substitutions[0].style, SubstitutionStyle::Backtick);
    assert!(substitutions[0].body.is_none());
}

#[test]
fn bytes_beyond_ascii_are_parts_of_words() {
    let table: &[(&str, &[&str])] = &[
        ("echo a\u{a0}b", &["echo", "a\u{a0}b"]),
        ("echo a\u{b}\tb\r", &["echo", "a\u{b}", "b\r"]),
        ("echo $\u{31860}", &["echo", "$\u{31860}"]),
        ("echo {\u{31860}", &["echo", "{\u{31860}"]),
        ("ü=1 é", &["ü=1", "é"]),
    ];
    for (text, words) in table {
        let script = script(text);
        let sites = script.commands();
        let found: Vec<_> = sites[0]
            .command
            .words
            .iter()
            .filter_map(Word::value)
            .collect();
        assert_eq!(&found, words, "{text:?}");
    }
    assert_eq!(reason("a \0 b"), OpaqueReason::Syntax);
}
