//! The other forges: the same request by their own interfaces, or by git alone.

use serde_json::{Value, json};

use crate::fake::Flavour;
use crate::world::{NEW, OLD, World};

fn json_of(write: &str) -> (String, Value) {
    let mut parts = write.splitn(3, ' ');
    let head = format!(
        "{} {}",
        parts.next().expect("a method"),
        parts.next().expect("a path")
    );
    let mut body: Value = serde_json::from_str(parts.next().expect("a body")).expect("JSON");
    for long in ["body", "description"] {
        if body.get(long).is_some() {
            body[long] = json!("…");
        }
    }
    (head, body)
}

fn calls(world: &World) -> Vec<(String, Value)> {
    world.writes().iter().map(|write| json_of(write)).collect()
}

const PEOPLE: [&str; 7] = [
    "--reviewer",
    "ada",
    "--assignee",
    "bob",
    "--label",
    "x",
    "--draft",
];

#[test]
fn github() {
    let world = World::standard(Flavour::Github);
    let (status, said) = world.mr(&[&PEOPLE[..], &["--reviewer", "g/team", "--comments"]].concat());
    assert_eq!(
        (status, said.contains("/g/p/pulls/1: opened")),
        (0, true),
        "{said}"
    );
    let commit = world.branch("harden/baseline/main");
    let calls_made = calls(&world);
    let review = calls_made.last().expect("a review").1.clone();
    assert_eq!(review["commit_id"], json!(commit));
    assert_eq!(review["comments"][0]["line"], 2);
    assert_eq!(
        calls_made[..4],
        [
            (
                "POST repos/g/p/pulls".to_string(),
                json!({"title": "Harden Dockerfile (baseline)", "head": "harden/baseline/main", "base": "main", "body": "…", "draft": true, "maintainer_can_modify": true})
            ),
            (
                "POST repos/g/p/issues/1/labels".to_string(),
                json!({"labels": ["x"]})
            ),
            (
                "POST repos/g/p/issues/1/assignees".to_string(),
                json!({"assignees": ["bob"]})
            ),
            (
                "POST repos/g/p/pulls/1/requested_reviewers".to_string(),
                json!({"reviewers": ["ada"], "team_reviewers": ["team"]})
            ),
        ]
    );
    life(&world);
}

#[test]
fn gitea() {
    let world = World::standard(Flavour::Gitea);
    let (status, said) = world.mr(&PEOPLE);
    assert_eq!(
        (status, said.contains("/g/p/pulls/1: opened")),
        (0, true),
        "{said}"
    );
    assert_eq!(
        calls(&world),
        [
            (
                "POST repos/g/p/labels".to_string(),
                json!({"name": "x", "color": "#1d76db"})
            ),
            (
                "POST repos/g/p/pulls".to_string(),
                json!({"title": "WIP: Harden Dockerfile (baseline)", "head": "harden/baseline/main", "base": "main", "body": "…", "labels": [2], "assignees": ["bob"]})
            ),
            (
                "POST repos/g/p/pulls/1/requested_reviewers".to_string(),
                json!({"reviewers": ["ada"]})
            ),
        ]
    );
    life(&world);
}

/// The same, changed, edited, closed, and a second request.
fn life(world: &World) {
    let branch = world.ours().expect("a branch");
    let (_, said) = world.mr(&[]);
    assert!(said.contains("request 1 is up to date"), "{said}");
    assert_eq!(calls(world), []);
    world.commit("main", &[("Dockerfile", &format!("{OLD}# x\n"))], "more");
    let (_, said) = world.mr(&[]);
    assert!(said.contains("brought request 1 up to date"), "{said}");
    let made = calls(world);
    assert_eq!(made.len(), 1, "{made:?}");
    assert_eq!(made[0].0, "PATCH repos/g/p/pulls/1");
    assert_eq!(made[0].1["base"], "main");
    world.commit("main", &[("Dockerfile", NEW)], "by hand");
    let (_, said) = world.mr(&[]);
    assert!(said.contains("closed request 1"), "{said}");
    let made: Vec<String> = calls(world).into_iter().map(|(head, _)| head).collect();
    assert_eq!(
        made,
        [
            "POST repos/g/p/issues/1/comments",
            "PATCH repos/g/p/pulls/1"
        ]
    );
    assert_eq!(world.branch(&branch), None);
    world.commit("main", &[("Dockerfile", OLD)], "back");
    let (_, said) = world.mr(&[]);
    // It was closed with another last change, by harden itself.
    assert!(said.contains("/g/p/pulls/2: opened"), "{said}");
    world.commit(&branch, &[("x", "y")], "mine");
    let (_, said) = world.mr(&[]);
    assert!(said.contains("harden leaves it alone"), "{said}");
    let made: Vec<String> = calls(world).into_iter().map(|(head, _)| head).collect();
    assert_eq!(
        made.last().map(String::as_str),
        Some("POST repos/g/p/issues/2/comments")
    );
    let (_, said) = world.mr(&[]);
    assert!(said.contains("somebody else works on request 2"), "{said}");
}

#[test]
fn push_options_of_gitlab_open_a_request_without_its_interface() {
    let world = World::standard(Flavour::Push);
    let (status, said) = world.mr(&["--label", "x", "--assignee", "bob"]);
    assert_eq!((status, said.contains("opened")), (0, true), "{said}");
    let options = world.push_options();
    let lines: Vec<&str> = options.lines().collect();
    assert_eq!(lines.len(), 7, "{options}");
    assert_eq!(
        lines[..3],
        [
            "merge_request.create",
            "merge_request.target=main",
            "merge_request.title=Harden Dockerfile (baseline)"
        ]
    );
    assert!(
        lines[3]
            .starts_with("merge_request.description=Hardens 1 file by the profile `baseline`.\\n"),
        "{options}"
    );
    assert_eq!(
        lines[4..],
        [
            "merge_request.remove_source_branch",
            "merge_request.label=x",
            "merge_request.assign=bob"
        ]
    );
    assert_eq!(world.text("harden/baseline/main", "Dockerfile"), NEW);
    let (status, said) = world.mr(&[]);
    assert_eq!(
        (status, said.contains("the branch is up to date")),
        (0, true),
        "{said}"
    );
    assert_eq!(world.push_options().lines().count(), 7);
}

#[test]
fn agit_pushes_to_a_place_that_is_no_branch() {
    let world = World::standard(Flavour::Agit);
    // A server that knows AGit takes it; git alone makes a reference of it.
    let (status, said) = world.mr(&[]);
    assert_eq!(status, 0, "{said}");
    let options = world.push_options();
    assert!(
        options.starts_with(
            "topic=harden/baseline/main\ntitle=Harden Dockerfile (baseline)\ndescription="
        ),
        "{options}"
    );
    assert!(options.ends_with("\nforce-push=true\n"), "{options}");
    let first = world.bare(&["rev-parse", "refs/for/main"]);
    assert_eq!(
        world.bare(&["show", "refs/for/main:Dockerfile"]) + "\n",
        NEW
    );
    // The same change is the same commit, which the server knows.
    world.mr(&[]);
    assert_eq!(world.bare(&["rev-parse", "refs/for/main"]), first);
}
