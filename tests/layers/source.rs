//! What a source file uses, read from its tokens: comments do not count, nor does what is only for tests.

use std::collections::BTreeSet;
use std::path::Path;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// A path in a file, made absolute: `crate::a::b` is `root: "crate", path: ["a", "b"]`.
pub struct Used {
    pub root: String,
    pub path: Vec<String>,
    pub line: usize,
}

/// One file of `src`.
pub struct Source {
    /// With `src/`.
    pub name: String,
    /// `src/profile/verbs/own.rs` is `["profile", "verbs", "own"]`.
    pub module: Vec<String>,
    /// Without the tests at its end.
    pub lines: usize,
    pub uses: Vec<Used>,
    pub macros: Vec<(String, usize)>,
    pub methods: Vec<(String, usize)>,
    /// String literals, those of doc comments and attributes left out.
    pub strings: Vec<(String, usize)>,
    /// Modules that exist only for tests, in files of their own.
    test_modules: Vec<Vec<String>>,
}

impl Source {
    pub fn read(name: &str, text: &str) -> Self {
        let path = name.trim_start_matches("src/").trim_end_matches(".rs");
        let tests = text.lines().position(|line| line.trim() == "#[cfg(test)]");
        let mut source = Self {
            name: name.to_string(),
            module: path.split('/').map(String::from).collect(),
            lines: tests.unwrap_or_else(|| text.lines().count()),
            uses: Vec::new(),
            macros: Vec::new(),
            methods: Vec::new(),
            strings: Vec::new(),
            test_modules: Vec::new(),
        };
        let tokens: TokenStream = text
            .parse()
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        source.collect(tokens);
        source
    }

    pub fn top_module(&self) -> &str {
        &self.module[0]
    }

    fn collect(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        while at < tokens.len() {
            if let Some(after) = after_attribute(&tokens, at) {
                let is_test = attribute_says_test(&tokens[after - 1]);
                if is_test {
                    self.test_module(&tokens, after);
                    at = after_item(&tokens, after);
                } else {
                    at = after;
                }
                continue;
            }
            match &tokens[at] {
                TokenTree::Ident(word) => {
                    let (word, line) = (word.to_string(), word.span().start().line);
                    at = self.word(&tokens, at, &word, line);
                    continue;
                }
                TokenTree::Literal(literal) => {
                    let line = literal.span().start().line;
                    self.strings.push((literal.to_string(), line));
                }
                TokenTree::Group(group) => self.collect(group.stream()),
                TokenTree::Punct(_) => {}
            }
            at += 1;
        }
    }

    /// Notes `mod name;`, the declaration of a file.
    fn test_module(&mut self, tokens: &[TokenTree], at: usize) {
        if let Some([TokenTree::Ident(word), TokenTree::Ident(name), end]) = tokens.get(at..at + 3)
            && *word == "mod"
            && is_punct(Some(end), ';')
        {
            let mut module = self.module.clone();
            module.push(name.to_string());
            self.test_modules.push(module);
        }
    }

    /// Takes a word and the path that it starts, if any. Returns the place after them.
    fn word(&mut self, tokens: &[TokenTree], at: usize, word: &str, line: usize) -> usize {
        if matches!(word, "crate" | "super" | "std" | "core" | "harden") && is_path(tokens, at + 1)
        {
            let (root, start) = match word {
                "super" => ("crate", self.module[..self.module.len() - 1].to_vec()),
                "harden" => ("crate", Vec::new()),
                "core" => ("std", Vec::new()),
                other => (other, Vec::new()),
            };
            return self.path(tokens, at + 1, root, start, line);
        }
        let before = at.checked_sub(1).and_then(|before| tokens.get(before));
        if is_punct(tokens.get(at + 1), '!') && !is_punct(tokens.get(at + 2), '=') {
            self.macros.push((word.to_string(), line));
        } else if is_punct(before, '.') {
            self.methods.push((word.to_string(), line));
        }
        at + 1
    }

    /// Takes `::a::b` or `::{a, b::c}` from `at` on. Returns the place after it.
    fn path(
        &mut self,
        tokens: &[TokenTree],
        mut at: usize,
        root: &str,
        mut path: Vec<String>,
        line: usize,
    ) -> usize {
        while is_path(tokens, at) {
            match tokens.get(at + 2) {
                Some(TokenTree::Ident(word)) if *word == "super" => {
                    path.pop();
                }
                Some(TokenTree::Ident(word)) => path.push(word.to_string()),
                Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                    self.group(group.stream(), root, &path);
                    return at + 3;
                }
                _ => break,
            }
            at += 3;
        }
        let root = root.to_string();
        self.uses.push(Used { root, path, line });
        at
    }

    /// The members of `{a, b::c}` behind `prefix`.
    fn group(&mut self, stream: TokenStream, root: &str, prefix: &[String]) {
        let tokens: Vec<TokenTree> = stream.into_iter().collect();
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            let (TokenTree::Ident(word), true) =
                (token, at == 0 || is_punct(tokens.get(at - 1), ','))
            else {
                at += 1;
                continue;
            };
            let mut path = prefix.to_vec();
            path.push(word.to_string());
            at = self.path(&tokens, at + 1, root, path, word.span().start().line);
        }
    }
}

fn is_punct(token: Option<&TokenTree>, character: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == character)
}

fn is_path(tokens: &[TokenTree], at: usize) -> bool {
    is_punct(tokens.get(at), ':') && is_punct(tokens.get(at + 1), ':')
}

/// The place after the attribute that starts at `at`, if one does.
fn after_attribute(tokens: &[TokenTree], at: usize) -> Option<usize> {
    if !is_punct(tokens.get(at), '#') {
        return None;
    }
    let group = at + 1 + usize::from(is_punct(tokens.get(at + 1), '!'));
    let is_attribute = matches!(tokens.get(group)?, TokenTree::Group(group) if group.delimiter() == Delimiter::Bracket);
    is_attribute.then_some(group + 1)
}

/// `#[test]` and `#[cfg(test)]`.
fn attribute_says_test(attribute: &TokenTree) -> bool {
    let text = attribute.to_string().replace(' ', "");
    matches!(text.as_str(), "[test]" | "[cfg(test)]")
}

/// The place after the item at `at`: after its braces, or its semicolon.
fn after_item(tokens: &[TokenTree], at: usize) -> usize {
    let is_end = |token: &TokenTree| match token {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        token => is_punct(Some(token), ';'),
    };
    let end = tokens[at..].iter().position(is_end);
    end.map_or(tokens.len(), |end| at + end + 1)
}

/// Every file of a folder and of those in it, sorted, without files that are only for tests.
pub fn sources(folder: &Path) -> Vec<Source> {
    let mut open = vec![folder.to_path_buf()];
    let mut sources = Vec::new();
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(&next).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path
                    .strip_prefix(folder)
                    .expect("inside")
                    .to_string_lossy()
                    .replace('\\', "/");
                let text = std::fs::read_to_string(&path).expect("UTF-8");
                sources.push(Source::read(&format!("src/{name}"), &text));
            }
        }
    }
    let tests = sources
        .iter()
        .flat_map(|source| source.test_modules.clone());
    let tests: BTreeSet<Vec<String>> = tests.collect();
    sources.retain(|source| !tests.iter().any(|module| source.module.starts_with(module)));
    sources.sort_by(|one, other| one.name.cmp(&other.name));
    sources
}
