//! `harden gate` on reports of every format: what passes, what fails, what cannot be read.

#[path = "gate/bad_input.rs"]
mod bad_input;
#[path = "gate/cases.rs"]
mod cases;
#[path = "gate/formats.rs"]
mod formats;
#[path = "gate/origins.rs"]
mod origins;
#[path = "gate/reports.rs"]
mod reports;
#[allow(dead_code, reason = "shared with the tests of the command line")]
#[path = "cli/sandbox.rs"]
mod sandbox;
#[path = "gate/streaming.rs"]
mod streaming;
