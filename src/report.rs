//! What there is to tell of a run, before anybody decides how to print it.

pub mod record;

use std::fmt;
use std::io;
use std::path::PathBuf;

use harden::engine::{Diagnostic, OpenKind, Outcome};
use harden::fix::Safety;
use harden::rule::Severity;
use harden::text::{Position, Span};

/// Something that keeps harden from doing its work on a file. Texts are raw: output escapes them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problem {
    pub position: Option<Position>,
    pub span: Option<Span>,
    /// Lower case, no full stop.
    pub message: String,
    pub help: Option<String>,
}

impl Problem {
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            ..Self::default()
        }
    }

    pub fn at(mut self, line: usize, column: usize) -> Self {
        self.position = Some(Position { line, column });
        self
    }

    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// A problem of the operating system, told without its number.
    pub fn io(what: &str, error: &io::Error) -> Self {
        Self::new(format!("{what}: {}", io_message(error)))
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for Problem {}

impl From<Diagnostic> for Problem {
    fn from(diagnostic: Diagnostic) -> Self {
        let is_template = ["{{", "{%", "<%"]
            .iter()
            .any(|mark| diagnostic.message.contains(mark));
        let help = "this looks like a template; harden reads the Dockerfile that is made of it";
        Self {
            position: diagnostic.position,
            span: diagnostic.span,
            message: diagnostic.message,
            help: is_template.then(|| help.to_string()),
        }
    }
}

/// `Permission denied (os error 13)` as `permission denied`.
pub fn io_message(error: &io::Error) -> String {
    let text = error.to_string();
    let text = match text.rfind(" (os error ") {
        Some(at) => text.get(..at).unwrap_or(&text),
        None => &text,
    };
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_ascii_lowercase());
    first.into_iter().chain(letters).collect()
}

/// What came of one file.
#[derive(Debug, Default)]
pub struct FileReport {
    /// As the file was named, or found.
    pub path: PathBuf,
    /// For the patch: relative to the current folder.
    pub patch_path: PathBuf,
    pub is_stdin: bool,
    /// As it was read; empty where it could not be.
    pub source: String,
    pub outcome: Outcome,
    pub problems: Vec<Problem>,
    pub notes: Vec<String>,
    pub written: bool,
}

impl FileReport {
    pub fn is_changed(&self) -> bool {
        self.outcome.is_changed() && self.outcome.text != self.source
    }

    /// Findings that keep the exit status from being 0: a person has to do something about them. What `--safe` left out is
    /// not among them, because it was not asked for.
    fn left(&self) -> usize {
        let counts = |severity: Severity, kind: &OpenKind| {
            severity > Severity::Info && !matches!(kind, OpenKind::LeftOut { .. })
        };
        let open = self.outcome.open.iter();
        open.filter(|open| counts(open.severity, &open.kind))
            .count()
    }
}

/// Numbers over all files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    pub files: usize,
    pub changed: usize,
    pub written: usize,
    pub safe_fixes: usize,
    pub review_fixes: usize,
    pub held: usize,
    pub manual: usize,
    pub left_out: usize,
    /// Allowed by comments or the baseline.
    pub allowed: usize,
    /// Held and manual findings above `info`.
    pub left: usize,
    /// Files that could not be read, hardened or written.
    pub failed: usize,
}

impl Summary {
    pub fn add(&mut self, report: &FileReport) {
        self.files += 1;
        self.changed += usize::from(report.is_changed());
        self.written += usize::from(report.written);
        self.failed += usize::from(!report.problems.is_empty());
        self.left += report.left();
        self.allowed += report.outcome.allowed.len();
        for applied in &report.outcome.applied {
            match applied.safety {
                Safety::Safe => self.safe_fixes += 1,
                Safety::Review | Safety::Manual => self.review_fixes += 1,
            }
        }
        for open in &report.outcome.open {
            match open.kind {
                OpenKind::Held(_) => self.held += 1,
                OpenKind::Manual { .. } => self.manual += 1,
                OpenKind::LeftOut { .. } => self.left_out += 1,
            }
        }
    }

    pub fn fixes(&self) -> usize {
        self.safe_fixes + self.review_fixes
    }
}
