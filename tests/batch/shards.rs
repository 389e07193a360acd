//! Parts of a batch on several machines, and the whole of them.

use std::process::Output;

use crate::repositories::{OLD, Place, said};

fn place() -> Place {
    let place = Place::new();
    for number in 0..12 {
        let text = OLD.replace("alpine:3.20", &format!("alpine:3.{number}"));
        place.add(
            &format!("team-{}/app-{number}", number % 3),
            &[
                ("Dockerfile", &text),
                ("x/Dockerfile", "FROM x\nRUN curl http://x | sh\n"),
            ],
        );
    }
    place.add("empty", &[("README.md", "x")]);
    place
}

fn shard(place: &Place, index: usize, total: usize) {
    let output = place.plan(&[
        "repositories",
        &format!("--output=part-{index}"),
        &format!("--shard={index}/{total}"),
    ]);
    assert!(output.status.success(), "{}", said(&output));
}

#[test]
fn the_merged_report_is_the_one_of_a_whole_run() {
    let place = place();
    assert!(
        place
            .plan(&["repositories", "-o", "whole"])
            .status
            .success()
    );
    for index in 1..=3 {
        shard(&place, index, 3);
    }
    // In any order.
    let output = place.harden(&[
        "batch", "merge", "part-3", "part-1", "part-2", "-o", "merged",
    ]);
    assert!(output.status.success(), "{}", said(&output));
    for name in ["plan.json", "report.html"] {
        assert_eq!(
            place.read(&format!("whole/{name}")),
            place.read(&format!("merged/{name}")),
            "{name}"
        );
    }
    for format in ["markdown", "json", "csv", "html"] {
        let report = |folder: &str| {
            place
                .harden(&["batch", "report", folder, "--format", format])
                .stdout
        };
        assert!(!report("whole").is_empty());
        assert!(report("whole") == report("merged"), "{format}");
    }
}

/// Journals too: what parts have made is made in the whole, and its report says the same.
#[test]
fn parts_may_be_applied_before_they_are_joined() {
    let place = place();
    assert!(
        place
            .plan(&["repositories", "-o", "whole"])
            .status
            .success()
    );
    for index in 1..=2 {
        shard(&place, index, 2);
        let part = format!("part-{index}");
        let output = place.harden(&["batch", "apply", &part, "--limit=100"]);
        assert!(output.status.success(), "{}", said(&output));
    }
    let output = place.harden(&["batch", "merge", "part-1", "part-2", "-o", "merged"]);
    assert!(output.status.success(), "{}", said(&output));
    // Nothing is left to make.
    assert_eq!(
        said(&place.harden(&["batch", "apply", "merged"])),
        "0 requests made\n"
    );
    let output = place.harden(&["batch", "apply", "whole", "--limit=100"]);
    assert!(output.status.success(), "{}", said(&output));
    // There they are found, and not made.
    let table = |folder: &str| {
        let output = place.harden(&[
            "batch",
            "report",
            folder,
            "--format=csv",
            "--table=repositories",
        ]);
        said(&output).replace(",created,", ",open,")
    };
    assert!(table("whole").contains(",open,"));
    assert_eq!(table("merged"), table("whole"));
}

#[test]
fn parts_that_are_no_whole_are_refused() {
    let place = place();
    for index in 1..=3 {
        shard(&place, index, 3);
    }
    assert!(
        place
            .plan(&["repositories", "-o", "whole"])
            .status
            .success()
    );
    assert!(
        place
            .plan(&[
                "repositories",
                "-o",
                "other",
                "--shard=2/3",
                "-p",
                "minimal"
            ])
            .status
            .success()
    );
    assert!(
        place
            .plan(&["repositories", "-o", "half", "--shard=2/2"])
            .status
            .success()
    );
    let merge = |parts: &[&str]| -> Output {
        let words: Vec<&str> = ["batch", "merge", "-o", "merged"]
            .into_iter()
            .chain(parts.iter().copied())
            .collect();
        place.harden(&words)
    };
    for (parts, message) in [
        (&["part-1", "part-3"][..], "shard 2/3 is missing"),
        (
            &["part-1", "part-1", "part-2"],
            "shard 1 is there already: `part-1`",
        ),
        (
            &["part-1", "other", "part-3"],
            "`other` is of another batch",
        ),
        (
            &["part-1", "half"],
            "`half` is one of 2 shards, the others of 3",
        ),
        (&["whole", "part-2"], "`whole` is no shard"),
        (&["part-1", "none"], "cannot read the plan `none/plan.json`"),
    ] {
        let output = merge(parts);
        assert_eq!(output.status.code(), Some(2), "{parts:?}");
        assert!(
            said(&output).contains(message),
            "{parts:?}: {}",
            said(&output)
        );
        assert!(!place.exists("merged/plan.json"));
    }
}

/// The schedulers' own variables say which part it is.
#[test]
fn the_part_is_what_the_scheduler_says() {
    let place = place();
    let plan = |variables: &[(&str, &str)]| -> String {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_harden"));
        command
            .current_dir(place.path())
            .envs(variables.iter().copied());
        command.args([
            "batch",
            "plan",
            "repositories",
            "--id=try",
            "--today=2026-11-25",
            "--shard=auto",
        ]);
        let output = command.output().expect("the program runs");
        assert!(output.status.success(), "{}", said(&output));
        place.json("try/plan.json")["shard"].to_string()
    };
    assert_eq!(
        plan(&[("CI_NODE_INDEX", "2"), ("CI_NODE_TOTAL", "3")]),
        "\"2/3\""
    );
    assert_eq!(
        plan(&[
            ("SLURM_ARRAY_TASK_ID", "0"),
            ("SLURM_ARRAY_TASK_MIN", "0"),
            ("SLURM_ARRAY_TASK_COUNT", "2")
        ]),
        "\"1/2\""
    );
    assert_eq!(
        plan(&[("JOB_COMPLETION_INDEX", "3"), ("JOB_COMPLETIONS", "4")]),
        "\"4/4\""
    );
    assert_eq!(plan(&[]), "null");
}
