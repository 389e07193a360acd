//! SARIF 2.1.0, as scanners of images write it.
//!
//! The severity is the score of the rule (`security-severity`, on the scale of CVSS), else the level. What the package is,
//! and which version is fixed, stands in the text only: Trivy's and Grype's are read, others have no package.

use std::collections::HashMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};

use super::distinct::{Distinct, Short, Source, some};
use super::finding::{Finding, Fix, Kind, Severity, Text};

#[derive(Deserialize)]
#[serde(expecting = "the object of a run")]
pub struct Run {
    tool: Tool,
    #[serde(default, deserialize_with = "some")]
    results: Option<Short<Outcome>>,
    #[serde(default)]
    invocations: Option<Short<Invocation>>,
    #[serde(default)]
    properties: Option<RunProperties>,
}

#[derive(Deserialize)]
#[serde(expecting = "the object of a tool")]
struct Tool {
    driver: Component,
    #[serde(default)]
    extensions: Option<Short<Component>>,
}

#[derive(Deserialize)]
#[serde(expecting = "the object of a tool component")]
struct Component {
    #[serde(default)]
    name: Option<Text>,
    #[serde(default)]
    rules: Option<Short<Rule>>,
}

#[derive(Deserialize)]
#[serde(expecting = "the object of a rule")]
struct Rule {
    id: Text,
    #[serde(default, rename = "defaultConfiguration")]
    configuration: Option<Configuration>,
    #[serde(default)]
    properties: Option<RuleProperties>,
}

#[derive(Deserialize)]
#[serde(expecting = "the object of a configuration")]
struct Configuration {
    #[serde(default, deserialize_with = "some")]
    level: Option<Level>,
}

#[derive(Deserialize)]
#[serde(expecting = "the object of properties")]
struct RuleProperties {
    #[serde(default, rename = "security-severity", deserialize_with = "some")]
    score: Option<Score>,
}

#[derive(Deserialize)]
#[serde(expecting = "the object of properties")]
struct RunProperties {
    #[serde(default, rename = "imageName")]
    image: Option<Text>,
}

#[derive(Deserialize)]
#[serde(expecting = "the object of an invocation")]
struct Invocation {
    #[serde(rename = "executionSuccessful")]
    is_successful: bool,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Level {
    None,
    Note,
    Warning,
    Error,
}

impl Level {
    fn severity(self) -> Severity {
        match self {
            Self::None => Severity::Negligible,
            Self::Note => Severity::Low,
            Self::Warning => Severity::Medium,
            Self::Error => Severity::High,
        }
    }
}

/// From 0 to 10, a number or the text of one; some write a word.
#[derive(Clone, Copy)]
struct Score(Severity);

impl Score {
    /// The bands of CVSS; 0 is what scanners write where they have none.
    fn of<E: Error>(score: f64) -> Result<Self, E> {
        Ok(Self(match score {
            score if !(0.0..=10.0).contains(&score) => {
                return Err(E::custom(format!("{score} is no score from 0 to 10")));
            }
            score if score >= 9.0 => Severity::Critical,
            score if score >= 7.0 => Severity::High,
            score if score >= 4.0 => Severity::Medium,
            score if score > 0.0 => Severity::Low,
            _ => Severity::Unknown,
        }))
    }
}

impl<'de> Deserialize<'de> for Score {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScoreReader)
    }
}

struct ScoreReader;

impl Visitor<'_> for ScoreReader {
    type Value = Score;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a score from 0 to 10")
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Score, E> {
        Score::of(number)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Score, E> {
        Score::of(f64::from(u8::try_from(number).unwrap_or(u8::MAX)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Score, E> {
        match (text.parse(), Severity::of_word(text)) {
            (Ok(number), _) => Score::of(number),
            (_, Some(severity)) => Ok(Score(severity)),
            _ => Err(E::custom(format!("`{}` is no score", Text::new(text).0))),
        }
    }
}

/// What SARIF calls a result.
#[derive(Deserialize)]
#[serde(expecting = "the object of a result")]
struct Outcome {
    #[serde(default, rename = "ruleId")]
    rule: Option<Text>,
    #[serde(default, rename = "ruleIndex")]
    rule_index: Option<i64>,
    #[serde(default, rename = "rule")]
    reference: Option<RuleReference>,
    #[serde(default)]
    kind: Option<Text>,
    #[serde(default, deserialize_with = "some")]
    level: Option<Level>,
    #[serde(default)]
    properties: Option<RuleProperties>,
    #[serde(default)]
    message: Message,
    #[serde(default)]
    locations: Option<Short<Location>>,
    #[serde(default)]
    suppressions: Option<Short<Suppression>>,
    #[serde(default, rename = "baselineState")]
    baseline: Option<Text>,
}

#[derive(Deserialize)]
#[serde(expecting = "the object of a reference to a rule")]
struct RuleReference {
    #[serde(default)]
    id: Option<Text>,
    #[serde(default)]
    index: Option<i64>,
}

#[derive(Deserialize)]
#[serde(expecting = "the object of a suppression")]
struct Suppression {
    #[serde(default)]
    status: Option<Text>,
}

#[derive(Deserialize)]
#[serde(expecting = "the object of a location")]
struct Location {
    #[serde(default, rename = "physicalLocation")]
    physical: Option<Physical>,
}

#[derive(Deserialize)]
#[serde(expecting = "the object of a physical location")]
struct Physical {
    #[serde(default, rename = "artifactLocation")]
    artifact: Option<Artifact>,
    #[serde(default)]
    region: Option<Region>,
}

#[derive(Deserialize)]
#[serde(expecting = "the object of an artifact location")]
struct Artifact {
    #[serde(default)]
    uri: Option<Text>,
}

#[derive(Deserialize)]
#[serde(expecting = "the object of a region")]
struct Region {
    #[serde(default, rename = "startLine")]
    line: Option<u64>,
}

#[derive(Default, Deserialize)]
#[serde(expecting = "the object of a message")]
struct Message {
    #[serde(default)]
    text: Said,
}

/// What is read in the text of a message.
#[derive(Default)]
struct Said {
    package: Option<Box<str>>,
    version: Option<Box<str>>,
    fixed: Option<Box<str>>,
}

impl Said {
    fn of(text: &str) -> Self {
        let line = |label: &str| {
            let mut lines = text.lines().take(20);
            let value = lines.find_map(|line| line.strip_prefix(label)?.strip_prefix(": "));
            value.map(|value| Text::new(value.trim()).0)
        };
        if text.starts_with("Package: ") {
            return Self {
                package: line("Package"),
                version: line("Installed Version"),
                fixed: Some(line("Fixed Version").unwrap_or_default()),
            };
        }
        let grype = text.split_once(" package: ").and_then(|(before, after)| {
            let (package, rest) = after.split_once(", version ")?;
            let (version, _) = rest.split_once(" was found")?;
            before.contains(" vulnerability in ").then(|| Self {
                package: Text::new(package).filled(),
                version: Text::new(version).filled(),
                fixed: None,
            })
        });
        grype.unwrap_or_default()
    }
}

impl<'de> Deserialize<'de> for Said {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl Visitor<'_> for Reader {
            type Value = Said;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a text")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Said, E> {
                Ok(Said::of(text))
            }
        }

        deserializer.deserialize_str(Reader)
    }
}

/// How the rules of a run are rated.
struct Ratings<'r> {
    /// Of the driver.
    by_index: &'r [Rule],
    by_id: HashMap<&'r str, &'r Rule>,
}

impl<'r> Ratings<'r> {
    fn of(tool: &'r Tool) -> Self {
        let own = tool.driver.rules.as_ref();
        let others = tool.extensions.iter().flat_map(|list| &list.0);
        let others = others.filter_map(|one| one.rules.as_ref());
        let all = own.into_iter().chain(others).flat_map(|rules| &rules.0);
        Self {
            by_index: own.map_or(&[], |rules| &rules.0),
            by_id: all.map(|rule| (&*rule.id.0, rule)).collect(),
        }
    }

    /// The rule of an id, which may have parts behind it.
    fn find(&self, id: Option<&str>, index: Option<i64>) -> Option<&'r Rule> {
        let by_id = |id: &str| self.by_id.get(id).copied();
        let by_part = |id: &str| id.rsplit_once('/').and_then(|(start, _)| by_id(start));
        match id {
            Some(id) => by_id(id).or_else(|| by_part(id)),
            None => self.by_index.get(usize::try_from(index?).ok()?),
        }
    }
}

impl Source for Run {
    fn add_to(self, findings: &mut Distinct) -> Result<(), String> {
        let name = self.tool.driver.name.as_ref();
        let name = name.map_or("a tool", |name| &*name.0);
        let invocations = self.invocations.unwrap_or_default().0;
        if invocations.iter().any(|one| !one.is_successful) {
            return Err(format!("the scan by {name} did not succeed"));
        }
        let Some(results) = self.results else {
            return Err(format!(
                "the run of {name} has no `results`: it did not scan"
            ));
        };
        let ratings = Ratings::of(&self.tool);
        let image = self.properties.and_then(|one| one.image);
        let image = image.and_then(Text::filled);
        for result in results.0 {
            if let Some(mut finding) = result.finding(&ratings) {
                finding.image.clone_from(&image);
                findings.push(finding)?;
            }
        }
        Ok(())
    }
}

/// A result need not name a rule.
const NO_RULE: &str = "no-rule";

/// Grype's rules are called by the vulnerability and the package.
fn without_package(id: Text, package: Option<&str>) -> Text {
    let own = package.and_then(|package| id.0.strip_suffix(package)?.strip_suffix('-'));
    own.map_or_else(|| id.clone(), Text::new)
}

impl Outcome {
    /// `None` where it says that something is as it should be.
    fn finding(self, ratings: &Ratings<'_>) -> Option<Finding> {
        let kind = self.kind.as_ref().map(|kind| &*kind.0);
        let baseline = self.baseline.as_ref().map(|state| &*state.0);
        if matches!(kind, Some("pass" | "notApplicable" | "informational"))
            || baseline == Some("absent")
        {
            return None;
        }
        let (reference, reference_index) = match self.reference {
            Some(reference) => (reference.id, reference.index),
            None => (None, None),
        };
        let id = self.rule.or(reference);
        let index = self.rule_index.or(reference_index);
        let rule = ratings.find(id.as_ref().map(|id| &*id.0), index);
        let id = id.or_else(|| rule.map(|rule| rule.id.clone()));
        let id = id.unwrap_or_else(|| Text::new(NO_RULE));
        let score =
            |properties: &Option<RuleProperties>| properties.as_ref().and_then(|one| one.score);
        let score = score(&self.properties).or_else(|| score(&rule?.properties));
        let configured = || rule?.configuration.as_ref()?.level;
        let severity = match score {
            Some(score) => score.0,
            None => self
                .level
                .or_else(configured)
                .unwrap_or(Level::Warning)
                .severity(),
        };
        let mut locations = self.locations.unwrap_or_default().0.into_iter();
        let physical = locations.next().and_then(|one| one.physical);
        let (artifact, region) = match physical {
            Some(one) => (one.artifact, one.region),
            None => (None, None),
        };
        let suppressions = self.suppressions.unwrap_or_default().0;
        let is_accepted = |one: &Suppression| {
            let status = one.status.as_ref().map(|status| &*status.0);
            matches!(status, None | Some("accepted"))
        };
        let said = self.message.text;
        let id = without_package(id, said.package.as_deref());
        let kind = match said.package {
            Some(_) => Kind::Vulnerability,
            None => Kind::Other,
        };
        let line = || Some(format!("line {}", region?.line?).into());
        Some(Finding {
            version: said.version.or_else(line),
            package: said.package,
            fix: match said.fixed {
                Some(version) if version.is_empty() => Fix::None,
                Some(version) => Fix::In(version),
                None => Fix::Unknown,
            },
            place: artifact.and_then(|one| one.uri).and_then(Text::filled),
            is_suppressed: !suppressions.is_empty() && suppressions.iter().all(is_accepted),
            ..Finding::new(id, kind, severity)
        })
    }
}
