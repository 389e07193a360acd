//! Ports in URLs and port lists, and how they move.

use std::collections::BTreeMap;

/// Binding a port below this needs a capability.
pub(super) const FIRST_UNPRIVILEGED: u16 = 1024;

pub(super) type Moves = BTreeMap<u16, u16>;

/// Where a port moves to; itself where it needs no root.
///
/// # Errors
/// Where it needs root and nothing is said of it.
pub(super) fn moved(port: u16, moves: &Moves) -> Result<u16, String> {
    match moves.get(&port) {
        Some(to) => Ok(*to),
        None if port >= FIRST_UNPRIVILEGED || port == 0 => Ok(port),
        None => Err(format!(
            "port {port} needs root and the profile moves it nowhere"
        )),
    }
}

/// The ports of a list such as `http://+:80;https://+:443`.
///
/// # Errors
/// Where an entry is no URL.
pub(super) fn of_urls(urls: &str) -> Result<Vec<u16>, String> {
    let entries = urls
        .split(is_separator)
        .filter(|entry| !entry.trim().is_empty());
    entries
        .map(|entry| url_port(entry).map(|port| port.number))
        .collect()
}

/// The same list with its ports moved.
///
/// # Errors
/// Where an entry is no URL, or a port cannot move.
pub(super) fn move_urls(urls: &str, moves: &Moves) -> Result<String, String> {
    let mut moved_urls = String::with_capacity(urls.len() + 8);
    let mut taken: Vec<(u16, String)> = Vec::new();
    for part in urls.split_inclusive(is_separator) {
        let entry = part.trim_end_matches(is_separator);
        let separator = part.get(entry.len()..).unwrap_or("");
        if entry.trim().is_empty() {
            moved_urls.push_str(part);
            continue;
        }
        let port = url_port(entry)?;
        let to = moved(port.number, moves)?;
        let scheme = entry
            .split("://")
            .next()
            .unwrap_or("")
            .trim()
            .to_lowercase();
        if let Some((_, other)) = taken.iter().find(|(port, _)| *port == to) {
            if *other != scheme {
                return Err(format!(
                    "port {to} would be opened twice, by {other} and {scheme}"
                ));
            }
            if to != port.number || urls_have(urls, to, moves) {
                // The same address is there already.
                moved_urls.truncate(moved_urls.trim_end_matches(is_separator).len());
                moved_urls.push_str(separator);
                continue;
            }
        }
        taken.push((to, scheme));
        if to == port.number {
            moved_urls.push_str(part);
            continue;
        }
        let before = entry.get(..port.start).unwrap_or("");
        let after = entry.get(port.end..).unwrap_or("");
        let colon = if port.start == port.end { ":" } else { "" };
        moved_urls.push_str(&format!("{before}{colon}{to}{after}{separator}"));
    }
    Ok(moved_urls)
}

/// Whether a port of the list moves to `to`.
fn urls_have(urls: &str, to: u16, moves: &Moves) -> bool {
    let ports = of_urls(urls).unwrap_or_default();
    ports
        .iter()
        .any(|port| *port != to && moves.get(port) == Some(&to))
}

/// Kestrel separates by `;` only. A list with commas never starts, so whoever has one sets another at deployment; the
/// ports in it are moved all the same.
fn is_separator(character: char) -> bool {
    matches!(character, ';' | ',')
}

/// The ports of a list such as `80;8080`.
///
/// # Errors
/// Where an entry is no port.
pub(super) fn of_list(list: &str) -> Result<Vec<u16>, String> {
    let entries = list
        .split(';')
        .map(str::trim)
        .filter(|entry| !entry.is_empty());
    entries
        .map(|entry| entry.parse().map_err(|_| format!("`{entry}` is no port")))
        .collect()
}

/// The same list with its ports moved.
///
/// # Errors
/// Where an entry is no port, or cannot move.
pub(super) fn move_list(list: &str, moves: &Moves) -> Result<String, String> {
    let ports: Result<Vec<String>, String> = of_list(list)?
        .into_iter()
        .map(|port| moved(port, moves).map(|to| to.to_string()))
        .collect();
    Ok(ports?.join(";"))
}

/// The port of a URL: its number, and where its digits are; an empty place after the host where it is not written.
struct UrlPort {
    number: u16,
    start: usize,
    end: usize,
}

fn url_port(entry: &str) -> Result<UrlPort, String> {
    let no_url = || format!("`{}` is no URL that harden reads", entry.trim());
    let (scheme, rest) = entry.split_once("://").ok_or_else(no_url)?;
    let default = match scheme.trim().to_ascii_lowercase().as_str() {
        "http" => 80,
        "https" => 443,
        _ => return Err(no_url()),
    };
    let host_start = scheme.len() + "://".len();
    let host_length = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let host = rest.get(..host_length).unwrap_or(rest).trim_end();
    // The colons of an IPv6 address stand in brackets.
    let address_end = host.rfind(']').map_or(0, |at| at + 1);
    match host.get(address_end..).and_then(|after| after.rfind(':')) {
        None => {
            let end = host_start + host.len();
            Ok(UrlPort {
                number: default,
                start: end,
                end,
            })
        }
        Some(colon) => {
            let start = address_end + colon + 1;
            let number = host.get(start..).and_then(|digits| digits.parse().ok());
            Ok(UrlPort {
                number: number.ok_or_else(no_url)?,
                start: host_start + start,
                end: host_start + host.len(),
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moves() -> Moves {
        BTreeMap::from([(80, 8080), (443, 8443)])
    }

    #[test]
    fn ports_of_urls_move() {
        for (before, after) in [
            ("http://+:80", "http://+:8080"),
            (
                "https://+:443;http://*:80/",
                "https://+:8443;http://*:8080/",
            ),
            ("http://[::]:80", "http://[::]:8080"),
            ("http://0.0.0.0", "http://0.0.0.0:8080"),
            ("https://[::]/x", "https://[::]:8443/x"),
            ("http://+:5000", "http://+:5000"),
            ("http://+:80;http://+:8080", "http://+:8080"),
            (
                "http://+:8080;http://+:80;https://+:443",
                "http://+:8080;https://+:8443",
            ),
            (
                "https://*:443, http://*:80",
                "https://*:8443, http://*:8080",
            ),
        ] {
            assert_eq!(
                move_urls(before, &moves()).as_deref(),
                Ok(after),
                "{before}"
            );
        }
        for bad in ["http://+:81", "http://+:$PORT", "tcp://x:80", "+:80"] {
            assert!(move_urls(bad, &moves()).is_err(), "{bad}");
        }
    }

    #[test]
    fn ports_of_lists_move() {
        assert_eq!(move_list("80;8081", &moves()).as_deref(), Ok("8080;8081"));
        assert!(move_list("x", &moves()).is_err());
    }
}
