//! What the interfaces of GitHub and Gitea have alike: pull requests of `repos/OWNER/NAME`, and lists of repositories.

use serde_json::{Value, json};

use super::client::{Client, text, texts};
use super::{Answer, Kind, Listed, Request, RequestState, encoded};
use crate::http::Verb;
use crate::report::Problem;

/// The pull requests of a project.
pub(super) struct Pulls {
    pub(super) client: Client,
    pub(super) owner: String,
    /// `repos/OWNER/NAME`
    pub(super) project: String,
}

impl Pulls {
    /// Of `owner/name`, or of nothing for lists alone.
    ///
    /// # Errors
    /// A [`Problem`] where the project is not of that form.
    pub(super) fn new(client: Client, project: &str) -> Result<Self, Problem> {
        let (owner, name) = match project.split_once('/') {
            None if project.is_empty() => ("", ""),
            Some((owner, name)) if !name.contains('/') => (owner, name),
            _ => {
                let message = format!("`{project}` is not of the form OWNER/NAME");
                return Err(Problem::new(message)
                    .help("`--api URL` says where the interface of the forge is"));
            }
        };
        Ok(Self {
            client,
            owner: owner.to_string(),
            project: format!("repos/{}/{}", encoded(owner), encoded(name)),
        })
    }

    /// The address of all.
    pub(super) fn all(&self) -> String {
        format!("{}/pulls", self.project)
    }

    pub(super) fn pull(&self, number: u64) -> String {
        format!("{}/pulls/{number}", self.project)
    }

    /// Of a pull request as an issue, which has comments, labels and people.
    pub(super) fn issue(&self, number: u64, what: &str) -> String {
        format!("{}/issues/{number}/{what}", self.project)
    }

    pub(super) fn change(&self, number: u64, body: &Value) -> Answer<Request> {
        let answer = self.client.write(Verb::Patch, &self.pull(number), body)?;
        Ok(request(&answer))
    }

    pub(super) fn close(&self, number: u64, text: &str) -> Answer<()> {
        let body = json!({ "state": "closed", "body": text });
        self.change(number, &body).map(|_| ())
    }

    pub(super) fn note(&self, number: u64, words: &str) -> Answer<()> {
        let path = self.issue(number, "comments");
        self.client.add_body(&path, words)
    }

    /// A review with comments on lines, which each interface writes its own way.
    pub(super) fn review(&self, request: &Request, comments: Vec<Value>) -> Answer<()> {
        if comments.is_empty() {
            return Ok(());
        }
        let mut body = json!({
            "event": "COMMENT",
            "body": "Why each line is as it is.",
            "comments": comments,
        });
        if let Some(commit) = &request.commit {
            body["commit_id"] = json!(commit);
        }
        let path = format!("{}/reviews", self.pull(request.number));
        self.client.write(Verb::Post, &path, &body).map(|_| ())
    }

    /// The repositories of an organisation, or of a person.
    pub(super) fn repositories(&self, owner: &str, query: &str) -> Answer<Vec<Listed>> {
        let owner = encoded(owner);
        let all = |kind: &str| self.client.all(&format!("{kind}/{owner}/repos?{query}"));
        let found = match all("orgs") {
            Err(failure) if failure.kind == Kind::NotFound => all("users")?,
            other => other?,
        };
        Ok(Listed::sorted(&found, listed))
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

fn listed(one: &Value) -> Listed {
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
