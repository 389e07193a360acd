//! The allow-list: which findings somebody has accepted, why, and until when.

use serde::Deserialize;
use serde::de::{Deserializer, Error};
use wildmatch::WildMatch;

use super::finding::Finding;
use crate::profile::library;
use crate::suppress::Date;

/// Where something is wrong with an allow-list: line and column, from 1, and a message that may end in a line `help: …`.
pub type Fault = (Option<(usize, usize)>, String);

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(
    deny_unknown_fields,
    expecting = "an allow-list: a map with `version` and `allow`"
)]
pub struct AllowList {
    #[serde(deserialize_with = "version")]
    #[allow(dead_code, reason = "checked where it is read")]
    version: u32,
    pub allow: Vec<Allow>,
}

/// One entry.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a map with `id` and `reason`")]
pub struct Allow {
    /// Of the vulnerability or rule, whole.
    #[serde(deserialize_with = "filled")]
    pub id: String,
    /// With `*` and `?`; every package without it.
    #[serde(default)]
    pub package: Option<String>,
    /// With `*` and `?`; every image without it.
    #[serde(default)]
    pub image: Option<String>,
    #[serde(deserialize_with = "filled")]
    pub reason: String,
    /// The last day on which it counts.
    #[serde(default, deserialize_with = "date")]
    pub until: Option<Date>,
}

fn version<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    match u32::deserialize(deserializer)? {
        1 => Ok(1),
        other => Err(D::Error::custom(format!(
            "version {other}: this harden reads version 1"
        ))),
    }
}

fn filled<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    match text.trim() {
        "" => Err(D::Error::custom("an empty text says nothing")),
        text => Ok(text.to_string()),
    }
}

fn date<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Date>, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map(Some).map_err(D::Error::custom)
}

impl AllowList {
    /// # Errors
    /// What is wrong with the text, and where.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        serde_yaml::from_str(text).map_err(|error| {
            let place = error.location().map(|at| (at.line(), at.column()));
            (place, library::message(&error.to_string()))
        })
    }
}

impl Allow {
    pub fn is_expired(&self, today: Date) -> bool {
        self.until.is_some_and(|until| until < today)
    }

    /// Whether the entry is about this finding in that image.
    pub fn fits(&self, finding: &Finding, image: &str) -> bool {
        let is_like = |pattern: &Option<String>, text: Option<&str>| match pattern {
            None => true,
            Some(pattern) => text.is_some_and(|text| WildMatch::new(pattern).matches(text)),
        };
        finding.ids().any(|id| id.eq_ignore_ascii_case(&self.id))
            && is_like(&self.package, finding.package.as_deref())
            && is_like(&self.image, Some(image))
    }
}
