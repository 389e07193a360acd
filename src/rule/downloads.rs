//! Calls of curl and wget.

use std::borrow::Cow;

use super::runs::Run;
use crate::model::packages::invocation;
use crate::syntax::shell::{Command, Script, SimpleCommand, Site, Word};

/// The words that stand in every text with a call of a downloader.
pub const NAMES: &[&str] = &["curl", "wget"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Downloader {
    Curl,
    Wget,
}

impl Downloader {
    /// The downloader that a command runs, behind `sudo`, `env` and their like too, and the index of its word.
    pub fn of(command: &SimpleCommand) -> Option<(Self, usize)> {
        let found = invocation(command);
        let downloader = match found.name.as_deref()? {
            "curl" => Self::Curl,
            "wget" => Self::Wget,
            _ => return None,
        };
        Some((downloader, found.index?))
    }
}

/// One call.
pub struct Download<'m> {
    pub run: Run<'m>,
    pub site: Site<'m>,
    pub downloader: Downloader,
    /// The index of the downloader's name among the words of the command.
    pub name_index: usize,
}

impl<'m> Download<'m> {
    /// The words behind the name, each with its index.
    pub fn arguments(&self) -> impl Iterator<Item = (usize, &'m Word)> {
        let words = self.site.command.words.iter().enumerate();
        words.skip(self.name_index + 1)
    }

    /// The words that name what is downloaded, as far as they are literal.
    pub fn addresses(&self) -> impl Iterator<Item = (&'m Word, Cow<'m, str>)> {
        self.arguments().filter_map(|(_, word)| {
            let (text, _) = word.literal_prefix();
            text.contains("://").then_some((word, text))
        })
    }
}

/// The calls in a RUN.
pub fn downloads(run: Run<'_>) -> Vec<Download<'_>> {
    let sites = run.script.commands().into_iter();
    sites
        .filter_map(|site| {
            let (downloader, name_index) = Downloader::of(site.command)?;
            Some(Download {
                run,
                site,
                downloader,
                name_index,
            })
        })
        .collect()
}

/// Whether the command itself is a downloader.
pub fn is_download(command: &Command) -> bool {
    matches!(command, Command::Simple(simple) if Downloader::of(simple).is_some())
}

/// Whether the script compares a checksum or a signature.
pub fn verifies(script: &Script) -> bool {
    script.commands().iter().any(|site| {
        let name = invocation(site.command).name.unwrap_or_default();
        let has = |option: &str| {
            let mut words = site.command.words.iter();
            words.any(|word| word.value().as_deref() == Some(option))
        };
        match name.as_str() {
            "gpg" | "gpg2" | "gpgv" | "minisign" | "cosign" | "openssl" => {
                name == "gpgv"
                    || has("--verify")
                    || has("-V")
                    || has("-Vm")
                    || has("-verify")
                    || has("verify-blob")
            }
            "shasum" | "cksum" => true,
            name => name.ends_with("sum") && name.starts_with(['s', 'm', 'b']),
        }
    })
}

/// The host of an address, without user and port; `None` where it is not all literal.
pub fn host(address: &str) -> Option<&str> {
    let (_, rest) = address.split_once("://")?;
    let end = rest.find(['/', '?', '#'])?;
    let authority = rest.get(..end)?;
    let host = authority.rsplit('@').next().unwrap_or(authority);
    if host.starts_with('[') {
        return host.split_inclusive(']').next();
    }
    host.split(':').next().filter(|host| !host.is_empty())
}

/// Whether a host is the machine itself or of a private network, as far as its name says.
pub fn is_private(host: &str) -> bool {
    let numbers: Vec<u8> = host
        .split('.')
        .map_while(|part| part.parse().ok())
        .collect();
    match numbers.as_slice() {
        [127 | 10, _, _, _] | [192, 168, _, _] | [169, 254, _, _] => return true,
        [172, second, _, _] if (16..32).contains(second) => return true,
        _ => {}
    }
    let ends = [".local", ".localhost", ".internal", ".lan", ".test"];
    !host.contains('.') || ends.iter().any(|end| host.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_read_from_addresses() {
        for (address, expected) in [
            ("http://example.com/x", Some("example.com")),
            ("http://me:pw@example.com:80/x", Some("example.com")),
            ("http://[::1]:80/", Some("[::1]")),
            ("http://example.", None),
            ("http:///x", None),
            ("example.com/x", None),
        ] {
            assert_eq!(host(address), expected, "{address}");
        }
    }

    #[test]
    fn private_hosts_are_known_by_name_or_number() {
        for host in [
            "localhost",
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "nexus",
            "a.internal",
            "[::1]",
        ] {
            assert!(is_private(host), "{host}");
        }
        for host in ["example.com", "8.8.8.8", "172.32.0.1", "10.example.com"] {
            assert!(!is_private(host), "{host}");
        }
    }
}
