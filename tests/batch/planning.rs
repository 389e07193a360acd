//! What is in a plan, and that it is what the plain command says.

use serde_json::{Value, json};

use crate::repositories::{NEW, OLD, Place, git, said};

#[test]
fn a_plan_has_the_whole_new_texts_and_writes_nowhere_else() {
    let place = Place::new();
    let repository = place.add(
        "team/app",
        &[
            ("Dockerfile", OLD),
            ("README.md", "x"),
            ("api/Dockerfile", NEW),
        ],
    );
    let before = git(&repository, &["for-each-ref"]);
    let output = place.plan(&["repositories"]);
    assert_eq!(
        said(&output),
        "1 repository with 2 Dockerfiles: 1 file to change in 1 repository\n       1 safe    only changes that keep what the image does\nthe plan and its report are written: try/report.html\n"
    );
    assert!(output.status.success());
    let plan = place.json("try/plan.json");
    assert_eq!(plan["batch"], "try");
    let record = &plan["repositories"][0];
    assert_eq!(record["name"], "team/app");
    assert_eq!(record["branch"], "main");
    assert_eq!(
        record["commit"],
        git(&repository, &["rev-parse", "main"]).trim()
    );
    let file = &record["files"][0];
    assert_eq!(
        (&file["path"], &file["change"]["text"]),
        (&json!("Dockerfile"), &json!(NEW))
    );
    assert_eq!(
        file["change"]["old"],
        git(&repository, &["rev-parse", "main:Dockerfile"]).trim()
    );
    assert_eq!(record["files"][1]["change"], Value::Null);
    assert_eq!(git(&repository, &["for-each-ref"]), before);
    assert!(!place.exists("try/scratch"));
}

#[test]
fn equal_input_makes_equal_bytes() {
    let place = Place::new();
    for number in 0..20 {
        place.add(
            &format!("app-{number}"),
            &[
                ("Dockerfile", OLD),
                ("x/Dockerfile", "FROM x\nRUN curl http://x | sh\n"),
            ],
        );
    }
    for (folder, jobs) in [("one", "1"), ("many", "8")] {
        let output = place.plan(&["repositories", "-o", folder, "--jobs", jobs]);
        assert!(output.status.success(), "{}", said(&output));
    }
    for name in ["plan.json", "report.html"] {
        assert_eq!(
            place.read(&format!("one/{name}")),
            place.read(&format!("many/{name}")),
            "{name}"
        );
    }
}

/// Start scripts of the context, `.harden.yaml`, `.gitignore`, links and line ends count as in a checkout.
#[test]
fn a_repository_is_read_as_the_plain_command_reads_a_checkout() {
    let place = Place::new();
    let entrypoint = "FROM debian:12\nCOPY start.sh /start.sh\nCMD [\"/start.sh\"]\n";
    let crlf = OLD.replace('\n', "\r\n");
    let large = "x".repeat(300 * 1024);
    let path = place.add_entries(
        "app",
        [
            ("100644", "a/Dockerfile".to_string(), entrypoint.as_bytes()),
            (
                "100755",
                "a/start.sh".to_string(),
                b"#!/bin/sh\nchown -R x /data\nexec app\n",
            ),
            ("100644", "b/Dockerfile".to_string(), crlf.as_bytes()),
            ("100644", ".gitattributes".to_string(), b"* text eol=lf\n"),
            ("100644", ".gitignore".to_string(), b"ignored/\n"),
            ("100644", "ignored/Dockerfile".to_string(), OLD.as_bytes()),
            ("100644", "vendor/Dockerfile".to_string(), OLD.as_bytes()),
            (
                "100644",
                ".harden.yaml".to_string(),
                b"version: 1\nexclude: [vendor/]\n",
            ),
            ("120000", "Dockerfile".to_string(), b"b/Dockerfile"),
            ("100644", "large.bin".to_string(), large.as_bytes()),
        ],
    );
    assert!(place.plan(&["repositories"]).status.success());
    let checkout = place.path().join("checkout");
    git(
        place.path(),
        &[
            "-c",
            "core.attributesFile=/dev/null",
            "clone",
            "--quiet",
            "--no-checkout",
            &path.to_string_lossy(),
            "checkout",
        ],
    );
    std::fs::write(checkout.join(".git/info/attributes"), "* -text\n").expect("attributes");
    git(&checkout, &["checkout", "--quiet"]);
    let plain = crate::program::harden(
        &checkout,
        &["--format=json", "--today=2026-11-25"].map(String::from),
    );
    let plain: Value = serde_json::from_slice(&plain.stdout).expect("JSON");
    let short = |files: &Value, open: &str| -> Vec<(String, usize, usize)> {
        let count = |file: &Value, key: &str| file[key].as_array().map_or(0, Vec::len);
        let files = files.as_array().expect("a list").iter();
        let mut rows: Vec<_> = files
            .map(|file| {
                (
                    file["path"].as_str().expect("a path").to_string(),
                    count(file, open),
                    count(file, "open"),
                )
            })
            .collect();
        rows.sort();
        rows
    };
    let planned = place.json("try/plan.json")["repositories"][0]["files"].clone();
    assert_eq!(short(&planned, "fixes"), short(&plain["files"], "applied"));
    let paths: Vec<&str> = planned
        .as_array()
        .expect("files")
        .iter()
        .filter_map(|file| file["path"].as_str())
        .collect();
    assert_eq!(paths, ["a/Dockerfile", "b/Dockerfile"]);
    assert_eq!(planned[1]["change"]["text"], NEW.replace('\n', "\r\n"));
}

#[test]
fn lists_have_addresses_which_are_cloned_once_and_again_when_they_move() {
    let place = Place::new();
    let path = place.add("app", &[("Dockerfile", OLD)]);
    place.write("list", &format!("# one\nfile://{}\n", path.display()));
    let plan = || {
        let output = place.plan(&["list", "--cache=cache"]);
        assert!(output.status.success(), "{}", said(&output));
        let plan = place.json("try/plan.json");
        plan["repositories"][0]["files"][0]["change"]["text"].clone()
    };
    let clones = || {
        std::fs::read_dir(place.path().join("cache"))
            .expect("a cache")
            .count()
    };
    assert_eq!(plan(), NEW);
    assert_eq!(clones(), 1);
    assert_eq!(plan(), NEW);
    let newer = OLD.replace("ENV a b", "ENV c d");
    crate::repositories::commit(
        &path,
        [("100644", "Dockerfile".to_string(), newer.as_bytes())],
    );
    assert_eq!(plan(), NEW.replace("a=b", "c=d"));
    assert_eq!(clones(), 1);
}

#[test]
fn a_repository_without_a_dockerfile_has_its_pipelines_looked_at() {
    let place = Place::new();
    let job =
        "build:\n  image: docker:24\n  services: [docker:dind]\n  script:\n    - docker build .\n";
    place.add(
        "app",
        &[
            (".gitlab-ci.yml", "include: ci/build.yml\n"),
            ("ci/build.yml", job),
        ],
    );
    place.add("none", &[("README.md", "x")]);
    assert!(
        place
            .plan(&["repositories", "-p", "gitlab-ci"])
            .status
            .success()
    );
    let paths = |number: usize| -> Vec<String> {
        let plan = place.json("try/plan.json");
        let files = plan["repositories"][number]["files"].as_array().cloned();
        let files = files.expect("a list").into_iter();
        files
            .map(|file| file["path"].as_str().expect("a path").to_string())
            .collect()
    };
    assert_eq!(paths(0), [".gitlab-ci.yml", "ci/build.yml"]);
    assert_eq!(paths(1), [""; 0]);
}

#[test]
fn filters_and_shards_leave_a_part() {
    let place = Place::new();
    for name in ["web/a", "web/b", "jobs/c"] {
        place.add(name, &[("Dockerfile", OLD)]);
    }
    let names = |words: &[&str]| -> Vec<String> {
        let output = place.plan(words);
        assert!(output.status.success(), "{}", said(&output));
        let plan = place.json("try/plan.json");
        let all = plan["repositories"].as_array().expect("a list");
        all.iter()
            .filter_map(|one| one["name"].as_str())
            .map(String::from)
            .collect()
    };
    assert_eq!(names(&["repositories"]), ["jobs/c", "web/a", "web/b"]);
    assert_eq!(
        names(&["repositories", "--include=web/*"]),
        ["web/a", "web/b"]
    );
    assert_eq!(
        names(&["repositories", "--exclude=*/a"]),
        ["jobs/c", "web/b"]
    );
    let output = place.plan(&["repositories", "--include=none*"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        said(&output).contains("no repository is left"),
        "{}",
        said(&output)
    );
}
