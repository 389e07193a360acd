//! The rules, one module each.

mod add_instead_of_copy;
mod add_url_without_checksum;
mod apk_cache_left;
mod apt_for_scripts;
mod build_tools_shipped;
mod cd_without_effect;
mod docker_in_docker;
mod floating_tag;
mod image_not_scanned;
mod insecure_download;
mod large_uid_log;
mod legacy_env_format;
mod maintainer_instruction;
mod missing_assume_yes;
mod mixed_keyword_case;
mod needless_package;
mod node_cache_left;
mod package_cache_left;
mod package_lists_left;
mod password_as_argument;
mod pip_cache_left;
mod pipe_to_shell;
mod pipe_without_pipefail;
mod plain_http_download;
mod recommended_packages_installed;
mod redundant_target_platform;
mod relative_workdir;
mod repeated_cmd;
mod repeated_entrypoint;
mod repeated_healthcheck;
mod secret_in_arg;
mod secret_in_env;
mod secret_in_variables;
mod security_job_may_fail;
mod setuid_files;
mod shell_form_command;
mod stage_name_case;
mod sudo_as_root;
mod system_upgrade;
mod unpinned_action;
mod unpinned_job_image;
mod unsupported_base;
mod update_alone;
mod world_writable_mode;

use crate::rule::Rule;

/// Every rule, by id. They are asked in this order.
pub const ALL: &[&Rule] = &[
    &add_instead_of_copy::RULE,
    &add_url_without_checksum::RULE,
    &apk_cache_left::RULE,
    &apt_for_scripts::RULE,
    &build_tools_shipped::RULE,
    &cd_without_effect::RULE,
    &docker_in_docker::RULE,
    &floating_tag::RULE,
    &image_not_scanned::RULE,
    &insecure_download::RULE,
    &large_uid_log::RULE,
    &legacy_env_format::RULE,
    &maintainer_instruction::RULE,
    &missing_assume_yes::RULE,
    &mixed_keyword_case::RULE,
    &needless_package::RULE,
    &node_cache_left::RULE,
    &package_cache_left::RULE,
    &package_lists_left::RULE,
    &password_as_argument::RULE,
    &pip_cache_left::RULE,
    &pipe_to_shell::RULE,
    &pipe_without_pipefail::RULE,
    &plain_http_download::RULE,
    &recommended_packages_installed::RULE,
    &redundant_target_platform::RULE,
    &relative_workdir::RULE,
    &repeated_cmd::RULE,
    &repeated_entrypoint::RULE,
    &repeated_healthcheck::RULE,
    &secret_in_arg::RULE,
    &secret_in_env::RULE,
    &secret_in_variables::RULE,
    &security_job_may_fail::RULE,
    &setuid_files::RULE,
    &shell_form_command::RULE,
    &stage_name_case::RULE,
    &sudo_as_root::RULE,
    &system_upgrade::RULE,
    &unpinned_action::RULE,
    &unpinned_job_image::RULE,
    &unsupported_base::RULE,
    &update_alone::RULE,
    &world_writable_mode::RULE,
];

/// The rule of that id.
pub fn find(id: &str) -> Option<&'static Rule> {
    ALL.iter().copied().find(|rule| rule.id == id)
}
