//! The report of a plan, and of what became of its requests.

use std::io::{self, Write};

use super::document::Plan;
use super::folder::Folder;
use super::journal::{Known, key};
use super::planner;
use crate::output::overview::{About, Kind, Tables, Writer, csv};
use crate::report::record::RepositoryRecord;
use crate::report::{Problem, io_message};

/// # Errors
/// Where the output does not take it, or the plan can no longer be read.
pub fn write<W: Write>(kind: Kind, plan: &Plan, known: &Known, output: W) -> io::Result<()> {
    let about = About {
        title: plan.head.batch.clone(),
        profiles: plan.head.profiles.clone(),
    };
    let mut writer = Writer::new(kind, about, output)?;
    each(plan, known, |record| writer.repository(record))?;
    writer.end().map(|_| ())
}

/// # Errors
/// As [`write`].
pub fn table(table: csv::Table, plan: &Plan, known: &Known) -> io::Result<String> {
    let mut tables = Tables::default();
    each(plan, known, |record| {
        tables.add(record);
        Ok(())
    })?;
    Ok(csv::text(&tables, table))
}

fn each(
    plan: &Plan,
    known: &Known,
    mut take: impl FnMut(&RepositoryRecord) -> io::Result<()>,
) -> io::Result<()> {
    let failed = |problem: Problem| io::Error::other(problem.message);
    for record in plan.records().map_err(failed)? {
        let mut record = record.map_err(failed)?;
        record.request = known.states.get(&key(&record)).map(|state| state.record());
        take(&record)?;
    }
    Ok(())
}

/// Writes the page into the folder of the batch, as a whole or not at all.
///
/// # Errors
/// A [`Problem`] with the disk.
pub fn page(folder: &Folder, plan: &Plan, known: &Known) -> Result<(), Problem> {
    planner::whole(&folder.report(), |output| {
        write(Kind::Page, plan, known, output)
    })
    .map_err(|error| {
        let path = folder.report();
        Problem::new(format!(
            "cannot write `{}`: {}",
            path.display(),
            io_message(&error)
        ))
    })
}
