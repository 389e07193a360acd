//! The repositories of groups and organisations, from forges that list them page by page and have their bad days, through
//! the command line.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::batches::batch;
use crate::fake::{Flavour, problem};
use crate::sandbox;
use crate::server::{Reply, Request};
use crate::world::{TOKEN, World};

/// A repository as its forge tells of it.
#[derive(Clone, Default)]
struct Listed {
    name: &'static str,
    topics: Vec<&'static str>,
    is_archived: bool,
    is_fork: bool,
    kibibytes: u64,
}

/// What a forge has in its group `g`, two on a page.
#[derive(Default)]
struct Group {
    all: Vec<Listed>,
    /// Answers that come first.
    bad: Vec<Reply>,
    asked: Vec<String>,
}

const PAGE: usize = 2;

fn group() -> Group {
    let of = |name, topics: &[&'static str]| Listed {
        name,
        topics: topics.to_vec(),
        kibibytes: 100,
        ..Listed::default()
    };
    let all = vec![
        of("p", &["docker", "web"]),
        Listed {
            is_archived: true,
            ..of("old", &["docker"])
        },
        Listed {
            is_fork: true,
            ..of("fork", &["docker"])
        },
        Listed {
            kibibytes: 3 << 20,
            ..of("large", &["docker"])
        },
        of("q", &["docker"]),
        of("other", &[]),
    ];
    Group {
        all,
        ..Group::default()
    }
}

fn shown(one: &Listed, flavour: Flavour, host: &str) -> Value {
    let (path, url) = (
        format!("g/{}", one.name),
        format!("http://{host}/g/{}.git", one.name),
    );
    match flavour {
        Flavour::Gitlab => {
            let mut value = json!({
                "path_with_namespace": path, "http_url_to_repo": url, "default_branch": "main",
                "archived": one.is_archived, "topics": one.topics,
                "statistics": { "repository_size": one.kibibytes * 1024 },
            });
            if one.is_fork {
                value["forked_from_project"] = json!({ "id": 9 });
            }
            value
        }
        _ => json!({
            "full_name": path, "clone_url": url, "default_branch": "main", "archived": one.is_archived,
            "fork": one.is_fork, "topics": one.topics, "size": one.kibibytes,
        }),
    }
}

impl Group {
    /// `None` for what is not about the group.
    fn answer(&mut self, request: &Request, flavour: Flavour, host: &str) -> Option<Reply> {
        let (path, wanted) = match flavour {
            Flavour::Gitlab => (
                "/api/v4/groups/g/projects",
                "include_subgroups=true&with_shared=false&statistics=true&order_by=id&sort=asc&per_page=100",
            ),
            Flavour::Github => (
                "/api/v3/orgs/g/repos",
                "type=all&sort=full_name&per_page=100",
            ),
            _ => ("/api/v1/orgs/g/repos", "limit=50"),
        };
        let query = request.target.strip_prefix(path)?.strip_prefix('?')?;
        self.asked.push(request.target.clone());
        let word = if flavour == Flavour::Gitea {
            "token"
        } else {
            "Bearer"
        };
        if request.header("authorization") != Some(&format!("{word} {TOKEN}")) {
            return Some(problem(401, "401 Unauthorized"));
        }
        if !self.bad.is_empty() {
            return Some(self.bad.remove(0));
        }
        let (same, page) = query.split_once("&page=").unwrap_or((query, "1"));
        assert_eq!(same, wanted);
        let page: usize = page.parse().expect("a page");
        let all = self.all.iter().skip((page - 1) * PAGE).take(PAGE);
        let all: Vec<Value> = all.map(|one| shown(one, flavour, host)).collect();
        let reply = Reply::body(json!(all).to_string()).with("content-type", "application/json");
        Some(match (page * PAGE < self.all.len(), flavour) {
            (false, _) => reply,
            (true, Flavour::Gitlab) => reply.with("x-next-page", (page + 1).to_string()),
            (true, _) => {
                let next = format!("<http://{host}{path}?{wanted}&page={}>", page + 1);
                reply.with(
                    "link",
                    format!("{next}; rel=\"next\", <http://{host}/x>; rel=\"last\""),
                )
            }
        })
    }
}

/// A forge with the group, of which `p` and `q` can be cloned.
fn world(flavour: Flavour) -> (World, Arc<Mutex<Group>>) {
    let world = World::standard(flavour);
    world.git(&["clone", "--quiet", "--bare", "g/p.git", "g/q.git"]);
    let group = Arc::new(Mutex::new(group()));
    let (own, host) = (Arc::clone(&group), world.server.host.clone());
    world.fake.lock().expect("the fake").fault = Some(Box::new(move |request| {
        let mut group = own.lock().expect("the group");
        group.answer(request, flavour, &host)
    }));
    (world, group)
}

/// `harden batch plan` for the group.
fn plan(world: &World, flavour: Flavour, words: &[&str]) -> (i32, String) {
    let source = format!("{}:http://{}/g", flavour.name(), world.server.host);
    let start = ["plan", &source, "--id=try", "--rule", sandbox::RULE];
    batch(world, &[&start, words].concat())
}

/// The names in the plan.
fn planned(world: &World) -> Vec<String> {
    let plan: Value = serde_json::from_str(&world.sandbox.read("try/plan.json")).expect("JSON");
    let all = plan["repositories"].as_array().expect("a list");
    let name = |one: &Value| one["name"].as_str().expect("a name").to_string();
    all.iter().map(name).collect()
}

const FORGES: [Flavour; 3] = [Flavour::Gitlab, Flavour::Github, Flavour::Gitea];

#[test]
fn all_pages_are_read_and_what_is_left_out_is_told_with_its_reason() {
    for flavour in FORGES {
        let (world, group) = world(flavour);
        let (status, said) = plan(&world, flavour, &["--topic=docker", "--max-size=1024"]);
        assert_eq!(status, 0, "{said}");
        assert_eq!(planned(&world), ["g/p", "g/q"]);
        for line in [
            "left out, a fork: g/fork\n",
            "left out, archived: g/old\n",
            "left out, larger than 1024 MiB: g/large\n",
            "left out, without the topic: g/other\n",
        ] {
            assert!(said.contains(line), "{flavour:?}: {said}");
        }
        assert_eq!(group.lock().expect("the group").asked.len(), 3);
        assert_eq!(world.writes(), [""; 0]);
        // They are asked for, and then what cannot be cloned is an error of its own.
        let words = ["--archived", "--forks", "--exclude=*large"];
        let (status, said) = plan(&world, flavour, &words);
        assert_eq!(status, 2, "{said}");
        assert_eq!(
            planned(&world),
            ["g/fork", "g/old", "g/other", "g/p", "g/q"]
        );
        assert!(
            said.contains("g/old: there is no repository `http://"),
            "{said}"
        );
        let (status, said) = plan(&world, flavour, &["--topic=web"]);
        assert_eq!(
            (status, planned(&world)),
            (0, vec!["g/p".to_string()]),
            "{said}"
        );
    }
}

#[test]
fn a_busy_forge_is_waited_for_as_it_wishes() {
    for flavour in FORGES {
        let (world, group) = world(flavour);
        group.lock().expect("the group").bad = vec![
            problem(429, "slow down").with("retry-after", "1"),
            problem(502, "bad gateway"),
        ];
        let start = std::time::Instant::now();
        let (status, said) = plan(&world, flavour, &["--topic=web"]);
        assert_eq!(status, 0, "{said}");
        assert!(start.elapsed().as_secs_f32() >= 1.0);
        assert_eq!(planned(&world), ["g/p"]);
        assert_eq!(group.lock().expect("the group").asked.len(), 5);
    }
}

#[test]
fn a_list_that_is_not_had_is_no_plan() {
    let refused = |status: u16, message: &str| (0..9).map(|_| problem(status, message)).collect();
    for flavour in FORGES {
        for (bad, words) in [
            (refused(500, "x"), "is in trouble (status 500)"),
            (
                refused(403, "insufficient_scope"),
                "does not allow that with this token: insufficient_scope",
            ),
            (
                refused(401, "Token has expired"),
                "does not know the token, or it has expired",
            ),
            (
                refused(404, "404 Group Not Found"),
                "or the token may not see it: 404 Group Not Found",
            ),
        ] {
            let (world, group) = world(flavour);
            let bad: Vec<Reply> = bad;
            group.lock().expect("the group").bad = bad;
            let (status, said) = plan(&world, flavour, &["--retries=1"]);
            assert_eq!(status, 2, "{said}");
            // GitHub and Gitea are asked for a person of that name then, whom there is not.
            let is_asked_on = words.contains("404") && flavour != Flavour::Gitlab;
            assert!(
                is_asked_on || said.contains(words),
                "{flavour:?}: {words}: {said}"
            );
            assert!(!world.sandbox.path("try").exists());
        }
    }
}

/// The middle of the list is lost: half of a group is no group.
#[test]
fn a_list_that_ends_too_early_is_no_plan() {
    for flavour in FORGES {
        let (world, group) = world(flavour);
        let (own, host) = (Arc::clone(&group), world.server.host.clone());
        world.fake.lock().expect("the fake").fault = Some(Box::new(move |request| {
            let mut group = own.lock().expect("the group");
            match group.asked.len() {
                0 => group.answer(request, flavour, &host),
                _ => Some(problem(500, "lost")),
            }
        }));
        let (status, said) = plan(&world, flavour, &["--retries=1"]);
        assert_eq!(status, 2, "{said}");
        assert!(said.contains("is in trouble (status 500)"), "{said}");
        assert!(!world.sandbox.path("try").exists());
    }
}
