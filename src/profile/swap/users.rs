//! Users that only the old image has: by name, or by the number that it gave them.

use super::Site;
use crate::fix::{Reason, Step};
use crate::model::state::is_root;
use crate::model::{Body, Facts};
use crate::syntax::Keyword;
use crate::text::Edit;

impl Site<'_, '_> {
    /// USER and `--chown` name the user that the new image has for applications instead.
    pub(super) fn users(&self) -> Result<Option<Step>, Vec<Reason>> {
        let mut edits = Vec::new();
        let mut reasons = Vec::new();
        let uid = self
            .new
            .non_root
            .as_deref()
            .or(self.new.user.as_deref())
            .filter(|user| !is_root(user));
        let uid = uid.unwrap_or("1001");
        for (index, instruction) in self.instructions() {
            if let Some(flag) = instruction.flag("chown") {
                let owner = flag.value().unwrap_or("").split(':').next().unwrap_or("");
                if self.is_gone(owner) {
                    edits.push(Edit::replace(flag.span, format!("--chown={uid}:0")));
                } else if self.is_unknown(owner) {
                    let text = format!(
                        "`{}` names a user that the new base image may not have",
                        flag.text
                    );
                    reasons.push(Reason::at(flag.span, text));
                }
            }
            match (instruction.keyword, instruction.text()) {
                (Keyword::User, Some(word)) => {
                    let user = word.text.split(':').next().unwrap_or("");
                    if self.is_gone(user) {
                        edits.push(Edit::replace(word.span, uid));
                    }
                }
                (Keyword::Run, _) => reasons.extend(self.names_in_run(index)),
                _ => {}
            }
        }
        if !reasons.is_empty() {
            return Err(reasons);
        }
        let why = "The new base image does not have the user that the old one had.".to_string();
        let step = Step::new(
            format!("name UID {uid} instead of the old image's user"),
            Some(why),
            edits,
        );
        Ok((!step.edits.is_empty()).then_some(step))
    }

    /// Whether the old image has this user, by name or as its number for applications, and the new one has not.
    fn is_gone(&self, user: &str) -> bool {
        let is_number = self.old.non_root.as_deref() == Some(user)
            && self.new.non_root.as_deref() != Some(user);
        is_number || knows(&self.old, user) && !knows(&self.new, user)
    }

    /// A name that neither image has, and that no RUN of the file creates.
    fn is_unknown(&self, user: &str) -> bool {
        let is_name = user.starts_with(|c: char| c.is_alphabetic() || c == '_') && user != "root";
        let created = || crate::profile::accounts::created_users(self.model, &self.stages);
        is_name && !knows(&self.new, user) && !created().iter().any(|created| created.name == user)
    }

    /// `chown app …` in a RUN.
    fn names_in_run(&self, index: usize) -> Vec<Reason> {
        let Body::Script(script) = self.model.body(index) else {
            return Vec::new();
        };
        let mut reasons = Vec::new();
        for site in script.commands() {
            let name = site.command.name().unwrap_or_default();
            if !matches!(
                name.as_str(),
                "chown" | "chgrp" | "install" | "su" | "gosu" | "setpriv"
            ) {
                continue;
            }
            for word in site.command.words.iter().skip(1) {
                let text = word.value().unwrap_or_default();
                if let Some(user) = text
                    .split(':')
                    .find(|part| !part.is_empty() && self.is_gone(part))
                {
                    let text = format!(
                        "`{name}` names user `{user}`, which the new base image does not have"
                    );
                    reasons.push(Reason::at(word.span, text));
                }
            }
        }
        reasons
    }
}

fn knows(facts: &Facts, user: &str) -> bool {
    facts
        .users
        .as_ref()
        .is_some_and(|users| users.contains_key(user))
}
