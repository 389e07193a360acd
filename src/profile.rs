//! Profiles: the state that a company wants its images to be in, as data.
//!
//! A profile is bound to the lineage of the shipped stage and becomes at most one finding per lineage: one atomic fix, or
//! the reasons why it is held. What needs logic is a verb (`verbs/`), not YAML.

pub mod format;
pub mod library;

pub use format::{BaseMap, Profile, RuleSwitch, StageRole, Step, Verb};
pub fn check(_: &Profile, _: &crate::model::Model<'_>) -> Vec<crate::rule::Finding> {
    Vec::new()
}
