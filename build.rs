//! Turns the tables of `profiles/` into Rust data that needs no work at start.
//!
//! * `images.yaml`: image name → its facts as JSON, read when the image is first asked for.
//! * `packages.yaml`: constants, with an index by the name in each family.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Map, Value, json};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    write("images.rs", &images(&read("profiles/images.yaml")));
    write("packages.rs", &packages(&read("profiles/packages.yaml")));
}

fn read(path: &str) -> Value {
    println!("cargo::rerun-if-changed={path}");
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn write(name: &str, code: &str) {
    let folder = std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR");
    std::fs::write(Path::new(&folder).join(name), code).expect("OUT_DIR is writable");
}

fn images(table: &Value) -> String {
    let rows = table["images"].as_array().expect("`images` is a list");
    let mut images: Vec<(String, Value)> = rows.iter().map(image).collect();
    images.sort_by(|one, other| one.0.cmp(&other.0));
    let mut code = String::from("[\n");
    for (name, facts) in images {
        writeln!(code, "({name:?}, {:?}),", facts.to_string()).expect("a string takes all");
    }
    code.push(']');
    code
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

fn packages(table: &Value) -> String {
    let rows = table["packages"].as_array().expect("`packages` is a list");
    let mut code = String::from("pub const ALL: &[Package] = &[\n");
    let mut by_name: [Vec<(&str, usize)>; 3] = Default::default();
    for (number, row) in rows.iter().enumerate() {
        assert!(
            row["source"].is_string() || row["source"].is_array(),
            "{row}: no source"
        );
        let rhel: Option<Vec<&str>> = match &row["rhel"] {
            Value::String(name) if name == "none" => Some(Vec::new()),
            Value::String(name) => Some(vec![name]),
            Value::Array(names) => Some(names.iter().filter_map(Value::as_str).collect()),
            _ => None,
        };
        let majors = |key: &str| -> Option<Vec<u64>> {
            row[key]
                .as_array()
                .map(|majors| majors.iter().filter_map(Value::as_u64).collect())
        };
        let texts = |key: &str| -> Vec<&str> {
            let list = row[key].as_array().into_iter().flatten();
            list.filter_map(Value::as_str).collect()
        };
        let (commands, recommends) = (texts("commands"), texts("recommends"));
        writeln!(
            code,
            "Package {{ name: {:?}, purpose: {:?}, commands: &{commands:?}, recommends: &{recommends:?}, rhel: {}, ubi: {}, preinstalled: &{:?}, \
             reinstall: {}, note: {:?} }},",
            row["name"].as_str().expect("a package has a name"),
            row["purpose"].as_str().expect("a package has a purpose"),
            optional(rhel.as_ref()),
            optional(majors("ubi").as_ref()),
            majors("preinstalled").unwrap_or_default(),
            row["reinstall"].as_bool().unwrap_or(false),
            row["note"].as_str(),
        )
        .expect("a string takes all");
        for (names, key) in by_name.iter_mut().zip(["apt", "apk"]) {
            names.extend(row[key].as_str().map(|name| (name, number)));
        }
        if let Some([only]) = rhel.as_deref()
            && !by_name[2].iter().any(|(name, _)| name == only)
        {
            by_name[2].push((only, number));
        }
    }
    code.push_str("];\n");
    for (mut names, constant) in by_name.into_iter().zip(["APT", "APK", "RHEL"]) {
        names.sort_unstable();
        writeln!(code, "const {constant}: &[(&str, usize)] = &{names:?};")
            .expect("a string takes all");
    }
    code
}

fn optional<T: std::fmt::Debug>(list: Option<&Vec<T>>) -> String {
    list.map_or("None".to_string(), |list| format!("Some(&{list:?})"))
}
