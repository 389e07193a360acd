//! Values of ENV and LABEL.

/// The text as one word in double quotes that stands for exactly this text: no variable in it is replaced.
pub fn quoted(text: &str, escape: char) -> String {
    let mut word = String::with_capacity(text.len() + 2);
    word.push('"');
    for character in text.chars() {
        if matches!(character, '"' | '$') || character == escape {
            word.push(escape);
        }
        word.push(character);
    }
    word.push('"');
    word
}

/// The text without the quotes round it, where they are the only ones.
pub fn unquoted(text: &str) -> &str {
    let inner = |quote: char| {
        text.strip_prefix(quote)
            .and_then(|rest| rest.strip_suffix(quote))
            .filter(|inner| !inner.contains(quote))
    };
    inner('"').or_else(|| inner('\'')).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::variables::{self, Lookup};
    use crate::syntax::{self, PairSeparator};

    #[test]
    fn a_quoted_text_stands_for_itself() {
        let texts = [
            "",
            "a b",
            "it's \"x\"",
            "$A ${B} $$",
            "a\\b\\",
            "`x`",
            "é\t=#",
        ];
        for (escape, head) in [('\\', ""), ('`', "# escape=`\n")] {
            for text in texts {
                let source = format!("{head}FROM a\nLABEL k={}\n", quoted(text, escape));
                let file = syntax::parse(&source);
                let [pair] = file.instructions[1].pairs() else {
                    panic!("{source}: not one pair");
                };
                assert_eq!(pair.separator, PairSeparator::Equals);
                let set = |_: &str| Lookup::Set("wrong".to_string());
                let value = variables::expand(&pair.value.text, escape, &set);
                assert_eq!(value.as_deref(), Ok(text), "{source}");
            }
        }
    }

    #[test]
    fn only_quotes_round_the_whole_are_taken_off() {
        for (text, expected) in [
            ("\"a b\"", "a b"),
            ("'a'", "a"),
            ("\"a\" <\"b\">", "\"a\" <\"b\">"),
            ("\"", "\""),
            ("\"a\" \"b\"", "\"a\" \"b\""),
        ] {
            assert_eq!(unquoted(text), expected);
        }
    }
}
