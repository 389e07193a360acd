//! `harden batch`: plans, reports, shards, requests, and what may go wrong with each.

#[path = "batch/applying.rs"]
mod applying;
#[path = "batch/bad_input.rs"]
mod bad_input;
mod common;
#[path = "batch/planning.rs"]
mod planning;
#[path = "common/program.rs"]
#[allow(
    dead_code,
    reason = "each test binary uses its own part of this module"
)]
mod program;
#[path = "batch/reports.rs"]
mod reports;
#[path = "batch/repositories.rs"]
mod repositories;
#[path = "batch/shards.rs"]
mod shards;
