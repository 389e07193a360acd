//! GitHub's REST interface: <https://docs.github.com/en/rest/pulls>.

use serde_json::json;

use super::client::Client;
use super::pulls::{Pulls, request};
use super::{Answer, Draft, Forge, ForgeKind, LineComment, Listed, Request, encoded};
use crate::http::Verb;
use crate::report::Problem;

/// What GitHub takes as the text of an issue or a pull request.
const MOST_CHARACTERS: usize = 65_536;

pub(super) struct Github(Pulls);

impl Github {
    /// # Errors
    /// A [`Problem`] where the project is not of the form `owner/name`.
    pub(super) fn new(client: Client, project: &str) -> Result<Self, Problem> {
        Pulls::new(client, project).map(Self)
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
                self.0.issue(number, "labels"),
                json!({ "labels": draft.labels }),
                draft.labels.is_empty(),
            ),
            (
                "assignees",
                self.0.issue(number, "assignees"),
                json!({ "assignees": draft.assignees }),
                draft.assignees.is_empty(),
            ),
            (
                "reviewers",
                format!("{}/requested_reviewers", self.0.pull(number)),
                reviewers,
                draft.reviewers.is_empty(),
            ),
        ];
        let mut notes = Vec::new();
        for (what, path, body, _) in wanted.into_iter().filter(|(_, _, _, is_empty)| !is_empty) {
            if let Err(failure) = self.0.client.write(Verb::Post, &path, &body) {
                notes.push(format!(
                    "the {what} are not set: {}",
                    failure.problem.message
                ));
            }
        }
        Ok(notes)
    }
}

impl Forge for Github {
    fn kind(&self) -> ForgeKind {
        ForgeKind::Github
    }

    fn most_characters(&self) -> usize {
        MOST_CHARACTERS
    }

    fn requests(&self, branch: &str) -> Answer<Vec<Request>> {
        let found = self.0.client.all(&format!(
            "{}?head={}%3A{}&state=all&sort=created&direction=desc&per_page=100",
            self.0.all(),
            encoded(&self.0.owner),
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
        let answer = self.0.client.write(Verb::Post, &self.0.all(), &body)?;
        let request = request(&answer);
        let notes = self.extras(request.number, draft)?;
        Ok((request, notes))
    }

    fn update(&self, number: u64, draft: &Draft) -> Answer<Request> {
        let body = json!({ "title": draft.title, "body": draft.body, "base": draft.target });
        self.0.change(number, &body)
    }

    fn close(&self, number: u64, text: &str) -> Answer<()> {
        self.0.close(number, text)
    }

    fn notes(&self, number: u64) -> Answer<Vec<String>> {
        let path = self.0.issue(number, "comments?per_page=100");
        self.0.client.bodies(&path)
    }

    fn note(&self, number: u64, words: &str) -> Answer<()> {
        self.0.note(number, words)
    }

    fn comment(&self, request: &Request, comments: &[LineComment]) -> Answer<()> {
        let comment = |one: &LineComment| json!({ "path": one.path, "line": one.line, "side": "RIGHT", "body": one.body });
        self.0
            .review(request, comments.iter().map(comment).collect())
    }

    fn repositories(&self, owner: &str) -> Answer<Vec<Listed>> {
        let query = "type=all&sort=full_name&per_page=100";
        self.0.repositories(owner, query)
    }
}
