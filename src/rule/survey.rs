//! What several rules ask of one model, worked out once.

use std::cell::OnceCell;
use std::ops::Deref;

use super::packages::{self, Lists, PackageRun};
use crate::model::Model;
use crate::model::packages::PackageManager;

/// A model, with what has been worked out about it so far.
pub struct Survey<'m> {
    model: &'m Model<'m>,
    package_runs: OnceCell<Vec<PackageRun<'m>>>,
    lists: OnceCell<Lists>,
}

impl<'m> Survey<'m> {
    pub fn of(model: &'m Model<'m>) -> Self {
        Self {
            model,
            package_runs: OnceCell::new(),
            lists: OnceCell::new(),
        }
    }

    /// The RUNs that call a package manager of which the question is true, in the order of the file.
    pub fn package_runs(&self, is_asked: impl Fn(PackageManager) -> bool) -> Vec<&PackageRun<'m>> {
        let all = self
            .package_runs
            .get_or_init(|| packages::package_runs(self.model));
        let calls = |run: &&PackageRun<'m>| run.commands.iter().any(|one| is_asked(one.manager));
        all.iter().filter(calls).collect()
    }

    /// Who needs the package lists of apt behind each instruction.
    pub fn lists(&self) -> &Lists {
        self.lists.get_or_init(|| Lists::of(self.model))
    }
}

impl<'m> Deref for Survey<'m> {
    type Target = Model<'m>;

    fn deref(&self) -> &Model<'m> {
        self.model
    }
}
