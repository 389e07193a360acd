//! What the plain command would say of the Dockerfiles of a repository.

use std::path::Path;

use harden::model::ImageFacts;

use crate::batch::planner::Harden;
use crate::cli::PlanArguments;
use crate::commands::rewrite::Worker;
use crate::config::{self, Config};
use crate::discover::{self, Place};
use crate::lock;
use crate::plan::{self, Selection};
use crate::profiles;
use crate::report::{FileReport, Problem};

pub struct Folders<'a> {
    arguments: &'a PlanArguments,
    /// `--config` and `--isolated`.
    config: (Option<&'a Path>, bool),
    /// For repositories without a lock of their own.
    facts: ImageFacts,
}

impl<'a> Folders<'a> {
    /// # Errors
    /// A [`Problem`] with the arguments or the lock that they name.
    pub fn new(
        arguments: &'a PlanArguments,
        config: (Option<&'a Path>, bool),
    ) -> Result<Self, Problem> {
        // What is wrong with the arguments is wrong in each repository, and told once.
        let empty = match config {
            (Some(path), _) => Config::load(Some(path), false)?,
            (None, _) => Config::default(),
        };
        Selection::new(arguments, &empty)?;
        Ok(Self {
            arguments,
            config,
            facts: plan::facts(arguments)?,
        })
    }

    /// The names of the profiles of the arguments.
    pub fn profiles(&self) -> Vec<String> {
        let named = self.arguments.profiles.iter();
        named.map(|name| profiles::called(name)).collect()
    }
}

impl Harden for Folders<'_> {
    fn folder(&self, root: &Path) -> Result<Vec<FileReport>, Problem> {
        let config = match self.config {
            (None, false) => Config::near(root)?,
            (file, is_isolated) => Config::load(file, is_isolated)?,
        };
        let selection = Selection::new(self.arguments, &config)?;
        let own = match (&self.arguments.lock, config::above(root, lock::FILE)) {
            (None, Some(path)) => Some(plan::facts_with(self.arguments, &path)?),
            _ => None,
        };
        let facts = own.as_ref().unwrap_or(&self.facts);
        let worker = Worker::of_repository(root, &config, &selection, facts)?;
        let found = discover::in_repository(root, selection.wanted()).into_iter();
        let found = found
            .filter(|one| !matches!(&one.place, Ok(Place::File(path)) if config.is_excluded(path)));
        let reports = found.map(|one| {
            let path = discover::patch_path(&one.path, root);
            let mut report = worker.work(one);
            if report.patch_path.is_absolute() {
                report.patch_path = path;
            }
            report
        });
        Ok(reports.collect())
    }
}
