//! The GitHub Action: its scripts as a runner runs them.

use std::path::Path;
use std::process::Output;

use super::repository::{NEW, OLD, Repository, root, said};
use super::tools;
use serde_yaml::Value;

fn action() -> Value {
    let text = std::fs::read_to_string(root().join("action.yml")).expect("the action");
    serde_yaml::from_str(&text).expect("YAML")
}

fn steps(action: &Value) -> &Vec<Value> {
    action["runs"]["steps"].as_sequence().expect("steps")
}

/// The script of the last step with these inputs, as a composite action runs it.
fn run(repository: &Repository, inputs: &[(&str, &str)]) -> Output {
    let action = action();
    let step = steps(&action).last().expect("a step");
    let script = repository.path().join(".script.sh");
    std::fs::write(&script, step["run"].as_str().expect("a script")).expect("a file");
    let mut command = repository.command(Path::new("bash"));
    command.args(["--noprofile", "--norc", "-e", "-o", "pipefail"]);
    command.arg(&script);
    command.env("GITHUB_OUTPUT", repository.path().join(".output"));
    for (name, value) in step["env"].as_mapping().expect("an environment") {
        let from = value.as_str().expect("a text");
        let input = from
            .strip_prefix("${{ inputs.")
            .and_then(|rest| rest.strip_suffix(" }}"))
            .unwrap_or_else(|| panic!("{from} is no input"));
        let given = inputs.iter().find(|(name, _)| *name == input);
        let default = action["inputs"][input]["default"].as_str();
        let value = given.map_or(default.expect("a default"), |given| given.1);
        command.env(name.as_str().expect("a name"), value);
    }
    command.output().expect("bash runs")
}

fn project() -> Repository {
    let files = [
        ("Dockerfile", OLD),
        ("a b/Dockerfile", OLD),
        ("done/Dockerfile", NEW),
    ];
    Repository::new(&[], &files)
}

#[test]
fn inputs_reach_scripts_by_the_environment_alone() {
    let action = action();
    let mut used: Vec<String> = Vec::new();
    for step in steps(&action) {
        let script = step["run"].as_str().expect("a script");
        assert!(!script.contains("${{"), "{script}");
        if let Some(environment) = step["env"].as_mapping() {
            let values = environment.values().filter_map(Value::as_str);
            used.extend(values.map(|value| value.replace("${{ inputs.", "").replace(" }}", "")));
        }
    }
    let inputs = action["inputs"].as_mapping().expect("inputs").keys();
    let inputs: Vec<&str> = inputs.filter_map(Value::as_str).collect();
    assert_eq!(used, inputs);
}

#[test]
fn findings_are_annotations_an_output_and_a_report() {
    let project = project();
    let inputs = [("paths", "Dockerfile\na b"), ("sarif", "out put.sarif")];
    let output = run(&project, &inputs);
    let text = said(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(
        text.contains("::warning file=a b/Dockerfile,line=2,"),
        "{text}"
    );
    assert_eq!(project.read(".output"), "findings=true\n");
    let report: serde_json::Value =
        serde_json::from_str(&project.read("out put.sarif")).expect("JSON");
    assert!(
        report["runs"][0]["results"]
            .as_array()
            .expect("results")
            .len()
            >= 2
    );

    let output = run(&project, &[("fail", "false")]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let output = run(&project, &[("paths", "done"), ("safe", "true")]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(project.read(".output").ends_with("findings=false\n"));
}

#[test]
fn inputs_are_no_commands() {
    let project = project();
    for (name, value) in [
        ("paths", "$(touch hacked)\n`touch hacked`\n; touch hacked"),
        ("profile", "\"; touch hacked; \""),
        ("paths", "--write"),
    ] {
        let output = run(&project, &[(name, value), ("fail", "false")]);
        assert_eq!(output.status.code(), Some(2), "{}", said(&output));
        assert!(!project.path().join("hacked").exists(), "{value}");
        assert_eq!(project.read("Dockerfile"), OLD, "{value}");
    }
}

/// Against the schemas that editors use for the files of both forges.
#[test]
#[ignore = "installs check-jsonschema"]
fn the_action_is_valid() {
    let Some(program) = tools::check_jsonschema("the_action_is_valid") else {
        return;
    };
    let project = project();
    let mut command = project.command(&program);
    command.args(["--builtin-schema", "vendor.github-actions"]);
    let output = command.arg(root().join("action.yml")).output();
    let output = output.expect("check-jsonschema runs");
    assert!(output.status.success(), "{}", said(&output));
}
