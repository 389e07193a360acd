//! Pipelines as they are written: `.gitlab-ci.yml` and the files that it includes, and the workflows of GitHub.
//!
//! A file is read with the place of each node and never printed again: whoever changes it makes edits of its text. Scripts are
//! read as shell, with the commands of the Docker client among them.

pub mod comments;
pub mod docker;
pub mod github;
pub mod gitlab;
pub mod images;
pub mod layout;
pub mod outline;
pub mod places;
pub mod script;
pub mod texts;
pub mod yaml;

use serde::Deserialize;

pub use github::Workflow;
pub use gitlab::{File, Job, Pipeline};
use yaml::{NodeId, Yaml, YamlError};

use crate::text::Span;

/// Whose files they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum System {
    #[default]
    Gitlab,
    /// Their workflows are never changed.
    Github,
}

/// What builds images without a daemon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Builder {
    Buildah,
    Buildkit,
    Kaniko,
}

/// Who looks for weaknesses in the image that was built.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scan {
    /// The job of GitLab's template.
    #[default]
    Template,
    Trivy,
    None,
}

/// What a profile wants of pipelines.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    pub system: Option<System>,
    pub builder: Option<Builder>,
    /// The image of the builder, such as that of a fork.
    pub image: Option<String>,
    pub scan: Option<Scan>,
    /// An image with harden in it, for `harden gate`; Trivy is the gate without it.
    pub gate_image: Option<String>,
}

impl Settings {
    /// The same, with what it leaves open from another.
    pub fn or(self, other: Self) -> Self {
        let is_same = self.builder.is_none() || self.builder == other.builder;
        Self {
            system: self.system.or(other.system),
            builder: self.builder.or(other.builder),
            // An image goes with its builder.
            image: self.image.or(other.image.filter(|_| is_same)),
            scan: self.scan.or(other.scan),
            gate_image: self.gate_image.or(other.gate_image),
        }
    }

    pub fn system(&self) -> System {
        self.system.unwrap_or_default()
    }

    pub fn builder(&self) -> Builder {
        self.builder.unwrap_or(Builder::Buildah)
    }

    /// The image of the builder: its makers name them, and what they hold, in
    /// <https://github.com/podman-container-tools/buildah/tree/main/contrib/buildahimage>,
    /// <https://github.com/moby/buildkit/releases/tag/v0.27.0> and
    /// <https://github.com/GoogleContainerTools/kaniko#debug-image>.
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

/// What a rule is asked of a workflow.
pub struct WorkflowSurvey<'w, 's> {
    pub workflow: &'w Workflow<'s>,
    pub settings: &'w Settings,
}

/// The root of the only document of a file that is a `what`.
///
/// # Errors
/// Where there is none, or more than one.
fn only_document(yaml: &Yaml<'_>, what: &str) -> Result<NodeId, YamlError> {
    let error = |span, text: &str| {
        let message = format!("{text}: this is no {what}");
        Err(YamlError { span, message })
    };
    match yaml.documents.as_slice() {
        [root] => Ok(*root),
        [] => error(Span::at(0), "no YAML in it"),
        [_, second, ..] => error(yaml.span(*second), "more than one document"),
    }
}
