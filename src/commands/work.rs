//! From the text of a file to what harden finds in it and makes of it.

use std::path::Path;

use harden::engine::{Plan, WantedOfContext};
use harden::model::{Context, ImageFacts};

use crate::discover::{is_workflow_path, is_yaml};
use crate::plan::Kind;
use crate::report::{FileReport, Problem};
use crate::{context, includes, internal};

/// The outcome of the text of a report. Where it is a file, so is what it copies, or what a
/// pipeline includes.
///
/// A bug of harden in one file is no reason to leave the other files alone.
///
/// # Errors
/// The errors of the text, or the bug.
pub(super) fn harden_safely(
    report: &mut FileReport,
    kind: Kind,
    file: Option<&Path>,
    plan: &Plan<'_>,
    facts: &ImageFacts,
) -> Result<(), Vec<Problem>> {
    let source = &report.source;
    let outcome = internal::catch(|| match kind {
        Kind::Dockerfile => {
            let files = |wanted: &WantedOfContext| match file {
                Some(path) => context::read(path, wanted),
                None => Context::default(),
            };
            harden::engine::harden_with(source, plan, facts, files)
        }
        Kind::Pipeline => {
            let neighbours = file.map(includes::neighbours).unwrap_or_default();
            harden::engine::harden_pipeline(source, plan, &neighbours)
        }
        Kind::Workflow => harden::engine::harden_workflow(source, plan),
    });
    let mut outcome = outcome.map_err(|message| vec![Problem::new(message)])?;
    let errors = std::mem::take(&mut outcome.errors);
    report.outcome = outcome;
    if errors.is_empty() {
        return Ok(());
    }
    let other = file
        .filter(|_| kind == Kind::Dockerfile)
        .and_then(no_dockerfile);
    Err(match other {
        Some(problem) => vec![problem],
        None => errors.into_iter().map(Problem::from).collect(),
    })
}

/// What to do with a file that is a pipeline by its name, and not read as one.
fn no_dockerfile(path: &Path) -> Option<Problem> {
    if !is_yaml(path) {
        return None;
    }
    let profile = match is_workflow_path(path) {
        true => "github-workflows",
        false => "gitlab-ci",
    };
    let help = format!("`-p {profile}` reads such files");
    Some(Problem::new("this is YAML, and no Dockerfile").help(help))
}
