//! The `harden` program.
#![forbid(unsafe_code)]

mod baseline;
mod batch;
mod cli;
mod commands;
mod config;
mod context;
mod discover;
mod forge;
mod git;
mod http;
mod includes;
mod internal;
mod lock;
mod output;
mod plan;
mod profiles;
mod read;
mod registry;
mod report;
mod request;
mod write;

/// A third of the time went into the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    commands::main()
}
