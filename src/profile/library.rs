//! The built-in profiles and image facts, and how profiles are read and resolved. No IO: whoever calls hands in the text
//! of files.

use std::sync::LazyLock;

use super::format::Profile;
use crate::model::ImageFacts;
use crate::model::facts::Table;
use crate::model::packed::Packed;
use crate::text::LineIndex;

/// The profile that is used where none is named.
pub const DEFAULT: &str = "baseline";

/// Name and text of the built-in profiles, in the order in which they are listed.
pub const BUILT_IN: [(&str, &str); 29] = [
    ("baseline", include_str!("../../profiles/baseline.yaml")),
    ("minimal", include_str!("../../profiles/minimal.yaml")),
    ("non-root", include_str!("../../profiles/non-root.yaml")),
    ("openshift", include_str!("../../profiles/openshift.yaml")),
    ("restricted", include_str!("../../profiles/restricted.yaml")),
    ("strict", include_str!("../../profiles/strict.yaml")),
    (
        "assume-root",
        include_str!("../../profiles/assume-root.yaml"),
    ),
    ("dotnet-ubi", include_str!("../../profiles/dotnet-ubi.yaml")),
    (
        "dotnet-ubi-sdk",
        include_str!("../../profiles/dotnet-ubi-sdk.yaml"),
    ),
    (
        "dotnet-ubi-pipeline",
        include_str!("../../profiles/dotnet-ubi-pipeline.yaml"),
    ),
    ("java-ubi", include_str!("../../profiles/java-ubi.yaml")),
    ("mirror", include_str!("../../profiles/mirror.yaml")),
    ("node-ubi", include_str!("../../profiles/node-ubi.yaml")),
    ("python-ubi", include_str!("../../profiles/python-ubi.yaml")),
    ("chainguard", include_str!("../../profiles/chainguard.yaml")),
    ("distroless", include_str!("../../profiles/distroless.yaml")),
    (
        "docker-hardened-images",
        include_str!("../../profiles/docker-hardened-images.yaml"),
    ),
    (
        "github-workflows",
        include_str!("../../profiles/github-workflows.yaml"),
    ),
    ("gitlab-ci", include_str!("../../profiles/gitlab-ci.yaml")),
    (
        "gitlab-ci-buildkit",
        include_str!("../../profiles/gitlab-ci-buildkit.yaml"),
    ),
    (
        "gitlab-ci-kaniko",
        include_str!("../../profiles/gitlab-ci-kaniko.yaml"),
    ),
    ("go-ubi", include_str!("../../profiles/go-ubi.yaml")),
    ("nginx-ubi", include_str!("../../profiles/nginx-ubi.yaml")),
    ("php-ubi", include_str!("../../profiles/php-ubi.yaml")),
    ("ruby-ubi", include_str!("../../profiles/ruby-ubi.yaml")),
    ("ubi", include_str!("../../profiles/ubi.yaml")),
    ("supported", include_str!("../../profiles/supported.yaml")),
    ("slim", include_str!("../../profiles/slim.yaml")),
    (
        "unprivileged",
        include_str!("../../profiles/unprivileged.yaml"),
    ),
];

/// Something wrong with a profile, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {message}", self.place())]
pub struct ProfileError {
    /// The file or the name of the profile.
    pub origin: String,
    /// Line and column, from 1.
    pub position: Option<(usize, usize)>,
    pub message: String,
}

impl ProfileError {
    fn place(&self) -> String {
        match self.position {
            Some((line, column)) => format!("{}:{line}:{column}", self.origin),
            None => self.origin.clone(),
        }
    }
}

/// Gives the text of a profile that is not built in, by its name and the origin of the profile that extends it: the
/// origin of the profile, the same for the same file, and the text. An error may end in a line `help: …`.
pub type Loader<'l> = dyn Fn(&str, Option<&str>) -> Result<(String, String), String> + 'l;

pub fn built_in(name: &str) -> Option<&'static str> {
    BUILT_IN
        .iter()
        .find(|(one, _)| *one == name)
        .map(|(_, text)| *text)
}

/// The profile of that name, or in that file, with all that it extends.
///
/// # Errors
/// [`ProfileError`] where it does not exist, is not valid, or extends itself.
pub fn resolve(name: &str, load: &Loader<'_>) -> Result<Profile, ProfileError> {
    let (mut origin, mut text) = get(name, None, load).map_err(|message| ProfileError {
        origin: name.to_string(),
        position: None,
        message,
    })?;
    let mut resolved = read(&origin, &text)?;
    let mut next = resolved.extends.clone();
    let mut chain = vec![origin.clone()];
    while let Some(name) = next.take() {
        let fail = |message: String| ProfileError {
            origin: origin.clone(),
            position: extends_position(&text),
            message,
        };
        let (parent_origin, parent_text) = get(&name, Some(&origin), load).map_err(fail)?;
        if chain.contains(&parent_origin) {
            let circle = chain.join("` extends `");
            return Err(fail(format!(
                "a circle of `extends`: `{circle}` extends `{parent_origin}`"
            )));
        }
        (origin, text) = (parent_origin, parent_text);
        let parent = read(&origin, &text)?;
        next.clone_from(&parent.extends);
        chain.push(origin.clone());
        resolved = inherit(resolved, parent);
    }
    Ok(resolved)
}

fn get(name: &str, from: Option<&str>, load: &Loader<'_>) -> Result<(String, String), String> {
    match built_in(name) {
        Some(text) => Ok((name.to_string(), text.to_string())),
        None => load(name, from),
    }
}

/// A built-in profile from the JSON that the build script made of it, any other from its text.
fn read(origin: &str, text: &str) -> Result<Profile, ProfileError> {
    as_json(origin)
        .filter(|_| built_in(origin) == Some(text))
        .and_then(|json| serde_json::from_str(json).ok())
        .map_or_else(|| parse(origin, text), Ok)
}

fn as_json(name: &str) -> Option<&'static str> {
    const PROFILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/profiles.rs"));
    let index = PROFILES.binary_search_by(|(one, _)| (*one).cmp(name));
    PROFILES.get(index.ok()?).map(|(_, json)| *json)
}

/// Where the top-level key `extends` stands.
fn extends_position(text: &str) -> Option<(usize, usize)> {
    let line = text.lines().position(|line| line.starts_with("extends"))?;
    Some((line + 1, 1))
}

/// The child's word counts. Its steps and what it strips, if it has any, replace the parent's: a list that is written down in one place can
/// be read; bases, holes and rules are added to.
fn inherit(child: Profile, parent: Profile) -> Profile {
    let mut merged = child;
    if merged.steps.is_empty() {
        merged.steps = parent.steps;
    }
    if merged.strip.is_empty() {
        merged.strip = parent.strip;
    }
    merged.pipeline = match (merged.pipeline, parent.pipeline) {
        (Some(own), Some(inherited)) => Some(own.or(inherited)),
        (own, inherited) => own.or(inherited),
    };
    merged.bases.extend(parent.bases);
    for (registry, mirror) in parent.mirrors {
        merged.mirrors.entry(registry).or_insert(mirror);
    }
    for (name, hole) in parent.holes {
        merged.holes.entry(name).or_insert(hole);
    }
    for (name, switch) in parent.rules {
        merged.rules.entry(name).or_insert(switch);
    }
    merged
}

/// Reads one profile, without what it extends.
///
/// # Errors
/// [`ProfileError`] with line and column.
pub fn parse(origin: &str, text: &str) -> Result<Profile, ProfileError> {
    serde_yaml::from_str(text).map_err(|error| {
        let text_of_error = error.to_string();
        let position = error.location().map(|at| {
            repeated_key(text, &text_of_error, at.index()).unwrap_or((at.line(), at.column()))
        });
        ProfileError {
            origin: origin.to_string(),
            position,
            message: message(&text_of_error),
        }
    })
}

/// serde places a repeated field at the start of its map; this is where the key stands the second time.
fn repeated_key(text: &str, error: &str, map_start: usize) -> Option<(usize, usize)> {
    let key = error.split_once("duplicate field `")?.1.split('`').next()?;
    let is_key = |at: usize| {
        let before = text.get(..at).unwrap_or("").chars().next_back();
        let after = text
            .get(at + key.len()..)
            .unwrap_or("")
            .trim_start_matches(' ');
        after.starts_with(':') && before.is_none_or(|c| matches!(c, '\n' | ' ' | '{' | ','))
    };
    let mut places = text.get(map_start..)?.match_indices(key);
    let (at, _) = places
        .by_ref()
        .filter(|(at, _)| is_key(map_start + at))
        .nth(1)?;
    let place = LineIndex::new(text).position(text, map_start + at);
    Some((place.line, place.column))
}

/// serde's message without the place, and with the nearest name where a name is not known.
pub fn message(error: &str) -> String {
    let text = match error.rfind(" at line ") {
        Some(at) => error.get(..at).unwrap_or(error),
        None => error,
    };
    let unknown = text.contains("unknown field `") || text.contains("unknown variant `");
    let mut names = text.split('`').skip(1).step_by(2);
    match names
        .next()
        .filter(|_| unknown)
        .and_then(|name| nearest(name, names))
    {
        Some(name) => format!("{text}\nhelp: did you mean `{name}`?"),
        None => text.to_string(),
    }
}

/// The name that is most like `word`, if any is like it.
pub fn nearest<'n>(word: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    names
        .into_iter()
        .map(|name| (strsim::jaro_winkler(word, name), name))
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|one, other| one.0.total_cmp(&other.0))
        .map(|(_, name)| name)
}

/// Made from `profiles/images.yaml` by the build script.
const IMAGES: Table = include!(concat!(env!("OUT_DIR"), "/images.rs"));

static FACTS: LazyLock<ImageFacts> = LazyLock::new(own_facts);

/// The built-in image facts, to be added to.
pub fn own_facts() -> ImageFacts {
    ImageFacts::new(IMAGES)
}

/// The built-in image facts.
pub fn facts() -> &'static ImageFacts {
    &FACTS
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::facts::{Facts, ImageEntry};
    use crate::syntax::image::ImageReference;

    fn no_files(name: &str, _: Option<&str>) -> Result<(String, String), String> {
        Err(format!("no profile `{name}`"))
    }

    #[test]
    fn the_built_in_tables_are_valid() {
        for (name, _) in BUILT_IN {
            let profile = resolve(name, &no_files).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(profile.name, name);
        }
    }

    #[test]
    fn a_built_in_profile_is_the_same_as_json() {
        for (name, text) in BUILT_IN {
            let profile: Profile = serde_json::from_str(as_json(name).unwrap()).unwrap();
            let read = parse(name, text).unwrap();
            assert_eq!(format!("{profile:?}"), format!("{read:?}"), "{name}");
        }
    }

    #[test]
    fn every_image_entry_is_valid_and_has_its_full_name() {
        let images = (0..IMAGES.names.count()).map(|index| IMAGES.names.get(index).unwrap());
        let names: Vec<&str> = images.collect();
        assert!(names.len() > 20);
        for (index, name) in names.iter().enumerate() {
            let json = IMAGES.entries.get(index).unwrap();
            let entry: ImageEntry =
                serde_json::from_str(json).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert!(
                entry.source.starts_with("https://"),
                "{name}: {}",
                entry.source
            );
            let image = ImageReference::parse(name).unwrap_or_else(|| panic!("{name}"));
            assert_eq!(image.canonical_name(), *name);
            for row in &entry.tags {
                assert!(!row.patterns.is_empty(), "{name}");
                serde_json::from_str::<Facts>(row.facts.get())
                    .unwrap_or_else(|error| panic!("{name}, {}: {error}", row.patterns));
            }
        }
        assert!(
            names.windows(2).all(|pair| pair[0] < pair[1]),
            "an image stands twice"
        );
    }

    #[test]
    fn an_unknown_key_has_a_place_and_a_suggestion() {
        let text = "version: 1\nname: x\ntitle: X\nsteps:\n  - { usr: \"1001\" }\n";
        let error = parse("x.yaml", text).unwrap_err();
        assert_eq!(error.position.map(|(line, _)| line), Some(5));
        assert!(
            error.message.ends_with("did you mean `user`?"),
            "{}",
            error.message
        );
    }

    #[test]
    fn bad_values_have_a_line() {
        let head = "version: 1\nname: x\ntitle: X\n";
        for (body, line, part) in [
            ("steps: [{ user: app }]\n", 4, "must be a number"),
            ("steps:\n  - { user: \"1\", expose: 80 }\n", 5, "one verb"),
            ("steps:\n  - { user: [1] }\n", 5, "expected a string"),
            ("name: y\n", 4, "duplicate field"),
            ("rules:\n  a: on\n  a: off\n", 6, "duplicate key"),
            ("strip: [editors]\n", 4, "did you mean `editor`"),
            ("strip: [library]\n", 4, "unknown variant"),
            ("match: { stage: runtme }\n", 4, "did you mean `runtime`"),
            ("bases:\n  - image: a b\n    tags: {}\n", 5, "no repository"),
        ] {
            let error = parse("x.yaml", &format!("{head}{body}")).unwrap_err();
            assert!(error.message.contains(part), "{body}: {}", error.message);
            let place = error.position.map(|(line, _)| line);
            assert!(
                place.is_some_and(|found| found.abs_diff(line) <= 1),
                "{body}: {place:?}"
            );
        }
    }

    #[test]
    fn a_circle_of_extends_is_found() {
        let load = |name: &str, _: Option<&str>| {
            let other = if name == "a" { "b" } else { "a" };
            Ok((
                name.to_string(),
                format!("version: 1\nname: {name}\ntitle: T\nextends: {other}\n"),
            ))
        };
        let error = resolve("a", &load).unwrap_err();
        assert!(error.message.contains("circle"), "{}", error.message);
        assert_eq!((error.origin.as_str(), error.position), ("b", Some((4, 1))));
    }
}
