//! Addresses of repositories: what git may be given, and what the host and the project in them are.

use std::fmt;
use std::path::PathBuf;

use crate::report::Problem;

/// Longer ones are no addresses that a forge gives.
const MOST_BYTES: usize = 4096;

/// Where a repository is. It holds no password: see [`Login`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    kind: Kind,
    /// As git gets it.
    url: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    /// Scheme, host with port, and path without slashes around it.
    Web {
        scheme: &'static str,
        host: String,
        path: String,
    },
    /// Host without port.
    Ssh {
        host: String,
        path: String,
    },
    Folder(PathBuf),
}

/// What proves who asks. It never shows what it holds.
#[derive(Clone, PartialEq, Eq)]
pub struct Login {
    pub user: String,
    pub password: String,
}

impl fmt::Debug for Login {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Login(…)")
    }
}

impl Login {
    /// The line of HTTP that says it.
    pub fn header(&self) -> String {
        let value = crate::http::basic(&self.user, &self.password);
        format!("Authorization: {value}")
    }
}

impl Address {
    /// Reads an address, and the login in it if there is one.
    ///
    /// # Errors
    /// A [`Problem`] with what could be something else than an address to git, its helpers or ssh.
    pub fn parse(text: &str) -> Result<(Self, Option<Login>), Problem> {
        let refused = |why: &str| {
            let shown = crate::http::shown(text);
            Err(
                Problem::new(format!("`{shown}` is no address of a repository: {why}"))
                    .help("for example https://gitlab.example.com/group/project.git"),
            )
        };
        if text.is_empty() || text.len() > MOST_BYTES {
            return refused("it is empty or too long");
        }
        if text.starts_with('-') {
            return refused("it begins with `-`");
        }
        if text.chars().any(|c| c.is_control() || c.is_whitespace()) && !is_folder(text) {
            return refused("it has blanks or control characters");
        }
        match text.split_once("://") {
            Some((scheme @ ("http" | "https"), rest)) => match web(scheme, rest) {
                Some(found) => Ok(found),
                None => refused("its host or its path is not valid"),
            },
            Some(("ssh", rest)) => match ssh(rest) {
                Some((host, path)) => Ok((Self::ssh(text, host, path), None)),
                None => refused("its host or its path is not valid"),
            },
            Some(("file", rest)) if rest.starts_with('/') => Ok((Self::folder(rest), None)),
            Some(_) => refused("only https, http, ssh and file are spoken"),
            None if is_folder(text) => Ok((Self::folder(text), None)),
            None if text.contains("::") => refused("programs that git would start are not allowed"),
            None => match text.split_once(':') {
                Some((host, path)) if is_login_host(host) && is_path(path) => {
                    let name = host.rsplit('@').next().unwrap_or(host);
                    Ok((Self::ssh(text, name, path), None))
                }
                _ => refused("it has no scheme, and is no folder"),
            },
        }
    }

    fn ssh(text: &str, host: &str, path: &str) -> Self {
        let kind = Kind::Ssh {
            host: host.to_ascii_lowercase(),
            path: project(path),
        };
        Self {
            kind,
            url: text.to_string(),
        }
    }

    /// A repository on this machine.
    pub fn folder(path: &str) -> Self {
        Self {
            kind: Kind::Folder(PathBuf::from(path)),
            url: path.to_string(),
        }
    }

    /// As git gets it, and as it may be shown.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The host, with its port where HTTP is spoken; `None` for a folder.
    pub fn host(&self) -> Option<&str> {
        match &self.kind {
            Kind::Web { host, .. } | Kind::Ssh { host, .. } => Some(host),
            Kind::Folder(_) => None,
        }
    }

    /// `http` or `https`, whatever carries git; `None` for a folder.
    pub fn web_scheme(&self) -> Option<&'static str> {
        match &self.kind {
            Kind::Web { scheme, .. } => Some(scheme),
            Kind::Ssh { .. } => Some("https"),
            Kind::Folder(_) => None,
        }
    }

    /// The path on the host without `.git`: `group/project`; `None` for a folder.
    pub fn project(&self) -> Option<&str> {
        match &self.kind {
            Kind::Web { path, .. } | Kind::Ssh { path, .. } => Some(path),
            Kind::Folder(_) => None,
        }
    }

    /// The same, with `.git` at its end where HTTP is spoken: without it GitLab sends git elsewhere.
    pub fn with_suffix(mut self) -> Self {
        if matches!(self.kind, Kind::Web { .. }) && !self.url.ends_with(".git") {
            self.url = format!("{}.git", self.url.trim_end_matches('/'));
        }
        self
    }

    pub fn is_folder(&self) -> bool {
        matches!(self.kind, Kind::Folder(_))
    }

    /// Scheme and host, where HTTP is spoken.
    pub(super) fn web_origin(&self) -> Option<String> {
        match &self.kind {
            Kind::Web { scheme, host, .. } => Some(format!("{scheme}://{host}/")),
            Kind::Ssh { .. } | Kind::Folder(_) => None,
        }
    }
}

fn is_folder(text: &str) -> bool {
    ["/", "./", "../"]
        .iter()
        .any(|start| text.starts_with(start))
        || matches!(text, "." | "..")
}

fn web(scheme: &str, rest: &str) -> Option<(Address, Option<Login>)> {
    let scheme = if scheme == "http" { "http" } else { "https" };
    let (place, path) = rest.split_once('/')?;
    let (login, host) = match place.rsplit_once('@') {
        Some((login, host)) => (Some(login), host),
        None => (None, place),
    };
    let is_plain = |c: char| !matches!(c, '?' | '#' | '\\' | '"' | '\'' | '%' | '@');
    if !is_host(host) || !is_path(path) || !path.chars().all(is_plain) {
        return None;
    }
    let decode = |text: &str| {
        percent_encoding::percent_decode_str(text)
            .decode_utf8_lossy()
            .into_owned()
    };
    let login = login.and_then(|login| login.split_once(':'));
    let login = login.map(|(user, password)| Login {
        user: decode(user),
        password: decode(password),
    });
    let host = host.to_ascii_lowercase();
    let url = format!("{scheme}://{host}/{path}");
    let kind = Kind::Web {
        scheme,
        host,
        path: project(path),
    };
    Some((Address { kind, url }, login))
}

/// Host and path of what follows `ssh://`.
fn ssh(rest: &str) -> Option<(&str, &str)> {
    let (place, path) = rest.split_once('/')?;
    let name = place.rsplit('@').next().unwrap_or(place);
    let name = match name.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => name,
    };
    let user = place.strip_suffix(place.rsplit('@').next()?)?;
    let is_user = user.is_empty() || is_login_host(&format!("{user}x"));
    (is_user && is_host(name) && is_path(path)).then_some((name, path))
}

/// `host` or `user@host`, neither of which ssh could take for an option.
fn is_login_host(text: &str) -> bool {
    match text.split_once('@') {
        Some((user, host)) => {
            let is_name = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
            !user.is_empty() && !user.starts_with('-') && user.chars().all(is_name) && is_host(host)
        }
        None => is_host(text),
    }
}

/// A name or an address with an optional port.
fn is_host(text: &str) -> bool {
    let is_name = |c: char| c.is_ascii_alphanumeric() || ".-:[]_".contains(c);
    text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '[')
        && text.len() <= 300
        && text.chars().all(is_name)
}

fn is_path(path: &str) -> bool {
    let path = path.trim_matches('/');
    !path.is_empty()
        && !path.starts_with('-')
        && path.split('/').all(|part| !matches!(part, "" | "." | ".."))
}

fn project(path: &str) -> String {
    let path = path.trim_matches('/');
    path.strip_suffix(".git").unwrap_or(path).to_string()
}

/// # Errors
/// A [`Problem`] where that is no name of a branch that git and the forges take.
pub fn check_branch(name: &str) -> Result<(), Problem> {
    let is_bad_character =
        |c: char| c.is_control() || c.is_whitespace() || "~^:?*[\\\"'`<>|;&$(){}".contains(c);
    let is_bad_part = |part: &str| {
        part.is_empty()
            || part.starts_with(['.', '-'])
            || part.ends_with(['.'])
            || part.ends_with(".lock")
    };
    let is_bad = name.len() > 240
        || name.contains("..")
        || name.contains("@{")
        || name == "@"
        || name == "HEAD"
        || name.contains(is_bad_character)
        || name.split('/').any(is_bad_part);
    match is_bad {
        true => Err(Problem::new(format!("`{name}` is no name of a branch"))),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> (Option<String>, Option<String>, String) {
        let (address, _) = Address::parse(text).expect("an address");
        let owned = |text: Option<&str>| text.map(String::from);
        (
            owned(address.host()),
            owned(address.project()),
            address.url().to_string(),
        )
    }

    #[test]
    fn hosts_and_projects_are_found() {
        for (text, host, project) in [
            (
                "https://GitLab.example.com/g/s/p.git",
                "gitlab.example.com",
                "g/s/p",
            ),
            ("http://127.0.0.1:8080/g/p", "127.0.0.1:8080", "g/p"),
            ("git@github.com:o/r.git", "github.com", "o/r"),
            ("ssh://git@host.example:2222/o/r.git", "host.example", "o/r"),
            ("host.example:o/r", "host.example", "o/r"),
        ] {
            let (found, path, _) = of(text);
            assert_eq!(found.as_deref(), Some(host), "{text}");
            assert_eq!(path.as_deref(), Some(project), "{text}");
        }
        assert_eq!(of("/srv/x y.git"), (None, None, "/srv/x y.git".to_string()));
        assert_eq!(of("file:///srv/x.git").2, "/srv/x.git");
        for (text, url) in [
            ("https://a.example/x/", "https://a.example/x.git"),
            ("git@a.example:x", "git@a.example:x"),
        ] {
            let (address, _) = Address::parse(text).expect("an address");
            assert_eq!(address.with_suffix().url(), url);
        }
    }

    #[test]
    fn a_login_is_taken_out_of_the_address() {
        let (address, login) = Address::parse("https://me:ge%40heim@a.example/x/y").expect("one");
        assert_eq!(address.url(), "https://a.example/x/y");
        let login = login.expect("a login");
        assert_eq!(
            (login.user.as_str(), login.password.as_str()),
            ("me", "ge@heim")
        );
        assert_eq!(format!("{login:?}"), "Login(…)");
    }

    #[test]
    fn what_git_would_run_is_refused() {
        for text in [
            "",
            "--upload-pack=touch x",
            "-oProxyCommand=x",
            "ext::sh -c touch% x",
            "ext::x",
            "fd::17",
            "ext::https://a.example/x",
            "transport://a.example/x",
            "git://a.example/x",
            "ssh://-oProxyCommand=x/y",
            "ssh://-x@a.example/y",
            "-x@a.example:y",
            "a@-oProxyCommand=x:y",
            "https://-a.example/x",
            "https://a.example/--upload-pack=x",
            "https://a.example/../x",
            "https://a.example",
            "https://a.example/x\ny",
            "https://a.example/x y",
            "https://a.example/x?token=geheim",
            "project",
            "a.example:-x",
        ] {
            let problem = Address::parse(text).expect_err(text);
            assert!(!problem.message.contains("geheim"), "{text}");
        }
    }

    #[test]
    fn names_of_branches() {
        for name in ["main", "release/1.0", "harden/dotnet-ubi/main", "ü"] {
            assert!(check_branch(name).is_ok(), "{name}");
        }
        for name in [
            "",
            "-x",
            "--upload-pack=x",
            "a..b",
            "a b",
            "a:b",
            "+a",
            "/a",
            "a/",
            "a//b",
            "a/.b",
            "a.lock",
            "a.",
            "@",
            "HEAD",
            "a@{1}",
            "a\nb",
            "a\\b",
            "$(x)",
            "a/-b",
            "x*",
        ] {
            let is_plus = name == "+a";
            assert_eq!(check_branch(name).is_err(), !is_plus, "{name}");
        }
    }
}
