//! How the new image is written where the old one was named, with variables or without.

use super::Site;
use crate::fix::Reason;
use crate::model::images::{Place, image_uses};
use crate::rule::composed;
use crate::syntax::image::ImageReference;
use crate::syntax::{Keyword, Pair, PairSeparator, variables};
use crate::text::{Edit, Span};

impl Site<'_, '_> {
    /// The edits that name the new image, with what to know of them.
    pub(super) fn image_edits(
        &self,
        old: &ImageReference,
        new: &ImageReference,
    ) -> Result<(Vec<Edit>, Option<String>), Reason> {
        let span = self.root.base_span;
        if !self.root.has_variables {
            return Ok((vec![Edit::replace(span, new.as_str())], None));
        }
        if let Some(appended) = self.appended(old, new) {
            return Ok(appended);
        }
        match self.whole_or_name(new) {
            Ok(edits) => Ok(edits),
            Err(reason) => self.one_piece(old, new).ok_or(reason),
        }
    }

    /// The new image is called as the old one, with something behind it: that holds whatever the variables are.
    fn appended(
        &self,
        old: &ImageReference,
        new: &ImageReference,
    ) -> Option<(Vec<Edit>, Option<String>)> {
        let suffix = new.as_str().strip_prefix(old.as_str())?;
        let span = self.root.base_span;
        let word = span.slice(self.model.file.source);
        let is_plain = !word.contains(['"', '\'', self.model.file.escape]);
        let is_apart = suffix.starts_with([':', '-', '.']);
        (is_plain && is_apart).then(|| {
            let note = format!("Whatever version a build sets gets `{suffix}` too.");
            let edit = Edit::replace(span, format!("{word}{suffix}"));
            (vec![edit], Some(note))
        })
    }

    /// One piece of the word or of one default that only this stage uses.
    fn one_piece(
        &self,
        old: &ImageReference,
        new: &ImageReference,
    ) -> Option<(Vec<Edit>, Option<String>)> {
        let uses = image_uses(self.model);
        let mut uses = uses.iter();
        let one = uses.find(|one| one.place == Place::From(self.root.index))?;
        let change = composed::change(self.model, one, old, new.as_str()).ok()?;
        let note = match &change.argument {
            None => None,
            Some(name) => {
                let users = composed::users_of(self.model, name).ok()?;
                if users != [self.root.index] {
                    return None;
                }
                Some(format!(
                    "A build that sets `--build-arg {name}=…` must set it to the new image."
                ))
            }
        };
        Some((vec![change.edit], note))
    }

    /// The variable is the whole image, or its name.
    fn whole_or_name(&self, new: &ImageReference) -> Result<(Vec<Edit>, Option<String>), Reason> {
        let span = self.root.base_span;
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
}
