//! The arguments of the command line.

pub mod batch;
pub mod mr;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};
use harden::suppress::Date;

const EXIT_STATUS: &str = "\
Exit status:
  0  nothing is left to do
  1  there is something to change, or something is left to do
  2  harden could not run: usage, configuration, a file that cannot be read or written";

const GATE_EXIT_STATUS: &str = "\
Exit status:
  0  no finding counts
  1  findings count
  2  a report could not be read, or says that its scan failed; usage, the allow-list";

/// Rewrites Dockerfiles so that the images they build are hard to attack.
#[derive(Debug, Parser)]
#[command(
    name = "harden",
    version,
    args_conflicts_with_subcommands = true,
    subcommand_value_name = "COMMAND",
    after_help = EXIT_STATUS
)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Option<Command>,

    #[command(flatten)]
    pub rewrite: Rewrite,

    #[command(flatten)]
    pub common: Common,
}

/// What goes with every subcommand.
#[derive(Debug, Args)]
pub struct Common {
    /// The configuration [default: the nearest .harden.yaml, up to the root of the repository]
    #[arg(long, global = true, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "isolated")]
    pub config: Option<PathBuf>,

    /// Without a configuration
    #[arg(long, global = true)]
    pub isolated: bool,

    /// When to use colours; NO_COLOR and CLICOLOR_FORCE count for `auto`
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t)]
    pub color: Color,
}

/// The command line without a subcommand.
#[derive(Debug, Parser)]
#[command(name = "harden", disable_help_flag = true)]
struct Plain {
    #[command(flatten)]
    rewrite: Rewrite,

    #[command(flatten)]
    common: Common,
}

/// The names of the subcommands.
const SUBCOMMANDS: &[&str] = &[
    "allow",
    "batch",
    "completions",
    "config",
    "explain",
    "gate",
    "help",
    "lock",
    "lsp",
    "man",
    "mr",
    "profile",
    "syntax",
];

/// What the command line asks for.
///
/// Most runs have no subcommand, and to define them all takes as long as a small file. Where a name of one, an error or a
/// question for help could be meant, the whole definition decides.
///
/// # Errors
/// What is wrong with the arguments, and what help or version to print.
pub fn parse(arguments: &[OsString]) -> Result<Cli, clap::Error> {
    let is_subcommand = |one: &OsString| SUBCOMMANDS.iter().any(|name| one == name);
    if !arguments.iter().any(is_subcommand)
        && let Ok(Plain { rewrite, common }) = Plain::try_parse_from(arguments)
    {
        return Ok(Cli {
            command: None,
            rewrite,
            common,
        });
    }
    Cli::try_parse_from(arguments)
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Color {
    #[default]
    Auto,
    Always,
    Never,
}

/// What `harden` without a subcommand does.
#[derive(Debug, Args)]
pub struct Rewrite {
    /// Files, folders, or `-` for standard input
    #[arg(value_name = "PATH", default_value = ".", value_hint = ValueHint::AnyPath)]
    pub paths: Vec<PathBuf>,

    #[command(flatten)]
    pub mode: ModeFlags,

    #[command(flatten)]
    pub plan: PlanArguments,

    /// How to tell what was found
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    pub format: Format,

    /// Also tell how many lines change in which file, and what comes of the findings of each rule
    #[arg(long)]
    pub stat: bool,

    /// Allow what was there when this file was written by --write-baseline
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub baseline: Option<PathBuf>,

    /// Write all that is found into this file, and exit with 0
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with_all = ["baseline", "write"])]
    pub write_baseline: Option<PathBuf>,

    /// Write what would go to standard output to this file, as a whole or not at all
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub output: Option<PathBuf>,

    /// The name that stands for standard input in patches and messages
    #[arg(long, value_name = "PATH")]
    pub stdin_filename: Option<PathBuf>,

    /// Exit with 0 where there is something to change or left to do
    #[arg(long)]
    pub exit_zero: bool,

    /// Only the patch and errors; with --check, only the exit status
    #[arg(short, long, conflicts_with = "verbose")]
    pub quiet: bool,

    /// Also tell which files need nothing, and what was left out
    #[arg(short, long)]
    pub verbose: bool,
}

#[derive(Debug, Args)]
#[group(multiple = false)]
pub struct ModeFlags {
    /// Print the change as a patch for `git apply` and `patch -p1` [default]
    #[arg(long)]
    pub diff: bool,

    /// Change the files; with `-`, print the hardened file
    #[arg(short, long)]
    pub write: bool,

    /// Print what there is to do, and change nothing
    #[arg(long)]
    pub check: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Diff,
    Write,
    Check,
}

impl ModeFlags {
    pub fn mode(&self) -> Mode {
        match self {
            Self { write: true, .. } => Mode::Write,
            Self { check: true, .. } => Mode::Check,
            _ => Mode::Diff,
        }
    }
}

#[derive(Debug, Args)]
pub struct PlanArguments {
    /// A profile: the name of a built-in one, or a YAML file; repeatable [default: baseline]
    #[arg(short, long = "profile", value_name = "NAME|FILE")]
    pub profiles: Vec<String>,

    /// Only changes that cannot alter what the image does
    #[arg(long)]
    pub safe: bool,

    /// Only this rule or profile; repeatable
    #[arg(long = "rule", value_name = "ID")]
    pub rules: Vec<String>,

    /// Not this rule or profile; repeatable
    #[arg(long = "allow", value_name = "ID")]
    pub allowed: Vec<String>,

    /// The day for `until=` of comments and for the end of support, as 2026-12-31 [default: today]
    #[arg(long, value_name = "DATE")]
    pub today: Option<Date>,

    /// The stage that is shipped, by name or number [default: the last one]
    #[arg(long, value_name = "STAGE")]
    pub target: Option<String>,

    /// Name images by their most precise tag, by digest, or by both, as the lock says
    #[arg(long, value_enum, value_name = "HOW")]
    pub pin: Option<Pin>,

    /// The lock [default: harden.lock, if there is one]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub lock: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Pin {
    /// The most precise tag that names the same image
    Tag,
    /// The tag as it is, and the digest
    Digest,
    /// The most precise tag, and the digest
    Both,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    #[default]
    /// For people
    Text,
    /// One line for each finding: `path:line:column: …`
    Concise,
    /// Everything, for programs: docs/json.md
    Json,
    /// SARIF 2.1.0 with fixes, for code scanning
    Sarif,
    /// GitLab's Code Quality report
    Gitlab,
    /// Workflow commands of GitHub Actions
    Github,
    /// The change as a review for GitHub's API
    GithubSuggestions,
    /// The change as discussions for GitLab's API
    GitlabSuggestions,
    /// The text of a merge request
    Markdown,
    /// JUnit's XML
    Junit,
    /// One page for a browser, with figures, tables and each change side by side
    Html,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Tell all about a rule or a profile; without a name, list them
    Explain {
        #[arg(value_name = "RULE|PROFILE")]
        name: Option<String>,
    },
    /// Write a comment above an instruction that allows what a rule finds there
    Allow {
        /// The rule or profile
        #[arg(value_name = "RULE")]
        rule: String,
        /// The file, and a line of the instruction
        #[arg(value_name = "PATH:LINE")]
        place: PathBuf,
        /// Why it is right here
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// The last day on which the comment counts, as 2026-12-31
        #[arg(long, value_name = "DATE")]
        until: Option<Date>,
    },
    /// List, show and check profiles
    #[command(subcommand)]
    Profile(ProfileCommand),
    /// Print the configuration, with the file that each value is from
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Print how harden reads Dockerfiles, one line of JSON for each
    Syntax {
        /// Files, folders, or `-` for standard input
        #[arg(required = true, value_name = "PATH", value_hint = ValueHint::AnyPath)]
        paths: Vec<PathBuf>,
    },
    /// Ask registries what the images in Dockerfiles are, and keep it in harden.lock
    Lock(LockArguments),
    /// Judge what scanners of images have found, and fail where it is too bad
    #[command(after_help = GATE_EXIT_STATUS)]
    Gate(GateArguments),
    /// Plan and make the changes of many repositories
    #[command(subcommand)]
    Batch(batch::BatchCommand),
    /// Push the change as a branch and open one request to merge it, or bring that request up to date
    Mr(Box<mr::MrArguments>),
    /// Serve an editor over standard input and output: findings, fixes, pages (Language Server Protocol)
    Lsp(PlanArguments),
    /// Print the completions for a shell
    Completions { shell: clap_complete::Shell },
    /// Print the manual page
    Man,
}

#[derive(Debug, Args)]
pub struct LockArguments {
    /// Files, folders, or `-` for standard input
    #[arg(value_name = "PATH", default_value = ".", value_hint = ValueHint::AnyPath)]
    pub paths: Vec<PathBuf>,

    /// Also look up the images that this profile would write; repeatable
    #[arg(short, long = "profile", value_name = "NAME|FILE")]
    pub profiles: Vec<String>,

    /// Also look up again what is in the lock
    #[arg(long, conflicts_with = "check")]
    pub update: bool,

    /// Write nothing; exit with 1 where a registry says something else than the lock
    #[arg(long)]
    pub check: bool,

    /// The lock [default: harden.lock]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub lock: Option<PathBuf>,

    #[command(flatten)]
    pub registry: RegistryArguments,

    /// Also tell of every request
    #[arg(short, long, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

#[derive(Debug, Args)]
pub struct GateArguments {
    /// Reports of GitLab's container scanning, Trivy (JSON), Grype (JSON) or in SARIF; `-` for standard input
    #[arg(required = true, value_name = "REPORT", value_hint = ValueHint::FilePath)]
    pub reports: Vec<PathBuf>,

    /// Whose format the reports have [default: what their keys say]
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub report_format: Option<ReportFormat>,

    /// Findings that are at least this bad count
    #[arg(long, value_enum, value_name = "SEVERITY", default_value_t)]
    pub fail_on: FailOn,

    /// Do not count what has no fixed version
    #[arg(long)]
    pub ignore_unfixed: bool,

    /// Findings that are accepted, in YAML: docs/gate.md
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub allow_list: Option<PathBuf>,

    /// Do not count what is in this report of the base branch; repeatable
    #[arg(long, value_name = "BASE_REPORT", value_hint = ValueHint::FilePath)]
    pub new_only: Vec<PathBuf>,

    /// The day for `until` in the allow-list and for the end of support, as 2026-12-31 [default: today]
    #[arg(long, value_name = "DATE")]
    pub today: Option<Date>,

    /// The Dockerfile of the image, to say where findings are likely from [default: the only one in this folder]
    #[arg(long, value_name = "PATH", value_hint = ValueHint::FilePath)]
    pub dockerfile: Option<PathBuf>,

    /// The stage that is shipped, by name or number [default: the last one]
    #[arg(long, value_name = "STAGE")]
    pub target: Option<String>,

    /// How to tell the verdict
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    pub format: GateFormat,

    /// Write the verdict to this file instead of standard output, as a whole or not at all
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub output: Option<PathBuf>,

    /// List every finding that counts, and those that are allowed
    #[arg(short, long)]
    pub verbose: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// GitLab's security report, schema 15
    Gitlab,
    /// Trivy's JSON, schema 2
    Trivy,
    /// Grype's JSON
    Grype,
    /// SARIF 2.1.0
    Sarif,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    #[default]
    Critical,
    High,
    Medium,
    Low,
    /// GitLab's `Info` too
    #[value(alias = "info")]
    Negligible,
    /// Everything
    Unknown,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum GateFormat {
    #[default]
    /// For people
    Text,
    /// Everything, for programs: docs/gate.md
    Json,
    /// For a comment on a merge request
    Markdown,
    /// JUnit's XML
    Junit,
}

/// How registries are reached.
#[derive(Debug, Args)]
pub struct RegistryArguments {
    /// A file with logins, as `docker login` writes it [default: that of Docker]
    #[arg(long = "registry-config", value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub logins: Option<PathBuf>,

    /// Trust the certificates in this file, in PEM, beside the public ones
    #[arg(long = "ca", value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub authorities: Option<PathBuf>,

    /// Speak plain HTTP with a registry that has no TLS; repeatable
    #[arg(long, value_name = "HOST")]
    pub insecure: Vec<String>,

    /// Ask PLACE before the registry HOST; repeatable
    #[arg(long = "mirror", value_name = "HOST=PLACE")]
    pub mirrors: Vec<String>,

    /// How long to wait for one answer
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub timeout: u64,

    /// How often to ask again where a registry is busy or out of reach
    #[arg(long, value_name = "NUMBER", default_value_t = 3, value_parser = clap::value_parser!(u32).range(0..=20))]
    pub retries: u32,
}

#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Print what counts in the current folder
    Show,
}

#[derive(Debug, Subcommand)]
pub enum ProfileCommand {
    /// List the built-in profiles
    List,
    /// Print a profile, and those that it extends
    Show {
        #[arg(value_name = "NAME|FILE")]
        name: String,
    },
    /// Check that profile files are valid
    Check {
        #[arg(required = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
        files: Vec<String>,
    },
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_definition_is_consistent() {
        super::Cli::command().debug_assert();
        super::Plain::command().debug_assert();
    }

    #[test]
    fn the_names_of_the_subcommands_are_those_of_the_definition() {
        let mut command = super::Cli::command();
        command.build();
        let mut names: Vec<&str> = command
            .get_subcommands()
            .map(clap::Command::get_name)
            .collect();
        let aliases = command
            .get_subcommands()
            .flat_map(clap::Command::get_all_aliases);
        assert_eq!(aliases.count(), 0);
        names.sort_unstable();
        assert_eq!(names, super::SUBCOMMANDS);
    }
}
