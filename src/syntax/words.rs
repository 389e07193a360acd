//! The ways in which an instruction's arguments are split, each as BuildKit does it.
//!
//! All spans here are of the logical line.

use crate::text::Span;

/// What BuildKit's regular expressions call white space. Elsewhere it uses Unicode's.
pub(super) fn is_space(character: char) -> bool {
    matches!(character, '\t' | '\x0b' | '\x0c' | '\r' | ' ')
}

/// The span of `text[within]` without Unicode white space at both ends.
pub(super) fn trim(text: &str, within: Span) -> Span {
    let part = within.slice(text);
    let start = within.start + part.len() - part.trim_start().len();
    Span::new(start, start + part.trim().len())
}

/// The span up to the first white space, and what follows that white space.
pub(super) fn split_first(text: &str, within: Span) -> (Span, Option<Span>) {
    let part = within.slice(text);
    let Some(end) = part.find(is_space) else {
        return (within, None);
    };
    let rest = part.get(end..).unwrap_or("");
    let gap = rest.len() - rest.trim_start_matches(is_space).len();
    let first = Span::new(within.start, within.start + end);
    (first, Some(Span::new(first.end + gap, within.end)))
}

/// The words between white space.
pub(super) fn whitespace_words(text: &str, within: Span) -> Vec<Span> {
    let mut words = Vec::new();
    let mut rest = within;
    if rest.is_empty() {
        return words;
    }
    loop {
        let (word, next) = split_first(text, rest);
        words.push(word);
        match next {
            Some(next) => rest = next,
            None => return words,
        }
    }
}

/// `--name=value` words at the start: each with its unquoted text, and where the other arguments start.
pub(super) fn flags(text: &str, within: Span) -> (Vec<(Span, String)>, Span) {
    let mut flags = Vec::new();
    let part = within.slice(text);
    let mut position = 0;
    loop {
        let rest = part.get(position..).unwrap_or("");
        position += rest.len() - rest.trim_start().len();
        let rest = part.get(position..).unwrap_or("");
        if !rest.starts_with("--") {
            return (flags, Span::new(within.start + position, within.end));
        }
        let (length, value) = flag_word(rest);
        let start = within.start + position;
        position += length;
        if value == "--" {
            return (flags, Span::new(within.start + position, within.end));
        }
        flags.push((Span::new(start, start + length), value));
    }
}

/// The length of the word at the start of `text`, and its text without quotes and escapes.
fn flag_word(text: &str) -> (usize, String) {
    let mut value = String::new();
    let mut quote = None;
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match quote {
            None if character.is_whitespace() => return (at, value),
            None if matches!(character, '\'' | '"') => quote = Some(character),
            Some(open) if character == open => quote = None,
            _ if character == '\\' => value.extend(characters.next().map(|(_, next)| next)),
            _ => value.push(character),
        }
    }
    (text.len(), value)
}

/// Words in which quotes and escapes are kept (ENV, LABEL, ARG).
pub(super) fn quoted_words(text: &str, within: Span, escape: char) -> Vec<Span> {
    let mut words = Vec::new();
    let mut start = None;
    let mut quote = None;
    let mut characters = within.slice(text).char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        let at = within.start + at;
        if quote.is_none() && character.is_whitespace() {
            words.extend(start.take().map(|start| Span::new(start, at)));
            continue;
        }
        start.get_or_insert(at);
        match quote {
            None if matches!(character, '\'' | '"') => quote = Some(character),
            Some(open) if character == open => quote = None,
            Some('\'') => {}
            _ if character == escape => {
                characters.next();
            }
            _ => {}
        }
    }
    words.extend(start.map(|start| Span::new(start, within.end)));
    words
}

/// What an exec form holds.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ExecForm {
    /// Each string: its value, and its place with quotes.
    Strings(Vec<(String, Span)>),
    /// JSON, but not of strings only: BuildKit refuses it.
    NotStrings,
    /// No JSON: BuildKit reads it as shell form.
    No,
}

pub(super) fn exec_form(text: &str, within: Span) -> ExecForm {
    let part = within.slice(text);
    if !part.starts_with('[') {
        return ExecForm::No;
    }
    // As BuildKit does, take the first JSON value and ignore what follows it.
    let mut stream = serde_json::Deserializer::from_str(part).into_iter::<Vec<serde_json::Value>>();
    let Some(Ok(values)) = stream.next() else {
        return ExecForm::No;
    };
    let part = part.get(..stream.byte_offset()).unwrap_or(part);
    let mut strings = Vec::with_capacity(values.len());
    for value in values {
        match value {
            serde_json::Value::String(value) => strings.push(value),
            _ => return ExecForm::NotStrings,
        }
    }
    let places = string_literals(part)
        .into_iter()
        .map(|span| Span::new(within.start + span.start, within.start + span.end));
    ExecForm::Strings(strings.into_iter().zip(places).collect())
}

/// The places of the string literals of valid JSON, quotes included.
fn string_literals(json: &str) -> Vec<Span> {
    let mut literals = Vec::new();
    let mut open = None;
    let mut bytes = json.bytes().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match (open, byte) {
            (None, b'"') => open = Some(at),
            (Some(start), b'"') => {
                literals.push(Span::new(start, at + 1));
                open = None;
            }
            (Some(_), b'\\') => {
                bytes.next();
            }
            _ => {}
        }
    }
    literals
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Span {
        Span::new(0, text.len())
    }

    #[test]
    fn flags_come_first() {
        let text = "--from=a --x=\"b c\" -- --d e";
        let (found, rest) = flags(text, all(text));
        let values: Vec<_> = found.into_iter().map(|(_, value)| value).collect();
        assert_eq!(values, ["--from=a", "--x=b c"]);
        assert_eq!(rest.slice(text), " --d e");
        let (found, rest) = flags("-x --y", all("-x --y"));
        assert!(found.is_empty());
        assert_eq!(rest, all("-x --y"));
    }

    #[test]
    fn quotes_hold_words_together() {
        let text = r#"A="b c" D='e "f' G=h\ i J="k\" l""#;
        let words: Vec<_> = quoted_words(text, all(text), '\\')
            .into_iter()
            .map(|span| span.slice(text))
            .collect();
        assert_eq!(
            words,
            [r#"A="b c""#, r#"D='e "f'"#, r"G=h\ i", r#"J="k\" l""#]
        );
    }

    #[test]
    fn exec_form_is_strict_json() {
        let text = r#"["a", "b\"c", "d\\"] "#;
        let ExecForm::Strings(strings) = exec_form(text, all(text)) else {
            panic!("not read as exec form");
        };
        let values: Vec<_> = strings.iter().map(|(value, _)| value.as_str()).collect();
        assert_eq!(values, ["a", "b\"c", "d\\"]);
        let places: Vec<_> = strings.iter().map(|(_, span)| span.slice(text)).collect();
        assert_eq!(places, [r#""a""#, r#""b\"c""#, r#""d\\""#]);
        assert_eq!(exec_form("['a']", all("['a']")), ExecForm::No);
        assert_eq!(exec_form("[\"a\",]", all("[\"a\",]")), ExecForm::No);
        assert_eq!(exec_form("[1]", all("[1]")), ExecForm::NotStrings);
        assert_eq!(exec_form("[]", all("[]")), ExecForm::Strings(vec![]));
        let text = "[\"a\"] # \"not this\"";
        let first = vec![("a".to_string(), Span::new(1, 4))];
        assert_eq!(exec_form(text, all(text)), ExecForm::Strings(first));
    }
}
