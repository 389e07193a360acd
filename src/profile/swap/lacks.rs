//! Programs that the file uses and the new image lacks: installed at its start, as the row says.

use std::collections::BTreeSet;

use super::Site;
use crate::fix::Step;
use crate::profile::format::BaseMap;
use crate::rule::lines;

impl Site<'_, '_> {
    /// The lines that install what is lacking; nothing where nothing is.
    pub(super) fn installed(&self, row: &BaseMap, lacked: &BTreeSet<String>) -> Option<Step> {
        let remedies = || lacked.iter().filter_map(|program| row.lacks.get(program));
        let of = |packages: Vec<&String>| -> BTreeSet<String> {
            let words = packages
                .into_iter()
                .flat_map(|list| list.split_whitespace());
            words.map(String::from).collect()
        };
        let apt = of(remedies().filter_map(|one| one.apt.as_ref()).collect());
        let npm = of(remedies().filter_map(|one| one.npm.as_ref()).collect());
        let pip = of(remedies().filter_map(|one| one.pip.as_ref()).collect());
        let list =
            |packages: &BTreeSet<String>| packages.iter().cloned().collect::<Vec<_>>().join(" ");
        let mut text = Vec::new();
        if !apt.is_empty() {
            text.push(format!(
                "RUN apt-get update && apt-get install -y --no-install-recommends {} && rm -rf /var/lib/apt/lists/*",
                list(&apt)
            ));
        }
        if !npm.is_empty() {
            text.push(format!(
                "RUN npm install -g {} && npm cache clean --force",
                list(&npm)
            ));
        }
        if !pip.is_empty() {
            text.push(format!("RUN pip install --no-cache-dir {}", list(&pip)));
        }
        if text.is_empty() {
            return None;
        }
        let programs: Vec<&str> = lacked.iter().map(String::as_str).collect();
        let why = format!(
            "The file uses `{}`, which the new base image does not have.",
            programs.join("`, `")
        );
        let edit = lines::insert_after(self.model, self.root.from, &text);
        let what = "install what the new base image lacks";
        Some(Step::new(what, Some(why), vec![edit]))
    }
}
