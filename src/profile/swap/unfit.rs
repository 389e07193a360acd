//! What cannot follow to the new image: words and paths that the row names, and the home of root.

use super::Site;
use crate::fix::{Reason, Step};
use crate::profile::accounts::{Created, created_users};
use crate::profile::format::BaseMap;
use crate::syntax::{Instruction, Keyword};
use crate::text::{Edit, Span};

/// The home of root where an image does not say otherwise.
const HOME_OF_ROOT: &str = "/root";

impl Site<'_, '_> {
    /// What the file names that cannot follow.
    pub(super) fn unfit(&self, row: &BaseMap) -> Vec<Reason> {
        let mut reasons = Vec::new();
        for (_, instruction) in self.instructions() {
            if instruction.keyword == Keyword::From {
                continue;
            }
            let text = self.behind_flags(instruction);
            let unfit = row
                .unfit
                .iter()
                .find(|(unfit, _)| has(text, unfit) || may_fill(instruction, unfit));
            if let Some((unfit, why)) = unfit {
                let text = format!("`{unfit}`: {why}");
                reasons.push(Reason::at(instruction.span, text));
            } else if self.has_other_home() && names_home_of_root(text) {
                let home = self.new_home().unwrap_or_default();
                let text =
                    format!("`{HOME_OF_ROOT}` is no home in the new base image: it is `{home}`");
                reasons.push(Reason::at(instruction.span, text));
            } else if let Some(user) = self.home_of_own(instruction) {
                let home = self.new_home().unwrap_or_default();
                let text = format!(
                    "`{user}` has a home of its own, and HOME is `{home}` in the new base image"
                );
                reasons.push(Reason::at(instruction.span, text));
            }
        }
        reasons
    }

    /// The user of a USER whom the file creates, where HOME of the new image would hide the home.
    fn home_of_own(&self, instruction: &Instruction<'_>) -> Option<String> {
        if instruction.keyword != Keyword::User || !self.has_other_home() {
            return None;
        }
        let user = instruction.text()?.text.split(':').next()?.to_string();
        let created = created_users(self.model, &self.stages);
        let is_it = |one: &Created| one.name == user || one.number.as_ref() == Some(&user);
        created.iter().any(is_it).then_some(user)
    }

    /// What is copied to a folder that is elsewhere in the new image is copied there.
    pub(super) fn moved(&self, row: &BaseMap) -> Result<Option<Step>, Vec<Reason>> {
        let mut edits = Vec::new();
        let mut reasons = Vec::new();
        for (_, instruction) in self.instructions() {
            let text = self.behind_flags(instruction);
            let Some((old, new)) = row
                .moved
                .iter()
                .find(|(old, _)| text.contains(old.as_str()))
            else {
                continue;
            };
            let is_place = matches!(
                instruction.keyword,
                Keyword::Copy | Keyword::Add | Keyword::Workdir
            );
            let word = instruction.words().last().or(instruction.text());
            let rest = word.and_then(|word| word.text.strip_prefix(old.as_str()));
            let rest = rest.filter(|rest| rest.is_empty() || rest.starts_with('/'));
            match (word, rest) {
                (Some(word), Some(rest)) if is_place && text.matches(old.as_str()).count() == 1 => {
                    edits.push(Edit::replace(word.span, format!("{new}{rest}")));
                }
                _ => {
                    let text = format!("`{old}` is `{new}` in the new base image");
                    reasons.push(Reason::at(instruction.span, text));
                }
            }
        }
        if !reasons.is_empty() {
            return Err(reasons);
        }
        let why = "The new base image has another folder for it.".to_string();
        let step = Step::new("copy to the folder of the new image", Some(why), edits);
        Ok((!step.edits.is_empty()).then_some(step))
    }

    fn new_home(&self) -> Option<&str> {
        let home = self.new.env.as_ref()?.get("HOME")?;
        Some(home.as_str())
    }

    /// Whether the new image sets HOME, which counts for root too.
    fn has_other_home(&self) -> bool {
        let old = self.old.env.as_ref().and_then(|env| env.get("HOME"));
        let old = old.map_or(HOME_OF_ROOT, String::as_str);
        self.new_home().is_some_and(|home| home != old) && old == HOME_OF_ROOT
    }

    /// The text of an instruction without its flags: the folder of a cache may be any.
    fn behind_flags(&self, instruction: &Instruction<'_>) -> &str {
        let start = instruction.flags.iter().map(|flag| flag.span.end).max();
        let start = start.unwrap_or(instruction.span.start);
        let bodies = instruction.heredocs.iter().map(|heredoc| heredoc.body.end);
        let end = bodies.max().unwrap_or(0).max(instruction.span.end);
        Span::new(start, end.max(start)).slice(self.model.file.source)
    }
}

/// Whether the text has a word, or a path or several words anywhere.
fn has(text: &str, unfit: &str) -> bool {
    if unfit.contains(['/', '$', ' ']) {
        return text.contains(unfit);
    }
    let is_of_word = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    text.split(|c| !is_of_word(c)).any(|word| word == unfit)
}

/// Whether a folder is copied to where the path lies below.
fn may_fill(instruction: &Instruction<'_>, path: &str) -> bool {
    if !path.starts_with('/') || !matches!(instruction.keyword, Keyword::Copy | Keyword::Add) {
        return false;
    }
    let Some((to, sources)) = instruction.words().split_last() else {
        return false;
    };
    let below = path.strip_prefix(to.text.trim_end_matches('/'));
    let is_above = to.text.starts_with('/') && below.is_some_and(|rest| rest.starts_with('/'));
    let is_folder = |text: &str| {
        let name = text.trim_end_matches('/').rsplit('/').next().unwrap_or("");
        text.ends_with('/') || !name.trim_start_matches('.').contains('.')
    };
    is_above && sources.iter().any(|source| is_folder(&source.text))
}

fn names_home_of_root(text: &str) -> bool {
    let ends_word =
        |c: char| c.is_whitespace() || matches!(c, '=' | '"' | '\'' | ':' | ',' | ';' | ')');
    text.split(ends_word).any(|word| {
        word.strip_prefix(HOME_OF_ROOT)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

#[cfg(test)]
mod tests {
    use super::{has, names_home_of_root};

    #[test]
    fn words_are_whole_and_paths_are_parts() {
        assert!(has("pip install 'psycopg2==2.9' x", "psycopg2"));
        assert!(!has("pip install psycopg2-binary", "psycopg2"));
        assert!(has("COPY a /etc/nginx/conf.d/", "/etc/nginx/"));
    }

    #[test]
    fn the_home_of_root_is_a_whole_path() {
        for text in [
            "cp a /root/.npmrc",
            "WORKDIR /root",
            "ENV A=/root/b",
            "--x=\"/root\"",
        ] {
            assert!(names_home_of_root(text), "{text}");
        }
        for text in ["/rootfs/a", "/app/root/b", "$HOME/.npmrc", "a/root"] {
            assert!(!names_home_of_root(text), "{text}");
        }
    }
}
