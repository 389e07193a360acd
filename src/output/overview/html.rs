//! `--format html`: the page over the files of one run.

use super::{About, Kind, Writer};
use crate::output::parts::Report;
use crate::output::{diff, escape};
use crate::report::record::{FileRecord, RepositoryRecord};
use crate::report::{FileReport, Summary};

/// Keeps the files until the end: the page has one repository without a name.
#[derive(Default)]
pub struct Html {
    files: Vec<FileRecord>,
}

impl Report for Html {
    fn file(&mut self, report: &FileReport) -> String {
        let mut record = FileRecord::new(&escape::readable(&report.path), report);
        if let Some(change) = &mut record.change {
            change.diff = diff::patch(&report.patch_path, &report.source, &report.outcome.text);
            change.text.clear();
        }
        self.files.push(record);
        String::new()
    }

    fn end(&mut self, _: &Summary) -> String {
        let record = RepositoryRecord {
            files: std::mem::take(&mut self.files),
            ..RepositoryRecord::default()
        };
        let page = Writer::new(Kind::Page, About::default(), Vec::new());
        let page = page.and_then(|mut page| {
            page.repository(&record)?;
            page.end()
        });
        // Memory takes everything.
        String::from_utf8(page.unwrap_or_default()).unwrap_or_default()
    }
}
