//! What harden finds in a document that an editor has open, with what counts in the folder of its file.

use std::path::{Path, PathBuf};

use gen_lsp_types::Uri;
use percent_encoding::percent_decode_str;

use crate::baseline::Baseline;
use crate::cli::PlanArguments;
use crate::commands::explain;
use crate::commands::work::harden_safely;
use crate::config::{self, Config};
use crate::plan::{self, Kind, Selection};
use crate::report::{FileReport, Problem};
use crate::{discover, includes, lock, read};

/// The arguments of the server: what counts beside the configuration of each file.
pub struct Checker<'a> {
    pub arguments: &'a PlanArguments,
    /// `--config` and `--isolated`.
    pub config: (Option<&'a Path>, bool),
}

/// What was found, and the pages of the profiles that were asked.
#[derive(Default)]
pub struct Checked {
    pub report: FileReport,
    pub profile_pages: Vec<(String, String)>,
}

impl Checker<'_> {
    /// Configuration, profiles and lock are read each time, so that a change of them counts with the next change of the
    /// document.
    pub fn check(&self, uri: &Uri, text: String) -> Checked {
        let mut checked = Checked::default();
        let result = read::text(text.into_bytes()).map_err(|problem| vec![problem]);
        let result = result.and_then(|text| {
            checked.report.source = text;
            self.fill(&mut checked, &real_path(uri))
        });
        if let Err(problems) = result {
            checked.report.problems = problems;
        }
        checked
    }

    fn fill(&self, checked: &mut Checked, path: &Path) -> Result<(), Vec<Problem>> {
        let one = |problem: Problem| vec![problem];
        let folder = path.parent().unwrap_or(Path::new("/"));
        let config = match self.config {
            (None, false) => Config::near(folder),
            (file, is_isolated) => Config::load(file, is_isolated),
        };
        let config = config.map_err(one)?;
        if config.is_excluded(path) {
            return Ok(());
        }
        let selection = Selection::new(self.arguments, &config).map_err(one)?;
        let Some(kind) = kind(&selection, path) else {
            return Ok(());
        };
        let lock = config::above(folder, lock::FILE).unwrap_or_else(|| folder.join(lock::FILE));
        let facts = plan::facts_with(self.arguments, &lock).map_err(one)?;
        let mut plan = selection.plan(path);
        checked.report.patch_path = discover::patch_path(path, config.root());
        if let Some(baseline) = &config.baseline {
            let baseline = Baseline::read(&baseline.value).map_err(one)?;
            plan.policy.baseline = baseline.of(&checked.report.patch_path);
        }
        let pages = plan.profiles.iter();
        let pages = pages.map(|one| (one.name.clone(), explain::profile_page(one)));
        checked.profile_pages = pages.collect();
        harden_safely(&mut checked.report, kind, Some(path), &plan, &facts)
    }
}

/// How the file of a document is read; nothing for YAML that would not be found in its folder. Editors send all of it.
fn kind(selection: &Selection<'_>, path: &Path) -> Option<Kind> {
    match selection.kind(path) {
        Kind::Dockerfile => (!discover::is_yaml(path)).then_some(Kind::Dockerfile),
        Kind::Pipeline => includes::is_part(path).then_some(Kind::Pipeline),
        Kind::Workflow => discover::is_workflow_path(path).then_some(Kind::Workflow),
    }
}

/// The file of a document. One that was never saved counts as a Dockerfile in the current folder.
fn real_path(uri: &Uri) -> PathBuf {
    let path = file_path(&uri.0).unwrap_or_else(|| PathBuf::from("Dockerfile"));
    let path = std::path::absolute(&path).unwrap_or(path);
    let folder = path.parent().map(std::fs::canonicalize);
    match (std::fs::canonicalize(&path), folder, path.file_name()) {
        (Ok(real), _, _) => real,
        (Err(_), Some(Ok(folder)), Some(name)) => folder.join(name),
        _ => path,
    }
}

/// The path that a `file:` URI names on this machine.
fn file_path(uri: &str) -> Option<PathBuf> {
    let rest = uri.strip_prefix("file://")?;
    let path = rest.strip_prefix("localhost").unwrap_or(rest);
    if !path.starts_with('/') {
        return None;
    }
    let bytes: Vec<u8> = percent_decode_str(path).collect();
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStringExt as _;
        Some(std::ffi::OsString::from_vec(bytes).into())
    }
    #[cfg(not(unix))]
    {
        let text = String::from_utf8(bytes).ok()?;
        Some(PathBuf::from(text.strip_prefix('/')?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn uris_of_files_are_paths() {
        let path = |uri| file_path(uri).map(|path| path.to_string_lossy().into_owned());
        let some = |text: &str| Some(text.to_string());
        assert_eq!(path("file:///a%20b/D%C3%BC%23"), some("/a b/D\u{fc}#"));
        assert_eq!(path("file://localhost/a"), some("/a"));
        for uri in [
            "file://host/a",
            "untitled:Untitled-1",
            "http://a/b",
            "file:x",
            "",
        ] {
            assert_eq!(path(uri), None, "{uri}");
        }
    }
}
