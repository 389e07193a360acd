//! What GitLab makes of its files: jobs, templates, defaults. Nothing is expanded; each value knows where it is written.

use std::collections::BTreeSet;

use super::texts::{self, ScriptText};
use super::yaml::{Data, NodeId, Yaml, YamlError};

/// What GitLab allows, and a limit for circles.
const DEEPEST_EXTENDS: usize = 11;
const DEEPEST_MERGE: usize = 16;

/// Top-level keys that are no jobs.
const NO_JOBS: &[&str] = &[
    "after_script",
    "before_script",
    "cache",
    "default",
    "image",
    "include",
    "services",
    "spec",
    "stages",
    "types",
    "variables",
    "workflow",
];

/// A file of a pipeline.
pub struct File<'s> {
    /// Empty for the file that is worked on.
    pub path: String,
    pub yaml: Yaml<'s>,
    /// The mapping with the jobs: of the last document, behind the header of a component.
    pub root: NodeId,
}

impl<'s> File<'s> {
    /// # Errors
    /// What keeps it from being read.
    pub fn parse(path: &str, source: &'s str) -> Result<Self, YamlError> {
        let yaml = Yaml::parse(source)?;
        let root = match yaml.documents.as_slice() {
            [header, root] if yaml.entry(*header, "spec").is_some() => *root,
            _ => super::only_document(&yaml, "pipeline")?,
        };
        if !yaml.is_mapping(root) {
            return Err(YamlError {
                span: yaml.span(root),
                message: "no mapping: this is no pipeline".to_string(),
            });
        }
        let path = path.to_string();
        Ok(Self { path, yaml, root })
    }

    /// The files of its own repository that it includes, as they are written. Nothing is fetched.
    pub fn local_includes(&self) -> Vec<&str> {
        let Some((_, include)) = self.named("include") else {
            return Vec::new();
        };
        let yaml = &self.yaml;
        let path = |node: NodeId| match yaml.is_mapping(node) {
            true => yaml.scalar(yaml.entry(node, "local")?.1),
            false => yaml.scalar(node).filter(|path| !path.contains("://")),
        };
        match yaml.is_sequence(include) {
            true => yaml
                .items(include)
                .iter()
                .filter_map(|item| path(*item))
                .collect(),
            false => path(include).into_iter().collect(),
        }
    }

    pub fn jobs(&self) -> Vec<Job> {
        let yaml = &self.yaml;
        let entries = yaml.entries(self.root).iter();
        entries
            .filter_map(|(key, node)| {
                let name = yaml.scalar(*key)?.to_string();
                let is_job = yaml.is_mapping(*node) && !NO_JOBS.contains(&name.as_str());
                let (key, node) = (*key, *node);
                is_job.then_some(Job { name, key, node })
            })
            .collect()
    }

    fn named(&self, name: &str) -> Option<(NodeId, NodeId)> {
        self.yaml.entry(self.root, name)
    }

    /// As `path:line`, for what stands in another file.
    fn place(&self, node: NodeId) -> String {
        let start = self.yaml.span(node).start;
        let before = self.yaml.source.get(..start).unwrap_or("");
        let line = memchr::memchr_iter(b'\n', before.as_bytes()).count() + 1;
        format!("`{}`, line {line}", self.path)
    }
}

/// A job, or the template of jobs that starts with a dot.
#[derive(Clone, Debug)]
pub struct Job {
    pub name: String,
    pub key: NodeId,
    pub node: NodeId,
}

impl Job {
    pub fn is_template(&self) -> bool {
        self.name.starts_with('.')
    }
}

/// Where the value of a job is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// In the job itself.
    Job,
    /// In a mapping that `<<` merges into the job.
    Merged,
    Template(String),
    Default,
}

/// A value of a job.
pub struct Value<'p, 's> {
    pub file: &'p File<'s>,
    pub key: NodeId,
    pub node: NodeId,
    pub origin: Origin,
}

impl Value<'_, '_> {
    /// Whether it can be changed without changing another job.
    pub fn is_own(&self) -> bool {
        self.origin == Origin::Job && self.file.path.is_empty()
    }

    pub fn whence(&self) -> String {
        let origin = match &self.origin {
            Origin::Job => "the job".to_string(),
            Origin::Merged => "what `<<` merges into the job".to_string(),
            Origin::Template(name) => format!("`{name}`"),
            Origin::Default => "the defaults of all jobs".to_string(),
        };
        match self.file.path.is_empty() {
            true => origin,
            false => format!("{origin} ({})", self.file.place(self.node)),
        }
    }
}

/// The file that is worked on, with the others that it is read with.
pub struct Pipeline<'s> {
    pub file: File<'s>,
    pub others: Vec<File<'s>>,
    /// The pipeline starts with one of these files. A file by itself may belong to any.
    pub has_root: bool,
}

impl<'s> Pipeline<'s> {
    /// The jobs and templates of the file that is worked on.
    pub fn jobs(&self) -> Vec<Job> {
        self.file.jobs()
    }

    /// The mappings of this file in which GitLab looks for what a job has: its jobs, and the defaults of all jobs.
    fn places(&self) -> Vec<NodeId> {
        let yaml = &self.file.yaml;
        let mut places = vec![self.file.root];
        places.extend(self.file.named("default").map(|(_, node)| node));
        places.extend(self.jobs().iter().map(|job| job.node));
        places.retain(|place| !yaml.is_alias(*place));
        places
    }

    /// The texts of all scripts of this file.
    pub fn scripts(&self) -> Vec<ScriptText<'_>> {
        let yaml = &self.file.yaml;
        let mut seen = BTreeSet::new();
        let mut nodes = Vec::new();
        for place in self.places() {
            for key in ["before_script", "script", "after_script"] {
                if let Some((_, script)) = yaml.entry(place, key) {
                    nodes.extend(texts::commands(yaml, script, &mut seen));
                }
            }
        }
        let text = |node: NodeId| Some(ScriptText::new(node, yaml.scalar(node)?));
        nodes.into_iter().filter_map(text).collect()
    }

    /// The names of the images that jobs and services of this file run in.
    pub fn images(&self) -> Vec<NodeId> {
        let yaml = &self.file.yaml;
        let mut images: Vec<NodeId> = Vec::new();
        for place in self.places() {
            images.extend(yaml.entry(place, "image").map(|(_, node)| node));
            let services = yaml.entry(place, "services").map(|(_, list)| list);
            let services = services.filter(|list| !yaml.is_alias(*list));
            images.extend(services.iter().flat_map(|list| yaml.items(*list)));
        }
        let name = |node: NodeId| match yaml.is_mapping(node) {
            _ if yaml.is_alias(node) => None,
            true => Some(yaml.entry(node, "name")?.1),
            false => Some(node),
        };
        images.into_iter().filter_map(name).collect()
    }

    /// The variables of this file, with their values.
    pub fn variables(&self) -> Vec<(NodeId, NodeId)> {
        let yaml = &self.file.yaml;
        let places = self.places().into_iter();
        let variables = places.filter_map(|place| yaml.entry(place, "variables"));
        let entries = variables
            .filter(|(_, node)| !yaml.is_alias(*node))
            .flat_map(|(_, node)| yaml.entries(node));
        let value = |node: NodeId| yaml.entry(node, "value").map_or(node, |(_, value)| value);
        entries.map(|(key, node)| (*key, value(*node))).collect()
    }

    fn files(&self) -> impl Iterator<Item = &File<'s>> {
        std::iter::once(&self.file).chain(&self.others)
    }

    /// A top-level value of any file.
    pub fn global(&self, name: &str) -> Option<Value<'_, 's>> {
        self.files().find_map(|file| {
            let (key, node) = file.named(name)?;
            let origin = Origin::Default;
            Some(Value {
                file,
                key,
                node,
                origin,
            })
        })
    }

    /// The value of a job under a key, wherever it is from.
    ///
    /// # Errors
    /// Why that is not known.
    pub fn find(&self, job: &Job, key: &str) -> Result<Option<Value<'_, 's>>, String> {
        if let Some(other) = self
            .others
            .iter()
            .find(|file| file.named(&job.name).is_some())
        {
            return Err(format!("`{}` also has a job of this name", other.path));
        }
        let mut chain = vec![job.name.clone()];
        let found = self.inherited(&self.file, job.node, key, &Origin::Job, &mut chain)?;
        match found {
            Some(found) => Ok(Some(found)),
            None => self.default(job, key),
        }
    }

    fn inherited<'p>(
        &'p self,
        file: &'p File<'s>,
        mapping: NodeId,
        key: &str,
        origin: &Origin,
        chain: &mut Vec<String>,
    ) -> Result<Option<Value<'p, 's>>, String> {
        if let Some((key, node, is_merged)) = in_mapping(&file.yaml, mapping, key, 0) {
            let origin = match (origin, is_merged) {
                (Origin::Job, true) => Origin::Merged,
                _ => origin.clone(),
            };
            return Ok(Some(Value {
                file,
                key,
                node,
                origin,
            }));
        }
        let Some((_, parents, _)) = in_mapping(&file.yaml, mapping, "extends", 0) else {
            return Ok(None);
        };
        let names: Vec<&str> = match file.yaml.scalar(parents) {
            Some(name) => vec![name],
            None => {
                let items = file.yaml.items(parents).iter();
                items.filter_map(|item| file.yaml.scalar(*item)).collect()
            }
        };
        for name in names.into_iter().rev() {
            if chain.iter().any(|one| one == name) || chain.len() > DEEPEST_EXTENDS {
                return Err(format!("a circle of `extends` with `{name}`"));
            }
            let mut places = self
                .files()
                .filter_map(|file| Some((file, file.named(name)?.1)));
            let Some((parent, node)) = places.next() else {
                return Err(format!("`extends` names `{name}`, which no file here has"));
            };
            chain.push(name.to_string());
            let origin = Origin::Template(name.to_string());
            let found = self.inherited(parent, node, key, &origin, chain)?;
            chain.pop();
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    fn default<'p>(&'p self, job: &Job, key: &str) -> Result<Option<Value<'p, 's>>, String> {
        const OF_ALL_JOBS: &[&str] =
            &["image", "services", "before_script", "after_script", "tags"];
        if !OF_ALL_JOBS.contains(&key) {
            return Ok(None);
        }
        let in_default = self.files().find_map(|file| {
            let (_, defaults) = file.named("default")?;
            let (key, node) = file.yaml.entry(defaults, key)?;
            let origin = Origin::Default;
            Some(Value {
                file,
                key,
                node,
                origin,
            })
        });
        let Some(found) = in_default.or_else(|| self.global(key)) else {
            return Ok(None);
        };
        match in_mapping(&self.file.yaml, job.node, "inherit", 0) {
            None => Ok(Some(found)),
            Some(_) => Err(format!(
                "`inherit` decides whether the default of `{key}` counts"
            )),
        }
    }
}

impl Pipeline<'_> {
    /// Whether a job, which may be of another file, takes over what a template has, by `extends` or `<<`, over others too.
    pub fn takes_over(&self, file: &File<'_>, job: &Job, template: &Job) -> bool {
        let mut open = vec![(file, job.node)];
        let mut seen = BTreeSet::new();
        while let Some((file, node)) = open.pop() {
            let yaml = &file.yaml;
            if !seen.insert((file.path.as_str(), yaml.follow(node))) {
                continue;
            }
            for (key, value) in yaml.entries(node) {
                let single = [*value];
                let values = match yaml.is_sequence(*value) {
                    true => yaml.items(*value),
                    false => &single,
                };
                let is_here = file.path.is_empty();
                match yaml.scalar(*key) {
                    Some("<<") => {
                        let merged = values.iter().map(|value| yaml.follow(*value));
                        if is_here && merged.clone().any(|one| one == template.node) {
                            return true;
                        }
                        open.extend(merged.map(|one| (file, one)));
                    }
                    Some("extends") => {
                        let names = values.iter().filter_map(|value| yaml.scalar(*value));
                        for name in names {
                            if name == template.name {
                                return true;
                            }
                            let mut files = self.files();
                            open.extend(files.find_map(|file| Some((file, file.named(name)?.1))));
                        }
                    }
                    _ => {}
                }
            }
        }
        false
    }
}

/// The entry of a mapping, also of one that `<<` merges into it.
fn in_mapping(
    yaml: &Yaml<'_>,
    mapping: NodeId,
    name: &str,
    depth: usize,
) -> Option<(NodeId, NodeId, bool)> {
    if depth > DEEPEST_MERGE {
        return None;
    }
    if let Some((key, value)) = yaml.entry(mapping, name) {
        return Some((key, value, false));
    }
    let entries = yaml.entries(mapping).iter().rev();
    let merges = entries.filter(|(key, _)| yaml.scalar(*key) == Some("<<"));
    // GitLab takes several in one mapping, of which the last counts.
    let mut sources = merges.flat_map(|(_, merged)| {
        match yaml.node(yaml.follow(*merged)).map(|node| &node.data) {
            Some(Data::Sequence(items)) => items.as_slice(),
            _ => std::slice::from_ref(merged),
        }
    });
    let found = sources.find_map(|source| in_mapping(yaml, *source, name, depth + 1));
    found.map(|(key, value, _)| (key, value, true))
}
