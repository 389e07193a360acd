//! The layers of the project: which module of `src` may use which, and what the pure core may not touch.
//!
//! ARCHITECTURE.md draws the same arrows; here they are enforced.

#[path = "layers/source.rs"]
mod source;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use source::{Source, sources};

const TEXT: &[&str] = &[];
const SYNTAX: &[&str] = &["text"];
const MODEL: &[&str] = &["syntax", "text"];
const PIPELINE: &[&str] = &["syntax", "text"];
const FIX: &[&str] = &["text"];
const RULE: &[&str] = &["fix", "model", "pipeline", "syntax", "text"];
/// What a profile and a rule may use: neither the other, nor anything above.
const POLICY: &[&str] = &["rule", "fix", "model", "pipeline", "syntax", "text"];
const ENGINE: &[&str] = &[
    "digest", "profile", "rules", "suppress", "rule", "fix", "model", "pipeline", "syntax", "text",
];
const CORE: &[&str] = &[
    "digest", "gate", "engine", "profile", "rules", "suppress", "rule", "fix", "model", "pipeline",
    "syntax", "text",
];

/// What the subcommands put together.
const PROGRAM: &[&str] = &[
    "baseline", "cli", "config", "internal", "report", "discover", "includes", "context", "read",
    "write", "profiles", "plan", "output", "http", "registry", "lock", "git", "forge", "request",
    "batch",
];

/// Every module of `src`, with the modules that it may use. A new module needs a row here.
const ARROWS: &[(&str, &[&[&str]])] = &[
    ("digest", &[]),
    ("text", &[TEXT]),
    ("syntax", &[SYNTAX]),
    ("model", &[MODEL]),
    ("pipeline", &[PIPELINE]),
    ("fix", &[FIX]),
    ("rule", &[RULE]),
    ("suppress", &[RULE, &["rule"]]),
    ("profile", &[POLICY]),
    ("rules", &[POLICY]),
    ("engine", &[ENGINE]),
    ("gate", &[ENGINE, &["engine"]]),
    // The program. `cli` holds what was asked for, `report` what there is to tell.
    ("cli", &[&["suppress"]]),
    ("internal", &[]),
    ("report", &[CORE]),
    ("includes", &[CORE]),
    ("discover", &[&["includes", "report"]]),
    ("context", &[CORE]),
    ("read", &[&["text", "discover", "report"]]),
    ("write", &[&["report"]]),
    ("profiles", &[CORE, &["report"]]),
    ("baseline", &[CORE, &["report"]]),
    ("config", &[CORE, &["profiles", "report"]]),
    (
        "plan",
        &[
            CORE,
            &["cli", "config", "discover", "lock", "profiles", "report"],
        ],
    ),
    ("output", &[CORE, &["cli", "report"]]),
    ("http", &[&["report"]]),
    ("registry", &[CORE, &["http", "report"]]),
    ("lock", &[CORE, &["registry", "report", "write"]]),
    ("git", &[&["digest", "http", "report"]]),
    ("forge", &[&["git", "http", "report"]]),
    ("request", &[CORE, &["forge", "git", "output", "report"]]),
    (
        "batch",
        &[
            CORE,
            &[
                "forge", "git", "internal", "output", "discover", "read", "report",
            ],
        ],
    ),
    ("commands", &[CORE, PROGRAM]),
    ("main", &[&["commands"]]),
];

/// Standard modules that touch the world outside; the core has none of them.
const IMPURE: &[&str] = &["env", "fs", "io", "net", "process", "thread", "time", "os"];

/// Macros that print or stop the program.
const LOUD: &[&str] = &[
    "dbg",
    "eprint",
    "eprintln",
    "panic",
    "print",
    "println",
    "todo",
    "unimplemented",
    "unreachable",
];

/// Methods that stop the program.
const PANICKING: &[&str] = &["expect", "expect_err", "unwrap", "unwrap_err"];

/// Lines of a file, its tests left out.
const MOST_LINES: usize = 500;

fn may_use(module: &str) -> Option<BTreeSet<&'static str>> {
    let (_, allowed) = ARROWS.iter().find(|(name, _)| *name == module)?;
    Some(
        allowed
            .iter()
            .flat_map(|part| part.iter().copied())
            .collect(),
    )
}

fn wrong_arrows(source: &Source) -> Vec<String> {
    let module = source.top_module();
    if module == "lib" {
        return Vec::new();
    }
    let Some(allowed) = may_use(module) else {
        return vec![format!(
            "{}: module `{module}` has no row in the table of layers",
            source.name
        )];
    };
    let used = source.uses.iter().filter(|used| used.root == "crate");
    used.filter_map(|used| {
        let to = used.path.first()?.as_str();
        let is_module = ARROWS.iter().any(|(name, _)| *name == to);
        let is_wrong = is_module && to != module && !allowed.contains(to);
        is_wrong.then(|| {
            format!(
                "{}:{}: `{module}` may not use `{to}`",
                source.name, used.line
            )
        })
    })
    .collect()
}

fn impurities(source: &Source) -> Vec<String> {
    if !CORE.contains(&source.top_module()) {
        return Vec::new();
    }
    let place = |line: usize, what: String| format!("{}:{line}: {what} in the core", source.name);
    let paths = source.uses.iter().filter_map(|used| {
        let first = used.path.first()?;
        let is_impure = used.root == "std" && IMPURE.contains(&first.as_str());
        is_impure.then(|| place(used.line, format!("`std::{first}`")))
    });
    let macros = source
        .macros
        .iter()
        .filter(|(name, _)| LOUD.contains(&name.as_str()));
    let methods = source
        .methods
        .iter()
        .filter(|(name, _)| PANICKING.contains(&name.as_str()));
    paths
        .chain(macros.map(|(name, line)| place(*line, format!("`{name}!`"))))
        .chain(methods.map(|(name, line)| place(*line, format!("`.{name}()`"))))
        .collect()
}

/// The ids of the rules: the names of their files.
fn rule_ids(sources: &[Source]) -> BTreeSet<String> {
    let of_rule = |source: &Source| match source.module.as_slice() {
        [first, rule] if first == "rules" => Some(rule.replace('_', "-")),
        _ => None,
    };
    sources.iter().filter_map(of_rule).collect()
}

/// Where a rule is named by another module than its own.
fn named_rules(source: &Source, ids: &BTreeSet<String>) -> Vec<String> {
    let own = source.module.get(1).map(|rule| rule.replace('_', "-"));
    let is_own = |id: &str| source.top_module() == "rules" && own.as_deref() == Some(id);
    let place = |line: usize, id: &str| format!("{}:{line}: names the rule `{id}`", source.name);
    let in_strings = source.strings.iter().flat_map(|(text, line)| {
        let named = ids.iter().filter(|id| !is_own(id) && has_word(text, id));
        named.map(|id| place(*line, id)).collect::<Vec<_>>()
    });
    let in_paths = source
        .uses
        .iter()
        .filter_map(|used| match used.path.as_slice() {
            [rules, rule, ..] if rules == "rules" && source.module.first()? != "rules" => {
                let id = rule.replace('_', "-");
                ids.contains(&id).then(|| place(used.line, &id))
            }
            _ => None,
        });
    in_strings.chain(in_paths).collect()
}

/// Whether `word` stands in `text` and is not a part of a longer name.
fn has_word(text: &str, word: &str) -> bool {
    let is_name = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    text.match_indices(word).any(|(at, _)| {
        !text[..at].ends_with(is_name) && !text[at + word.len()..].starts_with(is_name)
    })
}

fn project() -> Vec<Source> {
    let sources = sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    assert!(sources.len() > 20, "only {} files in src", sources.len());
    sources
}

fn assert_none(problems: Vec<String>) {
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

#[test]
fn modules_use_only_what_lies_below_them() {
    assert_none(project().iter().flat_map(wrong_arrows).collect());
}

#[test]
fn the_core_is_pure_and_does_not_panic() {
    assert_none(project().iter().flat_map(impurities).collect());
}

#[test]
fn only_rules_and_profiles_name_a_rule() {
    let sources = project();
    let ids = rule_ids(&sources);
    assert_none(
        sources
            .iter()
            .flat_map(|source| named_rules(source, &ids))
            .collect(),
    );
}

#[test]
fn files_can_be_read_at_one_go() {
    let long = project()
        .into_iter()
        .filter(|source| source.lines > MOST_LINES);
    assert_none(
        long.map(|source| format!("{}: {} lines without tests", source.name, source.lines))
            .collect(),
    );
}

#[test]
fn the_table_of_layers_has_no_circle() {
    let mut open: BTreeMap<&str, BTreeSet<&str>> = ARROWS
        .iter()
        .map(|(name, _)| (*name, may_use(name).expect("a row")))
        .collect();
    while let Some(lowest) = open
        .iter()
        .find(|(_, uses)| uses.is_empty())
        .map(|(name, _)| *name)
    {
        open.remove(lowest);
        for uses in open.values_mut() {
            uses.remove(lowest);
        }
    }
    assert!(open.is_empty(), "a circle among {:?}", open.keys());
}

/// The checks themselves, on snippets that break each of them.
mod checks_fail {
    use super::*;

    fn arrows(name: &str, text: &str) -> usize {
        wrong_arrows(&Source::read(name, text)).len()
    }

    fn impure(text: &str) -> usize {
        impurities(&Source::read("src/model/x.rs", text)).len()
    }

    #[test]
    fn on_wrong_arrows() {
        assert_eq!(arrows("src/text.rs", "use crate::syntax::parse;"), 1);
        assert_eq!(arrows("src/profile/bind.rs", "use crate::rules::all;"), 1);
        assert_eq!(
            arrows("src/rules/x.rs", "fn f(p: &crate::profile::Profile) {}"),
            1
        );
        assert_eq!(
            arrows("src/fix.rs", "use crate::{text::Span, model::Model, rule};"),
            2
        );
        assert_eq!(arrows("src/fix.rs", "use super::model::Model;"), 1);
        assert_eq!(
            arrows(
                "src/profile/verbs/own.rs",
                "use super::super::super::engine;"
            ),
            1
        );
        assert_eq!(arrows("src/output/text.rs", "use crate::commands;"), 1);
        assert_eq!(
            arrows(
                "src/output/text.rs",
                "use harden::rules; use crate::plan::X;"
            ),
            1
        );
        assert_eq!(arrows("src/novel.rs", ""), 1);
        assert_eq!(
            arrows(
                "src/engine.rs",
                "macro_rules! m { () => { $crate::output::f() } }"
            ),
            1
        );
    }

    #[test]
    fn but_not_on_right_ones() {
        assert_eq!(
            arrows(
                "src/profile/verbs/own.rs",
                "use super::super::format; use crate::text;"
            ),
            0
        );
        assert_eq!(
            arrows("src/engine.rs", "use crate::profile; // use crate::output;"),
            0
        );
        assert_eq!(
            arrows(
                "src/text.rs",
                "const A: &str = \"crate::model\"; /// crate::rule\nfn f() {}"
            ),
            0
        );
        assert_eq!(
            arrows(
                "src/text.rs",
                "#[cfg(test)] mod tests { use crate::model; }"
            ),
            0
        );
        assert_eq!(
            arrows("src/plan.rs", "use harden::engine; mod x; use crate::cli;"),
            0
        );
    }

    #[test]
    fn on_impure_code() {
        assert_eq!(impure("use std::fs;"), 1);
        assert_eq!(
            impure("use std::{fmt, fs::File, collections::{HashMap}, net};"),
            2
        );
        assert_eq!(impure("fn f() { ::std::env::var(\"X\"); }"), 1);
        assert_eq!(
            impure("fn f() { println!(\"x\"); std::process::exit(1) }"),
            2
        );
        assert_eq!(
            impure("fn f() { g().unwrap(); h.expect(\"x\"); panic!() }"),
            3
        );
        assert_eq!(
            impure("use std::fmt; fn f() { g().unwrap_or(1); writeln!(x); env!(\"A\"); }"),
            0
        );
        assert_eq!(
            impure("#[cfg(test)] mod tests { fn f() { g().unwrap() } }"),
            0
        );
        assert_eq!(
            impure("#[test] fn f() { g().unwrap() } fn g() { h().unwrap() }"),
            1
        );
        assert_eq!(
            impurities(&Source::read("src/commands/x.rs", "use std::fs;")).len(),
            0
        );
    }

    #[test]
    fn on_rules_that_are_named() {
        let ids = BTreeSet::from(["root-user".to_string(), "floating-tag".to_string()]);
        let named = |name: &str, text: &str| named_rules(&Source::read(name, text), &ids).len();
        assert_eq!(named("src/engine.rs", "const X: &str = \"root-user\";"), 1);
        assert_eq!(
            named(
                "src/output/text.rs",
                "fn f() { g(\"see root-user, floating-tag\") }"
            ),
            2
        );
        assert_eq!(
            named("src/rules/root_user.rs", "const X: &str = \"root-user\";"),
            0
        );
        assert_eq!(
            named(
                "src/rules/root_user.rs",
                "const X: &str = \"floating-tag\";"
            ),
            1
        );
        assert_eq!(named("src/engine.rs", "use crate::rules::root_user;"), 1);
        assert_eq!(
            named(
                "src/engine.rs",
                "use crate::rules::all; const X: &str = \"root-user-name\";"
            ),
            0
        );
        assert_eq!(
            named("src/engine.rs", "/// Like `root-user`.\nfn f() {}"),
            0
        );
    }

    #[test]
    fn on_long_files() {
        let long = "fn f() {}\n".repeat(501);
        assert_eq!(Source::read("src/text.rs", &long).lines, 501);
        let tests = format!("fn f() {{}}\n\n#[cfg(test)]\nmod tests {{\n{long}}}\n");
        assert_eq!(Source::read("src/text.rs", &tests).lines, 2);
    }
}
