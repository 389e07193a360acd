//! `user`: the image runs as a numeric, non-root user.

use super::{Planned, Target, step};
use crate::fix::{Reason, Step};
use crate::model::state::is_root;
use crate::model::{Fact, Facts};
use crate::profile::format::Step as Written;
use crate::profile::translate::{self, CreatedUser};
use crate::syntax::Word;
use crate::text::Edit;

pub(super) fn plan(
    target: &Target<'_, '_, '_>,
    written: &Written,
    uid: &str,
    prefer_image: bool,
) -> Planned {
    let Some(end) = target.end() else {
        return Ok(None);
    };
    let set_by = end
        .user_set_by
        .and_then(|index| target.model.instruction(index));
    let user = match &end.user {
        Fact::Known(user, _) => user.split(':').next().unwrap_or(user),
        Fact::Unknown(why) => {
            let text = format!("the user at the end is not known: {why}");
            let span = set_by.map(|instruction| instruction.span);
            return Err(vec![Reason { text, span }]);
        }
    };
    let wanted = &chosen(target, uid, prefer_image)?;
    let is_number = user.chars().all(|c| c.is_ascii_digit());
    if target.raised.get() && !is_root(user) && end.user_set_by.is_some() {
        // Back to whom the file runs as, by number where it says one.
        let created = translate::created_users(target.model, &target.lineage);
        let own = created.iter().find(|created| created.name == user);
        let back = match own {
            Some(own) => own.uid.as_deref().unwrap_or(user),
            None if is_number => user,
            None => wanted,
        };
        let edit = target.new_lines(written, vec![format!("USER {back}")]);
        return step(written, format!("run as `{back}`"), vec![edit]);
    }
    let was_root = target.end_before().and_then(|end| end.is_root()) == Some(true);
    if is_root(user) || target.raised.get() || was_root && end.user_set_by.is_none() {
        let edit = target.new_lines(written, vec![format!("USER {wanted}")]);
        return step(written, format!("run as UID {wanted}"), vec![edit]);
    }
    if is_number {
        return Ok(None);
    }
    let knows = |facts: &Facts| {
        facts
            .users
            .as_ref()
            .is_some_and(|users| users.contains_key(user))
    };
    let Some(instruction) = set_by else {
        // The name is the base image's own, and the image knows it.
        return Ok(None);
    };
    let Some(word) = instruction.text() else {
        return Ok(None);
    };
    if word.text.contains('$') || knows(&target.facts) {
        return Ok(None);
    }
    let created = translate::created_users(target.model, &target.lineage);
    if let Some(created) = created.iter().find(|created| created.name == user) {
        return numeric(word, created);
    }
    Err(vec![Reason::at(
        instruction.span,
        format!(
            "nothing in this file creates user `{user}`, and the base image is not known to have it"
        ),
    )])
}

/// `USER name` becomes the number that the file itself gave the name, so that Kubernetes can see that it is not root.
fn numeric(word: &Word<'_>, created: &CreatedUser) -> Planned {
    let Some(uid) = created.uid.as_ref().filter(|_| word.text == created.name) else {
        return Ok(None);
    };
    let edit = Edit::replace(word.span, uid.clone());
    let what = format!("name user `{}` by its number", created.name);
    let why = "Kubernetes' runAsNonRoot can only check a number.".to_string();
    Ok(Some(Step::new(what, Some(why), vec![edit])))
}

/// The user that the image has for applications, one that the file creates with a number, or the profile's own.
pub(super) fn chosen(
    target: &Target<'_, '_, '_>,
    uid: &str,
    prefer_image: bool,
) -> Result<String, Vec<Reason>> {
    if !prefer_image {
        return Ok(uid.to_string());
    }
    if let Some(user) = &target.facts.non_root {
        return Ok(user.clone());
    }
    match translate::created_users(target.model, &target.lineage).as_slice() {
        [] => Ok(uid.to_string()),
        [only] => match &only.uid {
            Some(uid) => Ok(uid.clone()),
            None => Err(vec![Reason::at(
                only.span,
                format!(
                    "the file creates user `{}` for this, but without a fixed UID that USER could name",
                    only.name
                ),
            )]),
        },
        [_, second, ..] => Err(vec![Reason::at(
            second.span,
            "the file creates several users, and it is not known which one is for the application",
        )]),
    }
}
