//! harden rewrites Dockerfiles so that the images they build are hard to attack.
//!
//! The library is pure: [`engine::harden`] takes text and gives text. Files, network and terminal are the binary's.
#![forbid(unsafe_code)]

pub mod digest;
pub mod engine;
pub mod fix;
pub mod gate;
pub mod model;
pub mod pipeline;
pub mod profile;
pub mod rule;
pub mod rules;
pub mod suppress;
pub mod syntax;
pub mod text;
