//! The rows of a profile: what an image is replaced by, and what must be known for it.

use std::collections::BTreeMap;

use serde::de::{self, Deserializer};
use serde::{Deserialize, Serialize};

use super::StageRole;
use crate::profile::pattern::{Pattern, with_holes};
use crate::syntax::image::ImageReference;

/// What an image is replaced by.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BaseMap {
    /// Registry and repository.
    #[serde(deserialize_with = "repository")]
    pub image: String,
    /// Other names of the same image.
    #[serde(default)]
    pub also: Vec<String>,
    /// `8.0` stands for the tag `8.0` and for those that go on after `.` or `-`; the longest that fits wins. One with holes,
    /// `{version}-alpine`, stands for whole tags, and what fills them goes into the target.
    #[serde(with = "serde_with::rust::maps_duplicate_key_is_error")]
    pub tags: BTreeMap<String, Target>,
    /// What a hole of `tags` may be. `version` needs no list: digits with dots between them.
    #[serde(
        default,
        rename = "where",
        with = "serde_with::rust::maps_duplicate_key_is_error"
    )]
    pub choices: BTreeMap<String, Vec<String>>,
    /// Tag patterns (`*`, `?`) that are not replaced, with the reason.
    #[serde(default, with = "serde_with::rust::maps_duplicate_key_is_error")]
    pub hold: BTreeMap<String, String>,
    #[serde(default)]
    pub stage: StageRole,
    /// Whether only images move whose support has ended.
    #[serde(default)]
    pub when: When,
    /// What becomes of stages that the shipped one copies from.
    #[serde(default)]
    pub copies: Copies,
    /// Images whose output runs anywhere, where `copies` is `together`.
    #[serde(default)]
    pub portable: Vec<String>,
    /// Tag patterns of images that are well as they are.
    #[serde(default)]
    pub well: Vec<String>,
    /// Words and parts of paths that cannot follow, with the reason: `/usr/local/lib` wherever it stands, `mysqlclient` as
    /// a word.
    #[serde(default, with = "serde_with::rust::maps_duplicate_key_is_error")]
    pub unfit: BTreeMap<String, String>,
    /// Packages that the new image has, where it has no package manager: lines that install nothing else go.
    #[serde(default)]
    pub brings: Vec<String>,
    /// Folders that are elsewhere in the new image: what is copied there follows.
    #[serde(default, with = "serde_with::rust::maps_duplicate_key_is_error")]
    pub moved: BTreeMap<String, String>,
    /// Programs of the old image that the new one lacks, and what installs them where the file uses them.
    #[serde(default, with = "serde_with::rust::maps_duplicate_key_is_error")]
    pub lacks: BTreeMap<String, Remedy>,
    pub why: Option<String>,
    /// The page of the vendor that lists the targets.
    pub source: Option<String>,
}

/// Which images a row moves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum When {
    #[default]
    Always,
    /// Those whose support has ended.
    Unsupported,
}

/// Whether what other stages make runs on the new image, whatever they are built on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Copies {
    /// It does: assemblies, archives of classes.
    #[default]
    Portable,
    /// It may be compiled for the old image: its stage moves too, by a row for build stages, or nothing moves.
    Together,
    /// Only programs of Go that are linked statically run on it.
    Static,
}

/// How a program that is missing comes into the new image. Without either it cannot, and the swap is held.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Remedy {
    /// Packages of Debian, separated by spaces.
    pub apt: Option<String>,
    /// A package of npm, with its version.
    pub npm: Option<String>,
    /// A package of PyPI.
    pub pip: Option<String>,
}

/// An image reference that has been checked, perhaps with holes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target(String);

impl Target {
    /// As written, holes included.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether holes are left to be filled.
    pub fn has_holes(&self) -> bool {
        self.0.contains('{')
    }

    /// The reference, and the name of a hole that nothing fills.
    pub fn filled<'v>(
        &self,
        value: impl Fn(&str) -> Option<&'v str>,
    ) -> Result<ImageReference, String> {
        let text = with_holes(&self.0, value)?;
        ImageReference::parse(&text).ok_or_else(|| text.clone())
    }
}

impl<'de> Deserialize<'de> for Target {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let sample = with_holes(&text, |_| Some("1")).ok();
        match sample.and_then(|sample| ImageReference::parse(&sample)) {
            Some(_) => Ok(Self(text)),
            None => Err(de::Error::custom(format!("`{text}` is no image reference"))),
        }
    }
}

impl BaseMap {
    /// The rows with holes, the ones that say most first.
    pub(in crate::profile) fn patterns(&self) -> Vec<(Pattern<'_>, &Target)> {
        let mut patterns: Vec<_> = self
            .tags
            .iter()
            .filter(|(tag, _)| tag.contains('{'))
            .map(|(tag, target)| (Pattern::new(tag, &self.choices), target))
            .collect();
        patterns.sort_by_key(|(pattern, _)| std::cmp::Reverse(pattern.literal_length()));
        patterns
    }
}

fn repository<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    match ImageReference::parse(&text) {
        Some(image) if image.tag().is_none() && image.digest().is_none() => {
            Ok(image.canonical_name())
        }
        _ => Err(de::Error::custom(format!(
            "`{text}` is no repository; leave out tag and digest"
        ))),
    }
}
