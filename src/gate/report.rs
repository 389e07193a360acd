//! One report: which scanner's it is, and what it found.
//!
//! All formats are objects whose keys do not clash, so that one pass over the stream is enough, whatever their order.

use std::fmt;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, Visitor};

use super::distinct::{Distinct, Streamed, some};
use super::finding::{Finding, Text};
use super::{gitlab, grype, sarif, trivy};

/// Whose format a report has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// GitLab's security reports, schema 15.
    Gitlab,
    /// Trivy's JSON, schema 2.
    Trivy,
    Grype,
    /// SARIF 2.1.0
    Sarif,
}

impl Format {
    pub const ALL: [Self; 4] = [Self::Gitlab, Self::Trivy, Self::Grype, Self::Sarif];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Gitlab => "GitLab",
            Self::Trivy => "Trivy",
            Self::Grype => "Grype",
            Self::Sarif => "SARIF",
        }
    }

    /// The key without which it is no such report.
    fn key(self) -> &'static str {
        match self {
            Self::Gitlab => "vulnerabilities",
            Self::Trivy => "SchemaVersion",
            Self::Grype => "matches",
            Self::Sarif => "runs",
        }
    }
}

#[derive(Debug)]
pub struct Report {
    pub format: Format,
    /// What was scanned, where the report says so once for all findings.
    pub image: Option<Box<str>>,
    /// Each once.
    pub findings: Vec<Finding>,
}

/// Reads one report.
///
/// # Errors
/// Where it is not one, or of another version, or says that the scan failed.
pub fn read<'de, D: Deserializer<'de>>(
    deserializer: D,
    format: Option<Format>,
) -> Result<Report, D::Error> {
    let document = deserializer.deserialize_map(DocumentReader)?;
    document.into_report(format).map_err(D::Error::custom)
}

/// An object and nothing else: what serde derives takes a list too.
struct DocumentReader;

impl<'de> Visitor<'de> for DocumentReader {
    type Value = Document;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .write_str("the object of a report: GitLab's, Trivy's of schema 2, Grype's or SARIF")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Document, A::Error> {
        Document::deserialize(MapAccessDeserializer::new(map))
    }
}

/// The keys of all formats.
#[derive(Deserialize)]
struct Document {
    #[serde(default, deserialize_with = "some")]
    version: Option<Version>,

    #[serde(default, deserialize_with = "some")]
    #[allow(dead_code, reason = "a scan that failed is an error where it is read")]
    scan: Option<gitlab::Scan>,
    #[serde(default, deserialize_with = "some")]
    vulnerabilities: Option<Streamed<gitlab::Vulnerability>>,

    #[serde(default, rename = "SchemaVersion", deserialize_with = "some")]
    schema_version: Option<trivy::SchemaVersion>,
    #[serde(default, rename = "ArtifactName")]
    artifact_name: Option<Text>,
    #[serde(default, rename = "Results", deserialize_with = "some")]
    results: Option<Streamed<trivy::Scanned>>,

    #[serde(default, deserialize_with = "some")]
    matches: Option<Streamed<grype::Match>>,
    #[serde(default)]
    source: Option<grype::Scanned>,

    #[serde(default, deserialize_with = "some")]
    runs: Option<Streamed<sarif::Run>>,
}

/// GitLab and SARIF have it under the same key.
enum Version {
    Gitlab,
    Sarif,
}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(VersionReader)
    }
}

struct VersionReader;

impl Visitor<'_> for VersionReader {
    type Value = Version;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("GitLab's schema 15 or SARIF 2.1.0; CycloneDX is not read")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Version, E> {
        match (text, text.split_once('.')) {
            ("2.1.0", _) => Ok(Version::Sarif),
            (_, Some(("15", _))) => Ok(Version::Gitlab),
            _ => Err(E::custom(format!(
                "a report of version `{}`: neither GitLab's schema 15 nor SARIF 2.1.0",
                Text::new(text).0
            ))),
        }
    }
}

impl Document {
    fn into_report(self, wanted: Option<Format>) -> Result<Report, String> {
        let found: Vec<Format> = Format::ALL
            .into_iter()
            .filter(|one| self.has(*one))
            .collect();
        let format = match (wanted, found.as_slice()) {
            (Some(wanted), _) if !self.has(wanted) => {
                let (name, key) = (wanted.as_str(), wanted.key());
                return Err(format!("no report of {name}: it has no `{key}`"));
            }
            (Some(wanted), _) => wanted,
            (None, [format]) => *format,
            (None, []) => {
                let keys = Format::ALL.map(|one| format!("`{}`", one.key())).join(", ");
                return Err(format!("no report that is known: it has none of {keys}"));
            }
            (None, [first, second, ..]) => {
                return Err(format!(
                    "both a report of {} and of {}",
                    first.as_str(),
                    second.as_str()
                ));
            }
        };
        let (image, findings) = match format {
            Format::Gitlab => (None, self.gitlab()?),
            Format::Trivy => {
                let findings = self.results.unwrap_or_default().findings;
                (self.artifact_name, findings)
            }
            Format::Grype => {
                let findings = self.matches.unwrap_or_default().findings;
                (self.source.and_then(|source| source.name), findings)
            }
            Format::Sarif => (None, self.sarif()?),
        };
        Ok(Report {
            format,
            image: image.and_then(Text::filled),
            findings: findings.into_findings(),
        })
    }

    fn has(&self, format: Format) -> bool {
        match format {
            Format::Gitlab => self.vulnerabilities.is_some(),
            Format::Trivy => self.schema_version.is_some(),
            Format::Grype => self.matches.is_some(),
            Format::Sarif => self.runs.is_some(),
        }
    }

    fn gitlab(self) -> Result<Distinct, String> {
        match self.version {
            Some(Version::Gitlab) => {}
            Some(Version::Sarif) => return Err("a report of GitLab with SARIF's version".into()),
            None => return Err("no report of GitLab: it has no `version`".into()),
        }
        Ok(self.vulnerabilities.unwrap_or_default().findings)
    }

    fn sarif(self) -> Result<Distinct, String> {
        match (self.version, self.runs) {
            (Some(Version::Sarif), Some(runs)) => match runs.count {
                0 => Err("SARIF without a run: nothing was scanned".into()),
                _ => Ok(runs.findings),
            },
            (Some(_), _) => Err("SARIF with a version of GitLab".into()),
            _ => Err("SARIF without `version`".into()),
        }
    }
}
