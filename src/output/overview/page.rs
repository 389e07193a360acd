//! The report as one page that needs nothing but itself.
//!
//! What comes from files is data in `script` elements of a type that no browser runs, with all of markup escaped; the page's
//! own script puts it in place as text. The policy lets nothing run or load but that script and that style.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::tables::{self, Reason};
use super::{About, Tables};
use crate::output::escape;
use crate::report::record::{
    BaseRecord, FileRecord, FixRecord, OpenRecord, RepositoryRecord, Risk,
};

const PAGE: &str = include_str!("../html/page.html");
const STYLE: &str = include_str!("../html/style.css");
const SCRIPT: &str = concat!(
    include_str!("../html/basics.js"),
    include_str!("../html/grid.js"),
    include_str!("../html/diff.js"),
    include_str!("../html/app.js"),
    include_str!("../html/drawer.js"),
);

/// Files whose details are read together when one is asked for.
const CHUNK: usize = 50;

/// The page up to the data.
pub fn start(about: &About) -> String {
    parts(about).0
}

fn parts(about: &About) -> (String, String) {
    let (before, after) = PAGE.split_once("{{data}}").unwrap_or((PAGE, ""));
    let heading = match about.title.as_str() {
        "" => "Dockerfiles, hardened",
        title => title,
    };
    let profiles = about.profiles.iter();
    let profiles = profiles.map(|name| format!("<li>{}</li>", markup(name)));
    let values = [
        ("policy", policy()),
        ("version", env!("CARGO_PKG_VERSION").to_string()),
        ("title", markup(&format!("{heading} – harden"))),
        ("heading", markup(heading)),
        ("profiles", profiles.collect()),
        ("style", STYLE.to_string()),
        ("script", SCRIPT.to_string()),
    ];
    (fill(before, &values), fill(after, &values))
}

/// Puts values in place of their names; what stands in a value is not looked at again.
fn fill(template: &str, values: &[(&str, String)]) -> String {
    let mut text = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        text.push_str(before);
        let (name, after) = after.split_once("}}").unwrap_or(("", after));
        let value = values.iter().find(|(one, _)| *one == name);
        text.push_str(value.map_or("", |(_, value)| value));
        rest = after;
    }
    text.push_str(rest);
    text
}

/// Only the script and the style of this page, and nothing from anywhere.
fn policy() -> String {
    let hash = |text: &str| STANDARD.encode(Sha256::digest(text.as_bytes()));
    format!(
        "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        hash(SCRIPT),
        hash(STYLE)
    )
}

/// Text for HTML, where it is no markup.
fn markup(text: &str) -> String {
    let mut result = String::new();
    for character in escape::line(text).chars() {
        match character {
            '&' => result.push_str("&amp;"),
            '<' => result.push_str("&lt;"),
            '>' => result.push_str("&gt;"),
            '"' => result.push_str("&quot;"),
            '\'' => result.push_str("&#39;"),
            _ => result.push(character),
        }
    }
    result
}

/// JSON in a script element: nothing in it ends the element or begins a comment.
fn element(id: &str, value: &Value) -> String {
    let text = value.to_string();
    let text = escape::json(&text);
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '<' => safe.push_str("\\u003c"),
            '>' => safe.push_str("\\u003e"),
            '&' => safe.push_str("\\u0026"),
            _ => safe.push(character),
        }
    }
    format!("<script type=\"application/json\" id=\"{id}\">{safe}</script>\n")
}

/// Numbers for what is said more than once.
struct Numbers<K> {
    numbers: HashMap<K, usize>,
    all: Vec<K>,
}

impl<K> Default for Numbers<K> {
    fn default() -> Self {
        Self {
            numbers: HashMap::new(),
            all: Vec::new(),
        }
    }
}

impl<K: Clone + Eq + std::hash::Hash> Numbers<K> {
    fn of(&mut self, key: &K) -> usize {
        if let Some(number) = self.numbers.get(key) {
            return *number;
        }
        let number = self.all.len();
        self.numbers.insert(key.clone(), number);
        self.all.push(key.clone());
        number
    }
}

/// What the page keeps until its end: one short row for each file, and each text once.
#[derive(Default)]
pub struct Page {
    words: Numbers<String>,
    reasons: Numbers<Reason>,
    bases: Numbers<BaseRecord>,
    errors: Numbers<String>,
    repositories: usize,
    files: Vec<Value>,
    chunk: Vec<Value>,
    chunks: usize,
}

impl Page {
    /// The details of the files, as far as a chunk is full.
    pub fn repository(&mut self, record: &RepositoryRecord) -> String {
        let mut text = String::new();
        for file in &record.files {
            let details = self.details(file);
            self.chunk.push(details);
            let row = self.row(file);
            self.files.push(row);
            if self.chunk.len() == CHUNK {
                text.push_str(&self.flush());
            }
        }
        self.repositories += 1;
        text
    }

    fn flush(&mut self) -> String {
        let chunk = std::mem::take(&mut self.chunk);
        if chunk.is_empty() {
            return String::new();
        }
        let id = format!("chunk-{}", self.chunks);
        self.chunks += 1;
        element(&id, &Value::Array(chunk))
    }

    fn row(&mut self, file: &FileRecord) -> Value {
        let mut reasons: Vec<usize> = tables::reasons(file)
            .map(|reason| self.reasons.of(&reason))
            .collect();
        reasons.sort_unstable();
        reasons.dedup();
        let bases: Vec<usize> = file.bases.iter().map(|base| self.bases.of(base)).collect();
        let errors = file.errors.iter();
        let errors: Vec<usize> = errors.map(|error| self.errors.of(&error.message)).collect();
        json!([
            self.repositories,
            file.path,
            number(file.risk()),
            file.fixes.len(),
            tables::held(file),
            reasons,
            bases,
            errors,
        ])
    }

    fn details(&mut self, file: &FileRecord) -> Value {
        let fixes: Vec<Value> = file.fixes.iter().map(|fix| self.fix(fix)).collect();
        let open: Vec<Value> = file.open.iter().map(|open| self.open(open)).collect();
        let errors = file.errors.iter();
        let errors = errors.map(|error| json!([self.words.of(&error.message), error.line]));
        let errors: Vec<Value> = errors.collect();
        let diff = file
            .change
            .as_ref()
            .map_or("", |change| change.diff.as_str());
        json!({ "fixes": fixes, "open": open, "errors": errors, "diff": diff })
    }

    fn fix(&mut self, fix: &FixRecord) -> Value {
        let checks = fix.checks.iter();
        let checks =
            checks.map(|check| json!([self.words.of(&check.what), self.words.of(&check.why)]));
        let checks: Vec<Value> = checks.collect();
        let words = [&fix.rule, &fix.safety, &fix.title].map(|word| self.words.of(word));
        json!([words[0], words[1], words[2], fix.line, checks])
    }

    fn open(&mut self, open: &OpenRecord) -> Value {
        let reasons: Vec<usize> = open
            .reasons
            .iter()
            .map(|text| self.words.of(text))
            .collect();
        let words = [&open.rule, &open.kind, &open.message].map(|word| self.words.of(word));
        json!([words[0], words[1], words[2], open.line, reasons])
    }

    /// The last details, all tables, and the script.
    pub fn end(&mut self, about: &About, tables: &Tables) -> String {
        let mut text = self.flush();
        text.push_str(&element("data", &self.data(about, tables)));
        text.push_str(&parts(about).1);
        text
    }

    fn data(&mut self, about: &About, tables: &Tables) -> Value {
        let repositories: Vec<Value> = tables
            .repositories
            .iter()
            .map(|row| {
                let request = row.request.clone().unwrap_or_default();
                json!([
                    row.name,
                    row.url,
                    row.branch,
                    row.commit,
                    number(row.risk),
                    row.files,
                    row.changed,
                    row.held,
                    row.error,
                    request.state,
                    request.url,
                    request.note,
                ])
            })
            .collect();
        for row in &tables.repositories {
            if !row.error.is_empty() {
                self.errors.of(&row.error);
            }
        }
        let spread = |spread: Option<&tables::Spread>| spread.copied().unwrap_or_default();
        let reasons = self.reasons.all.iter().map(|reason| {
            let spread = spread(tables.reasons.get(reason));
            json!([
                reason.kind,
                reason.rule,
                reason.text,
                spread.findings,
                spread.files,
                spread.repositories
            ])
        });
        let bases = self.bases.all.iter().map(|base| {
            let spread = spread(tables.bases.get(base));
            json!([base.before, base.after, spread.files, spread.repositories])
        });
        let errors = self.errors.all.iter().map(|message| {
            let spread = spread(tables.errors.get(message));
            json!([message, spread.files, spread.repositories])
        });
        let (reasons, bases, errors): (Value, Value, Value) =
            (reasons.collect(), bases.collect(), errors.collect());
        let work: Vec<usize> = tables
            .work_list()
            .iter()
            .map(|(reason, _)| self.reasons.of(reason))
            .collect();
        let base_order: Vec<usize> = tables
            .base_images()
            .iter()
            .map(|(base, _)| self.bases.of(base))
            .collect();
        let figures = &tables.figures;
        json!({
            "name": if about.title.is_empty() { "harden" } else { &about.title },
            "chunk": CHUNK,
            "risks": Risk::ALL.map(Risk::as_str),
            "meanings": Risk::ALL.map(Risk::meaning),
            "figures": {
                "files": figures.files,
                "changed_files": figures.changed_files(),
                "changed_repositories": figures.changed_repositories(),
                "safe": figures.safe_fixes,
                "review": figures.review_fixes,
                "held": figures.held,
                "manual": figures.manual,
            },
            "words": self.words.all,
            "work": work,
            "base_order": base_order,
            "reasons": reasons,
            "bases": bases,
            "errors": errors,
            "repositories": repositories,
            "files": self.files,
        })
    }
}

/// The number of a risk in the list that the page gets.
fn number(risk: Risk) -> usize {
    Risk::ALL.iter().position(|one| *one == risk).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_becomes_markup() {
        let hostile = "</script><!--<script>alert(1)</script>\u{2028}{{script}}";
        let text = element("x", &json!([hostile]));
        assert_eq!(text.matches('<').count(), 2, "{text}");
        let json = text.split('>').nth(1).unwrap().split('<').next().unwrap();
        assert_eq!(
            serde_json::from_str::<Value>(json).unwrap(),
            json!([hostile])
        );
        let about = About {
            title: hostile.to_string(),
            profiles: vec![hostile.to_string()],
        };
        let page = start(&about);
        assert!(
            !page.contains("<!--") && !page.contains("alert(1)</script>"),
            "{page}"
        );
    }

    #[test]
    fn the_script_and_the_style_end_where_their_elements_end() {
        assert!(!SCRIPT.contains("</script") && !SCRIPT.contains("<!--"));
        assert!(!STYLE.contains("</style"));
        assert!(!SCRIPT.contains("innerHTML") && !SCRIPT.contains("eval("));
    }
}
