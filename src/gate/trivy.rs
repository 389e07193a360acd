//! Trivy's JSON, schema 2: of images, file systems and configurations.
//!
//! Source: Trivy's documentation of its JSON report. Licences are no findings here.

use serde::Deserialize;
use serde::de::{Deserializer, Error};

use super::distinct::{Distinct, Source, Streamed};
use super::finding::{Class, Finding, Fix, Kind, Severity, Text};

/// 2, the only one that is read.
pub struct SchemaVersion;

impl<'de> Deserialize<'de> for SchemaVersion {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u64::deserialize(deserializer)? {
            2 => Ok(Self),
            other => Err(D::Error::custom(format!(
                "a report of Trivy of schema {other}: this harden reads schema 2"
            ))),
        }
    }
}

/// What was found in one thing that Trivy looked at.
#[derive(Deserialize)]
#[serde(expecting = "the object of a result")]
pub struct Scanned {
    #[serde(default, rename = "Target")]
    target: Option<Text>,
    #[serde(default, rename = "Class")]
    class: Option<Text>,
    #[serde(default, rename = "Vulnerabilities")]
    vulnerabilities: Streamed<Vulnerability>,
    #[serde(default, rename = "Misconfigurations")]
    misconfigurations: Streamed<Misconfiguration>,
    #[serde(default, rename = "Secrets")]
    secrets: Streamed<Secret>,
}

impl Source for Scanned {
    fn add_to(self, findings: &mut Distinct) -> Result<(), String> {
        let class = match self.class.as_ref().map(|class| &*class.0) {
            Some("os-pkgs") => Class::System,
            Some("lang-pkgs") => Class::Language,
            _ => Class::Unknown,
        };
        let target = self.target.and_then(Text::filled);
        let lists = [
            self.vulnerabilities.findings,
            self.misconfigurations.findings,
            self.secrets.findings,
        ];
        let mut all = lists.into_iter().flat_map(Distinct::into_findings);
        all.try_for_each(|mut finding| {
            finding.class = class;
            // The target of system packages is the image itself.
            if class != Class::System && finding.place.is_none() {
                finding.place.clone_from(&target);
            }
            findings.push(finding)
        })
    }
}

#[derive(Deserialize)]
#[serde(expecting = "the object of a vulnerability")]
struct Vulnerability {
    #[serde(rename = "VulnerabilityID")]
    id: Text,
    #[serde(default, rename = "Severity")]
    severity: Severity,
    #[serde(rename = "PkgName")]
    package: Text,
    #[serde(default, rename = "PkgPath")]
    path: Option<Text>,
    #[serde(default, rename = "InstalledVersion")]
    version: Option<Text>,
    #[serde(default, rename = "FixedVersion")]
    fixed: Option<Text>,
}

impl Source for Vulnerability {
    fn add_to(self, findings: &mut Distinct) -> Result<(), String> {
        findings.push(Finding {
            package: self.package.filled(),
            version: self.version.and_then(Text::filled),
            fix: match self.fixed.and_then(Text::filled) {
                Some(version) => Fix::In(version),
                None => Fix::None,
            },
            place: self.path.and_then(Text::filled),
            ..Finding::new(self.id, Kind::Vulnerability, self.severity)
        })
    }
}

#[derive(Deserialize)]
#[serde(expecting = "the object of a misconfiguration")]
struct Misconfiguration {
    #[serde(rename = "ID")]
    id: Text,
    #[serde(default, rename = "AVDID")]
    other_id: Option<Text>,
    #[serde(default, rename = "Severity")]
    severity: Severity,
    #[serde(default, rename = "Status")]
    status: Option<Text>,
    #[serde(default, rename = "CauseMetadata")]
    cause: Cause,
}

/// Where something is.
#[derive(Default, Deserialize)]
#[serde(expecting = "the object of a cause")]
struct Cause {
    #[serde(default, rename = "StartLine")]
    line: Option<u64>,
}

/// One of several findings of a rule in a file: the version tells them apart, and nothing compares it.
fn line(number: Option<u64>) -> Option<Box<str>> {
    number.map(|number| format!("line {number}").into())
}

impl Source for Misconfiguration {
    fn add_to(self, findings: &mut Distinct) -> Result<(), String> {
        let status = self.status.as_ref().map(|status| &*status.0);
        if matches!(status, Some("PASS")) {
            return Ok(());
        }
        findings.push(Finding {
            aliases: self.other_id.and_then(Text::filled).into_iter().collect(),
            version: line(self.cause.line),
            is_suppressed: matches!(status, Some("EXCEPTION")),
            ..Finding::new(self.id, Kind::Misconfiguration, self.severity)
        })
    }
}

#[derive(Deserialize)]
#[serde(expecting = "the object of a secret")]
struct Secret {
    #[serde(rename = "RuleID")]
    id: Text,
    #[serde(default, rename = "Severity")]
    severity: Severity,
    #[serde(default, rename = "StartLine")]
    line: Option<u64>,
}

impl Source for Secret {
    fn add_to(self, findings: &mut Distinct) -> Result<(), String> {
        findings.push(Finding {
            version: line(self.line),
            ..Finding::new(self.id, Kind::Secret, self.severity)
        })
    }
}
