//! Findings that the authors of a file allow: by harden's comments, by those of other tools, and by a baseline.

use super::formats_schema::common;
use super::sandbox::{OLD, Sandbox, status, stderr, stdout};
use insta::assert_snapshot;
use serde_json::Value;

const TODAY: &str = "--today=2026-11-24";

/// Runs the check with the one rule of the tests on a file.
fn check(text: &str, more: &[&str]) -> String {
    let sandbox = Sandbox::with(text);
    let output = sandbox.rule(&[&["--check", "--format=concise", TODAY], more].concat());
    sandbox.screen(&output)
}

#[test]
fn an_allowed_finding_is_counted_and_not_changed() {
    let sandbox = Sandbox::with(
        "FROM alpine:3.20\n# harden: allow legacy-env-format -- read by the old installer\nENV a b\nENV c d\n",
    );
    assert_snapshot!(sandbox.screen(&sandbox.rule(&["--verbose"])), @"
    exit status 1
    --- output
    --- a/Dockerfile
    +++ b/Dockerfile
    @@ -1,4 +1,4 @@
     FROM alpine:3.20
     # harden: allow legacy-env-format -- read by the old installer
     ENV a b
    -ENV c d
    +ENV c=d
    --- errors
    Dockerfile
      safe legacy-env-format: line 4: write an equals sign
      allowed legacy-env-format: line 3: ENV `a` has no equals sign
        by the comment of line 2: read by the old installer
    1 file looked at: 1 file to change by 1 fix (1 safe), 1 allowed
      help: `--write` makes the changes
    ");
    let report = stdout(&sandbox.rule(&["--format=json"]));
    let report: serde_json::Value = serde_json::from_str(&report).expect("JSON");
    let allowed = &report["files"][0]["allowed"][0];
    assert_eq!(
        (&allowed["line"], &allowed["comment_line"]),
        (&3.into(), &2.into())
    );
    assert_eq!(report["summary"]["allowed"], 1);
    let sarif = stdout(&sandbox.rule(&["--format=sarif"]));
    assert!(
        sarif.contains("\"suppressions\":[{\"kind\":\"inSource\""),
        "{sarif}"
    );
    sandbox.rule(&["--write"]);
    let text = sandbox.read("Dockerfile");
    assert!(text.contains("\nENV a b\nENV c=d\n"), "{text}");
}

#[test]
fn a_comment_counts_for_its_instruction_or_for_the_file() {
    let file =
        "FROM alpine:3.20\n# harden: allow-file legacy-env-format -- generated\nENV a b\nENV c d\n";
    assert_snapshot!(check(file, &[]), @"
    exit status 0
    --- output
    1 file looked at: nothing to change, 2 allowed
    --- errors
    ");
    let inside = "FROM alpine:3.20\nENV a \\\n# harden: allow legacy-env-format -- inside\nb\n";
    assert_snapshot!(check(inside, &[]), @"
    exit status 0
    --- output
    1 file looked at: nothing to change, 1 allowed
    --- errors
    ");
}

#[test]
fn comments_that_do_not_count_are_told() {
    let faults = "\
FROM alpine:3.20
# harden: allow legacy-env-format
ENV a b
# harden: allow legacy-env-format until=2026-11-23 -- until the move
ENV c d
# harden: allow legacy-env-format until=2026-11-24 -- the last day counts
ENV e f
# harden: allow legacy-env-format until=soon -- later
ENV g h
# harden: allow legacy-env-formt -- a typo
ENV i j
# harden: allow -- nothing
ENV k l
# harden: allow legacy-env-format -- not needed
CMD [\"x\"]
# harden: allow relative-workdir -- that rule does not run
";
    assert_snapshot!(check(faults, &[]), @"
    exit status 1
    --- output
    Dockerfile:2:1: medium[allow-comment]: this comment has no reason, so it does not count (manual: `# harden: allow RULE [until=2026-12-31] -- the reason`)
    Dockerfile:3:5: low[legacy-env-format]: ENV `a` has no equals sign (safe: write an equals sign)
    Dockerfile:4:1: medium[allow-comment]: this comment counted until 2026-11-23 (manual: do what it puts off, or give it a new date)
    Dockerfile:5:5: low[legacy-env-format]: ENV `c` has no equals sign (safe: write an equals sign)
    Dockerfile:8:1: medium[allow-comment]: `soon` is no date: write it as 2026-12-31 (manual: `# harden: allow RULE [until=2026-12-31] -- the reason`)
    Dockerfile:9:5: low[legacy-env-format]: ENV `g` has no equals sign (safe: write an equals sign)
    Dockerfile:10:1: medium[allow-comment]: no rule or profile is called `legacy-env-formt` (manual: did you mean `legacy-env-format`?)
    Dockerfile:11:5: low[legacy-env-format]: ENV `i` has no equals sign (safe: write an equals sign)
    Dockerfile:12:1: medium[allow-comment]: this comment names no rule (manual: `# harden: allow RULE [until=2026-12-31] -- the reason`)
    Dockerfile:13:5: low[legacy-env-format]: ENV `k` has no equals sign (safe: write an equals sign)
    Dockerfile:14:1: low[allow-comment]: nothing needs this comment any more (manual: remove it)
    1 file looked at: 1 file to change by 5 fixes (5 safe), 6 to do by hand, 1 allowed
      help: `--write` makes the changes
    --- errors
    ");
}

#[test]
fn a_day_that_is_none_is_a_usage_error() {
    let sandbox = Sandbox::with(OLD);
    let output = sandbox.rule(&["--today=2026-02-30"]);
    assert_eq!(status(&output), 2);
    assert!(stderr(&output).contains("`2026-02-30` is no date"));
}

/// Runs the default profile alone, and gives the user that the file ends as, with how many findings are allowed.
fn user_of(text: &str) -> (bool, u64) {
    let sandbox = Sandbox::with(text);
    let output = sandbox.run(["--rule", "baseline", "--format=json", TODAY]);
    let report: serde_json::Value = serde_json::from_str(&stdout(&output)).expect("JSON");
    let allowed = report["summary"]["allowed"].as_u64().expect("a number");
    sandbox.run(["--rule", "baseline", "--write", TODAY]);
    (sandbox.read("Dockerfile").contains("USER 1001"), allowed)
}

/// `user` stands where the last USER is, `top` above everything.
fn as_root(top: &str, user: &str) -> String {
    format!("{top}FROM debian:12\nRUN true\n{user}USER root\nCMD [\"sleep\", \"1\"]\n")
}

#[test]
fn comments_of_other_tools_keep_the_user() {
    assert_eq!(user_of(&as_root("", "")), (true, 0));
    for comment in [
        "# hadolint ignore=DL3006,DL3002\n",
        "#trivy:ignore:AVD-DS-0002\n",
        "# kics-scan ignore-line\n",
        "# nosemgrep: last-user-is-root\n",
        "# harden: allow baseline -- an init system\n",
    ] {
        assert_eq!(
            user_of(&as_root("", comment)).0,
            comment.contains("harden"),
            "{comment}"
        );
        let (is_changed, allowed) = user_of(&as_root(comment, ""));
        assert_eq!((is_changed, allowed), (false, 1), "{comment}");
    }
    for comment in [
        "# hadolint global ignore=DL3002\n",
        "#checkov:skip=CKV_DOCKER_3:root is needed\n",
        "# kics-scan disable=67fd0c4a-68cf-46d7-8c41-bc9fba7e40ae\n",
    ] {
        assert_eq!(user_of(&as_root("", comment)), (false, 1), "{comment}");
    }
    for other in [
        "# hadolint ignore=DL3006\n",
        "#checkov:skip=CKV_DOCKER_2:x\n",
    ] {
        assert_eq!(user_of(&as_root("", other)), (true, 0), "{other}");
    }
}

#[test]
fn a_comment_in_a_build_stage_says_nothing_of_the_shipped_one() {
    let text = "\
FROM golang:1.22 AS build
# hadolint ignore=DL3002
USER root
RUN true
FROM debian:12
COPY --from=build /x /x
CMD [\"/x\"]
";
    assert_eq!(user_of(text), (true, 0));
}

#[test]
fn checks_of_buildkit_are_skipped() {
    let text = "# check=skip=LegacyKeyValueFormat;error=true\nFROM alpine:3.20\nENV a b\n";
    assert_snapshot!(check(text, &[]), @"
    exit status 0
    --- output
    1 file looked at: nothing to change, 1 allowed
    --- errors
    ");
}

#[test]
fn allow_writes_the_comment() {
    let sandbox = Sandbox::with(OLD);
    let allow = |rule: &str, place: &str, reason: &str| {
        sandbox.screen(&sandbox.run(["allow", rule, place, "--reason", reason]))
    };
    assert_snapshot!(allow("legacy-env-format", "Dockerfile:2", "the old installer"), @"
    exit status 0
    --- output
    Dockerfile:2: # harden: allow legacy-env-format -- the old installer
    --- errors
    ");
    assert_snapshot!(sandbox.read("Dockerfile"), @r#"
    FROM alpine:3.20
    # harden: allow legacy-env-format -- the old installer
    ENV a b
    CMD ["x"]
    "#);
    assert_snapshot!(sandbox.screen(&sandbox.rule(&["--check"])), @"
    exit status 0
    --- output
    1 file looked at: nothing to change, 1 allowed
    --- errors
    ");
    assert_snapshot!(allow("legacy-env-formt", "Dockerfile:3", "x"), @"
    exit status 2
    --- output
    --- errors
    error: no rule or profile `legacy-env-formt`
      help: did you mean `legacy-env-format`?
    ");
    assert_snapshot!(allow("legacy-env-format", "Dockerfile", "x"), @"
    exit status 2
    --- output
    --- errors
    error: `Dockerfile` names no line
      help: write the file and the line: `Dockerfile:12`
    ");
    assert_snapshot!(allow("legacy-env-format", "Dockerfile:2", "x"), @"
    exit status 2
    --- output
    --- errors
    error: Dockerfile: no instruction in line 2
    ");
    assert_snapshot!(allow("legacy-env-format", "Dockerfile:3", " "), @"
    exit status 2
    --- output
    --- errors
    error: the reason must be one line of text
    ");
}

#[test]
fn only_what_is_new_since_the_baseline_is_told() {
    let sandbox = Sandbox::with(OLD);
    let written = sandbox.rule(&["--check", "--write-baseline", "baseline.json"]);
    assert_eq!(status(&written), 0);
    assert_snapshot!(sandbox.read("baseline.json"), @r#"
    {
      "version": 1,
      "files": {
        "Dockerfile": [
          {
            "rule": "legacy-env-format",
            "code": "a b",
            "count": 1
          }
        ]
      }
    }
    "#);
    let with = ["--check", "--format=concise", "--baseline", "baseline.json"];
    assert_snapshot!(sandbox.screen(&sandbox.rule(&with)), @"
    exit status 0
    --- output
    1 file looked at: nothing to change, 1 allowed
    --- errors
    ");
    sandbox.file(
        "Dockerfile",
        "# moved\nFROM alpine:3.20\n\nENV a b\nENV a b\nENV c d\n",
    );
    assert_snapshot!(sandbox.screen(&sandbox.rule(&with)), @"
    exit status 1
    --- output
    Dockerfile:5:5: low[legacy-env-format]: ENV `a` has no equals sign (safe: write an equals sign)
    Dockerfile:6:5: low[legacy-env-format]: ENV `c` has no equals sign (safe: write an equals sign)
    1 file looked at: 1 file to change by 2 fixes (2 safe), 1 allowed
      help: `--write` makes the changes
    --- errors
    ");
    sandbox.rule(&["--write", "--baseline", "baseline.json"]);
    assert!(
        sandbox
            .read("Dockerfile")
            .contains("\nENV a b\nENV a=b\nENV c=d\n")
    );
    for (text, part) in [
        ("{}", "missing field"),
        ("{\"version\":2,\"files\":{}}", "version 2"),
    ] {
        sandbox.file("baseline.json", text);
        let output = sandbox.rule(&with);
        assert_eq!(status(&output), 2);
        assert!(stderr(&output).contains(part), "{}", stderr(&output));
    }
}

/// The report on a text, and the text after `--write`.
fn hardened(text: &str) -> (Value, String) {
    let sandbox = Sandbox::with(text);
    let report = stdout(&sandbox.run(["--format=json", "-q", TODAY]));
    let report: Value = serde_json::from_str(&report).expect("JSON");
    sandbox.run(["--write", "-q", TODAY]);
    (report["files"][0].clone(), sandbox.read("Dockerfile"))
}

/// What a report has under a key for a rule at a line.
fn found<'r>(file: &'r Value, key: &str, allowed: &Value) -> Option<&'r Value> {
    let mut list = file[key].as_array().expect("a list").iter();
    list.find(|one| one["rule"] == allowed["rule"] && one["line"] == allowed["line"])
}

/// Every comment of hadolint in the corpus about a rule that harden has too: what it allows is not changed. Lists what would
/// be done to the same file if the comments said nothing.
#[test]
fn lines_that_hadolint_ignores_stay() {
    let Some(shared) = common::shared_or_skip("comments of hadolint") else {
        return;
    };
    let (mut files, mut kept, mut spared) = (0, 0, 0);
    for (name, text) in common::corpus(&shared) {
        if !text.contains("hadolint ignore=") {
            continue;
        }
        files += 1;
        let (file, with) = hardened(&text);
        let silent = text.replace("hadolint ignore=", "hadolint-ignore ");
        let (otherwise, without) = hardened(&silent);
        for allowed in file["allowed"].as_array().expect("a list") {
            kept += 1;
            assert!(
                found(&file, "applied", allowed).is_none(),
                "{name}: {allowed}"
            );
            let would = match found(&otherwise, "applied", allowed) {
                Some(fix) => {
                    spared += 1;
                    assert_ne!(
                        without.replace("hadolint-ignore ", "hadolint ignore="),
                        with,
                        "{name}"
                    );
                    format!("{} ({})", fix["title"], fix["safety"])
                }
                None => match found(&otherwise, "open", allowed) {
                    Some(open) => format!("no change: {}", open["kind"]),
                    None => panic!("{name}: {allowed} is not found without the comment"),
                },
            };
            println!("{name}:{} {} {would}", allowed["line"], allowed["rule"]);
        }
    }
    println!("{files} files, {kept} findings allowed, {spared} of them changes that are not made");
    assert!(
        files > 60 && kept > 10 && spared > 3,
        "{files} {kept} {spared}"
    );
}
