//! What the formats for other programs have alike: each is told of the files one by one, and gives its text in three parts.

use crate::report::{FileReport, Summary};

/// A report in some format. The parts one after another are the report.
pub trait Report {
    fn start(&mut self) -> String {
        String::new()
    }

    fn file(&mut self, report: &FileReport) -> String;

    fn end(&mut self, summary: &Summary) -> String;
}

/// The items of a JSON list, one on a line.
#[derive(Default)]
pub struct List {
    is_begun: bool,
}

impl List {
    /// What stands before the next item, and the item without raw control characters.
    pub fn item(&mut self, value: &serde_json::Value) -> String {
        let separator = if self.is_begun { ",\n" } else { "\n" };
        self.is_begun = true;
        format!("{separator}{}", super::escape::json(&value.to_string()))
    }
}
