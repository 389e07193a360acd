//! Joins the parts of a batch that several machines have worked on: the whole is what one machine would have made.

use std::collections::BTreeMap;
use std::io::{self, Write as _};

use super::document::{self, Head, Plan, Records};
use super::folder::Folder;
use super::journal::{self, Event, Known};
use super::shard::Shard;
use super::{planner, reporting};
use crate::report::record::RepositoryRecord;
use crate::report::{Problem, io_message};

/// Writes plan, journal and report of the whole. Gives the number of repositories.
///
/// # Errors
/// A [`Problem`] where the parts are not all parts of one batch, each once, or with the disk.
pub fn merge(shards: &[Folder], whole: &Folder) -> Result<usize, Problem> {
    let mut parts: BTreeMap<u32, (&Folder, Plan)> = BTreeMap::new();
    for folder in shards {
        let plan = Plan::open(&folder.plan())?;
        let index = check(folder, &plan, parts.values().next())?;
        if parts.contains_key(&index) {
            let name = folder.path.display();
            return Err(Problem::new(format!(
                "shard {index} is there already: `{name}`"
            )));
        }
        parts.insert(index, (folder, plan));
    }
    let parts: Vec<(&Folder, Plan)> = complete(parts)?;
    let mut events = Vec::new();
    for (folder, plan) in &parts {
        events.extend(events_of(folder, plan)?);
    }
    let head = parts.first().map(|(_, plan)| without_shard(plan));
    let head = head.ok_or_else(|| Problem::new("there is nothing to merge"))?;
    let failed = |error: io::Error| {
        let path = whole.path.display();
        Problem::new(format!(
            "cannot write the plan in `{path}`: {}",
            io_message(&error)
        ))
    };
    planner::whole(&whole.plan(), |output| {
        let mut writer = document::Writer::new(&head, output)?;
        each(&parts, |record| writer.line(&document::line(record)?))?;
        writer.end().map(|_| ())
    })
    .map_err(failed)?;
    let plan = Plan::open(&whole.plan())?;
    if !events.is_empty() {
        let digest = plan.digest.clone();
        planner::whole(&whole.journal(), |output| {
            for event in [Event::Plan { digest }].iter().chain(&events) {
                serde_json::to_writer(&mut *output, event)?;
                output.write_all(b"\n")?;
            }
            Ok(())
        })
        .map_err(failed)?;
    }
    reporting::page(whole, &plan, &Known::read(&whole.journal())?)?;
    Ok(plan.repositories)
}

fn without_shard(plan: &Plan) -> Head {
    Head {
        shard: None,
        ..plan.head.clone()
    }
}

/// The number of a part that goes with another one.
fn check(folder: &Folder, plan: &Plan, other: Option<&(&Folder, Plan)>) -> Result<u32, Problem> {
    let name = folder.path.display();
    if other.is_some_and(|(_, other)| without_shard(other) != without_shard(plan)) {
        let message = format!(
            "`{name}` is of another batch, or was planned with other profiles, another day or another harden"
        );
        return Err(Problem::new(message).help("`--today` gives all shards the same day"));
    }
    let Some(shard) = shard(plan) else {
        return Err(Problem::new(format!(
            "`{name}` is no shard, but a whole plan"
        )));
    };
    let total = other
        .and_then(|(_, other)| self::shard(other))
        .map(Shard::total);
    match total {
        Some(total) if total != shard.total() => Err(Problem::new(format!(
            "`{name}` is one of {} shards, the others of {total}",
            shard.total()
        ))),
        _ => Ok(shard.index()),
    }
}

fn shard(plan: &Plan) -> Option<Shard> {
    plan.head.shard.as_deref()?.parse().ok()
}

fn complete(parts: BTreeMap<u32, (&Folder, Plan)>) -> Result<Vec<(&Folder, Plan)>, Problem> {
    let total = parts
        .values()
        .find_map(|(_, plan)| shard(plan))
        .map_or(0, Shard::total);
    match (1..=total).find(|index| !parts.contains_key(index)) {
        Some(missing) => Err(Problem::new(format!("shard {missing}/{total} is missing"))),
        None => Ok(parts.into_values().collect()),
    }
}

/// The steps of a part, without that which names its plan.
fn events_of(folder: &Folder, plan: &Plan) -> Result<Vec<Event>, Problem> {
    let events = journal::events(&folder.journal())?;
    let is_other =
        |event: &Event| matches!(event, Event::Plan { digest } if *digest != plan.digest);
    if events.iter().any(is_other) {
        let name = folder.path.display();
        return Err(Problem::new(format!(
            "the journal in `{name}` is of another plan"
        )));
    }
    Ok(events
        .into_iter()
        .filter(|event| !matches!(event, Event::Plan { .. }))
        .collect())
}

/// All repositories in the order of one plan. Each part is sorted, so the next one is the first of one of them.
fn each(
    parts: &[(&Folder, Plan)],
    mut take: impl FnMut(&RepositoryRecord) -> io::Result<()>,
) -> io::Result<()> {
    let failed = |problem: Problem| io::Error::other(problem.message);
    let mut open: Vec<(Records, Option<RepositoryRecord>)> = Vec::new();
    for (_, plan) in parts {
        let mut records = plan.records().map_err(failed)?;
        let first = records.next().transpose().map_err(failed)?;
        open.push((records, first));
    }
    let key = |record: &Option<RepositoryRecord>| {
        record
            .as_ref()
            .map(|record| (record.name.clone(), record.url.clone()))
    };
    loop {
        let heads = open.iter_mut().filter(|(_, head)| head.is_some());
        let Some((records, head)) = heads.min_by_key(|(_, head)| key(head)) else {
            return Ok(());
        };
        if let Some(record) = head.take() {
            take(&record)?;
        }
        *head = records.next().transpose().map_err(failed)?;
    }
}
