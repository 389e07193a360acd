//! What is known of images, as plain data. Reading the tables is not the model's business.

use std::collections::{BTreeMap, HashMap};
use std::sync::OnceLock;

use serde::Deserialize as _;
use wildmatch::WildMatch;

use crate::syntax::image::ImageReference;

/// Something that is known, with where from, or not known, with why. Never guessed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact<T> {
    Known(T, String),
    Unknown(String),
}

impl<T> Fact<T> {
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value, _) => Some(value),
            Self::Unknown(_) => None,
        }
    }

    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Fact<U> {
        match self {
            Self::Known(value, source) => Fact::Known(change(value), source),
            Self::Unknown(why) => Fact::Unknown(why),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OperatingSystem {
    Linux,
    Windows,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    Os,
    Runtime,
    Sdk,
    Server,
    Database,
    Tool,
    Builder,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Libc {
    Glibc,
    Musl,
    None,
}

macro_rules! image_facts {
    ($($(#[$meta:meta])* $field:ident : $kind:ty),+ $(,)?) => {
        /// Facts about an image. A field that is `None` is unknown.
        #[derive(Clone, Debug, Default, PartialEq, serde::Deserialize)]
        #[serde(deny_unknown_fields, default)]
        pub struct Facts {
            $($(#[$meta])* pub $field: Option<$kind>),+
        }

        impl Facts {
            /// Takes over every fact that `other` has.
            fn merge(&mut self, other: &Self) {
                $(if other.$field.is_some() { self.$field.clone_from(&other.$field); })+
            }
        }
    };
}

image_facts! {
    role: Role,
    os: OperatingSystem,
    distribution: String,
    libc: Libc,
    package_manager: String,
    /// Whether there is a `/bin/sh`.
    shell: bool,
    /// What `/bin/sh` is: `dash`, `bash`, `ash`, `busybox`.
    sh: String,
    /// Whether there is a `/bin/bash`.
    bash: bool,
    /// The user of the image's configuration.
    user: String,
    /// Named users: `uid:gid`.
    users: BTreeMap<String, String>,
    /// The numeric user that the image has for applications.
    non_root: String,
    workdir: String,
    home: String,
    env: BTreeMap<String, String>,
    /// As EXPOSE has them.
    exposes: Vec<u16>,
    /// The ports that the default process opens.
    ports: Vec<u16>,
    /// The directories that the default process writes.
    writes: Vec<String>,
    volumes: Vec<String>,
    entrypoint: Vec<String>,
    cmd: Vec<String>,
    /// With what the default process gives up root by itself.
    drops_privileges: String,
    /// Why the default process cannot run without root.
    needs_root: String,
    non_root_variant: String,
    /// Noteworthy programs of the image.
    commands: Vec<String>,
    onbuild: bool,
    /// `YYYY-MM-DD`
    end_of_support: String,
}

impl Facts {
    pub fn has_command(&self, name: &str) -> bool {
        self.commands
            .as_ref()
            .is_some_and(|commands| commands.iter().any(|command| command == name))
    }
}

/// What is known of one repository: facts of all tags, and of some.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImageEntry {
    pub source: String,
    pub facts: Facts,
    /// In order; later rows win.
    #[serde(default)]
    pub tags: Vec<TagRow>,
}

/// Facts of the tags that match.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TagRow {
    /// Patterns with `*` and `?`.
    #[serde(rename = "match", deserialize_with = "patterns")]
    pub patterns: Vec<WildMatch>,
    pub facts: Facts,
}

fn patterns<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<WildMatch>, D::Error> {
    let patterns = Vec::<std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
    Ok(patterns
        .iter()
        .map(|pattern| WildMatch::new(pattern))
        .collect())
}

impl ImageEntry {
    fn for_tag(&self, tag: &str) -> Facts {
        let mut facts = self.facts.clone();
        for row in &self.tags {
            if row.patterns.iter().any(|pattern| pattern.matches(tag)) {
                facts.merge(&row.facts);
            }
        }
        facts
    }
}

/// Image names with their [`ImageEntry`] as JSON, sorted by name.
pub type Table = &'static [(&'static str, &'static str)];

/// Facts by image name (`registry/repository`).
///
/// Entries of the table are read when they are first asked for, so that a run pays only for the images it meets.
#[derive(Debug, Default)]
pub struct ImageFacts {
    table: Table,
    read: Vec<OnceLock<Option<ImageEntry>>>,
    added: HashMap<String, ImageEntry>,
}

impl ImageFacts {
    pub fn new(table: Table) -> Self {
        Self {
            table,
            read: table.iter().map(|_| OnceLock::new()).collect(),
            added: HashMap::new(),
        }
    }

    /// Adds an entry, which wins over one of the table.
    pub fn insert(&mut self, name: String, entry: ImageEntry) {
        self.added.insert(name, entry);
    }

    fn entry(&self, name: &str) -> Option<&ImageEntry> {
        if let Some(entry) = self.added.get(name) {
            return Some(entry);
        }
        let index = self
            .table
            .binary_search_by(|(one, _)| (*one).cmp(name))
            .ok()?;
        let (_, json) = self.table.get(index)?;
        let read = || serde_json::from_str(json).ok();
        self.read.get(index)?.get_or_init(read).as_ref()
    }

    /// The facts of an image and where they are from; `None` for an image without an entry.
    pub fn of(&self, image: &ImageReference) -> Option<(Facts, &str)> {
        let entry = self.entry(&image.canonical_name())?;
        let tag = image.tag().unwrap_or("latest");
        Some((entry.for_tag(tag), &entry.source))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_rows_win() {
        let user = |name: &str| Facts {
            user: Some(name.to_string()),
            ..Facts::default()
        };
        let row = |pattern: &str, name: &str| TagRow {
            patterns: vec![WildMatch::new(pattern)],
            facts: user(name),
        };
        let entry = ImageEntry {
            source: "here".into(),
            facts: user("root"),
            tags: vec![row("8.*", "app"), row("*-alpine", "guest")],
        };
        let mut facts = ImageFacts::default();
        facts.insert("docker.io/library/x".into(), entry);
        let of = |text: &str| {
            let image = ImageReference::parse(text).unwrap();
            facts.of(&image).and_then(|(facts, _)| facts.user)
        };
        assert_eq!(of("x").as_deref(), Some("root"));
        assert_eq!(of("x:8.0").as_deref(), Some("app"));
        assert_eq!(of("x:8.0-alpine").as_deref(), Some("guest"));
        assert_eq!(of("y"), None);
    }
}
