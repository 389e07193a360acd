//! The REST interface of Gitea and Forgejo: <https://docs.gitea.com/api/>, which answers much like GitHub's.

use serde_json::{Value, json};

use super::client::{Client, text};
use super::github::{owner_and_name, repositories, request};
use super::{Answer, Draft, Forge, ForgeKind, LineComment, Listed, Request, encoded};
use crate::http::Verb;
use crate::report::Problem;

/// Some of the databases below it take no longer texts.
const MOST_CHARACTERS: usize = 65_535;
/// Of a label that is not there yet.
const COLOUR: &str = "#1d76db";

pub(super) struct Gitea {
    client: Client,
    /// `repos/OWNER/NAME`
    project: String,
}

impl Gitea {
    /// # Errors
    /// A [`Problem`] where the project is not of the form `owner/name`.
    pub(super) fn new(client: Client, project: &str) -> Result<Self, Problem> {
        let (owner, name) = owner_and_name(project)?;
        let project = format!("repos/{}/{}", encoded(owner), encoded(name));
        Ok(Self { client, project })
    }

    fn issue(&self, number: u64, what: &str) -> String {
        format!("{}/issues/{number}/{what}", self.project)
    }

    /// The numbers of labels; those that are not there are made.
    fn labels(&self, names: &[String], notes: &mut Vec<String>) -> Answer<Vec<u64>> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let path = format!("{}/labels", self.project);
        let there = self.client.all(&format!("{path}?limit=50"))?;
        let mut ids = Vec::new();
        for name in names {
            let found = there.iter().find(|label| label["name"] == name.as_str());
            let id = match found {
                Some(label) => label["id"].as_u64(),
                None => {
                    let body = json!({ "name": name, "color": COLOUR });
                    match self.client.write(Verb::Post, &path, &body) {
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

fn title(draft: &Draft) -> String {
    match draft.is_draft {
        true => format!("WIP: {}", draft.title),
        false => draft.title.clone(),
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
        let path = format!("{}/pulls?state=all&limit=50", self.project);
        let found = self.client.all(&path)?;
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
            "title": title(draft),
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
        let pulls = format!("{}/pulls", self.project);
        let request = request(&self.client.write(Verb::Post, &pulls, &body)?);
        if !draft.reviewers.is_empty() {
            let path = format!("{pulls}/{}/requested_reviewers", request.number);
            let body = json!({ "reviewers": draft.reviewers });
            if let Err(failure) = self.client.write(Verb::Post, &path, &body) {
                notes.push(format!(
                    "the reviewers are not set: {}",
                    failure.problem.message
                ));
            }
        }
        Ok((request, notes))
    }

    fn update(&self, number: u64, draft: &Draft) -> Answer<Request> {
        let body = json!({ "title": title(draft), "body": draft.body, "base": draft.target });
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
        let path = self.issue(number, "comments");
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
        if comments.is_empty() {
            return Ok(());
        }
        let comment = |one: &LineComment| json!({ "path": one.path, "new_position": one.line, "body": one.body });
        let mut body = json!({
            "event": "COMMENT",
            "body": "Why each line is as it is.",
            "comments": comments.iter().map(comment).collect::<Vec<_>>(),
        });
        if let Some(commit) = &request.commit {
            body["commit_id"] = json!(commit);
        }
        let path = format!("{}/pulls/{}/reviews", self.project, request.number);
        self.client.write(Verb::Post, &path, &body).map(|_| ())
    }

    fn repositories(&self, owner: &str) -> Answer<Vec<Listed>> {
        repositories(&self.client, owner, "limit=50")
    }
}
