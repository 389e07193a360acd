//! Profiles: the state that a company wants its images to be in, as data.
//!
//! A profile is bound to the lineage of the shipped stage and becomes at most one finding for it: one atomic fix, or the
//! reasons why it is held. What needs logic is a verb (`verbs/`), not YAML.

mod accounts;
mod bind;
mod finding;
pub mod format;
mod holes;
pub mod library;
mod mirror;
mod pattern;
mod ports;
mod rows;
mod swap;
mod together;
mod translate;
mod verbs;

pub use bind::check;
pub use format::{BaseMap, Profile, RuleSwitch, StageRole, Step, Verb};
pub use rows::targets;
pub use verbs::{reads_context, wanted_of_context};

use crate::model::package_facts::Purpose;

/// What packages are for that the profiles want no longer in the image.
pub fn strips(profiles: &[&Profile]) -> Vec<Purpose> {
    let all = profiles.iter().flat_map(|profile| &profile.strip);
    all.copied().collect()
}

/// Whether a rule runs: a profile switches it on, and none switches it off.
pub fn switches_on(id: &str, profiles: &[&Profile]) -> bool {
    let switches = || profiles.iter().filter_map(|profile| profile.rules.get(id));
    switches().any(|switch| *switch == RuleSwitch::On)
        && switches().all(|switch| *switch == RuleSwitch::On)
}
