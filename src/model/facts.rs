//! What is known of images, as plain data. Reading the tables is not the model's business.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, OnceLock, PoisonError};

use serde_json::value::RawValue;
use wildmatch::WildMatch;

use super::lock::{self, Lock, LockedImage};
use super::packed::Packed;
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
    /// Patterns with `*` and `?`, with blanks between them.
    #[serde(rename = "match")]
    pub patterns: String,
    /// [`Facts`] as JSON, which is read when a tag matches: most rows are of other tags.
    pub facts: Box<RawValue>,
}

impl TagRow {
    fn matches(&self, tag: &str) -> bool {
        let mut patterns = self.patterns.split(' ');
        patterns.any(|pattern| may_match(pattern, tag) && WildMatch::new(pattern).matches(tag))
    }
}

/// Whether all that `pattern` says literally is in the tag: most patterns are of other tags, which is seen here without making a
/// matcher.
fn may_match(pattern: &str, tag: &str) -> bool {
    let mut pairs = pattern.bytes().zip(tag.bytes());
    match pairs.find(|(expected, found)| expected != found) {
        Some((b'*' | b'?', _)) | None => {
            let mut literals = pattern.split(['*', '?']);
            literals.all(|literal| tag.contains(literal))
        }
        Some(_) => false,
    }
}

impl ImageEntry {
    fn for_tag(&self, tag: &str) -> Facts {
        let mut facts = self.facts.clone();
        let rows = self.tags.iter().filter(|row| row.matches(tag));
        for of_row in rows.filter_map(|row| serde_json::from_str(row.facts.get()).ok()) {
            facts.merge(&of_row);
        }
        facts
    }
}

/// An entry, and what it says of the tags that were asked for.
#[derive(Debug)]
struct Known {
    entry: ImageEntry,
    by_tag: Mutex<HashMap<String, Facts>>,
}

impl Known {
    fn new(entry: ImageEntry) -> Self {
        Self {
            entry,
            by_tag: Mutex::default(),
        }
    }

    /// A file asks for its images several times, and many files for the same.
    fn for_tag(&self, tag: &str) -> Facts {
        let mut by_tag = self.by_tag.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(facts) = by_tag.get(tag) {
            return facts.clone();
        }
        let facts = self.entry.for_tag(tag);
        by_tag.insert(tag.to_string(), facts.clone());
        facts
    }
}

/// Image names, sorted, and the [`ImageEntry`] of each as JSON.
#[derive(Clone, Copy, Debug, Default)]
pub struct Table {
    pub names: Packed,
    pub entries: Packed,
}

/// Facts by image name (`registry/repository`).
///
/// Entries of the table are read when they are first asked for, so that a run pays only for the images it meets.
#[derive(Debug, Default)]
pub struct ImageFacts {
    table: Table,
    /// Boxed, because most are never read and room for all of them costs more time at start than a small file.
    read: Vec<OnceLock<Option<Box<Known>>>>,
    added: HashMap<String, Known>,
    lock: Lock,
    pinning: Option<Pinning>,
    today: Option<String>,
}

/// How references are to name images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pinning {
    /// By the tag that says most precisely which image it is.
    Tag,
    /// By the tag as it is written, and the digest.
    Digest,
    /// By the most precise tag, and the digest.
    Both,
}

/// How facts of a lock are named as evidence.
const LOCK: &str = "harden.lock";

impl ImageFacts {
    pub fn new(table: Table) -> Self {
        Self {
            table,
            read: (0..table.names.count()).map(|_| OnceLock::new()).collect(),
            ..Self::default()
        }
    }

    /// With what registries said; that wins over the table, fact by fact.
    pub fn with_lock(self, lock: Lock) -> Self {
        Self { lock, ..self }
    }

    /// With the wish that references be pinned.
    pub fn with_pinning(self, pinning: Pinning) -> Self {
        Self {
            pinning: Some(pinning),
            ..self
        }
    }

    /// With the day, as `YYYY-MM-DD`, that support is counted to.
    pub fn with_today(self, today: String) -> Self {
        Self {
            today: Some(today),
            ..self
        }
    }

    /// The day on which support of an image ended; `None` where it did not, or is not known, or the day is not.
    pub fn support_ended(&self, image: &ImageReference) -> Option<String> {
        let (facts, _) = self.of(image)?;
        let end = facts.end_of_support?;
        // Dates of this form are in the order of time.
        self.today
            .as_ref()
            .is_some_and(|today| end < *today)
            .then_some(end)
    }

    /// Whether registries were asked, so that a tag that they were not asked for, or do not have, is not to be written.
    pub fn has_lock(&self) -> bool {
        !self.lock.images.is_empty()
    }

    pub fn pinning(&self) -> Option<Pinning> {
        self.pinning
    }

    /// What the tag of a reference names, whatever its digest is: by its own row, or as the precise tag of another.
    pub fn locked_tag(&self, image: &ImageReference) -> Option<&LockedImage> {
        if !self.has_lock() {
            return None;
        }
        let (name, tag) = (image.canonical_name(), image.tag().unwrap_or("latest"));
        let start = format!("{name}:");
        let own = self.lock.images.get(&format!("{start}{tag}"));
        let of_name = self.lock.images.range(start.clone()..);
        let mut of_name = of_name.take_while(|(key, _)| key.starts_with(&start));
        own.or_else(|| {
            let row = of_name.find(|(_, row)| row.precise_tag.as_deref() == Some(tag));
            row.map(|(_, row)| row)
        })
    }

    /// What the digest of a reference names.
    pub fn locked_digest(&self, image: &ImageReference) -> Option<&LockedImage> {
        image
            .digest()
            .and_then(|_| self.lock.images.get(&lock::key(image)))
    }

    /// What a reference names: by its digest if it has one.
    fn locked(&self, image: &ImageReference) -> Option<&LockedImage> {
        let of_tag = || {
            let is_same =
                |one: &&LockedImage| image.digest().is_none_or(|digest| digest == one.digest);
            self.locked_tag(image).filter(is_same)
        };
        self.locked_digest(image).or_else(of_tag)
    }

    /// Adds an entry, which wins over one of the table.
    pub fn insert(&mut self, name: String, entry: ImageEntry) {
        self.added.insert(name, Known::new(entry));
    }

    /// By its name, or as the image that every organization of a registry has: `registry.example/*/image`.
    fn entry(&self, name: &str) -> Option<&Known> {
        let of_every_organization = || {
            let (registry, rest) = name.split_once('/')?;
            let (_, image) = rest.split_once('/')?;
            self.exact_entry(&format!("{registry}/*/{image}"))
        };
        self.exact_entry(name).or_else(of_every_organization)
    }

    fn exact_entry(&self, name: &str) -> Option<&Known> {
        if let Some(known) = self.added.get(name) {
            return Some(known);
        }
        let index = self.table.names.position(name)?;
        let json = self.table.entries.get(index)?;
        let read = || {
            let entry = serde_json::from_str(json).ok()?;
            Some(Box::new(Known::new(entry)))
        };
        self.read.get(index)?.get_or_init(read).as_deref()
    }

    /// The facts of an image and where they are from; `None` for an image of which nothing is known.
    pub fn of(&self, image: &ImageReference) -> Option<(Facts, Cow<'_, str>)> {
        let tag = image.tag().unwrap_or("latest");
        let table = self.entry(&image.canonical_name());
        let table = table.map(|known| (known.for_tag(tag), known.entry.source.as_str()));
        let locked = self
            .locked(image)
            .and_then(|locked| locked.configuration.as_ref());
        match (table, locked.map(|configuration| configuration.facts())) {
            (None, None) => None,
            (Some((facts, source)), None) => Some((facts, Cow::Borrowed(source))),
            (None, Some(facts)) => Some((facts, Cow::Borrowed(LOCK))),
            (Some((mut facts, source)), Some(locked)) => {
                facts.merge(&locked);
                Some((facts, Cow::Owned(format!("{LOCK}, {source}"))))
            }
        }
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
            patterns: pattern.to_string(),
            facts: RawValue::from_string(format!("{{\"user\":\"{name}\"}}")).unwrap(),
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

    #[test]
    fn the_lock_wins_over_the_table_fact_by_fact() {
        let digest = |letter: char| format!("sha256:{}", letter.to_string().repeat(64));
        let mut images = BTreeMap::new();
        let locked = lock::LockedImage {
            digest: digest('a'),
            kind: lock::ManifestKind::Image,
            precise_tag: None,
            platforms: BTreeMap::new(),
            configuration: Some(lock::LockedConfiguration {
                platform: "linux/amd64".to_string(),
                created: None,
                user: "app".to_string(),
                workdir: String::new(),
                env: BTreeMap::new(),
                exposes: Vec::new(),
                entrypoint: Vec::new(),
                cmd: Vec::new(),
                volumes: Vec::new(),
                onbuild: false,
            }),
            since: String::new(),
        };
        images.insert("docker.io/library/x:1".to_string(), locked);
        let mut facts = ImageFacts::default().with_lock(Lock {
            images,
            ..Lock::default()
        });
        let entry = ImageEntry {
            source: "table".into(),
            facts: Facts {
                user: Some("root".to_string()),
                sh: Some("dash".to_string()),
                ..Facts::default()
            },
            tags: Vec::new(),
        };
        facts.insert("docker.io/library/x".into(), entry);
        let of = |text: &str| {
            let (found, source) = facts.of(&ImageReference::parse(text).unwrap()).unwrap();
            (found.user.unwrap(), found.sh.unwrap(), source.into_owned())
        };
        let is =
            |user: &str, source: &str| (user.to_string(), "dash".to_string(), source.to_string());
        assert_eq!(of("x:1"), is("app", "harden.lock, table"));
        assert_eq!(
            of(&format!("x:1@{}", digest('a'))),
            is("app", "harden.lock, table")
        );
        // Another digest is another image, whatever the tag says.
        assert_eq!(of(&format!("x:1@{}", digest('b'))), is("root", "table"));
        assert_eq!(of("x:2"), is("root", "table"));
    }
}
