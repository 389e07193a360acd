//! What a rule is, what it finds, and what rules and profiles share to write it.

pub mod composed;
pub mod downloads;
pub mod lines;
pub mod modes;
pub mod packages;
pub mod repeated;
pub mod runs;
pub mod secrets;
pub mod survey;
pub mod value;

use crate::fix::{Fix, Reason, Step};
use crate::pipeline;
use crate::text::{Edit, Overlap, Span};
pub use survey::Survey;

/// How bad it is to leave a finding as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    Info,
    Low,
    Medium,
    High,
}

impl Severity {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// A rule: two files, `rules/<id>.rs` and its page `rules/<id>.md`.
pub struct Rule {
    /// Names the bad pattern, in kebab case, and reads as "allow …".
    pub id: &'static str,
    /// One line, lower case, no full stop.
    pub summary: &'static str,
    pub severity: Severity,
    /// The version that brought it.
    pub since: &'static str,
    pub page: &'static str,
    /// What other tools call the same thing: `hadolint:DL4000`, `buildkit:MaintainerDeprecated`.
    pub aliases: &'static [&'static str],
    pub check: Check,
}

/// What a rule looks at.
#[derive(Clone, Copy)]
pub enum Check {
    Dockerfile(CheckDockerfile),
    Pipeline(CheckPipeline),
    Workflow(CheckWorkflow),
    /// One fact that is in files of several kinds: at most one check for each.
    Several(&'static [Check]),
}

pub type CheckDockerfile = fn(&Survey<'_>) -> Vec<Finding>;
pub type CheckPipeline = fn(&pipeline::Survey<'_, '_>) -> Vec<Finding>;
pub type CheckWorkflow = fn(&pipeline::WorkflowSurvey<'_, '_>) -> Vec<Finding>;

impl Check {
    fn each(&self) -> &[Self] {
        match self {
            Self::Several(checks) => checks,
            one => std::slice::from_ref(one),
        }
    }

    pub fn of_dockerfiles(&self) -> Option<CheckDockerfile> {
        self.each().iter().find_map(|one| match one {
            Self::Dockerfile(check) => Some(*check),
            _ => None,
        })
    }

    pub fn of_pipelines(&self) -> Option<CheckPipeline> {
        self.each().iter().find_map(|one| match one {
            Self::Pipeline(check) => Some(*check),
            _ => None,
        })
    }

    pub fn of_workflows(&self) -> Option<CheckWorkflow> {
        self.each().iter().find_map(|one| match one {
            Self::Workflow(check) => Some(*check),
            _ => None,
        })
    }
}

/// Something that a rule or a profile has to say of a place.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The id of the rule, or the name of the profile.
    pub rule: String,
    pub severity: Severity,
    /// The fact, lower case, no full stop.
    pub message: String,
    pub span: Span,
    pub verdict: Verdict,
    pub elsewhere: Elsewhere,
}

/// What other tools call the same thing, and where their comments about it count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Elsewhere {
    /// At the instruction of the finding.
    Here(&'static [&'static str]),
    /// Anywhere in the stages that the finding is about.
    InStages(Vec<&'static str>),
}

/// What can be done about a finding.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    Fix(Fix),
    /// harden would change this, but a precondition does not hold.
    Held(Vec<Reason>),
}

impl Verdict {
    /// A fix that keeps what the image does.
    pub fn safe(title: &str, edits: Vec<Edit>) -> Self {
        Self::of(Fix::safe(title, edits))
    }

    /// A fix that a person should look at: `why` tells what to look for.
    pub fn review(title: &str, why: impl Into<String>, edits: Vec<Edit>) -> Self {
        let step = Step::new(title, None, edits);
        Self::of(Fix::review(title, why, vec![step]))
    }

    /// A person must choose.
    pub fn manual(title: impl Into<String>, why: impl Into<String>) -> Self {
        Self::Fix(Fix::manual(title, why))
    }

    pub fn held(reason: Reason) -> Self {
        Self::Held(vec![reason])
    }

    fn of(fix: Result<Fix, Overlap>) -> Self {
        match fix {
            Ok(fix) => Self::Fix(fix),
            Err(overlap) => Self::held(Reason::at(overlap.second, overlap.to_string())),
        }
    }
}

impl Finding {
    pub fn of(rule: &Rule, span: Span, message: impl Into<String>, verdict: Verdict) -> Self {
        Self {
            rule: rule.id.to_string(),
            severity: rule.severity,
            message: message.into(),
            span,
            verdict,
            elsewhere: Elsewhere::Here(rule.aliases),
        }
    }

    pub fn fix(&self) -> Option<&Fix> {
        match &self.verdict {
            Verdict::Fix(fix) => Some(fix),
            Verdict::Held(_) => None,
        }
    }
}
