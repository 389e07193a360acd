//! Turns the tables of `profiles/` into Rust data that needs no work at start.
//!
//! * `images.yaml`: image name → its facts as JSON, read when the image is first asked for.
//! * profiles: name → the profile as JSON, which is read ten times as fast as YAML.
//! * `packages.yaml`: one text of all packages, with an index by the name in each family.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Map, Value, json};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    write("images.rs", &images(&read("profiles/images.yaml")));
    write("packages.rs", &packages(&read("profiles/packages.yaml")));
    write("profiles.rs", &profiles());
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

fn profiles() -> String {
    println!("cargo::rerun-if-changed=profiles");
    let entries = std::fs::read_dir("profiles").expect("there are profiles");
    let paths = entries.map(|entry| entry.expect("profiles can be listed").path());
    let yaml = paths.filter(|path| {
        path.extension()
            .is_some_and(|extension| extension == "yaml")
    });
    let mut profiles: Vec<(String, String)> = yaml
        .map(|path| read(path.to_str().expect("profiles have plain names")))
        .filter_map(|profile| Some((profile["name"].as_str()?.to_string(), profile.to_string())))
        .collect();
    profiles.sort();
    format!("&{profiles:?}")
}

fn images(table: &Value) -> String {
    let rows = table["images"].as_array().expect("`images` is a list");
    let mut images: Vec<(String, Value)> = rows.iter().map(image).collect();
    images.sort_by(|one, other| one.0.cmp(&other.0));
    let (names, entries): (Vec<String>, Vec<String>) = images
        .into_iter()
        .map(|(name, entry)| (name, entry.to_string()))
        .unzip();
    let names = packed(names.iter().map(String::as_str));
    let entries = packed(entries.iter().map(String::as_str));
    format!("Table {{ names: {names}, entries: {entries} }}")
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

/// Patterns are one text: a list of them is read at a start for each image that a file names.
fn tag_row(row: &Value) -> Value {
    let mut facts: Map<String, Value> = row.as_object().expect("a tag row is a map").clone();
    let patterns = facts.remove("match").expect("a tag row has `match`");
    let patterns = words(&patterns).expect("`match` is a list");
    assert!(!patterns.iter().any(|one| one.contains(' ')), "{row}");
    let patterns = patterns.join(" ");
    json!({ "match": patterns, "facts": facts })
}

fn packages(table: &Value) -> String {
    let rows = table["packages"].as_array().expect("`packages` is a list");
    let mut lines: Vec<String> = Vec::new();
    let mut by_name: [Vec<(&str, usize)>; 3] = Default::default();
    let mut commands: Vec<&str> = Vec::new();
    for (number, row) in rows.iter().enumerate() {
        assert!(
            row["source"].is_string() || row["source"].is_array(),
            "{row}: no source"
        );
        lines.push(package(row));
        commands.extend(words(&row["commands"]).into_iter().flatten());
        for (names, key) in by_name.iter_mut().zip(["apt", "apk"]) {
            names.extend(row[key].as_str().map(|name| (name, number)));
        }
        if let Some([only]) = words(&row["rhel"]).as_deref()
            && !by_name[2].iter().any(|(name, _)| name == only)
        {
            by_name[2].push((only, number));
        }
    }
    commands.sort_unstable();
    commands.dedup();
    let mut code = String::new();
    let mut constant = |name: &str, texts: &[&str]| {
        let packed = packed(texts.iter().copied());
        writeln!(code, "const {name}: Packed = {packed};").expect("a string takes all");
    };
    let texts: Vec<&str> = lines.iter().map(String::as_str).collect();
    constant("ALL", &texts);
    constant("COMMANDS", &commands);
    for (names, name) in by_name.iter_mut().zip(["APT", "APK", "RHEL"]) {
        names.sort_unstable();
        let texts: Vec<&str> = names.iter().map(|(name, _)| *name).collect();
        constant(name, &texts);
    }
    for (names, name) in by_name.iter().zip(["APT", "APK", "RHEL"]) {
        let numbers: Vec<usize> = names.iter().map(|(_, number)| *number).collect();
        writeln!(code, "const {name}_ROWS: &[u16] = &{numbers:?};").expect("a string takes all");
    }
    code
}

/// The fields of a package with tabs between them, in the order in which `package_facts` reads them. A field that is not known
/// is `?`, and lists have blanks between their words.
fn package(row: &Value) -> String {
    let list = |key: &str| words(&row[key]).map(|words| words.join(" "));
    let numbers = |key: &str| {
        let majors = row[key].as_array()?.iter().filter_map(Value::as_u64);
        Some(
            majors
                .map(|major| major.to_string())
                .collect::<Vec<_>>()
                .join(" "),
        )
    };
    let text = |key: &str| row[key].as_str().map(ToString::to_string);
    let fields = [
        Some(text("name").expect("a package has a name")),
        Some(text("purpose").expect("a package has a purpose")),
        Some(list("commands").unwrap_or_default()),
        Some(list("recommends").unwrap_or_default()),
        list("rhel"),
        numbers("ubi"),
        Some(numbers("preinstalled").unwrap_or_default()),
        Some(row["reinstall"].as_bool().unwrap_or(false).to_string()),
        text("note"),
    ];
    let fields = fields.map(|field| field.unwrap_or_else(|| "?".to_string()));
    assert!(!fields.iter().any(|field| field.contains('\t')), "{row}");
    fields.join("\t")
}

/// One word or a list of words; `none` is the empty list.
fn words(value: &Value) -> Option<Vec<&str>> {
    match value {
        Value::String(name) if name == "none" => Some(Vec::new()),
        Value::String(name) => Some(vec![name]),
        Value::Array(names) => Some(names.iter().filter_map(Value::as_str).collect()),
        _ => None,
    }
}

/// Many texts as one, with the places where they end: a pointer to each would have to be set at every start of the program.
fn packed<'t>(texts: impl Iterator<Item = &'t str>) -> String {
    let mut text = String::new();
    let mut ends: Vec<usize> = Vec::new();
    for one in texts {
        text.push_str(one);
        ends.push(text.len());
    }
    format!("Packed {{ text: {text:?}, ends: &{ends:?} }}")
}
