//! The tag that says most precisely which image another tag names: `22.11.0-bookworm` for `22`.

use std::cmp::Reverse;

use harden::model::lock::is_tag;
use harden::syntax::image::ImageReference;

use crate::registry::Client;

/// Digests that are asked for, for one image, before harden gives up.
const MOST_QUESTIONS: usize = 40;

/// Words that say nothing of what is in an image.
const EMPTY_WORDS: [&str; 8] = [
    "latest", "stable", "current", "lts", "mainline", "edge", "main", "release",
];

/// A tag in its parts: `22.11.0-bookworm-slim` has three numbers and two words.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Tag<'t> {
    text: &'t str,
    numbers: Vec<u64>,
    words: Vec<&'t str>,
}

impl<'t> Tag<'t> {
    fn new(text: &'t str) -> Self {
        let (first, rest) = text.split_once('-').unwrap_or((text, ""));
        let version = first.strip_prefix('v').unwrap_or(first);
        let numbers: Option<Vec<u64>> = version.split('.').map(|part| part.parse().ok()).collect();
        let words = |text: &'t str| {
            let words = text.split('-').filter(|word| !word.is_empty());
            words.filter(|word| !EMPTY_WORDS.contains(word)).collect()
        };
        Self {
            text,
            words: words(if numbers.is_some() { rest } else { text }),
            numbers: numbers.unwrap_or_default(),
        }
    }

    /// Whether `other` says all that this one says, and more.
    fn is_refined_by(&self, other: &Self) -> bool {
        let has = |word: &&str| {
            let is_same = |one: &&str| {
                let rest = one.strip_prefix(*word);
                rest.is_some_and(|rest| {
                    rest.is_empty() || rest.starts_with(|c: char| c.is_ascii_digit())
                })
            };
            other.words.iter().any(is_same)
        };
        !other.numbers.is_empty()
            && other.numbers.starts_with(&self.numbers)
            && self.words.iter().all(has)
            && other.precision() > self.precision()
    }

    fn precision(&self) -> (usize, usize, usize) {
        let letters = self.words.iter().map(|word| word.len()).sum();
        (self.numbers.len(), self.words.len(), letters)
    }
}

/// The most precise of the tags that name the same digest, if there is one. Not finding it is no error.
pub(super) fn find(client: &Client, image: &ImageReference, digest: &str) -> Option<String> {
    let name = image.canonical_name();
    let tags = client.tags(&name).ok()?;
    let is_same = |tag: &str| client.digest(&name, tag).is_ok_and(|found| found == digest);
    choose(image.tag().unwrap_or("latest"), &tags, is_same)
}

/// Asks of few tags: first the plainest ones, the newest first; then those of the version that was found.
fn choose(tag: &str, tags: &[String], mut is_same: impl FnMut(&str) -> bool) -> Option<String> {
    let own = Tag::new(tag);
    let all = tags
        .iter()
        .filter(|text| is_tag(text))
        .map(|text| Tag::new(text));
    let mut candidates: Vec<Tag<'_>> = all.filter(|one| own.is_refined_by(one)).collect();
    candidates.sort_by(|one, other| {
        let key = |tag: &Tag<'_>| {
            (
                tag.words.len(),
                Reverse(tag.numbers.clone()),
                tag.text.to_string(),
            )
        };
        key(one).cmp(&key(other))
    });
    let mut ask = |tag: &&Tag<'_>| is_same(tag.text);
    let first = candidates.iter().take(MOST_QUESTIONS).find(&mut ask)?;
    let mut more: Vec<&Tag<'_>> = candidates
        .iter()
        .filter(|one| one.numbers == first.numbers && one.precision() > first.precision())
        .collect();
    more.sort_by_key(|one| Reverse(one.precision()));
    let best = more.into_iter().take(MOST_QUESTIONS).find(&mut ask);
    Some(best.unwrap_or(first).text.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_precise_tag_of_the_same_image_is_found() {
        let tags: Vec<String> = [
            "22",
            "22.11",
            "22.11.0",
            "22.11.0-bookworm",
            "22-bookworm",
            "22.11.0-slim",
            "22.12.0-rc1",
            "22.10.0",
            "22-alpine",
            "22.11.0-alpine",
            "22.11.0-alpine3.20",
            "latest",
            "23.1.0",
            "v1.2.3",
            "current",
            "bookworm",
        ]
        .map(String::from)
        .to_vec();
        let same = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_string()).collect();
            move |tag: &str| names.iter().any(|name| name == tag)
        };
        let full = ["22", "22.11", "22.11.0", "22.11.0-bookworm", "22-bookworm"];
        for (tag, names, wanted) in [
            ("22", &full[..], Some("22.11.0-bookworm")),
            ("22.11.0", &full, Some("22.11.0-bookworm")),
            ("bookworm", &full, Some("22.11.0-bookworm")),
            ("22.11.0-bookworm", &full, None),
            ("latest", &["latest", "current", "23.1.0"], Some("23.1.0")),
            (
                "22-alpine",
                &["22-alpine", "22.11.0-alpine", "22.11.0-alpine3.20"],
                Some("22.11.0-alpine3.20"),
            ),
            ("22-alpine", &["22-alpine", "22.11.0-slim"], None),
            ("22", &["22"], None),
            ("2", &full, None),
        ] {
            assert_eq!(choose(tag, &tags, same(names)).as_deref(), wanted, "{tag}");
        }
    }

    #[test]
    fn not_every_tag_is_asked() {
        let tags: Vec<String> = (0..5000).map(|minor| format!("1.{minor}.0")).collect();
        let mut questions = 0;
        let count = |_: &str| {
            questions += 1;
            false
        };
        assert_eq!(choose("1", &tags, count), None);
        assert_eq!(questions, MOST_QUESTIONS);
    }
}
