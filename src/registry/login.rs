//! Credentials, where Docker keeps them: `config.json` and the helper programs that it names.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use crate::http;
use crate::report::Problem;

/// What proves who asks. It never shows what it holds.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Login {
    Password {
        user: String,
        password: String,
    },
    /// A token that the token server takes for a new one.
    Identity(String),
}

impl fmt::Debug for Login {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Login(…)")
    }
}

impl Login {
    /// The value of `Authorization` for a password.
    pub(super) fn basic(&self) -> Option<String> {
        match self {
            Self::Password { user, password } => Some(http::basic(user, password)),
            Self::Identity(_) => None,
        }
    }
}

/// The part of `config.json` that is about credentials.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Logins {
    auths: BTreeMap<String, Row>,
    #[serde(rename = "credHelpers")]
    helpers: BTreeMap<String, String>,
    #[serde(rename = "credsStore")]
    store: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Row {
    auth: Option<String>,
    username: Option<String>,
    password: Option<String>,
    #[serde(rename = "identitytoken")]
    identity: Option<String>,
}

impl fmt::Debug for Row {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Row(…)")
    }
}

/// What a helper answers to `get`.
#[derive(Deserialize)]
struct Answer {
    #[serde(rename = "Username")]
    user: String,
    #[serde(rename = "Secret")]
    secret: String,
}

impl Logins {
    /// Reads a file that was named; Docker's own, if there is one, where none was.
    ///
    /// # Errors
    /// Where a file cannot be read or is not valid. The text of the file is not told.
    pub(super) fn read(named: Option<&Path>) -> Result<Self, Problem> {
        let Some(path) = named.map(Path::to_path_buf).or_else(default_file) else {
            return Ok(Self::default());
        };
        let what = format!("cannot read the credentials in `{}`", path.display());
        let text = match std::fs::read(&path) {
            Ok(text) => text,
            Err(error) if named.is_none() && error.kind() == io::ErrorKind::NotFound => {
                return Ok(Self::default());
            }
            Err(error) => return Err(Problem::io(&what, &error)),
        };
        serde_json::from_slice(&text).map_err(|error| {
            // serde's own text may repeat a value of the file.
            let place = format!("line {}, column {}", error.line(), error.column());
            Problem::new(format!("{what}: not what Docker writes, at {place}"))
        })
    }

    /// The credentials for a registry, or for a part of it: the longest name that fits wins.
    ///
    /// # Errors
    /// Where a helper does not work.
    pub(super) fn of(&self, host: &str, repository: &str) -> Result<Option<Login>, Problem> {
        let helper = self.helpers.iter().find(|(name, _)| names(name, host));
        if let Some((name, helper)) = helper {
            return ask(helper, name);
        }
        if let Some(row) = self.row(host, repository) {
            return Ok(Some(row));
        }
        match &self.store {
            Some(store) => ask(store, server_name(host)),
            None => Ok(None),
        }
    }

    fn row(&self, host: &str, repository: &str) -> Option<Login> {
        let whole = format!("{host}/{repository}");
        let fits = |name: &str| {
            let plain = plain(name);
            names(name, host) || whole == plain || whole.starts_with(&format!("{plain}/"))
        };
        let rows = self.auths.iter().filter(|(name, _)| fits(name));
        let rows = rows.filter_map(|(name, row)| Some((plain(name).len(), row.login()?)));
        rows.max_by_key(|(length, _)| *length)
            .map(|(_, login)| login)
    }
}

impl Row {
    fn login(&self) -> Option<Login> {
        if let Some(identity) = self.identity.as_ref().filter(|one| !one.is_empty()) {
            return Some(Login::Identity(identity.clone()));
        }
        if let (Some(user), Some(password)) = (&self.username, &self.password) {
            return Some(Login::Password {
                user: user.clone(),
                password: password.clone(),
            });
        }
        let bytes = STANDARD.decode(self.auth.as_ref()?.trim()).ok()?;
        let text = String::from_utf8(bytes).ok()?;
        let (user, password) = text.split_once(':')?;
        // Some clients end it with NUL bytes.
        let password = password.trim_end_matches('\0');
        Some(Login::Password {
            user: user.to_string(),
            password: password.to_string(),
        })
    }
}

fn default_file() -> Option<PathBuf> {
    let folder = match std::env::var_os("DOCKER_CONFIG") {
        Some(folder) => PathBuf::from(folder),
        None => std::env::home_dir()?.join(".docker"),
    };
    Some(folder.join("config.json"))
}

/// A name of a registry in `config.json`, without scheme and version of the protocol.
fn plain(name: &str) -> &str {
    let name = name.split_once("://").map_or(name, |(_, rest)| rest);
    let name = name.trim_end_matches('/');
    name.strip_suffix("/v1")
        .or(name.strip_suffix("/v2"))
        .unwrap_or(name)
}

/// Docker Hub has several names.
fn names(name: &str, host: &str) -> bool {
    let hub = |name: &str| {
        matches!(
            name,
            "docker.io" | "index.docker.io" | "registry-1.docker.io"
        )
    };
    let name = plain(name);
    name == host || hub(name) && hub(host)
}

/// How a helper knows a registry.
fn server_name(host: &str) -> &str {
    match host {
        "docker.io" => "https://index.docker.io/v1/",
        host => host,
    }
}

/// Runs `docker-credential-NAME get`. No answer is no error: the helper may not know the registry.
fn ask(helper: &str, server: &str) -> Result<Option<Login>, Problem> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let program = format!("docker-credential-{helper}");
    if helper.is_empty() || !helper.chars().all(is_name) {
        return Err(Problem::new(format!(
            "`{program}` is no name of a credential helper"
        )));
    }
    let failed = |error: io::Error| {
        Problem::io(
            &format!("cannot run the credential helper `{program}`"),
            &error,
        )
        .help("`--registry-config FILE` names another file with credentials")
    };
    let mut command = Command::new(&program);
    command
        .arg("get")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut child = command.spawn().map_err(failed)?;
    if let Some(mut input) = child.stdin.take() {
        // A helper that does not read is told by its answer.
        let _ = writeln!(input, "{server}");
    }
    let output = child.wait_with_output().map_err(failed)?;
    if !output.status.success() {
        return Ok(None);
    }
    let answer: Answer = serde_json::from_slice(&output.stdout).map_err(|_| {
        Problem::new(format!(
            "the credential helper `{program}` answers with something else than JSON"
        ))
    })?;
    Ok(Some(match answer.user.as_str() {
        "<token>" => Login::Identity(answer.secret),
        _ => Login::Password {
            user: answer.user,
            password: answer.secret,
        },
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str, host: &str, repository: &str) -> Option<String> {
        let logins: Logins = serde_json::from_str(text).expect("JSON");
        let login = logins.of(host, repository).expect("no helper");
        login.map(|login| match login {
            Login::Password { user, password } => format!("{user}/{password}"),
            Login::Identity(token) => token,
        })
    }

    #[test]
    fn the_row_that_fits_best_is_taken() {
        let a = STANDARD.encode("a:b:c");
        let text = format!(
            r#"{{"auths": {{
                "https://index.docker.io/v1/": {{"auth": "{a}"}},
                "registry.local:5000": {{"username": "u", "password": "p"}},
                "registry.local:5000/team": {{"username": "t", "password": "q"}},
                "empty.local": {{}},
                "id.local": {{"auth": "{a}", "identitytoken": "i"}} }}, "other": 1}}"#
        );
        for (host, repository, wanted) in [
            ("docker.io", "library/node", Some("a/b:c")),
            ("registry.local:5000", "x", Some("u/p")),
            ("registry.local:5000", "team/x", Some("t/q")),
            ("registry.local:5000", "teams/x", Some("u/p")),
            ("registry.local", "x", None),
            ("empty.local", "x", None),
            ("id.local", "x", Some("i")),
        ] {
            assert_eq!(
                of(&text, host, repository).as_deref(),
                wanted,
                "{host}/{repository}"
            );
        }
    }

    #[test]
    fn a_helper_is_no_path() {
        let logins: Logins =
            serde_json::from_str(r#"{"credsStore": "../../bin/x"}"#).expect("JSON");
        assert!(logins.of("a.local", "b").is_err());
    }

    #[test]
    fn nothing_shows_a_password() {
        let text =
            r#"{"auths": {"a": {"username": "user", "password": "geheim", "auth": "Z2VoZWlt"}}}"#;
        let logins: Logins = serde_json::from_str(text).expect("JSON");
        let login = logins.of("a", "b").expect("no helper");
        let shown = format!("{logins:?} {login:?}");
        assert!(
            !shown.contains("geheim") && !shown.contains("Z2VoZWlt"),
            "{shown}"
        );
    }
}
