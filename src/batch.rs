//! A migration over many repositories: a plan that people look at, requests that are exactly that plan, and a journal that
//! outlives whatever ends a run.
//!
//! The folder of a batch has `plan.json`, `report.html`, `journal.jsonl` and `lock`. How a Dockerfile is hardened is not known
//! here: the plain command says it, for one folder.

pub mod apply;
pub mod checkout;
pub mod document;
pub mod filter;
pub mod folder;
pub mod journal;
pub mod merge;
pub mod planner;
pub mod push;
pub mod reporting;
pub mod shard;
pub mod sources;
pub mod wording;
