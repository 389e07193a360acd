//! Repositories, plans and machines that are not as they should be: each is told, and nothing half-done stays.

use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use serde_json::Value;

use crate::repositories::{OLD, Place, git, said};

fn records(place: &Place) -> Vec<Value> {
    place.json("try/plan.json")["repositories"]
        .as_array()
        .expect("a list")
        .clone()
}

#[test]
fn one_bad_repository_is_an_error_in_the_plan_and_the_others_are_planned() {
    let place = Place::new();
    place.add("good", &[("Dockerfile", OLD)]);
    let gone = place.add("gone", &[("Dockerfile", OLD)]);
    place.add("none", &[("README.md", "x")]);
    let empty = place.repository("empty");
    std::fs::create_dir_all(&empty).expect("a folder");
    git(&empty, &["init", "--quiet", "--bare", "."]);
    let broken = place.add("broken", &[("Dockerfile", OLD)]);
    std::fs::remove_dir_all(broken.join("objects")).expect("objects");
    std::fs::create_dir(broken.join("objects")).expect("objects");
    let list = ["good", "gone", "none", "empty", "broken"]
        .map(|name| format!("file://{}\n", place.repository(name).display()));
    place.write("list", &list.concat());
    std::fs::remove_dir_all(gone).expect("it goes");
    for source in ["list", "repositories"] {
        let output = place.plan(&[source]);
        assert_eq!(output.status.code(), Some(2), "{}", said(&output));
        let of = |name: &str| -> Value {
            let found = records(&place)
                .into_iter()
                .find(|one| one["name"].as_str().is_some_and(|own| own.ends_with(name)));
            found.unwrap_or(Value::Null)
        };
        assert_eq!(of("good")["files"][0]["path"], "Dockerfile");
        assert_eq!(of("none")["files"], Value::Array(Vec::new()));
        assert_eq!(
            of("empty")["error"]["message"],
            "the repository is empty: there is no commit in it"
        );
        assert!(
            of("broken")["error"]["message"].is_string(),
            "{}",
            of("broken")
        );
        if source == "list" {
            let message = of("gone")["error"]["message"].to_string();
            assert!(
                message.contains("there is no repository") && message.contains("gone.git"),
                "{message}"
            );
            assert!(said(&output).contains("errors:\n"), "{}", said(&output));
        }
        assert!(!place.exists("try/scratch"));
        let cache = std::fs::read_dir(place.path().join("try/cache")).expect("a cache");
        assert!(
            cache
                .flatten()
                .all(|one| one.file_name().to_string_lossy().ends_with(".git")),
            "no half clone stays"
        );
    }
}

#[test]
fn hostile_lists_are_refused_before_anything_is_done() {
    let place = Place::new();
    for (line, message) in [
        (
            "--upload-pack=touch${IFS}hacked",
            "is no address of a repository",
        ),
        (
            "ext::sh%20-c%20touch%20hacked",
            "is no address of a repository",
        ),
        ("https://user:secret@git.example.com/x", "has a login in it"),
        (
            "git://git.example.com/x",
            "only https, http, ssh and file are spoken",
        ),
    ] {
        place.write("list", &format!("# list\n{line}\n"));
        let output = place.plan(&["list"]);
        let text = said(&output);
        assert_eq!(output.status.code(), Some(2), "{line}");
        assert!(
            text.contains("list:2: ") && text.contains(message) && !text.contains("secret"),
            "{line}: {text}"
        );
        assert!(!place.exists("try") && !place.exists("hacked"));
    }
}

/// A tree that no honest git makes: out of the folder, into `.git`, through a link.
#[test]
fn nothing_of_a_repository_is_written_or_read_outside_of_its_folder() {
    let place = Place::new();
    let large = OLD.repeat(30_000);
    place.add_entries(
        "app",
        [
            ("100644", "large/Dockerfile".to_string(), large.as_bytes()),
            (
                "120000",
                "Dockerfile".to_string(),
                b"/etc/passwd".as_slice(),
            ),
            (
                "120000",
                "up/Dockerfile".to_string(),
                b"../../../../../list",
            ),
            ("120000", "loop/Dockerfile".to_string(), b"Dockerfile"),
            (
                "160000",
                "module".to_string(),
                b"0123456789012345678901234567890123456789",
            ),
            (
                "100644",
                "pointer/Dockerfile".to_string(),
                b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n",
            ),
            ("100644", "plain/Dockerfile".to_string(), OLD.as_bytes()),
        ],
    );
    let output = place.plan(&["repositories"]);
    assert!(output.status.success(), "{}", said(&output));
    let plan = place.read("try/plan.json");
    assert!(
        !plan.contains("root:x") && !plan.contains("/scratch/"),
        "{plan}"
    );
    let files = &records(&place)[0]["files"];
    let messages: Vec<&str> = files
        .as_array()
        .expect("files")
        .iter()
        .filter_map(|file| file["errors"][0]["message"].as_str())
        .collect();
    assert!(
        messages
            .iter()
            .any(|message| message.contains("leads out of the folder")),
        "{messages:?}"
    );
    for message in [
        "the file is in Git LFS: here is only a pointer to it",
        "larger than 1 MiB: this is no Dockerfile",
    ] {
        assert!(messages.contains(&message), "{messages:?}");
    }
    let plain = files
        .as_array()
        .expect("files")
        .iter()
        .find(|file| file["path"] == "plain/Dockerfile");
    assert!(plain.is_some_and(|file| file["change"].is_object()));
}

/// Trees that no honest git makes. One is a link and a folder of the same name, so that what is in the folder would be
/// written where the link leads; one has ten of the same folder in each of ten, which is ten thousand million files.
#[test]
fn trees_that_lie_are_not_followed_out_of_the_folder_nor_without_end() {
    let place = Place::new();
    let outside = place.path().join("outside");
    std::fs::create_dir(&outside).expect("a folder");
    let twice = place.add("twice", &[("plain/Dockerfile", OLD)]);
    let object = |repository: &std::path::Path, words: &[&str], bytes: &[u8]| -> String {
        place.write("object", "");
        std::fs::write(place.path().join("object"), bytes).expect("a file");
        let file = place.path().join("object");
        let words = [words, &[file.to_str().expect("UTF-8")]].concat();
        git(repository, &words).trim().to_string()
    };
    let commit = |repository: &std::path::Path, tree: &str| {
        let people = ["-c", "user.name=a", "-c", "user.email=a@example.com"];
        let words = [&people[..], &["commit-tree", tree, "-m", "x"]].concat();
        let commit = git(repository, &words).trim().to_string();
        git(repository, &["update-ref", "refs/heads/main", &commit]);
    };
    let row = |mode: &str, name: &str, id: &str| -> Vec<u8> {
        let id = (0..20).map(|at| u8::from_str_radix(&id[2 * at..2 * at + 2], 16).expect("hex"));
        let head = format!("{mode} {name}\0").into_bytes();
        head.into_iter().chain(id).collect()
    };
    let blob = ["hash-object", "-w", "--no-filters"];
    let tree = ["hash-object", "-w", "--literally", "-t", "tree"];
    let to = object(&twice, &blob, outside.to_str().expect("UTF-8").as_bytes());
    let file = object(&twice, &blob, OLD.as_bytes());
    let link = object(&twice, &blob, b"/etc/passwd");
    let inner = [
        row("100644", "Dockerfile", &file),
        row("120000", "link", &link),
    ]
    .concat();
    let inner = object(&twice, &tree, &inner);
    let outer = [row("120000", "a", &to), row("40000", "a", &inner)].concat();
    let outer = object(&twice, &tree, &outer);
    commit(&twice, &outer);
    let bomb = place.add("bomb", &[("Dockerfile", OLD)]);
    let file = object(&bomb, &blob, OLD.as_bytes());
    let mut below = object(&bomb, &tree, &row("100644", "Dockerfile", &file));
    for _ in 0..10 {
        let rows: Vec<Vec<u8>> = (0..10)
            .map(|at| row("40000", &at.to_string(), &below))
            .collect();
        below = object(&bomb, &tree, &rows.concat());
    }
    commit(&bomb, &below);
    let output = place.plan(&["repositories"]);
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    let records = records(&place);
    assert_eq!(
        records[0]["error"]["message"],
        "the repository has more than 1000000 files"
    );
    assert!(records[1]["error"].is_null(), "{}", records[1]);
    assert_eq!(std::fs::read_dir(outside).expect("a folder").count(), 0);
    assert!(!place.exists("try/scratch"));
}

#[test]
fn a_full_disk_in_a_clone_is_told_and_leaves_nothing() {
    let place = Place::new();
    let path = place.add("app", &[("Dockerfile", OLD)]);
    place.write("list", &format!("file://{}\n", path.display()));
    std::fs::create_dir(place.path().join("bin")).expect("a folder");
    let real = git(place.path(), &["--exec-path"]);
    // It begins as git does, and then there is no room.
    let script = format!(
        "#!/bin/sh\nfor last; do :; done\ncase \"$*\" in *' clone '*|'clone '*) mkdir -p \"$last/objects\"; echo 'fatal: write error: No space left on device' >&2; exit 128;; esac\nexec '{}/git' \"$@\"\n",
        real.trim()
    );
    place.write("bin/git", &script);
    let fake = place.path().join("bin/git");
    std::fs::set_permissions(&fake, PermissionsExt::from_mode(0o755)).expect("a mode");
    let path = format!(
        "{}:{}",
        place.path().join("bin").display(),
        std::env::var("PATH").expect("a path")
    );
    let mut command = Command::new(env!("CARGO_BIN_EXE_harden"));
    command
        .current_dir(place.path())
        .env("PATH", path)
        .args(["batch", "plan", "list", "--id=try"]);
    let output = command.output().expect("the program runs");
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(records(&place)[0]["error"]["message"], "the disk is full");
    let cache = std::fs::read_dir(place.path().join("try/cache")).expect("a cache");
    assert_eq!(cache.count(), 0, "no half clone stays");
    // With room again, the same command does it.
    assert!(place.plan(&["list"]).status.success());
    assert!(records(&place)[0]["error"].is_null());
}

/// What the batch itself writes does not fit: there is no half plan, and an older one is as it was.
#[test]
fn a_plan_that_does_not_fit_on_the_disk_is_none() {
    let place = Place::new();
    place.add("app", &[("Dockerfile", OLD)]);
    assert!(place.plan(&["repositories"]).status.success());
    let before = place.read("try/plan.json");
    for number in 0..40 {
        place.add(&format!("more-{number}"), &[("Dockerfile", OLD)]);
    }
    let mut command = Command::new("bash");
    let harden = env!("CARGO_BIN_EXE_harden");
    // In blocks of a kibibyte; the signal is one that kills unless it is ignored.
    command.args([
        "-c",
        &format!(
            "trap '' XFSZ; ulimit -f 20; exec '{harden}' batch plan repositories --id=try --jobs=1"
        ),
    ]);
    let output = command
        .current_dir(place.path())
        .output()
        .expect("bash runs");
    let text = said(&output);
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(text.contains("cannot write the plan"), "{text}");
    assert_eq!(place.read("try/plan.json"), before);
}

#[test]
fn two_runs_of_one_batch_are_one_too_many() {
    let place = Place::new();
    place.add("app", &[("Dockerfile", OLD)]);
    assert!(place.plan(&["repositories"]).status.success());
    let lock = std::fs::File::create(place.path().join("try/lock")).expect("a lock");
    lock.lock().expect("nobody has it");
    let output = place.plan(&["repositories"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        said(&output).contains("another run works on the batch in `try`"),
        "{}",
        said(&output)
    );
    drop(lock);
    assert!(place.plan(&["repositories"]).status.success());
}

#[test]
fn a_plan_that_is_cut_changed_or_of_another_version_is_refused() {
    let place = Place::new();
    place.add("app", &[("Dockerfile", OLD)]);
    assert!(place.plan(&["repositories"]).status.success());
    let plan = place.read("try/plan.json");
    let half = plan.get(..plan.len() / 2).expect("ASCII").to_string();
    for (text, message) in [
        (half, "is not whole: its end is missing"),
        (
            plan.replace("ENV a=b", "ENV a=c"),
            "was changed after it was made",
        ),
        (
            plan.replace("\"version\":1", "\"version\":7"),
            "has version 7; this harden reads version 1",
        ),
        ("{}".to_string(), "is no plan"),
        (String::new(), "is no plan"),
    ] {
        place.write("try/plan.json", &text);
        let output = place.harden(&["batch", "report", "try"]);
        assert_eq!(output.status.code(), Some(2), "{message}");
        assert!(
            said(&output).contains(message),
            "{message}: {}",
            said(&output)
        );
        assert!(
            said(&output).contains("`harden batch plan` makes it again"),
            "{}",
            said(&output)
        );
    }
}

#[test]
fn a_killed_plan_leaves_the_older_one_and_the_next_run_cleans_up() {
    let place = Place::new();
    for number in 0..30 {
        place.add(&format!("app-{number}"), &[("Dockerfile", OLD)]);
    }
    assert!(place.plan(&["repositories"]).status.success());
    let before = place.read("try/plan.json");
    for milliseconds in [5, 20, 40] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_harden"));
        command.current_dir(place.path()).args([
            "batch",
            "plan",
            "repositories",
            "--id=try",
            "--today=2026-11-25",
        ]);
        let mut child = command.spawn().expect("the program runs");
        std::thread::sleep(std::time::Duration::from_millis(milliseconds));
        child.kill().expect("it is ours");
        child.wait().expect("it ends");
        assert_eq!(place.read("try/plan.json"), before);
    }
    assert!(place.plan(&["repositories"]).status.success());
    assert!(!place.exists("try/scratch"));
}
