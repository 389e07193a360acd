//! What counts of the findings, and whether the gate opens.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::allow::{Allow, AllowList};
use super::finding::{Finding, Fix, Kind, Severity};
use super::report::Report;
use crate::suppress::Date;

/// What counts.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Findings that are less bad do not count.
    pub fail_on: Severity,
    /// Whether findings without a fixed version do not count either.
    pub ignore_unfixed: bool,
    pub today: Date,
}

/// Why a finding counts, or does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Counts,
    /// By the entry of that number of the allow-list, or by the report itself.
    Allowed(Option<usize>),
    Unfixed,
    /// In the base branch too.
    Known,
    /// Less bad than the threshold.
    Below,
}

#[derive(Clone, Debug)]
pub struct Judged {
    pub finding: Finding,
    pub standing: Standing,
}

/// Numbers of findings of one severity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub all: usize,
    /// Not in the base branch; all where there is none.
    pub new: usize,
    pub allowed: usize,
    /// The report says that there is no fixed version.
    pub unfixed: usize,
    /// These fail the gate.
    pub counted: usize,
}

/// What came of one image.
#[derive(Clone, Debug)]
pub struct ImageVerdict {
    pub name: String,
    pub counts: BTreeMap<Severity, Counts>,
    /// In the order of severity, package and id.
    pub findings: Vec<Judged>,
}

impl ImageVerdict {
    pub fn counted(&self) -> usize {
        self.counts.values().map(|counts| counts.counted).sum()
    }

    /// The findings that fail the gate, the worst first.
    pub fn failing(&self) -> impl Iterator<Item = &Finding> {
        let counted = self.findings.iter();
        let counted = counted.filter(|one| one.standing == Standing::Counts);
        counted.map(|one| &one.finding)
    }
}

/// What came of one report.
pub type Verdict = Vec<ImageVerdict>;

/// The findings of a base branch: by what they are, without versions, lines and names of images, which carry the branch.
#[derive(Clone, Debug, Default)]
pub struct Base {
    vulnerabilities: HashSet<(Box<str>, Box<str>)>,
    /// Others are counted: a second secret in a file is a new one.
    others: HashMap<(Kind, Box<str>, Box<str>), usize>,
}

impl Base {
    pub fn add(&mut self, report: &Report) {
        for finding in &report.findings {
            match finding.kind {
                Kind::Vulnerability => {
                    let keys = finding.ids().map(|id| (id.into(), package(finding).into()));
                    self.vulnerabilities.extend(keys);
                }
                _ => *self.others.entry(place(finding)).or_default() += 1,
            }
        }
    }

    /// Whether the finding was there; one that is counted is taken away.
    fn take(&mut self, finding: &Finding) -> bool {
        match finding.kind {
            Kind::Vulnerability => finding.ids().any(|id| {
                let key = (id.into(), package(finding).into());
                self.vulnerabilities.contains(&key)
            }),
            _ => match self.others.get_mut(&place(finding)) {
                Some(count) if *count > 0 => {
                    *count -= 1;
                    true
                }
                _ => false,
            },
        }
    }
}

fn package(finding: &Finding) -> &str {
    finding.package.as_deref().unwrap_or_default()
}

fn place(finding: &Finding) -> (Kind, Box<str>, Box<str>) {
    let place = finding.place.clone().unwrap_or_default();
    (finding.kind, finding.id.clone(), place)
}

/// Judges the findings of a report. `name` is that of what was scanned where the report does not say; the numbers of the
/// entries of the allow-list that were needed go to `used`.
pub fn judge(
    report: Report,
    name: &str,
    settings: &Settings,
    allowed: &AllowList,
    base: Option<&mut Base>,
    used: &mut HashSet<usize>,
) -> Verdict {
    let own = report.image.as_deref().unwrap_or(name);
    let mut judge = Judge {
        settings,
        entries: by_id(allowed),
        list: &allowed.allow,
        base,
        used,
    };
    let mut images: BTreeMap<String, ImageVerdict> = BTreeMap::new();
    for finding in report.findings {
        let image = finding.image.as_deref().unwrap_or(own);
        let verdict = match images.get_mut(image) {
            Some(verdict) => verdict,
            None => images
                .entry(image.to_string())
                .or_insert_with(|| empty(image)),
        };
        judge.add(finding, verdict);
    }
    if images.is_empty() {
        images.insert(own.to_string(), empty(own));
    }
    let mut verdicts: Verdict = images.into_values().collect();
    for verdict in &mut verdicts {
        verdict.findings.sort_by(|one, other| {
            let key = |judged: &Judged| std::cmp::Reverse(judged.finding.severity);
            let (first, second) = (&one.finding, &other.finding);
            key(one)
                .cmp(&key(other))
                .then_with(|| first.package.cmp(&second.package))
                .then_with(|| first.id.cmp(&second.id))
        });
    }
    verdicts
}

fn empty(name: &str) -> ImageVerdict {
    ImageVerdict {
        name: name.to_string(),
        counts: BTreeMap::new(),
        findings: Vec::new(),
    }
}

/// The numbers of the entries with an id, in lower case.
fn by_id(list: &AllowList) -> HashMap<String, Vec<usize>> {
    let mut entries: HashMap<String, Vec<usize>> = HashMap::new();
    for (number, entry) in list.allow.iter().enumerate() {
        let id = entry.id.to_ascii_lowercase();
        entries.entry(id).or_default().push(number);
    }
    entries
}

struct Judge<'j> {
    settings: &'j Settings,
    entries: HashMap<String, Vec<usize>>,
    list: &'j [Allow],
    base: Option<&'j mut Base>,
    used: &'j mut HashSet<usize>,
}

impl Judge<'_> {
    fn add(&mut self, finding: Finding, verdict: &mut ImageVerdict) {
        let is_known = self.base.as_mut().is_some_and(|base| base.take(&finding));
        let entry = self.entry(&finding, &verdict.name);
        self.used.extend(entry);
        let is_allowed = entry.is_some() || finding.is_suppressed;
        let is_unfixed = finding.fix == Fix::None;
        let standing = match () {
            () if finding.severity < self.settings.fail_on => Standing::Below,
            () if is_allowed => Standing::Allowed(entry),
            () if is_known => Standing::Known,
            () if is_unfixed && self.settings.ignore_unfixed => Standing::Unfixed,
            () => Standing::Counts,
        };
        let counts = verdict.counts.entry(finding.severity).or_default();
        counts.all += 1;
        counts.new += usize::from(!is_known);
        counts.allowed += usize::from(is_allowed);
        counts.unfixed += usize::from(is_unfixed);
        counts.counted += usize::from(standing == Standing::Counts);
        verdict.findings.push(Judged { finding, standing });
    }

    /// The first entry that is about the finding and still counts.
    fn entry(&self, finding: &Finding, image: &str) -> Option<usize> {
        if self.entries.is_empty() {
            return None;
        }
        let today = self.settings.today;
        finding.ids().find_map(|id| {
            let numbers = self.entries.get(&id.to_ascii_lowercase())?;
            numbers.iter().copied().find(|number| {
                let entry = self.list.get(*number);
                entry.is_some_and(|one| !one.is_expired(today) && one.fits(finding, image))
            })
        })
    }
}
