//! The rules, one module each.

mod cd_without_effect;
mod insecure_download;
mod legacy_env_format;
mod maintainer_instruction;
mod pipe_to_shell;
mod plain_http_download;
mod relative_workdir;
mod repeated_cmd;
mod repeated_entrypoint;
mod repeated_healthcheck;
mod shell_form_command;

use crate::rule::Rule;

/// Every rule, by id. They are asked in this order.
pub const ALL: &[&Rule] = &[
    &cd_without_effect::RULE,
    &insecure_download::RULE,
    &legacy_env_format::RULE,
    &maintainer_instruction::RULE,
    &pipe_to_shell::RULE,
    &plain_http_download::RULE,
    &relative_workdir::RULE,
    &repeated_cmd::RULE,
    &repeated_entrypoint::RULE,
    &repeated_healthcheck::RULE,
    &shell_form_command::RULE,
];

/// The rule of that id.
pub fn find(id: &str) -> Option<&'static Rule> {
    ALL.iter().copied().find(|rule| rule.id == id)
}
