//! The arguments of `harden batch`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum, ValueHint};

use super::PlanArguments;
use super::mr::ForgeArguments;

#[derive(Debug, Subcommand)]
pub enum BatchCommand {
    /// Plan the changes of all repositories, and write nothing but the plan and its report
    Plan(Box<BatchPlan>),
    /// Print the report of a plan, and of what became of it
    Report(BatchReport),
    /// Make the requests of a plan, exactly as planned: five first, and the others when you say it again
    Apply(Box<BatchApply>),
    /// Ask what became of the requests
    Status(Box<BatchOne>),
    /// Take the requests back that nobody else works on
    Close(Box<BatchMany>),
    /// Bring the requests up to their targets, as far as the planned files are the same there
    Rerun(Box<BatchMany>),
    /// Say something in the open requests
    Comment(Box<BatchComment>),
    /// Join the parts that `plan --shard` made
    Merge(BatchMerge),
}

#[derive(Debug, Args)]
pub struct BatchOne {
    /// The folder of a batch
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub batch: PathBuf,

    #[command(flatten)]
    pub forge: ForgeArguments,
}

#[derive(Debug, Args)]
pub struct BatchComment {
    #[command(flatten)]
    pub many: BatchMany,

    /// What to say, in Markdown
    #[arg(long, value_name = "TEXT")]
    pub text: String,
}

#[derive(Debug, Args)]
pub struct BatchMany {
    #[command(flatten)]
    pub one: BatchOne,

    /// Only repositories with a name like this, with `*` and `?`; repeatable
    #[arg(long, value_name = "GLOB")]
    pub include: Vec<String>,

    /// Do not ask
    #[arg(short, long)]
    pub yes: bool,
}

#[derive(Debug, Args)]
pub struct BatchApply {
    #[command(flatten)]
    pub one: BatchOne,

    /// So many requests in this run
    #[arg(long, value_name = "NUMBER")]
    pub limit: Option<usize>,

    /// As drafts
    #[arg(long)]
    pub draft: bool,

    /// So many requests in an hour, over all runs; the run waits
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    pub per_hour: Option<u32>,

    /// So many requests of the batch that are neither merged nor closed
    #[arg(long, value_name = "NUMBER")]
    pub max_open: Option<usize>,

    /// Only those that failed before
    #[arg(long, value_enum, value_name = "WHICH")]
    pub only: Option<Which>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Which {
    Failed,
}

#[derive(Debug, Args)]
pub struct BatchPlan {
    /// A list file, a folder of clones, an address, or gitlab:HOST/GROUP, github:HOST/ORGANISATION, gitea:HOST/ORGANISATION
    #[arg(required = true, value_name = "SOURCE")]
    pub sources: Vec<String>,

    /// The name of the batch, such as 2026-11-dotnet: branches and labels have it
    #[arg(long, value_name = "NAME", value_parser = id)]
    pub id: String,

    /// The folder for plan and report [default: the name of the batch]
    #[arg(short, long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub output: Option<PathBuf>,

    #[command(flatten)]
    pub plan: PlanArguments,

    #[command(flatten)]
    pub forge: ForgeArguments,

    /// Only repositories with a name like this, with `*` and `?`; repeatable
    #[arg(long, value_name = "GLOB")]
    pub include: Vec<String>,

    /// No repositories with a name like this; repeatable
    #[arg(long, value_name = "GLOB")]
    pub exclude: Vec<String>,

    /// Only repositories with this topic; repeatable
    #[arg(long = "topic", value_name = "NAME")]
    pub topics: Vec<String>,

    /// Also archived repositories
    #[arg(long)]
    pub archived: bool,

    /// Also forks
    #[arg(long)]
    pub forks: bool,

    /// No repositories that the forge says are larger
    #[arg(long, value_name = "MIB")]
    pub max_size: Option<u64>,

    /// Only a part of the repositories, as 1/4; `auto` asks GitLab CI, Slurm or Kubernetes
    #[arg(long, value_name = "I/N")]
    pub shard: Option<String>,

    /// Repositories at the same time [default: two for each processor]
    #[arg(short, long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub jobs: Option<u16>,

    /// Where clones are kept [default: `cache` in the folder of the batch]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub cache: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct BatchReport {
    /// The folder of a batch, or its plan.json
    #[arg(value_name = "DIR|PLAN", value_hint = ValueHint::AnyPath)]
    pub batch: PathBuf,

    /// How to tell it
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    pub format: BatchFormat,

    /// The table of `--format csv`
    #[arg(long, value_enum, value_name = "NAME", default_value_t)]
    pub table: BatchTable,

    /// Write it to this file, as a whole or not at all
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum BatchFormat {
    /// One page for a browser
    Html,
    /// For a wiki or an issue
    #[default]
    Markdown,
    /// Everything, for programs: docs/batch.md
    Json,
    /// One table
    Csv,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum BatchTable {
    /// The repositories, and how much there is to look at
    Repositories,
    /// The Dockerfiles
    #[default]
    Files,
    /// What stands against changes, and in how many files
    Work,
    /// Base images before and after
    Bases,
    /// Errors by message
    Errors,
}

#[derive(Debug, Args)]
pub struct BatchMerge {
    /// The folders of all shards of one batch
    #[arg(required = true, value_name = "SHARD", value_hint = ValueHint::DirPath)]
    pub shards: Vec<PathBuf>,

    /// The folder for the whole batch
    #[arg(short, long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub output: PathBuf,
}

/// What may be the name of a batch: it is a part of names of branches, labels and files.
fn id(text: &str) -> Result<String, String> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let starts_well = text.starts_with(|first: char| first.is_ascii_alphanumeric());
    let is_branch = !text.contains("..") && !text.ends_with('.') && !text.ends_with(".lock");
    match starts_well && is_branch && text.len() <= 64 && text.bytes().all(is_plain) {
        true => Ok(text.to_string()),
        false => Err(
            "letters, digits, `-`, `_` and `.`, at most 64, the first a letter or digit"
                .to_string(),
        ),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_of_batches() {
        for good in ["2026-11-dotnet", "a", "x_1.2"] {
            assert!(super::id(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "-x",
            "a/b",
            "a b",
            "a..b",
            "a.lock",
            "a.",
            "\u{1b}",
            &"x".repeat(65),
        ] {
            assert!(super::id(bad).is_err(), "{bad}");
        }
    }
}
