//! The forges: where requests to merge are opened, read and closed. Each is reached by its own interface, behind one trait.
//!
//! A token goes to the interface of one forge and nowhere else, is in no message, and has no `Debug`.

mod client;
mod gitea;
mod github;
mod gitlab;
mod pulls;
mod push;
#[cfg(test)]
mod tests;

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

pub use crate::http::{Answer, Failure, Kind};
pub use push::gitlab_push_options;

use crate::git::Address;
use crate::http;
use crate::report::Problem;

/// The interfaces that harden speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ForgeKind {
    Gitlab,
    Github,
    /// Gitea, and Forgejo.
    Gitea,
    /// No interface: options of `git push`, as GitLab takes them.
    Push,
    /// No interface: `refs/for/BRANCH`, as Gitea, Forgejo and other servers take it.
    Agit,
}

impl ForgeKind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Gitlab => "GitLab",
            Self::Github => "GitHub",
            Self::Gitea => "Gitea",
            Self::Push | Self::Agit => "git push",
        }
    }

    /// What this host runs, as far as its name says.
    pub fn of_host(host: &str) -> Option<Self> {
        let name = host.split(':').next().unwrap_or(host);
        let has = |word: &str| name.split('.').any(|part| part == word);
        match name {
            "codeberg.org" => Some(Self::Gitea),
            "github.com" => Some(Self::Github),
            _ if has("gitlab") => Some(Self::Gitlab),
            _ if has("gitea") || has("forgejo") => Some(Self::Gitea),
            _ if has("github") => Some(Self::Github),
            _ => None,
        }
    }

    /// The variables that other programs keep a token for this forge in, and the ones that say for which host it is.
    fn variables(
        self,
    ) -> (
        &'static [&'static str],
        &'static [&'static str],
        Option<&'static str>,
    ) {
        match self {
            Self::Gitlab => (
                &["GITLAB_TOKEN"],
                &["GITLAB_HOST", "CI_SERVER_HOST"],
                Some("gitlab.com"),
            ),
            Self::Github => (
                &["GH_TOKEN", "GITHUB_TOKEN"],
                &["GH_HOST", "GITHUB_SERVER_URL"],
                Some("github.com"),
            ),
            Self::Gitea => (
                &["GITEA_TOKEN", "FORGEJO_TOKEN"],
                &["GITEA_SERVER_URL"],
                None,
            ),
            Self::Push | Self::Agit => (&[], &[], None),
        }
    }
}

/// What proves who asks. It never shows what it holds.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl fmt::Debug for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Token(…)")
    }
}

impl Token {
    /// For a login of git over HTTP.
    pub fn expose(&self) -> &str {
        &self.0
    }

    fn new(text: &str, from: &str) -> Result<Self, Problem> {
        let text = text.trim();
        let is_token = |c: char| c.is_ascii_graphic();
        match !text.is_empty() && text.chars().all(is_token) {
            true => Ok(Self(text.to_string())),
            false => Err(Problem::new(format!("there is no token in {from}"))),
        }
    }
}

/// The token for a host: in the file, in `HARDEN_TOKEN`, or in a variable of other programs that is meant for this host.
///
/// # Errors
/// A [`Problem`] with the file, or with a variable that has no token.
pub fn token(kind: ForgeKind, host: &str, file: Option<&Path>) -> Result<Option<Token>, Problem> {
    if let Some(file) = file {
        let name = format!("`{}`", file.display());
        let text = std::fs::read_to_string(file)
            .map_err(|error| Problem::io(&format!("cannot read the token in {name}"), &error))?;
        return Token::new(&text, &name).map(Some);
    }
    let variable = |name: &str| std::env::var(name).ok().filter(|text| !text.is_empty());
    if let Some(text) = variable("HARDEN_TOKEN") {
        return Token::new(&text, "`HARDEN_TOKEN`").map(Some);
    }
    let (names, hosts, public) = kind.variables();
    let named = hosts.iter().filter_map(|name| variable(name));
    let bare = |text: &str| {
        let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
        rest.trim_end_matches('/').to_ascii_lowercase()
    };
    let is_meant = named.map(|text| bare(&text)).any(|name| name == host) || public == Some(host);
    let found = names.iter().find_map(|name| Some((name, variable(name)?)));
    match found.filter(|_| is_meant) {
        Some((name, text)) => Token::new(&text, &format!("`{name}`")).map(Some),
        None => Ok(None),
    }
}

/// How a forge is reached.
#[derive(Clone, Debug)]
pub struct Settings {
    pub kind: ForgeKind,
    /// The address of the interface, without a slash at its end; that of the host without it.
    pub api: Option<String>,
    pub token: Option<Token>,
    pub authorities: Option<PathBuf>,
    /// Whether plain HTTP will do, which shows the token to all that are between; on this machine itself it always does.
    pub insecure: bool,
    pub timeout: Duration,
    pub retries: u32,
    /// Told of each request, without its token.
    pub trace: fn(&str),
}

/// Whether a request can be merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestState {
    Open,
    /// Without being merged.
    Closed,
    Merged,
}

/// A request to merge, as the forge tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// As people name it in the repository.
    pub number: u64,
    pub url: String,
    pub state: RequestState,
    pub title: String,
    pub body: String,
    /// The branch that it would be merged into.
    pub target: String,
    pub is_draft: bool,
    /// The last commit of its branch, as the forge knows it.
    pub commit: Option<String>,
    /// As the forge writes it: `2026-11-25T02:15:00Z`.
    pub updated: String,
}

/// What a new request is made of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft {
    pub branch: String,
    pub target: String,
    pub title: String,
    pub body: String,
    pub is_draft: bool,
    pub labels: Vec<String>,
    /// Names of people, without `@`; of GitHub also `organisation/team`.
    pub reviewers: Vec<String>,
    pub assignees: Vec<String>,
}

impl Draft {
    /// The title where a draft is known by how it begins.
    fn title_marked(&self, mark: &str) -> String {
        match self.is_draft {
            true => format!("{mark}: {}", self.title),
            false => self.title.clone(),
        }
    }
}

/// A repository of a group or organisation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listed {
    /// `group/project`
    pub name: String,
    /// For git over HTTP.
    pub clone_url: String,
    /// `None` where there is no commit yet.
    pub default_branch: Option<String>,
    pub is_archived: bool,
    pub is_fork: bool,
    pub topics: Vec<String>,
    /// Where the forge tells it.
    pub kibibytes: Option<u64>,
}

impl Listed {
    /// Of the items of a list, sorted by name.
    fn sorted(items: &[Value], listed: fn(&Value) -> Self) -> Vec<Self> {
        let mut all: Vec<Self> = items.iter().map(listed).collect();
        all.sort_by(|a, b| a.name.cmp(&b.name));
        all
    }
}

/// A comment on a line of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineComment {
    pub path: String,
    /// Of the file as the request leaves it, from 1.
    pub line: usize,
    /// The same line before, where the request does not change it.
    pub old_line: Option<usize>,
    pub body: String,
}

/// A forge, and a project on it.
pub trait Forge: Send + Sync {
    fn kind(&self) -> ForgeKind;

    /// The longest text of a request, in characters.
    fn most_characters(&self) -> usize;

    /// Whether requests can be read; without that, a branch is all that is known.
    fn can_read(&self) -> bool {
        true
    }

    /// All requests from a branch of the project itself, the newest first.
    ///
    /// # Errors
    /// Why they are not known.
    fn requests(&self, branch: &str) -> Answer<Vec<Request>>;

    /// Opens a request. What of labels and people cannot be had is in the second part, for people to read.
    ///
    /// # Errors
    /// Why there is no new request.
    fn open(&self, draft: &Draft) -> Answer<(Request, Vec<String>)>;

    /// Gives a request another title and text, and another target.
    ///
    /// # Errors
    /// Why it is as it was.
    fn update(&self, number: u64, draft: &Draft) -> Answer<Request>;

    /// Closes a request, and gives it this text.
    ///
    /// # Errors
    /// Why it is still open.
    fn close(&self, number: u64, body: &str) -> Answer<()>;

    /// The texts of the comments, the oldest first.
    ///
    /// # Errors
    /// Why they are not known.
    fn notes(&self, number: u64) -> Answer<Vec<String>>;

    /// # Errors
    /// Why there is no new comment.
    fn note(&self, number: u64, text: &str) -> Answer<()>;

    /// Comments on lines of the request.
    ///
    /// # Errors
    /// Why one of them could not be made.
    fn comment(&self, request: &Request, comments: &[LineComment]) -> Answer<()>;

    /// All repositories of a group or organisation, those of groups in it included, sorted by name.
    ///
    /// # Errors
    /// Why they are not known.
    fn repositories(&self, owner: &str) -> Answer<Vec<Listed>>;

    /// What `git push` is told for a request, in place of an interface; `None` where there is one.
    fn push_options(&self, _draft: &Draft) -> Option<PushRequest> {
        None
    }
}

/// A push that opens or updates a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushRequest {
    /// Where to push, if not to the branch.
    pub place: Option<String>,
    pub options: Vec<String>,
}

/// The forge of a repository.
///
/// # Errors
/// A [`Problem`] where a file of the settings cannot be used, or the token would go over the wire as it is.
pub fn connect(settings: &Settings, address: &Address) -> Result<Box<dyn Forge>, Problem> {
    match settings.kind {
        ForgeKind::Push => return Ok(Box::new(push::Options)),
        ForgeKind::Agit => return Ok(Box::new(push::Agit)),
        _ => {}
    }
    let (Some(host), Some(scheme), Some(project)) =
        (address.host(), address.web_scheme(), address.project())
    else {
        let message = format!("`{}` is a folder, and on no forge", address.url());
        return Err(
            Problem::new(message).help("`--forge push` pushes a branch and asks for nothing else")
        );
    };
    connect_project(settings, scheme, host, project)
}

/// The forge at a host, with a project or, for lists alone, an empty one.
///
/// # Errors
/// As [`connect`].
pub fn connect_project(
    settings: &Settings,
    scheme: &str,
    host: &str,
    project: &str,
) -> Result<Box<dyn Forge>, Problem> {
    let kind = settings.kind;
    let standard = match (kind, host) {
        (ForgeKind::Github, "github.com") => "https://api.github.com".to_string(),
        (ForgeKind::Github, _) => format!("{scheme}://{host}/api/v3"),
        (ForgeKind::Gitea, _) => format!("{scheme}://{host}/api/v1"),
        _ => format!("{scheme}://{host}/api/v4"),
    };
    let api = settings.api.clone().unwrap_or(standard);
    let client = client::Client::new(settings, &api)?;
    // An installation below a path has that path in front of its projects.
    let prefix = http::origin(&api).and_then(|_| {
        let path = api.split_once("://")?.1.split_once('/')?.1;
        let path = path.rsplit_once("/api/")?.0;
        Some(format!("{path}/"))
    });
    let project = prefix
        .and_then(|prefix| project.strip_prefix(&prefix))
        .unwrap_or(project);
    Ok(match kind {
        ForgeKind::Github => Box::new(github::Github::new(client, project)?),
        ForgeKind::Gitea => Box::new(gitea::Gitea::new(client, project)?),
        _ => Box::new(gitlab::Gitlab::new(client, project)),
    })
}

/// A name in a path of an address.
fn encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, UNSAFE).to_string()
}

/// All but what RFC 3986 leaves as it is.
const UNSAFE: &percent_encoding::AsciiSet = &percent_encoding::NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');
