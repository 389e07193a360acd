//! The life of a request on GitLab: opened, left, brought up to date, edited, closed.

use crate::fake::Flavour;
use crate::world::{NEW, OLD, World};

fn open_one() -> (World, String) {
    let world = World::standard(Flavour::Gitlab);
    let (status, said) = world.mr(&[]);
    assert_eq!(status, 0, "{said}");
    let branch = world.ours().expect("a branch");
    world.writes();
    (world, branch)
}

#[test]
fn one_request_with_one_commit_and_all_that_is_to_be_said() {
    let world = World::standard(Flavour::Gitlab);
    let (status, said) = world.mr(&[
        "--label",
        "x",
        "--reviewer",
        "ada",
        "--reviewer",
        "nobody",
        "--assignee",
        "bob",
        "--draft",
    ]);
    assert_eq!(status, 0, "{said}");
    let url = format!("http://{}/g/p/-/merge_requests/1", world.server.host);
    assert!(said.starts_with(&format!("{url}: opened\n")), "{said}");
    assert!(
        said.contains("note: GitLab knows nobody called `nobody`"),
        "{said}"
    );
    let branch = world.ours().expect("a branch");
    assert_eq!(branch, "harden/baseline/main");
    assert_eq!(world.text(&branch, "Dockerfile"), NEW);
    assert_eq!(world.text("main", "Dockerfile"), OLD);
    let count = world.bare(&["rev-list", "--count", &format!("main..{branch}")]);
    assert_eq!(count, "1");
    let message = world.bare(&["log", "-1", "--format=%B", &branch]);
    for line in [
        "Harden Dockerfile (baseline)",
        "\nHarden-Profile: baseline\n",
        "\nHarden-Fingerprint: sha256:",
    ] {
        assert!(message.contains(line), "{message}");
    }
    let fake = world.fake.lock().expect("the fake");
    let one = &fake.merges[0];
    assert_eq!(one.asked["labels"], "x");
    assert_eq!(one.asked["reviewer_ids"], serde_json::json!([11]));
    assert_eq!(one.asked["assignee_ids"], serde_json::json!([12]));
    assert_eq!(one.asked["remove_source_branch"], true);
    assert_eq!(
        (one.title.as_str(), one.target.as_str()),
        ("Draft: Harden Dockerfile (baseline)", "main")
    );
    for part in [
        "<details><summary>1 fix, and why",
        "<!-- harden:v1 {\"profile\":\"baseline\",\"fingerprint\":\"sha256:",
    ] {
        assert!(one.body.contains(part), "{}", one.body);
    }
}

#[test]
fn the_same_content_touches_nothing() {
    let (world, branch) = open_one();
    let commit = world.branch(&branch);
    let (status, said) = world.mr(&[]);
    assert_eq!(
        (status, said.contains("request 1 is up to date")),
        (0, true),
        "{said}"
    );
    world.commit("main", &[("other", "x")], "elsewhere");
    let (status, said) = world.mr(&[]);
    assert_eq!(
        (status, said.contains("request 1 is up to date")),
        (0, true),
        "{said}"
    );
    assert_eq!(world.writes(), [""; 0]);
    assert_eq!(world.branch(&branch), commit);
}

#[test]
fn a_target_that_moved_is_computed_anew() {
    let (world, branch) = open_one();
    let (old, new) = (format!("{OLD}# end\n"), format!("{NEW}# end\n"));
    world.commit("main", &[("Dockerfile", &old)], "more");
    {
        let mut fake = world.fake.lock().expect("the fake");
        fake.merges[0].draft = true;
    }
    let (status, said) = world.mr(&[]);
    assert_eq!(status, 0, "{said}");
    assert!(said.contains("brought request 1 up to date"), "{said}");
    assert_eq!(world.text(&branch, "Dockerfile"), new);
    assert_eq!(
        world.bare(&["rev-list", "--count", &format!("main..{branch}")]),
        "1"
    );
    let writes = world.writes();
    assert_eq!(writes.len(), 1, "{writes:?}");
    assert!(
        writes[0].starts_with("PUT projects/g%2Fp/merge_requests/1 {\"title\":\"Draft: "),
        "{writes:?}"
    );
}

#[test]
fn somebody_elses_commit_means_hands_off_and_one_note() {
    let (world, branch) = open_one();
    world.commit(&branch, &[("Dockerfile", "FROM scratch\n")], "mine");
    let commit = world.branch(&branch);
    world.commit("main", &[("Dockerfile", &format!("{OLD}# x\n"))], "more");
    for expected in [
        "harden leaves it alone, and says so there",
        "somebody else works on request 1",
    ] {
        let (status, said) = world.mr(&[]);
        assert_eq!(status, 0, "{said}");
        assert!(said.contains(expected), "{said}");
    }
    assert_eq!(world.branch(&branch), commit);
    let writes = world.writes();
    assert_eq!(writes.len(), 1, "{writes:?}");
    assert!(
        writes[0].starts_with("POST projects/g%2Fp/merge_requests/1/notes "),
        "{writes:?}"
    );
}

#[test]
fn our_commit_with_other_bytes_is_somebody_elses() {
    let (world, branch) = open_one();
    world.amend(&branch, "FROM alpine:3.20\nENV a=c\n");
    let (status, said) = world.mr(&[]);
    assert_eq!(
        (status, said.contains("leaves it alone")),
        (0, true),
        "{said}"
    );
}

#[test]
fn closed_means_no_until_the_change_is_another() {
    let (world, branch) = open_one();
    world.fake.lock().expect("the fake").merges[0].state = "closed".to_string();
    world.commit(
        "main",
        &[("Dockerfile", &format!("# start\n{OLD}"))],
        "elsewhere in the file",
    );
    let (status, said) = world.mr(&[]);
    assert_eq!(
        (
            status,
            said.contains("request 1, with the same change, was closed")
        ),
        (0, true),
        "{said}"
    );
    world.bare(&["branch", "-D", &branch]);
    let (status, said) = world.mr(&[]);
    assert_eq!((status, said.contains("was closed")), (0, true), "{said}");
    assert_eq!(world.writes(), [""; 0]);
    world.commit(
        "main",
        &[("Dockerfile", &OLD.replace("a b", "other c"))],
        "another change",
    );
    let (status, said) = world.mr(&[]);
    assert_eq!(
        (status, said.contains("merge_requests/2: opened")),
        (0, true),
        "{said}"
    );
}

#[test]
fn merged_and_taken_back_means_no_as_well() {
    let (world, branch) = open_one();
    world.fake.lock().expect("the fake").merges[0].state = "merged".to_string();
    world.bare(&["branch", "-D", &branch]);
    let (status, said) = world.mr(&[]);
    assert_eq!(
        (status, said.contains("was merged and taken back")),
        (0, true),
        "{said}"
    );
    world.commit("main", &[("Dockerfile", NEW)], "merged");
    let (status, said) = world.mr(&[]);
    assert_eq!(
        (status, said.contains("there is nothing to change")),
        (0, true),
        "{said}"
    );
    assert_eq!(world.writes(), [""; 0]);
}

#[test]
fn what_is_obsolete_is_closed_with_the_reason() {
    let (world, branch) = open_one();
    world.commit("main", &[("Dockerfile", NEW)], "by hand");
    let (status, said) = world.mr(&[]);
    assert_eq!(
        (status, said.contains("closed request 1")),
        (0, true),
        "{said}"
    );
    assert_eq!(world.branch(&branch), None);
    let fake = world.fake.lock().expect("the fake");
    assert_eq!(fake.merges[0].state, "closed");
    assert!(
        fake.notes[0].1.contains("Nothing is left to change"),
        "{:?}",
        fake.notes
    );
}

#[test]
fn a_branch_that_was_deleted_by_hand_comes_back_while_the_request_is_open() {
    let (world, branch) = open_one();
    world.bare(&["branch", "-D", &branch]);
    let (status, said) = world.mr(&[]);
    assert_eq!(
        (status, said.contains("brought request 1 up to date")),
        (0, true),
        "{said}"
    );
    assert_eq!(world.text(&branch, "Dockerfile"), NEW);
}

#[test]
fn a_request_of_an_older_run_is_taken_over_by_its_branch() {
    let (world, _) = open_one();
    {
        let mut fake = world.fake.lock().expect("the fake");
        fake.merges[0].body = "- [x] something\nno hidden line".to_string();
        fake.merges[0].target = "develop".to_string();
    }
    let (status, said) = world.mr(&[]);
    assert_eq!(
        (status, said.contains("brought request 1 up to date")),
        (0, true),
        "{said}"
    );
    let fake = world.fake.lock().expect("the fake");
    assert_eq!(fake.merges.len(), 1);
    assert_eq!(fake.merges[0].target, "main");
    assert!(fake.merges[0].body.contains("harden:v1"));
}

#[test]
fn a_dry_run_says_what_it_would_do_and_does_nothing() {
    let world = World::standard(Flavour::Gitlab);
    let (status, said) = world.mr(&["--dry-run", "--title", "Mine"]);
    assert_eq!(status, 1, "{said}");
    for part in [
        "would push `harden/baseline/main` and open a request\n",
        "title: Mine\n",
        "labels: hardening\n",
        "into: main\n",
        "<!-- harden:v1 ",
    ] {
        assert!(said.contains(part), "{said}");
    }
    assert_eq!(world.ours(), None);
    assert_eq!(world.writes(), [""; 0]);
}

#[test]
fn a_checkout_is_as_it_was() {
    let world = World::standard(Flavour::Gitlab);
    world.work(&["remote", "add", "origin", &world.url()]);
    world.sandbox.file("work/Dockerfile", "FROM dirty\n");
    world.sandbox.file("work/untracked", "x");
    world.work(&["add", "untracked"]);
    let state = || {
        (
            world.work(&["status", "--porcelain"]),
            world.work(&["for-each-ref"]),
            world.work(&["rev-parse", "HEAD"]),
        )
    };
    let before = state();
    let mut command = world.command(&[]);
    command.current_dir(world.sandbox.path("work"));
    let (status, said) = world.finish(command);
    assert_eq!(status, 0, "{said}");
    assert_eq!(state(), before);
    assert_eq!(
        world.text(&world.ours().expect("a branch"), "Dockerfile"),
        NEW
    );
}

#[test]
fn each_changed_part_can_have_its_comment() {
    let world = World::standard(Flavour::Gitlab);
    let (status, said) = world.mr(&["--comments"]);
    assert_eq!(status, 0, "{said}");
    let fake = world.fake.lock().expect("the fake");
    let [one] = fake.discussions.as_slice() else {
        panic!("{:?}", fake.discussions)
    };
    let position = serde_json::json!({
        "base_sha": "b", "head_sha": "h", "start_sha": "s", "position_type": "text",
        "old_path": "Dockerfile", "new_path": "Dockerfile", "new_line": 2,
    });
    assert_eq!(one["position"], position);
    let body = one["body"].as_str().expect("a text");
    assert!(body.contains("```suggestion:-0+0\nENV a b\n```"), "{body}");
}

#[test]
fn paths_have_their_own_branch_and_owners_their_say() {
    let owners = "* @bob\n[Images]\na/ @ada\n";
    let world = World::new(
        Flavour::Gitlab,
        &[
            ("a/Dockerfile", OLD),
            ("b/Dockerfile", OLD),
            ("CODEOWNERS", owners),
        ],
    );
    let (status, said) = world.mr(&["a", "--codeowners"]);
    assert_eq!(status, 0, "{said}");
    let branch = world.ours().expect("a branch");
    assert!(branch.starts_with("harden/baseline/main-a-"), "{branch}");
    assert_eq!(world.text(&branch, "a/Dockerfile"), NEW);
    assert_eq!(world.text(&branch, "b/Dockerfile"), OLD);
    let fake = world.fake.lock().expect("the fake");
    assert_eq!(
        fake.merges[0].asked["reviewer_ids"],
        serde_json::json!([12, 11])
    );
}
