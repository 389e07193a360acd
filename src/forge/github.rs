//! GitHub's REST interface: <https://docs.github.com/en/rest/pulls>.

use serde_json::{Value, json};

use super::client::{Client, text, texts};
use super::{
    Answer, Draft, Forge, ForgeKind, Kind, LineComment, Listed, Request, RequestState, encoded,
};
use crate::http::Verb;
use crate::report::Problem;

/// What GitHub takes as the text of an issue or a pull request.
const MOST_CHARACTERS: usize = 65_536;

pub(super) struct Github {
    client: Client,
    owner: String,
    /// `repos/OWNER/NAME`
    project: String,
}

/// Owner and name of `owner/name`; both empty for lists alone.
pub(super) fn owner_and_name(project: &str) -> Result<(&str, &str), Problem> {
    match project.split_once('/') {
        None if project.is_empty() => Ok(("", "")),
        Some((owner, name)) if !name.contains('/') => Ok((owner, name)),
        _ => {
            let message = format!("`{project}` is not of the form OWNER/NAME");
            Err(Problem::new(message).help("`--api URL` says where the interface of the forge is"))
        }
    }
}

impl Github {
    /// # Errors
    /// A [`Problem`] where the project is not of the form `owner/name`.
    pub(super) fn new(client: Client, project: &str) -> Result<Self, Problem> {
        let (owner, name) = owner_and_name(project)?;
        Ok(Self {
            client,
            owner: owner.to_string(),
            project: format!("repos/{}/{}", encoded(owner), encoded(name)),
        })
    }

    fn issue(&self, number: u64, what: &str) -> String {
        format!("{}/issues/{number}/{what}", self.project)
    }

    /// What a request is opened without, if GitHub does not like it.
    fn extras(&self, number: u64, draft: &Draft) -> Answer<Vec<String>> {
        let (teams, people): (Vec<&String>, Vec<&String>) =
            draft.reviewers.iter().partition(|name| name.contains('/'));
        let teams: Vec<&str> = teams
            .iter()
            .filter_map(|name| name.rsplit('/').next())
            .collect();
        let mut reviewers = json!({});
        if !people.is_empty() {
            reviewers["reviewers"] = json!(people);
        }
        if !teams.is_empty() {
            reviewers["team_reviewers"] = json!(teams);
        }
        let wanted = [
            (
                "labels",
                self.issue(number, "labels"),
                json!({ "labels": draft.labels }),
                draft.labels.is_empty(),
            ),
            (
                "assignees",
                self.issue(number, "assignees"),
                json!({ "assignees": draft.assignees }),
                draft.assignees.is_empty(),
            ),
            (
                "reviewers",
                format!("{}/pulls/{number}/requested_reviewers", self.project),
                reviewers,
                draft.reviewers.is_empty(),
            ),
        ];
        let mut notes = Vec::new();
        for (what, path, body, _) in wanted.into_iter().filter(|(_, _, _, is_empty)| !is_empty) {
            if let Err(failure) = self.client.write(Verb::Post, &path, &body) {
                notes.push(format!(
                    "the {what} are not set: {}",
                    failure.problem.message
                ));
            }
        }
        Ok(notes)
    }
}

pub(super) fn request(value: &Value) -> Request {
    let is_merged = value["merged_at"].is_string() || value["merged"] == true;
    Request {
        number: value["number"].as_u64().unwrap_or_default(),
        url: text(value, "html_url"),
        state: match value["state"].as_str() {
            _ if is_merged => RequestState::Merged,
            Some("closed") => RequestState::Closed,
            _ => RequestState::Open,
        },
        title: text(value, "title"),
        body: text(value, "body"),
        target: text(&value["base"], "ref"),
        is_draft: value["draft"].as_bool().unwrap_or_default(),
        commit: value["head"]["sha"].as_str().map(String::from),
        updated: text(value, "updated_at"),
    }
}

pub(super) fn listed(one: &Value) -> Listed {
    let is_empty = one["empty"] == true;
    Listed {
        name: text(one, "full_name"),
        clone_url: text(one, "clone_url"),
        default_branch: one["default_branch"]
            .as_str()
            .filter(|name| !is_empty && !name.is_empty())
            .map(String::from),
        is_archived: one["archived"].as_bool().unwrap_or_default(),
        is_fork: one["fork"].as_bool().unwrap_or_default(),
        topics: texts(&one["topics"]),
        kibibytes: one["size"].as_u64(),
    }
}

/// The repositories of an organisation, or of a person.
pub(super) fn repositories(client: &Client, owner: &str, query: &str) -> Answer<Vec<Listed>> {
    let owner = encoded(owner);
    let found = match client.all(&format!("orgs/{owner}/repos?{query}")) {
        Err(failure) if failure.kind == Kind::NotFound => {
            client.all(&format!("users/{owner}/repos?{query}"))?
        }
        other => other?,
    };
    let mut all: Vec<Listed> = found.iter().map(listed).collect();
    all.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(all)
}

impl Forge for Github {
    fn kind(&self) -> ForgeKind {
        ForgeKind::Github
    }

    fn most_characters(&self) -> usize {
        MOST_CHARACTERS
    }

    fn requests(&self, branch: &str) -> Answer<Vec<Request>> {
        let found = self.client.all(&format!(
            "{}/pulls?head={}%3A{}&state=all&sort=created&direction=desc&per_page=100",
            self.project,
            encoded(&self.owner),
            encoded(branch)
        ))?;
        // Where the name of the owner has changed, GitHub takes the filter away and gives all.
        let own = found.iter().filter(|one| one["head"]["ref"] == branch);
        Ok(own.map(request).collect())
    }

    fn open(&self, draft: &Draft) -> Answer<(Request, Vec<String>)> {
        let body = json!({
            "title": draft.title,
            "head": draft.branch,
            "base": draft.target,
            "body": draft.body,
            "draft": draft.is_draft,
            "maintainer_can_modify": true,
        });
        let answer = self
            .client
            .write(Verb::Post, &format!("{}/pulls", self.project), &body)?;
        let request = request(&answer);
        let notes = self.extras(request.number, draft)?;
        Ok((request, notes))
    }

    fn update(&self, number: u64, draft: &Draft) -> Answer<Request> {
        let body = json!({ "title": draft.title, "body": draft.body, "base": draft.target });
        let answer = self.client.write(
            Verb::Patch,
            &format!("{}/pulls/{number}", self.project),
            &body,
        )?;
        Ok(request(&answer))
    }

    fn close(&self, number: u64, text: &str) -> Answer<()> {
        let body = json!({ "state": "closed", "body": text });
        self.client
            .write(
                Verb::Patch,
                &format!("{}/pulls/{number}", self.project),
                &body,
            )
            .map(|_| ())
    }

    fn notes(&self, number: u64) -> Answer<Vec<String>> {
        let path = self.issue(number, "comments?per_page=100");
        Ok(self
            .client
            .all(&path)?
            .iter()
            .map(|note| text(note, "body"))
            .collect())
    }

    fn note(&self, number: u64, words: &str) -> Answer<()> {
        let path = self.issue(number, "comments");
        self.client
            .write(Verb::Post, &path, &json!({ "body": words }))
            .map(|_| ())
    }

    fn comment(&self, request: &Request, comments: &[LineComment]) -> Answer<()> {
        let comment = |one: &LineComment| json!({ "path": one.path, "line": one.line, "side": "RIGHT", "body": one.body });
        let mut body = json!({
            "event": "COMMENT",
            "body": "Why each line is as it is.",
            "comments": comments.iter().map(comment).collect::<Vec<_>>(),
        });
        if let Some(commit) = &request.commit {
            body["commit_id"] = json!(commit);
        }
        let path = format!("{}/pulls/{}/reviews", self.project, request.number);
        match comments.is_empty() {
            true => Ok(()),
            false => self.client.write(Verb::Post, &path, &body).map(|_| ()),
        }
    }

    fn repositories(&self, owner: &str) -> Answer<Vec<Listed>> {
        repositories(&self.client, owner, "type=all&sort=full_name&per_page=100")
    }
}
