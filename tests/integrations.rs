//! harden where teams already are: pre-commit, GitLab CI/CD, GitHub Actions, shells, scanners, the book. Each with the real program if it can be
//! had; those that install one are ignored unless asked for with `--include-ignored`.

#[path = "integrations/batches.rs"]
mod batches;
#[path = "integrations/book.rs"]
mod book;
#[path = "integrations/browser.rs"]
mod browser;
mod common;
#[path = "integrations/gate.rs"]
mod gate;
#[path = "integrations/github.rs"]
mod github;
#[path = "integrations/gitlab.rs"]
mod gitlab;
#[path = "integrations/pre_commit.rs"]
mod pre_commit;
#[path = "common/program.rs"]
#[allow(
    dead_code,
    reason = "each test binary uses its own part of this module"
)]
mod program;
#[path = "integrations/project.rs"]
mod project;
#[path = "batch/repositories.rs"]
#[allow(
    dead_code,
    reason = "each test binary uses its own part of this module"
)]
mod repositories;
#[path = "integrations/repository.rs"]
mod repository;
#[path = "integrations/tools.rs"]
mod tools;
