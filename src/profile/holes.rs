//! Values that a profile reads from the file: `let`.

use std::collections::BTreeMap;

use wildmatch::WildMatch;

use super::format::{Hole, Reading, StartInstruction};
use crate::fix::Reason;
use crate::model::{Model, Stage};
use crate::syntax::{Arguments, Keyword};

/// Fills all holes of a profile.
pub(super) fn fill(
    holes: &BTreeMap<String, Hole>,
    model: &Model<'_>,
    lineage: &[&Stage],
) -> Result<BTreeMap<String, String>, Vec<Reason>> {
    let mut filled = BTreeMap::new();
    let mut reasons = Vec::new();
    for (name, hole) in holes {
        let reading = match hole {
            Hole::Given(value) => {
                filled.insert(name.clone(), value.clone());
                continue;
            }
            Hole::Read(reading) => reading,
        };
        match fill_one(reading, model, lineage) {
            Ok(value) => {
                filled.insert(name.clone(), value);
            }
            Err(mut reason) => {
                reason.text = format!("`{name}` of the profile cannot be filled: {}", reason.text);
                reasons.push(reason);
            }
        }
    }
    if reasons.is_empty() {
        Ok(filled)
    } else {
        Err(reasons)
    }
}

fn fill_one(hole: &Reading, model: &Model<'_>, lineage: &[&Stage]) -> Result<String, Reason> {
    let form = format!(
        "[{}]",
        hole.argv
            .iter()
            .map(|word| format!("{word:?}"))
            .collect::<Vec<_>>()
            .join(", ")
    );
    let mut reason = None;
    for read in &hole.read {
        let keyword = match read {
            StartInstruction::Entrypoint => Keyword::Entrypoint,
            StartInstruction::Cmd => Keyword::Cmd,
        };
        let Some((_, instruction)) = model.last_of(lineage, keyword) else {
            continue;
        };
        if let Arguments::Exec(words) = &instruction.arguments
            && let Some(value) =
                match_words(&hole.argv, words.iter().map(|word| word.text.as_ref()))
        {
            return Ok(value);
        }
        let text = format!("{} is not of the form {form}", keyword.as_str());
        reason.get_or_insert(Reason::at(instruction.span, text));
    }
    Err(reason.unwrap_or_else(|| Reason::new(format!("no instruction of the form {form}"))))
}

/// The word that stands for the one with a `*`, if all others are the same.
fn match_words<'w>(
    pattern: &[String],
    words: impl ExactSizeIterator<Item = &'w str>,
) -> Option<String> {
    if words.len() != pattern.len() {
        return None;
    }
    let mut value = None;
    for (pattern, word) in pattern.iter().zip(words) {
        if !WildMatch::new(pattern).matches(word) {
            return None;
        }
        if pattern.contains('*') {
            value = Some(word.to_string());
        }
    }
    value
}

/// The text with `{name}` replaced by the value of the hole.
pub(super) fn replace(text: &str, holes: &BTreeMap<String, String>) -> String {
    holes.iter().fold(text.to_string(), |text, (name, value)| {
        text.replace(&format!("{{{name}}}"), value)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_with_the_star_fills_the_hole() {
        let pattern = ["dotnet".to_string(), "*.dll".to_string()];
        let matched = |words: &[&str]| match_words(&pattern, words.iter().copied());
        assert_eq!(matched(&["dotnet", "App.dll"]).as_deref(), Some("App.dll"));
        assert_eq!(matched(&["dotnet", "App.dll", "--x"]), None);
        assert_eq!(matched(&["./App"]), None);
    }
}
