//! What was begun and what came of it: one line of JSON for each step, on the disk before the next step begins.
//!
//! A run may end at any moment. What was begun without an outcome is asked of the forge by the next run, which so makes no
//! request twice. A last line without its end is one that was being written: it is dropped, and so is nothing else.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::report::Problem;
use crate::report::record::{RepositoryRecord, RequestRecord};

/// A step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "lowercase", deny_unknown_fields)]
pub enum Event {
    /// The plan that the requests are of.
    Plan { digest: String },
    /// A request is about to be made.
    Intent { repository: String, at: u64 },
    /// The request is there.
    Made {
        repository: String,
        #[serde(flatten)]
        request: Made,
    },
    /// It could not be made.
    Failed { repository: String, message: String },
    /// The batch has taken it back.
    Closed { repository: String },
}

/// What a forge says of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    pub state: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub url: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// What a repository is called here: two batches of branches of one repository are two.
pub fn key(record: &RepositoryRecord) -> String {
    format!("{} {}", record.url, record.branch)
}

/// What is known of a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Nobody knows what came of it.
    Begun,
    Made(Made),
    Failed(String),
    Closed,
}

impl State {
    /// For the report.
    pub fn record(&self) -> RequestRecord {
        let (state, url, note) = match self {
            Self::Begun => ("begun", "", ""),
            Self::Made(made) => (made.state.as_str(), made.url.as_str(), made.note.as_str()),
            Self::Failed(message) => ("failed", "", message.as_str()),
            Self::Closed => ("closed", "", ""),
        };
        RequestRecord {
            state: state.to_string(),
            url: url.to_string(),
            note: note.to_string(),
        }
    }
}

/// What the lines say together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    pub plan: Option<String>,
    pub states: BTreeMap<String, State>,
    /// When requests were begun, in seconds since 1970.
    pub begun: Vec<u64>,
}

impl Known {
    fn add(&mut self, event: Event) {
        let (repository, state) = match event {
            Event::Plan { digest } => {
                self.plan = Some(digest);
                return;
            }
            Event::Intent { repository, at } => {
                self.begun.push(at);
                (repository, State::Begun)
            }
            Event::Made {
                repository,
                request,
            } => (repository, State::Made(request)),
            Event::Failed {
                repository,
                message,
            } => (repository, State::Failed(message)),
            Event::Closed { repository } => (repository, State::Closed),
        };
        self.states.insert(repository, state);
    }

    /// What there is of the file; nothing where there is none.
    ///
    /// # Errors
    /// A [`Problem`] where it cannot be read, or a line that is not the last is none.
    pub fn read(path: &Path) -> Result<Self, Problem> {
        Ok(events(path)?.into_iter().collect())
    }
}

impl FromIterator<Event> for Known {
    fn from_iter<I: IntoIterator<Item = Event>>(events: I) -> Self {
        let mut known = Self::default();
        events.into_iter().for_each(|event| known.add(event));
        known
    }
}

/// The whole lines of the file; none where there is none.
///
/// # Errors
/// As [`Known::read`].
pub fn events(path: &Path) -> Result<Vec<Event>, Problem> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(parse(&bytes, path)?.0),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(problem("read", path, &error)),
    }
}

/// What the lines say, and the length of those that are whole.
fn parse(bytes: &[u8], path: &Path) -> Result<(Vec<Event>, usize), Problem> {
    let mut events = Vec::new();
    let mut whole = 0;
    for (number, line) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
        if !line.ends_with(b"\n") {
            break;
        }
        let event = serde_json::from_slice(line).map_err(|error| {
            let place = format!("{}:{}", path.display(), number + 1);
            Problem::new(format!("{place}: the journal is damaged: {error}"))
                .help("harden writes it line by line; put back the file as it was")
        })?;
        events.push(event);
        whole += line.len();
    }
    Ok((events, whole))
}

/// The journal of a batch that this run works on.
pub struct Journal {
    file: File,
    pub known: Known,
    /// Whether the last line was torn.
    pub was_torn: bool,
}

impl Journal {
    /// # Errors
    /// A [`Problem`] where it cannot be read or written, or is damaged.
    pub fn open(path: &Path) -> Result<Self, Problem> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path);
        let mut file = file.map_err(|error| problem("open", path, &error))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)
            .map_err(|error| problem("read", path, &error))?;
        let (events, whole) = parse(&bytes, path)?;
        let was_torn = whole < bytes.len();
        if was_torn {
            file.set_len(whole as u64)
                .map_err(|error| problem("write", path, &error))?;
        }
        file.seek(SeekFrom::Start(whole as u64))
            .map_err(|error| problem("write", path, &error))?;
        let known = events.into_iter().collect();
        Ok(Self {
            file,
            known,
            was_torn,
        })
    }

    /// The step is on the disk when this comes back.
    ///
    /// # Errors
    /// A [`Problem`] where it is not.
    pub fn add(&mut self, event: Event) -> Result<(), Problem> {
        let failed = |error: io::Error| Problem::io("cannot write the journal", &error);
        let mut line = serde_json::to_vec(&event).map_err(|error| failed(error.into()))?;
        line.push(b'\n');
        self.file.write_all(&line).map_err(failed)?;
        self.file.sync_data().map_err(failed)?;
        self.known.add(event);
        Ok(())
    }
}

fn problem(what: &str, path: &Path, error: &io::Error) -> Problem {
    Problem::io(
        &format!("cannot {what} the journal `{}`", path.display()),
        error,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events() -> Vec<Event> {
        let repository = "https://git.example.com/a main".to_string();
        let request = Made {
            state: "created".to_string(),
            ..Made::default()
        };
        vec![
            Event::Plan {
                digest: "sha256:1".to_string(),
            },
            Event::Intent {
                repository: repository.clone(),
                at: 7,
            },
            Event::Failed {
                repository: repository.clone(),
                message: "x\ny".to_string(),
            },
            Event::Intent {
                repository: repository.clone(),
                at: 8,
            },
            Event::Made {
                repository,
                request,
            },
        ]
    }

    #[test]
    fn a_journal_that_is_cut_anywhere_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.jsonl");
        let mut journal = Journal::open(&path).unwrap();
        let mut expected = vec![Known::default()];
        for event in events() {
            journal.add(event).unwrap();
            expected.push(journal.known.clone());
        }
        let bytes = std::fs::read(&path).unwrap();
        assert_eq!(Known::read(&path).unwrap(), expected[5]);
        for cut in 0..=bytes.len() {
            std::fs::write(&path, &bytes[..cut]).unwrap();
            let mut journal = Journal::open(&path).unwrap();
            let whole = bytes[..cut].iter().filter(|byte| **byte == b'\n').count();
            assert_eq!(journal.known, expected[whole]);
            assert_eq!(journal.was_torn, cut > 0 && bytes[cut - 1] != b'\n');
            journal
                .add(Event::Closed {
                    repository: "z".to_string(),
                })
                .unwrap();
            let again = Known::read(&path).unwrap();
            assert_eq!(again.states.get("z"), Some(&State::Closed), "cut at {cut}");
        }
    }

    #[test]
    fn a_line_that_is_damaged_is_told_with_its_number() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.jsonl");
        std::fs::write(
            &path,
            "{\"event\":\"plan\",\"digest\":\"x\"}\n{\"event\":\n{}\n",
        )
        .unwrap();
        let problem = Journal::open(&path).err().unwrap();
        assert!(
            problem
                .message
                .contains("journal.jsonl:2: the journal is damaged"),
            "{problem:?}"
        );
    }
}
