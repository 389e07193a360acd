//! Makes the requests of a plan, one after another: what was planned and nothing else, each at most once.

use std::time::{Duration, SystemTime};

use super::document::Plan;
use super::journal::{Event, Journal, Made, State, key};
use crate::report::Problem;
use crate::report::record::RepositoryRecord;

/// So many come first, for people to look at, before the others do.
pub const CANARY: usize = 5;
/// So many equal errors in a row are no accident of one repository.
const MOST_EQUAL_ERRORS: usize = 3;
const HOUR: u64 = 60 * 60;

/// Where requests are made.
pub trait Requests {
    /// Makes the request, or finds that it is there. Asks before it writes: to make it twice is to make it once.
    ///
    /// # Errors
    /// A [`Problem`] where it is not made. Nothing of it is left.
    fn make(&self, record: &RepositoryRecord) -> Result<Made, Problem>;

    /// What became of it.
    ///
    /// # Errors
    /// A [`Problem`] where that cannot be told.
    fn look(&self, record: &RepositoryRecord) -> Result<Made, Problem>;

    /// Takes it back, unless somebody else works on it. What is not there is closed.
    ///
    /// # Errors
    /// A [`Problem`] where it is still there.
    fn close(&self, record: &RepositoryRecord) -> Result<(), Problem>;

    /// Says something to those who read it.
    ///
    /// # Errors
    /// A [`Problem`] where it is not said.
    fn comment(&self, record: &RepositoryRecord, text: &str) -> Result<(), Problem>;
}

/// Which requests to make now.
#[derive(Clone, Debug, Default)]
pub struct Wishes {
    pub limit: Option<usize>,
    pub per_hour: Option<usize>,
    pub max_open: Option<usize>,
    /// Only those that failed before.
    pub only_failed: bool,
}

/// What a run has done.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Done {
    pub made: usize,
    pub failed: usize,
    /// What is still to be made.
    pub left: usize,
    pub why_left: Option<String>,
}

/// What is told while the requests are made.
pub trait Listener {
    fn made(&mut self, record: &RepositoryRecord, state: &State);
    fn wait(&mut self, time: Duration);
}

/// # Errors
/// A [`Problem`] with the plan or the journal. What is wrong with one repository is in the journal.
pub fn apply(
    plan: &Plan,
    journal: &mut Journal,
    requests: &dyn Requests,
    wishes: &Wishes,
    listener: &mut dyn Listener,
) -> Result<Done, Problem> {
    same_plan(plan, journal)?;
    let open: Vec<String> = open(plan, journal, wishes)?;
    let limit = Limit::new(plan, journal, requests, wishes)?;
    let mut done = Done::default();
    let mut errors: Vec<String> = Vec::new();
    for record in plan.records()? {
        let record = record?;
        let name = key(&record);
        if !open.contains(&name) {
            continue;
        }
        if done.why_left.is_none() {
            done.why_left = limit.reached(&done);
        }
        if done.why_left.is_some() {
            done.left += 1;
            continue;
        }
        if let Some(time) = wishes
            .per_hour
            .and_then(|most| wait(now(), &journal.known.begun, most))
        {
            listener.wait(time);
            std::thread::sleep(time);
        }
        journal.add(Event::Intent {
            repository: name.clone(),
            at: now(),
        })?;
        match requests.make(&record) {
            Ok(request) => {
                done.made += 1;
                errors.clear();
                journal.add(Event::Made {
                    repository: name.clone(),
                    request,
                })?;
            }
            Err(problem) => {
                done.failed += 1;
                errors.push(problem.message.clone());
                journal.add(Event::Failed {
                    repository: name.clone(),
                    message: problem.message,
                })?;
            }
        }
        if let Some(state) = journal.known.states.get(&name) {
            listener.made(&record, state);
        }
        let last = errors.iter().rev().take(MOST_EQUAL_ERRORS);
        if errors.len() >= MOST_EQUAL_ERRORS && last.clone().all(|one| Some(one) == errors.last()) {
            let again = format!("{MOST_EQUAL_ERRORS} times in a row the same error");
            done.why_left = done.why_left.or(Some(again));
        }
    }
    Ok(done)
}

/// The journal is of this plan, from now on if not before.
fn same_plan(plan: &Plan, journal: &mut Journal) -> Result<(), Problem> {
    match &journal.known.plan {
        Some(digest) if *digest == plan.digest => Ok(()),
        Some(_) => Err(
            Problem::new("the journal in this folder is of another plan")
                .help("take the plan back that its requests are of, or another name for the batch"),
        ),
        None => journal.add(Event::Plan {
            digest: plan.digest.clone(),
        }),
    }
}

/// What is to be made, in the order of the plan.
fn open(plan: &Plan, journal: &Journal, wishes: &Wishes) -> Result<Vec<String>, Problem> {
    let mut open = Vec::new();
    for record in plan.records()? {
        let record = record?;
        let name = key(&record);
        let is_open = match journal.known.states.get(&name) {
            Some(State::Made(_) | State::Closed) => false,
            Some(State::Failed(_)) => true,
            Some(State::Begun) | None => !wishes.only_failed,
        };
        if record.is_changed() && is_open {
            open.push(name);
        }
    }
    Ok(open)
}

/// How many may be made in this run.
struct Limit {
    most: Option<(usize, String)>,
}

impl Limit {
    fn new(
        plan: &Plan,
        journal: &Journal,
        requests: &dyn Requests,
        wishes: &Wishes,
    ) -> Result<Self, Problem> {
        let made = journal.known.states.values();
        let made = made
            .filter(|state| matches!(state, State::Made(_) | State::Closed))
            .count();
        let canary = (CANARY.saturating_sub(made) > 0).then(|| {
            let why = format!(
                "the first {CANARY} are for people to look at; `apply` again makes the others"
            );
            (CANARY - made, why)
        });
        let limit = wishes.limit.map(|most| (most, format!("--limit {most}")));
        let mut most = limit.or(canary);
        if let Some(max) = wishes.max_open {
            // Only where it may matter: each is a question to the forge.
            let open = if made < max {
                made
            } else {
                still_open(plan, journal, requests)?
            };
            let room = max.saturating_sub(open);
            if most.as_ref().is_none_or(|(number, _)| room < *number) {
                most = Some((room, format!("--max-open {max}")));
            }
        }
        Ok(Self { most })
    }

    /// Why no more are made.
    fn reached(&self, done: &Done) -> Option<String> {
        let (number, why) = self.most.as_ref()?;
        (done.made + done.failed >= *number).then(|| why.clone())
    }
}

fn still_open(plan: &Plan, journal: &Journal, requests: &dyn Requests) -> Result<usize, Problem> {
    let mut open = 0;
    for record in plan.records()? {
        let record = record?;
        if matches!(
            journal.known.states.get(&key(&record)),
            Some(State::Made(_))
        ) {
            let is_over = requests
                .look(&record)
                .is_ok_and(|made| ["merged", "closed"].contains(&made.state.as_str()));
            open += usize::from(!is_over);
        }
    }
    Ok(open)
}

pub fn now() -> u64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    now.map_or(0, |since| since.as_secs())
}

/// How long to wait for there to be fewer than `most` in the last hour. A clock that went back makes nobody wait longer
/// than that hour.
fn wait(now: u64, begun: &[u64], most: usize) -> Option<Duration> {
    let mut recent: Vec<u64> = begun
        .iter()
        .filter(|at| at.saturating_add(HOUR) > now)
        .map(|at| (*at).min(now))
        .collect();
    recent.sort_unstable();
    let oldest = recent.len().checked_sub(most.max(1))?;
    let until = recent.get(oldest)?.saturating_add(HOUR);
    Some(Duration::from_secs(until.saturating_sub(now)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_of_the_last_hour_make_the_next_one_wait() {
        let seconds = |now, begun: &[u64], most| wait(now, begun, most).map(|time| time.as_secs());
        assert_eq!(seconds(10_000, &[], 2), None);
        assert_eq!(seconds(10_000, &[9_000], 2), None);
        assert_eq!(seconds(10_000, &[9_000, 9_500], 2), Some(2_600));
        assert_eq!(seconds(10_000, &[1_000, 9_000, 9_500], 2), Some(2_600));
        assert_eq!(seconds(10_000, &[9_000, 9_100, 9_200], 2), Some(2_700));
        assert_eq!(seconds(10_000, &[20_000, 30_000], 1), Some(3_600));
    }
}
