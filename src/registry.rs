//! What registries say of images: digests, tags, platforms and configurations, without pulling a layer.
//!
//! Reads only. Every document is checked against its digest, every answer has a size limit, and credentials go nowhere but
//! to the registry they are for and to the token server that it names.

mod challenge;
mod client;
mod login;
mod manifest;
mod settings;
mod transport;

pub use client::Client;
pub use settings::{HostSettings, Settings};

use crate::report::Problem;

/// Why a registry gave no answer.
#[derive(Clone, Debug)]
pub struct Failure {
    pub kind: Kind,
    pub problem: Problem,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The registry says that there is no such image.
    NotFound,
    /// The registry could not be reached, or is in trouble; another time or place may do.
    Unreachable,
    /// Its answer is of no use.
    Refused,
}

impl Failure {
    fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            problem: Problem::new(message),
        }
    }

    fn help(mut self, help: impl Into<String>) -> Self {
        self.problem.help = Some(help.into());
        self
    }
}

type Answer<T> = Result<T, Failure>;
