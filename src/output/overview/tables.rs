//! The tables of the report, counted while the repositories come in.

use std::collections::BTreeMap;

use crate::report::record::{BaseRecord, FileRecord, RepositoryRecord, RequestRecord, Risk};

/// Numbers over all repositories.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    pub repositories: usize,
    /// Repositories of each risk, in the order of [`Risk::ALL`].
    pub repositories_by_risk: [usize; 6],
    pub files: usize,
    pub files_by_risk: [usize; 6],
    pub safe_fixes: usize,
    pub review_fixes: usize,
    pub held: usize,
    pub manual: usize,
    pub allowed: usize,
}

impl Figures {
    pub fn repositories(&self, risk: Risk) -> usize {
        number(&self.repositories_by_risk, risk)
    }

    pub fn files(&self, risk: Risk) -> usize {
        number(&self.files_by_risk, risk)
    }

    /// Files with a change.
    pub fn changed_files(&self) -> usize {
        self.files(Risk::Safe) + self.files(Risk::Review)
    }

    /// Repositories with a change.
    pub fn changed_repositories(&self) -> usize {
        self.repositories(Risk::Safe) + self.repositories(Risk::Review)
    }
}

fn number(numbers: &[usize; 6], risk: Risk) -> usize {
    let all = Risk::ALL.iter().zip(numbers);
    all.filter(|(one, _)| **one == risk)
        .map(|(_, number)| *number)
        .sum()
}

fn count(numbers: &mut [usize; 6], risk: Risk) {
    for (one, number) in Risk::ALL.iter().zip(numbers) {
        *number += usize::from(*one == risk);
    }
}

/// In how many places something is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spread {
    pub findings: usize,
    pub files: usize,
    pub repositories: usize,
}

/// What stands against a change, or is for a person to do.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reason {
    /// `held` or `manual`.
    pub kind: String,
    pub rule: String,
    pub text: String,
}

/// A repository as a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepositoryRow {
    pub name: String,
    pub url: String,
    pub branch: String,
    pub commit: String,
    pub risk: Risk,
    pub files: usize,
    pub changed: usize,
    pub held: usize,
    pub error: String,
    pub request: Option<RequestRecord>,
}

/// A file as a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileRow {
    pub repository: usize,
    pub path: String,
    pub risk: Risk,
    pub fixes: usize,
    pub held: usize,
    pub bases: Vec<BaseRecord>,
}

#[derive(Debug, Default)]
pub struct Tables {
    pub figures: Figures,
    pub repositories: Vec<RepositoryRow>,
    pub files: Vec<FileRow>,
    pub reasons: BTreeMap<Reason, Spread>,
    pub bases: BTreeMap<BaseRecord, Spread>,
    /// Messages, and how many files and repositories have each.
    pub errors: BTreeMap<String, Spread>,
}

impl Tables {
    pub fn add(&mut self, record: &RepositoryRecord) {
        let number = self.repositories.len();
        let risk = record.risk();
        self.figures.repositories += 1;
        count(&mut self.figures.repositories_by_risk, risk);
        let mut spread = Spreader::default();
        for file in &record.files {
            self.file(number, file, &mut spread);
        }
        if let Some(error) = &record.error {
            spread.errors.entry(error.message.clone()).or_default();
        }
        spread.into_tables(self);
        self.repositories.push(RepositoryRow {
            name: record.name.clone(),
            url: record.url.clone(),
            branch: record.branch.clone(),
            commit: record.commit.clone(),
            risk,
            files: record.files.len(),
            changed: record
                .files
                .iter()
                .filter(|file| file.change.is_some())
                .count(),
            held: record.files.iter().map(held).sum(),
            error: record
                .error
                .as_ref()
                .map_or(String::new(), |error| error.message.clone()),
            request: record.request.clone(),
        });
    }

    fn file(&mut self, repository: usize, file: &FileRecord, spread: &mut Spreader) {
        let risk = file.risk();
        let figures = &mut self.figures;
        figures.files += 1;
        count(&mut figures.files_by_risk, risk);
        let is_safe = |safety: &str| safety == "safe";
        let safe = file.fixes.iter().filter(|fix| is_safe(&fix.safety)).count();
        figures.safe_fixes += safe;
        figures.review_fixes += file.fixes.len() - safe;
        figures.held += file.open.iter().filter(|open| open.kind == "held").count();
        figures.manual += file
            .open
            .iter()
            .filter(|open| open.kind == "manual")
            .count();
        figures.allowed += file.allowed;
        spread.file(file);
        self.files.push(FileRow {
            repository,
            path: file.path.clone(),
            risk,
            fixes: file.fixes.len(),
            held: held(file),
            bases: file.bases.clone(),
        });
    }

    /// The work list: what most files wait for comes first.
    pub fn work_list(&self) -> Vec<(&Reason, Spread)> {
        most_first(self.reasons.iter())
    }

    /// Those that move come first.
    pub fn base_images(&self) -> Vec<(&BaseRecord, Spread)> {
        let mut rows = most_first(self.bases.iter());
        rows.sort_by_key(|(base, _)| base.before == base.after);
        rows
    }

    pub fn errors(&self) -> Vec<(&String, Spread)> {
        most_first(self.errors.iter())
    }
}

fn most_first<'t, K: Ord>(rows: impl Iterator<Item = (&'t K, &'t Spread)>) -> Vec<(&'t K, Spread)> {
    let mut rows: Vec<(&K, Spread)> = rows.map(|(key, spread)| (key, *spread)).collect();
    // Stable: equal numbers stay in the order of their keys.
    rows.sort_by_key(|(_, spread)| std::cmp::Reverse((spread.files, spread.repositories)));
    rows
}

/// Findings of a file that a person has to do something about.
pub fn held(file: &FileRecord) -> usize {
    file.open
        .iter()
        .filter(|open| open.kind != "left_out")
        .count()
}

/// What the findings of a file wait for; a finding may have several reasons.
pub fn reasons(file: &FileRecord) -> impl Iterator<Item = Reason> {
    let open = file.open.iter().filter(|open| open.kind != "left_out");
    open.flat_map(|open| {
        let texts: Vec<&String> = match open.kind.as_str() {
            "manual" => open.reasons.first().into_iter().collect(),
            _ => open.reasons.iter().collect(),
        };
        let reason = |text: &String| Reason {
            kind: open.kind.clone(),
            rule: open.rule.clone(),
            text: text.clone(),
        };
        let texts = if texts.is_empty() {
            vec![&open.message]
        } else {
            texts
        };
        texts.into_iter().map(reason).collect::<Vec<_>>()
    })
}

/// The numbers of one repository, so that it counts once.
#[derive(Default)]
struct Spreader {
    reasons: BTreeMap<Reason, Spread>,
    bases: BTreeMap<BaseRecord, Spread>,
    errors: BTreeMap<String, Spread>,
}

impl Spreader {
    fn file(&mut self, file: &FileRecord) {
        let mut findings: BTreeMap<Reason, usize> = BTreeMap::new();
        for reason in reasons(file) {
            *findings.entry(reason).or_default() += 1;
        }
        for (reason, findings) in findings {
            let spread = self.reasons.entry(reason).or_default();
            spread.findings += findings;
            spread.files += 1;
        }
        for base in &file.bases {
            let spread = self.bases.entry(base.clone()).or_default();
            spread.findings += 1;
            spread.files += 1;
        }
        for error in &file.errors {
            let spread = self.errors.entry(error.message.clone()).or_default();
            spread.findings += 1;
            spread.files += 1;
        }
    }

    fn into_tables(self, tables: &mut Tables) {
        merge(&mut tables.reasons, self.reasons);
        merge(&mut tables.bases, self.bases);
        merge(&mut tables.errors, self.errors);
    }
}

fn merge<K: Ord>(all: &mut BTreeMap<K, Spread>, own: BTreeMap<K, Spread>) {
    for (key, spread) in own {
        let sum = all.entry(key).or_default();
        sum.findings += spread.findings;
        sum.files += spread.files;
        sum.repositories += 1;
    }
}
