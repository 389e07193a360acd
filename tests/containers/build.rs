//! `build/<case>`: a Dockerfile builds before and after harden, and the image is and does the same.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use super::case::name;
use super::image::{self, Context, Inspected};
use super::session::Session;

/// `case.yaml`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// Arguments of harden besides the file; without any, the baseline.
    #[serde(default)]
    harden: Vec<String>,
    /// What runs in both images, and must print the same and end the same; without it, what the image starts.
    run: Option<Vec<String>>,
    /// A part of what it prints.
    prints: String,
    /// Whether harden changes the file.
    #[serde(default = "yes")]
    changes: bool,
    /// Parts of the hardened file.
    #[serde(default)]
    contains: Vec<String>,
    #[serde(default)]
    lacks: Vec<String>,
    /// Keys of the image's configuration that differ afterwards; all others stay as they are.
    #[serde(default)]
    after: BTreeMap<String, Value>,
    /// How much smaller the image gets at least, in kilobytes.
    #[serde(default)]
    smaller: u64,
    /// Programs of the first image that the second lacks.
    #[serde(default)]
    gone: Vec<String>,
    pending: Option<String>,
}

fn yes() -> bool {
    true
}

impl super::Case for Case {
    const KIND: &'static str = "build";

    fn pending(&self) -> Option<&String> {
        self.pending.as_ref()
    }

    fn check(&self, session: &Session, folder: &Path) -> Result<(), String> {
        check(session, folder, self)
    }
}

fn check(session: &Session, folder: &Path, case: &Case) -> Result<(), String> {
    let context = Context::of(folder);
    let source = context.dockerfile();
    let images = ["before", "after"].map(|when| format!("localhost/build-{}:{when}", name(folder)));
    let [before, after] = &images;
    context.build(session, before)?;
    context.harden(&case.harden)?;
    let hardened = context.dockerfile();
    let within = |problem: String| format!("{problem}\nhardened:\n{hardened}");
    check_text(case, &source, &hardened).map_err(within)?;
    context.build(session, after).map_err(within)?;
    let sizes = [
        image::inspect(session, before)?,
        image::inspect(session, after)?,
    ];
    check_config(case, &sizes[0], &sizes[1]).map_err(within)?;
    check_size(case, &sizes[0], &sizes[1]).map_err(within)?;
    check_runs(session, case, before, after).map_err(within)?;
    check_gone(session, case, before, after).map_err(within)
}

fn check_text(case: &Case, source: &str, hardened: &str) -> Result<(), String> {
    if (source != hardened) != case.changes {
        return Err(match case.changes {
            true => "harden changes nothing".to_string(),
            false => "harden changes the file".to_string(),
        });
    }
    let missing = case
        .contains
        .iter()
        .find(|part| !hardened.contains(part.as_str()));
    let present = case
        .lacks
        .iter()
        .find(|part| hardened.contains(part.as_str()));
    match (missing, present) {
        (Some(part), _) => Err(format!("the hardened file lacks `{part}`")),
        (_, Some(part)) => Err(format!("the hardened file has `{part}`")),
        _ => Ok(()),
    }
}

fn check_config(case: &Case, before: &Inspected, after: &Inspected) -> Result<(), String> {
    let keys: BTreeSet<&String> = before
        .config
        .keys()
        .chain(after.config.keys())
        .chain(case.after.keys())
        .collect();
    for key in keys {
        let wanted = case.after.get(key).or_else(|| before.config.get(key));
        let wanted = wanted.unwrap_or(&Value::Null);
        let is = after.config.get(key).unwrap_or(&Value::Null);
        if is != wanted {
            return Err(format!("{key} of the image is {is}, not {wanted}"));
        }
    }
    Ok(())
}

fn check_size(case: &Case, before: &Inspected, after: &Inspected) -> Result<(), String> {
    println!(
        "{} kB before, {} kB after",
        before.size / 1000,
        after.size / 1000
    );
    match after.size + case.smaller * 1000 <= before.size || case.smaller == 0 {
        true => Ok(()),
        false => Err(format!(
            "the image has {} bytes after {}, not {} kB less",
            after.size, before.size, case.smaller
        )),
    }
}

/// What a container prints, and how it ends.
fn output(session: &Session, image: &str, run: Option<&[String]>) -> String {
    let entrypoint = run.map(|run| Value::from(run).to_string());
    let mut arguments = vec!["run", "--rm", "--network=none", "--timeout=30"];
    if let Some(entrypoint) = &entrypoint {
        arguments.extend(["--entrypoint", entrypoint]);
    }
    arguments.push(image);
    let done = session.run(60, "podman", &arguments);
    let end = if done.is_success {
        "ends well"
    } else {
        "fails"
    };
    format!("{}{}{end}\n", done.stdout, done.stderr)
}

fn check_runs(session: &Session, case: &Case, before: &str, after: &str) -> Result<(), String> {
    let [first, second] = [before, after].map(|image| output(session, image, case.run.as_deref()));
    if first != second {
        return Err(format!("before it prints:\n{first}\nafter:\n{second}"));
    }
    match first.contains(&case.prints) {
        true => Ok(()),
        false => Err(format!(
            "`{}` is not in what it prints:\n{first}",
            case.prints
        )),
    }
}

fn check_gone(session: &Session, case: &Case, before: &str, after: &str) -> Result<(), String> {
    for program in &case.gone {
        let find = [
            "sh",
            "-c",
            &format!("command -v {program} >/dev/null && echo found"),
        ]
        .map(str::to_string);
        let has = |image| output(session, image, Some(&find)).contains("found");
        if !has(before) {
            return Err(format!("the first image has no `{program}`"));
        }
        if has(after) {
            return Err(format!("the second image still has `{program}`"));
        }
    }
    Ok(())
}
