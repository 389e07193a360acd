//! The `harden` program.
#![forbid(unsafe_code)]

mod cli;
mod commands;
mod discover;
mod internal;
mod output;
mod plan;
mod profiles;
mod read;
mod report;
mod write;

fn main() -> std::process::ExitCode {
    commands::main()
}
