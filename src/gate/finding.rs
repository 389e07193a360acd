//! What scanners find, whatever their format.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Visitor};
use sha2::{Digest as _, Sha256};

use crate::digest;

/// How bad a finding is, as the report says. In the order of what a threshold lets through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The scanner does not know, or does not say.
    #[default]
    Unknown,
    /// GitLab's `Info` too.
    Negligible,
    Low,
    Medium,
    High,
    Critical,
}

impl Severity {
    /// From the worst on.
    pub const ALL: [Self; 6] = [
        Self::Critical,
        Self::High,
        Self::Medium,
        Self::Low,
        Self::Negligible,
        Self::Unknown,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Negligible => "negligible",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    pub(super) fn of_word(word: &str) -> Option<Self> {
        let is = |one: &&Self| one.as_str().eq_ignore_ascii_case(word);
        let known = Self::ALL.iter().find(is).copied();
        known.or_else(|| {
            word.eq_ignore_ascii_case("info")
                .then_some(Self::Negligible)
        })
    }
}

impl<'de> Deserialize<'de> for Severity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = Text::deserialize(deserializer)?;
        let unknown = || D::Error::custom(format!("`{}` is no severity", word.shown()));
        Self::of_word(&word.0).ok_or_else(unknown)
    }
}

/// What sort of thing was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    Vulnerability,
    Misconfiguration,
    Secret,
    /// A result of SARIF that names no package.
    Other,
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Vulnerability => "vulnerability",
            Self::Misconfiguration => "misconfiguration",
            Self::Secret => "secret",
            Self::Other => "other",
        }
    }
}

/// Where a package belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Of the distribution.
    System,
    /// Of a programming language.
    Language,
    /// The report does not say.
    Unknown,
}

/// Whether there is a version without the vulnerability.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fix {
    /// In these versions, as the report says it.
    In(Box<str>),
    None,
    /// The report does not say, or it is no question of versions.
    Unknown,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Of the vulnerability or of the rule.
    pub id: Box<str>,
    /// Other names of the vulnerability.
    pub aliases: Box<[Box<str>]>,
    pub kind: Kind,
    pub severity: Severity,
    pub class: Class,
    pub package: Option<Box<str>>,
    pub version: Option<Box<str>>,
    pub fix: Fix,
    /// Where the report names it with each finding; else it is that of the report.
    pub image: Option<Box<str>>,
    /// The file that it is in.
    pub place: Option<Box<str>>,
    /// The report itself has it among what is accepted.
    pub is_suppressed: bool,
}

impl Finding {
    pub fn new(id: Text, kind: Kind, severity: Severity) -> Self {
        Self {
            id: id.0,
            aliases: Box::default(),
            kind,
            severity,
            class: Class::Unknown,
            package: None,
            version: None,
            fix: Fix::Unknown,
            image: None,
            place: None,
            is_suppressed: false,
        }
    }

    /// The id, and its alias if it has one. Of several, none is the same: an advisory has many vulnerabilities.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let alias = match &*self.aliases {
            [alias] => Some(&**alias),
            _ => None,
        };
        std::iter::once(&*self.id).chain(alias)
    }

    /// The same for two findings that are one. What decides whether it counts is part of it, so that no repetition of a
    /// finding can hide a worse one.
    pub(super) fn fingerprint(&self) -> [u8; 16] {
        let fix = match self.fix {
            Fix::In(_) => "in",
            Fix::None => "none",
            Fix::Unknown => "unknown",
        };
        let suppressed = if self.is_suppressed { "suppressed" } else { "" };
        digest(&[
            self.kind.as_str(),
            self.severity.as_str(),
            fix,
            suppressed,
            &self.id,
            self.package.as_deref().unwrap_or_default(),
            self.version.as_deref().unwrap_or_default(),
            self.image.as_deref().unwrap_or_default(),
            self.place.as_deref().unwrap_or_default(),
        ])
    }
}

/// A digest of texts, which cannot run into each other.
pub(super) fn digest(texts: &[&str]) -> [u8; 16] {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update(text.len().to_le_bytes());
        hash.update(text);
    }
    let bytes: [u8; 32] = hash.finalize().into();
    let mut short = [0; 16];
    short
        .iter_mut()
        .zip(bytes)
        .for_each(|(to, from)| *to = from);
    short
}

/// Characters of a text of a report that are kept.
const MOST_CHARACTERS: usize = 200;

/// A text of a report, cut where it is longer than any name; a digest keeps those apart that were cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text(pub Box<str>);

impl Text {
    pub fn new(text: &str) -> Self {
        // No character takes less than a byte, so most texts need no counting.
        let cut = match text.len() > MOST_CHARACTERS {
            true => text.char_indices().nth(MOST_CHARACTERS),
            false => None,
        };
        Self(match cut {
            None => text.into(),
            Some((at, _)) => {
                let digest = digest::sha256(text.as_bytes());
                let (start, digest) = (text.get(..at), digest.get(..16));
                format!(
                    "{}…{}",
                    start.unwrap_or_default(),
                    digest.unwrap_or_default()
                )
                .into()
            }
        })
    }

    /// For messages, in which names stand between backticks.
    pub fn shown(&self) -> String {
        self.0.replace('`', "'")
    }

    /// `None` where it is empty.
    pub fn filled(self) -> Option<Box<str>> {
        (!self.0.is_empty()).then_some(self.0)
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl Visitor<'_> for Reader {
            type Value = Text;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a text")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Text, E> {
                Ok(Text::new(text))
            }
        }

        deserializer.deserialize_str(Reader)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut_and_stay_apart() {
        let long = |end: &str| Text::new(&("ü".repeat(MOST_CHARACTERS) + end)).0;
        assert_eq!(long("").chars().count(), MOST_CHARACTERS);
        assert!(long("a").chars().count() < MOST_CHARACTERS + 20);
        assert_ne!(long("a"), long("b"));
    }

    #[test]
    fn parts_of_a_finding_cannot_run_into_each_other() {
        let finding = |id: &str, package: &str| {
            let mut finding = Finding::new(Text::new(id), Kind::Vulnerability, Severity::Low);
            finding.package = Some(package.into());
            finding.fingerprint()
        };
        assert_ne!(finding("ab", "c"), finding("a", "bc"));
        assert_eq!(finding("ab", "c"), finding("ab", "c"));
    }
}
