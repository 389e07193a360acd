//! `plan.json`: what is planned for each repository, with the whole new texts, so that what is made is what was looked at.
//!
//! The first line has what counts for all, then comes one line for each repository, sorted by name and address, and the last
//! line has a digest of all that is before it. So it is read and written line by line, and a change of it is noticed.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Write};
use std::path::{Path, PathBuf};

use harden::digest::hexadecimal;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::report::Problem;
use crate::report::record::RepositoryRecord;

/// Changes when a key changes its meaning or goes.
pub const VERSION: u32 = 1;

/// What counts for all repositories.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    pub version: u32,
    /// The version of harden that made the plan.
    pub harden: String,
    pub batch: String,
    pub profiles: Vec<String>,
    /// The day that counted for ends of support and of comments.
    pub today: String,
    /// Such as `1/4`, for a part of the plan.
    pub shard: Option<String>,
}

/// Writes a plan line by line.
pub struct Writer<W: Write> {
    output: W,
    digest: Sha256,
    is_begun: bool,
}

impl<W: Write> Writer<W> {
    /// # Errors
    /// Where the output does not take it.
    pub fn new(head: &Head, output: W) -> io::Result<Self> {
        let mut writer = Self {
            output,
            digest: Sha256::new(),
            is_begun: false,
        };
        let text = serde_json::to_string(head)?;
        let text = text.strip_suffix('}').unwrap_or(&text);
        writer.write(&format!("{text},\"repositories\":["))?;
        Ok(writer)
    }

    /// The line of a repository, as [`line`] makes it.
    ///
    /// # Errors
    /// Where the output does not take it.
    pub fn line(&mut self, line: &str) -> io::Result<()> {
        let separator = if self.is_begun { ",\n" } else { "\n" };
        self.is_begun = true;
        self.write(separator)?;
        self.write(line)
    }

    /// # Errors
    /// Where the output does not take it.
    pub fn end(mut self) -> io::Result<W> {
        self.write("\n],\"digest\":")?;
        let digest = hexadecimal(&std::mem::take(&mut self.digest).finalize());
        self.output
            .write_all(format!("\"sha256:{digest}\"}}\n").as_bytes())?;
        Ok(self.output)
    }

    fn write(&mut self, text: &str) -> io::Result<()> {
        self.digest.update(text.as_bytes());
        self.output.write_all(text.as_bytes())
    }
}

pub fn line(record: &RepositoryRecord) -> io::Result<String> {
    Ok(serde_json::to_string(record)?)
}

/// A plan that was checked: it is whole, and as it was written.
#[derive(Debug)]
pub struct Plan {
    path: PathBuf,
    pub head: Head,
    /// What identifies the plan.
    pub digest: String,
    pub repositories: usize,
}

impl Plan {
    /// # Errors
    /// A [`Problem`] where the file cannot be read, is of another version, is not whole, or was changed.
    pub fn open(path: &Path) -> Result<Self, Problem> {
        let name = path.display();
        let unreadable = |error: io::Error| {
            let problem = Problem::io(&format!("cannot read the plan `{name}`"), &error);
            match error.kind() {
                io::ErrorKind::NotFound => problem.help("`harden batch plan` makes one"),
                _ => problem,
            }
        };
        let refused = |what: &str| {
            Problem::new(format!("`{name}` {what}")).help("`harden batch plan` makes it again")
        };
        let mut reader = BufReader::new(File::open(path).map_err(unreadable)?);
        let mut digest = Sha256::new();
        let mut line = String::new();
        let mut next = |line: &mut String| {
            line.clear();
            reader.read_line(line).map_err(|error| match error.kind() {
                io::ErrorKind::InvalidData => refused("is no plan"),
                _ => unreadable(error),
            })
        };
        next(&mut line)?;
        let head = head(&line).map_err(|what| refused(&what))?;
        let mut repositories = 0;
        loop {
            digest.update(line.as_bytes());
            if next(&mut line)? == 0 {
                return Err(refused("is not whole: its end is missing"));
            }
            if let Some(end) = line.strip_prefix("],\"digest\":") {
                digest.update(b"],\"digest\":");
                let digest = format!("sha256:{}", hexadecimal(&digest.finalize()));
                let is_last = next(&mut String::new())? == 0;
                return match is_last && end == format!("\"{digest}\"}}\n") {
                    true => Ok(Self {
                        path: path.to_path_buf(),
                        head,
                        digest,
                        repositories,
                    }),
                    false => Err(refused("was changed after it was made")),
                };
            }
            repositories += 1;
        }
    }

    /// The repositories, one by one.
    ///
    /// # Errors
    /// A [`Problem`] where the file can no longer be read.
    pub fn records(&self) -> Result<Records, Problem> {
        let name = self.path.display();
        let file = File::open(&self.path)
            .map_err(|error| Problem::io(&format!("cannot read the plan `{name}`"), &error))?;
        Ok(Records {
            lines: BufReader::new(file),
            left: self.repositories,
            is_begun: false,
            name: name.to_string(),
        })
    }
}

fn head(line: &str) -> Result<Head, String> {
    #[derive(Deserialize)]
    struct Version {
        version: u32,
    }
    let start = line.strip_suffix(",\"repositories\":[\n");
    let start = start.ok_or("is no plan, or not a whole one")?;
    let text = format!("{start}}}");
    let version: Version =
        serde_json::from_str(&text).map_err(|error| format!("is no plan: {error}"))?;
    if version.version != VERSION {
        return Err(format!(
            "has version {}; this harden reads version {VERSION}",
            version.version
        ));
    }
    serde_json::from_str(&text).map_err(|error| format!("is no plan: {error}"))
}

pub struct Records {
    lines: BufReader<File>,
    left: usize,
    is_begun: bool,
    name: String,
}

impl Iterator for Records {
    type Item = Result<RepositoryRecord, Problem>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut line = String::new();
        let problem =
            |what: String| Problem::new(format!("cannot read the plan `{}`: {what}", self.name));
        if !self.is_begun {
            self.is_begun = true;
            if let Err(error) = self.lines.read_line(&mut line) {
                return Some(Err(problem(crate::report::io_message(&error))));
            }
            line.clear();
        }
        self.left = self.left.checked_sub(1)?;
        if let Err(error) = self.lines.read_line(&mut line) {
            return Some(Err(problem(crate::report::io_message(&error))));
        }
        let text = line.trim_end_matches('\n');
        let text = text.strip_suffix(',').unwrap_or(text);
        Some(serde_json::from_str(text).map_err(|error| problem(error.to_string())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head_of(batch: &str) -> Head {
        Head {
            version: VERSION,
            harden: "0".to_string(),
            batch: batch.to_string(),
            profiles: vec!["baseline".to_string()],
            today: "2026-11-25".to_string(),
            shard: None,
        }
    }

    fn plan(names: &[&str]) -> Vec<u8> {
        let mut writer = Writer::new(&head_of("x"), Vec::new()).unwrap();
        for name in names {
            let record = RepositoryRecord {
                name: (*name).to_string(),
                ..RepositoryRecord::default()
            };
            writer.line(&line(&record).unwrap()).unwrap();
        }
        writer.end().unwrap()
    }

    fn open(bytes: &[u8]) -> Result<Vec<String>, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("plan.json");
        std::fs::write(&path, bytes).unwrap();
        let plan = Plan::open(&path).map_err(|problem| problem.message)?;
        let records = plan.records().unwrap();
        Ok(records.map(|record| record.unwrap().name).collect())
    }

    #[test]
    fn a_plan_is_json_and_comes_back() {
        for names in [&[][..], &["a"], &["a", "b\n\"],"]] {
            let bytes = plan(names);
            let value: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
            assert_eq!(value["repositories"].as_array().unwrap().len(), names.len());
            assert_eq!(open(&bytes).unwrap(), names);
        }
    }

    #[test]
    fn no_other_byte_is_taken() {
        let bytes = plan(&["a", "b"]);
        for at in 0..bytes.len() {
            let cut = open(&bytes[..at]);
            assert!(cut.is_err(), "cut at {at}: {cut:?}");
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            let changed = open(&changed);
            assert!(changed.is_err(), "changed at {at}: {changed:?}");
        }
        let mut longer = bytes;
        longer.push(b'\n');
        assert!(
            open(&longer)
                .unwrap_err()
                .ends_with("was changed after it was made")
        );
    }

    #[test]
    fn another_version_is_named() {
        let text = String::from_utf8(plan(&[])).unwrap();
        let text = text.replace("\"version\":1,", "\"version\":2,");
        let message = open(text.as_bytes()).unwrap_err();
        assert!(
            message.ends_with("has version 2; this harden reads version 1"),
            "{message}"
        );
    }
}
