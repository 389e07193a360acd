//! The images that a job pushes, whatever it builds them with.

use super::docker::{self, Call, in_double_quotes};
use super::gitlab::Value;
use crate::syntax::shell::{self, SimpleCommand, Word};

/// What a script does with images.
#[derive(Default)]
pub struct Images {
    /// The names that are pushed, as they stand inside double quotes; nothing for a name that is more than text and
    /// variables.
    pub pushed: Vec<Option<String>>,
    /// How often one is built.
    pub builds: usize,
}

pub fn of_script(script: &Value<'_, '_>) -> Images {
    let yaml = &script.file.yaml;
    let single = [script.node];
    let items = match yaml.is_sequence(script.node) {
        true => yaml.items(script.node),
        false => &single,
    };
    let mut images = Images::default();
    for item in items {
        let Some(text) = yaml.scalar(*item) else {
            continue;
        };
        let is_candidate = ["push", "build", "executor"]
            .iter()
            .any(|word| text.contains(word));
        let Some(script) = is_candidate.then(|| shell::parse(text, 0).ok()).flatten() else {
            continue;
        };
        for site in script.commands() {
            of_command(site.command, text, &mut images);
        }
    }
    images
}

fn of_command(command: &SimpleCommand, text: &str, images: &mut Images) {
    let names = &mut images.pushed;
    let words = &command.words;
    let Some(name) = command.name() else {
        return;
    };
    let quoted = |word: &Word| in_double_quotes(word, text);
    match name.rsplit('/').next().unwrap_or("") {
        "docker" => match docker::call(command, text) {
            Some(Call::Push(name)) => names.push(name.quoted),
            Some(Call::Build(build)) => {
                images.builds += 1;
                let pushed = build.names.into_iter().filter(|_| build.pushes);
                names.extend(pushed.map(|name| name.quoted));
            }
            _ => {}
        },
        "buildah" | "podman" => match words.get(1).and_then(Word::value).as_deref() {
            Some("push") => {
                let is_option = |word: &&Word| word.literal_prefix().0.starts_with('-');
                let name = words.iter().skip(2).find(|word| !is_option(word));
                names.extend(name.map(quoted));
            }
            Some("build" | "bud") => images.builds += 1,
            _ => {}
        },
        "executor" => {
            images.builds += 1;
            let values = words.iter().zip(words.iter().skip(1));
            for (word, next) in values {
                let (prefix, _) = word.literal_prefix();
                match &*prefix {
                    "--destination" | "-d" => names.push(quoted(next)),
                    _ => {}
                }
            }
            let inline = words.iter().filter_map(quoted);
            names.extend(
                inline.filter_map(|word| {
                    Some(Some(word.strip_prefix("--destination=")?.to_string()))
                }),
            );
        }
        "buildctl" | "buildctl-daemonless.sh" => {
            images.builds += 1;
            let outputs = words
                .iter()
                .filter_map(quoted)
                .filter(|word| word.contains("push=true"));
            names.extend(outputs.map(|word| {
                let (_, name) = word.split_once("name=")?;
                Some(name.split([',', '\\', '"']).next()?.to_string())
            }));
        }
        _ => {}
    }
}
