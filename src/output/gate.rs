//! The verdict of `harden gate`, for people and for programs.

mod json;
mod junit;
mod markdown;
mod text;

use std::collections::HashSet;
use std::path::PathBuf;

use harden::gate::{
    Advice, Allow, AllowList, Finding, Fix, Format, ImageVerdict, Judged, Origin, Settings,
    Standing, Verdict,
};
use harden::suppress::Date;

use super::style::Styles;
use crate::cli::GateFormat;
use crate::report::Problem;

/// Findings of one image that are listed where all are asked for; no reader goes through more.
const MOST_LISTED: usize = 10_000;

/// All there is to tell.
pub struct Gate {
    pub settings: Settings,
    /// Whether what a base branch has does not count.
    pub has_base: bool,
    pub is_verbose: bool,
    pub allowed: AllowList,
    pub allow_list: Option<PathBuf>,
    pub notes: AllowNotes,
    pub reports: Vec<Read>,
    pub advised: Option<Advised>,
    /// What could not be read.
    pub problems: Vec<(PathBuf, Problem)>,
}

/// A report that was read.
pub struct Read {
    pub path: PathBuf,
    pub judgement: Judgement,
}

pub struct Judgement {
    pub format: Format,
    pub images: Verdict,
}

/// What the Dockerfile says of the findings that count.
pub struct Advised {
    pub path: PathBuf,
    pub target: Option<String>,
    pub advice: Advice,
}

/// Entries of the allow-list that do nothing.
#[derive(Default)]
pub struct AllowNotes {
    pub expired: Vec<Allow>,
    pub unused: Vec<Allow>,
}

impl AllowNotes {
    pub fn new(list: &AllowList, used: &HashSet<usize>, today: Date) -> Self {
        let mut notes = Self::default();
        for (number, entry) in list.allow.iter().enumerate() {
            if entry.is_expired(today) {
                notes.expired.push(entry.clone());
            } else if !used.contains(&number) {
                notes.unused.push(entry.clone());
            }
        }
        notes
    }
}

impl Gate {
    pub fn images(&self) -> impl Iterator<Item = &ImageVerdict> {
        self.reports.iter().flat_map(|one| &one.judgement.images)
    }

    /// The findings that fail the gate.
    pub fn failing(&self) -> impl Iterator<Item = &Finding> {
        self.images().flat_map(ImageVerdict::failing)
    }

    pub fn counted(&self) -> usize {
        self.images().map(ImageVerdict::counted).sum()
    }

    /// Where a finding is likely from; `None` where there is no Dockerfile to tell.
    fn origin(&self, finding: &Finding) -> Option<Origin> {
        let advised = self.advised.as_ref()?;
        Some(advised.advice.origins.origin(finding))
    }

    /// Why a finding is allowed, if it is.
    fn reason(&self, judged: &Judged) -> Option<&str> {
        match judged.standing {
            Standing::Allowed(Some(number)) => {
                let entry = self.allowed.allow.get(number);
                entry.map(|entry| entry.reason.as_str())
            }
            Standing::Allowed(None) => Some("the report itself accepts it"),
            _ => None,
        }
    }

    /// The last line.
    fn summary(&self) -> String {
        let (counted, unread) = (self.counted(), self.problems.len());
        let threshold = match self.settings.fail_on.as_str() {
            "critical" => "critical".to_string(),
            other => format!("{other} or worse"),
        };
        let new = if self.has_base { "new and " } else { "" };
        let findings = match counted {
            0 => format!("no finding is {new}{threshold}"),
            1 => format!("1 finding is {new}{threshold}"),
            more => format!("{more} findings are {new}{threshold}"),
        };
        match (unread, counted) {
            (0, 0) => format!("passed: {findings}"),
            (0, _) => format!("failed: {findings}"),
            (1, _) => format!("failed: 1 file could not be read; in the others, {findings}"),
            (more, _) => {
                format!("failed: {more} files could not be read; in the others, {findings}")
            }
        }
    }
}

/// The package with its version, if the finding is of one; else the file.
fn thing(finding: &Finding) -> String {
    let parts = match (&finding.package, &finding.place) {
        (Some(package), _) => [Some(package), finding.version.as_ref()],
        (None, place) => [place.as_ref(), finding.version.as_ref()],
    };
    let parts: Vec<&str> = parts.into_iter().flatten().map(|part| &**part).collect();
    parts.join(" ")
}

fn fix(finding: &Finding) -> Option<String> {
    match &finding.fix {
        Fix::In(version) if version.contains(' ') => Some(version.to_string()),
        Fix::In(version) => Some(format!("fixed in {version}")),
        Fix::None => Some("not fixed yet".to_string()),
        Fix::Unknown => None,
    }
}

fn origin_text(origin: Origin) -> Option<String> {
    match origin {
        Origin::BaseImage => Some("likely from the base image".to_string()),
        Origin::Run(line) => Some(format!("likely from the RUN of line {line}")),
        Origin::Application => Some("of the application".to_string()),
        Origin::Unknown => None,
    }
}

/// What the Dockerfile says, a sentence for each origin, without the name of the file.
fn origins(advised: &Advised) -> Vec<String> {
    let advice = &advised.advice;
    let counts = advice.counts.iter();
    counts
        .map(|(origin, count)| match origin {
            Origin::BaseImage => {
                let base = advice.origins.base.as_ref();
                let base = base.map_or(String::new(), |(name, line)| {
                    format!(" `{name}` (line {line})")
                });
                let maybe = match advice.may_come_along {
                    true => ", or came along with what a RUN installs",
                    false => "",
                };
                format!("{count} likely from the base image{base}{maybe}")
            }
            Origin::Run(line) => format!("{count} likely from the RUN of line {line}"),
            Origin::Application => format!("{count} of the application"),
            Origin::Unknown => format!("{count} of which nothing says where they are from"),
        })
        .collect()
}

/// The commands that would likely do something, each with what.
fn commands(advised: &Advised) -> Vec<(String, String)> {
    let path = super::escape::readable(&advised.path);
    let target = advised.target.as_ref();
    let target = target.map_or(String::new(), |stage| {
        format!("--target {} ", shell_word(stage))
    });
    let suggestions = advised.advice.suggestions.iter();
    suggestions
        .map(|one| {
            let command = format!("harden -p {} {target}{}", one.profile, shell_word(&path));
            let base = match &one.base {
                Some(base) => format!("the base image becomes `{base}`"),
                None => "packages leave the image".to_string(),
            };
            (command, format!("likely touches {}: {base}", one.findings))
        })
        .collect()
}

/// A word as a shell reads it as one.
fn shell_word(text: &str) -> String {
    let is_plain = |character: char| character.is_alphanumeric() || "-_./:".contains(character);
    match text.chars().all(is_plain) {
        true => text.to_string(),
        false => format!("'{}'", text.replace('\'', "'\\''")),
    }
}

/// The verdict in a format.
pub fn verdict(gate: &Gate, format: GateFormat, styles: &Styles) -> String {
    match format {
        GateFormat::Text => text::verdict(gate, styles),
        GateFormat::Json => json::verdict(gate),
        GateFormat::Markdown => markdown::verdict(gate),
        GateFormat::Junit => junit::verdict(gate),
    }
}
