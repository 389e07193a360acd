//! What the formats say of one small file each.

use super::sandbox::{OLD, Sandbox, status, stderr, stdout};
use insta::assert_snapshot;

/// A file with something to change, something to do by hand and something that is held.
const MIXED: &str = "\
FROM alpine:3.20
ENV a b
ARG api_token=abc
MAINTAINER jo@example.com
LABEL org.opencontainers.image.authors=team@example.com
CMD [\"x\"]
";

const RULES: [&str; 6] = [
    "--rule",
    "legacy-env-format",
    "--rule",
    "secret-in-arg",
    "--rule",
    "maintainer-instruction",
];

fn run(sandbox: &Sandbox, arguments: &[&str]) -> String {
    sandbox.screen(&sandbox.run(RULES.iter().chain(arguments)))
}

#[test]
fn concise_is_a_line_for_each_finding() {
    let sandbox = Sandbox::with(MIXED);
    assert_snapshot!(run(&sandbox, &["--check", "--format", "concise"]), @"
    exit status 1
    --- output
    Dockerfile:2:5: low[legacy-env-format]: ENV `a` has no equals sign (safe: write an equals sign)
    Dockerfile:3:5: medium[secret-in-arg]: the file has a value for `api_token` in it (manual: use a secret mount)
    Dockerfile:4:1: low[maintainer-instruction]: MAINTAINER is deprecated (held: line 5: the stage has the label `org.opencontainers.image.authors` already)
    1 file looked at: 1 file to change by 1 fix (1 safe), 1 held, 1 to do by hand
      help: `--write` makes the changes
    --- errors
    ");
}

#[test]
fn stat_counts_lines_and_findings() {
    let sandbox = Sandbox::with(MIXED);
    sandbox.file("longer/Dockerfile", OLD);
    assert_snapshot!(run(&sandbox, &["--check", "--format=concise", "--stat"]), @"
    exit status 1
    --- output
    Dockerfile:2:5: low[legacy-env-format]: ENV `a` has no equals sign (safe: write an equals sign)
    Dockerfile:3:5: medium[secret-in-arg]: the file has a value for `api_token` in it (manual: use a secret mount)
    Dockerfile:4:1: low[maintainer-instruction]: MAINTAINER is deprecated (held: line 5: the stage has the label `org.opencontainers.image.authors` already)
    longer/Dockerfile:2:5: low[legacy-env-format]: ENV `a` has no equals sign (safe: write an equals sign)
     Dockerfile        | +1 -1
     longer/Dockerfile | +1 -1
     legacy-env-format      | 2 safe
     maintainer-instruction | 1 held
     secret-in-arg          | 1 by hand
    2 files looked at: 2 files to change by 2 fixes (2 safe), 1 held, 1 to do by hand
      help: `--write` makes the changes
    --- errors
    ");
    let report = sandbox.run(RULES.iter().chain(&["--stat", "--format=json"]));
    assert!(stderr(&report).starts_with(" Dockerfile        | +1 -1\n"));
}

#[test]
fn the_check_shows_what_would_change() {
    let sandbox = Sandbox::with(MIXED);
    assert_snapshot!(run(&sandbox, &["--check"]), @"
    exit status 1
    --- output
    low[legacy-env-format]: ENV `a` has no equals sign
     --> Dockerfile:2:6
      |
    2 | ENV a b
      |      ^^
      |
      = safe: write an equals sign
        2 - ENV a b
        2 + ENV a=b

    medium[secret-in-arg]: the file has a value for `api_token` in it
     --> Dockerfile:3:5
      |
    3 | ARG api_token=abc
      |     ^^^^^^^^^
      |
      = manual: use a secret mount
      = manual: The history of an image shows the arguments that it was built with. Take `api_token` from `RUN --mount=type=secret,id=api_token` where it is needed: then it is in no layer and no history.

    low[maintainer-instruction]: MAINTAINER is deprecated
     --> Dockerfile:4:1
      |
    4 | MAINTAINER jo@example.com
      | ^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = held: line 5: the stage has the label `org.opencontainers.image.authors` already

    1 file looked at: 1 file to change by 1 fix (1 safe), 1 held, 1 to do by hand
      help: `--write` makes the changes
    --- errors
    ");
}

#[test]
fn sarif() {
    let sandbox = Sandbox::with(OLD);
    let report = stdout(&sandbox.rule(&["--format=sarif"]));
    let mut report: serde_json::Value = serde_json::from_str(&report).expect("JSON");
    let rule = &mut report["runs"][0]["tool"]["driver"]["rules"][0];
    let help = rule["help"].take();
    assert!(help["markdown"].to_string().contains("legacy-env-format"));
    let text = serde_json::to_string_pretty(&report).expect("JSON");
    assert_snapshot!(text.replace(env!("CARGO_PKG_VERSION"), "[VERSION]"), @r#"
    {
      "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
      "version": "2.1.0",
      "runs": [
        {
          "columnKind": "unicodeCodePoints",
          "results": [
            {
              "ruleId": "legacy-env-format",
              "level": "warning",
              "message": {
                "text": "ENV `a` has no equals sign\nsafe: write an equals sign"
              },
              "locations": [
                {
                  "physicalLocation": {
                    "artifactLocation": {
                      "uri": "Dockerfile"
                    },
                    "region": {
                      "startLine": 2,
                      "startColumn": 5,
                      "endLine": 2,
                      "endColumn": 8
                    }
                  }
                }
              ],
              "partialFingerprints": {
                "harden/v1": "dabed122e09dee373c2ee598d97a8b458666f602655ccc25a873523bc368ef24"
              },
              "properties": {
                "kind": "safe"
              },
              "fixes": [
                {
                  "description": {
                    "text": "write an equals sign (safe)"
                  },
                  "artifactChanges": [
                    {
                      "artifactLocation": {
                        "uri": "Dockerfile"
                      },
                      "replacements": [
                        {
                          "deletedRegion": {
                            "startLine": 2,
                            "startColumn": 6,
                            "endLine": 2,
                            "endColumn": 7
                          },
                          "insertedContent": {
                            "text": "="
                          }
                        }
                      ]
                    }
                  ]
                }
              ]
            }
          ],
          "tool": {
            "driver": {
              "name": "harden",
              "version": "[VERSION]",
              "semanticVersion": "[VERSION]",
              "rules": [
                {
                  "id": "legacy-env-format",
                  "defaultConfiguration": {
                    "level": "warning"
                  },
                  "properties": {
                    "tags": [
                      "security"
                    ],
                    "security-severity": "3.0"
                  },
                  "shortDescription": {
                    "text": "ENV or LABEL without an equals sign"
                  },
                  "help": null
                }
              ]
            }
          },
          "invocations": [
            {
              "executionSuccessful": true,
              "toolExecutionNotifications": []
            }
          ]
        }
      ]
    }
    "#);
}

#[test]
fn gitlab_and_github() {
    let sandbox = Sandbox::with(MIXED);
    assert_snapshot!(run(&sandbox, &["--format=gitlab"]), @r#"
    exit status 1
    --- output
    [
    {"description":"ENV `a` has no equals sign (safe: write an equals sign)","check_name":"legacy-env-format","fingerprint":"dabed122e09dee373c2ee598d97a8b458666f602655ccc25a873523bc368ef24","severity":"minor","location":{"path":"Dockerfile","lines":{"begin":2}}},
    {"description":"the file has a value for `api_token` in it (manual: use a secret mount)","check_name":"secret-in-arg","fingerprint":"c30656950a484dace84a0f7b98711f8454d0efcf5d95d5ece82cce57c6d64de9","severity":"major","location":{"path":"Dockerfile","lines":{"begin":3}}},
    {"description":"MAINTAINER is deprecated (held: line 5: the stage has the label `org.opencontainers.image.authors` already)","check_name":"maintainer-instruction","fingerprint":"8aa7fb4892744b15be55c6fbc94cac23cb825341de3f70c128c97c0fe98a0b6e","severity":"minor","location":{"path":"Dockerfile","lines":{"begin":4}}}
    ]
    --- errors
    "#);
    assert_snapshot!(run(&sandbox, &["--format=github"]), @"
    exit status 1
    --- output
    ::warning file=Dockerfile,line=2,endLine=2,col=5,endColumn=8,title=legacy-env-format (safe)::ENV `a` has no equals sign%0Asafe: write an equals sign
    ::warning file=Dockerfile,line=3,endLine=3,col=5,endColumn=14,title=secret-in-arg (manual)::the file has a value for `api_token` in it%0Amanual: use a secret mount%0AThe history of an image shows the arguments that it was built with. Take `api_token` from `RUN --mount=type=secret,id=api_token` where it is needed: then it is in no layer and no history.
    ::warning file=Dockerfile,line=4,endLine=4,col=1,endColumn=26,title=maintainer-instruction (held)::MAINTAINER is deprecated%0Aheld: line 5: the stage has the label `org.opencontainers.image.authors` already
    --- errors
    ");
}

#[test]
fn suggestions() {
    let sandbox = Sandbox::with(MIXED);
    assert_snapshot!(run(&sandbox, &["--format=github-suggestions"]), @r#"
    exit status 1
    --- output
    {"event":"COMMENT","comments":[
    {"path":"Dockerfile","side":"RIGHT","line":2,"body":"**write an equals sign** (`legacy-env-format`, safe)\n\n```suggestion\nENV a=b\n```\n"}
    ],"body":"harden proposes 1 fix."}
    --- errors
    "#);
    assert_snapshot!(run(&sandbox, &["--format=gitlab-suggestions"]), @r#"
    exit status 1
    --- output
    [
    {"body":"**write an equals sign** (`legacy-env-format`, safe)\n\n```suggestion:-0+0\nENV a=b\n```\n","position":{"position_type":"text","old_path":"Dockerfile","new_path":"Dockerfile","new_line":2}}
    ]
    --- errors
    "#);
}

#[test]
fn markdown_and_junit() {
    let sandbox = Sandbox::with(MIXED);
    assert_snapshot!(run(&sandbox, &["--format=markdown"]), @"
    exit status 1
    --- output
    ## `Dockerfile`

    ### Not changed

    - Line 3: the file has a value for `api_token` in it (`secret-in-arg`, manual)
      - use a secret mount
      - The history of an image shows the arguments that it was built with. Take `api_token` from `RUN --mount=type=secret,id=api_token` where it is needed: then it is in no layer and no history.
    - Line 4: MAINTAINER is deprecated (`maintainer-instruction`, held)
      - line 5: the stage has the label `org.opencontainers.image.authors` already

    <details><summary>1 fix, and why</summary>

    - write an equals sign (`legacy-env-format`, safe)

    ```diff
    --- a/Dockerfile
    +++ b/Dockerfile
    @@ -1,5 +1,5 @@
     FROM alpine:3.20
    -ENV a b
    +ENV a=b
     ARG api_token=abc
     MAINTAINER jo@example.com
     LABEL org.opencontainers.image.authors=team@example.com
    ```

    </details>

    ---
    1 Dockerfile looked at, 1 fix in 1 file. Made by harden 0.1.0.
    --- errors
    ");
    assert_snapshot!(run(&sandbox, &["--format=junit"]), @r#"
    exit status 1
    --- output
    <?xml version="1.0" encoding="UTF-8"?>
    <testsuites name="harden">
      <testsuite name="Dockerfile" tests="3" failures="3" errors="0">
        <testcase classname="Dockerfile" name="legacy-env-format (line 2)"><failure type="low" message="ENV `a` has no equals sign">Dockerfile:2:5
    safe: write an equals sign</failure></testcase>
        <testcase classname="Dockerfile" name="secret-in-arg (line 3)"><failure type="medium" message="the file has a value for `api_token` in it">Dockerfile:3:5
    manual: use a secret mount
    The history of an image shows the arguments that it was built with. Take `api_token` from `RUN --mount=type=secret,id=api_token` where it is needed: then it is in no layer and no history.</failure></testcase>
        <testcase classname="Dockerfile" name="maintainer-instruction (line 4)"><failure type="low" message="MAINTAINER is deprecated">Dockerfile:4:1
    held: line 5: the stage has the label `org.opencontainers.image.authors` already</failure></testcase>
      </testsuite>
    </testsuites>
    --- errors
    "#);
}

#[test]
fn errors_are_in_every_report() {
    let sandbox = Sandbox::with(OLD);
    sandbox.file("bad,file:1.Dockerfile", "FROM a\nFORM b\n");
    for format in ["json", "sarif", "gitlab", "github", "markdown", "junit"] {
        let output = sandbox.rule(&["--format", format]);
        assert_eq!(status(&output), 2, "{format}");
        let report = stdout(&output);
        assert!(
            report.contains("unknown instruction: FORM"),
            "{format}: {report}"
        );
        assert!(report.contains("equals sign"), "{format}: {report}");
    }
    let commands = stdout(&sandbox.rule(&["--format=github"]));
    assert!(
        commands.contains("::error file=bad%2Cfile%3A1.Dockerfile,line=2,col=1,title=harden::"),
        "{commands}"
    );
}

#[test]
fn what_speaks_of_old_lines_does_not_go_with_write() {
    let sandbox = Sandbox::with(OLD);
    let output = sandbox.rule(&["--write", "--format=sarif"]);
    assert_snapshot!(sandbox.screen(&output), @"
    exit status 2
    --- output
    --- errors
    error: `--format sarif` tells of the lines before `--write` changes them
      help: run harden without `--write` first
    ");
    assert_eq!(sandbox.read("Dockerfile"), OLD);
    let output = sandbox.rule(&["--write", "--format=markdown"]);
    assert_eq!(status(&output), 0);
    assert_ne!(sandbox.read("Dockerfile"), OLD);
}

/// The fingerprints of GitLab's report, by the line that they are about.
fn fingerprints(text: &str) -> Vec<(u64, String)> {
    let sandbox = Sandbox::with(text);
    let report = stdout(&sandbox.rule(&["--format=gitlab"]));
    let report: serde_json::Value = serde_json::from_str(&report).expect("JSON");
    let issues = report.as_array().expect("a list").iter();
    let issue = |issue: &serde_json::Value| {
        let line = issue["location"]["lines"]["begin"]
            .as_u64()
            .expect("a line");
        (line, issue["fingerprint"].to_string())
    };
    issues.map(issue).collect()
}

#[test]
fn fingerprints_do_not_move_with_the_lines() {
    let before = fingerprints("FROM alpine:3.20\nENV a b\nENV c d\nENV a b\nCMD [\"x\"]\n");
    let after = fingerprints("# new\nFROM alpine:3.20\n\nENV a b\nENV c d\nENV a b\nCMD [\"x\"]\n");
    let prints = |all: &[(u64, String)]| all.iter().map(|one| one.1.clone()).collect::<Vec<_>>();
    assert_eq!(prints(&before), prints(&after));
    assert_eq!(
        before.iter().map(|one| one.0).collect::<Vec<_>>(),
        [2, 3, 4]
    );
    let mut different = prints(&before);
    different.sort();
    different.dedup();
    assert_eq!(different.len(), 3, "the same line twice is two findings");
}
