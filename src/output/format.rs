//! The formats for other programs, by name.

use super::parts::Report;
use super::{github, gitlab, json, junit, markdown, overview, sarif, suggestions};
use crate::cli::Format;

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
