//! `.harden.yaml`: which profiles and rules count for which files of a repository.
//!
//! The nearest file upward counts, at most up to the root of the repository, with what it extends. Patterns of paths are
//! those of `.gitignore`, from the folder of that file.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use harden::engine::RuleSettings;
use harden::fix::Safety;
use harden::profile::library;
use harden::rule::Severity;
use harden::rules;
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use serde::Deserialize;
use serde::de::{self, Deserializer};

use crate::profiles;
use crate::report::Problem;

const NAME: &str = ".harden.yaml";
/// A longer chain of `extends` is a mistake.
const MOST_FILES: usize = 16;

/// A file as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(deserialize_with = "version")]
    #[allow(dead_code, reason = "checked where it is read")]
    version: u32,
    /// A file beside this one.
    extends: Option<String>,
    profiles: Option<Vec<Use>>,
    #[serde(default, with = "serde_with::rust::maps_duplicate_key_is_error")]
    rules: BTreeMap<String, Setting>,
    #[serde(default)]
    allow: Vec<Allow>,
    #[serde(default)]
    targets: Vec<Target>,
    #[serde(default)]
    exclude: Vec<String>,
    baseline: Option<PathBuf>,
}

/// Profiles for the files that fit.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Use {
    #[serde(rename = "use")]
    pub names: Vec<String>,
    /// All files without it.
    #[serde(default)]
    pub paths: Vec<String>,
}

/// `on`, `off`, or what is different about a rule that is on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Setting {
    pub is_on: Option<bool>,
    pub rated: RuleSettings,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ratings {
    #[serde(default)]
    severity: Option<SeverityName>,
    #[serde(default)]
    safety: Option<SafetyName>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum SeverityName {
    Info,
    Low,
    Medium,
    High,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum SafetyName {
    Manual,
    Review,
    Safe,
}

impl<'de> Deserialize<'de> for Setting {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(
            untagged,
            expecting = "`on`, `off`, or a map with `severity` or `safety`"
        )]
        enum Either {
            Switch(String),
            Ratings(Ratings),
        }
        let on = |is_on| Self {
            is_on: Some(is_on),
            ..Self::default()
        };
        match Either::deserialize(deserializer)? {
            Either::Switch(word) if word == "on" => Ok(on(true)),
            Either::Switch(word) if word == "off" => Ok(on(false)),
            Either::Switch(word) => Err(de::Error::custom(format!(
                "`{word}` is neither `on` nor `off`"
            ))),
            Either::Ratings(ratings) => Ok(Self {
                is_on: None,
                rated: RuleSettings {
                    severity: ratings.severity.map(|name| match name {
                        SeverityName::Info => Severity::Info,
                        SeverityName::Low => Severity::Low,
                        SeverityName::Medium => Severity::Medium,
                        SeverityName::High => Severity::High,
                    }),
                    safety: ratings.safety.map(|name| match name {
                        SafetyName::Manual => Safety::Manual,
                        SafetyName::Review => Safety::Review,
                        SafetyName::Safe => Safety::Safe,
                    }),
                },
            }),
        }
    }
}

/// A rule or profile that is allowed in the files that fit.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Allow {
    pub rule: String,
    #[serde(default)]
    pub paths: Vec<String>,
    pub reason: String,
}

/// The stage that is shipped of the files that fit.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    pub paths: Vec<String>,
    pub stage: String,
}

fn version<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    match u32::deserialize(deserializer)? {
        1 => Ok(1),
        other => Err(de::Error::custom(format!(
            "version {other} is not known; this harden reads version 1"
        ))),
    }
}

/// A value, and the file that it comes from.
#[derive(Clone, Debug)]
pub struct Sourced<T> {
    pub value: T,
    pub origin: PathBuf,
}

/// The configuration of a run; empty without a file.
#[derive(Debug, Default)]
pub struct Config {
    /// The folder that patterns start from.
    root: PathBuf,
    /// Each list of patterns, made ready once.
    matchers: HashMap<Vec<String>, Gitignore>,
    excluded: Vec<String>,
    pub profiles: Option<Sourced<Vec<Use>>>,
    pub rules: BTreeMap<String, Sourced<Setting>>,
    pub allow: Vec<Sourced<Allow>>,
    pub targets: Vec<Sourced<Target>>,
    pub exclude: Vec<Sourced<String>>,
    pub baseline: Option<Sourced<PathBuf>>,
}

impl Config {
    /// The configuration of that file, or the nearest one; none where `is_isolated`.
    ///
    /// # Errors
    /// A [`Problem`] with its place where a file cannot be read or is not valid.
    pub fn load(file: Option<&Path>, is_isolated: bool) -> Result<Self, Problem> {
        match file {
            Some(path) => Self::read(path.to_path_buf()),
            None if is_isolated => Ok(Self::default()),
            None => nearest().map_or_else(|| Ok(Self::default()), Self::read),
        }
    }

    /// The configuration that is nearest to an absolute folder.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub fn near(folder: &Path) -> Result<Self, Problem> {
        above(folder, NAME).map_or_else(|| Ok(Self::default()), Self::read)
    }

    fn read(mut path: PathBuf) -> Result<Self, Problem> {
        let mut config = Self {
            root: fs::canonicalize(folder_of(&path)).unwrap_or_default(),
            ..Self::default()
        };
        let mut seen = Vec::new();
        loop {
            let written = read(&path)?;
            seen.push(fs::canonicalize(&path).unwrap_or_else(|_| path.clone()));
            let next = written
                .extends
                .as_ref()
                .map(|name| beside(&path, Path::new(name)));
            config.add(written, &path);
            let Some(next) = next else { break };
            let is_circle = fs::canonicalize(&next).is_ok_and(|next| seen.contains(&next));
            if is_circle || seen.len() >= MOST_FILES {
                let message = format!("{}: a circle of `extends`", path.display());
                return Err(Problem::new(message));
            }
            path = next;
        }
        config.check()?;
        Ok(config)
    }

    /// What stands nearer wins; lists are added to.
    fn add(&mut self, written: Written, origin: &Path) {
        let origin = origin.to_path_buf();
        if self.profiles.is_none() {
            self.profiles = written.profiles.map(|value| sourced(value, &origin));
        }
        for (id, setting) in written.rules {
            let one = self.rules.entry(id);
            one.or_insert_with(|| sourced(setting, &origin));
        }
        let allow = written.allow.into_iter();
        self.allow
            .extend(allow.map(|value| sourced(value, &origin)));
        let targets = written.targets.into_iter();
        self.targets
            .extend(targets.map(|value| sourced(value, &origin)));
        let exclude = written.exclude.into_iter();
        self.exclude
            .extend(exclude.map(|value| sourced(value, &origin)));
        if self.baseline.is_none() {
            let path = written.baseline.map(|path| beside(&origin, &path));
            self.baseline = path.map(|value| sourced(value, &origin));
        }
    }

    /// Refuses what does not exist, and makes the patterns ready.
    fn check(&mut self) -> Result<(), Problem> {
        let ids = || rules::ALL.iter().map(|rule| rule.id);
        for (id, setting) in &self.rules {
            if !ids().any(|one| one == id) {
                let message = format!(
                    "{}: rules: there is no rule `{id}`",
                    setting.origin.display()
                );
                return Err(match library::nearest(id, ids()) {
                    Some(nearest) => {
                        Problem::new(message).help(format!("did you mean `{nearest}`?"))
                    }
                    None => Problem::new(message).help("`harden explain` lists the rules"),
                });
            }
        }
        for one in &self.allow {
            if one.value.reason.trim().is_empty() {
                let (origin, rule) = (one.origin.display(), &one.value.rule);
                return Err(Problem::new(format!(
                    "{origin}: allow: `{rule}` has no reason"
                )));
            }
        }
        let uses = self.profiles.iter().flat_map(|uses| &uses.value);
        let paths = uses.map(|one| &one.paths);
        let paths = paths.chain(self.allow.iter().map(|one| &one.value.paths));
        let paths = paths.chain(self.targets.iter().map(|one| &one.value.paths));
        self.excluded = self.exclude.iter().map(|one| one.value.clone()).collect();
        let all: Vec<Vec<String>> = paths.chain([&self.excluded]).cloned().collect();
        for patterns in all {
            let matcher = self.matcher(&patterns)?;
            self.matchers.insert(patterns, matcher);
        }
        Ok(())
    }

    /// # Errors
    /// A [`Problem`] with a pattern that is none.
    fn matcher(&self, patterns: &[String]) -> Result<Gitignore, Problem> {
        let mut builder = GitignoreBuilder::new(&self.root);
        for pattern in patterns {
            builder.add_line(None, pattern).map_err(|error| {
                Problem::new(format!("`{pattern}` is no pattern of paths: {error}"))
            })?;
        }
        builder
            .build()
            .map_err(|error| Problem::new(error.to_string()))
    }

    /// Whether a file, by its real path, fits one of the patterns. No patterns fit everything.
    pub fn fits(&self, patterns: &[String], path: &Path) -> bool {
        patterns.is_empty() || self.is_among(patterns, path)
    }

    fn is_among(&self, patterns: &[String], path: &Path) -> bool {
        let Ok(inside) = path.strip_prefix(&self.root) else {
            return false;
        };
        let matcher = self.matchers.get(patterns);
        matcher.is_some_and(|matcher| {
            matcher
                .matched_path_or_any_parents(inside, false)
                .is_ignore()
        })
    }

    /// The real folder of the nearest file; empty without one.
    pub fn root(&self) -> &Path {
        &self.root
    }

    pub fn is_excluded(&self, path: &Path) -> bool {
        !self.excluded.is_empty() && self.is_among(&self.excluded, path)
    }
}

fn sourced<T>(value: T, origin: &Path) -> Sourced<T> {
    Sourced {
        value,
        origin: origin.to_path_buf(),
    }
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// A file that another one names.
fn beside(path: &Path, name: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.join(name),
        _ => name.to_path_buf(),
    }
}

/// A profile that a configuration names: a file is beside it.
pub fn profile_name(name: &str, origin: &Path) -> String {
    if profiles::is_file(name) {
        beside(origin, Path::new(name))
            .to_string_lossy()
            .into_owned()
    } else {
        name.to_string()
    }
}

/// The nearest file from the current folder upward. Outside of a repository only the current folder counts.
fn nearest() -> Option<PathBuf> {
    if Path::new(NAME).is_file() {
        return Some(PathBuf::from(NAME));
    }
    above(&std::env::current_dir().ok()?, NAME)
}

/// The nearest file of that name from a folder up to the root of its repository; outside of one only in the folder itself.
pub fn above(folder: &Path, name: &str) -> Option<PathBuf> {
    let is_root = |folder: &Path| folder.join(".git").exists();
    let depth = folder.ancestors().position(is_root).unwrap_or(0);
    let folders = folder.ancestors().take(depth + 1);
    let mut files = folders.map(|folder| folder.join(name));
    files.find(|file| file.is_file())
}

fn read(path: &Path) -> Result<Written, Problem> {
    let name = path.display();
    let text = fs::read_to_string(path)
        .map_err(|error| Problem::io(&format!("cannot read the configuration `{name}`"), &error))?;
    serde_yaml::from_str(&text).map_err(|error| {
        let place = error.location();
        let place = place.map_or(String::new(), |at| {
            format!(":{}:{}", at.line(), at.column())
        });
        let message = library::message(&error.to_string());
        match message.split_once("\nhelp: ") {
            Some((message, help)) => Problem::new(format!("{name}{place}: {message}")).help(help),
            None => Problem::new(format!("{name}{place}: {message}")),
        }
    })
}
