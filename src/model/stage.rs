//! Stages, and what each is built on.

use std::collections::HashMap;
use std::ops::Range;

use super::facts::Fact;
use super::scope::{Argument, Scope};
use crate::syntax::image::ImageReference;
use crate::syntax::{Dockerfile, Instruction, Keyword};
use crate::text::Span;

/// What a FROM names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Base {
    /// An earlier stage.
    Stage(usize),
    Scratch,
    Image(Fact<ImageReference>),
}

/// FROM and what follows it.
#[derive(Clone, Debug)]
pub struct Stage {
    pub index: usize,
    /// In lower case, as BuildKit compares names.
    pub name: Option<String>,
    /// The number of the FROM instruction.
    pub from: usize,
    /// The numbers of the instructions after FROM.
    pub body: Range<usize>,
    pub base: Base,
    /// The number of the stage with the image that this one is built on, directly or not; its own where that is it.
    pub root: usize,
    /// Where the image is named in FROM.
    pub base_span: Span,
    /// Whether FROM names the image with the help of variables.
    pub has_variables: bool,
    /// The number of stages between the image and this one.
    pub depth: usize,
}

impl Stage {
    /// How to speak of the stage: its name, else its number.
    pub fn label(&self) -> String {
        match &self.name {
            Some(name) => format!("stage `{name}`"),
            None => format!("stage {}", self.index),
        }
    }
}

pub(super) fn stages(file: &Dockerfile<'_>, global: &[Argument]) -> Vec<Stage> {
    let scope = Scope::of_from(global);
    let mut stages: Vec<Stage> = Vec::new();
    let mut by_name: HashMap<String, usize> = HashMap::new();
    for (from, instruction) in file.instructions.iter().enumerate() {
        if let Some(stage) = stages.last_mut()
            && instruction.keyword != Keyword::From
        {
            stage.body.end = from + 1;
        }
        let (Keyword::From, Some(image)) = (instruction.keyword, instruction.words().first())
        else {
            continue;
        };
        let index = stages.len();
        let name = stage_name(instruction);
        let base = base(&image.text, file.escape, &scope, &by_name);
        let below = match base {
            Base::Stage(earlier) => stages.get(earlier),
            _ => None,
        };
        let depth = below.map_or(0, |stage| stage.depth + 1);
        let root = below.map_or(index, |stage| stage.root);
        stages.push(Stage {
            index,
            name: name.clone(),
            from,
            body: from + 1..from + 1,
            base,
            root,
            base_span: image.span,
            has_variables: image.text.contains('$'),
            depth,
        });
        if let Some(name) = name {
            by_name.insert(name, index);
        }
    }
    stages
}

fn stage_name(from: &Instruction<'_>) -> Option<String> {
    match from.words() {
        [_, keyword, name] if keyword.text.eq_ignore_ascii_case("as") => {
            Some(name.text.to_lowercase())
        }
        _ => None,
    }
}

fn base(text: &str, escape: char, scope: &Scope, by_name: &HashMap<String, usize>) -> Base {
    let expanded = match scope.expand(text, escape) {
        Ok(expanded) => expanded,
        Err(why) => return Base::Image(Fact::Unknown(why)),
    };
    if let Some(index) = by_name.get(&expanded.to_lowercase()) {
        return Base::Stage(*index);
    }
    if expanded == "scratch" {
        return Base::Scratch;
    }
    Base::Image(match ImageReference::parse(&expanded) {
        Some(image) => Fact::Known(image, "FROM".to_string()),
        None => Fact::Unknown(format!("`{expanded}` is no image reference")),
    })
}
