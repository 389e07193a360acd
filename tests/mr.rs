//! `harden mr`: real git over HTTP, and forges that remember what they are told.

#[path = "mr/bad_input.rs"]
mod bad_input;
#[path = "mr/batches.rs"]
mod batches;
#[path = "mr/fake.rs"]
mod fake;
#[path = "mr/forges.rs"]
mod forges;
#[path = "mr/groups.rs"]
mod groups;
#[path = "mr/interrupted.rs"]
mod interrupted;
#[path = "mr/life.rs"]
mod life;
#[path = "cli/sandbox.rs"]
#[allow(
    dead_code,
    reason = "the tests of the command line use the other part of it"
)]
mod sandbox;
#[path = "registry/server.rs"]
mod server;
#[path = "mr/world.rs"]
mod world;
