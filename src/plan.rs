//! From the arguments to what harden looks for.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::SystemTime;

use harden::engine::RuleSettings;
use harden::fix::Safety;
use harden::model::package_facts::Purpose;
use harden::model::{ImageFacts, Pinning};
use harden::pipeline::System;
use harden::profile::library::{self, DEFAULT};
use harden::profile::{self, Profile};
use harden::rule::Rule;
use harden::rules;
use harden::suppress::{Date, Policy};

use crate::cli::{Pin, PlanArguments};
use crate::config::{self, Config};
use crate::discover::{Wanted, is_workflow_path, is_yaml};
use crate::report::Problem;
use crate::{lock, profiles};

/// What counts in a run, for each file.
pub struct Selection<'c> {
    config: &'c Config,
    uses: Vec<Uses>,
    minimum: Safety,
    target: Option<String>,
    policy: Policy,
    ratings: BTreeMap<String, RuleSettings>,
}

/// The profiles and rules of the files that fit.
struct Uses {
    /// All files without patterns.
    paths: Vec<String>,
    profiles: Vec<Profile>,
    rules: Vec<&'static Rule>,
    /// Also of the profiles that `--rule` leaves out.
    strip: Vec<Purpose>,
    wanted: Wanted,
}

/// How a file is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Dockerfile,
    Pipeline,
    Workflow,
}

impl<'c> Selection<'c> {
    /// # Errors
    /// A [`Problem`] with a profile, or with the id of a rule.
    pub fn new(arguments: &PlanArguments, config: &'c Config) -> Result<Self, Problem> {
        let mut uses = Vec::new();
        for (paths, names) in names(arguments, config) {
            let profiles: Result<Vec<Profile>, Problem> =
                names.iter().map(|name| profiles::resolve(name)).collect();
            uses.push((paths, profiles?));
        }
        let all: Vec<&Profile> = uses.iter().flat_map(|(_, profiles)| profiles).collect();
        for id in arguments.rules.iter().chain(&arguments.allowed) {
            known(id, &all)?;
        }
        let settings = config.rules.iter();
        let ratings = settings.map(|(id, setting)| (id.clone(), setting.value.rated));
        Ok(Self {
            config,
            uses: uses
                .into_iter()
                .map(|(paths, profiles)| Uses::new(paths, profiles, arguments, config))
                .collect(),
            minimum: if arguments.safe {
                Safety::Safe
            } else {
                Safety::Review
            },
            target: arguments.target.clone(),
            policy: Policy {
                today: Some(arguments.today.unwrap_or_else(today)),
                ..Policy::default()
            },
            ratings: ratings.collect(),
        })
    }

    /// What the profiles are about.
    pub fn wanted(&self) -> Wanted {
        let all = || self.uses.iter().map(|uses| uses.wanted);
        Wanted {
            dockerfiles: all().any(|one| one.dockerfiles),
            pipelines: all().any(|one| one.pipelines),
            workflows: all().any(|one| one.workflows),
        }
    }

    /// How a file is read, by its real path.
    pub fn kind(&self, path: &Path) -> Kind {
        let wanted = self.wanted();
        match (wanted.pipelines, wanted.workflows) {
            (false, false) => Kind::Dockerfile,
            _ if !is_yaml(path) => Kind::Dockerfile,
            (true, _) if !is_workflow_path(path) => Kind::Pipeline,
            _ => Kind::Workflow,
        }
    }

    /// The plan for a file, by its real path.
    pub fn plan(&self, path: &Path) -> harden::engine::Plan<'_> {
        let config = self.config;
        let uses = self.uses.iter().find(|uses| config.fits(&uses.paths, path));
        let mut targets = config.targets.iter().map(|one| &one.value);
        let target = targets.find(|target| config.fits(&target.paths, path));
        let allow = config.allow.iter().map(|one| &one.value);
        let allow = allow.filter(|allow| config.fits(&allow.paths, path));
        harden::engine::Plan {
            profiles: uses.map_or_else(Vec::new, |uses| uses.profiles.iter().collect()),
            rules: uses.map_or_else(Vec::new, |uses| uses.rules.clone()),
            strip: uses.map_or_else(Vec::new, |uses| uses.strip.clone()),
            minimum: self.minimum,
            target: match &self.target {
                Some(target) => Some(target.clone()),
                None => target.map(|target| target.stage.clone()),
            },
            policy: Policy {
                rules: allow
                    .map(|allow| (allow.rule.clone(), allow.reason.clone()))
                    .collect(),
                ..self.policy.clone()
            },
            ratings: self.ratings.clone(),
        }
    }
}

impl Uses {
    fn new(
        paths: Vec<String>,
        mut profiles: Vec<Profile>,
        arguments: &PlanArguments,
        config: &Config,
    ) -> Self {
        let is_wanted = |id: &str, by_default: bool| {
            let only = &arguments.rules;
            let wanted = (only.is_empty() && by_default) || only.iter().any(|one| one == id);
            wanted && !arguments.allowed.iter().any(|one| one == id)
        };
        let all: Vec<&Profile> = profiles.iter().collect();
        let is_on = |id: &str| {
            let setting = config.rules.get(id).and_then(|setting| setting.value.is_on);
            setting.unwrap_or_else(|| profile::switches_on(id, &all))
        };
        let rules = rules::ALL.iter().copied();
        let rules = rules
            .filter(|rule| is_wanted(rule.id, is_on(rule.id)))
            .collect();
        let strip = profile::strips(&all);
        let systems = || {
            all.iter()
                .map(|one| one.pipeline.as_ref().map(|it| it.system()))
        };
        let wanted = Wanted {
            dockerfiles: all.is_empty() || systems().any(|one| one.is_none()),
            pipelines: systems().any(|one| one == Some(System::Gitlab)),
            workflows: systems().any(|one| one == Some(System::Github)),
        };
        profiles.retain(|profile| is_wanted(&profile.name, true));
        Self {
            paths,
            profiles,
            rules,
            strip,
            wanted,
        }
    }
}

/// Patterns of paths with the names of profiles; the last has no patterns.
fn names(arguments: &PlanArguments, config: &Config) -> Vec<(Vec<String>, Vec<String>)> {
    let mut names = Vec::new();
    if !arguments.profiles.is_empty() {
        return vec![(Vec::new(), arguments.profiles.clone())];
    }
    if let Some(uses) = &config.profiles {
        for one in &uses.value {
            let profiles = one.names.iter();
            let profiles = profiles.map(|name| config::profile_name(name, &uses.origin));
            names.push((one.paths.clone(), profiles.collect()));
        }
    }
    names.push((Vec::new(), vec![DEFAULT.to_string()]));
    names
}

/// The day in UTC.
pub fn today() -> Date {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    Date::from_days(now.map_or(0, |since| since.as_secs() / (24 * 60 * 60)))
}

/// What is known of images: the built-in table, and what the lock says.
///
/// # Errors
/// A [`Problem`] with the lock: it cannot be read, or is needed and not there.
pub fn facts(arguments: &PlanArguments) -> Result<ImageFacts, Problem> {
    facts_with(arguments, Path::new(lock::FILE))
}

/// The same, with another lock where the arguments name none.
///
/// # Errors
/// As [`facts`].
pub fn facts_with(arguments: &PlanArguments, nearest: &Path) -> Result<ImageFacts, Problem> {
    let path = arguments.lock.as_deref().unwrap_or(nearest);
    let found = lock::read(path)?;
    let is_needed = arguments.pin.is_some() || arguments.lock.is_some();
    if found.is_none() && is_needed {
        let message = format!("there is no lock `{}`", path.display());
        return Err(Problem::new(message).help("`harden lock` makes one"));
    }
    let day = arguments.today.unwrap_or_else(today);
    let facts = library::own_facts()
        .with_lock(found.unwrap_or_default())
        .with_today(day.to_string());
    Ok(match arguments.pin {
        None => facts,
        Some(Pin::Tag) => facts.with_pinning(Pinning::Tag),
        Some(Pin::Digest) => facts.with_pinning(Pinning::Digest),
        Some(Pin::Both) => facts.with_pinning(Pinning::Both),
    })
}

fn known(id: &str, profiles: &[&Profile]) -> Result<(), Problem> {
    let ids = || {
        let rules = rules::ALL.iter().map(|rule| rule.id);
        rules.chain(profiles.iter().map(|profile| profile.name.as_str()))
    };
    if ids().any(|one| one == id) {
        return Ok(());
    }
    let problem = Problem::new(format!("no rule or profile of this run is called `{id}`"));
    Err(match library::nearest(id, ids()) {
        Some(nearest) => problem.help(format!("did you mean `{nearest}`?")),
        None => problem.help("`harden explain` lists the rules"),
    })
}
