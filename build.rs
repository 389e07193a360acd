//! Turns `profiles/images.yaml` into a table that needs no work at start: image name → its facts as JSON, read when the
//! image is first asked for.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Map, Value, json};

fn main() {
    let source = "profiles/images.yaml";
    println!("cargo::rerun-if-changed={source}");
    println!("cargo::rerun-if-changed=build.rs");
    let text = std::fs::read_to_string(source).expect("profiles/images.yaml is readable");
    let table: Value = serde_yaml::from_str(&text).expect("profiles/images.yaml is YAML");
    let rows = table["images"].as_array().expect("`images` is a list");
    let mut images: Vec<(String, Value)> = rows.iter().map(image).collect();
    images.sort_by(|one, other| one.0.cmp(&other.0));
    let mut code = String::from("[\n");
    for (name, facts) in images {
        writeln!(code, "({name:?}, {:?}),", facts.to_string()).expect("a string takes all");
    }
    code.push(']');
    let folder = std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR");
    std::fs::write(Path::new(&folder).join("images.rs"), code).expect("OUT_DIR is writable");
}

/// The name of an image, and its row with the facts apart from the rest.
fn image(row: &Value) -> (String, Value) {
    let mut facts = row.as_object().expect("an image is a map").clone();
    let mut take = |key: &str| facts.remove(key).unwrap_or(Value::Null);
    let name = take("image")
        .as_str()
        .expect("`image` is a string")
        .to_string();
    let source = take("source");
    let tags = take("tags");
    let tags: Vec<Value> = tags.as_array().into_iter().flatten().map(tag_row).collect();
    (
        name,
        json!({ "source": source, "facts": facts, "tags": tags }),
    )
}

fn tag_row(row: &Value) -> Value {
    let mut facts: Map<String, Value> = row.as_object().expect("a tag row is a map").clone();
    let patterns = facts.remove("match").expect("a tag row has `match`");
    json!({ "match": patterns, "facts": facts })
}
