//! The formats for other programs: each is told of the files one by one, and gives its text in three parts.

use super::{github, gitlab, json, junit, markdown, overview, sarif, suggestions};
use crate::cli::Format;
use crate::report::{FileReport, Summary};

/// A report in some format. The parts one after another are the report.
pub trait Report {
    fn start(&mut self) -> String {
        String::new()
    }

    fn file(&mut self, report: &FileReport) -> String;

    fn end(&mut self, summary: &Summary) -> String;
}

/// The report of a format; `None` for those that are for people.
pub fn report(format: Format) -> Option<Box<dyn Report>> {
    Some(match format {
        Format::Text | Format::Concise => return None,
        Format::Json => Box::new(json::Json::default()),
        Format::Sarif => Box::new(sarif::Sarif::default()),
        Format::Gitlab => Box::new(gitlab::CodeQuality::default()),
        Format::Github => Box::new(github::Commands),
        Format::GithubSuggestions => Box::new(suggestions::Review::default()),
        Format::GitlabSuggestions => Box::new(suggestions::Discussions::default()),
        Format::Markdown => Box::new(markdown::Markdown::default()),
        Format::Junit => Box::new(junit::Junit),
        Format::Html => Box::new(overview::html::Html::default()),
    })
}

/// Whether a report still tells the truth once the files are changed: those that speak of lines speak of lines as they
/// were.
pub fn goes_with_write(format: Format) -> bool {
    matches!(
        format,
        Format::Text | Format::Concise | Format::Json | Format::Markdown
    )
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
