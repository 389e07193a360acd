//! How registries are reached.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use crate::http::{self, is_loopback};

/// How all registries are reached.
#[derive(Clone, Debug)]
pub struct Settings {
    /// By the name of the registry in image references: `docker.io`, `registry.local:5000`.
    pub hosts: BTreeMap<String, HostSettings>,
    /// A file like Docker's `config.json`; Docker's own without it.
    pub login_file: Option<PathBuf>,
    /// A file with certificates, in PEM, that are trusted beside the public ones.
    pub authorities: Option<PathBuf>,
    /// For one request and its whole answer.
    pub timeout: Duration,
    /// How often a request is sent again.
    pub retries: u32,
}

/// How one registry is reached.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostSettings {
    /// Whether plain HTTP will do. Certificates are checked all the same where there are any.
    pub insecure: bool,
    /// The registry, with the start of a path, that is asked first: `mirror.local:5000/docker.io`.
    pub mirror: Option<String>,
}

impl Settings {
    pub(super) fn http(&self) -> http::Settings {
        http::Settings {
            authorities: self.authorities.clone(),
            timeout: self.timeout,
            retries: self.retries,
            when_busy: "registries take more requests from those who log in",
        }
    }

    pub(super) fn mirror(&self, host: &str) -> Option<&str> {
        self.hosts.get(host)?.mirror.as_deref()
    }

    /// Whether plain HTTP will do: where it is said, and on this machine itself.
    pub(super) fn is_insecure(&self, host: &str) -> bool {
        self.hosts.get(host).is_some_and(|row| row.insecure) || is_loopback(host)
    }
}
