//! The REST interface of Gitea and Forgejo: <https://docs.gitea.com/api/>, which answers much like GitHub's.

use serde_json::{Value, json};

use super::client::Client;
use super::pulls::{Pulls, request};
use super::{Answer, Draft, Forge, ForgeKind, LineComment, Listed, Request};
use crate::http::Verb;
use crate::report::Problem;

/// Some of the databases below it take no longer texts.
const MOST_CHARACTERS: usize = 65_535;
/// How the title of a draft begins.
pub(super) const DRAFT: &str = "WIP";
/// Of a label that is not there yet.
const COLOUR: &str = "#1d76db";

pub(super) struct Gitea(Pulls);

impl Gitea {
    /// # Errors
    /// A [`Problem`] where the project is not of the form `owner/name`.
    pub(super) fn new(client: Client, project: &str) -> Result<Self, Problem> {
        Pulls::new(client, project).map(Self)
    }

    /// The numbers of labels; those that are not there are made.
    fn labels(&self, names: &[String], notes: &mut Vec<String>) -> Answer<Vec<u64>> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let path = format!("{}/labels", self.0.project);
        let there = self.0.client.all(&format!("{path}?limit=50"))?;
        let mut ids = Vec::new();
        for name in names {
            let found = there.iter().find(|label| label["name"] == name.as_str());
            let id = match found {
                Some(label) => label["id"].as_u64(),
                None => {
                    let body = json!({ "name": name, "color": COLOUR });
                    match self.0.client.write(Verb::Post, &path, &body) {
                        Ok(label) => label["id"].as_u64(),
                        Err(failure) => {
                            notes.push(format!(
                                "the label `{name}` is not set: {}",
                                failure.problem.message
                            ));
                            None
                        }
                    }
                }
            };
            ids.extend(id);
        }
        Ok(ids)
    }
}

impl Forge for Gitea {
    fn kind(&self) -> ForgeKind {
        ForgeKind::Gitea
    }

    fn most_characters(&self) -> usize {
        MOST_CHARACTERS
    }

    fn requests(&self, branch: &str) -> Answer<Vec<Request>> {
        let path = format!("{}?state=all&limit=50", self.0.all());
        let found = self.0.client.all(&path)?;
        let is_own = |one: &&Value| {
            let (head, base) = (&one["head"], &one["base"]);
            // A branch that was taken away has no name of its own any more, but its label stays.
            let is_named = head["ref"] == branch || head["label"] == branch;
            is_named && head["repo_id"] == base["repo_id"]
        };
        let mut own: Vec<Request> = found.iter().filter(is_own).map(request).collect();
        own.sort_by_key(|one| std::cmp::Reverse(one.number));
        Ok(own)
    }

    fn open(&self, draft: &Draft) -> Answer<(Request, Vec<String>)> {
        let mut notes = Vec::new();
        let mut body = json!({
            "title": draft.title_marked(DRAFT),
            "head": draft.branch,
            "base": draft.target,
            "body": draft.body,
        });
        let labels = self.labels(&draft.labels, &mut notes)?;
        if !labels.is_empty() {
            body["labels"] = json!(labels);
        }
        if !draft.assignees.is_empty() {
            body["assignees"] = json!(draft.assignees);
        }
        let request = request(&self.0.client.write(Verb::Post, &self.0.all(), &body)?);
        if !draft.reviewers.is_empty() {
            let path = format!("{}/requested_reviewers", self.0.pull(request.number));
            let body = json!({ "reviewers": draft.reviewers });
            if let Err(failure) = self.0.client.write(Verb::Post, &path, &body) {
                notes.push(format!(
                    "the reviewers are not set: {}",
                    failure.problem.message
                ));
            }
        }
        Ok((request, notes))
    }

    fn update(&self, number: u64, draft: &Draft) -> Answer<Request> {
        let title = draft.title_marked(DRAFT);
        let body = json!({ "title": title, "body": draft.body, "base": draft.target });
        self.0.change(number, &body)
    }

    fn close(&self, number: u64, text: &str) -> Answer<()> {
        self.0.close(number, text)
    }

    fn notes(&self, number: u64) -> Answer<Vec<String>> {
        self.0.client.bodies(&self.0.issue(number, "comments"))
    }

    fn note(&self, number: u64, words: &str) -> Answer<()> {
        self.0.note(number, words)
    }

    fn comment(&self, request: &Request, comments: &[LineComment]) -> Answer<()> {
        let comment = |one: &LineComment| json!({ "path": one.path, "new_position": one.line, "body": one.body });
        self.0
            .review(request, comments.iter().map(comment).collect())
    }

    fn repositories(&self, owner: &str) -> Answer<Vec<Listed>> {
        self.0.repositories(owner, "limit=50")
    }
}
