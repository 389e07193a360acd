//! What a Dockerfile means: stages, what each is built on, and the state before each instruction.
//!
//! Computed once per pass over a parsed file, read-only, borrowed from it.

pub mod account_options;
mod body;
pub mod context;
pub mod facts;
pub mod images;
pub mod lock;
pub mod package_facts;
pub mod packages;
pub mod packed;
mod scope;
pub mod stage;
pub mod state;

pub use body::Body;
pub use context::Context;
pub use facts::{Fact, Facts, ImageFacts, Pinning};
pub use scope::{Argument, Scope};
pub use stage::{Base, Stage};
pub use state::{Shell, State};

use std::cell::OnceCell;
use std::collections::HashMap;
use std::sync::Arc;

use crate::syntax::{Dockerfile, Instruction, Keyword};

/// The meaning of one file.
pub struct Model<'a> {
    pub file: &'a Dockerfile<'a>,
    pub facts: &'a ImageFacts,
    pub stages: Vec<Stage>,
    /// ARGs before the first FROM.
    pub global_arguments: Vec<Argument>,
    /// The last of them with each name.
    last_global: HashMap<String, usize>,
    shipped: Option<usize>,
    /// What packages are for that the plan wants no longer in the image; empty where it does not say.
    pub strip: Vec<package_facts::Purpose>,
    /// The files that are copied, as far as they are at hand.
    pub context: Arc<Context>,
    /// The state at the start of each stage.
    starts: Vec<State>,
    /// The state at the end of each stage.
    ends: Vec<State>,
    /// For each instruction, whether its shell form is read by a Bourne shell.
    posix: Vec<bool>,
    /// For each instruction, what it runs; read when it is first asked for.
    bodies: Vec<OnceCell<Body>>,
}

impl<'a> Model<'a> {
    /// `target` is the name or number of the stage that is shipped; the last one without it.
    ///
    /// # Errors
    /// A message where the file has no such stage.
    pub fn new(
        file: &'a Dockerfile<'a>,
        facts: &'a ImageFacts,
        target: Option<&str>,
    ) -> Result<Self, String> {
        let global_arguments = scope::global_arguments(file);
        let stages = stage::stages(file, &global_arguments);
        let shipped = match target {
            None => stages.len().checked_sub(1),
            Some(target) => {
                Some(find_stage(&stages, target).ok_or_else(|| no_stage(&stages, target))?)
            }
        };
        let mut model = Self {
            file,
            facts,
            stages,
            last_global: scope::by_name(&global_arguments),
            global_arguments,
            shipped,
            strip: Vec::new(),
            context: Arc::default(),
            starts: Vec::new(),
            ends: Vec::new(),
            posix: Vec::new(),
            bodies: file.instructions.iter().map(|_| OnceCell::new()).collect(),
        };
        let mut posix = vec![true; file.instructions.len()];
        for index in 0..model.stages.len() {
            let start = state::start(&model, index);
            model.starts.push(start);
            let end = model.walk(index).for_each(|index, _, state| {
                if let Some(slot) = posix.get_mut(index) {
                    *slot = state.shell.is_posix()
                        && !(state.is_windows() && state.shell == Shell::Default);
                }
            });
            model.ends.push(end);
        }
        model.posix = posix;
        Ok(model)
    }

    /// What the plan wants holds of this version of the file too, and what an earlier one has read of its commands serves
    /// where they are the same.
    pub fn take_over(&mut self, earlier: &Model<'_>) {
        self.strip.clone_from(&earlier.strip);
        self.context = Arc::clone(&earlier.context);
        let mut read: HashMap<&str, usize> = HashMap::new();
        for (index, instruction) in earlier.file.instructions.iter().enumerate() {
            let cell = earlier.bodies.get(index);
            if cell.is_some_and(|cell| matches!(cell.get(), Some(Body::Script(_)))) {
                read.insert(instruction.span.slice(earlier.file.source), index);
            }
        }
        for (index, instruction) in self.file.instructions.iter().enumerate() {
            let span = instruction.span;
            let same = read.get(span.slice(self.file.source)).copied();
            let (Some(old), Some(cell)) = (same, self.bodies.get(index)) else {
                continue;
            };
            let is_read_alike = self.posix.get(index) == earlier.posix.get(old)
                && self.file.escape == earlier.file.escape;
            if is_read_alike
                && let (Some(before), Body::Script(script)) =
                    (earlier.instruction(old), earlier.body(old))
            {
                let moved = script.moved(before.span.start, span.start);
                // An empty cell, so this cannot fail.
                let _ = cell.set(Body::Script(moved));
            }
        }
    }

    /// The stage that the image is made of.
    pub fn shipped(&self) -> Option<&Stage> {
        self.stages.get(self.shipped?)
    }

    /// The shipped stage and the stages it is built FROM, the one with the image first.
    pub fn lineage(&self) -> Vec<&Stage> {
        self.shipped()
            .map_or_else(Vec::new, |stage| self.lineage_of(stage))
    }

    pub fn lineage_of(&self, stage: &Stage) -> Vec<&Stage> {
        let mut lineage = Vec::new();
        let mut next = self.stages.get(stage.index);
        while let Some(stage) = next {
            lineage.push(stage);
            // A stage can only be built on an earlier one, so this ends.
            next = match stage.base {
                Base::Stage(index) => self.stages.get(index),
                _ => None,
            };
        }
        lineage.reverse();
        lineage
    }

    /// The stage with the image that a stage is built on, directly or over other stages.
    pub fn root_of(&self, stage: &Stage) -> Option<&Stage> {
        self.stages.get(stage.root)
    }

    /// For each stage an answer of the stages that are built FROM it, directly or not.
    pub fn from_descendants<T: Clone>(&self, own: impl Fn(&Stage) -> Option<T>) -> Vec<Option<T>> {
        let mut answers: Vec<Option<T>> = vec![None; self.stages.len()];
        // A stage can only be built on an earlier one, so the answer for a stage is there when the stage is met.
        for stage in self.stages.iter().rev() {
            let Base::Stage(below) = stage.base else {
                continue;
            };
            let answer = own(stage).or_else(|| answers.get(stage.index).cloned().flatten());
            if let (Some(answer), Some(slot)) = (answer, answers.get_mut(below)) {
                *slot = Some(answer);
            }
        }
        answers
    }

    /// For each stage the last answer of it and the stages that it is built FROM.
    pub fn from_lineage<T: Clone>(&self, own: impl Fn(&Stage) -> Option<T>) -> Vec<Option<T>> {
        let mut answers: Vec<Option<T>> = Vec::with_capacity(self.stages.len());
        for stage in &self.stages {
            let below = || match stage.base {
                Base::Stage(below) => answers.get(below).cloned().flatten(),
                _ => None,
            };
            let answer = own(stage).or_else(below);
            answers.push(answer);
        }
        answers
    }

    /// The stages that are built FROM `stage`, directly or not.
    pub fn descendants(&self, stage: &Stage) -> Vec<&Stage> {
        let mut on_it = vec![false; self.stages.len()];
        for later in self.stages.iter().skip(stage.index + 1) {
            if let Base::Stage(base) = later.base {
                let is_on_it = base == stage.index || on_it.get(base) == Some(&true);
                if let Some(slot) = on_it.get_mut(later.index) {
                    *slot = is_on_it;
                }
            }
        }
        let marked = |stage: &&Stage| on_it.get(stage.index) == Some(&true);
        self.stages.iter().filter(marked).collect()
    }

    /// The ARG before the first FROM of that name.
    pub fn global_argument(&self, name: &str) -> Option<&Argument> {
        self.global_arguments.get(*self.last_global.get(name)?)
    }

    /// The instructions of a stage, each with the state before it.
    pub fn walk(&self, stage: usize) -> state::Walk<'_, 'a> {
        state::Walk::new(self, stage)
    }

    /// The state at the end of a stage.
    pub fn end_state(&self, stage: &Stage) -> Option<&State> {
        self.ends.get(stage.index)
    }

    /// What a word says in FROM, or in an ARG before it: with the ARGs of which there are `arguments` before it.
    ///
    /// # Errors
    /// Why that is not known.
    pub fn expand_in_from(
        &self,
        word: &str,
        escape: char,
        arguments: usize,
    ) -> Result<String, String> {
        let arguments = self.global_arguments.get(..arguments);
        Scope::of_from(arguments.unwrap_or(&[])).expand(word, escape)
    }

    pub fn instruction(&self, index: usize) -> Option<&'a Instruction<'a>> {
        self.file.instructions.get(index)
    }

    /// What an instruction runs.
    pub fn body(&self, index: usize) -> &Body {
        let read = || match self.file.instructions.get(index) {
            Some(instruction) => body::read(
                self.file,
                instruction,
                self.posix.get(index).copied().unwrap_or(false),
            ),
            None => Body::None,
        };
        match self.bodies.get(index) {
            Some(cell) => cell.get_or_init(read),
            None => &Body::None,
        }
    }

    /// The instructions of a stage after its FROM, with their numbers in the file.
    pub fn instructions_of(
        &self,
        stage: &Stage,
    ) -> impl DoubleEndedIterator<Item = (usize, &'a Instruction<'a>)> + use<'a> {
        let file: &'a Dockerfile<'a> = self.file;
        let range = stage.body.clone();
        range.filter_map(move |index| file.instructions.get(index).map(|one| (index, one)))
    }

    /// The instructions of all stages of a lineage.
    pub fn instructions_of_all(
        &self,
        lineage: &[&Stage],
    ) -> impl Iterator<Item = (usize, &'a Instruction<'a>)> {
        lineage.iter().flat_map(|stage| self.instructions_of(stage))
    }

    /// The last instruction of that kind in a lineage.
    pub fn last_of(
        &self,
        lineage: &[&Stage],
        keyword: Keyword,
    ) -> Option<(usize, &'a Instruction<'a>)> {
        self.instructions_of_all(lineage)
            .filter(|(_, instruction)| instruction.keyword == keyword)
            .last()
    }
}

fn find_stage(stages: &[Stage], target: &str) -> Option<usize> {
    let named = stages
        .iter()
        .rposition(|stage| stage.name.as_deref() == Some(&target.to_lowercase()));
    named.or_else(|| target.parse().ok().filter(|index| *index < stages.len()))
}

fn no_stage(stages: &[Stage], target: &str) -> String {
    let mut names: Vec<&str> = stages
        .iter()
        .filter_map(|stage| stage.name.as_deref())
        .collect();
    names.dedup();
    names.truncate(20);
    let list = names
        .iter()
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(", ");
    if list.is_empty() {
        format!("no stage `{target}`: the stages of this file have no names")
    } else {
        format!("no stage `{target}`: this file has {list}")
    }
}
