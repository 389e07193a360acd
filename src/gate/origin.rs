//! Where vulnerable packages likely come from, and which profiles would do something about them.
//!
//! Likely: a package that no RUN of the shipped image names is of the base image, or came along with one that is named.

use std::collections::{BTreeMap, BTreeSet};

use super::finding::{Class, Finding, Kind};
use crate::engine::{self, Plan, WantedOfContext};
use crate::model::package_facts::{self, Family};
use crate::model::packages::{Action, PackageManager};
use crate::model::{Base, Context, Fact, ImageFacts, Model};
use crate::profile::library::{self, BUILT_IN};
use crate::rule::Survey;
use crate::syntax;
use crate::text::LineIndex;

/// Where a package is likely from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    BaseImage,
    /// The line of the RUN that installs it.
    Run(usize),
    /// A package of a language.
    Application,
    /// Not a package, or of an image that does not say.
    Unknown,
}

/// What a Dockerfile says of the packages in its image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origins {
    /// As FROM names it, before variables are replaced where they cannot be; and its line.
    pub base: Option<(String, usize)>,
    /// The line of the RUN that installs each package, also those that it only recommends.
    installed: BTreeMap<String, usize>,
}

impl Origins {
    /// # Errors
    /// Why the file cannot be read.
    pub fn of(source: &str, target: Option<&str>, facts: &ImageFacts) -> Result<Self, String> {
        let file = syntax::parse(source);
        let lines = LineIndex::new(source);
        if let Some(error) = file.errors.first() {
            let line = lines.position(source, error.span.start).line;
            return Err(format!("line {line}: {}", error.message));
        }
        let model = Model::new(&file, facts, target)?;
        let root = model.shipped().and_then(|stage| model.root_of(stage));
        let base = root.map(|stage| {
            let name = match &stage.base {
                Base::Image(Fact::Known(image, _)) => image.as_str().to_string(),
                _ => stage.base_span.slice(source).to_string(),
            };
            (name, lines.position(source, stage.base_span.start).line)
        });
        let lineage: BTreeSet<usize> = model.lineage().iter().map(|stage| stage.index).collect();
        let mut installed = BTreeMap::new();
        let survey = Survey::of(&model);
        for run in survey.package_runs(PackageManager::is_system) {
            if !lineage.contains(&run.stage.index) {
                continue;
            }
            for command in run.doing(&[Action::Install, Action::Remove]) {
                let line = lines.position(source, command.span().start).line;
                let packages = command.packages.iter();
                for name in packages.filter_map(|package| package.name.as_deref()) {
                    if command.action == Action::Remove {
                        installed.remove(name);
                        continue;
                    }
                    installed.insert(name.to_string(), line);
                    let known = match command.manager.is_debian() {
                        true => package_facts::find(Family::Debian, name),
                        false => None,
                    };
                    let is_alone = command.has_option(&["--no-install-recommends"]);
                    let more = known.filter(|_| !is_alone).into_iter();
                    for name in more.flat_map(|one| one.recommends.iter()) {
                        installed.entry(name.to_string()).or_insert(line);
                    }
                }
            }
        }
        Ok(Self { base, installed })
    }

    pub fn origin(&self, finding: &Finding) -> Origin {
        let Some(package) = &finding.package else {
            return Origin::Unknown;
        };
        if finding.kind != Kind::Vulnerability {
            return Origin::Unknown;
        }
        match (finding.class, self.installed.get(&**package)) {
            (Class::Language, _) => Origin::Application,
            (_, Some(line)) => Origin::Run(*line),
            (Class::System, None) => Origin::BaseImage,
            (Class::Unknown, None) => Origin::Unknown,
        }
    }

    /// Whether RUNs install packages that may have brought others along.
    pub fn has_installed(&self) -> bool {
        !self.installed.is_empty()
    }
}

/// A profile that would likely do something about some findings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    pub profile: String,
    /// How many findings it would likely touch.
    pub findings: usize,
    /// The base image that it would write, where it swaps it.
    pub base: Option<String>,
}

/// What a Dockerfile says of the findings that fail the gate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Advice {
    pub origins: Origins,
    /// How many findings are likely from where.
    pub counts: BTreeMap<Origin, usize>,
    /// The one that touches the most comes first.
    pub suggestions: Vec<Suggestion>,
    /// Whether what is said to be from the base image may have come along with what a RUN installs.
    pub may_come_along: bool,
}

impl Advice {
    /// Asks the engine what each built-in profile makes of the file. `read` gives what is wanted of its build context.
    ///
    /// # Errors
    /// Why the file cannot be read.
    pub fn new<'f>(
        source: &str,
        target: Option<&str>,
        facts: &ImageFacts,
        findings: impl Iterator<Item = &'f Finding>,
        read: impl Fn(&WantedOfContext) -> Context,
    ) -> Result<Self, String> {
        let before = Origins::of(source, target, facts)?;
        // Many findings are of one package, and the file knows packages only.
        let mut packages: BTreeMap<(Origin, Box<str>), usize> = BTreeMap::new();
        let mut counts: BTreeMap<Origin, usize> = BTreeMap::new();
        for finding in findings {
            let origin = before.origin(finding);
            *counts.entry(origin).or_default() += 1;
            let package = finding.package.clone().unwrap_or_default();
            *packages.entry((origin, package)).or_default() += 1;
        }
        let mut advice = Self {
            may_come_along: before.has_installed() && counts.contains_key(&Origin::BaseImage),
            counts,
            ..Self::default()
        };
        for (name, _) in BUILT_IN {
            let Some(text) = hardened(name, source, target, facts, &read) else {
                continue;
            };
            // What harden writes can be read again: the engine has checked it.
            let after = Origins::of(&text, target, facts).unwrap_or_default();
            let name_of = |origins: &Origins| origins.base.as_ref().map(|(name, _)| name.clone());
            let is_swapped = name_of(&after) != name_of(&before);
            let is_touched = |origin: Origin, package: &str| match origin {
                Origin::BaseImage => is_swapped,
                Origin::Run(_) => !after.installed.contains_key(package),
                Origin::Application | Origin::Unknown => false,
            };
            let touched = packages.iter();
            let touched = touched.filter(|((origin, package), _)| is_touched(*origin, package));
            let findings = touched.map(|(_, count)| count).sum();
            if findings > 0 {
                advice.suggestions.push(Suggestion {
                    profile: name.to_string(),
                    findings,
                    base: name_of(&after).filter(|_| is_swapped),
                });
            }
        }
        advice
            .suggestions
            .sort_by_key(|one| std::cmp::Reverse(one.findings));
        advice.origins = before;
        Ok(advice)
    }
}

/// The file as the profile would have it; `None` where it changes nothing.
fn hardened(
    name: &str,
    source: &str,
    target: Option<&str>,
    facts: &ImageFacts,
    read: &impl Fn(&WantedOfContext) -> Context,
) -> Option<String> {
    let profile = library::resolve(name, &|name, _| Err(name.to_string())).ok()?;
    let mut plan = Plan::of(vec![&profile]);
    plan.target = target.map(String::from);
    let outcome = engine::harden_with(source, &plan, facts, |wanted| read(wanted));
    outcome.is_changed().then_some(outcome.text)
}
