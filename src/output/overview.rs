//! The report over many repositories: headline figures, what is left to do, base images, and each file. As a page, as Markdown,
//! as JSON, and each table as CSV.
//!
//! Repositories come one by one in their order, and their texts are not kept: a format writes them on as they come.

pub mod csv;
pub mod html;
mod json;
mod markdown;
mod page;
pub mod tables;

use std::io::{self, Write};

use crate::report::record::RepositoryRecord;
pub use tables::Tables;

/// What the report is about.
#[derive(Clone, Debug, Default)]
pub struct About {
    /// The name of the batch; empty for the report of one run.
    pub title: String,
    pub profiles: Vec<String>,
}

/// The formats of the whole report; a table alone is [`csv`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Page,
    Markdown,
    Json,
}

/// Writes a report while the repositories come in.
pub struct Writer<W: Write> {
    kind: Kind,
    about: About,
    tables: Tables,
    page: page::Page,
    is_begun: bool,
    output: W,
}

impl<W: Write> Writer<W> {
    /// # Errors
    /// Where the output does not take it.
    pub fn new(kind: Kind, about: About, mut output: W) -> io::Result<Self> {
        if kind == Kind::Page {
            output.write_all(page::start(&about).as_bytes())?;
        }
        Ok(Self {
            kind,
            about,
            tables: Tables::default(),
            page: page::Page::default(),
            is_begun: false,
            output,
        })
    }

    /// # Errors
    /// Where the output does not take it.
    pub fn repository(&mut self, record: &RepositoryRecord) -> io::Result<()> {
        self.tables.add(record);
        match self.kind {
            Kind::Page => {
                let text = self.page.repository(record);
                self.output.write_all(text.as_bytes())
            }
            Kind::Json => {
                let start = if self.is_begun { ",\n" } else { "" };
                self.is_begun = true;
                let text = match start {
                    "" => json::start(&self.about),
                    start => start.to_string(),
                };
                let record = json::repository(record);
                self.output.write_all(format!("{text}{record}").as_bytes())
            }
            Kind::Markdown => Ok(()),
        }
    }

    /// # Errors
    /// Where the output does not take it.
    pub fn end(mut self) -> io::Result<W> {
        let text = match self.kind {
            Kind::Page => self.page.end(&self.about, &self.tables),
            Kind::Markdown => markdown::text(&self.about, &self.tables),
            Kind::Json if self.is_begun => json::end(&self.tables),
            Kind::Json => json::start(&self.about) + &json::end(&self.tables),
        };
        self.output.write_all(text.as_bytes())?;
        Ok(self.output)
    }
}
