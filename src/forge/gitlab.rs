//! GitLab's REST interface, version 4: <https://docs.gitlab.com/api/merge_requests/>.

use serde_json::{Value, json};

use super::client::{Client, text, texts};
use super::{Answer, Draft, Forge, ForgeKind, LineComment, Listed, Request, RequestState, encoded};
use crate::http::Verb;

/// <https://docs.gitlab.com/api/merge_requests/#create-mr>
const MOST_CHARACTERS: usize = 1_048_576;

pub(super) struct Gitlab {
    client: Client,
    /// `projects/ID`
    project: String,
}

impl Gitlab {
    pub(super) fn new(client: Client, project: &str) -> Self {
        let project = format!("projects/{}", encoded(project));
        Self { client, project }
    }

    fn path(&self, number: u64) -> String {
        format!("{}/merge_requests/{number}", self.project)
    }

    /// The numbers of people, and the names that nobody has.
    fn people(&self, names: &[String], missing: &mut Vec<String>) -> Answer<Vec<u64>> {
        let mut ids = Vec::new();
        for name in names {
            let found = self
                .client
                .get(&format!("users?username={}", encoded(name)))?;
            match found[0]["id"].as_u64() {
                Some(id) => ids.push(id),
                None => missing.push(format!("GitLab knows nobody called `{name}`")),
            }
        }
        Ok(ids)
    }
}

fn request(value: &Value) -> Request {
    Request {
        number: value["iid"].as_u64().unwrap_or_default(),
        url: text(value, "web_url"),
        state: match value["state"].as_str() {
            Some("merged") => RequestState::Merged,
            Some("closed") => RequestState::Closed,
            _ => RequestState::Open,
        },
        title: text(value, "title"),
        body: text(value, "description"),
        target: text(value, "target_branch"),
        is_draft: value["draft"].as_bool().unwrap_or_default(),
        commit: value["sha"].as_str().map(String::from),
        updated: text(value, "updated_at"),
    }
}

impl Forge for Gitlab {
    fn kind(&self) -> ForgeKind {
        ForgeKind::Gitlab
    }

    fn most_characters(&self) -> usize {
        MOST_CHARACTERS
    }

    fn requests(&self, branch: &str) -> Answer<Vec<Request>> {
        let found = self.client.all(&format!(
            "{}/merge_requests?source_branch={}&state=all&scope=all&order_by=created_at&sort=desc&per_page=100",
            self.project,
            encoded(branch)
        ))?;
        // A branch of the same name may be in a fork.
        let own = found
            .iter()
            .filter(|one| one["source_project_id"] == one["target_project_id"]);
        Ok(own.map(request).collect())
    }

    fn open(&self, draft: &Draft) -> Answer<(Request, Vec<String>)> {
        let mut notes = Vec::new();
        let mut body = json!({
            "source_branch": draft.branch,
            "target_branch": draft.target,
            "title": draft.title_marked("Draft"),
            "description": draft.body,
            "remove_source_branch": true,
        });
        if !draft.labels.is_empty() {
            body["labels"] = json!(draft.labels.join(","));
        }
        for (field, names) in [
            ("assignee_ids", &draft.assignees),
            ("reviewer_ids", &draft.reviewers),
        ] {
            let ids = self.people(names, &mut notes)?;
            if !ids.is_empty() {
                body[field] = json!(ids);
            }
        }
        let path = format!("{}/merge_requests", self.project);
        let answer = self.client.write(Verb::Post, &path, &body)?;
        Ok((request(&answer), notes))
    }

    fn update(&self, number: u64, draft: &Draft) -> Answer<Request> {
        let body = json!({
            "title": draft.title_marked("Draft"),
            "description": draft.body,
            "target_branch": draft.target,
        });
        let answer = self.client.write(Verb::Put, &self.path(number), &body)?;
        Ok(request(&answer))
    }

    fn close(&self, number: u64, text: &str) -> Answer<()> {
        let body = json!({ "state_event": "close", "description": text });
        self.client
            .write(Verb::Put, &self.path(number), &body)
            .map(|_| ())
    }

    fn notes(&self, number: u64) -> Answer<Vec<String>> {
        let path = format!(
            "{}/notes?order_by=created_at&sort=asc&per_page=100",
            self.path(number)
        );
        self.client.bodies(&path)
    }

    fn note(&self, number: u64, words: &str) -> Answer<()> {
        let path = format!("{}/notes", self.path(number));
        self.client.add_body(&path, words)
    }

    fn comment(&self, request: &Request, comments: &[LineComment]) -> Answer<()> {
        if comments.is_empty() {
            return Ok(());
        }
        let path = self.path(request.number);
        let about = self.client.get(&path)?;
        for one in comments {
            let mut position = about["diff_refs"].clone();
            position["position_type"] = json!("text");
            position["old_path"] = json!(one.path);
            position["new_path"] = json!(one.path);
            position["new_line"] = json!(one.line);
            if let Some(line) = one.old_line {
                position["old_line"] = json!(line);
            }
            let body = json!({ "body": one.body, "position": position });
            self.client
                .write(Verb::Post, &format!("{path}/discussions"), &body)?;
        }
        Ok(())
    }

    fn repositories(&self, owner: &str) -> Answer<Vec<Listed>> {
        let found = self.client.all(&format!(
            "groups/{}/projects?include_subgroups=true&with_shared=false&statistics=true&order_by=id&sort=asc&per_page=100",
            encoded(owner)
        ))?;
        let listed = |one: &Value| Listed {
            name: text(one, "path_with_namespace"),
            clone_url: text(one, "http_url_to_repo"),
            default_branch: one["default_branch"].as_str().map(String::from),
            is_archived: one["archived"].as_bool().unwrap_or_default(),
            is_fork: !one["forked_from_project"].is_null(),
            topics: texts(&one["topics"]),
            kibibytes: one["statistics"]["repository_size"]
                .as_u64()
                .map(|bytes| bytes / 1024),
        };
        Ok(Listed::sorted(&found, listed))
    }
}
