//! What is wrong with repositories, forges and addresses: said, with what to do, and nothing half done in silence.

use crate::fake::{Flavour, problem};
use crate::server::Reply;
use crate::world::{NEW, OLD, World};

/// A run that fails, and pushes nothing.
fn fails(world: &World, arguments: &[&str], words: &[&str]) {
    let (status, said) = world.mr(arguments);
    assert_eq!(status, 2, "{said}");
    for word in words {
        assert!(said.contains(word), "{word:?} is not in {said}");
    }
    assert_eq!(world.ours(), None, "{said}");
}

#[test]
fn a_repository_that_is_gone() {
    let world = World::standard(Flavour::Gitlab);
    let url = format!("http://{}/g/gone.git", world.server.host);
    let (status, said) = world.finish(world.command(&["--repo", &url]));
    assert_eq!(
        (status, said.contains("there is no repository `http://")),
        (2, true),
        "{said}"
    );
    let (status, said) = world.finish(world.command(&["--repo", "/nonexistent/x"]));
    assert_eq!(
        (
            status,
            said.contains("there is no repository `/nonexistent/x`")
        ),
        (2, true),
        "{said}"
    );
}

#[test]
fn an_empty_repository() {
    let world = World::new(Flavour::Gitlab, &[]);
    fails(&world, &[], &["is empty: there is no commit in it"]);
}

#[test]
fn no_dockerfile_and_no_such_branch() {
    let world = World::new(Flavour::Gitlab, &[("a", "b")]);
    fails(&world, &[], &["no Dockerfile found in `http://"]);
    fails(
        &world,
        &["--target-branch", "none"],
        &["has no such branch"],
    );
}

#[test]
fn a_protected_default_branch_is_never_pushed_to() {
    let world = World::standard(Flavour::Gitlab);
    world.hook(
        "update",
        "#!/bin/sh\ncase $1 in refs/heads/main) echo protected; exit 1;; esac\n",
    );
    let (status, said) = world.mr(&[]);
    assert_eq!(status, 0, "{said}");
    assert!(world.ours().is_some());
}

#[test]
fn a_hook_that_rejects_the_push() {
    let world = World::standard(Flavour::Gitlab);
    world.hook(
        "pre-receive",
        "#!/bin/sh\necho 'GL-HOOK-ERR: \\033[31mno bots here' >&2\nexit 1\n",
    );
    fails(
        &world,
        &[],
        &[
            "does not take the push",
            "no bots here",
            "nothing was changed there",
        ],
    );
    assert_eq!(world.writes(), [""; 0]);
}

#[test]
fn a_token_without_rights_or_none() {
    let world = World::standard(Flavour::Gitlab);
    let url = world.url();
    let mut command = world.command(&["--repo", &url]);
    command.env("HARDEN_TOKEN", "wrong-one");
    let (status, said) = world.finish(command);
    assert_eq!(
        (status, said.contains("does not let us in")),
        (2, true),
        "{said}"
    );
    assert!(!said.contains("wrong-one"), "{said}");
    let mut command = world.command(&["--repo", &url]);
    // Meant for another host.
    command
        .env_remove("HARDEN_TOKEN")
        .env("GITLAB_TOKEN", "of-another-host");
    let (status, said) = world.finish(command);
    assert_eq!(
        (status, said.contains("there is no token for GitLab")),
        (2, true),
        "{said}"
    );
    world.fake.lock().expect("the fake").fault = Some(Box::new(|request| {
        (request.method == "POST").then(|| problem(403, "insufficient_scope"))
    }));
    let (status, said) = world.mr(&[]);
    assert_eq!(status, 2, "{said}");
    for part in [
        "insufficient_scope",
        "is pushed, but there is no request for it yet: run harden again",
    ] {
        assert!(said.contains(part), "{said}");
    }
}

#[test]
fn a_token_that_expires_between_push_and_request() {
    let world = World::standard(Flavour::Gitlab);
    world.fake.lock().expect("the fake").fault = Some(Box::new(|request| {
        (request.method == "POST").then(|| problem(401, "Token was revoked"))
    }));
    let (status, said) = world.mr(&[]);
    assert_eq!(
        (status, said.contains("is pushed, but there is no request")),
        (2, true),
        "{said}"
    );
    let commit = world.branch("harden/baseline/main");
    world.fake.lock().expect("the fake").fault = None;
    let (status, said) = world.mr(&[]);
    assert_eq!(
        (status, said.contains("merge_requests/1: opened")),
        (0, true),
        "{said}"
    );
    assert_eq!(world.branch("harden/baseline/main"), commit);
}

#[test]
fn a_forge_in_trouble_is_asked_again_and_not_for_ever() {
    let world = World::standard(Flavour::Gitlab);
    let set = |status: u16, times: usize, header: Option<(&'static str, &'static str)>| {
        let mut left = times;
        world.fake.lock().expect("the fake").fault = Some(Box::new(move |_| {
            left = left.checked_sub(1)?;
            let reply = problem(status, "busy");
            Some(match header {
                Some((name, value)) => reply.with(name, value),
                None => reply,
            })
        }));
    };
    set(500, 9, None);
    fails(&world, &[], &["is in trouble (status 500)"]);
    set(429, 9, Some(("retry-after", "3600")));
    fails(
        &world,
        &[],
        &[
            "wants us to wait 3600 s (status 429)",
            "run harden again later",
        ],
    );
    set(403, 9, Some(("x-ratelimit-remaining", "0")));
    fails(&world, &[], &["has had too many requests"]);
    set(429, 1, Some(("retry-after", "1")));
    let start = std::time::Instant::now();
    let (status, said) = world.mr(&["--dry-run"]);
    assert_eq!(status, 1, "{said}");
    assert!(start.elapsed().as_secs_f32() >= 1.0);
    set(502, 1, None);
    let (status, said) = world.mr(&[]);
    assert_eq!((status, said.contains("opened")), (0, true), "{said}");
}

#[test]
fn a_request_that_was_opened_although_the_forge_said_500_is_not_opened_twice() {
    let world = World::standard(Flavour::Gitlab);
    let fake = std::sync::Arc::clone(&world.fake);
    // The forge does it, and loses its answer.
    world.fake.lock().expect("the fake").fault = Some(Box::new(move |request| {
        if request.method != "POST" {
            return None;
        }
        let body: serde_json::Value = serde_json::from_str(&request.body).expect("JSON");
        let fake = std::sync::Arc::clone(&fake);
        let text = |name: &str| body[name].as_str().unwrap_or_default().to_string();
        let merge = crate::fake::Merge {
            number: 1,
            branch: text("source_branch"),
            target: text("target_branch"),
            title: text("title"),
            body: text("description"),
            state: "opened".to_string(),
            ..crate::fake::Merge::default()
        };
        std::thread::spawn(move || fake.lock().expect("the fake").merges.push(merge));
        Some(problem(500, "lost"))
    }));
    let (status, said) = world.mr(&[]);
    assert_eq!(status, 0, "{said}");
    assert_eq!(world.fake.lock().expect("the fake").merges.len(), 1);
}

#[test]
fn a_forge_that_says_nothing() {
    let world = World::standard(Flavour::Gitlab);
    world.fake.lock().expect("the fake").fault = Some(Box::new(|_| Some(Reply::Silence)));
    fails(
        &world,
        &["--timeout", "1", "--retries", "0"],
        &["no answer in 1 s"],
    );
}

#[test]
fn a_forge_that_sends_us_elsewhere_gets_no_token_there() {
    let other = crate::server::Server::start(|_, _| Reply::body("[]"));
    let elsewhere = format!("http://{}/x", other.host);
    let world = World::standard(Flavour::Gitlab);
    let to = elsewhere.clone();
    world.fake.lock().expect("the fake").fault = Some(Box::new(move |request| {
        (request.method == "GET").then(|| Reply::status(302).with("location", to.clone()))
    }));
    let (_, said) = world.mr(&["--dry-run"]);
    let asked = other.requests();
    assert!(!asked.is_empty(), "{said}");
    assert!(
        asked
            .iter()
            .all(|request| request.header("authorization").is_none())
    );
    world.fake.lock().expect("the fake").fault = Some(Box::new(move |_| {
        Some(Reply::body("[]").with("link", format!("<{elsewhere}>; rel=\"next\"")))
    }));
    fails(&world, &[], &["goes on elsewhere"]);
}

#[cfg(unix)]
#[test]
fn links_submodules_and_pointers() {
    let world = World::new(
        Flavour::Gitlab,
        &[
            ("good/Dockerfile", OLD),
            (
                "lfs/Dockerfile",
                "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n",
            ),
        ],
    );
    std::os::unix::fs::symlink("/etc/passwd", world.sandbox.path("work/Dockerfile"))
        .expect("a link");
    std::fs::create_dir_all(world.sandbox.path("work/loop")).expect("a folder");
    std::os::unix::fs::symlink("..", world.sandbox.path("work/loop/up")).expect("a link");
    let commit = world.work(&["rev-parse", "HEAD"]);
    world.work(&[
        "update-index",
        "--add",
        "--cacheinfo",
        &format!("160000,{commit},sub"),
    ]);
    world.work(&["add", "Dockerfile", "loop"]);
    world.work(&["commit", "--quiet", "--message", "links"]);
    world.work(&["push", "--quiet", "../g/p.git", "HEAD:main"]);
    let (status, said) = world.mr(&[]);
    assert_eq!(status, 2, "{said}");
    assert!(
        said.contains("a symbolic link leads out of the folder, to `/etc/passwd`"),
        "{said}"
    );
    assert!(said.contains("the file is in Git LFS"), "{said}");
    assert!(!said.contains("root:"), "{said}");
    let branch = world.ours().expect("a branch");
    assert_eq!(world.text(&branch, "good/Dockerfile"), NEW);
    let changed = world.bare(&["diff", "--name-only", "main", &branch]);
    assert_eq!(changed, "good/Dockerfile");
    let fake = world.fake.lock().expect("the fake");
    assert!(
        fake.merges[0]
            .body
            .contains("a submodule is another repository"),
        "{}",
        fake.merges[0].body
    );
    assert!(!fake.merges[0].body.contains("root:"));
}

#[test]
fn hostile_addresses_and_branches_run_nothing() {
    let world = World::standard(Flavour::Gitlab);
    for url in [
        "--repo=--upload-pack=touch x",
        "--repo=ext::sh -c touch% x",
        "--repo=ssh://-oProxyCommand=touch x/y",
        "--repo=-u",
    ] {
        let (status, said) = world.finish(world.command(&[url]));
        assert_eq!(
            (status, said.contains("is no address of a repository")),
            (2, true),
            "{url}: {said}"
        );
    }
    for branch in [
        "--upload-pack=touch x",
        "-x",
        "a..b",
        "x;touch x",
        "refs/../x",
    ] {
        let flag = format!("--target-branch={branch}");
        fails(&world, &[&flag], &["is no name of a branch"]);
    }
    world.git(&[
        "-C",
        "work",
        "remote",
        "add",
        "origin",
        "ext::sh -c touch% x",
    ]);
    let mut command = world.command(&[]);
    command.current_dir(world.sandbox.path("work"));
    let (status, said) = world.finish(command);
    assert_eq!(
        (status, said.contains("is no address of a repository")),
        (2, true),
        "{said}"
    );
    assert!(!world.sandbox.path("x").exists() && !world.sandbox.path("work/x").exists());
}

#[test]
fn secrets_of_the_file_are_not_in_the_request() {
    let file = "FROM alpine:3.20\nENV DB_PASSWORD hunter2hunter\nARG API_TOKEN=tok-123456\nRUN curl https://me:pw-98765@a.example/x\n";
    let world = World::new(Flavour::Gitlab, &[("Dockerfile", file)]);
    let (status, said) = world.mr(&["--comments"]);
    assert_eq!(status, 0, "{said}");
    let fake = world.fake.lock().expect("the fake");
    let told = format!(
        "{} {} {:?}",
        fake.merges[0].title, fake.merges[0].body, fake.discussions
    );
    for secret in ["hunter2hunter", "tok-123456", "pw-98765"] {
        assert!(!told.contains(secret), "{told}");
    }
}
