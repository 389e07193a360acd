//! What came of files and repositories, as it is kept: in the plan of a batch, and in the data of a report.
//!
//! Nothing here depends on the day, the machine or the order of the work: equal input makes equal bytes.

use std::collections::HashSet;

use harden::engine::{Applied, Open, OpenKind};
use harden::fix::Safety;
use harden::model::stage::Base;
use harden::model::{ImageFacts, Model};
use harden::syntax;
use serde::{Deserialize, Serialize};

use super::{FileReport, Problem};

/// A repository of a batch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RepositoryRecord {
    /// How people call it: the path on the forge, or in the folder of clones.
    pub name: String,
    /// Where a request goes; empty where there is no such place.
    pub url: String,
    /// The branch that was looked at, and that a request is made for.
    pub branch: String,
    /// The commit that was looked at, in full.
    pub commit: String,
    /// Why nothing is planned for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<ErrorRecord>,
    pub files: Vec<FileRecord>,
    /// What became of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<RequestRecord>,
}

/// How much a person has to look at what is planned for a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Risk {
    /// Only changes that keep what the image does.
    Safe,
    /// Some change is for a person to look at.
    Review,
    /// Nothing changes, because something stands against all of it.
    Held,
    /// There is nothing to change.
    Done,
    /// It has no Dockerfile.
    Empty,
    /// It could not be looked at.
    Failed,
}

impl Risk {
    pub const ALL: [Self; 6] = [
        Self::Safe,
        Self::Review,
        Self::Held,
        Self::Done,
        Self::Empty,
        Self::Failed,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::Review => "review",
            Self::Held => "held",
            Self::Done => "done",
            Self::Empty => "empty",
            Self::Failed => "failed",
        }
    }

    /// The same in a sentence for people.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Safe => "only changes that keep what the image does",
            Self::Review => "changes for a person to look at",
            Self::Held => "nothing changes: something stands against it",
            Self::Done => "nothing to do",
            Self::Empty => "no Dockerfile",
            Self::Failed => "could not be looked at",
        }
    }
}

impl RepositoryRecord {
    pub fn risk(&self) -> Risk {
        if self.error.is_some() {
            return Risk::Failed;
        }
        if self.files.is_empty() {
            return Risk::Empty;
        }
        let risks = || self.files.iter().map(FileRecord::risk);
        [Risk::Review, Risk::Safe, Risk::Failed, Risk::Held]
            .into_iter()
            .find(|risk| risks().any(|one| one == *risk))
            .unwrap_or(Risk::Done)
    }

    pub fn is_changed(&self) -> bool {
        self.files.iter().any(|file| file.change.is_some())
    }
}

/// A Dockerfile.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileRecord {
    /// From the root of the repository, with `/`.
    pub path: String,
    /// The images that its stages are built on, before and after.
    pub bases: Vec<BaseRecord>,
    pub fixes: Vec<FixRecord>,
    pub open: Vec<OpenRecord>,
    /// How many findings are allowed by comments or the baseline.
    pub allowed: usize,
    /// Why the file is left as it is.
    pub errors: Vec<ErrorRecord>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change: Option<ChangeRecord>,
}

impl FileRecord {
    pub fn risk(&self) -> Risk {
        if !self.errors.is_empty() {
            return Risk::Failed;
        }
        if self.change.is_some() {
            let is_safe = self.fixes.iter().all(|fix| fix.safety == "safe");
            return if is_safe { Risk::Safe } else { Risk::Review };
        }
        if self.open.iter().any(|open| open.kind != "left_out") {
            return Risk::Held;
        }
        Risk::Done
    }
}

/// The image of a stage before and after.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BaseRecord {
    pub before: String,
    pub after: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FixRecord {
    pub rule: String,
    /// `safe` or `review`.
    pub safety: String,
    pub title: String,
    pub line: usize,
    /// What a person should look at.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<CheckRecord>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckRecord {
    pub what: String,
    pub why: String,
}

/// A finding that is still there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenRecord {
    pub rule: String,
    /// `held`, `manual` or `left_out`.
    pub kind: String,
    pub severity: String,
    pub message: String,
    pub line: usize,
    pub reasons: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ErrorRecord {
    pub message: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

/// What becomes of the text of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangeRecord {
    /// The blob of git that the change is of; empty outside of git.
    pub old: String,
    /// The whole new text; empty where only the report needs the record.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// The patch, for people to read.
    pub diff: String,
}

/// What became of the request for a repository.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequestRecord {
    /// Such as `created`, `open` or `failed`.
    pub state: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub url: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

impl From<&Problem> for ErrorRecord {
    fn from(problem: &Problem) -> Self {
        Self {
            message: problem.message.clone(),
            line: problem.position.map(|at| at.line),
            help: problem.help.clone(),
        }
    }
}

impl FileRecord {
    /// The record of a report. The patch of a change is for who knows how to make one.
    pub fn new(path: &str, report: &FileReport) -> Self {
        let outcome = &report.outcome;
        Self {
            path: path.to_string(),
            bases: bases(&report.source, &outcome.text),
            fixes: outcome.applied.iter().map(fix).collect(),
            open: outcome.open.iter().map(open).collect(),
            allowed: outcome.allowed.len(),
            errors: report.problems.iter().map(ErrorRecord::from).collect(),
            change: report.is_changed().then(|| ChangeRecord {
                old: String::new(),
                text: outcome.text.clone(),
                diff: String::new(),
            }),
        }
    }
}

fn fix(applied: &Applied) -> FixRecord {
    let check = |what: &str, why: &str| CheckRecord {
        what: what.to_string(),
        why: why.to_string(),
    };
    let steps = applied.steps.iter();
    let steps = steps.filter_map(|step| Some(check(&step.what, step.why.as_deref()?)));
    let mut checks: Vec<CheckRecord> = steps.collect();
    if let (true, Some(why)) = (checks.is_empty(), &applied.why) {
        checks.push(check(&applied.title, why));
    }
    let is_review = applied.safety != Safety::Safe;
    FixRecord {
        rule: applied.rule.clone(),
        safety: applied.safety.as_str().to_string(),
        title: applied.title.clone(),
        line: applied.position.line,
        checks: if is_review { checks } else { Vec::new() },
    }
}

fn open(open: &Open) -> OpenRecord {
    let (kind, reasons) = match &open.kind {
        OpenKind::Held(reasons) => {
            let texts = reasons.iter().map(|reason| reason.text.clone());
            ("held", texts.collect())
        }
        OpenKind::Manual { title, why } => {
            let parts = [title, why].into_iter().filter(|part| !part.is_empty());
            ("manual", parts.cloned().collect())
        }
        OpenKind::LeftOut { title, .. } => ("left_out", vec![title.clone()]),
    };
    OpenRecord {
        rule: open.rule.clone(),
        kind: kind.to_string(),
        severity: open.severity.as_str().to_string(),
        message: open.message.clone(),
        line: open.position.line,
        reasons,
    }
}

/// The images of the stages before and after, each pair once, in the order of the stages.
fn bases(source: &str, text: &str) -> Vec<BaseRecord> {
    let before = images(source);
    let after = if text == source {
        before.clone()
    } else {
        images(text)
    };
    let mut seen = HashSet::new();
    let pairs = before.into_iter().zip(after).filter_map(|(before, after)| {
        let (before, after) = (before?, after?);
        Some(BaseRecord { before, after })
    });
    pairs.filter(|pair| seen.insert(pair.clone())).collect()
}

/// The image of each stage, as far as it has one that can be known.
fn images(text: &str) -> Vec<Option<String>> {
    let file = syntax::parse(text);
    let facts = ImageFacts::default();
    let Ok(model) = Model::new(&file, &facts, None) else {
        return Vec::new();
    };
    let image = |base: &Base| match base {
        Base::Stage(_) => None,
        Base::Scratch => Some("scratch".to_string()),
        Base::Image(image) => image.known().map(|image| image.as_str().to_string()),
    };
    model.stages.iter().map(|one| image(&one.base)).collect()
}
