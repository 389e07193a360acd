//! GitLab's security reports, schema 15: container scanning, and the others that look like it.
//!
//! Source: the container scanning schema of GitLab's security report schemas.

use serde::Deserialize;

use super::distinct::{Distinct, Short, Source};
use super::finding::{Finding, Fix, Kind, Severity, Text};

/// A scan that has succeeded.
#[derive(Deserialize)]
#[serde(try_from = "WrittenScan")]
pub struct Scan;

#[derive(Deserialize)]
#[serde(expecting = "the object of a scan")]
struct WrittenScan {
    #[serde(default)]
    status: Option<Text>,
    #[serde(default)]
    messages: Option<Short<Message>>,
}

#[derive(Deserialize)]
#[serde(expecting = "the object of a message")]
struct Message {
    #[serde(default)]
    level: Option<Text>,
    #[serde(default)]
    value: Option<Text>,
}

impl TryFrom<WrittenScan> for Scan {
    type Error = String;

    fn try_from(scan: WrittenScan) -> Result<Self, String> {
        let messages = scan.messages.unwrap_or_default().0;
        let is_fatal =
            |message: &&Message| message.level.as_ref().is_some_and(|one| &*one.0 == "fatal");
        let fatal = messages.iter().find(is_fatal);
        let said = fatal.and_then(|message| message.value.as_ref());
        let said = said.map_or(String::new(), |said| format!(": {}", said.0));
        match scan.status {
            Some(status) if &*status.0 != "success" => Err(format!(
                "the scan did not succeed: its status is `{}`{said}",
                status.0
            )),
            _ if fatal.is_some() => Err(format!("the scan did not succeed{said}")),
            _ => Ok(Self),
        }
    }
}

#[derive(Deserialize)]
#[serde(expecting = "the object of a vulnerability")]
pub struct Vulnerability {
    #[serde(default)]
    severity: Severity,
    identifiers: Short<Identifier>,
    #[serde(default)]
    solution: Option<Text>,
    #[serde(default)]
    location: Location,
}

#[derive(Deserialize)]
#[serde(expecting = "the object of an identifier")]
struct Identifier {
    name: Text,
}

#[derive(Default, Deserialize)]
#[serde(expecting = "the object of a location")]
struct Location {
    #[serde(default)]
    image: Option<Text>,
    #[serde(default)]
    dependency: Option<Dependency>,
    #[serde(default)]
    file: Option<Text>,
}

#[derive(Deserialize)]
#[serde(expecting = "the object of a dependency")]
struct Dependency {
    #[serde(default)]
    package: Option<Package>,
    #[serde(default)]
    version: Option<Text>,
}

#[derive(Deserialize)]
#[serde(expecting = "the object of a package")]
struct Package {
    #[serde(default)]
    name: Option<Text>,
}

/// What stands in place of a solution where there is none.
const NO_SOLUTION: &str = "No solution provided";

impl Source for Vulnerability {
    fn add_to(self, findings: &mut Distinct) -> Result<(), String> {
        let mut names = self.identifiers.0.into_iter().map(|one| one.name);
        let Some(id) = names.next() else {
            return Err("a vulnerability without an identifier".to_string());
        };
        let dependency = self.location.dependency;
        let (package, version) = match dependency {
            Some(one) => (one.package.and_then(|one| one.name), one.version),
            None => (None, None),
        };
        let solution = self.solution.and_then(Text::filled);
        let filled = |text: Option<Text>| text.and_then(Text::filled);
        findings.push(Finding {
            aliases: names.filter_map(Text::filled).take(8).collect(),
            package: filled(package),
            version: filled(version),
            fix: match solution {
                Some(text) if &*text != NO_SOLUTION => Fix::In(text),
                _ => Fix::None,
            },
            image: filled(self.location.image),
            place: filled(self.location.file),
            ..Finding::new(id, Kind::Vulnerability, self.severity)
        })
    }
}
