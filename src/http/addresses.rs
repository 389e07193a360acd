//! Addresses as text: where they lead, whose they are, and how they may be shown.

use ureq::http::Uri;

/// The address of the next page in `<…>; rel="next"`, which may stand among others.
pub fn next_page(link: &str) -> Option<&str> {
    let links = link.split(',').filter_map(|one| {
        let (address, rest) = one.trim().strip_prefix('<')?.split_once('>')?;
        rest.contains("next").then_some(address)
    });
    links.into_iter().next()
}

/// Scheme, and host with port.
pub fn origin(url: &str) -> Option<(String, String)> {
    let uri: Uri = url.parse().ok()?;
    let scheme = uri
        .scheme_str()
        .filter(|scheme| matches!(*scheme, "http" | "https"))?;
    let authority = uri.authority()?;
    let port = authority
        .port_u16()
        .unwrap_or(if scheme == "https" { 443 } else { 80 });
    let host = authority.host().to_ascii_lowercase();
    Some((scheme.to_string(), format!("{host}:{port}")))
}

/// Where a link of the page at `base` leads: an address as a whole, or a path of the same server.
pub fn resolve(base: &str, link: &str) -> Option<String> {
    if link.starts_with('/') && !link.starts_with("//") {
        let (scheme, rest) = base.split_once("://")?;
        let host = rest.split(['/', '?']).next()?;
        return Some(format!("{scheme}://{host}{link}"));
    }
    origin(link).map(|_| link.to_string())
}

/// An address as it may be shown: what follows `?`, or stands before `@`, can be a secret.
pub fn shown(url: &str) -> String {
    let url = url.split(['?', '#']).next().unwrap_or(url);
    match url.split_once("://") {
        Some((scheme, rest)) => {
            let (host, path) = rest
                .split_once('/')
                .map_or((rest, None), |(host, path)| (host, Some(path)));
            let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
            match path {
                Some(path) => format!("{scheme}://{host}/{path}"),
                None => format!("{scheme}://{host}"),
            }
        }
        None => url.to_string(),
    }
}

/// Whether a host, with or without a port, is this machine itself.
pub fn is_loopback(host: &str) -> bool {
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
    use super::*;

    #[test]
    fn links_are_followed_from_their_page() {
        let base = "https://a.example:5000/v2/x/tags/list?n=2";
        let of = |link: &str| resolve(base, link);
        assert_eq!(
            of("/v2/y?last=z").as_deref(),
            Some("https://a.example:5000/v2/y?last=z")
        );
        assert_eq!(
            of("https://b.example/c").as_deref(),
            Some("https://b.example/c")
        );
        for link in ["//b.example/c", "file:///etc/passwd", "c", "", "ftp://b"] {
            assert_eq!(of(link), None, "{link}");
        }
    }

    #[test]
    fn the_port_is_a_part_of_the_origin() {
        assert_eq!(
            origin("https://A.example/x"),
            origin("https://a.example:443/y")
        );
        assert_ne!(origin("http://a.example"), origin("https://a.example"));
        assert_ne!(origin("http://a.example:81"), origin("http://a.example:80"));
    }

    #[test]
    fn secrets_of_an_address_are_not_shown() {
        let url = "https://user:geheim@a.example/x/y?sig=geheim";
        assert_eq!(shown(url), "https://a.example/x/y");
        assert_eq!(shown("http://a.example"), "http://a.example");
    }

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

    #[test]
    fn only_a_next_page_is_followed() {
        assert_eq!(next_page("</v2/x?n=1>; rel=\"next\""), Some("/v2/x?n=1"));
        assert_eq!(next_page("</v2/x>; rel=\"prev\""), None);
        let both = "<https://a/1>; rel=\"prev\", <https://a/3>; rel=\"next\"";
        assert_eq!(next_page(both), Some("https://a/3"));
        assert_eq!(next_page("nonsense"), None);
    }
}
