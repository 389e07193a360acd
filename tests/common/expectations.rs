//! Whether a result is what a case wants: read from the meaning of the new text, not from what harden says it did.

use std::collections::BTreeSet;

use harden::engine::Outcome;
use harden::model::{Base, Model, Stage, State};
use harden::profile::library;
use harden::syntax::{self, Instruction, Keyword};

use super::case::{self, Case, Expect, Wanted};

/// What the result of a case lacks.
pub fn unmet(case: &Case, outcome: &Outcome) -> Vec<String> {
    let is_changed = outcome.text != case.source;
    let expect = case.expect();
    if expect == Expect::Changed && !is_changed {
        return vec![format!(
            "nothing changed; it says:\n{}",
            case::told(outcome)
        )];
    }
    if expect == Expect::Unchanged && is_changed {
        return vec![format!("it changed to:\n{}", outcome.text)];
    }
    let mut unmet = Vec::new();
    let wanted = &case.wanted;
    if !is_changed || expect == Expect::Changed {
        let held = case::held(outcome);
        let missing = wanted
            .held
            .iter()
            .filter(|part| !held.contains(part.as_str()));
        unmet.extend(
            missing
                .map(|part| format!("does not hold back because of `{part}`, but says:\n{held}")),
        );
    }
    if is_changed || expect == Expect::Unchanged {
        let told = case::told(outcome);
        let missing = wanted
            .tells
            .iter()
            .filter(|part| !told.contains(part.as_str()));
        unmet.extend(missing.map(|part| format!("does not speak of `{part}`, but says:\n{told}")));
        unmet.extend(unmet_text(wanted, &outcome.text));
        unmet.extend(unmet_meaning(wanted, &outcome.text));
    }
    unmet
}

fn unmet_text(wanted: &Wanted, text: &str) -> Vec<String> {
    let mut unmet = Vec::new();
    let text = text.replace("\r\n", "\n");
    // The comments at the head tell what the trap is; they are no part of the result.
    let head = text
        .lines()
        .take_while(|line| line.starts_with('#') || line.is_empty());
    let body = head
        .map(|line| line.len() + 1)
        .sum::<usize>()
        .min(text.len());
    let body = &text[body..];
    let missing = wanted
        .contains
        .iter()
        .filter(|part| !text.contains(part.as_str()));
    unmet.extend(missing.map(|part| format!("lacks `{part}`")));
    let bad = wanted
        .lacks
        .iter()
        .filter(|part| body.contains(part.as_str()));
    unmet.extend(bad.map(|part| format!("has `{part}`")));
    let mut rest = body;
    for part in &wanted.order {
        match rest.find(part.as_str()) {
            Some(at) => rest = &rest[at + part.len()..],
            None => unmet.push(format!("has no `{part}` after what should come before it")),
        }
    }
    if !unmet.is_empty() {
        unmet.push(format!("the result:\n{text}"));
    }
    unmet
}

fn unmet_meaning(wanted: &Wanted, text: &str) -> Vec<String> {
    let file = syntax::parse(text);
    let model = Model::new(&file, library::facts(), wanted.target.as_deref()).expect("a target");
    let shipped = model.shipped().expect("a stage");
    let end = model.end_state(shipped).expect("an end");
    let mut unmet = Vec::new();
    let mut compare = |what: &str, wanted: &str, found: &str| {
        if wanted != found {
            unmet.push(format!("{what} is {found}, not {wanted}"));
        }
    };
    if let Some(user) = &wanted.user {
        compare(
            "the user",
            user,
            end.user.known().map_or("unknown", String::as_str),
        );
    }
    if let Some(image) = &wanted.base {
        compare("the base image", image, &image_of(&model, shipped));
    }
    for (name, image) in &wanted.bases {
        compare(
            &format!("the image of {name}"),
            image,
            &image_of(&model, stage(&model, name)),
        );
    }
    if let Some(ports) = &wanted.exposes {
        compare("EXPOSE", &joined(ports.clone()), &exposed(&model, shipped));
    }
    if let Some(ports) = &wanted.listens {
        compare("what it listens on", &joined(ports.clone()), &listens(end));
    }
    for (name, value) in &wanted.env {
        compare(name, value, end.scope.environment(name).unwrap_or("unset"));
    }
    let not_writable = wanted
        .group_writable
        .iter()
        .filter(|folder| !is_group_writable(&model, shipped, folder));
    let not_root = wanted
        .root_in
        .iter()
        .filter(|name| !runs_as_root(&model, stage(&model, name)));
    let mut more: Vec<String> = not_writable
        .map(|folder| format!("group 0 may not write {folder}"))
        .collect();
    more.extend(not_root.map(|name| format!("a RUN of {name} does not run as root")));
    unmet.extend(more);
    if !unmet.is_empty() {
        unmet.push(format!("the result:\n{text}"));
    }
    unmet
}

fn stage<'m>(model: &'m Model<'_>, name: &str) -> &'m Stage {
    let by_name = model
        .stages
        .iter()
        .rfind(|stage| stage.name.as_deref() == Some(name));
    let by_number = || model.stages.get(name.parse::<usize>().ok()?);
    by_name
        .or_else(by_number)
        .unwrap_or_else(|| panic!("no stage {name}"))
}

/// The image that a stage is built on, be it through other stages.
fn image_of(model: &Model<'_>, stage: &Stage) -> String {
    let lineage = model.lineage_of(stage);
    match &lineage.first().expect("a stage").base {
        Base::Image(image) => image
            .known()
            .map_or("unknown".to_string(), |image| image.as_str().to_string()),
        Base::Scratch => "scratch".to_string(),
        Base::Stage(_) => "a stage".to_string(),
    }
}

/// Ports, sorted, each once.
fn joined(ports: impl IntoIterator<Item = String>) -> String {
    let ports: BTreeSet<String> = ports.into_iter().collect();
    ports.into_iter().collect::<Vec<_>>().join(" ")
}

fn exposed(model: &Model<'_>, shipped: &Stage) -> String {
    let mut ports = Vec::new();
    for stage in model.lineage_of(shipped) {
        model.walk(stage.index).for_each(|_, instruction, state| {
            if instruction.keyword == Keyword::Expose {
                let words = instruction.words().iter();
                ports.extend(words.map(|word| {
                    state
                        .scope
                        .expand(&word.text, model.file.escape)
                        .unwrap_or("unknown".into())
                }));
            }
        });
    }
    joined(ports)
}

/// What Kestrel opens: `ASPNETCORE_URLS`, and without it `ASPNETCORE_HTTP_PORTS` and `ASPNETCORE_HTTPS_PORTS`.
fn listens(end: &State) -> String {
    let variable = |name: &str| {
        end.scope
            .environment(name)
            .filter(|value| !value.is_empty())
    };
    let split =
        |value: &str| -> Vec<String> { value.split([';', ',', ' ']).map(String::from).collect() };
    let ports: Vec<String> = match variable("ASPNETCORE_URLS") {
        Some(urls) => split(urls).iter().map(|url| port_of(url)).collect(),
        None => ["ASPNETCORE_HTTP_PORTS", "ASPNETCORE_HTTPS_PORTS"]
            .iter()
            .filter_map(|name| variable(name))
            .flat_map(split)
            .collect(),
    };
    joined(ports.into_iter().filter(|port| !port.is_empty()))
}

fn port_of(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return String::new();
    };
    let host = rest.split('/').next().unwrap_or("");
    let port = host.rsplit_once(':').map(|(_, port)| port.to_string());
    port.unwrap_or_else(|| if scheme == "https" { "443" } else { "80" }.to_string())
}

fn run_text<'a>(instruction: &'a Instruction<'_>) -> Option<&'a str> {
    (instruction.keyword == Keyword::Run).then(|| instruction.line.text())
}

/// Whether a command gives a folder to group 0 with the rights of the owner.
pub fn gives_to_group(text: &str, folder: &str) -> bool {
    let words: Vec<&str> = text.split([' ', '\t', ';', '&', '\n']).collect();
    let names = |path: &&str| {
        let path = path.trim_end_matches('/');
        !path.is_empty() && (folder == path || folder.starts_with(&format!("{path}/")))
    };
    let is_group =
        text.contains("chgrp -R 0 ") || (text.contains("chown -R ") && text.contains(":0 "));
    let is_mode = ["g=u", "g+rwX", "g+rwx", "g+w"]
        .iter()
        .any(|mode| text.contains(mode));
    words.iter().any(names) && (text.contains("fix-permissions") || is_group && is_mode)
}

fn is_group_writable(model: &Model<'_>, shipped: &Stage, folder: &str) -> bool {
    let (mut given, mut is_volume) = (None, false);
    let inside = |path: &str| path == folder || path.starts_with(&format!("{folder}/"));
    for stage in model.lineage_of(shipped) {
        model
            .walk(stage.index)
            .for_each(|_, instruction, state| match instruction.keyword {
                Keyword::Copy | Keyword::Add => {
                    let to = instruction.words().last().map(|word| word.text.as_ref());
                    let to = to.and_then(|to| state.scope.expand(to, model.file.escape).ok());
                    if to
                        .and_then(|to| state.absolute(&to).ok())
                        .is_some_and(|to| inside(&to))
                    {
                        let flag =
                            |name: &str| instruction.flag(name).and_then(|flag| flag.value());
                        let is_own = flag("chown").is_some_and(|owner| owner.ends_with(":0"))
                            && flag("chmod").is_some();
                        given = Some(given.unwrap_or(true) && is_own && !is_volume);
                    }
                }
                Keyword::Run => {
                    let text = run_text(instruction).unwrap_or("");
                    if gives_to_group(text, folder) && state.is_root() == Some(true) && !is_volume {
                        given = Some(true);
                    }
                }
                Keyword::Volume => {
                    is_volume |= instruction
                        .words()
                        .iter()
                        .any(|word| inside(&word.text) || folder.starts_with(word.text.as_ref()));
                }
                _ => {}
            });
    }
    given == Some(true)
}

fn runs_as_root(model: &Model<'_>, stage: &Stage) -> bool {
    let mut all = true;
    model.walk(stage.index).for_each(|_, instruction, state| {
        all &= instruction.keyword != Keyword::Run || state.is_root() == Some(true);
    });
    all
}
