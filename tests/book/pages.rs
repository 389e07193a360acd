//! The pages of rules and profiles, and the lists of them.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use harden::profile::library::{self, BUILT_IN};
use harden::rule::Rule;
use harden::rules;

pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

const HAND_WRITTEN: [(&str, &[(&str, &str)]); 2] = [
    (
        "Use",
        &[
            ("Adopting harden in an old repository", "adopting.md"),
            ("Merge requests", "merge-requests.md"),
            ("Configuration", "configuration.md"),
            ("Allowing findings", "suppressions.md"),
            ("Pipelines", "pipelines.md"),
            ("Where teams already are", "integrations.md"),
            ("The gate", "gate.md"),
            ("Many repositories", "batch.md"),
            ("Editors", "editors.md"),
            ("The JSON report", "json.md"),
        ],
    ),
    (
        "What it knows",
        &[
            ("What harden will not do", "limits.md"),
            ("Standards", "standards.md"),
            ("Writing a profile", "writing-a-profile.md"),
        ],
    ),
];

pub fn summary() -> String {
    let mut text = "# Summary\n\n[harden](introduction.md)\n".to_string();
    for (part, pages) in HAND_WRITTEN {
        let _ = writeln!(text, "\n# {part}\n");
        for (title, file) in pages {
            let _ = writeln!(text, "- [{title}]({file})");
        }
    }
    text.push_str("- [Profiles](profiles.md)\n");
    for (name, _) in BUILT_IN {
        let _ = writeln!(text, "  - [{name}](profiles/{name}.md)");
    }
    text.push_str("- [Rules](rules.md)\n");
    for rule in rules::ALL {
        let _ = writeln!(text, "  - [{}](rules/{}.md)", rule.id, rule.id);
    }
    text
}

/// What comes of the findings of a rule, as its page shows it.
pub fn does(rule: &Rule) -> &'static str {
    match rule.page.contains("```dockerfile after") || rule.page.contains("```yaml after") {
        true => "fixes",
        false => "reports",
    }
}

/// Whether the profile that is the default switches the rule on.
fn is_on(rule: &Rule) -> bool {
    let baseline = library::resolve(library::DEFAULT, &|name, _| Err(name.to_string()));
    let baseline = baseline.expect("the default profile");
    harden::profile::switches_on(rule.id, &[&baseline])
}

pub fn rules() -> String {
    let mut text = "# Rules\n\nA rule that is *on* belongs to `baseline`; the others are switched on by a profile, by `.harden.yaml` or with `--rule`. Rules about *pipelines* belong to `gitlab-ci` and the profiles that extend it, those about *workflows* to `github-workflows`.\n\n\
        | rule | | severity | | |\n|---|---|---|---|---|\n"
        .to_string();
    for rule in rules::ALL {
        let (check, mut on) = (rule.check, Vec::new());
        if check.of_dockerfiles().is_some() {
            on.push(if is_on(rule) { "on" } else { "off" });
        }
        on.extend(check.of_pipelines().map(|_| "pipelines"));
        on.extend(check.of_workflows().map(|_| "workflows"));
        let on = on.join(", ");
        let (id, severity) = (rule.id, rule.severity.as_str());
        let summary = rule.summary.replace('|', "\\|");
        let _ = writeln!(
            text,
            "| [{id}](rules/{id}.md) | {summary} | {severity} | {} | {on} |",
            does(rule)
        );
    }
    text
}

pub fn rule_page(rule: &Rule) -> String {
    let (heading, page) = rule.page.split_once('\n').expect("a heading");
    assert_eq!(heading, format!("# {}", rule.id));
    let (check, mut on) = (rule.check, Vec::new());
    if check.of_dockerfiles().is_some() && is_on(rule) {
        on.push("`baseline`");
    }
    on.extend(check.of_pipelines().map(|_| "`gitlab-ci`"));
    on.extend(check.of_workflows().map(|_| "`github-workflows`"));
    let on = match on.as_slice() {
        [] => "off unless switched on".to_string(),
        on => format!("in {}", on.join(", ")),
    };
    let aliases: Vec<String> = rule
        .aliases
        .iter()
        .map(|alias| format!("`{alias}`"))
        .collect();
    let elsewhere = match aliases.is_empty() {
        true => String::new(),
        false => format!(" · elsewhere {}", aliases.join(", ")),
    };
    format!(
        "{heading}\n\n*{}* · severity {} · {on}{elsewhere}\n{page}",
        rule.summary,
        rule.severity.as_str()
    )
}

pub fn profiles() -> String {
    let mut text = "# Profiles\n\nA profile says what an image shall be; harden makes the file so, or says why not. Without `-p` it is `baseline`.\n\n\
        | profile | |\n|---|---|\n"
        .to_string();
    for (name, source) in BUILT_IN {
        let profile = library::parse(name, source).expect("a profile");
        let _ = writeln!(text, "| [{name}](profiles/{name}.md) | {} |", profile.title);
    }
    text
}

/// The Dockerfile that shows what a profile does; `None` for a profile that others complete.
fn example(profile: &str) -> Option<&'static str> {
    Some(match profile {
        // What it says of a workflow is told, not changed.
        "mirror" | "github-workflows" => return None,
        _ if profile.starts_with("gitlab-ci") => "examples/gitlab",
        "node-ubi" | "slim" | "chainguard" | "docker-hardened-images" => "examples/node",
        "java-ubi" => "examples/java",
        "go-ubi" | "distroless" | "supported" => "examples/go",
        "php-ubi" => "examples/php",
        "ruby-ubi" => "examples/ruby",
        "nginx-ubi" | "unprivileged" => "examples/nginx",
        "ubi" => "examples/debian",
        _ if profile.starts_with("dotnet") => "examples/aspnet-template",
        _ => "examples/python",
    })
}

pub fn profile_page(name: &str, source: &str) -> String {
    let profile = library::parse(name, source).expect("a profile");
    let mut text = format!(
        "# {name}\n\n*{}*\n\n{}\n",
        profile.title,
        profile.description.trim_end()
    );
    if let Some(parent) = &profile.extends {
        let _ = writeln!(text, "\nExtends [{parent}]({parent}.md).");
    }
    if !profile.bases.is_empty() {
        text.push_str("\n## Base images\n\n| from | tag | to |\n|---|---|---|\n");
    }
    for base in &profile.bases {
        for (tag, image) in &base.tags {
            let _ = writeln!(
                text,
                "| `{}` | `{tag}` | `{}` |",
                base.image,
                image.as_str()
            );
        }
    }
    if !profile.steps.is_empty() {
        text.push_str("\n## Steps\n\n");
    }
    for step in &profile.steps {
        let why = step.why.as_deref().unwrap_or("");
        let _ = writeln!(text, "- `{}`: {why}", step.verb.name());
    }
    if let Some(example) = example(name) {
        let patch = patch(name, example);
        assert!(!patch.is_empty(), "{name} does nothing to {example}");
        let _ = write!(
            text,
            "\n## What it makes of an example\n\n```console\n$ harden -p {name} {example}\n```\n\n```diff\n{patch}```\n"
        );
    }
    let _ = write!(text, "\n## As it is written\n\n```yaml\n{}```\n", source);
    text
}

fn patch(profile: &str, example: &str) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_harden"));
    command
        .args(["--isolated", "--quiet", "-p", profile])
        .arg(Path::new(example));
    let output = command.current_dir(root()).output();
    String::from_utf8(output.expect("the program runs").stdout).expect("UTF-8")
}
