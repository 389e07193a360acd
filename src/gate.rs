//! The gate: reports of scanners in, a verdict out. Pure: whoever calls hands in deserializers and texts.
//!
//! Reports are read as streams: of each finding only what is counted or shown is kept, each once, and a report with more
//! findings than any image has is refused. What cannot be read is an error, never a finding less.

mod allow;
mod distinct;
mod finding;
mod gitlab;
mod grype;
mod origin;
mod report;
mod sarif;
mod trivy;
mod verdict;

pub use allow::{Allow, AllowList};
pub use finding::{Class, Finding, Fix, Kind, Severity};
pub use origin::{Advice, Origin, Origins, Suggestion};
pub use report::{Format, Report, read};
pub use verdict::{Base, Counts, ImageVerdict, Judged, Settings, Standing, Verdict, judge};
