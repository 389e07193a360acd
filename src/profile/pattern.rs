//! Tags with holes: `{version}-alpine`.

use std::collections::BTreeMap;

/// Longer tags than any registry takes.
const LONGEST: usize = 128;

/// A tag in which holes stand for a version or one of a list of words.
pub(super) struct Pattern<'p> {
    parts: Vec<Part<'p>>,
    choices: &'p BTreeMap<String, Vec<String>>,
}

enum Part<'p> {
    Literal(&'p str),
    Hole(&'p str),
}

/// What fills the holes.
pub(super) type Captures<'p, 't> = BTreeMap<&'p str, &'t str>;

impl<'p> Pattern<'p> {
    pub(super) fn new(text: &'p str, choices: &'p BTreeMap<String, Vec<String>>) -> Self {
        Self {
            parts: parts(text),
            choices,
        }
    }

    /// How many bytes of it are no hole.
    pub(super) fn literal_length(&self) -> usize {
        let length = |part: &Part<'_>| match part {
            Part::Literal(text) => text.len(),
            Part::Hole(_) => 0,
        };
        self.parts.iter().map(length).sum()
    }

    /// What fills the holes if the whole tag fits.
    pub(super) fn matches<'t>(&self, tag: &'t str) -> Option<Captures<'p, 't>> {
        let mut captures = Captures::new();
        let fits = tag.len() <= LONGEST && self.fits(&self.parts, tag, &mut captures);
        fits.then_some(captures)
    }

    fn fits<'t>(&self, parts: &[Part<'p>], text: &'t str, captures: &mut Captures<'p, 't>) -> bool {
        let Some((first, rest)) = parts.split_first() else {
            return text.is_empty();
        };
        match first {
            Part::Literal(literal) => text
                .strip_prefix(literal)
                .is_some_and(|behind| self.fits(rest, behind, captures)),
            Part::Hole(name) => {
                let lengths: Vec<usize> = match self.choices.get(*name) {
                    Some(words) => words
                        .iter()
                        .filter(|word| text.starts_with(word.as_str()))
                        .map(String::len)
                        .collect(),
                    None => version(text).into_iter().collect(),
                };
                lengths.into_iter().any(|length| {
                    let (Some(value), Some(behind)) = (text.get(..length), text.get(length..))
                    else {
                        return false;
                    };
                    captures.insert(name, value);
                    self.fits(rest, behind, captures)
                })
            }
        }
    }
}

/// The bytes of digits with single dots between them at the start.
fn version(text: &str) -> Option<usize> {
    let run = text
        .find(|c: char| !(c.is_ascii_digit() || c == '.'))
        .unwrap_or(text.len());
    let version = text.get(..run)?;
    let is_version = version.split('.').all(|part| !part.is_empty());
    is_version.then_some(run)
}

fn parts(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, (name, behind))) = rest
        .split_once('{')
        .and_then(|(before, behind)| Some((before, behind.split_once('}')?)))
    {
        if !before.is_empty() {
            parts.push(Part::Literal(before));
        }
        parts.push(Part::Hole(name));
        rest = behind;
    }
    if !rest.is_empty() {
        parts.push(Part::Literal(rest));
    }
    parts
}

/// The text with its holes filled; the name of the first that has no value.
pub(super) fn with_holes<'v>(
    text: &str,
    value: impl Fn(&str) -> Option<&'v str>,
) -> Result<String, String> {
    let mut filled = String::new();
    for part in parts(text) {
        match part {
            Part::Literal(literal) => filled.push_str(literal),
            Part::Hole(name) => filled.push_str(value(name).ok_or_else(|| name.to_string())?),
        }
    }
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holes_take_versions_and_listed_words() {
        let words = ["bookworm", "bullseye"].map(String::from).to_vec();
        let choices = BTreeMap::from([("release".to_string(), words)]);
        let matches = |pattern: &str, tag: &str| {
            let captures = Pattern::new(pattern, &choices).matches(tag)?;
            Some(captures.values().copied().collect::<Vec<_>>().join(" "))
        };
        let both = "{version}-{release}";
        assert_eq!(
            matches(both, "3.12-bookworm").as_deref(),
            Some("bookworm 3.12")
        );
        assert_eq!(matches("{version}", "3.12.4").as_deref(), Some("3.12.4"));
        for (pattern, tag) in [
            (both, "3.12-jessie"),
            (both, "3.12-bookworm-x"),
            ("{version}", "3.12rc1"),
            ("{version}", "3..12"),
            ("{version}", ""),
            ("{version}", "latest"),
        ] {
            assert_eq!(matches(pattern, tag), None, "{pattern} {tag}");
        }
    }

    #[test]
    fn a_hole_without_a_value_is_named() {
        let value = |name: &str| (name == "version").then_some("22");
        assert_eq!(with_holes("a/{version}", value), Ok("a/22".to_string()));
        assert_eq!(with_holes("{org}/x", value), Err("org".to_string()));
    }
}
