//! What `harden.lock` says of images. No IO: whoever calls hands in the text, and writes it.
//!
//! The text is YAML, sorted by the names of the images, and ends in `...`, so that half a file is known for what it is.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use super::facts::{Facts, OperatingSystem};
use crate::syntax::image::ImageReference;

/// The version of the format that this harden reads and writes.
pub const VERSION: u32 = 1;

const HEAD: &str = "# What registries said of the images in these Dockerfiles. Made by `harden lock`; keep it with them.\n";
const END: &str = "...\n";

/// Facts of images by their full name: `docker.io/library/node:22`, or `docker.io/library/node@sha256:…`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lock {
    pub version: u32,
    #[serde(default, with = "serde_with::rust::maps_duplicate_key_is_error")]
    pub images: BTreeMap<String, LockedImage>,
}

impl Default for Lock {
    fn default() -> Self {
        Self {
            version: VERSION,
            images: BTreeMap::new(),
        }
    }
}

/// What a reference named when it was looked up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LockedImage {
    pub digest: String,
    pub kind: ManifestKind,
    /// The tag that says most precisely which image it is, of those that name the same digest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub precise_tag: Option<String>,
    /// The digest of each platform; of an image without index, its own.
    #[serde(
        default,
        with = "serde_with::rust::maps_duplicate_key_is_error",
        skip_serializing_if = "BTreeMap::is_empty"
    )]
    pub platforms: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub configuration: Option<LockedConfiguration>,
    /// `YYYY-MM-DD`: when the reference was last seen to name another image than before.
    pub since: String,
}

/// Whether a digest stands for all platforms or for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ManifestKind {
    Index,
    Image,
}

/// The configuration of an image, for one platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LockedConfiguration {
    pub platform: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<String>,
    /// Empty for root, as everything below is for what the image does not say.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub user: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub workdir: String,
    #[serde(
        default,
        with = "serde_with::rust::maps_duplicate_key_is_error",
        skip_serializing_if = "BTreeMap::is_empty"
    )]
    pub env: BTreeMap<String, String>,
    /// As EXPOSE has them: `80/tcp`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exposes: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entrypoint: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cmd: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub volumes: Vec<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub onbuild: bool,
}

impl LockedConfiguration {
    /// What is known of the image by its configuration alone.
    pub fn facts(&self) -> Facts {
        let or = |text: &str, default: &str| {
            Some(if text.is_empty() { default } else { text }.to_string())
        };
        let ports = self.exposes.iter().filter_map(|port| {
            let (number, protocol) = port.split_once('/').unwrap_or((port, "tcp"));
            number.parse().ok().filter(|_| protocol == "tcp")
        });
        Facts {
            os: match self.platform.split('/').next() {
                Some("linux") => Some(OperatingSystem::Linux),
                Some("windows") => Some(OperatingSystem::Windows),
                _ => None,
            },
            user: or(&self.user, "root"),
            workdir: or(&self.workdir, "/"),
            env: Some(self.env.clone()),
            exposes: Some(ports.collect()),
            entrypoint: Some(self.entrypoint.clone()),
            cmd: Some(self.cmd.clone()),
            volumes: Some(self.volumes.clone()),
            onbuild: Some(self.onbuild),
            ..Facts::default()
        }
    }
}

/// What is wrong with a lock, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockError {
    /// Line and column, from 1.
    pub position: Option<(usize, usize)>,
    pub message: String,
    pub help: &'static str,
}

const MAKE_AGAIN: &str = "`harden lock` makes a new one, after this one has been removed";

/// Only the version, so that a later format is known for what it is.
#[derive(Deserialize)]
struct Version {
    version: u32,
}

/// # Errors
/// [`LockError`] where the text is no lock, not all of one, or one that contradicts itself.
pub fn parse(text: &str) -> Result<Lock, LockError> {
    let fail = |position, message: String| LockError {
        position,
        message,
        help: MAKE_AGAIN,
    };
    let yaml = |error: serde_yaml::Error| {
        let text = error.to_string();
        let end = text.rfind(" at line ").unwrap_or(text.len());
        let place = error.location().map(|at| (at.line(), at.column()));
        fail(place, text.get(..end).unwrap_or(&text).to_string())
    };
    let head: Version = serde_yaml::from_str(text).map_err(yaml)?;
    if head.version > VERSION {
        return Err(LockError {
            position: None,
            message: format!(
                "made by a later harden: version {} of the format, not {VERSION}",
                head.version
            ),
            help: "a newer harden reads it",
        });
    }
    if head.version != VERSION {
        return Err(fail(
            None,
            format!("there is no version {} of the format", head.version),
        ));
    }
    if !text.replace("\r\n", "\n").trim_end().ends_with("\n...") {
        let line = text.lines().count().max(1);
        return Err(fail(
            Some((line, 1)),
            "not all of it is there: the last line is not `...`".to_string(),
        ));
    }
    let lock: Lock = serde_yaml::from_str(text).map_err(yaml)?;
    for (name, image) in &lock.images {
        if let Err(what) = check(name, image) {
            let line = text.lines().position(|line| line.contains(name.as_str()));
            return Err(fail(
                line.map(|line| (line + 1, 1)),
                format!("`{name}`: {what}"),
            ));
        }
    }
    Ok(lock)
}

fn check(name: &str, image: &LockedImage) -> Result<(), String> {
    let reference = ImageReference::parse(name).ok_or("no reference to an image")?;
    if key(&reference) != name {
        return Err(format!("not a full name; that is `{}`", key(&reference)));
    }
    let digests = image.platforms.values().chain([&image.digest]);
    if let Some(digest) = digests.into_iter().find(|digest| !is_digest(digest)) {
        return Err(format!("`{digest}` is no digest"));
    }
    if reference
        .digest()
        .is_some_and(|digest| digest != image.digest)
    {
        return Err("it has another digest than its name".to_string());
    }
    let same = image
        .platforms
        .iter()
        .find(|(_, digest)| **digest == image.digest);
    match (image.kind, same) {
        (ManifestKind::Index, Some((platform, _))) => Err(format!(
            "the digest is that of {platform} only, not that of the index"
        )),
        (ManifestKind::Image, None) if !image.platforms.is_empty() => {
            Err("an image without index has one platform, with its own digest".to_string())
        }
        _ if image.precise_tag.as_deref().is_some_and(|tag| !is_tag(tag)) => {
            Err("`precise_tag` is no tag".to_string())
        }
        _ => Ok(()),
    }
}

/// The text of a lock: the same for the same facts.
///
/// # Errors
/// Where YAML cannot say it; no lock is like that.
pub fn render(lock: &Lock) -> Result<String, String> {
    let body = serde_yaml::to_string(lock).map_err(|error| error.to_string())?;
    let mut text = String::from(HEAD);
    let _ = write!(text, "{body}{END}");
    Ok(text)
}

/// The name of an image in a lock: in full, with the digest, else with the tag.
pub fn key(image: &ImageReference) -> String {
    let name = image.canonical_name();
    match (image.digest(), image.tag()) {
        (Some(digest), _) => format!("{name}@{digest}"),
        (None, tag) => format!("{name}:{}", tag.unwrap_or("latest")),
    }
}

/// Whether a text is a digest that can be checked: `sha256:` and 64 hexadecimal digits in lower case.
pub fn is_digest(text: &str) -> bool {
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    text.strip_prefix("sha256:")
        .is_some_and(|digits| digits.len() == 64 && digits.bytes().all(is_digit))
}

/// Whether a text can be a tag.
pub fn is_tag(text: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    (1..=128).contains(&text.len()) && text.chars().all(is_plain) && !text.starts_with(['.', '-'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(letter: char) -> String {
        format!("sha256:{}", letter.to_string().repeat(64))
    }

    fn image(kind: ManifestKind) -> LockedImage {
        let platform = if kind == ManifestKind::Index {
            'b'
        } else {
            'a'
        };
        LockedImage {
            digest: digest('a'),
            kind,
            precise_tag: Some("22.11.0-bookworm".to_string()),
            platforms: BTreeMap::from([("linux/amd64".to_string(), digest(platform))]),
            configuration: Some(LockedConfiguration {
                platform: "linux/amd64".to_string(),
                created: None,
                user: String::new(),
                workdir: "/app".to_string(),
                env: BTreeMap::from([("A".to_string(), "1: #".to_string())]),
                exposes: vec!["80/tcp".to_string(), "53/udp".to_string()],
                entrypoint: Vec::new(),
                cmd: vec!["node".to_string()],
                volumes: Vec::new(),
                onbuild: false,
            }),
            since: "2026-11-24".to_string(),
        }
    }

    fn text(name: &str, image: LockedImage) -> String {
        let images = BTreeMap::from([(name.to_string(), image)]);
        render(&Lock {
            images,
            ..Lock::default()
        })
        .expect("YAML")
    }

    const NODE: &str = "docker.io/library/node:22";

    #[test]
    fn what_is_written_is_read() {
        let text = text(NODE, image(ManifestKind::Index));
        let lock = parse(&text).expect("a lock");
        assert_eq!(lock.images.get(NODE), Some(&image(ManifestKind::Index)));
        assert_eq!(render(&lock).expect("YAML"), text);
        assert!(parse(&text.replace('\n', "\r\n")).is_ok());
    }

    #[test]
    fn every_part_of_a_lock_is_known_for_a_part() {
        let text = text(NODE, image(ManifestKind::Index));
        for end in 0..text.trim_end().len() {
            assert!(
                parse(&text[..end]).is_err(),
                "{end} of {} bytes are taken",
                text.len()
            );
        }
    }

    #[test]
    fn contradictions_are_found() {
        let index = || image(ManifestKind::Index);
        let single = || image(ManifestKind::Image);
        for (name, image, part) in [
            ("node:22", index(), "not a full name"),
            (
                NODE,
                LockedImage {
                    digest: digest('b'),
                    ..index()
                },
                "linux/amd64 only",
            ),
            (
                NODE,
                LockedImage {
                    digest: digest('c'),
                    ..single()
                },
                "its own digest",
            ),
            (
                NODE,
                LockedImage {
                    digest: "sha256:1".into(),
                    ..index()
                },
                "no digest",
            ),
            (
                NODE,
                LockedImage {
                    precise_tag: Some("a b".into()),
                    ..index()
                },
                "no tag",
            ),
            (
                &format!("docker.io/library/node@{}", digest('d')),
                index(),
                "another digest",
            ),
        ] {
            let error = parse(&text(name, image)).expect_err(part);
            assert!(error.message.contains(part), "{}", error.message);
            assert!(error.position.is_some());
        }
    }

    #[test]
    fn later_and_foreign_texts_are_refused() {
        for (text, part) in [
            ("version: 2\nnews: 1\n...\n", "later harden"),
            ("version: 0\n...\n", "no version 0"),
            ("version: 1\nimages: {}\nx: 1\n...\n", "unknown field"),
            ("<<<<<<< ours\nversion: 1\n", ""),
            ("", ""),
        ] {
            let error = parse(text).expect_err(text);
            assert!(error.message.contains(part), "{}", error.message);
        }
    }

    #[test]
    fn the_configuration_gives_facts() {
        let facts = image(ManifestKind::Index)
            .configuration
            .expect("one")
            .facts();
        assert_eq!(facts.user.as_deref(), Some("root"));
        assert_eq!(facts.workdir.as_deref(), Some("/app"));
        assert_eq!(facts.exposes, Some(vec![80]));
    }
}
