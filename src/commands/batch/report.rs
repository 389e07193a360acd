//! `harden batch report`: the plan, and what became of it, in another format.

use std::io;

use crate::batch::document::Plan;
use crate::batch::folder::Folder;
use crate::batch::journal::Known;
use crate::batch::{planner, reporting};
use crate::cli::batch::{BatchFormat, BatchReport, BatchTable};
use crate::commands::{Status, output_error};
use crate::output::Screen;
use crate::output::overview::{Kind, csv};
use crate::report::{Problem, io_message};

pub fn run(arguments: &BatchReport, screen: &mut Screen) -> anyhow::Result<Status> {
    let folder = Folder::of(&arguments.batch);
    let path = if arguments.batch.is_file() {
        arguments.batch.clone()
    } else {
        folder.plan()
    };
    let plan = Plan::open(&path)?;
    let known = Known::read(&folder.journal())?;
    match &arguments.output {
        None => {
            let mut bytes = Vec::new();
            write(arguments, &plan, &known, &mut bytes).map_err(output_error)?;
            screen
                .print(&String::from_utf8_lossy(&bytes))
                .map_err(output_error)?;
        }
        Some(path) => {
            let written = planner::whole(path, |output| write(arguments, &plan, &known, output));
            written.map_err(|error| {
                Problem::new(format!(
                    "cannot write `{}`: {}",
                    path.display(),
                    io_message(&error)
                ))
            })?;
        }
    }
    Ok(Status::Done)
}

fn write(
    arguments: &BatchReport,
    plan: &Plan,
    known: &Known,
    output: &mut dyn io::Write,
) -> io::Result<()> {
    let kind = match arguments.format {
        BatchFormat::Html => Kind::Page,
        BatchFormat::Markdown => Kind::Markdown,
        BatchFormat::Json => Kind::Json,
        BatchFormat::Csv => {
            let text = reporting::table(table(arguments.table), plan, known)?;
            return output.write_all(text.as_bytes());
        }
    };
    reporting::write(kind, plan, known, output)
}

fn table(table: BatchTable) -> csv::Table {
    match table {
        BatchTable::Repositories => csv::Table::Repositories,
        BatchTable::Files => csv::Table::Files,
        BatchTable::Work => csv::Table::Work,
        BatchTable::Bases => csv::Table::Bases,
        BatchTable::Errors => csv::Table::Errors,
    }
}
