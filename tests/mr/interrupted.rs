//! Batches at forges that are interrupted: killed, let in no more, without room, told another time.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::batches::{batch, prepared};
use crate::fake::{Flavour, Merge, problem};
use crate::sandbox;
use crate::server::Reply;
use crate::world::{NEW, OLD, World};

/// Plans for one repository, in its own sandbox.
fn planned(world: &World) {
    world.sandbox.file("list", world.url());
    let forge = format!("--forge={}", world.flavour.name());
    let words = ["plan", "list", "--id=try", "--rule", sandbox::RULE, &forge];
    let (status, said) = batch(world, &words);
    assert_eq!(status, 0, "{said}");
}

fn merges(world: &World) -> Vec<Merge> {
    world.fake.lock().expect("the fake").merges.clone()
}

fn is_so_soon(mut is_so: impl FnMut() -> bool) -> bool {
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(30) {
        if is_so() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    false
}

/// Ends `harden batch apply` as soon as something is so.
fn killed(world: &World, forge: &str, is_so: impl FnMut() -> bool) {
    let mut command = prepared(world, &["apply", "try", forge]);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().expect("the program runs");
    assert!(is_so_soon(is_so), "nothing came of it");
    child.kill().expect("it is ours");
    child.wait().expect("it ends");
}

/// The forge has the request, and harden is killed before it knows, so that the journal has no line of it.
#[test]
fn killed_after_the_request_was_opened_and_before_the_journal_knows() {
    for flavour in [Flavour::Gitlab, Flavour::Github, Flavour::Gitea] {
        let world = World::standard(flavour);
        let forge = format!("--forge={}", flavour.name());
        planned(&world);
        world.fake.lock().expect("the fake").loses_answers = true;
        killed(&world, &forge, || !merges(&world).is_empty());
        world.fake.lock().expect("the fake").loses_answers = false;
        let journal = world.sandbox.read("try/journal.jsonl");
        assert!(
            journal.contains("\"intent\"") && !journal.contains("\"made\""),
            "{journal}"
        );
        let commit = world.branch("harden/try");
        assert!(commit.is_some());
        resumed(&world, &forge);
        assert_eq!(world.branch("harden/try"), commit);
    }
}

/// The branch is there, and harden is killed while it asks for the request.
#[test]
fn killed_between_the_push_and_the_request() {
    for flavour in [Flavour::Gitlab, Flavour::Github, Flavour::Gitea] {
        let world = World::standard(flavour);
        let forge = format!("--forge={}", flavour.name());
        planned(&world);
        world.fake.lock().expect("the fake").fault = Some(Box::new(|request| {
            (request.method == "POST").then_some(Reply::Silence)
        }));
        killed(&world, &forge, || {
            let mut requests = world.server.requests().into_iter();
            requests.any(|one| one.method == "POST" && one.target.starts_with("/api/"))
        });
        world.fake.lock().expect("the fake").fault = None;
        let commit = world.branch("harden/try");
        assert!(commit.is_some() && merges(&world).is_empty());
        resumed(&world, &forge);
        assert_eq!(world.branch("harden/try"), commit);
    }
}

/// Ten times at any moment.
#[test]
fn killed_at_random() {
    for (seed, flavour) in [(1, Flavour::Gitlab), (2, Flavour::Github)] {
        let world = World::standard(flavour);
        let forge = format!("--forge={}", flavour.name());
        planned(&world);
        let mut random = fastrand::Rng::with_seed(seed);
        for _ in 0..10 {
            let end = Instant::now() + Duration::from_millis(random.u64(5..250));
            killed(&world, &forge, || Instant::now() > end);
        }
        resumed(&world, &forge);
    }
}

/// The next run ends with one request, which journal and forge agree on; and the one after it writes nothing.
fn resumed(world: &World, forge: &str) {
    let (status, said) = batch(world, &["apply", "try", forge]);
    assert_eq!(status, 0, "{said}");
    let found = merges(world);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(
        (found[0].branch.as_str(), found[0].state.as_str()),
        ("harden/try", "opened")
    );
    assert_eq!(world.text("harden/try", "Dockerfile"), NEW);
    let journal = world.sandbox.read("try/journal.jsonl");
    assert_eq!(journal.matches("\"made\"").count(), 1, "{journal}");
    let (_, said) = batch(world, &["status", "try", forge]);
    assert!(said.contains("1 request: 1 open\n"), "{said}");
    world.writes();
    let (status, said) = batch(world, &["apply", "try", forge]);
    assert_eq!((status, said.as_str()), (0, "0 requests made\n"));
    assert_eq!(world.writes(), [""; 0]);
}

#[test]
fn a_token_that_expires_in_the_middle_of_a_run() {
    let worlds: Vec<World> = (0..5).map(|_| World::standard(Flavour::Gitlab)).collect();
    let first = &worlds[0];
    let urls: Vec<String> = worlds.iter().map(World::url).collect();
    first.sandbox.file("list", urls.join("\n"));
    let words = ["plan", "list", "--id=try", "--rule", sandbox::RULE];
    let words = [&words[..], &["--forge=gitlab"]].concat();
    assert_eq!(batch(first, &words).0, 0);
    // In the order of the plan.
    let mut order: Vec<&World> = worlds.iter().collect();
    order.sort_by_key(|world| world.url());
    for world in &order[2..] {
        world.fake.lock().expect("the fake").fault =
            Some(Box::new(|_| Some(problem(401, "Token has expired"))));
    }
    let (status, said) = batch(first, &["apply", "try", "--forge=gitlab"]);
    assert_eq!(status, 2, "{said}");
    assert!(said.contains("2 requests made, 3 failed"), "{said}");
    assert!(
        said.contains("does not know the token, or it has expired: Token has expired"),
        "{said}"
    );
    // Nothing half-done is left there.
    assert!(
        order[2..]
            .iter()
            .all(|world| world.branch("harden/try").is_none())
    );
    for world in &order[2..] {
        world.fake.lock().expect("the fake").fault = None;
    }
    let (status, said) = batch(first, &["apply", "try", "--forge=gitlab", "--only=failed"]);
    assert!(status == 0 && said.contains("3 requests made\n"), "{said}");
    assert!(worlds.iter().all(|world| merges(world).len() == 1));
}

/// A clock that is a day ahead of ours, or behind: what counts is the forge's own.
#[test]
fn a_forge_with_another_clock_is_not_waited_for_until_tomorrow() {
    for (date, reset) in [
        // A second later by its own clock: 2030 and 2020.
        ("Tue, 01 Jan 2030 00:00:00 GMT", 1_893_456_001_u64),
        ("Wed, 01 Jan 2020 00:00:00 GMT", 1_577_836_801),
    ] {
        for (name, value) in [
            ("x-ratelimit-reset", reset.to_string()),
            ("retry-after", date.replace(":00 GMT", ":01 GMT")),
        ] {
            let world = World::standard(Flavour::Github);
            let mut left = 1;
            world.fake.lock().expect("the fake").fault = Some(Box::new(move |_| {
                left = usize::checked_sub(left, 1)?;
                let busy = problem(403, "API rate limit exceeded");
                let busy = busy.with("x-ratelimit-remaining", "0");
                Some(busy.with("date", date).with(name, value.clone()))
            }));
            let start = Instant::now();
            let (status, said) = world.mr(&[]);
            assert!(status == 0 && said.contains("opened"), "{name}: {said}");
            assert!(start.elapsed() < Duration::from_secs(20));
        }
    }
    // It dates what it tells of in the future: nothing is decided by that.
    let world = World::standard(Flavour::Gitlab);
    world.mr(&[]);
    let (_, said) = world.mr(&[]);
    assert!(said.contains("request 1 is up to date"), "{said}");
}

/// git begins, and then there is no room.
#[test]
fn a_full_disk_in_a_copy() {
    use std::os::unix::fs::PermissionsExt;
    let world = World::standard(Flavour::Gitlab);
    planned(&world);
    let real = world.git(&["--exec-path"]);
    let script = format!(
        "#!/bin/sh\nfor last; do :; done\ncase \"$*\" in *'clone '*) mkdir -p \"$last/objects\"; echo 'fatal: write error: No space left on device' >&2; exit 128;; esac\nexec '{real}/git' \"$@\"\n"
    );
    let fake = world.sandbox.file("bin/git", script);
    std::fs::set_permissions(fake, PermissionsExt::from_mode(0o755)).expect("a mode");
    let path = std::env::var("PATH").expect("a path");
    let path = format!("{}:{path}", world.sandbox.path("bin").display());
    let mut command = world.command(&["--repo", &world.url()]);
    command.env("PATH", &path);
    let (status, said) = world.finish(command);
    assert!(status == 2 && said.contains("the disk is full"), "{said}");
    let mut command = prepared(&world, &["apply", "try", "--forge=gitlab"]);
    command.env("PATH", &path);
    let (status, said) = world.finish(command);
    assert!(
        status == 2 && said.contains("the disk is full:\n  g/p\n"),
        "{said}"
    );
    assert!(!world.sandbox.path("try/scratch").exists());
    assert_eq!((world.ours(), world.writes()), (None, Vec::new()));
    resumed(&world, "--forge=gitlab");
}

/// 200 MiB that no Dockerfile is read with stay where they are.
#[test]
fn large_files_are_not_fetched() {
    let world = World::standard(Flavour::Gitlab);
    let mut bytes = vec![0; 200 << 20];
    fastrand::Rng::with_seed(7).fill(&mut bytes);
    world.sandbox.file("work/model.bin", &bytes);
    world.sandbox.file(
        "work/Dockerfile",
        OLD.replace("CMD", "COPY model.bin /\nCMD"),
    );
    world.work(&["config", "core.compression", "0"]);
    world.bare(&["config", "pack.compression", "0"]);
    world.commit("main", &[], "large");
    let whole = size_of(&world.sandbox.path("g/p.git"));
    assert!(whole > 200 << 20, "{whole} bytes in the repository");
    let before = world.served();
    planned(&world);
    let received = world.served() - before;
    assert!(received < 1 << 20, "{received} bytes received");
    assert!(size_of(&world.sandbox.path("try/cache")) < 1 << 20);
    let before = world.served();
    let (status, said) = batch(&world, &["apply", "try", "--forge=gitlab"]);
    assert_eq!(status, 0, "{said}");
    let received = world.served() - before;
    assert!(received < 1 << 20, "{received} bytes received");
    let kept = world.bare(&["ls-tree", "--name-only", "harden/try"]);
    assert!(kept.contains("model.bin"), "{kept}");
}

/// Of a folder and all that is in it, in bytes.
fn size_of(folder: &std::path::Path) -> u64 {
    let output = Command::new("du")
        .arg("-sk")
        .arg(folder)
        .output()
        .expect("du runs");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let kibibytes = said.split_whitespace().next().expect("a number");
    1024 * kibibytes.parse::<u64>().expect("a number")
}
