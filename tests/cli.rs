//! The program as people and scripts see it: screens, exit status, what happens to files.

#[path = "cli/allowing.rs"]
mod allowing;
#[path = "cli/bad_input.rs"]
mod bad_input;
#[path = "cli/config.rs"]
mod config;
#[path = "cli/discovery.rs"]
mod discovery;
#[path = "cli/formats.rs"]
mod formats;
#[path = "cli/formats_schema.rs"]
mod formats_schema;
#[path = "cli/patches.rs"]
mod patches;
#[path = "cli/pipelines.rs"]
mod pipelines;
#[path = "cli/profiles.rs"]
mod profiles;
#[path = "cli/sandbox.rs"]
mod sandbox;
#[path = "cli/screens.rs"]
mod screens;
#[path = "cli/syntax.rs"]
mod syntax;
#[path = "cli/terminal.rs"]
mod terminal;
#[path = "cli/writing.rs"]
mod writing;
