//! Grype's JSON.
//!
//! Source: the models of Grype's JSON presenter. What Grype was told to ignore stands under another key and is not read.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, Visitor};

use super::distinct::{Distinct, Short, Source, some};
use super::finding::{Class, Finding, Fix, Kind, Severity, Text};

/// What was scanned.
#[derive(Deserialize)]
#[serde(expecting = "the object of a source")]
pub struct Scanned {
    #[serde(default, rename = "target", deserialize_with = "target")]
    pub name: Option<Text>,
}

/// A text for folders, an object for images.
fn target<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Text>, D::Error> {
    struct Reader;

    impl<'de> Visitor<'de> for Reader {
        type Value = Option<Text>;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("a text, or the object of an image")
        }

        fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
            Ok(None)
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
            Ok(Some(Text::new(text)))
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut name = None;
            while let Some(key) = map.next_key::<Text>()? {
                match &*key.0 {
                    "userInput" => name = Some(map.next_value()?),
                    _ => drop(map.next_value::<IgnoredAny>()?),
                }
            }
            Ok(name)
        }
    }

    deserializer.deserialize_any(Reader)
}

#[derive(Deserialize)]
#[serde(expecting = "the object of a match")]
pub struct Match {
    vulnerability: Vulnerability,
    artifact: Artifact,
    #[serde(default, rename = "relatedVulnerabilities")]
    related: Option<Short<Related>>,
}

#[derive(Deserialize)]
#[serde(expecting = "the object of a vulnerability")]
struct Vulnerability {
    id: Text,
    #[serde(default)]
    severity: Severity,
    #[serde(default, deserialize_with = "some")]
    fix: Option<Fixed>,
}

#[derive(Deserialize)]
#[serde(expecting = "the object of a fix")]
struct Fixed {
    #[serde(default)]
    versions: Option<Short<Text>>,
    #[serde(default)]
    state: Option<Text>,
}

#[derive(Deserialize)]
#[serde(expecting = "the object of a related vulnerability")]
struct Related {
    id: Text,
}

#[derive(Deserialize)]
#[serde(expecting = "the object of an artifact")]
struct Artifact {
    name: Text,
    #[serde(default)]
    version: Option<Text>,
    #[serde(default, rename = "type")]
    kind: Option<Text>,
    #[serde(default)]
    locations: Option<Short<Location>>,
}

#[derive(Deserialize)]
#[serde(expecting = "the object of a location")]
struct Location {
    #[serde(default)]
    path: Option<Text>,
}

impl From<Fixed> for Fix {
    fn from(fixed: Fixed) -> Self {
        let versions = fixed.versions.unwrap_or_default().0.into_iter();
        let versions: Vec<Box<str>> = versions.filter_map(Text::filled).take(8).collect();
        let state = fixed.state.as_ref().map(|state| &*state.0);
        match state {
            _ if !versions.is_empty() => Self::In(Text::new(&versions.join(", ")).0),
            Some("fixed") => Self::In("a version that the report does not name".into()),
            Some("not-fixed" | "wont-fix") => Self::None,
            _ => Self::Unknown,
        }
    }
}

impl Source for Match {
    fn add_to(self, findings: &mut Distinct) -> Result<(), String> {
        let class = match self.artifact.kind.as_ref().map(|kind| &*kind.0) {
            Some("deb" | "rpm" | "apk" | "alpm" | "portage") => Class::System,
            Some("") | None => Class::Unknown,
            Some(_) => Class::Language,
        };
        let mut locations = self.artifact.locations.unwrap_or_default().0.into_iter();
        let path = locations.next().and_then(|one| one.path);
        let related = self.related.unwrap_or_default().0.into_iter();
        let vulnerability = self.vulnerability;
        let id = vulnerability.id;
        let related = related.map(|one| one.id.0).filter(|one| **one != *id.0);
        findings.push(Finding {
            aliases: related.take(8).collect(),
            class,
            package: self.artifact.name.filled(),
            version: self.artifact.version.and_then(Text::filled),
            fix: vulnerability.fix.map_or(Fix::Unknown, Fix::from),
            place: match class {
                Class::System => None,
                _ => path.and_then(Text::filled),
            },
            ..Finding::new(id, Kind::Vulnerability, vulnerability.severity)
        })
    }
}
