//! `harden batch`: the same change in many repositories.

mod folders;
mod forges;
mod report;
mod requests;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{Status, output_error};
use crate::batch::document::{Head, VERSION};
use crate::batch::filter::Filter;
use crate::batch::folder::Folder;
use crate::batch::journal::Known;
use crate::batch::planner;
use crate::batch::shard::Shard;
use crate::batch::sources::{self, Target};
use crate::batch::{checkout, merge};
use crate::cli::Cli;
use crate::cli::batch::{BatchCommand, BatchMerge, BatchPlan};
use crate::output::overview::Tables;
use crate::output::{Screen, escape, text};
use crate::plan;
use crate::report::Problem;
use crate::report::record::{RepositoryRecord, Risk};

pub fn run(command: &BatchCommand, cli: &Cli, screen: &mut Screen) -> anyhow::Result<Status> {
    match command {
        BatchCommand::Plan(arguments) => plan(arguments, cli, screen),
        BatchCommand::Report(arguments) => report::run(arguments, screen),
        BatchCommand::Apply(arguments) => requests::apply(arguments, screen),
        BatchCommand::Status(arguments) => requests::status(arguments, screen),
        BatchCommand::Close(arguments) => requests::close(arguments, screen),
        BatchCommand::Rerun(arguments) => requests::rerun(arguments, screen),
        BatchCommand::Comment(arguments) => requests::comment(arguments, screen),
        BatchCommand::Merge(arguments) => join(arguments, screen),
    }
}

fn plan(arguments: &BatchPlan, cli: &Cli, screen: &mut Screen) -> anyhow::Result<Status> {
    let shard = arguments
        .shard
        .as_deref()
        .map(|word| Shard::read(word, |name| std::env::var(name).ok()));
    let shard = shard
        .transpose()
        .map_err(|message| Problem::new(format!("--shard: {message}")))?
        .flatten();
    let folders = folders::Folders::new(
        &arguments.plan,
        (cli.common.config.as_deref(), cli.common.isolated),
    )?;
    let targets = targets(arguments, shard, screen)?;
    let folder = Folder {
        path: arguments
            .output
            .clone()
            .unwrap_or_else(|| PathBuf::from(&arguments.id)),
    };
    folder.create()?;
    let _lock = folder.lock()?;
    if !Known::read(&folder.journal())?.states.is_empty() {
        let message = format!(
            "the batch in `{}` has requests of its plan",
            folder.path.display()
        );
        return Err(Problem::new(message)
            .help("take another name for the new plan")
            .into());
    }
    let reach = |url: &str| forges::reach(url, &arguments.forge, &arguments.sources);
    let place = Places::new(&folder, arguments.cache.as_deref(), &reach)?;
    let threads = match arguments.jobs {
        Some(jobs) => usize::from(jobs),
        None => 2 * std::thread::available_parallelism().map_or(1, usize::from),
    };
    let mut tables = Tables::default();
    let mut problem = None;
    let mut spool = planner::plan(
        &targets,
        &place.store,
        &folders,
        threads,
        |progress, record| {
            tables.add(record);
            let told = progress.aside(|| screen.tell(&told(record)));
            problem = problem.take().or(told.err());
        },
    )?;
    if let Some(error) = problem {
        return Err(output_error(error));
    }
    let head = Head {
        version: VERSION,
        harden: env!("CARGO_PKG_VERSION").to_string(),
        batch: arguments.id.clone(),
        profiles: folders.profiles(),
        today: arguments.plan.today.unwrap_or_else(plan::today).to_string(),
        shard: shard.map(|shard| shard.to_string()),
    };
    planner::write(&folder, &head, &mut spool)?;
    screen
        .print(&summary(&tables, &folder))
        .map_err(output_error)?;
    let failed = tables.figures.repositories(Risk::Failed);
    Ok(if failed > 0 {
        Status::Failed
    } else {
        Status::Done
    })
}

/// The repositories of the sources that the filters and the shard leave.
fn targets(
    arguments: &BatchPlan,
    shard: Option<Shard>,
    screen: &mut Screen,
) -> anyhow::Result<Vec<Target>> {
    let filter = Filter {
        include: arguments.include.clone(),
        exclude: arguments.exclude.clone(),
        topics: arguments.topics.clone(),
        archived: arguments.archived,
        forks: arguments.forks,
        largest: arguments.max_size,
    };
    let mut targets = Vec::new();
    for source in &arguments.sources {
        match forges::group(source, &arguments.forge)? {
            Some(found) => targets.extend(found),
            None => targets.extend(sources::read(source)?),
        }
    }
    let mut left_out: BTreeMap<String, Vec<String>> = BTreeMap::new();
    targets.retain(|target| {
        let why = filter.leaves_out(target);
        let is_in = why.is_none();
        if let Some(why) = why {
            left_out.entry(why).or_default().push(target.name.clone());
        }
        is_in
    });
    screen.tell(&without(&left_out)).map_err(output_error)?;
    if targets.is_empty() {
        let problem = Problem::new("no repository is left: the filters take out all");
        return Err(problem.into());
    }
    targets.retain(|target| shard.is_none_or(|shard| shard.has(&target.url)));
    Ok(sources::sorted(targets))
}

/// One line for each reason.
fn without(left_out: &BTreeMap<String, Vec<String>>) -> String {
    let mut lines = String::new();
    for (why, names) in left_out {
        let some: Vec<&str> = names.iter().take(5).map(String::as_str).collect();
        let more = match names.len() - some.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let names = escape::line(&some.join(", ")).into_owned();
        lines.push_str(&format!("left out, {why}: {names}{more}\n"));
    }
    lines
}

/// Where the work is done. What a run that was ended left there is gone with the next one.
struct Places<'a> {
    store: checkout::Store<'a>,
}

impl<'a> Places<'a> {
    fn new(
        folder: &Folder,
        cache: Option<&Path>,
        reach: &'a checkout::Reach<'a>,
    ) -> Result<Self, Problem> {
        let make = |path: PathBuf| {
            let made = std::fs::create_dir_all(&path).and_then(|()| std::fs::canonicalize(&path));
            made.map_err(|error| {
                Problem::io(
                    &format!("cannot make the folder `{}`", path.display()),
                    &error,
                )
            })
        };
        let scratch = folder.path.join("scratch");
        // What is in the way is told when the folder is made.
        let _ = std::fs::remove_dir_all(&scratch);
        Ok(Self {
            store: checkout::Store {
                cache: make(cache.map_or_else(|| folder.path.join("cache"), Path::to_path_buf))?,
                scratch: make(scratch)?,
                reach,
            },
        })
    }
}

impl Drop for Places<'_> {
    fn drop(&mut self) {
        // The next run does it where this one cannot.
        let _ = std::fs::remove_dir_all(&self.store.scratch);
    }
}

/// One line for a repository that could not be looked at; the others are in the report.
fn told(record: &RepositoryRecord) -> String {
    match &record.error {
        Some(error) => format!(
            "{}: {}\n",
            escape::line(&record.name),
            escape::line(&error.message)
        ),
        None => String::new(),
    }
}

fn summary(tables: &Tables, folder: &Folder) -> String {
    let figures = &tables.figures;
    let count = text::count;
    let mut lines = format!(
        "{} with {}: {} to change in {}\n",
        count(figures.repositories, "repository", "repositories"),
        count(figures.files, "Dockerfile", "Dockerfiles"),
        count(figures.changed_files(), "file", "files"),
        count(figures.changed_repositories(), "repository", "repositories"),
    );
    for risk in Risk::ALL {
        let number = figures.repositories(risk);
        if number > 0 {
            lines.push_str(&format!(
                "  {number:>6} {:<7} {}\n",
                risk.as_str(),
                risk.meaning()
            ));
        }
    }
    if figures.repositories(Risk::Failed) > 0 {
        lines.push_str("errors:\n");
        for (message, spread) in tables.errors() {
            let number = spread.files.max(spread.repositories);
            lines.push_str(&format!("  {number:>6} {}\n", escape::line(message)));
        }
    }
    let report = folder.report();
    lines
        + &format!(
            "the plan and its report are written: {}\n",
            escape::path(&report)
        )
}

fn join(arguments: &BatchMerge, screen: &mut Screen) -> anyhow::Result<Status> {
    let folder = Folder {
        path: arguments.output.clone(),
    };
    let shards: Vec<Folder> = arguments
        .shards
        .iter()
        .map(|path| Folder::of(path))
        .collect();
    folder.create()?;
    let _lock = folder.lock()?;
    let number = merge::merge(&shards, &folder)?;
    let told = format!(
        "{} joined: {}\n",
        text::count(number, "repository", "repositories"),
        escape::path(&folder.report())
    );
    screen.print(&told).map_err(output_error)?;
    Ok(Status::Done)
}
