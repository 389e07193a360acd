//! The base swap: which image replaces which, and whether the stages that stand on it can follow.

use wildmatch::WildMatch;

use super::format::{BaseMap, Profile, StageRole};
use super::{lines, translate};
use crate::fix::{Reason, Step};
use crate::model::facts::OperatingSystem;
use crate::model::state::is_root;
use crate::model::{Base, Fact, Facts, Model, Stage};
use crate::syntax::image::ImageReference;
use crate::syntax::{Instruction, Keyword, Pair, PairSeparator, variables};
use crate::text::{Edit, Span};

/// What a profile says of the image that a lineage stands on.
pub(super) enum Verdict<'p> {
    /// No row is about it.
    NotMine,
    /// It is one of the images that the profile moves to.
    AlreadyThere,
    Replace {
        row: &'p BaseMap,
        old: ImageReference,
        new: &'p ImageReference,
    },
    Held(Reason),
}

/// Looks a stage's image up in the rows of a profile for that role.
pub(super) fn look_up<'p>(profile: &'p Profile, stage: &Stage, role: StageRole) -> Verdict<'p> {
    let rows = || profile.bases.iter().filter(|row| row.stage == role);
    let image = match &stage.base {
        Base::Image(Fact::Known(image, _)) => image,
        Base::Image(Fact::Unknown(why)) => {
            return match rows().next() {
                None => Verdict::NotMine,
                Some(_) => Verdict::Held(Reason::at(
                    stage.base_span,
                    format!("the base image is not known: {why}"),
                )),
            };
        }
        Base::Stage(_) | Base::Scratch => return Verdict::NotMine,
    };
    let name = image.canonical_name();
    let is_target = |row: &BaseMap| {
        row.tags
            .values()
            .any(|target| target.0.canonical_name() == name)
    };
    let Some(row) = rows().find(|row| row.image == name || row.also.contains(&name)) else {
        return if rows().any(is_target) {
            Verdict::AlreadyThere
        } else {
            Verdict::NotMine
        };
    };
    let tag = image.tag().unwrap_or("latest");
    let held = row
        .hold
        .iter()
        .find(|(pattern, _)| WildMatch::new(pattern).matches(tag));
    if let Some((_, why)) = held {
        return Verdict::Held(Reason::at(
            stage.base_span,
            format!("`{}`: {why}", image.as_str()),
        ));
    }
    match target(row, tag) {
        Some(new) => Verdict::Replace {
            row,
            old: image.clone(),
            new,
        },
        None => {
            let text = format!(
                "the profile has no row for tag `{tag}` of `{}`",
                image.name()
            );
            Verdict::Held(Reason::at(stage.base_span, text))
        }
    }
}

/// The image of the longest tag of the row that `tag` is, or goes on from after `.` or `-`.
fn target<'p>(row: &'p BaseMap, tag: &str) -> Option<&'p ImageReference> {
    row.tags
        .iter()
        .filter(|(key, _)| {
            tag.strip_prefix(key.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '-']))
        })
        .max_by_key(|(key, _)| key.len())
        .map(|(_, image)| &image.0)
}

/// A base swap that can be made.
pub(super) struct Swap {
    pub steps: Vec<Step>,
}

/// The stage with the image, and all stages that stand on it.
pub(super) struct Site<'m, 'a> {
    pub model: &'m Model<'a>,
    pub root: &'m Stage,
    pub stages: Vec<&'m Stage>,
    pub old: Facts,
    pub new: Facts,
}

impl<'m, 'a> Site<'m, 'a> {
    pub(super) fn new(model: &'m Model<'a>, root: &'m Stage, new: Facts) -> Self {
        let mut stages = vec![root];
        stages.extend(model.descendants(root));
        let old = match &root.base {
            Base::Image(Fact::Known(image, _)) => model.facts.of(image).map(|(facts, _)| facts),
            _ => None,
        };
        Self {
            model,
            root,
            stages,
            old: old.unwrap_or_default(),
            new,
        }
    }

    /// Plans the swap, or says what stands against it.
    pub(super) fn plan(
        &self,
        row: &BaseMap,
        old: &ImageReference,
        new: &ImageReference,
    ) -> Result<Swap, Vec<Reason>> {
        let mut reasons = self.blockers();
        let commands =
            translate::commands(self.model, &self.stages, &self.old, &self.new, new.name());
        reasons.extend(commands.reasons);
        let edits = match self.image_edits(new) {
            Ok(edits) => Some(edits),
            Err(reason) => {
                reasons.push(reason);
                None
            }
        };
        let Some((edits, note)) = edits.filter(|_| reasons.is_empty()) else {
            return Err(reasons);
        };
        let mut why: Vec<String> = row.why.iter().cloned().collect();
        why.extend(note);
        why.extend(self.notes(old));
        let what = format!("build on `{}` instead of `{}`", new.as_str(), old.as_str());
        let mut steps = vec![Step::new(what, join(why), edits)];
        if self.needs_root_from_start() {
            let line = lines::insert_after(self.model, self.root.from, &["USER 0".to_string()]);
            let user = self.new.user.as_deref().unwrap_or("somebody else");
            let why =
                format!("The new base image runs as {user}; the lines that follow ran as root.");
            steps.push(Step::new(
                "stay root for the lines that need it",
                Some(why),
                vec![line],
            ));
        }
        if !commands.edits.is_empty() {
            let mut why =
                vec!["Packages and users have other names and commands on UBI.".to_string()];
            why.extend(commands.notes);
            steps.push(Step::new(
                "install and create the same with UBI's commands",
                join(why),
                commands.edits,
            ));
        }
        steps.extend(self.copy_owners().map_err(|reason| vec![reason])?);
        Ok(Swap { steps })
    }

    /// What else changes with the image, for the reviewer.
    fn notes(&self, old: &ImageReference) -> Vec<String> {
        let mut notes = Vec::new();
        if let Some(date) = &self.old.end_of_support {
            notes.push(format!("Support of `{}` ends on {date}.", old.as_str()));
        }
        if old.digest().is_some() {
            notes.push(
                "The digest named the old image; the new one is not pinned by digest.".to_string(),
            );
        }
        if self.old.libc != self.new.libc {
            notes.push(
                "The C library changes: what was compiled for the old one does not run."
                    .to_string(),
            );
        }
        let sets_workdir = self
            .instructions()
            .any(|(_, one)| one.keyword == Keyword::Workdir);
        let (before, after) = (workdir(&self.old), workdir(&self.new));
        if !sets_workdir && before != after {
            notes.push(format!(
                "The file sets no WORKDIR, so relative paths move from `{before}` to `{after}`."
            ));
        }
        notes
    }

    fn instructions(&self) -> impl Iterator<Item = (usize, &'a Instruction<'a>)> {
        self.model.instructions_of_all(&self.stages)
    }

    fn blockers(&self) -> Vec<Reason> {
        let mut reasons = Vec::new();
        if self.old.os == Some(OperatingSystem::Windows) {
            reasons.push(Reason::at(self.root.base_span, "a Windows image"));
        }
        if let Some(flag) = self
            .model
            .instruction(self.root.from)
            .and_then(|from| from.flag("platform"))
            && flag
                .value()
                .is_some_and(|value| value.contains("arm/v") || value.contains("windows"))
        {
            reasons.push(Reason::at(
                flag.span,
                format!("there is no such image for `{}`", flag.text),
            ));
        }
        for (_, instruction) in self.instructions() {
            match instruction.keyword {
                Keyword::Onbuild => reasons.push(Reason::at(
                    instruction.span,
                    "ONBUILD makes this a base for other images, whose builds would break",
                )),
                Keyword::Shell => {
                    let program = instruction
                        .words()
                        .first()
                        .map_or("", |word| word.text.as_ref());
                    if !matches!(
                        program,
                        "/bin/sh" | "/bin/bash" | "sh" | "bash" | "/usr/bin/bash"
                    ) {
                        let text = format!("SHELL `{program}` may not exist in the new base image");
                        reasons.push(Reason::at(instruction.span, text));
                    }
                }
                _ => {}
            }
        }
        reasons.extend(self.copies_from_it());
        reasons
    }

    /// `COPY --from` a stage that stands on the image takes files that the new image may not have.
    fn copies_from_it(&self) -> Vec<Reason> {
        let names: Vec<String> = self
            .stages
            .iter()
            .flat_map(|stage| [stage.name.clone(), Some(stage.index.to_string())])
            .flatten()
            .collect();
        let outside = self
            .model
            .stages
            .iter()
            .filter(|stage| !self.stages.iter().any(|one| one.index == stage.index));
        let mut reasons = Vec::new();
        for stage in outside {
            for (_, instruction) in self.model.instructions_of(stage) {
                let from = instruction
                    .flag("from")
                    .and_then(|flag| flag.value())
                    .unwrap_or("");
                if names.iter().any(|name| name.eq_ignore_ascii_case(from)) {
                    let text = format!(
                        "another stage copies files out of `{from}`, which may not be in the new image"
                    );
                    reasons.push(Reason::at(instruction.span, text));
                }
            }
        }
        reasons
    }

    /// The edits that name the new image, with what to know of them.
    fn image_edits(&self, new: &ImageReference) -> Result<(Vec<Edit>, Option<String>), Reason> {
        let span = self.root.base_span;
        if !self.root.has_variables {
            return Ok((vec![Edit::replace(span, new.as_str())], None));
        }
        let word = span.slice(self.model.file.source);
        let held = |text: String| Reason::at(span, text);
        let references = variables::references(word, self.model.file.escape);
        let [reference] = references.as_slice() else {
            return Err(held(format!(
                "`{word}` is put together from several variables"
            )));
        };
        let name = &reference.name;
        let rest = word.get(reference.span.end..).unwrap_or("");
        let is_tag = rest
            .strip_prefix(':')
            .is_some_and(|tag| !tag.is_empty() && !tag.contains(['@', '$', '/']));
        if !reference.plain || reference.span.start != 0 || !(rest.is_empty() || is_tag) {
            return Err(held(format!(
                "`{word}` takes a part of the image from `{name}`, which other builds may set"
            )));
        }
        let whole = rest.is_empty();
        let value = if whole { new.as_str() } else { new.name() };
        let mut edits = vec![self.argument_edit(name, value).map_err(held)?];
        if let (false, Some(tag)) = (whole, new.tag()) {
            let tag_span = Span::new(span.start + reference.span.end + 1, span.end);
            edits.push(Edit::replace(tag_span, tag));
        }
        let note =
            format!("A build that sets `--build-arg {name}=…` must set it to the new image.");
        Ok((edits, Some(note)))
    }

    /// Changes the default of the ARG that holds the image, where nothing else uses it.
    fn argument_edit(&self, name: &str, new: &str) -> Result<Edit, String> {
        let file = self.model.file;
        let uses = file
            .instructions
            .iter()
            .flat_map(|instruction| variables::references(instruction.line.text(), file.escape))
            .filter(|reference| reference.name == name)
            .count();
        let is_of = |pair: &&Pair<'_>| pair.name.text == name;
        let declared = file
            .instructions
            .iter()
            .filter(|one| one.keyword == Keyword::Arg);
        let pairs: Vec<&Pair<'_>> = declared.flat_map(|one| one.pairs()).filter(is_of).collect();
        match pairs.as_slice() {
            [pair]
                if uses == 1
                    && pair.separator == PairSeparator::Equals
                    && !pair.value.text.contains('$') =>
            {
                let quote = match pair.value.text.chars().next() {
                    Some(quote @ ('"' | '\'')) => quote.to_string(),
                    _ => String::new(),
                };
                Ok(Edit::replace(
                    pair.value.span,
                    format!("{quote}{new}{quote}"),
                ))
            }
            [_] if uses == 1 => Err(format!("the default of `{name}` is not one plain image")),
            _ => Err(format!(
                "`{name}` is used in several places that need not want the same image"
            )),
        }
    }

    /// Whether lines ran as root because the old image did, and the new one does not.
    fn needs_root_from_start(&self) -> bool {
        let was_root = self.old.user.as_deref().is_none_or(is_root);
        let is_root_now = self.new.user.as_deref().is_some_and(is_root);
        if !was_root || is_root_now {
            return false;
        }
        let mut needed = false;
        for stage in &self.stages {
            self.model
                .walk(stage.index)
                .for_each(|_, instruction, state| {
                    needed |= instruction.keyword == Keyword::Run && state.user_set_by.is_none();
                });
        }
        needed
    }

    /// `COPY --chown=NAME` where only the old image has the name.
    fn copy_owners(&self) -> Result<Vec<Step>, Reason> {
        let mut edits = Vec::new();
        for (_, instruction) in self.instructions() {
            let Some(flag) = instruction.flag("chown") else {
                continue;
            };
            let owner = flag.value().unwrap_or("");
            let user = owner.split(':').next().unwrap_or("");
            let known = |facts: &Facts| {
                facts
                    .users
                    .as_ref()
                    .is_some_and(|users| users.contains_key(user))
            };
            if user.is_empty()
                || user == "root"
                || user.starts_with(|c: char| c.is_ascii_digit())
                || user.contains('$')
            {
                continue;
            }
            if known(&self.new) {
                continue;
            }
            if !known(&self.old) {
                return Err(Reason::at(
                    flag.span,
                    format!(
                        "`{}` names a user that the new base image may not have",
                        flag.text
                    ),
                ));
            }
            let uid = self
                .new
                .user
                .as_deref()
                .filter(|user| !is_root(user))
                .unwrap_or("1001");
            edits.push(Edit::replace(flag.span, format!("--chown={uid}:0")));
        }
        if edits.is_empty() {
            return Ok(Vec::new());
        }
        let why = "The new base image does not have the user that the old one had.".to_string();
        Ok(vec![Step::new(
            "own copied files by number",
            Some(why),
            edits,
        )])
    }

    /// Where to point for the swap as a whole.
    pub(super) fn span(&self) -> Span {
        self.root.base_span
    }
}

fn workdir(facts: &Facts) -> &str {
    facts.workdir.as_deref().unwrap_or("/")
}

fn join(sentences: Vec<String>) -> Option<String> {
    (!sentences.is_empty()).then(|| sentences.join(" "))
}
