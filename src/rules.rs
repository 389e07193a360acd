//! The rules, one module each.

mod cd_without_effect;
mod legacy_env_format;
mod maintainer_instruction;
mod relative_workdir;
mod repeated_cmd;
mod repeated_entrypoint;
mod repeated_healthcheck;

use crate::rule::Rule;

/// Every rule, by id. They are asked in this order.
pub const ALL: &[&Rule] = &[
    &cd_without_effect::RULE,
    &legacy_env_format::RULE,
    &maintainer_instruction::RULE,
    &relative_workdir::RULE,
    &repeated_cmd::RULE,
    &repeated_entrypoint::RULE,
    &repeated_healthcheck::RULE,
];

/// The rule of that id.
pub fn find(id: &str) -> Option<&'static Rule> {
    ALL.iter().copied().find(|rule| rule.id == id)
}
