//! `.harden.yaml`: what it says, where it is looked for, and what is wrong with it.

use super::sandbox::{NEW, OLD, Sandbox, status, stderr, stdout};
use insta::assert_snapshot;

/// A file in which two rules find something.
const TWO: &str = "FROM alpine:3.20\nENV a b\nMAINTAINER jo@example.com\nCMD [\"x\"]\n";

fn with(config: &str) -> Sandbox {
    let sandbox = Sandbox::with(TWO);
    sandbox.file(".harden.yaml", config);
    sandbox
}

fn concise(sandbox: &Sandbox, more: &[&str]) -> String {
    let arguments = ["--check", "--format=concise", "--allow=baseline"];
    let output = sandbox.run(arguments.iter().chain(more));
    sandbox.screen(&output)
}

#[test]
fn rules_are_switched_and_rated() {
    let sandbox = with(
        "\
version: 1
rules:
  maintainer-instruction: off
  legacy-env-format: { severity: high, safety: review }
",
    );
    assert_snapshot!(concise(&sandbox, &[]), @"
    exit status 1
    --- output
    Dockerfile:2:5: high[legacy-env-format]: ENV `a` has no equals sign (review: write an equals sign)
    1 file looked at: 1 file to change by 1 fix (1 review)
      help: `--write` makes the changes
    --- errors
    ");
    assert_snapshot!(concise(&sandbox, &["--safe", "-v"]), @"
    exit status 0
    --- output
    Dockerfile:2:5: high[legacy-env-format]: ENV `a` has no equals sign (left out: write an equals sign (review))
    1 file looked at: nothing to change, 1 left out by --safe
    --- errors
    ");
    assert_snapshot!(concise(&sandbox, &["--isolated"]), @"
    exit status 1
    --- output
    Dockerfile:2:5: low[legacy-env-format]: ENV `a` has no equals sign (safe: write an equals sign)
    Dockerfile:3:1: low[maintainer-instruction]: MAINTAINER is deprecated (safe: name the authors in a label)
    1 file looked at: 1 file to change by 2 fixes (2 safe)
      help: `--write` makes the changes
    --- errors
    ");
    assert_snapshot!(concise(&sandbox, &["--rule=maintainer-instruction"]), @"
    exit status 1
    --- output
    Dockerfile:3:1: low[maintainer-instruction]: MAINTAINER is deprecated (safe: name the authors in a label)
    1 file looked at: 1 file to change by 1 fix (1 safe)
      help: `--write` makes the changes
    --- errors
    ");
    let manual = with("version: 1\nrules:\n  legacy-env-format: { safety: manual }\n");
    manual.run(["--write"]);
    assert!(manual.read("Dockerfile").contains("ENV a b\n"));
}

#[test]
fn paths_choose_profiles_targets_and_what_is_allowed() {
    let sandbox = Sandbox::new();
    sandbox.file(
        ".harden.yaml",
        "\
version: 1
profiles:
  - use: [./company.yaml]
    paths: [\"services/**\"]
  - use: [baseline]
allow:
  - { rule: legacy-env-format, paths: [\"tests/**\"], reason: only test data }
targets:
  - { paths: [\"services/**\"], stage: final }
exclude: [\"vendor/**\"]
",
    );
    let company = "version: 1\nname: company\ntitle: Ours\nrules: { maintainer-instruction: on }\n";
    sandbox.file("company.yaml", company);
    sandbox.file(
        "services/a/Dockerfile",
        TWO.replace("alpine:3.20", "alpine:3.20 AS final"),
    );
    for folder in ["tests", "vendor", "other"] {
        sandbox.file(format!("{folder}/Dockerfile"), TWO);
    }
    assert_snapshot!(concise(&sandbox, &[]), @"
    exit status 1
    --- output
    other/Dockerfile:2:5: low[legacy-env-format]: ENV `a` has no equals sign (safe: write an equals sign)
    other/Dockerfile:3:1: low[maintainer-instruction]: MAINTAINER is deprecated (safe: name the authors in a label)
    services/a/Dockerfile:3:1: low[maintainer-instruction]: MAINTAINER is deprecated (safe: name the authors in a label)
    tests/Dockerfile:3:1: low[maintainer-instruction]: MAINTAINER is deprecated (safe: name the authors in a label)
    3 files looked at: 3 files to change by 4 fixes (4 safe), 1 allowed
      help: `--write` makes the changes
    --- errors
    ");
    let named = stdout(&sandbox.run(["--check", "--format=concise", "vendor/Dockerfile"]));
    assert!(named.contains("vendor/Dockerfile:2"), "{named}");
    let missing = sandbox.file("services/b/Dockerfile", TWO);
    let output = sandbox.run(["--check"]);
    assert!(
        stderr(&output).contains("no stage `final`"),
        "{}",
        stderr(&output)
    );
    std::fs::remove_file(missing).expect("a file");
}

#[test]
fn what_extends_wins_and_the_origin_is_shown() {
    let sandbox = with(
        "\
version: 1
extends: company/harden.yaml
rules: { maintainer-instruction: off }
exclude: [a]
",
    );
    sandbox.file(
        "company/harden.yaml",
        "\
version: 1
profiles: [{ use: [baseline, ./ours.yaml] }]
rules: { maintainer-instruction: on, legacy-env-format: { severity: info } }
allow: [{ rule: sudo-as-root, reason: \"the\\e[2J vendor\" }]
targets: [{ paths: [x], stage: final }]
exclude: [b]
baseline: known.json
",
    );
    let shown = sandbox.run(["config", "show"]);
    assert_snapshot!(sandbox.screen(&shown), @r"
    exit status 0
    --- output
    profiles: baseline, ./ours.yaml  # company/harden.yaml
    rules: legacy-env-format: severity info  # company/harden.yaml
    rules: maintainer-instruction: off  # .harden.yaml
    allow: sudo-as-root: the\u{1b}[2J vendor  # company/harden.yaml
    targets: final for x  # company/harden.yaml
    exclude: a  # .harden.yaml
    exclude: b  # company/harden.yaml
    baseline: company/known.json  # company/harden.yaml
    --- errors
    ");
    let isolated = sandbox.run(["config", "show", "--isolated"]);
    assert_snapshot!(sandbox.screen(&isolated), @"
    exit status 0
    --- output
    profiles: baseline  # default
    --- errors
    ");
}

#[test]
fn the_nearest_file_up_to_the_root_of_the_repository_counts() {
    let sandbox = with("version: 1\nrules: { legacy-env-format: off }\n");
    sandbox.file("inner/deep/Dockerfile", OLD);
    let is_off = |sandbox: &Sandbox| {
        let mut command = sandbox.command();
        command.current_dir(sandbox.path("inner/deep"));
        let output = command
            .args(["--allow=baseline", "-q"])
            .output()
            .expect("it runs");
        stdout(&output).is_empty()
    };
    assert!(!is_off(&sandbox), "there is no repository");
    std::fs::create_dir(sandbox.path(".git")).expect("a folder");
    assert!(is_off(&sandbox));
    std::fs::create_dir(sandbox.path("inner/.git")).expect("a folder");
    assert!(!is_off(&sandbox), "the file is above the repository");
}

#[test]
fn a_baseline_of_the_configuration_counts() {
    let sandbox = Sandbox::with(OLD);
    sandbox.rule(&["--write-baseline", "known.json"]);
    sandbox.file(".harden.yaml", "version: 1\nbaseline: known.json\n");
    assert_eq!(status(&sandbox.rule(&["--check"])), 0);
    sandbox.file("Dockerfile", NEW.replace("CMD", "ENV c d\nCMD"));
    assert_eq!(status(&sandbox.rule(&["--check"])), 1);
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let screens: Vec<String> = [
        "version: 2\n",
        "version: 1\nrulse: {}\n",
        "version: 1\nrules: { legacy-env-formt: on }\n",
        "version: 1\nrules: { legacy-env-format: maybe }\n",
        "version: 1\nrules: { legacy-env-format: { severty: low } }\n",
        "version: 1\nprofiles: [{ use: [baselin] }]\n",
        "version: 1\nextends: .harden.yaml\n",
        "version: 1\nextends: nothing.yaml\n",
        "version: 1\nallow: [{ rule: x, reason: \"\" }]\n",
        "version: 1\nexclude: [\"a{b\"]\n",
        "version: [\n",
    ]
    .iter()
    .map(|text| {
        let output = with(text).run(["--check"]);
        assert_eq!((status(&output), output.stdout.len()), (2, 0), "{text}");
        format!("{text}{}", stderr(&output))
    })
    .collect();
    assert_snapshot!(screens.join("\n"), @r#"
    version: 2
    error: .harden.yaml:1:1: version 2 is not known; this harden reads version 1

    version: 1
    rulse: {}
    error: .harden.yaml:2:1: unknown field `rulse`, expected one of `version`, `extends`, `profiles`, `rules`, `allow`, `targets`, `exclude`, `baseline`
      help: did you mean `rules`?

    version: 1
    rules: { legacy-env-formt: on }
    error: .harden.yaml: rules: there is no rule `legacy-env-formt`
      help: did you mean `legacy-env-format`?

    version: 1
    rules: { legacy-env-format: maybe }
    error: .harden.yaml:2:8: rules: `maybe` is neither `on` nor `off`

    version: 1
    rules: { legacy-env-format: { severty: low } }
    error: .harden.yaml:2:8: rules: `on`, `off`, or a map with `severity` or `safety`

    version: 1
    profiles: [{ use: [baselin] }]
    error: baselin: no built-in profile has that name
      help: did you mean `baseline`?

    version: 1
    extends: .harden.yaml
    error: .harden.yaml: a circle of `extends`

    version: 1
    extends: nothing.yaml
    error: cannot read the configuration `nothing.yaml`: no such file or directory

    version: 1
    allow: [{ rule: x, reason: "" }]
    error: .harden.yaml: allow: `x` has no reason

    version: 1
    exclude: ["a{b"]
    error: `a{b` is no pattern of paths: error parsing glob 'a{b': unclosed alternate group; missing '}' (maybe escape '{' with '[{]'?)

    version: [
    error: .harden.yaml:1:10: version: invalid type: sequence, expected u32
    "#);
}

#[test]
fn two_files_that_extend_each_other_are_a_circle() {
    let sandbox = with("version: 1\nextends: shared/one.yaml\n");
    sandbox.file("shared/one.yaml", "version: 1\nextends: ../.harden.yaml\n");
    let output = sandbox.run(["--check"]);
    assert_eq!((status(&output), output.stdout.len()), (2, 0));
    assert_eq!(
        stderr(&output),
        "error: shared/one.yaml: a circle of `extends`\n"
    );
}
