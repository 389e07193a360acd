//! Joins the parts of a batch that several machines have planned: the whole is the plan that one machine would have made.

use std::collections::BTreeSet;
use std::io;

use super::document::{self, Head, Plan, Records};
use super::folder::Folder;
use super::planner;
use super::shard::Shard;
use crate::output::overview::{Kind, Writer};
use crate::report::record::RepositoryRecord;
use crate::report::{Problem, io_message};

/// Writes plan and report of the whole. Gives the number of repositories.
///
/// # Errors
/// A [`Problem`] where the parts are not all parts of one batch, each once, or with the disk.
pub fn merge(shards: &[Folder], whole: &Folder) -> Result<usize, Problem> {
    let plans: Result<Vec<Plan>, Problem> = shards
        .iter()
        .map(|shard| Plan::open(&shard.plan()))
        .collect();
    let plans = plans?;
    let head = head(shards, &plans)?;
    let problem = |error: io::Error| {
        let path = whole.path.display();
        Problem::new(format!(
            "cannot write the plan in `{path}`: {}",
            io_message(&error)
        ))
    };
    planner::whole(&whole.plan(), |output| {
        let mut writer = document::Writer::new(&head, output)?;
        each(&plans, |record| writer.line(&document::line(record)?))?;
        writer.end().map(|_| ())
    })
    .map_err(problem)?;
    planner::whole(&whole.report(), |output| {
        let mut writer = Writer::new(Kind::Page, planner::about(&head), output)?;
        each(&plans, |record| writer.repository(record))?;
        writer.end().map(|_| ())
    })
    .map_err(problem)?;
    Ok(plans.iter().map(|plan| plan.repositories).sum())
}

/// What all parts agree on.
fn head(shards: &[Folder], plans: &[Plan]) -> Result<Head, Problem> {
    let whole = |plan: &Plan| Head {
        shard: None,
        ..plan.head.clone()
    };
    let Some(first) = plans.first() else {
        return Err(Problem::new("there is nothing to merge"));
    };
    let mut parts = BTreeSet::new();
    let mut total = 0;
    for (folder, plan) in shards.iter().zip(plans) {
        let name = folder.path.display();
        if whole(plan) != whole(first) {
            let message = format!(
                "`{name}` is of another batch, or was planned with other profiles, another day or another harden"
            );
            return Err(Problem::new(message).help("`--today` gives all shards the same day"));
        }
        let shard = plan
            .head
            .shard
            .as_deref()
            .and_then(|shard| shard.parse::<Shard>().ok());
        let Some(shard) = shard else {
            return Err(Problem::new(format!(
                "`{name}` is no shard, but a whole plan"
            )));
        };
        if total != 0 && shard.total() != total {
            return Err(Problem::new(format!(
                "`{name}` is one of {} shards, the others of {total}",
                shard.total()
            )));
        }
        total = shard.total();
        if !parts.insert(shard.index()) {
            return Err(Problem::new(format!(
                "`{name}` is shard {shard}, which is there already"
            )));
        }
    }
    match (1..=total).find(|index| !parts.contains(index)) {
        Some(missing) => Err(Problem::new(format!("shard {missing}/{total} is missing"))),
        None => Ok(whole(first)),
    }
}

/// All repositories in the order of one plan. Each part is sorted, so the next one is the first of one of them.
fn each(
    plans: &[Plan],
    mut take: impl FnMut(&RepositoryRecord) -> io::Result<()>,
) -> io::Result<()> {
    let failed = |problem: Problem| io::Error::other(problem.message);
    let mut parts: Vec<(Records, Option<RepositoryRecord>)> = Vec::new();
    for plan in plans {
        let mut records = plan.records().map_err(failed)?;
        let first = records.next().transpose().map_err(failed)?;
        parts.push((records, first));
    }
    loop {
        let heads = parts.iter_mut().filter(|(_, head)| head.is_some());
        let next = heads.min_by(|one, other| {
            let key = |part: &Option<RepositoryRecord>| {
                part.as_ref()
                    .map(|record| (record.name.clone(), record.url.clone()))
            };
            key(&one.1).cmp(&key(&other.1))
        });
        let Some((records, head)) = next else {
            return Ok(());
        };
        if let Some(record) = head.take() {
            take(&record)?;
        }
        *head = records.next().transpose().map_err(failed)?;
    }
}
