//! Words and variables of a Dockerfile, as BuildKit's shell lexer reads them: `$NAME`, `${NAME:-default}`, quotes and
//! the escape character. This is not the shell of RUN.

use crate::text::Span;

/// Deeper nesting of `${a:-${b:-…}}` than any person writes; bounds the recursion on hostile input.
const DEEPEST: usize = 50;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quotes {
    Keep,
    Strip,
}

/// What is known of a variable at a place in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup {
    Set(String),
    Unset,
    /// It may have any value, for the given reason.
    Unknown(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExpandError {
    /// The value depends on something that the file does not say.
    Unknown(String),
    /// BuildKit refuses the word.
    Syntax(String),
}

/// A `$NAME` or `${NAME…}` of a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    pub name: String,
    /// The whole reference, in bytes of the word.
    pub span: Span,
    /// Without a modifier such as `:-`.
    pub plain: bool,
}

/// The value of a word: variables replaced, quotes and escapes removed.
///
/// # Errors
/// [`ExpandError`] where a variable is unknown or the word is not valid.
pub fn expand(
    word: &str,
    escape: char,
    lookup: &dyn Fn(&str) -> Lookup,
) -> Result<String, ExpandError> {
    if !word.contains(['$', '\'', '"', escape]) {
        return Ok(word.to_string());
    }
    let mut lexer = Lexer::new(word, escape, Quotes::Strip, Some(lookup));
    lexer.run(None, 0)
}

/// The variables that a word refers to, in order, those inside `${a:-$b}` included. Empty where the word is not valid.
pub fn references(word: &str, escape: char) -> Vec<Reference> {
    if !word.contains('$') {
        return Vec::new();
    }
    let mut lexer = Lexer::new(word, escape, Quotes::Keep, None);
    match lexer.run(None, 0) {
        Ok(_) => lexer.references,
        Err(_) => Vec::new(),
    }
}

/// Splits at white space outside quotes, leaving variables as they are.
///
/// # Errors
/// A message where a quote or a brace is open.
pub(super) fn split_words(
    text: &str,
    escape: char,
    quotes: Quotes,
) -> Result<Vec<(String, Span)>, String> {
    let mut lexer = Lexer::new(text, escape, quotes, None);
    match lexer.run(None, 0) {
        Ok(_) => {}
        Err(ExpandError::Syntax(message) | ExpandError::Unknown(message)) => return Err(message),
    }
    lexer.end_word();
    Ok(lexer.words)
}

struct Lexer<'a> {
    text: &'a str,
    position: usize,
    escape: char,
    quotes: Quotes,
    /// None leaves references as they are.
    lookup: Option<&'a dyn Fn(&str) -> Lookup>,
    references: Vec<Reference>,
    words: Vec<(String, Span)>,
    word: Option<(String, Span)>,
}

type Expanded = Result<String, ExpandError>;

fn syntax(message: &str) -> ExpandError {
    ExpandError::Syntax(message.to_string())
}

impl<'a> Lexer<'a> {
    fn new(
        text: &'a str,
        escape: char,
        quotes: Quotes,
        lookup: Option<&'a dyn Fn(&str) -> Lookup>,
    ) -> Self {
        Self {
            text,
            position: 0,
            escape,
            quotes,
            lookup,
            references: Vec::new(),
            words: Vec::new(),
            word: None,
        }
    }

    fn peek(&self) -> Option<char> {
        self.text.get(self.position..)?.chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let character = self.peek()?;
        self.position += character.len_utf8();
        Some(character)
    }

    /// Adds to the current word what was read since `start`.
    fn add(&mut self, value: &str, start: usize) {
        let end = self.position;
        let (word, span) = self
            .word
            .get_or_insert_with(|| (String::new(), Span::at(start)));
        word.push_str(value);
        span.end = end;
    }

    fn end_word(&mut self) {
        if let Some((word, span)) = self.word.take()
            && !word.is_empty()
        {
            self.words.push((word, span));
        }
    }

    /// Reads up to `stop` (consumed), or to the end without one.
    fn run(&mut self, stop: Option<char>, depth: usize) -> Expanded {
        let mut result = String::new();
        while let Some(character) = self.peek() {
            let start = self.position;
            if stop == Some(character) {
                self.next();
                return Ok(result);
            }
            if let Some(literal) = self.literal(stop) {
                result.push_str(literal);
                if depth == 0 {
                    self.add(literal, start);
                }
                continue;
            }
            let piece = match character {
                '\'' => self.single_quoted()?,
                '"' => self.double_quoted(depth)?,
                '$' => self.dollar(depth)?,
                _ => self.plain(),
            };
            result.push_str(&piece);
            if depth > 0 {
                continue;
            }
            let unquoted = !matches!(character, '\'' | '"' | '$') && character != self.escape;
            if unquoted && character.is_whitespace() {
                self.end_word();
            } else {
                self.add(&piece, start);
            }
        }
        match stop {
            Some(_) => Err(syntax("missing `}`")),
            None => Ok(result),
        }
    }

    /// The text up to the next character that means or ends something; `None` where one stands here.
    fn literal(&mut self, stop: Option<char>) -> Option<&'a str> {
        let rest = self.text.get(self.position..)?;
        let is_special = |character: char| {
            matches!(character, '\'' | '"' | '$')
                || character == self.escape
                || Some(character) == stop
                || character.is_whitespace()
        };
        let end = rest.find(is_special).unwrap_or(rest.len());
        let literal = rest.get(..end).filter(|literal| !literal.is_empty())?;
        self.position += literal.len();
        Some(literal)
    }

    fn plain(&mut self) -> String {
        let mut piece = String::new();
        let character = self.next();
        if character != Some(self.escape) {
            piece.extend(character);
            return piece;
        }
        if self.quotes == Quotes::Keep {
            piece.extend(character);
        }
        piece.extend(self.next());
        piece
    }

    fn quote(&mut self, piece: &mut String) {
        let quote = self.next();
        if self.quotes == Quotes::Keep {
            piece.extend(quote);
        }
    }

    fn single_quoted(&mut self) -> Expanded {
        let mut piece = String::new();
        self.quote(&mut piece);
        loop {
            match self.peek() {
                None => return Err(syntax("missing closing `'`")),
                Some('\'') => {
                    self.quote(&mut piece);
                    return Ok(piece);
                }
                Some(_) => piece.extend(self.next()),
            }
        }
    }

    fn double_quoted(&mut self, depth: usize) -> Expanded {
        let mut piece = String::new();
        self.quote(&mut piece);
        loop {
            match self.peek() {
                None => return Err(syntax("missing closing `\"`")),
                Some('"') => {
                    self.quote(&mut piece);
                    return Ok(piece);
                }
                Some('$') => piece.push_str(&self.dollar(depth)?),
                Some(character) if character == self.escape => self.escaped_in_quotes(&mut piece),
                Some(_) => piece.extend(self.next()),
            }
        }
    }

    /// Inside double quotes the escape character only escapes `"`, `$` and itself.
    fn escaped_in_quotes(&mut self, piece: &mut String) {
        let escape = self.next();
        let escapes = match self.peek() {
            None => return,
            Some(character) => matches!(character, '"' | '$') || character == self.escape,
        };
        if self.quotes == Quotes::Keep || !escapes {
            piece.extend(escape);
        }
        if escapes {
            piece.extend(self.next());
        }
    }

    fn dollar(&mut self, depth: usize) -> Expanded {
        let start = self.position;
        self.next();
        if self.peek() == Some('{') {
            self.next();
            return self.braced(start, depth);
        }
        let name = self.name();
        if name.is_empty() {
            return Ok("$".to_string());
        }
        self.refer(&name, start, true);
        match self.lookup {
            None => Ok(self
                .text
                .get(start..self.position)
                .unwrap_or("")
                .to_string()),
            Some(lookup) => match lookup(&name) {
                Lookup::Set(value) => Ok(value),
                Lookup::Unset => Ok(String::new()),
                Lookup::Unknown(why) => Err(ExpandError::Unknown(why)),
            },
        }
    }

    fn braced(&mut self, start: usize, depth: usize) -> Expanded {
        if depth >= DEEPEST {
            return Err(syntax("variables are nested too deep"));
        }
        if matches!(self.peek(), None | Some('{' | '}' | ':')) {
            return Err(syntax("bad substitution"));
        }
        let name = self.name();
        let modifier = match self.next() {
            Some('}') => {
                self.refer(&name, start, true);
                return self.substitute(&name, None, String::new(), start);
            }
            Some(':') => match self.next() {
                Some(modifier @ ('-' | '+' | '?')) => Modifier {
                    modifier,
                    empty_is_unset: true,
                },
                _ => return Err(syntax("unsupported modifier")),
            },
            Some(modifier @ ('-' | '+' | '?' | '#' | '%' | '/')) => Modifier {
                modifier,
                empty_is_unset: false,
            },
            _ => return Err(syntax("unsupported modifier")),
        };
        let before = self.references.len();
        // The operand of an unused branch may be unknown without harm, so its error is kept until it is needed.
        let operand_start = self.position;
        let operand = self.run(Some('}'), depth + 1);
        let operand = match operand {
            Err(ExpandError::Unknown(why)) => {
                self.skip_operand(operand_start, depth)?;
                Err(why)
            }
            Err(error) => return Err(error),
            Ok(operand) => Ok(operand),
        };
        let inner = self.references.split_off(before);
        self.refer(&name, start, false);
        self.references.extend(inner);
        match operand {
            Ok(operand) => self.substitute(&name, Some(modifier), operand, start),
            Err(why) => self.without_operand(&name, &modifier, why),
        }
    }

    /// Goes to the end of an operand that could not be expanded.
    fn skip_operand(&mut self, start: usize, depth: usize) -> Result<(), ExpandError> {
        self.position = start;
        let lookup = self.lookup.take();
        let done = self.run(Some('}'), depth + 1);
        self.lookup = lookup;
        done.map(|_| ())
    }

    fn without_operand(&self, name: &str, modifier: &Modifier, why: String) -> Expanded {
        let value = self.lookup.map(|lookup| lookup(name));
        match (modifier.modifier, value) {
            ('-', Some(Lookup::Set(value))) if !(modifier.empty_is_unset && value.is_empty()) => {
                Ok(value)
            }
            ('+', Some(Lookup::Unset)) => Ok(String::new()),
            _ => Err(ExpandError::Unknown(why)),
        }
    }

    fn substitute(
        &self,
        name: &str,
        modifier: Option<Modifier>,
        operand: String,
        start: usize,
    ) -> Expanded {
        let Some(lookup) = self.lookup else {
            return Ok(self
                .text
                .get(start..self.position)
                .unwrap_or("")
                .to_string());
        };
        let value = match lookup(name) {
            Lookup::Set(value) => Some(value),
            Lookup::Unset => None,
            Lookup::Unknown(why) => return Err(ExpandError::Unknown(why)),
        };
        let Some(Modifier {
            modifier,
            empty_is_unset,
        }) = modifier
        else {
            return Ok(value.unwrap_or_default());
        };
        let set = value.filter(|value| !(empty_is_unset && value.is_empty()));
        match (modifier, set) {
            ('-', set) => Ok(set.unwrap_or(operand)),
            ('+', Some(_)) => Ok(operand),
            ('+', None) => Ok(String::new()),
            ('?', Some(value)) => Ok(value),
            ('?', None) => Err(syntax(&format!("{name}: {operand}"))),
            // Pattern removal and replacement need BuildKit's own globs; no rule has to know their result.
            _ => Err(ExpandError::Unknown(format!(
                "`${{{name}{modifier}…}}` is not evaluated"
            ))),
        }
    }

    fn refer(&mut self, name: &str, start: usize, plain: bool) {
        self.references.push(Reference {
            name: name.to_string(),
            span: Span::new(start, self.position),
            plain,
        });
    }

    fn name(&mut self) -> String {
        let start = self.position;
        match self.peek() {
            Some(first) if first.is_ascii_digit() => {
                while self.peek().is_some_and(|c| c.is_ascii_digit()) {
                    self.next();
                }
            }
            Some('@' | '*' | '#' | '?' | '-' | '$' | '!') => {
                self.next();
            }
            _ => {
                while self.peek().is_some_and(|c| c.is_alphanumeric() || c == '_') {
                    self.next();
                }
            }
        }
        self.text
            .get(start..self.position)
            .unwrap_or("")
            .to_string()
    }
}

struct Modifier {
    modifier: char,
    /// `:-` and not `-`.
    empty_is_unset: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(word: &str) -> Result<String, ExpandError> {
        expand(word, '\\', &|name| match name {
            "A" => Lookup::Set("a".into()),
            "EMPTY" => Lookup::Set(String::new()),
            "HIDDEN" => Lookup::Unknown("`HIDDEN` has no default".into()),
            _ => Lookup::Unset,
        })
    }

    #[test]
    fn variables_are_replaced() {
        for (word, expected) in [
            ("$A-${A}", "a-a"),
            ("${B:-x${A}}", "xa"),
            ("${EMPTY:-x}${EMPTY-x}", "x"),
            ("${A:+y}${B:+y}", "y"),
            ("${A:-$HIDDEN}", "a"),
            ("${B:+$HIDDEN}", ""),
            ("'$A'\"$A\\\"\"", "$Aa\""),
            ("a\\$A", "a$A"),
            ("$", "$"),
            ("", ""),
        ] {
            assert_eq!(value(word), Ok(expected.to_string()), "{word}");
        }
    }

    #[test]
    fn what_cannot_be_known_is_said() {
        assert!(matches!(value("x$HIDDEN"), Err(ExpandError::Unknown(_))));
        assert!(matches!(
            value("${B:-$HIDDEN}"),
            Err(ExpandError::Unknown(_))
        ));
        assert!(matches!(value("${A%x}"), Err(ExpandError::Unknown(_))));
        for word in ["${A", "\"a", "${:x}", "${A!}", "${B:?no}", "${a[@]}"] {
            assert!(matches!(value(word), Err(ExpandError::Syntax(_))), "{word}");
        }
    }

    #[test]
    fn nesting_is_bounded() {
        let word = "${a:-".repeat(100_000);
        assert!(matches!(value(&word), Err(ExpandError::Syntax(_))));
    }

    #[test]
    fn references_have_their_places() {
        let word = "x/${A:-$B}:$C";
        let found: Vec<_> = references(word, '\\')
            .into_iter()
            .map(|reference| {
                (
                    reference.name,
                    reference.span.slice(word).to_string(),
                    reference.plain,
                )
            })
            .collect();
        assert_eq!(
            found,
            [
                ("A".into(), "${A:-$B}".into(), false),
                ("B".into(), "$B".into(), true),
                ("C".into(), "$C".into(), true),
            ]
        );
    }

    #[test]
    fn words_split_outside_quotes() {
        let words = split_words("a 'b c' \"d $e\"f \\ g", '\\', Quotes::Strip).unwrap();
        let words: Vec<_> = words.into_iter().map(|(word, _)| word).collect();
        assert_eq!(words, ["a", "b c", "d $ef", " g"]);
        assert!(split_words("a 'b", '\\', Quotes::Strip).is_err());
    }
}
