//! The JSON Schemas that editors use against the code that reads the files: neither knows a key that the other does not.

use std::collections::BTreeSet;
use std::path::Path;

use harden::profile::library::{self, BUILT_IN};
use serde_json::{Map, Value};

fn json(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn violations(schema: &Value, value: &Value) -> Vec<String> {
    let validator = jsonschema::validator_for(schema).expect("a schema");
    let errors = validator.iter_errors(value);
    errors
        .map(|error| format!("{}: {error}", error.instance_path))
        .collect()
}

/// YAML as JSON; keys of maps become strings.
fn as_json(value: serde_yaml::Value) -> Value {
    match value {
        serde_yaml::Value::Mapping(map) => {
            let key = |key: serde_yaml::Value| match key {
                serde_yaml::Value::String(text) => text,
                other => as_json(other).to_string(),
            };
            let entries = map
                .into_iter()
                .map(|(one, value)| (key(one), as_json(value)));
            Value::Object(entries.collect::<Map<_, _>>())
        }
        serde_yaml::Value::Sequence(list) => list.into_iter().map(as_json).collect(),
        other => serde_json::to_value(other).expect("a plain value"),
    }
}

/// The names in backticks after the word `expected` of an error about a key that is not known.
fn expected(error: &str) -> BTreeSet<String> {
    let list = error.split_once("expected ").expect("a list of keys").1;
    let list = list.split("\nhelp").next().expect("the list");
    let names = list.split('`').skip(1).step_by(2);
    names.map(String::from).collect()
}

fn keys(schema: &Value) -> BTreeSet<String> {
    let properties = schema["properties"].as_object().expect("properties");
    properties.keys().cloned().collect()
}

#[test]
fn the_schema_of_profiles_has_the_keys_that_are_read() {
    let schema = json("profiles/schema.json");
    let parts = &schema["$defs"];
    for (text, part) in [
        ("nosuchkey: 1", &schema),
        ("match: { nosuchkey: 1 }", &parts["match"]),
        ("bases: [{ nosuchkey: 1 }]", &parts["base"]),
        ("let: { a: { nosuchkey: 1 } }", &parts["reading"]),
        ("steps: [{ nosuchkey: 1 }]", &parts["step"]),
        (
            "pipeline: { nosuchkey: 1 }",
            &schema["properties"]["pipeline"],
        ),
    ] {
        let profile = format!("version: 1\nname: x\ntitle: X\n{text}\n");
        let error = library::parse("x", &profile).expect_err("an unknown key");
        assert_eq!(expected(&error.message), keys(part), "{text}");
    }
}

#[test]
fn the_built_in_profiles_follow_the_schema() {
    let schema = json("profiles/schema.json");
    for (name, text) in BUILT_IN {
        let value = as_json(serde_yaml::from_str(text).expect("YAML"));
        assert_eq!(violations(&schema, &value), [""; 0], "{name}");
    }
}

#[test]
fn the_schema_of_profiles_refuses_what_is_refused() {
    let schema = json("profiles/schema.json");
    for text in [
        "steps: [{ user: app }]",
        "steps: [{ user: \"1\", expose: 80 }]",
        "steps: [{ group: \"0\", user: \"1\" }]",
        "rules: { a: maybe }",
        "match: { stage: last }",
        "bases: [{ image: a }]",
        "strip: [toys]",
        "version: 2",
    ] {
        let profile = format!("name: x\ntitle: X\n{text}\n");
        let profile = match text.starts_with("version") {
            true => profile,
            false => format!("version: 1\n{profile}"),
        };
        assert!(library::parse("x", &profile).is_err(), "{text}");
        let value = as_json(serde_yaml::from_str(&profile).expect("YAML"));
        assert_ne!(violations(&schema, &value), [""; 0], "{text}");
    }
}

/// What the program says of a configuration.
fn complaint(text: &str) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join(".harden.yaml"), text).expect("a file");
    let mut program = std::process::Command::new(env!("CARGO_BIN_EXE_harden"));
    let program = program.args(["config", "show"]).current_dir(folder.path());
    let output = program.output().expect("the program runs");
    String::from_utf8(output.stderr).expect("UTF-8")
}

#[test]
fn the_schema_of_the_configuration_has_the_keys_that_are_read() {
    let schema = json("config.schema.json");
    let parts = &schema["$defs"];
    for (text, part) in [
        ("nosuchkey: 1", &schema),
        ("profiles: [{ nosuchkey: 1 }]", &parts["use"]),
        ("allow: [{ nosuchkey: 1 }]", &parts["allow"]),
        ("targets: [{ nosuchkey: 1 }]", &parts["target"]),
        ("registries: { a: { nosuchkey: 1 } }", &parts["registry"]),
    ] {
        let error = complaint(&format!("version: 1\n{text}\n"));
        assert_eq!(expected(&error), keys(part), "{text}: {error}");
    }
}

#[test]
fn the_configuration_of_the_documentation_is_valid() {
    let schema = json("config.schema.json");
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/configuration.md");
    let page = std::fs::read_to_string(page).expect("the page");
    let block = page.split("```yaml\n").nth(1).expect("a block");
    let text = block.split("```").next().expect("its end");
    let value = as_json(serde_yaml::from_str(text).expect("YAML"));
    assert_eq!(violations(&schema, &value), [""; 0]);
    let alone = text.replace("extends: company/harden.yaml", "");
    assert_eq!(complaint(&alone), "");
    let severity = "rules: { legacy-env-format: { severity: awful } }";
    let wrong = format!("version: 1\n{severity}\n");
    let value = as_json(serde_yaml::from_str(&wrong).expect("YAML"));
    assert_ne!(violations(&schema, &value), [""; 0]);
    assert_ne!(complaint(&wrong), "");
}

/// What `harden gate` says of an allow-list, on a report that is empty.
fn complaint_about_list(text: &str) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("allow.yaml"), text).expect("a file");
    std::fs::write(folder.path().join("r.json"), "{\"matches\":[]}").expect("a file");
    let mut program = std::process::Command::new(env!("CARGO_BIN_EXE_harden"));
    let program = program.args(["gate", "r.json", "--allow-list", "allow.yaml"]);
    let output = program.current_dir(folder.path()).output();
    String::from_utf8(output.expect("the program runs").stderr).expect("UTF-8")
}

#[test]
fn the_schema_of_allow_lists_has_the_keys_that_are_read_and_refuses_what_is_refused() {
    let schema = json("allow-list.schema.json");
    for (text, part) in [
        ("version: 1\nnosuchkey: 1", &schema),
        (
            "version: 1\nallow: [{ nosuchkey: 1 }]",
            &schema["$defs"]["entry"],
        ),
    ] {
        let error = complaint_about_list(text);
        assert_eq!(expected(&error), keys(part), "{text}: {error}");
    }
    for text in [
        "version: 2\nallow: []",
        "version: 1",
        "version: 1\nallow: [{ id: CVE-1 }]",
        "version: 1\nallow: [{ reason: x }]",
        "version: 1\nallow: [{ id: CVE-1, reason: ' ' }]",
        "version: 1\nallow: [{ id: CVE-1, reason: x, until: soon }]",
    ] {
        let value = as_json(serde_yaml::from_str(text).expect("YAML"));
        assert_ne!(violations(&schema, &value), [""; 0], "{text}");
        assert_ne!(complaint_about_list(text), "", "{text}");
    }
}

#[test]
fn the_allow_list_of_the_documentation_is_valid() {
    let schema = json("allow-list.schema.json");
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/gate.md");
    let page = std::fs::read_to_string(page).expect("the page");
    let block = page.split("```yaml\n").nth(1).expect("a block");
    let text = block.split("```").next().expect("its end");
    let value = as_json(serde_yaml::from_str(text).expect("YAML"));
    assert_eq!(violations(&schema, &value), [""; 0]);
    assert_eq!(complaint_about_list(text), "");
}
