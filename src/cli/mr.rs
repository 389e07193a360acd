//! The arguments of `harden mr`, and how a forge is reached.

use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};

use super::PlanArguments;

const TOKENS: &str = "\
The token is in the environment, or in the file of --token-file; never among the words of a command:
  HARDEN_TOKEN                for the forge of the run
  GITLAB_TOKEN                for gitlab.com, and the host in GITLAB_HOST or CI_SERVER_HOST
  GH_TOKEN, GITHUB_TOKEN      for github.com, and the host in GH_HOST or GITHUB_SERVER_URL
  GITEA_TOKEN, FORGEJO_TOKEN  for the host in GITEA_SERVER_URL
It goes to that host and nowhere else.

Nothing is done in your checkout: the branch that the request goes to is copied into a temporary folder, and hardened there.

Exit status:
  0  the request is as it should be, or there is nothing to do
  1  --dry-run: there is something to do
  2  harden could not do it, or could not read a Dockerfile; running it again goes on from there";

#[derive(Debug, Args)]
#[command(after_help = TOKENS)]
pub struct MrArguments {
    /// Files and folders of the repository, from its root
    #[arg(value_name = "PATH", default_value = ".")]
    pub paths: Vec<PathBuf>,

    /// The repository, by its address [default: the remote of this checkout]
    #[arg(long, value_name = "URL")]
    pub repo: Option<String>,

    /// The remote of this checkout that names the repository
    #[arg(
        long,
        value_name = "NAME",
        default_value = "origin",
        conflicts_with = "repo"
    )]
    pub remote: String,

    /// The branch to merge into [default: the default branch of the repository]
    #[arg(long, value_name = "BRANCH")]
    pub target_branch: Option<String>,

    /// The title of the request
    #[arg(long, value_name = "TEXT")]
    pub title: Option<String>,

    /// Open the request as a draft
    #[arg(long)]
    pub draft: bool,

    /// Give a new request this label; repeatable
    #[arg(long = "label", value_name = "NAME", default_value = "hardening")]
    pub labels: Vec<String>,

    /// Ask this person to review a new request; repeatable
    #[arg(long = "reviewer", value_name = "NAME")]
    pub reviewers: Vec<String>,

    /// Ask those to review whom CODEOWNERS names for the changed files
    #[arg(long)]
    pub codeowners: bool,

    /// Assign a new request to this person; repeatable
    #[arg(long = "assignee", value_name = "NAME")]
    pub assignees: Vec<String>,

    /// Also comment on each changed part of a new or updated request: why, and on GitLab a suggestion that takes it back
    #[arg(long)]
    pub comments: bool,

    /// Say what would be done, and change nothing anywhere
    #[arg(long)]
    pub dry_run: bool,

    #[command(flatten)]
    pub forge: ForgeArguments,

    #[command(flatten)]
    pub plan: PlanArguments,

    /// Also tell of every request over HTTP
    #[arg(short, long)]
    pub verbose: bool,
}

/// How a forge is reached.
#[derive(Clone, Debug, Args)]
pub struct ForgeArguments {
    /// What the forge is [default: as the name of its host says]
    #[arg(long, value_enum, value_name = "NAME")]
    pub forge: Option<ForgeName>,

    /// The address of the forge's interface [default: that of the repository's host]
    #[arg(long, value_name = "URL")]
    pub api: Option<String>,

    /// A file with the token
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub token_file: Option<PathBuf>,

    /// Trust the certificates in this file, in PEM
    #[arg(long = "ca", value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub authorities: Option<PathBuf>,

    /// Send the token over plain HTTP to a forge that has no TLS
    #[arg(long)]
    pub insecure: bool,

    /// How long to wait for one answer of the forge
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub timeout: u64,

    /// How often to ask again where the forge is busy or out of reach
    #[arg(long, value_name = "NUMBER", default_value_t = 3, value_parser = clap::value_parser!(u32).range(0..=20))]
    pub retries: u32,

    /// How long one command of git may take
    #[arg(long, value_name = "SECONDS", default_value_t = 600, value_parser = clap::value_parser!(u64).range(1..=86400))]
    pub git_timeout: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ForgeName {
    Gitlab,
    Github,
    /// Gitea and Forgejo
    Gitea,
    /// No interface: options of `git push`, as GitLab takes them
    Push,
    /// No interface: `refs/for/BRANCH`, as Gitea and Forgejo take it
    Agit,
}
