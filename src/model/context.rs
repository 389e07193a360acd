//! What COPY and ADD put at a path of the image, as far as the build context is at hand.
//!
//! The texts are handed in by whoever reads files; without any, only what the Dockerfile holds itself is known.

use std::collections::{BTreeMap, BTreeSet};

use wildmatch::WildMatch;

use super::state::{is_inside, normal};
use super::{Model, Stage, State};
use crate::syntax::{Instruction, Keyword};
use crate::text::Span;

/// Texts of the build context.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    /// By path, from the root of the context, without a slash at its start.
    pub files: BTreeMap<String, String>,
    /// The folders of which every file is there.
    pub folders: BTreeSet<String>,
    /// What was asked for; a path of it that is in neither of the others does not exist, or is no text.
    pub asked: BTreeSet<String>,
    /// Why nothing was read, where there would have been something.
    pub unread: Option<String>,
}

/// A file that an instruction puts into the image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copied {
    /// In the image.
    pub path: String,
    pub span: Span,
    pub content: Content,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// A text of the build context.
    Text(String),
    /// The body of a heredoc, in the Dockerfile.
    Heredoc(Span),
    /// A path of the context that nobody has read, or an address, an archive or another stage; how it is called.
    NotAtHand(String),
}

impl Context {
    /// Whether the context was looked at for a path, and has nothing there.
    fn lacks(&self, path: &str) -> bool {
        self.asked.contains(path) && !self.files.contains_key(path) && !self.is_folder(path)
    }

    fn is_folder(&self, path: &str) -> bool {
        self.folders.contains(path)
    }
}

/// What an instruction copies: sources, and the place in the image.
struct Copying<'m, 'a> {
    instruction: &'a Instruction<'a>,
    /// As written, variables replaced, without a slash at their start.
    sources: Vec<String>,
    destination: String,
    /// The destination is a folder whatever is copied.
    into_folder: bool,
    context: &'m Context,
}

impl<'m, 'a> Copying<'m, 'a> {
    fn of(model: &'m Model<'_>, instruction: &'a Instruction<'a>, state: &State) -> Option<Self> {
        if !matches!(instruction.keyword, Keyword::Copy | Keyword::Add) {
            return None;
        }
        let expand = |text: &str| state.scope.expand(text, model.file.escape).ok();
        let (last, sources) = instruction.words().split_last()?;
        let destination = expand(&last.text)?;
        let sources: Vec<String> = sources
            .iter()
            .filter(|word| !is_marker(instruction, word.span))
            .map(|word| expand(&word.text))
            .collect::<Option<_>>()?;
        let count = sources.len() + instruction.heredocs.len();
        Some(Self {
            instruction,
            sources,
            into_folder: count > 1 || destination.ends_with('/') || destination == ".",
            destination: state.absolute(&destination).ok()?,
            context: &model.context,
        })
    }

    fn is_local(&self) -> bool {
        self.instruction.flag("from").is_none()
    }

    fn copied(&self, path: &str, content: Content) -> Copied {
        Copied {
            path: path.to_string(),
            span: self.instruction.span,
            content,
        }
    }

    /// The rest of a path behind the destination; `None` where it is not there.
    fn below_destination<'p>(&self, path: &'p str) -> Option<&'p str> {
        let rest = path.strip_prefix(self.destination.trim_end_matches('/'))?;
        let is_there = rest.is_empty() || rest.starts_with('/');
        is_there.then(|| rest.trim_start_matches('/'))
    }

    /// Its sources that are paths of one file or folder, from the root of the context.
    fn plain_sources(&self) -> impl Iterator<Item = String> {
        let is_pattern = |source: &str| source.contains("://") || source.contains(['*', '?', '[']);
        let sources = self.sources.iter();
        sources
            .filter(move |source| !is_pattern(source))
            .map(|source| relative(source))
    }

    /// What it puts at `path`; `None` where that is nothing.
    fn at(&self, path: &str) -> Option<Copied> {
        let below = self.below_destination(path)?;
        for heredoc in &self.instruction.heredocs {
            let name = if self.into_folder {
                heredoc.name.as_str()
            } else {
                ""
            };
            if below == name {
                return Some(self.copied(path, Content::Heredoc(heredoc.body)));
            }
        }
        let mut found = None;
        for source in self.sources.iter().rev() {
            if !self.is_local() || source.contains("://") {
                found = Some(self.copied(path, Content::NotAtHand(source.clone())));
                continue;
            }
            for candidate in self.candidates(source, below) {
                if let Some(text) = self.context.files.get(&candidate) {
                    return Some(self.copied(path, Content::Text(text.clone())));
                }
                if !self.context.lacks(&candidate) {
                    found.get_or_insert_with(|| self.copied(path, Content::NotAtHand(candidate)));
                }
            }
        }
        found
    }

    /// The paths of the context that would come to lie `below` the destination.
    fn candidates(&self, source: &str, below: &str) -> Vec<String> {
        let plain = relative(source);
        let (folder, name) = plain.rsplit_once('/').unwrap_or(("", &plain));
        let is_pattern = name.contains(['*', '?', '[']);
        let mut found = Vec::new();
        if !below.contains('/') && WildMatch::new(name).matches(below) {
            found.push(join(folder, below));
        }
        if is_pattern {
            return found;
        }
        if below.is_empty() && !self.into_folder {
            found.push(plain.clone());
        } else if !below.is_empty() {
            found.push(join(&plain, below));
        }
        found
    }

    /// All that it puts below a folder that the image has, as far as that is known.
    fn below(&self, folder: &str, folders: &[&str]) -> Vec<Copied> {
        let is_above = is_below(folder, &self.destination);
        if !is_above && !is_below(&self.destination, folder) {
            return Vec::new();
        }
        let into_folder = self.into_folder || folders.contains(&self.destination.as_str());
        let place = |name: &str| match into_folder {
            true => normal(&format!("{}/{name}", self.destination)),
            false => self.destination.clone(),
        };
        let mut found = Vec::new();
        for heredoc in &self.instruction.heredocs {
            let content = Content::Heredoc(heredoc.body);
            found.push(self.copied(&place(&heredoc.name), content));
        }
        for source in &self.sources {
            let plain = relative(source);
            let name = plain.rsplit('/').next().unwrap_or(&plain);
            if let Some(text) = self.context.files.get(&plain).filter(|_| self.is_local()) {
                found.push(self.copied(&place(name), Content::Text(text.clone())));
            } else if self.context.is_folder(&plain) && self.is_local() {
                let prefix = if plain.is_empty() {
                    String::new()
                } else {
                    format!("{plain}/")
                };
                let files = self.context.files.iter();
                found.extend(files.filter_map(|(path, text)| {
                    let below = path.strip_prefix(&prefix)?;
                    let path = normal(&format!("{}/{below}", self.destination));
                    Some(self.copied(&path, Content::Text(text.clone())))
                }));
            } else {
                // A folder's files would come to lie in the destination itself.
                let is_file = name.trim_start_matches('.').contains('.');
                let path = match is_above && !is_file {
                    true => self.destination.clone(),
                    false => place(name),
                };
                found.push(self.copied(&path, Content::NotAtHand(source.clone())));
            }
        }
        found.retain(|one| is_below(&one.path, folder) || is_below(folder, &one.path));
        found
    }
}

fn is_marker(instruction: &Instruction<'_>, span: Span) -> bool {
    instruction.heredocs.iter().any(|one| one.marker == span)
}

fn relative(path: &str) -> String {
    normal(path).trim_start_matches('/').to_string()
}

fn join(folder: &str, name: &str) -> String {
    relative(&format!("{folder}/{name}"))
}

/// As [`is_inside`], and all is below the root.
fn is_below(path: &str, folder: &str) -> bool {
    is_inside(path, folder.trim_end_matches('/'))
}

/// The file that the COPY and ADD of a lineage put at an absolute path of the image, by the last of them.
pub fn copied_to(model: &Model<'_>, lineage: &[&Stage], path: &str) -> Option<Copied> {
    let mut found = None;
    for stage in lineage {
        model.walk(stage.index).for_each(|_, instruction, state| {
            let copying = Copying::of(model, instruction, state);
            found = copying.and_then(|one| one.at(path)).or(found.take());
        });
    }
    found
}

/// All that the COPY and ADD of a lineage put into a folder of the image, in order. `folders` are those that it has.
pub fn copied_below(
    model: &Model<'_>,
    lineage: &[&Stage],
    folder: &str,
    folders: &[&str],
) -> Vec<Copied> {
    let mut found = Vec::new();
    for stage in lineage {
        model.walk(stage.index).for_each(|_, instruction, state| {
            match Copying::of(model, instruction, state) {
                Some(copying) => found.extend(copying.below(folder, folders)),
                // A place that is not known may be this one.
                None if matches!(instruction.keyword, Keyword::Copy | Keyword::Add) => {
                    found.push(Copied {
                        path: folder.to_string(),
                        span: instruction.span,
                        content: Content::NotAtHand("what is copied there".to_string()),
                    });
                }
                None => {}
            }
        });
    }
    found
}

/// Calls `visit` with each COPY and ADD of some stages that takes files of the context.
fn for_each_local<'s>(
    model: &Model<'_>,
    stages: impl IntoIterator<Item = &'s Stage>,
    mut visit: impl FnMut(&Copying<'_, '_>),
) {
    for stage in stages {
        model.walk(stage.index).for_each(|_, instruction, state| {
            let copying = Copying::of(model, instruction, state);
            copying
                .iter()
                .filter(|one| one.is_local())
                .for_each(&mut visit);
        });
    }
}

/// The paths of the context that [`copied_to`] would look at.
pub fn sources_of(model: &Model<'_>, lineage: &[&Stage], path: &str) -> Vec<String> {
    let mut found = Vec::new();
    let absolute = normal(path);
    for_each_local(model, lineage.iter().copied(), |copying| {
        if let Some(below) = copying.below_destination(&absolute) {
            let sources = copying.sources.iter();
            found.extend(sources.flat_map(|source| copying.candidates(source, below)));
        }
    });
    found
}

/// The paths of the context, files or folders, that [`copied_below`] would look at.
pub fn sources_below(model: &Model<'_>, lineage: &[&Stage], folder: &str) -> Vec<String> {
    let mut found = Vec::new();
    for_each_local(model, lineage.iter().copied(), |copying| {
        if is_below(&copying.destination, folder) {
            found.extend(copying.plain_sources());
        }
    });
    found
}

/// The paths of the context that the COPY and ADD of all stages name, without patterns.
pub fn all_sources(model: &Model<'_>) -> Vec<String> {
    let mut found = Vec::new();
    for_each_local(model, &model.stages, |copying| {
        found.extend(copying.plain_sources());
    });
    found
}
