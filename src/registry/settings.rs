//! How registries are reached.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

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
    pub(super) fn mirror(&self, host: &str) -> Option<&str> {
        self.hosts.get(host)?.mirror.as_deref()
    }

    /// Whether plain HTTP will do: where it is said, and on this machine itself.
    pub(super) fn is_insecure(&self, host: &str) -> bool {
        self.hosts.get(host).is_some_and(|row| row.insecure) || is_loopback(host)
    }
}

pub(super) fn is_loopback(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let address = name.trim_start_matches('[').trim_end_matches(']');
    name == "localhost"
        || address
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::is_loopback;

    #[test]
    fn only_this_machine_is_loopback() {
        for host in [
            "localhost",
            "localhost:5000",
            "127.0.0.1:5000",
            "127.9.9.9",
            "[::1]:5000",
        ] {
            assert!(is_loopback(host), "{host}");
        }
        for host in [
            "localhost.example.com",
            "127.example.com:5000",
            "10.0.0.1",
            "docker.io",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
