//! From the arguments to what harden looks for.

use std::path::Path;

use harden::fix::Safety;
use harden::model::{ImageFacts, Pinning};
use harden::profile::library::{self, DEFAULT};
use harden::profile::{Profile, RuleSwitch};
use harden::rule::Rule;
use harden::rules;

use crate::cli::{Pin, PlanArguments};
use crate::report::Problem;
use crate::{lock, profiles};

/// The profiles and rules of a run.
pub struct Selection {
    profiles: Vec<Profile>,
    rules: Vec<&'static Rule>,
    minimum: Safety,
    target: Option<String>,
}

impl Selection {
    /// # Errors
    /// A [`Problem`] with a profile, or with the id of a rule.
    pub fn new(arguments: &PlanArguments) -> Result<Self, Problem> {
        let names: Vec<&str> = match arguments.profiles.as_slice() {
            [] => vec![DEFAULT],
            names => names.iter().map(String::as_str).collect(),
        };
        let mut profiles = Vec::new();
        for name in names {
            profiles.push(profiles::resolve(name)?);
        }
        for id in arguments.rules.iter().chain(&arguments.allowed) {
            known(id, &profiles)?;
        }
        let is_wanted = |id: &str, by_default: bool| {
            let only = &arguments.rules;
            let wanted = (only.is_empty() && by_default) || only.iter().any(|one| one == id);
            wanted && !arguments.allowed.iter().any(|one| one == id)
        };
        let rules = rules::ALL.iter().copied();
        let rules = rules
            .filter(|rule| is_wanted(rule.id, is_on(rule.id, &profiles)))
            .collect();
        profiles.retain(|profile| is_wanted(&profile.name, true));
        Ok(Self {
            profiles,
            rules,
            minimum: if arguments.safe {
                Safety::Safe
            } else {
                Safety::Review
            },
            target: arguments.target.clone(),
        })
    }

    pub fn plan(&self) -> harden::engine::Plan<'_> {
        harden::engine::Plan {
            profiles: self.profiles.iter().collect(),
            rules: self.rules.clone(),
            minimum: self.minimum,
            target: self.target.clone(),
        }
    }
}

/// What is known of images: the built-in table, and what the lock says.
///
/// # Errors
/// A [`Problem`] with the lock: it cannot be read, or is needed and not there.
pub fn facts(arguments: &PlanArguments) -> Result<ImageFacts, Problem> {
    let path = arguments.lock.as_deref().unwrap_or(Path::new(lock::FILE));
    let found = lock::read(path)?;
    let is_needed = arguments.pin.is_some() || arguments.lock.is_some();
    if found.is_none() && is_needed {
        let message = format!("there is no lock `{}`", path.display());
        return Err(Problem::new(message).help("`harden lock` makes one"));
    }
    let facts = library::own_facts().with_lock(found.unwrap_or_default());
    Ok(match arguments.pin {
        None => facts,
        Some(Pin::Tag) => facts.with_pinning(Pinning::Tag),
        Some(Pin::Digest) => facts.with_pinning(Pinning::Digest),
        Some(Pin::Both) => facts.with_pinning(Pinning::Both),
    })
}

/// A rule runs where a profile switches it on and none switches it off.
fn is_on(id: &str, profiles: &[Profile]) -> bool {
    let switches = || profiles.iter().filter_map(|profile| profile.rules.get(id));
    switches().any(|switch| *switch == RuleSwitch::On)
        && switches().all(|switch| *switch == RuleSwitch::On)
}

fn known(id: &str, profiles: &[Profile]) -> Result<(), Problem> {
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
