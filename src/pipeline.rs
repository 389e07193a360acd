//! Pipelines as they are written: `.gitlab-ci.yml` and the files that it includes.
//!
//! A file is read with the place of each node and never printed again: whoever changes it makes edits of its text. Scripts are
//! read as shell, with the commands of the Docker client among them.

pub mod comments;
pub mod docker;
pub mod gitlab;
pub mod layout;
pub mod outline;
pub mod script;
pub mod yaml;

use serde::Deserialize;

pub use gitlab::{File, Job, Pipeline};

/// What builds images without a daemon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Builder {
    Buildah,
    Buildkit,
    Kaniko,
}

/// What a profile wants of pipelines.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    pub builder: Option<Builder>,
    /// The image of the builder, such as that of a fork.
    pub image: Option<String>,
}

impl Settings {
    /// The same, with what it leaves open from another.
    pub fn or(self, other: Self) -> Self {
        let is_same = self.builder.is_none() || self.builder == other.builder;
        Self {
            builder: self.builder.or(other.builder),
            // An image goes with its builder.
            image: self.image.or(other.image.filter(|_| is_same)),
        }
    }

    pub fn builder(&self) -> Builder {
        self.builder.unwrap_or(Builder::Buildah)
    }

    pub fn builder_image(&self) -> &str {
        match (&self.image, self.builder()) {
            (Some(image), _) => image,
            (None, Builder::Buildah) => "quay.io/buildah/stable:v1.43.4",
            (None, Builder::Buildkit) => "moby/buildkit:v0.27.0-rootless",
            (None, Builder::Kaniko) => "gcr.io/kaniko-project/executor:debug",
        }
    }
}

/// What a rule is asked of.
pub struct Survey<'p, 's> {
    pub pipeline: &'p Pipeline<'s>,
    pub settings: &'p Settings,
}

/// Whether a file of that name is a pipeline of GitLab's.
pub fn is_pipeline_name(name: &str) -> bool {
    name.ends_with(".yml") || name.ends_with(".yaml")
}
