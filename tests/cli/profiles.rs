//! Profiles from files, and what is said of bad ones.

use super::sandbox::{Sandbox, status, stderr, stdout};
use insta::assert_snapshot;

#[test]
fn built_in_profiles_are_listed_shown_and_explained() {
    let sandbox = Sandbox::new();
    let list = stdout(&sandbox.run(["profile", "list"]));
    for name in [
        "baseline",
        "dotnet-ubi",
        "dotnet-ubi-sdk",
        "dotnet-ubi-pipeline",
    ] {
        assert!(
            list.lines()
                .any(|line| line.starts_with(&format!("{name} "))),
            "{list}"
        );
        let shown = stdout(&sandbox.run(["profile", "show", name]));
        assert!(shown.contains(&format!("\nname: {name}\n")), "{shown}");
        let page = stdout(&sandbox.run(["explain", name]));
        assert!(page.starts_with(&format!("{name}: ")), "{page}");
    }
    let shown = stdout(&sandbox.run(["profile", "show", "dotnet-ubi"]));
    assert!(shown.contains("\n---\n# baseline\n"), "{shown}");
}

#[test]
fn a_profile_extends_the_file_beside_it() {
    let sandbox = Sandbox::with("FROM example.org/old:1\nUSER 1001\nCMD [\"run\"]\n");
    let child = "version: 1\nname: child\ntitle: T\nextends: ../profile.yaml\n";
    sandbox.file("a/b/profile.yaml", child);
    sandbox.file("a/profile.yaml", child.replace("child", "parent"));
    sandbox.file(
        "profile.yaml",
        "version: 1\nname: root\ntitle: T\nbases:\n  - image: example.org/old\n    tags: { \"1\": example.org/new:1 }\n",
    );
    let output = sandbox.run(["-q", "-p", "a/b/profile.yaml"]);
    assert!(
        stdout(&output).contains("+FROM example.org/new:1"),
        "{}",
        stderr(&output)
    );
    let output = sandbox.run(["profile", "show", "a/b/profile.yaml"]);
    let origins: Vec<String> = stdout(&output)
        .lines()
        .filter_map(|line| line.strip_prefix("# "))
        .map(String::from)
        .collect();
    assert_eq!(
        origins,
        ["a/b/profile.yaml", "a/profile.yaml", "profile.yaml"]
    );
}

#[test]
fn the_errors_of_a_profile_have_line_and_column_and_say_what_was_expected() {
    let sandbox = Sandbox::new();
    let head = "version: 1\nname: x\ntitle: X\n";
    let bad = [
        ("unknown-key", "steps:\n  - { usr: \"1001\" }\n"),
        ("unknown-top", "step: []\n"),
        ("wrong-type", "steps:\n  - { user: [1001] }\n"),
        ("wrong-list", "bases: yes\n"),
        ("twice", "title: Y\n"),
        ("twice-in-map", "rules:\n  a: on\n  a: off\n"),
        ("no-rule", "extends: baseline\nrules:\n  legacy-env: off\n"),
        ("no-profile", "extends: baselin\n"),
        ("no-file", "extends: other.yaml\n"),
        ("circle", "extends: circle.yaml\n"),
        ("syntax", "steps: [\n"),
        ("control", "\"st\\u001b[2Jeps\": []\n"),
    ];
    let mut screens = String::new();
    for (name, body) in bad {
        let file = format!("{name}.yaml");
        sandbox.file(&file, format!("{head}{body}"));
        let output = sandbox.run(["profile", "check", &file]);
        assert_eq!((status(&output), output.stdout.len()), (2, 0), "{name}");
        screens.push_str(&stderr(&output));
        let run = sandbox.run(["-p", &file, "Dockerfile"]);
        assert_eq!(stderr(&run), stderr(&output), "{name}");
        assert_eq!(status(&run), 2, "{name}");
    }
    assert_snapshot!(screens, @r#"
    error: unknown-key.yaml:5:7: steps[0]: unknown field `usr`, expected one of `own`, `group`, `owner`, `any_user`, `user`, `at`, `prefer`, `unknown_base`, `env`, `unless_set`, `listen`, `ports`, `expose`, `cmd`, `entrypoint`, `label`, `why`, `comment`, `space`
      help: did you mean `user`?
    error: unknown-top.yaml:4:1: unknown field `step`, expected one of `version`, `name`, `title`, `description`, `extends`, `match`, `bases`, `mirrors`, `let`, `steps`, `pipeline`, `strip`, `rules`
      help: did you mean `steps`?
    error: wrong-type.yaml:5:13: steps[0].user: invalid type: sequence, expected a string
    error: wrong-list.yaml:4:8: bases: invalid type: string "yes", expected a sequence
    error: twice.yaml:4:1: duplicate field `title`
    error: twice-in-map.yaml:5:3: rules: invalid entry: found duplicate key
    error: no-rule.yaml:6:3: rules: there is no rule `legacy-env`
      help: did you mean `legacy-env-format`?
    error: no-profile.yaml:4:1: no built-in profile has that name
      help: did you mean `baseline`?
    error: no-file.yaml:4:1: cannot read the profile `other.yaml`: no such file or directory
    error: circle.yaml:4:1: a circle of `extends`: `circle.yaml` extends `circle.yaml`
    error: syntax.yaml:5:1: did not find expected node content
    error: control.yaml:4:1: unknown field `st\u{1b}[2Jeps`, expected one of `version`, `name`, `title`, `description`, `extends`, `match`, `bases`, `mirrors`, `let`, `steps`, `pipeline`, `strip`, `rules`
    "#);
}

#[test]
fn a_good_file_beside_a_bad_one_is_checked_all_the_same() {
    let sandbox = Sandbox::new();
    sandbox.file("good", "version: 1\nname: x\ntitle: X\nextends: baseline\n");
    sandbox.file("bad.yaml", [0xff]);
    sandbox.file(
        "rules.yaml",
        "version: 1\nname: x\ntitle: X\nrules: { legacy-env: on }\n",
    );
    let files = [
        "profile",
        "check",
        "bad.yaml",
        "rules.yaml",
        "missing.yaml",
        ".",
        "good",
    ];
    assert_snapshot!(sandbox.screen(&sandbox.run(files)), @"
    exit status 2
    --- output
    good: ok
    --- errors
    error: bad.yaml: cannot read the profile: not UTF-8 text at byte 0
    error: rules.yaml:4:10: rules: there is no rule `legacy-env`
      help: did you mean `legacy-env-format`?
    error: missing.yaml: cannot read the profile: no such file or directory
    error: ./.: cannot read the profile: is a directory
    ");
}

#[test]
fn what_a_server_loses_and_what_becomes_of_its_port_is_said() {
    let written = "FROM nginx:1.27\nCOPY <<EOF /etc/nginx/conf.d/default.conf\nserver {\n  listen 80;\n}\nEOF\n";
    let reasons = |file: &str| {
        let output = Sandbox::with(file).run(["--diff"]);
        let text = stderr(&output);
        let line = text.lines().position(|line| line.contains("open ports"));
        let lines: Vec<&str> = text
            .lines()
            .skip(line.expect("a port moves"))
            .take(2)
            .collect();
        lines.join("\n")
    };
    assert_snapshot!(reasons("FROM nginx:1.27\n"), @"
    line 2: open ports that need no root: `EXPOSE 8080`
      A port below 1024 needs a capability that the user lacks. nginx names its port in redirects that it makes itself: where the old one must stand there, set `absolute_redirect off`. It listens on IPv4 only: as another user than root, the image does not add a port of IPv6 to its own configuration.
    ");
    assert_snapshot!(reasons(written), @"
    line 4: open ports that need no root: `80` becomes `8080` in COPY, `EXPOSE 8080`
      A port below 1024 needs a capability that the user lacks. nginx names its port in redirects that it makes itself: where the old one must stand there, set `absolute_redirect off`.
    ");
}
