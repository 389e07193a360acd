//! Table tests: one short text for each construct.

use super::*;

/// The script of `text`, which must parse.
pub(super) fn script(text: &str) -> Script {
    parse(text, 0).unwrap_or_else(|opaque| panic!("{text:?}: {opaque:?}"))
}

/// The ranges that a Dockerfile parser drops: escape character to line end, and the comment and empty lines behind it.
pub(super) fn removed_of(text: &str) -> Vec<Span> {
    let mut removed = Vec::new();
    let mut position = 0;
    let mut continued = false;
    for line in text.split_inclusive('\n') {
        let content = line.trim();
        if continued && (content.is_empty() || content.starts_with('#')) {
            removed.push(Span {
                start: position,
                end: position + line.len(),
            });
        } else {
            let kept = line.trim_end();
            continued = kept.ends_with('\\');
            if continued {
                removed.push(Span {
                    start: position + kept.len() - 1,
                    end: position + line.len(),
                });
            }
        }
        position += line.len();
    }
    removed
}

/// The script of Dockerfile text with line continuations.
pub(super) fn joined(text: &str) -> Script {
    parse_joined(text, &removed_of(text), 0).unwrap_or_else(|opaque| panic!("{text:?}: {opaque:?}"))
}

pub(super) fn reason(text: &str) -> OpaqueReason {
    match parse(text, 0) {
        Ok(script) => panic!("{text:?} was read as {script:#?}"),
        Err(opaque) => opaque.reason,
    }
}

/// A short form of the tree: words by their text, operators, and brackets for what has a body.
fn shape(text: &str) -> String {
    statements(&script(text).statements, text)
}

fn statements(list: &[Statement], text: &str) -> String {
    let one = |statement: &Statement| {
        let items = statement.items.iter().map(|item| {
            let operator = match item.operator {
                None => "",
                Some((Operator::And, _)) => " && ",
                Some((Operator::Or, _)) => " || ",
            };
            let negation = item.pipeline.negation.map_or("", |_| "! ");
            let commands: Vec<_> = item
                .pipeline
                .commands
                .iter()
                .map(|command| shape_of(command, text))
                .collect();
            format!("{operator}{negation}{}", commands.join(" | "))
        });
        let end = match statement.terminator {
            Terminator::Background(_) => " &",
            Terminator::Semicolon(_) => ";",
            Terminator::Newline => "⏎",
            Terminator::End => "",
        };
        format!("{}{end}", items.collect::<String>())
    };
    list.iter().map(one).collect::<Vec<_>>().join(" ")
}

fn shape_of(command: &Command, text: &str) -> String {
    let redirects: Vec<_> = command
        .redirects()
        .iter()
        .map(|redirect| redirect.span.slice(text).replace(' ', ""))
        .collect();
    let body = match command {
        Command::Simple(simple) => {
            let assignments = simple.assignments.iter().map(|part| part.span);
            let words = simple.words.iter().map(|word| word.span);
            let parts: Vec<_> = assignments
                .chain(words)
                .map(|span| span.slice(text))
                .collect();
            format!("[{}]", parts.join(" "))
        }
        Command::Compound(compound) => compound_shape(&compound.kind, text),
    };
    [vec![body], redirects].concat().join(" ")
}

fn compound_shape(kind: &CompoundKind, text: &str) -> String {
    let body = |list: &[Statement]| statements(list, text);
    match kind {
        CompoundKind::Subshell(list) => format!("({})", body(list)),
        CompoundKind::Group(list) => format!("{{{}}}", body(list)),
        CompoundKind::If {
            branches,
            otherwise,
        } => {
            let branches: Vec<_> = branches
                .iter()
                .map(|branch| format!("{} then {}", body(&branch.condition), body(&branch.body)))
                .collect();
            let otherwise = otherwise
                .as_deref()
                .map(|list| format!(" else {}", body(list)));
            format!(
                "if({}{})",
                branches.join(" elif "),
                otherwise.unwrap_or_default()
            )
        }
        CompoundKind::While {
            until,
            condition,
            body: list,
        } => format!(
            "{}({} do {})",
            if *until { "until" } else { "while" },
            body(condition),
            body(list)
        ),
        CompoundKind::For {
            variable,
            values,
            body: list,
        } => {
            let values: Vec<_> = values
                .iter()
                .flatten()
                .map(|word| word.span.slice(text))
                .collect();
            format!("for({variable} in {} do {})", values.join(" "), body(list))
        }
        CompoundKind::ArithmeticFor { body: list, .. } => format!("for(( do {})", body(list)),
        CompoundKind::Case { subject, arms } => {
            let arms: Vec<_> = arms
                .iter()
                .map(|arm| format!("{}) {}", arm.patterns.slice(text), body(&arm.body)))
                .collect();
            format!(
                "case({} in {})",
                subject.span.slice(text),
                arms.join(" ;; ")
            )
        }
        CompoundKind::Function { name, body } => format!("{name}() {}", shape_of(body, text)),
        CompoundKind::Test(_) => "[[]]".to_owned(),
        CompoundKind::Arithmetic(_) => "(())".to_owned(),
    }
}

#[test]
fn lists_pipelines_and_redirects_are_grouped_as_the_shell_groups_them() {
    let table = [
        (
            "a && b || c; d & e | f",
            "[a] && [b] || [c]; [d] & [e] | [f]",
        ),
        ("a && b > f", "[a] && [b] >f"),
        ("a | b >f 2>&1", "[a] | [b] >f 2>&1"),
        ("! a | b && c", "! [a] | [b] && [c]"),
        ("a && ! b", "[a] && ! [b]"),
        ("(a; b) > x && { c; } 2>&1", "([a]; [b]) >x && {[c];} 2>&1"),
        (">f cmd 2>&1 a <g", "[cmd a] >f 2>&1 <g"),
        ("> f", "[] >f"),
        ("a && > f", "[a] && [] >f"),
        ("A=1 B=$x cmd y", "[A=1 B=$x cmd y]"),
        ("A=$(b c) && D=3", "[A=$(b c)] && [D=3]"),
        ("export A=b C", "[export A=b C]"),
        (
            "[ -f \"x y\" -a ! -d z ] 2>/dev/null || c",
            "[[ -f \"x y\" -a ! -d z ]] 2>/dev/null || [c]",
        ),
        ("a\nb &&\n c\n", "[a]⏎ [b] && [c]"),
        ("a |\n b; # c\nd", "[a] | [b]; [d]"),
        ("a b#c # d && e", "[a b#c]"),
        ("echo foo\\\nbar", "[echo foo\\\nbar]"),
        ("a \\\n b", "[a b]"),
        ("a b\\\n c", "[a b c]"),
        ("time a | b", "[time a] | [b]"),
        ("a &>/dev/null && b", "[a] &>/dev/null && [b]"),
        ("a |& b", "[a] | [b]"),
        ("", ""),
        ("# nothing", ""),
    ];
    for (text, expected) in table {
        assert_eq!(shape(text), expected, "{text:?}");
    }
}

#[test]
fn compound_commands_keep_their_parts() {
    let table = [
        (
            "if a; then b; elif c\nthen d & else e; fi",
            "if([a]; then [b]; elif [c]⏎ then [d] & else [e];)",
        ),
        ("until a; do b; done < f", "until([a]; do [b];) <f"),
        (
            "a | while read x; do y; done && b",
            "[a] | while([read x]; do [y];) && [b]",
        ),
        (
            "for x in a \"b c\"; do y; done",
            "for(x in a \"b c\" do [y];)",
        ),
        ("for x; do y; done", "for(x in  do [y];)"),
        ("for ((i=0;i<3;i++)); do x; done", "for(( do [x];)"),
        (
            "case $a in x|y) foo;; (*) bar ;; esac",
            "case($a in x|y) [foo] ;; (*) [bar])",
        ),
        ("f() { a; }; g() ( b )", "f() {[a];}; g() ([b])"),
        ("function f { a; } > x", "f() {[a];} >x"),
        ("[[ a && b ]] || (( x++ ))", "[[]] || (())"),
    ];
    for (text, expected) in table {
        let shape = shape(text)
            .replace("⏎ then", " then")
            .replace("[c] then", "[c]⏎ then");
        assert_eq!(shape, expected, "{text:?}");
    }
}

#[test]
fn heredocs_have_a_body_and_let_the_line_go_on() {
    let table = [
        (
            "cat <<EOF > x && foo bar\nbody $A\nEOF\n",
            "[cat] <<EOF >x && [foo bar]",
            "body $A\n",
        ),
        (
            "cat <<EOF | grep a && foo\nb\nEOF\n",
            "[cat] <<EOF | [grep a] && [foo]",
            "b\n",
        ),
        (
            "a && cat <<EOF > f && b | c || d\nx\nEOF",
            "[a] && [cat] <<EOF >f && [b] | [c] || [d]",
            "x\n",
        ),
        ("cat <<'EOF'\n\nEOF\nb", "[cat] <<'EOF'⏎ [b]", "\n"),
        ("cat <<EOF\nEOF\n", "[cat] <<EOF", ""),
        ("cat <<-A\n\ta\n\tA\n", "[cat] <<-A", "\ta\n"),
        (
            "if a; then cat <<E\nx\nE\nfi",
            "if([a]; then [cat] <<E)",
            "x\n",
        ),
    ];
    for (text, expected, body) in table {
        assert_eq!(shape(text).replace("<<E⏎", "<<E"), expected, "{text:?}");
        let script = script(text);
        let sites = script.commands();
        let heredoc = sites
            .iter()
            .flat_map(|site| &site.command.redirects)
            .find_map(|redirect| match &redirect.target {
                RedirectTarget::Heredoc(heredoc) => Some(heredoc),
                RedirectTarget::Word(_) => None,
            });
        let heredoc = heredoc.expect("a heredoc");
        assert_eq!(heredoc.body.slice(text), body, "{text:?}");
        assert_eq!(heredoc.literal, text.contains("<<'"), "{text:?}");
    }
}

#[test]
fn text_that_is_not_certain_is_opaque() {
    let table = [
        ("if a; then", OpaqueReason::Syntax),
        ("a \"b", OpaqueReason::Syntax),
        ("a && ; b", OpaqueReason::Syntax),
        ("((a); b)", OpaqueReason::Syntax),
        ("if not exist foo (exit 1)", OpaqueReason::Syntax),
        ("a \\", OpaqueReason::TrailingBackslash),
        ("! { a; }", OpaqueReason::Disagreement),
        ("a $[1+2]", OpaqueReason::Unsupported("$[ ]")),
        ("fi", OpaqueReason::Disagreement),
        ("a >&1>f", OpaqueReason::Disagreement),
        ("A\\\nB=c d", OpaqueReason::Disagreement),
        ("a 2\\\n>f", OpaqueReason::Disagreement),
        ("a $\\\nb", OpaqueReason::Disagreement),
        ("a \"$b\\\nc\"", OpaqueReason::Disagreement),
        ("a ${b\\\nc}", OpaqueReason::Syntax),
    ];
    for (text, expected) in table {
        assert_eq!(reason(text), expected, "{text:?}");
    }
    let long = "a ".repeat(LONGEST_TEXT);
    assert_eq!(reason(&long), OpaqueReason::TooLong);
}

#[test]
fn a_message_says_why_a_text_is_opaque() {
    let opaque = parse("a \"b", 0).expect_err("an open quote");
    assert_eq!(opaque.to_string(), "not valid shell syntax");
}

#[test]
fn bashisms_are_listed_with_their_places() {
    let table = [
        ("[[ a ]]", BashismKind::DoubleBracket, "[[ a ]]"),
        ("(( 1 ))", BashismKind::DoubleParenthesis, "(( 1 ))"),
        ("a &> f", BashismKind::RedirectBoth, "&> f"),
        ("a >& f", BashismKind::DuplicateToFile, ">& f"),
        ("a <<< b", BashismKind::HereString, "<<< b"),
        ("a <(b)", BashismKind::ProcessSubstitution, "<(b)"),
        ("a --f=<(b)", BashismKind::ProcessSubstitution, "<(b)"),
        ("a |& b", BashismKind::PipeBoth, "|&"),
        ("a=(b c)", BashismKind::Array, "(b c)"),
        ("a+=b", BashismKind::AppendAssignment, "a+="),
        ("a $'b'", BashismKind::DollarQuote, "$'b'"),
        ("a {b,c}", BashismKind::BraceExpansion, "{"),
        ("time a", BashismKind::Time, "time"),
        (
            "function f { a; }",
            BashismKind::FunctionKeyword,
            "function f { a; }",
        ),
        (
            "select x in a; do b; done",
            BashismKind::Select,
            "select x in a; do b; done",
        ),
    ];
    for (text, kind, place) in table {
        let script = script(text);
        let found: Vec<_> = script.bashisms.iter().map(|bashism| bashism.kind).collect();
        assert_eq!(found, [kind], "{text:?}");
        assert_eq!(script.bashisms[0].span.slice(text), place, "{text:?}");
    }
    for text in ["a >&2", "a 2>&1", "a 2>&-", "a >&$x", "{ a; }", "a {} {a}"] {
        assert_eq!(script(text).bashisms, [], "{text:?}");
    }
}

#[test]
fn spans_are_shifted_by_the_offset() {
    let script = parse("ab cd", 100).expect("a script");
    let sites = script.commands();
    assert_eq!(
        sites[0].command.words[1].span,
        Span {
            start: 103,
            end: 105
        }
    );
    assert_eq!(
        script.span,
        Span {
            start: 100,
            end: 105
        }
    );
    let opaque = parse("ab \\", 100).expect_err("a backslash");
    assert_eq!(opaque.position, 103);
}

#[test]
fn removed_ranges_join_words_and_vanish_from_values() {
    let text = "apt-\\\nget install \\\n  # why\n\n  -y \"a \\\n  b\" && \\  \n c";
    let script = joined(text);
    let sites = script.commands();
    let words = &sites[0].command.words;
    assert_eq!(words[0].value().as_deref(), Some("apt-get"));
    assert_eq!(words[0].span.slice(text), "apt-\\\nget");
    assert!(words[0].is_split);
    assert_eq!(words[2].span.slice(text), "-y");
    assert!(!words[2].is_split);
    assert_eq!(words[3].value().as_deref(), Some("a   b"));
    assert_eq!(sites[1].command.span.slice(text), "c");
    assert_eq!(script.removed.len(), removed_of(text).len());
}

#[test]
fn ranges_that_make_no_sense_are_ignored() {
    let text = "é b";
    for (start, end) in [(1, 2), (3, 9), (2, 1)] {
        let script = parse_joined(text, &[Span { start, end }], 0).expect("a script");
        assert_eq!(script.removed, []);
        assert_eq!(script.commands()[0].command.words.len(), 2);
    }
}

#[test]
fn hostile_text_ends_in_bounded_time() {
    let texts = [
        "$(".repeat(3000),
        format!("{}a{}", "echo $(".repeat(3000), ")".repeat(3000)),
        format!("{}a{}", "( ".repeat(3000), " )".repeat(3000)),
        format!("echo {}a{}", "${a:-".repeat(3000), "}".repeat(3000)),
        "[a]".repeat(20_000),
        "a?".repeat(20_000),
        format!("a{}", " && b".repeat(20_000)),
        "cat <<A\nx\nA\n".repeat(5_000),
        ")(`\"${<<".repeat(20_000),
    ];
    for text in texts {
        let start = std::time::Instant::now();
        let result = parse(&text, 0);
        drop(result);
        let seconds = start.elapsed().as_secs_f64();
        assert!(seconds < 20.0, "{seconds} s for {:?}…", &text[..9]);
    }
}
