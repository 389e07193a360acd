//! What registries say of images: digests, tags, platforms and configurations, without pulling a layer.
//!
//! Reads only. Every document is checked against its digest, every answer has a size limit, and credentials go nowhere but
//! to the registry they are for and to the token server that it names.

mod challenge;
mod client;
mod login;
mod manifest;
mod settings;

pub use crate::http::Failure;
pub use client::Client;
pub use settings::{HostSettings, Settings};
