//! Pipelines: cases with what must come of them, and real files that no change may break.
//!
//! Workflows of GitHub's are read and never changed.
//!
//! A case is `tests/pipelines/<profile>/<case>/in.yml`; other files beside it belong to the same pipeline. What comes of it is in
//! `snapshots/pipelines`: the changed file, and what is told. `HARDEN_UPDATE=1` writes them.

#[path = "pipelines/bad_input.rs"]
mod bad_input;
#[path = "pipelines/cases.rs"]
mod cases;
#[path = "pipelines/corpus.rs"]
mod corpus;

use std::path::PathBuf;

use harden::engine::{Neighbours, Outcome, Plan, harden_pipeline, harden_workflow};
use harden::pipeline::System;
use harden::profile::Profile;
use harden::profile::library;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn profile(name: &str) -> Profile {
    let no_files = |name: &str, _: Option<&str>| Err(format!("no `{name}`"));
    library::resolve(name, &no_files).unwrap_or_else(|error| panic!("{error}"))
}

fn run(profile: &Profile, source: &str, others: &[(String, String)]) -> Outcome {
    let plan = Plan::of(vec![profile]);
    match profile.pipeline.as_ref().map(|one| one.system()) {
        Some(System::Github) => harden_workflow(source, &plan),
        _ => {
            let neighbours = Neighbours {
                files: others.to_vec(),
                has_root: true,
            };
            harden_pipeline(source, &plan, &neighbours)
        }
    }
}
