//! `harden batch apply`, `status`, `close` and `rerun`: what is said to the places of the repositories.

use std::collections::BTreeMap;
use std::io::{self, BufRead as _, IsTerminal as _};
use std::path::PathBuf;
use std::time::Duration;

use wildmatch::WildMatch;

use super::forges::{self, Everywhere};
use crate::batch::apply::{self, Listener, Requests, Wishes};
use crate::batch::checkout::Reach;
use crate::batch::document::Plan;
use crate::batch::folder::{Folder, Lock};
use crate::batch::journal::{Event, Journal, Known, Made, State, key};
use crate::batch::push::Push;
use crate::batch::reporting;
use crate::cli::batch::{BatchApply, BatchComment, BatchMany, BatchOne};
use crate::cli::mr::ForgeArguments;
use crate::commands::{Status, output_error};
use crate::output::text::count;
use crate::output::{Progress, Screen, escape};
use crate::report::Problem;
use crate::report::record::RepositoryRecord;

/// A batch that this run works on.
struct Batch {
    folder: Folder,
    plan: Plan,
    scratch: PathBuf,
    _lock: Lock,
}

impl Batch {
    fn open(arguments: &BatchOne) -> Result<Self, Problem> {
        let folder = Folder::of(&arguments.batch);
        let plan = Plan::open(&folder.plan())?;
        let lock = folder.lock()?;
        let scratch = folder.path.join("scratch");
        // What a run that was ended has left.
        let _ = std::fs::remove_dir_all(&scratch);
        let made = std::fs::create_dir_all(&scratch).and_then(|()| std::fs::canonicalize(&scratch));
        let scratch =
            made.map_err(|error| Problem::io("cannot make the folder `scratch`", &error))?;
        Ok(Self {
            folder,
            plan,
            scratch,
            _lock: lock,
        })
    }

    /// Where the requests are: each at its own forge.
    fn requests<'b>(
        &'b self,
        flags: &'b ForgeArguments,
        reach: &'b Reach<'b>,
        is_draft: bool,
    ) -> Everywhere<'b> {
        Everywhere {
            push: Push {
                batch: &self.plan.head.batch,
                profiles: &self.plan.head.profiles,
                is_draft,
                scratch: &self.scratch,
                reach,
            },
            flags,
        }
    }

    /// Those with a request that fit.
    fn with_request(
        &self,
        known: &Known,
        include: &[String],
    ) -> Result<Vec<RepositoryRecord>, Problem> {
        let fits = |record: &RepositoryRecord| {
            include.is_empty()
                || include
                    .iter()
                    .any(|one| WildMatch::new(one).matches(&record.name))
        };
        let mut found = Vec::new();
        for record in self.plan.records()? {
            let record = record?;
            let is_there = matches!(
                known.states.get(&key(&record)),
                Some(State::Made(_) | State::Begun)
            );
            if is_there && fits(&record) {
                found.push(record);
            }
        }
        Ok(found)
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        // The next run does it where this one cannot.
        let _ = std::fs::remove_dir_all(&self.scratch);
    }
}

pub fn apply(arguments: &BatchApply, screen: &mut Screen) -> anyhow::Result<Status> {
    let batch = Batch::open(&arguments.one)?;
    let mut journal = Journal::open(&batch.folder.journal())?;
    if journal.was_torn {
        screen
            .tell("the last line of the journal was not whole, and is dropped\n")
            .map_err(output_error)?;
    }
    let wishes = Wishes {
        limit: arguments.limit,
        per_hour: arguments
            .per_hour
            .and_then(|number| usize::try_from(number).ok()),
        max_open: arguments.max_open,
        only_failed: arguments.only.is_some(),
    };
    let mut told = Told::new(screen, batch.plan.repositories);
    let flags = &arguments.one.forge;
    let reach = |url: &str| forges::reach(url, flags, &[]);
    let push = batch.requests(flags, &reach, arguments.draft);
    let done = apply::apply(&batch.plan, &mut journal, &push, &wishes, &mut told)?;
    let Told {
        errors, problem, ..
    } = told;
    if let Some(error) = problem {
        return Err(output_error(error));
    }
    reporting::page(&batch.folder, &batch.plan, &journal.known)?;
    let mut text = format!("{} made", count(done.made, "request", "requests"));
    if done.failed > 0 {
        text.push_str(&format!(", {} failed", done.failed));
    }
    if done.left > 0 {
        let why = done.why_left.as_deref().unwrap_or_default();
        text.push_str(&format!(", {} left: {why}", done.left));
    }
    text.push('\n');
    text.push_str(&grouped(&errors));
    screen.print(&text).map_err(output_error)?;
    Ok(match (done.failed, done.left) {
        (0, 0) => Status::Done,
        (0, _) => Status::Left,
        _ => Status::Failed,
    })
}

/// Tells of each request as it is made: a bar at a terminal, a line each elsewhere.
struct Told<'s> {
    screen: &'s mut Screen,
    progress: Progress,
    errors: BTreeMap<String, Vec<String>>,
    problem: Option<io::Error>,
}

impl<'s> Told<'s> {
    fn new(screen: &'s mut Screen, total: usize) -> Self {
        Self {
            screen,
            progress: Progress::new(total, "requests"),
            errors: BTreeMap::new(),
            problem: None,
        }
    }

    fn line(&mut self, text: &str) {
        let told = self.progress.aside(|| self.screen.tell(text));
        self.problem = self.problem.take().or(told.err());
    }
}

impl Listener for Told<'_> {
    fn made(&mut self, record: &RepositoryRecord, state: &State) {
        let about = state.record();
        if let State::Failed(message) = state {
            self.errors
                .entry(message.clone())
                .or_default()
                .push(record.name.clone());
        }
        let parts = [about.state, about.url, about.note];
        let parts: Vec<&str> = parts
            .iter()
            .map(String::as_str)
            .filter(|part| !part.is_empty())
            .collect();
        let text = format!(
            "{}: {}\n",
            escape::line(&record.name),
            escape::line(&parts.join(", "))
        );
        self.line(&text);
        self.progress.advance(1);
    }

    fn wait(&mut self, time: Duration) {
        let minutes = time.as_secs().div_ceil(60);
        self.line(&format!(
            "waits for {}: --per-hour\n",
            count(usize::try_from(minutes).unwrap_or(0), "minute", "minutes")
        ));
    }
}

/// Messages, with the repositories of each below it.
fn grouped(errors: &BTreeMap<String, Vec<String>>) -> String {
    let mut text = String::new();
    for (message, names) in errors {
        text.push_str(&format!("{}:\n", escape::line(message)));
        for name in names {
            text.push_str(&format!("  {}\n", escape::line(name)));
        }
    }
    text
}

pub fn status(arguments: &BatchOne, screen: &mut Screen) -> anyhow::Result<Status> {
    let batch = Batch::open(arguments)?;
    let known = Known::read(&batch.folder.journal())?;
    let reach = |url: &str| forges::reach(url, &arguments.forge, &[]);
    let push = batch.requests(&arguments.forge, &reach, false);
    let mut numbers: BTreeMap<String, usize> = BTreeMap::new();
    let mut errors: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut text = String::new();
    for record in batch.with_request(&known, &[])? {
        match push.look(&record) {
            Ok(Made { state, url, .. }) => {
                let place = if url.is_empty() {
                    String::new()
                } else {
                    format!(" {url}")
                };
                text.push_str(&format!(
                    "{}: {state}{}\n",
                    escape::line(&record.name),
                    escape::line(&place)
                ));
                *numbers.entry(state).or_default() += 1;
            }
            Err(problem) => errors.entry(problem.message).or_default().push(record.name),
        }
    }
    let planned = batch
        .plan
        .records()?
        .filter(|record| record.as_ref().is_ok_and(RepositoryRecord::is_changed))
        .count();
    let asked: usize = numbers.values().sum();
    let failed: usize = errors.values().map(Vec::len).sum();
    numbers.insert(
        "not made".to_string(),
        planned.saturating_sub(asked + failed),
    );
    let numbers = numbers.iter().filter(|(_, number)| **number > 0);
    let numbers: Vec<String> = numbers
        .map(|(state, number)| format!("{number} {state}"))
        .collect();
    text.push_str(&format!(
        "{}: {}\n",
        count(planned, "request", "requests"),
        numbers.join(", ")
    ));
    text.push_str(&grouped(&errors));
    screen.print(&text).map_err(output_error)?;
    Ok(if failed > 0 {
        Status::Failed
    } else {
        Status::Done
    })
}

pub fn close(arguments: &BatchMany, screen: &mut Screen) -> anyhow::Result<Status> {
    each(arguments, screen, "close", |push, record| {
        push.close(record)?;
        Ok(Some(Event::Closed {
            repository: key(record),
        }))
    })
}

pub fn rerun(arguments: &BatchMany, screen: &mut Screen) -> anyhow::Result<Status> {
    each(arguments, screen, "make again", |push, record| {
        let request = push.make(record)?;
        Ok(Some(Event::Made {
            repository: key(record),
            request,
        }))
    })
}

pub fn comment(arguments: &BatchComment, screen: &mut Screen) -> anyhow::Result<Status> {
    each(&arguments.many, screen, "comment on", |requests, record| {
        requests.comment(record, &arguments.text)?;
        Ok(None)
    })
}

/// Does something with each request that is there, after a question.
fn each(
    arguments: &BatchMany,
    screen: &mut Screen,
    what: &str,
    act: impl Fn(&dyn Requests, &RepositoryRecord) -> Result<Option<Event>, Problem>,
) -> anyhow::Result<Status> {
    let batch = Batch::open(&arguments.one)?;
    let mut journal = Journal::open(&batch.folder.journal())?;
    let records = batch.with_request(&journal.known, &arguments.include)?;
    let number = count(records.len(), "request", "requests");
    if records.is_empty() {
        screen
            .print("there is no request\n")
            .map_err(output_error)?;
        return Ok(Status::Done);
    }
    if !arguments.yes
        && !confirmed(
            &format!("{what} {number} of batch {}?", batch.plan.head.batch),
            screen,
        )?
    {
        return Ok(Status::Left);
    }
    let flags = &arguments.one.forge;
    let reach = |url: &str| forges::reach(url, flags, &[]);
    let push = batch.requests(flags, &reach, false);
    let mut told = Told::new(screen, records.len());
    for record in &records {
        let done = act(&push, record);
        match done {
            Ok(event) => {
                event.map_or(Ok(()), |event| journal.add(event))?;
                if let Some(state) = journal.known.states.get(&key(record)) {
                    told.made(record, state);
                }
            }
            Err(problem) => told.made(record, &State::Failed(problem.message)),
        }
    }
    let Told {
        errors, problem, ..
    } = told;
    if let Some(error) = problem {
        return Err(output_error(error));
    }
    reporting::page(&batch.folder, &batch.plan, &journal.known)?;
    let failed: usize = errors.values().map(Vec::len).sum();
    let text = format!(
        "{} done, {failed} failed\n{}",
        records.len() - failed,
        grouped(&errors)
    );
    screen.print(&text).map_err(output_error)?;
    Ok(if failed > 0 {
        Status::Failed
    } else {
        Status::Done
    })
}

/// Asks at a terminal.
///
/// # Errors
/// A [`Problem`] where there is nobody to ask.
fn confirmed(question: &str, screen: &mut Screen) -> anyhow::Result<bool> {
    if !io::stdin().is_terminal() {
        let message = format!("{question} There is nobody to ask");
        return Err(Problem::new(message)
            .help("`--yes` does it without a question")
            .into());
    }
    screen
        .tell(&format!("{question} [y/N] "))
        .map_err(output_error)?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}
