//! Shell text is read right or not at all: each word is where it says it is, and what is taken out leaves the rest.
#![no_main]

use harden::syntax::shell::{self, edit};
use libfuzzer_sys::fuzz_target;

fn words(script: &shell::Script) -> Vec<Vec<Option<String>>> {
    let sites = script.commands();
    let values =
        |site: &shell::Site<'_>| site.command.words.iter().map(shell::Word::value).collect();
    sites.iter().map(values).collect()
}

fuzz_target!(|text: &str| {
    let Ok(script) = shell::parse(text, 0) else {
        return;
    };
    let before = words(&script);
    for (number, site) in script.commands().iter().enumerate() {
        for word in &site.command.words {
            assert!(text.get(word.span.start..word.span.end).is_some());
        }
        let last = site.command.words.len().saturating_sub(1);
        // The commands of a substitution go with its word, and a `[` without its `]` is not read.
        let stays_shell = |word: &shell::Word| {
            word.substitutions().is_empty() && !text[word.span.start..word.span.end].contains(']')
        };
        if !site.command.words.get(last).is_some_and(stays_shell) {
            continue;
        }
        let Ok(span) = edit::delete_word(&script, text, site, last) else {
            continue;
        };
        let rest = format!("{}{}", &text[..span.start], &text[span.end..]);
        // What is not read any more is refused when the fix is validated.
        let Ok(after) = shell::parse(&rest, 0) else {
            continue;
        };
        let mut wanted = before.clone();
        wanted[number].pop();
        assert_eq!(words(&after), wanted, "{rest:?}");
    }
});
