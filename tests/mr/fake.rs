//! Forges that remember: GitLab, Gitea and GitHub as far as `harden mr` speaks with them, written from their documents.
//!
//! <https://docs.gitlab.com/api/merge_requests/>, <https://docs.gitlab.com/api/notes/>,
//! <https://docs.gitlab.com/api/discussions/>, <https://docs.gitea.com/api/>, <https://docs.github.com/en/rest/pulls>.
//! What is not in them is answered with an error.

use serde_json::{Value, json};

use crate::server::{Reply, Request};
use crate::world::TOKEN;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flavour {
    Gitlab,
    Gitea,
    Github,
    Push,
    Agit,
}

impl Flavour {
    pub fn name(self) -> &'static str {
        match self {
            Self::Gitlab => "gitlab",
            Self::Gitea => "gitea",
            Self::Github => "github",
            Self::Push => "push",
            Self::Agit => "agit",
        }
    }

    fn api(self) -> &'static str {
        match self {
            Self::Gitea => "/api/v1/",
            Self::Github => "/api/v3/",
            _ => "/api/v4/",
        }
    }

    fn project(self) -> &'static str {
        match self {
            Self::Gitlab => "projects/g%2Fp",
            _ => "repos/g/p",
        }
    }
}

#[derive(Clone, Debug, Default)]
pub struct Merge {
    pub number: u64,
    pub branch: String,
    pub target: String,
    pub title: String,
    pub body: String,
    /// `opened`, `closed` or `merged`
    pub state: String,
    pub draft: bool,
    /// As it was opened.
    pub asked: Value,
}

type Fault = Box<dyn FnMut(&Request) -> Option<Reply> + Send>;

pub struct Fake {
    flavour: Flavour,
    pub merges: Vec<Merge>,
    /// Number of the request, and text.
    pub notes: Vec<(u64, String)>,
    pub discussions: Vec<Value>,
    /// `METHOD path body` of what is no mere question.
    pub writes: Vec<String>,
    pub branches: Vec<(String, String)>,
    pub fault: Option<Fault>,
    /// Whether requests are opened, and nobody told.
    pub loses_answers: bool,
    labels: Vec<String>,
}

impl Fake {
    pub fn new(flavour: Flavour) -> Self {
        Self {
            flavour,
            merges: Vec::new(),
            notes: Vec::new(),
            discussions: Vec::new(),
            writes: Vec::new(),
            branches: Vec::new(),
            fault: None,
            loses_answers: false,
            labels: vec!["bug".to_string()],
        }
    }

    pub fn answer(&mut self, request: &Request, host: &str) -> Reply {
        if let Some(reply) = self.fault.as_mut().and_then(|fault| fault(request)) {
            return reply;
        }
        let word = if self.flavour == Flavour::Gitea {
            "token"
        } else {
            "Bearer"
        };
        if request.header("authorization") != Some(&format!("{word} {TOKEN}")) {
            return problem(401, "401 Unauthorized");
        }
        let Some(path) = request.target.strip_prefix(self.flavour.api()) else {
            return problem(404, "404 Not Found");
        };
        let accept = match self.flavour {
            Flavour::Github => "application/vnd.github+json",
            _ => "application/json",
        };
        assert_eq!(request.header("accept"), Some(accept));
        let body: Value = match request.method.as_str() {
            "GET" => Value::Null,
            _ => {
                assert_eq!(request.header("content-type"), Some("application/json"));
                self.writes
                    .push(format!("{} {path} {}", request.method, request.body));
                serde_json::from_str(&request.body).expect("JSON")
            }
        };
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let own = self.flavour.project();
        let method = request.method.as_str();
        let Some(rest) = path
            .strip_prefix(own)
            .map(|rest| rest.trim_start_matches('/'))
        else {
            return self.elsewhere(path, query);
        };
        let parts: Vec<&str> = rest.split('/').collect();
        let pulls = if self.flavour == Flavour::Gitlab {
            "merge_requests"
        } else {
            "pulls"
        };
        match (method, parts.as_slice()) {
            ("GET", [what]) if *what == pulls => self.all(query, host),
            ("POST", [what]) if *what == pulls => self.open(&body, host),
            ("GET", [what, number]) if *what == pulls => self.one(number, host),
            ("PUT" | "PATCH", [what, number]) if *what == pulls => {
                assert_eq!(method == "PUT", self.flavour == Flavour::Gitlab, "{method}");
                self.change(number, &body, host)
            }
            ("GET", [_, number, "notes" | "comments"]) => {
                let number: u64 = number.parse().expect("a number");
                let notes = self.notes.iter().filter(|(of, _)| *of == number);
                let notes: Vec<Value> = notes
                    .map(|(_, text)| json!({ "id": 1, "body": text }))
                    .collect();
                json_reply(200, &json!(notes))
            }
            ("POST", [_, number, "notes" | "comments"]) => {
                only(&body, &["body"]);
                let text = body["body"].as_str().expect("a text").to_string();
                self.notes.push((number.parse().expect("a number"), text));
                json_reply(201, &json!({ "id": 1 }))
            }
            ("POST", ["merge_requests", _, "discussions"]) | ("POST", ["pulls", _, "reviews"]) => {
                self.discussions.push(body);
                json_reply(201, &json!({ "id": "a" }))
            }
            ("POST", [_, _, "labels" | "assignees" | "requested_reviewers"]) => {
                json_reply(201, &json!([]))
            }
            ("GET", ["labels"]) => {
                let label = |(id, name): (usize, &String)| json!({ "id": id + 1, "name": name });
                let labels: Vec<Value> = self.labels.iter().enumerate().map(label).collect();
                json_reply(200, &json!(labels))
            }
            ("POST", ["labels"]) => {
                only(&body, &["name", "color"]);
                self.labels
                    .push(body["name"].as_str().expect("a name").to_string());
                json_reply(201, &json!({ "id": self.labels.len() }))
            }
            _ => problem(404, "404 Not Found"),
        }
    }

    fn elsewhere(&self, path: &str, query: &str) -> Reply {
        match (path, query) {
            ("users", "username=ada") => json_reply(200, &json!([{ "id": 11, "username": "ada" }])),
            ("users", "username=bob") => json_reply(200, &json!([{ "id": 12, "username": "bob" }])),
            ("users", _) => json_reply(200, &json!([])),
            _ => problem(404, "404 Project Not Found"),
        }
    }

    /// One request on a page, so that all pages have to be read.
    fn all(&self, query: &str, host: &str) -> Reply {
        let value = |name: &str| {
            let found = query
                .split('&')
                .find_map(|one| one.strip_prefix(name)?.strip_prefix('='));
            found.map(|text| {
                percent_encoding::percent_decode_str(text)
                    .decode_utf8_lossy()
                    .into_owned()
            })
        };
        assert_eq!(value("state").as_deref(), Some("all"), "{query}");
        let branch = match self.flavour {
            Flavour::Gitlab => value("source_branch"),
            Flavour::Github => {
                value("head").and_then(|head| head.strip_prefix("g:").map(String::from))
            }
            _ => None,
        };
        assert_eq!(branch.is_none(), self.flavour == Flavour::Gitea, "{query}");
        let fits = |one: &&Merge| branch.as_ref().is_none_or(|branch| *branch == one.branch);
        let mut found: Vec<&Merge> = self.merges.iter().filter(fits).collect();
        found.reverse();
        let page: usize = value("page").map_or(1, |page| page.parse().expect("a page"));
        let items: Vec<Value> = found
            .iter()
            .skip(page - 1)
            .take(1)
            .map(|one| self.show(one, host))
            .collect();
        let mut reply = json_reply(200, &json!(items));
        if page < found.len() {
            let others: Vec<&str> = query
                .split('&')
                .filter(|one| !one.starts_with("page="))
                .collect();
            let api = self.flavour.api();
            let project = self.flavour.project();
            let kind = if self.flavour == Flavour::Gitlab {
                "merge_requests"
            } else {
                "pulls"
            };
            let next = page + 1;
            reply = match self.flavour {
                Flavour::Gitlab => reply.with("x-next-page", next.to_string()),
                _ => reply.with(
                    "link",
                    format!(
                        "<http://{host}{api}{project}/{kind}?{}&page={next}>; rel=\"next\"",
                        others.join("&")
                    ),
                ),
            };
        }
        reply
    }

    fn one(&self, number: &str, host: &str) -> Reply {
        match self
            .merges
            .iter()
            .find(|one| one.number.to_string() == number)
        {
            Some(one) => json_reply(200, &self.show(one, host)),
            None => problem(404, "404 Not Found"),
        }
    }

    fn open(&mut self, body: &Value, host: &str) -> Reply {
        let names = match self.flavour {
            Flavour::Gitlab => ["source_branch", "target_branch", "title", "description"],
            _ => ["head", "base", "title", "body"],
        };
        let more: &[&str] = match self.flavour {
            Flavour::Gitlab => &[
                "remove_source_branch",
                "labels",
                "assignee_ids",
                "reviewer_ids",
            ],
            Flavour::Github => &["draft", "maintainer_can_modify"],
            _ => &["labels", "assignees"],
        };
        only(body, &[&names, more].concat());
        let [branch, target, title, text] =
            names.map(|name| body[name].as_str().expect(name).to_string());
        if !self.branches.iter().any(|(name, _)| *name == branch) {
            return problem(422, "the branch does not exist");
        }
        if self
            .merges
            .iter()
            .any(|one| one.branch == branch && one.state == "opened")
        {
            let status = if self.flavour == Flavour::Github {
                422
            } else {
                409
            };
            return problem(
                status,
                "Another open merge request already exists for this source branch",
            );
        }
        let start = if self.flavour == Flavour::Gitlab {
            "Draft: "
        } else {
            "WIP: "
        };
        let merge = Merge {
            number: self.merges.len() as u64 + 1,
            draft: body["draft"] == true || title.starts_with(start),
            branch,
            target,
            title,
            body: text,
            state: "opened".to_string(),
            asked: body.clone(),
        };
        let shown = self.show(&merge, host);
        self.merges.push(merge);
        json_reply(201, &shown)
    }

    fn change(&mut self, number: &str, body: &Value, host: &str) -> Reply {
        only(
            body,
            &[
                "title",
                "description",
                "body",
                "target_branch",
                "base",
                "state",
                "state_event",
            ],
        );
        let Some(at) = self
            .merges
            .iter()
            .position(|one| one.number.to_string() == number)
        else {
            return problem(404, "404 Not Found");
        };
        let one = &mut self.merges[at];
        let set = |names: &[&str], into: &mut String| {
            if let Some(text) = names.iter().find_map(|name| body[*name].as_str()) {
                *into = text.to_string();
            }
        };
        set(&["title"], &mut one.title);
        set(&["description", "body"], &mut one.body);
        set(&["target_branch", "base"], &mut one.target);
        if body["state_event"] == "close" || body["state"] == "closed" {
            one.state = "closed".to_string();
        }
        let shown = self.show(&self.merges[at], host);
        json_reply(200, &shown)
    }

    fn show(&self, one: &Merge, host: &str) -> Value {
        let commit = self
            .branches
            .iter()
            .find(|(name, _)| *name == one.branch)
            .map(|(_, id)| id);
        match self.flavour {
            Flavour::Gitlab => json!({
                "id": 1000 + one.number,
                "iid": one.number,
                "web_url": format!("http://{host}/g/p/-/merge_requests/{}", one.number),
                "state": one.state,
                "title": one.title,
                "description": one.body,
                "source_branch": one.branch,
                "target_branch": one.target,
                "source_project_id": 5,
                "target_project_id": 5,
                "draft": one.draft,
                "sha": commit,
                "updated_at": "2026-11-25T00:00:00.000Z",
                "diff_refs": { "base_sha": "b", "head_sha": "h", "start_sha": "s" },
            }),
            _ => json!({
                "number": one.number,
                "html_url": format!("http://{host}/g/p/pulls/{}", one.number),
                "state": if one.state == "opened" { "open" } else { "closed" },
                "merged": one.state == "merged",
                "merged_at": (one.state == "merged").then_some("2026-11-25T00:00:00Z"),
                "title": one.title,
                "body": one.body,
                "draft": one.draft,
                "head": { "ref": one.branch, "label": one.branch, "sha": commit, "repo_id": 5 },
                "base": { "ref": one.target, "repo_id": 5 },
                "updated_at": "2026-11-25T00:00:00Z",
            }),
        }
    }
}

/// Fails where a body has a field that the documents do not have.
fn only(body: &Value, names: &[&str]) {
    for name in body.as_object().expect("an object").keys() {
        assert!(
            names.contains(&name.as_str()),
            "`{name}` is no field of this request"
        );
    }
}

fn json_reply(status: u16, value: &Value) -> Reply {
    Reply::Answer {
        status,
        headers: vec![("content-type".to_string(), "application/json".to_string())],
        body: value.to_string().into_bytes(),
    }
}

pub fn problem(status: u16, message: &str) -> Reply {
    json_reply(status, &json!({ "message": message }))
}
