//! Every place of a file that names an image: FROM, `COPY --from`, `RUN --mount=from=`, `# syntax=`.

use super::facts::Fact;
use super::stage::Base;
use super::{Model, Stage};
use crate::syntax::image::ImageReference;
use crate::syntax::{Arguments, Flag, Instruction, Keyword};
use crate::text::Span;

/// Where an image is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The number of the stage.
    From(usize),
    Copy,
    Mount,
    Syntax,
}

/// An image that a file names.
#[derive(Clone, Debug)]
pub struct ImageUse {
    pub place: Place,
    /// The reference in the source; the whole flag where the reference cannot be found in it.
    pub span: Span,
    /// The reference as BuildKit reads it, before variables are replaced.
    pub text: String,
    pub image: Fact<ImageReference>,
}

/// The images that a file names, in the order of the file. Stages and `scratch` are none.
pub fn image_uses(model: &Model<'_>) -> Vec<ImageUse> {
    let mut uses: Vec<ImageUse> = syntax(model).into_iter().collect();
    uses.extend(model.stages.iter().filter_map(|stage| from(model, stage)));
    for (index, instruction) in model.file.instructions.iter().enumerate() {
        flags(model, index, instruction, false, &mut uses);
    }
    uses.sort_by_key(|one| one.span);
    uses
}

/// The first word of `# syntax=`; what follows it are arguments.
fn syntax(model: &Model<'_>) -> Option<ImageUse> {
    let directive = model
        .file
        .directives
        .iter()
        .find(|one| one.name == "syntax")?;
    let word = directive.value.split_whitespace().next()?;
    let start = directive.value_span.start;
    Some(ImageUse {
        place: Place::Syntax,
        span: Span::new(start, start + word.len()),
        text: word.to_string(),
        image: parse(word),
    })
}

fn from(model: &Model<'_>, stage: &Stage) -> Option<ImageUse> {
    let Base::Image(image) = &stage.base else {
        return None;
    };
    let word = model.instruction(stage.from)?.words().first()?;
    Some(ImageUse {
        place: Place::From(stage.index),
        span: stage.base_span,
        text: word.text.to_string(),
        image: image.clone(),
    })
}

fn flags(
    model: &Model<'_>,
    index: usize,
    instruction: &Instruction<'_>,
    later: bool,
    uses: &mut Vec<ImageUse>,
) {
    if let Arguments::Trigger(inner) = &instruction.arguments {
        return flags(model, index, inner, true, uses);
    }
    for flag in &instruction.flags {
        let (place, text) = match (instruction.keyword, flag.name()) {
            (Keyword::Copy, "from") => (Place::Copy, flag.value()),
            (Keyword::Run, "mount") => (Place::Mount, flag.value().and_then(from_of_mount)),
            _ => continue,
        };
        let Some(text) = text.filter(|text| !text.is_empty() && *text != "scratch") else {
            continue;
        };
        if !later && names_stage(model, index, text) {
            continue;
        }
        let image = match text {
            _ if later => {
                Fact::Unknown("ONBUILD is read by the file that builds on this image".to_string())
            }
            text if text.contains('$') => Fact::Unknown(format!(
                "`{text}` has a variable, which is not replaced here"
            )),
            text if is_later_stage(model, text) => {
                Fact::Unknown(format!("`{text}` is the name of a later stage"))
            }
            text => parse(text),
        };
        uses.push(ImageUse {
            place,
            span: place_in(model.file.source, flag, text).unwrap_or(flag.span),
            text: text.to_string(),
            image,
        });
    }
}

fn parse(text: &str) -> Fact<ImageReference> {
    match ImageReference::parse(text) {
        Some(image) => Fact::Known(image, "the file".to_string()),
        None => Fact::Unknown(format!("`{text}` is no image reference")),
    }
}

fn from_of_mount(value: &str) -> Option<&str> {
    let fields = value.split(',');
    fields
        .filter_map(|field| field.split_once('='))
        .find(|(name, _)| *name == "from")
        .map(|(_, value)| value)
}

/// Whether BuildKit takes `text` for an earlier stage, by name or by number.
fn names_stage(model: &Model<'_>, index: usize, text: &str) -> bool {
    let name = text.to_lowercase();
    let mut earlier = model.stages.iter().take_while(|stage| stage.from < index);
    earlier.any(|stage| stage.name.as_ref() == Some(&name)) || text.parse::<usize>().is_ok()
}

fn is_later_stage(model: &Model<'_>, text: &str) -> bool {
    let name = text.to_lowercase();
    model
        .stages
        .iter()
        .any(|stage| stage.name.as_ref() == Some(&name))
}

/// Where the value stands in the source, if the flag is written there as it is read.
fn place_in(source: &str, flag: &Flag, value: &str) -> Option<Span> {
    let raw = flag.span.slice(source);
    let at = raw.find(&format!("from={value}"))? + "from=".len();
    let is_once = raw.matches("from=").count() == 1;
    (raw == flag.text && is_once).then(|| {
        let start = flag.span.start + at;
        Span::new(start, start + value.len())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ImageFacts;
    use crate::syntax;

    #[test]
    fn stages_are_no_images() {
        let source = "# syntax=docker/dockerfile:1 a\n\
            ARG V=22\n\
            FROM node:$V AS node\n\
            FROM scratch AS empty\n\
            FROM Node\n\
            COPY --from=NODE /a /b\n\
            COPY --from=0 /a /b\n\
            COPY --from=nginx:1.25 /a /b\n\
            COPY --from=last /a /b\n\
            COPY --from=$X /a /b\n\
            RUN --mount=type=bind,from=busybox,source=/a a\n\
            RUN --mount=type=cache,target=/a a\n\
            ONBUILD COPY --from=alpine /a /b\n\
            FROM localhost:5000/a/b AS last\n";
        let file = syntax::parse(source);
        assert_eq!(file.errors, []);
        let facts = ImageFacts::default();
        let model = Model::new(&file, &facts, None).expect("no target");
        let found: Vec<(String, &str)> = image_uses(&model)
            .iter()
            .map(|one| {
                let image = one.image.known().map_or("?", |image| image.as_str());
                (image.to_string(), one.span.slice(source))
            })
            .collect();
        let wanted = [
            ("docker/dockerfile:1", "docker/dockerfile:1"),
            ("node:22", "node:$V"),
            ("nginx:1.25", "nginx:1.25"),
            ("?", "last"),
            ("?", "$X"),
            ("busybox", "busybox"),
            ("?", "alpine"),
            ("localhost:5000/a/b", "localhost:5000/a/b"),
        ];
        assert_eq!(found, wanted.map(|(image, text)| (image.to_string(), text)));
    }
}
