//! From the arguments to what harden looks for.

use std::time::SystemTime;

use harden::fix::Safety;
use harden::profile::library::{self, DEFAULT};
use harden::profile::{Profile, RuleSwitch};
use harden::rule::Rule;
use harden::rules;
use harden::suppress::{Date, Policy};

use crate::cli::PlanArguments;
use crate::profiles;
use crate::report::Problem;

/// The profiles and rules of a run.
pub struct Selection {
    profiles: Vec<Profile>,
    rules: Vec<&'static Rule>,
    minimum: Safety,
    target: Option<String>,
    policy: Policy,
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
            policy: Policy {
                today: Some(arguments.today.unwrap_or_else(today)),
                baseline: Vec::new(),
            },
        })
    }

    pub fn plan(&self) -> harden::engine::Plan<'_> {
        harden::engine::Plan {
            profiles: self.profiles.iter().collect(),
            rules: self.rules.clone(),
            minimum: self.minimum,
            target: self.target.clone(),
            policy: self.policy.clone(),
        }
    }
}

/// The day in UTC.
fn today() -> Date {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    Date::from_days(now.map_or(0, |since| since.as_secs() / (24 * 60 * 60)))
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
