//! What GitHub makes of a workflow: jobs, their containers, and their steps. It is read, and never changed.

pub mod images;

use std::collections::BTreeSet;

use super::texts::{self, ScriptText};
use super::yaml::{NodeId, Yaml, YamlError};

/// A file of `.github/workflows`.
pub struct Workflow<'s> {
    pub yaml: Yaml<'s>,
    pub root: NodeId,
    /// The mapping with the variables of all jobs.
    variables: Option<NodeId>,
    /// The shell of all jobs.
    shell: Option<NodeId>,
}

/// A job, by its id.
#[derive(Clone, Copy)]
pub struct Job<'w> {
    pub name: &'w str,
    pub key: NodeId,
    pub node: NodeId,
}

/// A step of a job.
#[derive(Clone, Copy)]
pub struct Step<'w> {
    pub node: NodeId,
    /// The action that it uses, and where that is named.
    pub action: Option<(NodeId, Action<'w>)>,
    /// What it runs in a shell of POSIX's kind.
    pub script: Option<NodeId>,
}

/// What stands behind `uses`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Action<'w> {
    /// Without its version: `docker/build-push-action`, `./local`, `docker://alpine`.
    pub name: &'w str,
    /// Behind the `@`.
    pub version: Option<&'w str>,
}

impl<'w> Action<'w> {
    fn of(text: &'w str) -> Self {
        match text.split_once('@') {
            Some((name, version)) => Self {
                name,
                version: Some(version),
            },
            None => Self {
                name: text,
                version: None,
            },
        }
    }

    /// Whether it is a file of the same commit.
    pub fn is_local(&self) -> bool {
        self.name.starts_with("./") || self.name.starts_with("../")
    }

    /// Whether it is that action, or stands in a folder of it.
    pub fn is(&self, name: &str) -> bool {
        let own = self.name.get(..name.len());
        let rest = self.name.get(name.len()..).unwrap_or("");
        own.is_some_and(|own| own.eq_ignore_ascii_case(name))
            && (rest.is_empty() || rest.starts_with('/'))
    }

    /// Whether its version is a digest, which always is the same files.
    pub fn is_pinned(&self) -> bool {
        let version = self.version.unwrap_or("");
        let digits = version.strip_prefix("sha256:").unwrap_or(version);
        matches!(digits.len(), 40 | 64) && digits.chars().all(|c| c.is_ascii_hexdigit())
    }
}

impl<'s> Workflow<'s> {
    /// # Errors
    /// What keeps it from being read.
    pub fn parse(source: &'s str) -> Result<Self, YamlError> {
        let yaml = Yaml::parse(source)?;
        let root = super::only_document(&yaml, "workflow")?;
        match yaml.entry(root, "jobs") {
            Some((_, jobs)) if yaml.is_mapping(jobs) => Ok(Self {
                variables: yaml.entry(root, "env").map(|(_, variables)| variables),
                shell: default_shell(&yaml, root),
                yaml,
                root,
            }),
            _ => Err(YamlError {
                span: yaml.span(root),
                message: "no mapping `jobs`: this is no workflow".to_string(),
            }),
        }
    }

    /// The jobs; one that an alias repeats is there once.
    pub fn jobs(&self) -> Vec<Job<'_>> {
        let yaml = &self.yaml;
        let jobs = yaml.entry(self.root, "jobs").map(|(_, jobs)| jobs);
        let entries = jobs.map_or(&[][..], |jobs| yaml.entries(jobs)).iter();
        let job = |(key, node): &(NodeId, NodeId)| {
            let name = yaml.scalar(*key)?;
            let (key, node) = (*key, *node);
            let is_job = yaml.is_mapping(node) && !yaml.is_alias(node);
            is_job.then_some(Job { name, key, node })
        };
        entries.filter_map(job).collect()
    }

    /// The text of an entry.
    pub fn text(&self, mapping: NodeId, key: &str) -> Option<&str> {
        self.yaml.scalar(self.yaml.entry(mapping, key)?.1)
    }

    /// An input of the action of a step.
    pub fn input(&self, step: Step<'_>, name: &str) -> Option<&str> {
        self.text(self.yaml.entry(step.node, "with")?.1, name)
    }

    /// The value of a variable in a step, as far as it is written in the file.
    pub fn variable(&self, job: Job<'_>, step: Step<'_>, name: &str) -> Option<&str> {
        let of = |place: NodeId| self.yaml.entry(place, "env").map(|(_, node)| node);
        let places = [of(step.node), of(job.node), self.variables].into_iter();
        places
            .flatten()
            .find_map(|variables| self.text(variables, name))
    }

    /// The jobs that a job waits for.
    pub fn needs(&self, job: Job<'_>) -> Vec<&str> {
        let yaml = &self.yaml;
        let Some((_, needs)) = yaml.entry(job.node, "needs") else {
            return Vec::new();
        };
        match yaml.scalar(needs) {
            Some(name) => vec![name],
            None => {
                let items = yaml.items(needs).iter();
                items.filter_map(|item| yaml.scalar(*item)).collect()
            }
        }
    }

    /// The workflow that a job calls instead of having steps.
    pub fn called(&self, job: Job<'_>) -> Option<(NodeId, Action<'_>)> {
        let (_, node) = self.yaml.entry(job.node, "uses")?;
        Some((node, Action::of(self.yaml.scalar(node)?)))
    }

    /// The steps of a job; what an alias repeats is there once.
    pub fn steps(&self, job: Job<'_>) -> Vec<Step<'_>> {
        let yaml = &self.yaml;
        let Some(steps) = self.list_of_steps(job) else {
            return Vec::new();
        };
        let is_posix = self.has_posix_shell(job);
        let mut seen = BTreeSet::new();
        let nodes = yaml.items(steps).iter().map(|item| yaml.follow(*item));
        let nodes = nodes.filter(|node| seen.insert(*node));
        let step = |node: NodeId| {
            let uses = yaml.entry(node, "uses").map(|(_, uses)| uses);
            let action = uses.and_then(|uses| Some((uses, Action::of(yaml.scalar(uses)?))));
            let run = yaml.entry(node, "run").map(|(_, run)| run);
            let is_read = self.text(node, "shell").map_or(is_posix, is_posix_shell);
            Step {
                node,
                action,
                script: run.filter(|_| is_read),
            }
        };
        nodes.map(step).collect()
    }

    /// The list with the steps of a job, behind an alias too.
    pub fn list_of_steps(&self, job: Job<'_>) -> Option<NodeId> {
        let (_, steps) = self.yaml.entry(job.node, "steps")?;
        Some(self.yaml.follow(steps))
    }

    /// Whether the scripts of a job are for such a shell where a step does not say otherwise.
    fn has_posix_shell(&self, job: Job<'_>) -> bool {
        let yaml = &self.yaml;
        let own = default_shell(yaml, job.node).or(self.shell);
        if let Some(shell) = own.and_then(|shell| yaml.scalar(shell)) {
            return is_posix_shell(shell);
        }
        let runner = yaml.entry(job.node, "runs-on");
        let runner = runner.map_or("", |(_, node)| yaml.span(node).slice(yaml.source));
        !runner.to_ascii_lowercase().contains("windows")
    }

    /// The text that a step runs.
    pub fn script(&self, step: Step<'_>) -> Option<ScriptText<'_>> {
        let node = self.yaml.follow(step.script?);
        Some(ScriptText::with_expressions(node, self.yaml.scalar(node)?))
    }

    /// The texts of all scripts, each once.
    pub fn scripts(&self) -> Vec<ScriptText<'_>> {
        let mut seen = BTreeSet::new();
        let steps = self.jobs().into_iter().flat_map(|job| self.steps(job));
        let nodes = steps.filter_map(|step| step.script).collect::<Vec<_>>();
        let mut found = Vec::new();
        for node in nodes {
            let nodes = texts::commands(&self.yaml, node, &mut seen).into_iter();
            found.extend(nodes.filter_map(|node| {
                Some(ScriptText::with_expressions(node, self.yaml.scalar(node)?))
            }));
        }
        found
    }

    /// The containers of a job: the one that it runs in, and its services.
    pub fn containers(&self, job: Job<'_>) -> Vec<NodeId> {
        let yaml = &self.yaml;
        let own = yaml.entry(job.node, "container").map(|(_, node)| node);
        let services = yaml.entry(job.node, "services").map(|(_, node)| node);
        let services = services.map_or(&[][..], |services| yaml.entries(services));
        let all = own
            .into_iter()
            .chain(services.iter().map(|(_, node)| *node));
        all.filter(|node| !yaml.is_alias(*node)).collect()
    }

    /// The image of a container.
    pub fn image(&self, container: NodeId) -> Option<NodeId> {
        match self.yaml.is_mapping(container) {
            true => Some(self.yaml.entry(container, "image")?.1),
            false => Some(container),
        }
    }

    /// The names of the images of all containers.
    pub fn images(&self) -> Vec<NodeId> {
        let containers = self.jobs().into_iter().flat_map(|job| self.containers(job));
        containers.filter_map(|one| self.image(one)).collect()
    }

    /// The variables of the workflow, its jobs and their steps, with their values.
    pub fn variables(&self) -> Vec<(NodeId, NodeId)> {
        let yaml = &self.yaml;
        let mut places = vec![self.root];
        for job in self.jobs() {
            places.push(job.node);
            places.extend(self.yaml.entry(job.node, "container").map(|(_, node)| node));
            places.extend(self.steps(job).iter().map(|step| step.node));
        }
        let mut seen = BTreeSet::new();
        let places = places.into_iter().filter(|place| seen.insert(*place));
        let variables = places.filter_map(|place| yaml.entry(place, "env"));
        let entries = variables
            .filter(|(_, node)| !yaml.is_alias(*node))
            .flat_map(|(_, node)| yaml.entries(node));
        entries.copied().collect()
    }

    /// The values of the variables of services, which live as long as their job.
    pub fn values_of_services(&self) -> BTreeSet<&str> {
        let yaml = &self.yaml;
        let services = self
            .jobs()
            .into_iter()
            .filter_map(|job| yaml.entry(job.node, "services"));
        let services = services.flat_map(|(_, services)| yaml.entries(services));
        let variables = services.filter_map(|(_, service)| yaml.entry(*service, "env"));
        let values = variables.flat_map(|(_, variables)| yaml.entries(variables));
        values
            .filter_map(|(_, value)| yaml.scalar(*value))
            .collect()
    }

    /// Whether only other workflows start it.
    pub fn is_only_called(&self) -> bool {
        let yaml = &self.yaml;
        let Some((_, on)) = yaml.entry(self.root, "on") else {
            return false;
        };
        let is_call = |node: NodeId| yaml.scalar(node) == Some("workflow_call");
        match (yaml.entries(on), yaml.items(on)) {
            ([(key, _)], _) => is_call(*key),
            (_, [item]) => is_call(*item),
            _ => is_call(on),
        }
    }
}

fn default_shell(yaml: &Yaml<'_>, mapping: NodeId) -> Option<NodeId> {
    let (_, defaults) = yaml.entry(mapping, "defaults")?;
    let (_, run) = yaml.entry(defaults, "run")?;
    yaml.entry(run, "shell").map(|(_, shell)| shell)
}

/// `bash`, and a template such as `/bin/sh -e {0}`
fn is_posix_shell(shell: &str) -> bool {
    let program = shell.split_whitespace().next().unwrap_or("");
    let program = program.rsplit('/').next().unwrap_or("");
    matches!(program, "bash" | "sh" | "dash")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_actions_are_pinned_by_digest() {
        for (text, is_pinned) in [
            ("actions/checkout@v4", false),
            ("actions/checkout", false),
            (
                "actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683",
                true,
            ),
            ("docker://alpine:3.20", false),
            (
                "docker://alpine@sha256:0000000000000000000000000000000000000000000000000000000000000000",
                true,
            ),
        ] {
            assert_eq!(Action::of(text).is_pinned(), is_pinned, "{text}");
        }
        let action = Action::of("Docker/build-push-action/x@v6");
        assert!(action.is("docker/build-push-action") && !action.is("docker/build"));
        assert!(!Action::of("é").is("ab"));
    }
}
