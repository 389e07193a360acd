//! Whatever the text: no panic, spans inside the text, words that are exactly their bytes.

use proptest::prelude::*;

use super::tests::removed_of;
use super::{Script, parse_joined};
use crate::text::Span;

const SEEDS: &[&str] = &[
    "set -eux; apt-get update && apt-get install -y --no-install-recommends a=1 \"b$C\" && rm -rf /var/lib/apt/lists/*",
    "if [ \"$(uname -m)\" = 'x' ]; then a | b >f 2>&1; elif ! c; then d & else e; fi",
    "for i in 1 2 `x y`; do case $i in a|b) c;; *) ${D:-$(e)} ;; esac; done < f",
    "a \\\n  b \\\n # c\n && d\\\n e",
    "cat <<EOF > x && foo\nbody $(a b)\nEOF\ng() { ( h ); }",
    "[[ a == b* ]] && (( x++ )) || a=(b c) d <(e) &> f <<< g $'h\\'i'",
    "é=ü; ö \"ä$ß\" 'ñ' \\é",
];

const PIECES: &[&str] = &[
    "'", "\"", "`", "$(", ")", "${", "}", "\\", "\\\n", "\n", ";", "&&", "||", "|", "&", "<<E",
    ">", "#", "$((", "))", "[[", "]]", "{ ", "; }", "(", "!", "é", "if ", "fi", "do ", "*", "~",
    "{a,b}", " ", "=", "\r", "\0",
];

/// Every span lies inside the text on character boundaries, and each word's bytes give the word again.
fn check(text: &str, offset: usize, script: &Script) {
    let inside = |span: Span| {
        span.start >= offset
            && span.start <= span.end
            && text.get(span.start - offset..span.end - offset).is_some()
    };
    let removed = |span: Span| {
        script
            .removed
            .iter()
            .any(|gap| gap.start < span.end && span.start < gap.end)
    };
    assert!(script.comments.iter().all(|span| inside(*span)));
    assert!(script.bashisms.iter().all(|bashism| inside(bashism.span)));
    for site in script.commands() {
        assert!(inside(site.command.span));
        let assignments = site.command.assignments.iter().map(|part| part.span);
        let words = site.command.words.iter().map(|word| word.span);
        let redirects = site.command.redirects.iter().map(|part| part.span);
        let mut pieces: Vec<_> = assignments.chain(words).chain(redirects).collect();
        pieces.sort();
        for pair in pieces.windows(2) {
            assert!(pair[0].end <= pair[1].start, "pieces overlap");
        }
        for word in &site.command.words {
            assert!(inside(word.span) && !word.span.is_empty());
            let raw = &text[word.span.start - offset..word.span.end - offset];
            if !word.is_split && !removed(word.span) && word.value().is_some() {
                // `==` and `=~` are read as words only where another follows.
                let text = format!("echo {raw} end");
                let again = super::parse(&text, 0).expect("a word parses alone");
                let sites = again.commands();
                assert_eq!(sites[0].command.words.len(), 3, "{text}");
                assert_eq!(sites[0].command.words[1].value(), word.value());
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn mutated_scripts_never_panic_and_spans_stay_inside(
        seed in prop::sample::select(SEEDS),
        changes in prop::collection::vec((any::<prop::sample::Index>(), prop::sample::select(PIECES), 0..4usize), 0..6),
        offset in 0..50usize,
    ) {
        let mut text = seed.to_owned();
        for (place, piece, deleted) in changes {
            let start = text.floor_char_boundary(place.index(text.len() + 1));
            let end = text.floor_char_boundary((start + deleted).min(text.len())).max(start);
            text.replace_range(start..end, piece);
        }
        if let Ok(script) = parse_joined(&text, &removed_of(&text), offset) {
            check(&text, offset, &script);
        }
    }

    #[test]
    fn any_text_with_any_ranges_never_panics(
        text in ".{0,60}",
        ranges in prop::collection::vec((0..70usize, 0..70usize), 0..4),
    ) {
        let ranges: Vec<_> = ranges.into_iter().map(|(start, end)| Span { start, end }).collect();
        if let Ok(script) = parse_joined(&text, &ranges, 0) {
            check(&text, 0, &script);
        }
    }
}
