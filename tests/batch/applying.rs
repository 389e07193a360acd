//! Requests: exactly the plan, each once, whatever ends a run. The place is a bare repository of which a hook keeps every
//! push that it takes, with its options.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::repositories::{NEW, OLD, Place, commit, git, of_corpus, said};

const BRANCH: &str = "refs/heads/harden/try";

/// Keeps what is pushed, as a forge does that makes requests of it.
pub fn record_pushes(repository: &Path) {
    git(
        repository,
        &["config", "receive.advertisePushOptions", "true"],
    );
    let hook = repository.join("hooks/post-receive");
    std::fs::create_dir_all(repository.join("hooks")).expect("a folder");
    let script = "#!/bin/sh\nwhile read old new ref; do echo \"$old $new $ref $GIT_PUSH_OPTION_0 $GIT_PUSH_OPTION_1\" >> pushes; done\n";
    std::fs::write(&hook, script).expect("a hook");
    std::fs::set_permissions(&hook, PermissionsExt::from_mode(0o755)).expect("a mode");
}

fn pushes(repository: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(repository.join("pushes")).unwrap_or_default();
    text.lines().map(String::from).collect()
}

fn names(number: usize) -> Vec<String> {
    (0..number)
        .map(|number| format!("app-{number:02}"))
        .collect()
}

/// So many repositories with a plan.
fn planned(number: usize) -> Place {
    let place = Place::new();
    for name in names(number) {
        let repository = place.add(&name, &[("Dockerfile", OLD), ("README.md", "x")]);
        record_pushes(&repository);
    }
    let output = place.plan(&["repositories"]);
    assert!(output.status.success(), "{}", said(&output));
    place
}

fn apply(place: &Place, words: &[&str]) -> Output {
    let words: Vec<&str> = ["batch", "apply", "try"]
        .into_iter()
        .chain(words.iter().copied())
        .collect();
    place.harden(&words)
}

fn is_one_push_each(place: &Place, number: usize) -> bool {
    names(number)
        .iter()
        .all(|name| pushes(&place.repository(name)).len() == 1)
}

fn made(place: &Place, number: usize) -> usize {
    names(number)
        .iter()
        .filter(|name| !pushes(&place.repository(name)).is_empty())
        .count()
}

#[test]
fn five_come_first_and_the_others_when_asked_again() {
    let place = planned(8);
    let output = apply(&place, &[]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let text = said(&output);
    assert!(text.contains("5 requests made, 3 left: the first 5 are for people to look at; `apply` again makes the others\n"), "{text}");
    assert_eq!(made(&place, 8), 5);
    let output = apply(&place, &[]);
    assert!(
        output.status.success() && said(&output).contains("3 requests made\n"),
        "{}",
        said(&output)
    );
    assert_eq!(made(&place, 8), 8);
    // Nothing is asked any more, and nothing written.
    let journal = place.read("try/journal.jsonl");
    let output = apply(&place, &[]);
    assert!(
        output.status.success() && said(&output) == "0 requests made\n",
        "{}",
        said(&output)
    );
    assert_eq!(place.read("try/journal.jsonl"), journal);
    assert!(is_one_push_each(&place, 8));
}

#[test]
fn a_request_is_one_commit_with_exactly_the_plan() {
    let place = planned(1);
    assert!(apply(&place, &["--draft"]).status.success());
    let repository = place.repository("app-00");
    assert_eq!(
        git(&repository, &["show", &format!("{BRANCH}:Dockerfile")]),
        NEW
    );
    assert_eq!(
        git(&repository, &["diff", "--name-only", "main", BRANCH]),
        "Dockerfile\n"
    );
    assert_eq!(
        git(
            &repository,
            &["rev-list", "--count", &format!("main..{BRANCH}")]
        ),
        "1\n"
    );
    let message = git(&repository, &["show", "--no-patch", "--format=%B", BRANCH]);
    assert!(
        message.starts_with("Harden 1 Dockerfile\n\n* Dockerfile: 1 fix\n\nHarden-Batch: try\n"),
        "{message}"
    );
    let pushes = pushes(&repository);
    assert!(
        pushes[0].ends_with("refs/heads/harden/try merge_request.create merge_request.target=main"),
        "{pushes:?}"
    );
    let report = place.harden(&[
        "batch",
        "report",
        "try",
        "--format=csv",
        "--table=repositories",
    ]);
    assert!(said(&report).contains(",created,"), "{}", said(&report));
}

#[test]
fn a_server_without_push_options_gets_a_branch() {
    let place = planned(1);
    let repository = place.repository("app-00");
    git(
        &repository,
        &["config", "receive.advertisePushOptions", "false"],
    );
    let output = apply(&place, &[]);
    assert!(output.status.success(), "{}", said(&output));
    assert!(said(&output).contains("a branch only"), "{}", said(&output));
    assert_eq!(pushes(&repository).len(), 1);
}

#[test]
fn limits_are_kept() {
    let place = planned(9);
    assert_eq!(apply(&place, &["--limit=2"]).status.code(), Some(1));
    assert_eq!(made(&place, 9), 2);
    let output = apply(&place, &["--limit=9", "--max-open=4"]);
    assert!(
        said(&output).contains("5 left: --max-open 4"),
        "{}",
        said(&output)
    );
    assert_eq!(made(&place, 9), 4);
    // One is merged, one is closed by hand: there is room for two.
    let merged = place.repository("app-00");
    git(&merged, &["update-ref", "refs/heads/main", BRANCH]);
    for name in ["app-00", "app-01"] {
        git(&place.repository(name), &["update-ref", "-d", BRANCH]);
    }
    let status = place.harden(&["batch", "status", "try"]);
    assert!(
        said(&status).contains("9 requests: 1 closed, 1 merged, 5 not made, 2 open\n"),
        "{}",
        said(&status)
    );
    let output = apply(&place, &["--limit=9", "--max-open=4"]);
    assert!(
        said(&output).contains("2 requests made, 3 left: --max-open 4"),
        "{}",
        said(&output)
    );
    // Closed means no: it is not made again.
    assert_eq!(pushes(&place.repository("app-01")).len(), 1);
}

#[test]
fn what_fails_is_told_by_message_and_tried_again_alone() {
    let place = planned(4);
    let changed = place.repository("app-01");
    commit(
        &changed,
        [(
            "100644",
            "Dockerfile".to_string(),
            b"FROM alpine:3.21\nENV a b\nUSER 5\n".as_slice(),
        )],
    );
    let gone = place.repository("app-02");
    std::fs::rename(&gone, place.path().join("moved")).expect("it moves");
    let output = apply(&place, &[]);
    let text = said(&output);
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(text.contains("2 requests made, 2 failed\n"), "{text}");
    assert!(
        text.contains("`Dockerfile` has changed since the plan was made:\n  app-01\n"),
        "{text}"
    );
    std::fs::rename(place.path().join("moved"), &gone).expect("it moves");
    let output = apply(&place, &["--only=failed"]);
    assert!(
        said(&output).contains("1 request made, 1 failed\n"),
        "{}",
        said(&output)
    );
    assert_eq!(pushes(&gone).len(), 1);
    assert!(pushes(&changed).is_empty());
}

#[test]
fn the_same_error_again_and_again_ends_the_run() {
    let place = planned(8);
    for name in names(8) {
        let hook = place.repository(&name).join("hooks/pre-receive");
        std::fs::write(&hook, "#!/bin/sh\necho 'not on a Friday' >&2\nexit 1\n").expect("a hook");
        std::fs::set_permissions(&hook, PermissionsExt::from_mode(0o755)).expect("a mode");
    }
    let output = apply(&place, &["--limit=8"]);
    let text = said(&output);
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(
        text.contains("0 requests made, 3 failed, 5 left: 3 times in a row the same error"),
        "{text}"
    );
    assert!(text.contains("not on a Friday"), "{text}");
}

#[test]
fn somebody_elses_work_is_left_alone() {
    let place = planned(2);
    let theirs = place.repository("app-00");
    git(&theirs, &["update-ref", BRANCH, "main"]);
    let output = apply(&place, &[]);
    assert!(output.status.success(), "{}", said(&output));
    assert!(
        said(&output).contains("app-00: edited, somebody else works on the branch"),
        "{}",
        said(&output)
    );
    assert!(pushes(&theirs).is_empty());
    let output = place.harden(&["batch", "close", "try", "--yes"]);
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(
        said(&output).contains("1 done, 1 failed"),
        "{}",
        said(&output)
    );
    git(&theirs, &["rev-parse", "--verify", BRANCH]);
    assert_eq!(pushes(&place.repository("app-01")).len(), 2);
}

#[test]
fn what_goes_to_many_is_asked_first() {
    let place = planned(2);
    assert!(apply(&place, &[]).status.success());
    let output = place.harden(&["batch", "close", "try"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        said(&output).contains("close 2 requests of batch try? There is nobody to ask"),
        "{}",
        said(&output)
    );
    assert!(is_one_push_each(&place, 2));
    let output = place.harden(&["batch", "close", "try", "--include=*-01", "--yes"]);
    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(pushes(&place.repository("app-00")).len(), 1);
    assert_eq!(pushes(&place.repository("app-01")).len(), 2);
    // What was taken back stays so.
    assert!(said(&apply(&place, &[])).contains("0 requests made\n"));
}

#[test]
fn a_target_that_moved_is_followed_when_asked() {
    let place = planned(1);
    assert!(apply(&place, &[]).status.success());
    let repository = place.repository("app-00");
    commit(
        &repository,
        [
            ("100644", "Dockerfile".to_string(), OLD.as_bytes()),
            ("100644", "new".to_string(), b"x"),
        ],
    );
    let output = place.harden(&["batch", "rerun", "try", "--yes"]);
    assert!(
        output.status.success() && said(&output).contains("app-00: updated"),
        "{}",
        said(&output)
    );
    assert_eq!(
        git(&repository, &["diff", "--name-only", "main", BRANCH]),
        "Dockerfile\n"
    );
    assert_eq!(pushes(&repository).len(), 2);
    assert!(said(&place.harden(&["batch", "rerun", "try", "--yes"])).contains("app-00: open"));
    assert_eq!(pushes(&repository).len(), 2);
}

#[test]
fn another_plan_or_a_damaged_journal_is_refused() {
    let place = planned(2);
    assert!(apply(&place, &[]).status.success());
    let output = place.plan(&["repositories"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        said(&output).contains("the batch in `try` has requests of its plan"),
        "{}",
        said(&output)
    );
    let journal = place.read("try/journal.jsonl");
    place.write("try/journal.jsonl", &journal.replace("sha256:", "sha256:0"));
    assert!(said(&apply(&place, &[])).contains("is of another plan"));
    place.write(
        "try/journal.jsonl",
        &journal.replacen("{\"event\":\"intent\"", "{\"event\":", 1),
    );
    let output = apply(&place, &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        said(&output).contains("journal.jsonl:2: the journal is damaged"),
        "{}",
        said(&output)
    );
    place.write(
        "try/journal.jsonl",
        journal.strip_suffix("\"}\n").expect("its end"),
    );
    let output = apply(&place, &[]);
    assert!(output.status.success(), "{}", said(&output));
    assert!(
        said(&output).contains("the last line of the journal was not whole, and is dropped"),
        "{}",
        said(&output)
    );
    assert!(is_one_push_each(&place, 2));
}

#[test]
fn a_run_holds_the_batch_alone() {
    let place = planned(1);
    let lock = std::fs::File::create(place.path().join("try/lock")).expect("a lock");
    lock.lock().expect("nobody has it");
    for command in ["apply", "status", "close", "rerun"] {
        let output = place.harden(&["batch", command, "try"]);
        assert_eq!(output.status.code(), Some(2), "{command}");
        assert!(
            said(&output).contains("another run works on the batch"),
            "{}",
            said(&output)
        );
    }
}

/// Ends runs at random moments; the last one comes to its end.
fn kill_and_resume(place: &Place, repositories: &[std::path::PathBuf], kills: usize) {
    let start = |words: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_harden"));
        command
            .current_dir(place.path())
            .args(["batch", "apply", "try"])
            .args(words);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().expect("the program runs")
    };
    let mut random = fastrand::Rng::with_seed(7);
    for _ in 0..kills {
        let mut child = start(&["--limit=100000"]);
        std::thread::sleep(Duration::from_millis(random.u64(10..600)));
        child.kill().expect("it is ours");
        child.wait().expect("it ends");
    }
    let output = apply(place, &["--limit=100000"]);
    assert!(output.status.success(), "{}", said(&output));
    let journal = place.read("try/journal.jsonl");
    for repository in repositories {
        let pushes = pushes(repository);
        assert_eq!(pushes.len(), 1, "{}: {pushes:?}", repository.display());
        let tip = git(repository, &["rev-parse", BRANCH]);
        assert_eq!(pushes[0].split(' ').nth(1), Some(tip.trim()));
        let made = format!(
            "{{\"event\":\"made\",\"repository\":\"{} main\"",
            repository.display()
        );
        assert_eq!(journal.matches(&made).count(), 1, "{journal}");
    }
    // Journal and place agree; a second run writes nothing anywhere.
    let status = said(&place.harden(&["batch", "status", "try"]));
    let number = repositories.len();
    assert!(
        status.contains(&format!("{number} requests: {number} open\n")),
        "{status}"
    );
    assert_eq!(said(&apply(place, &[])), "0 requests made\n");
    assert_eq!(place.read("try/journal.jsonl"), journal);
    assert!(repositories.iter().all(|one| pushes(one).len() == 1));
}

#[test]
fn a_run_that_is_killed_ten_times_makes_each_request_once() {
    let place = planned(40);
    let repositories: Vec<_> = names(40)
        .iter()
        .map(|name| place.repository(name))
        .collect();
    kill_and_resume(&place, &repositories, 10);
}

/// All of it over the corpus: `HARDEN_REPOSITORIES` says how many repositories.
#[test]
#[ignore = "minutes"]
fn three_hundred_repositories_of_the_corpus() {
    let number = std::env::var("HARDEN_REPOSITORIES")
        .ok()
        .and_then(|text| text.parse().ok());
    let number: usize = number.unwrap_or(300);
    let Some(place) = of_corpus("three_hundred_repositories_of_the_corpus", number) else {
        return;
    };
    let start = Instant::now();
    let output = place.plan(&["repositories", "-p", "dotnet-ubi"]);
    eprintln!("{}planned in {:?}", said(&output), start.elapsed());
    assert!(output.status.success());
    let plan = place.json("try/plan.json");
    let records = plan["repositories"].as_array().expect("a list");
    assert_eq!(records.len(), number);
    let is_changed = |record: &&serde_json::Value| {
        record["files"]
            .as_array()
            .is_some_and(|files| files.iter().any(|file| !file["change"].is_null()))
    };
    let changed: Vec<_> = records
        .iter()
        .filter(is_changed)
        .map(|record| place.repository(record["name"].as_str().expect("a name")))
        .collect();
    changed.iter().for_each(|one| record_pushes(one));
    let start = Instant::now();
    kill_and_resume(&place, &changed, 10);
    eprintln!("{} requests in {:?}", changed.len(), start.elapsed());
    let page = place.read("try/report.html");
    assert!(page.contains("\"open\"") || page.contains("created"));
}
