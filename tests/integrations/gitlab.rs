//! The component for GitLab CI/CD, run by gitlab-ci-local.

use std::process::Output;

use serde_json::Value;

use super::repository::{NEW, OLD, Repository, said};
use super::tools;

const COMPONENT: &str = "templates/harden.yml";

/// A project that includes the component with these inputs, and what its pipeline did.
fn pipeline(test: &str, inputs: &str) -> Option<(Repository, Output)> {
    let program = tools::gitlab_ci_local(test)?;
    let config = format!(
        "include:\n  - component: $CI_SERVER_FQDN/$CI_PROJECT_PATH/harden@$CI_COMMIT_SHA\n    inputs:\n      image: registry.example.com/harden:1\n{inputs}"
    );
    let files = [
        (".gitlab-ci.yml", config.as_str()),
        ("Dockerfile", OLD),
        ("with blank/Dockerfile", OLD),
        ("done/Dockerfile", NEW),
    ];
    let repository = Repository::new(&[COMPONENT], &files);
    let mut command = repository.command(&program);
    command.env("HOME", repository.path()).env_remove("CI");
    command.args([
        "--force-shell-executor",
        "--no-color",
        "--artifacts-to-source",
    ]);
    command.args(["--variable", "CI_SERVER_FQDN=gitlab.example.com"]);
    let output = command.output().expect("gitlab-ci-local runs");
    Some((repository, output))
}

#[test]
#[ignore = "installs gitlab-ci-local"]
fn findings_are_a_warning_and_a_report() {
    let inputs = "      paths: |-\n        Dockerfile\n        with blank\n";
    let Some((repository, output)) = pipeline("findings_are_a_warning_and_a_report", inputs) else {
        return;
    };
    let text = said(&output);
    assert!(text.contains("WARN  harden"), "{text}");
    assert!(
        text.contains("2 files looked at: 2 files to change"),
        "{text}"
    );
    let report = repository.read("gl-code-quality-report.json");
    let report: Value = serde_json::from_str(&report).expect("JSON");
    let mut paths: Vec<&str> = report
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|issue| issue["location"]["path"].as_str())
        .collect();
    paths.dedup();
    assert_eq!(paths, ["Dockerfile", "with blank/Dockerfile"]);
}

#[test]
#[ignore = "installs gitlab-ci-local"]
fn strict_findings_fail_and_a_clean_folder_passes() {
    let test = "strict_findings_fail_and_a_clean_folder_passes";
    let Some((_, output)) = pipeline(test, "      strict: true\n      job-name: other\n") else {
        return;
    };
    assert!(said(&output).contains("FAIL  other"), "{}", said(&output));
    let inputs = "      strict: true\n      paths: done\n      safe: true\n";
    let (_, output) = pipeline(test, inputs).expect("it is installed");
    assert!(said(&output).contains("PASS  harden"), "{}", said(&output));
}

#[test]
#[ignore = "installs gitlab-ci-local"]
fn inputs_are_no_commands_and_errors_no_warnings() {
    let inputs = "      profile: $(touch hacked)\n      paths: |-\n        $(touch hacked)\n        `touch hacked`\n";
    let test = "inputs_are_no_commands_and_errors_no_warnings";
    let Some((repository, output)) = pipeline(test, inputs) else {
        return;
    };
    let text = said(&output);
    assert!(text.contains("FAIL  harden"), "{text}");
    assert!(text.contains("no built-in profile has that name"), "{text}");
    assert!(!repository.path().join("hacked").exists(), "{text}");
}

/// A pipeline as it is where GitLab's template of the scan is at hand, which is not fetched here.
fn with_scan(pipeline: &str) -> String {
    let template = "  - template: Jobs/Container-Scanning.gitlab-ci.yml\n";
    let job = "\ncontainer_scanning:\n";
    pipeline
        .replace(&format!("include:\n{template}\n"), "")
        .replace(template, "")
        .replace(job, &format!("{job}  script: [\"true\"]\n"))
}

/// The cases of pipelines that harden changes, each with the files of its pipeline; those that name other projects are left out.
fn changed_pipelines() -> Vec<(String, Vec<(String, String)>)> {
    let root = super::repository::root();
    let read = |path: &std::path::Path| std::fs::read_to_string(path).expect("a text");
    let folders = |path: std::path::PathBuf| {
        let entries = std::fs::read_dir(path).expect("a folder");
        let paths = entries.map(|entry| entry.expect("an entry").path());
        paths.filter(|path| path.is_dir()).collect::<Vec<_>>()
    };
    let mut pipelines = Vec::new();
    for case in folders(root.join("tests/pipelines"))
        .into_iter()
        .flat_map(folders)
    {
        let name = case.strip_prefix(root.join("tests/pipelines"));
        let name = name.expect("a case").display().to_string();
        let golden = root.join(format!("snapshots/pipelines/{name}.yml"));
        // A workflow is never changed, and has none.
        if !golden.exists() {
            continue;
        }
        let changed = with_scan(&read(&golden));
        let is_local = !["template:", "remote:", "project:", "spec:"]
            .iter()
            .any(|word| changed.contains(word));
        if !is_local || read(&golden) == read(&case.join("in.yml")) {
            continue;
        }
        let mut files = vec![(".gitlab-ci.yml".to_string(), changed)];
        for entry in std::fs::read_dir(&case).expect("a folder") {
            let path = entry.expect("an entry").path();
            let file = path.file_name().expect("a name").to_string_lossy();
            if file != "in.yml" {
                files.push((file.to_string(), read(&path)));
            }
        }
        pipelines.push((name, files));
    }
    pipelines.sort();
    pipelines
}

#[test]
#[ignore = "installs gitlab-ci-local"]
fn changed_pipelines_are_accepted() {
    let Some(program) = tools::gitlab_ci_local("changed_pipelines_are_accepted") else {
        return;
    };
    let pipelines = changed_pipelines();
    assert!(pipelines.len() >= 30, "only {}", pipelines.len());
    let list = |files: &[(String, String)]| {
        let files: Vec<(&str, &str)> = files
            .iter()
            .map(|(name, text)| (name.as_str(), text.as_str()))
            .collect();
        let repository = Repository::new(&[], &files);
        let mut command = repository.command(&program);
        command
            .env("HOME", repository.path())
            .env_remove("CI")
            .args(["--list", "--no-color"]);
        command.output().expect("gitlab-ci-local runs")
    };
    let accept = |(name, files): &(String, Vec<(String, String)>)| {
        let output = list(files);
        if output.status.success() {
            return;
        }
        // What was refused before may be refused behind the change: a circle of `extends`.
        let source = super::repository::root().join(format!("tests/pipelines/{name}/in.yml"));
        let source = std::fs::read_to_string(source).expect("a text");
        let mut files = files.clone();
        if let Some((_, text)) = files.first_mut() {
            *text = source;
        }
        let was_accepted = list(&files).status.success();
        assert!(!was_accepted, "{name}: {}", said(&output));
    };
    // The program mostly waits for others that it starts.
    std::thread::scope(|scope| {
        for part in pipelines.chunks(pipelines.len().div_ceil(6)) {
            scope.spawn(|| part.iter().for_each(accept));
        }
    });
}

/// The commands of the builder, as a program in its place sees them.
#[test]
#[ignore = "installs gitlab-ci-local"]
fn a_changed_pipeline_runs() {
    use std::os::unix::fs::PermissionsExt as _;
    let Some(program) = tools::gitlab_ci_local("a_changed_pipeline_runs") else {
        return;
    };
    let golden = super::repository::root().join("snapshots/pipelines/gitlab-ci/all-options.yml");
    let config = with_scan(&std::fs::read_to_string(golden).expect("the golden file"));
    let builder = "#!/bin/sh\n[ \"$1\" = login ] && cat > /dev/null\necho \"buildah:$#: $*\"\n";
    let files = [
        (".gitlab-ci.yml", config.as_str()),
        ("programs/buildah", builder),
    ];
    let repository = Repository::new(&[], &files);
    let stub = repository.path().join("programs/buildah");
    std::fs::set_permissions(stub, std::fs::Permissions::from_mode(0o755)).expect("a program");
    let paths = std::iter::once(repository.path().join("programs"));
    let all = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths(paths.chain(std::env::split_paths(&all))).expect("a path");
    let mut command = repository.command(&program);
    command
        .env("HOME", repository.path())
        .env("PATH", path)
        .env_remove("CI");
    command.args(["--force-shell-executor", "--no-color", "build"]);
    for variable in [
        "CI_REGISTRY=registry.example.com",
        "CI_REGISTRY_IMAGE=registry.example.com/shop",
        "CI_REGISTRY_USER=me",
        "CI_REGISTRY_PASSWORD=secret word",
        "CI_COMMIT_SHA=abc",
        "CI_COMMIT_TAG=a b",
    ] {
        command.args(["--variable", variable]);
    }
    let output = command.output().expect("gitlab-ci-local runs");
    let text = said(&output);
    for line in [
        "buildah:5: login --username me --password-stdin registry.example.com",
        "--build-arg VERSION=a b --build-arg HTTP_PROXY",
        "--cache-from registry.example.com/shop/cache --cache-to registry.example.com/shop/cache --tag registry.example.com/shop:abc --tag registry.example.com/shop:latest .",
        "buildah:2: push registry.example.com/shop:abc",
        "buildah:2: push registry.example.com/shop:latest",
        "PASS  build",
    ] {
        assert!(text.contains(line), "no `{line}` in {text}");
    }
}
