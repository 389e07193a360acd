//! The documents of a registry: indexes, manifests and configurations of images.

use std::collections::BTreeMap;

use harden::model::lock::{LockedConfiguration, ManifestKind};
use serde::Deserialize;

/// All kinds of manifest there are. A registry that does not find its own among them says that there is no such image.
pub(super) const ACCEPT: &str = "application/vnd.oci.image.index.v1+json, \
    application/vnd.docker.distribution.manifest.list.v2+json, \
    application/vnd.oci.image.manifest.v1+json, \
    application/vnd.docker.distribution.manifest.v2+json";

/// What the digest of a document is.
pub(super) fn digest(bytes: &[u8]) -> String {
    format!("sha256:{}", harden::digest::sha256(bytes))
}

#[derive(Deserialize)]
struct Document {
    #[serde(rename = "schemaVersion")]
    version: Option<u32>,
    manifests: Option<Vec<Descriptor>>,
    config: Option<Descriptor>,
}

#[derive(Deserialize)]
struct Descriptor {
    digest: String,
    platform: Option<Platform>,
}

#[derive(Deserialize)]
struct Platform {
    #[serde(default)]
    architecture: String,
    #[serde(default)]
    os: String,
    variant: Option<String>,
    #[serde(rename = "os.version")]
    version: Option<String>,
}

impl Platform {
    /// `linux/arm/v7`; for Windows with its version, because one index has several of them.
    fn name(&self) -> Option<String> {
        // Attestations are said to be for an unknown platform.
        if self.os == "unknown" || self.os.is_empty() || self.architecture.is_empty() {
            return None;
        }
        let mut name = format!("{}/{}", self.os, self.architecture);
        for (mark, part) in [('/', &self.variant), (':', &self.version)] {
            if let Some(part) = part.as_ref().filter(|part| !part.is_empty()) {
                name.push(mark);
                name.push_str(part);
            }
        }
        Some(name)
    }
}

/// What a reference names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Manifest {
    /// The digests of the platforms.
    Index(BTreeMap<String, String>),
    /// The digest of the configuration.
    Image(String),
}

impl Manifest {
    pub(super) fn kind(&self) -> ManifestKind {
        match self {
            Self::Index(_) => ManifestKind::Index,
            Self::Image(_) => ManifestKind::Image,
        }
    }
}

/// # Errors
/// What keeps it from being a manifest.
pub(super) fn manifest(bytes: &[u8]) -> Result<Manifest, String> {
    let document: Document =
        serde_json::from_slice(bytes).map_err(|_| "its answer is no manifest".to_string())?;
    if document.version == Some(1) {
        return Err(
            "the image has a manifest of the old schema 1, which has no digests".to_string(),
        );
    }
    if let Some(manifests) = document.manifests {
        let rows = manifests.into_iter().filter_map(|one| {
            let name = one.platform.as_ref()?.name()?;
            is_digest(&one.digest).then_some((name, one.digest))
        });
        return Ok(Manifest::Index(rows.collect()));
    }
    match document.config {
        Some(config) if is_digest(&config.digest) => Ok(Manifest::Image(config.digest)),
        _ => Err("its answer is no manifest".to_string()),
    }
}

/// Digests become a part of paths, so they are looked at first.
pub(super) fn is_digest(text: &str) -> bool {
    harden::model::lock::is_digest(text)
}

#[derive(Deserialize)]
struct Configuration {
    #[serde(default)]
    architecture: String,
    #[serde(default)]
    os: String,
    variant: Option<String>,
    created: Option<String>,
    config: Option<Inner>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Inner {
    user: Option<String>,
    exposed_ports: Option<BTreeMap<String, serde_json::Value>>,
    env: Option<Vec<String>>,
    working_dir: Option<String>,
    entrypoint: Option<Vec<String>>,
    cmd: Option<Vec<String>>,
    volumes: Option<BTreeMap<String, serde_json::Value>>,
    on_build: Option<Vec<String>>,
}

/// The configuration of an image; `None` where it is that of something else.
pub(super) fn configuration(bytes: &[u8]) -> Option<LockedConfiguration> {
    let found: Configuration = serde_json::from_slice(bytes).ok()?;
    let platform = Platform {
        architecture: found.architecture,
        os: found.os,
        variant: found.variant,
        version: None,
    };
    let inner = found.config.unwrap_or_default();
    let env = inner.env.unwrap_or_default();
    let env = env.iter().filter_map(|pair| pair.split_once('='));
    Some(LockedConfiguration {
        platform: platform.name()?,
        created: found.created,
        user: inner.user.unwrap_or_default(),
        workdir: inner.working_dir.unwrap_or_default(),
        env: env
            .map(|(name, value)| (name.to_string(), value.to_string()))
            .collect(),
        exposes: inner
            .exposed_ports
            .unwrap_or_default()
            .into_keys()
            .collect(),
        entrypoint: inner.entrypoint.unwrap_or_default(),
        cmd: inner.cmd.unwrap_or_default(),
        volumes: inner.volumes.unwrap_or_default().into_keys().collect(),
        onbuild: inner.on_build.is_some_and(|lines| !lines.is_empty()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

    #[test]
    fn the_digest_is_that_of_the_bytes() {
        let empty = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(digest(b""), empty);
    }

    #[test]
    fn attestations_are_no_platform() {
        let text = format!(
            r#"{{"schemaVersion": 2, "manifests": [
              {{"digest": "{A}", "platform": {{"os": "linux", "architecture": "arm", "variant": "v7"}}}},
              {{"digest": "{A}", "platform": {{"os": "windows", "architecture": "amd64", "os.version": "10.0.1"}}}},
              {{"digest": "{A}", "platform": {{"os": "unknown", "architecture": "unknown"}}}},
              {{"digest": "../x", "platform": {{"os": "linux", "architecture": "amd64"}}}} ]}}"#
        );
        let Ok(Manifest::Index(platforms)) = manifest(text.as_bytes()) else {
            panic!("no index");
        };
        let names: Vec<&str> = platforms.keys().map(String::as_str).collect();
        assert_eq!(names, ["linux/arm/v7", "windows/amd64:10.0.1"]);
    }

    #[test]
    fn what_is_no_manifest_is_told() {
        for text in [
            "",
            "<html>",
            "[]",
            "{}",
            r#"{"config": {"digest": "x"}}"#,
            r#"{"schemaVersion": 1}"#,
        ] {
            assert!(manifest(text.as_bytes()).is_err(), "{text}");
        }
    }
}
