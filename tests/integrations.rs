//! harden where teams already are: pre-commit, GitLab CI/CD, GitHub Actions, shells, the book, GitHub's interface. Each with the
//! real program if it can be had; those that install one are ignored unless asked for with `--include-ignored`.

#[path = "integrations/batches.rs"]
mod batches;
#[path = "integrations/book.rs"]
mod book;
#[path = "integrations/browser.rs"]
mod browser;
mod common;
#[path = "mr/fake.rs"]
#[allow(dead_code, reason = "the tests of requests use the other part of it")]
mod fake;
#[path = "integrations/github.rs"]
mod github;
#[path = "integrations/gitlab.rs"]
mod gitlab;
#[path = "integrations/openapi.rs"]
mod openapi;
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
#[path = "cli/sandbox.rs"]
#[allow(
    dead_code,
    reason = "the tests of the command line use the other part of it"
)]
mod sandbox;
#[path = "registry/server.rs"]
mod server;
#[path = "integrations/tools.rs"]
mod tools;
#[path = "mr/world.rs"]
#[allow(dead_code, reason = "the tests of requests use the other part of it")]
mod world;
