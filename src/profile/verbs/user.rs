//! `user`: the image runs as a numeric, non-root user.

use super::{Planned, Target, step};
use crate::fix::{Reason, Step};
use crate::model::Fact;
use crate::model::state::is_root;
use crate::profile::format::Step as Written;
use crate::profile::translate;
use crate::syntax::Instruction;
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
        let back = match number(target, user) {
            Some(number) => number,
            None if created(target, user) => return Err(vec![without_number(set_by, user)]),
            None => wanted.clone(),
        };
        let mut edits = vec![target.new_lines(written, vec![format!("USER {back}")])];
        let named = set_by
            .and_then(|one| one.text())
            .filter(|word| word.text == user && !is_number);
        edits.extend(named.map(|word| Edit::replace(word.span, back.clone())));
        return step(written, format!("run as UID {back}"), edits);
    }
    let was_root = target.end_before().and_then(|end| end.is_root()) == Some(true);
    if is_root(user) || target.raised.get() || was_root && end.user_set_by.is_none() {
        let edit = target.new_lines(written, vec![format!("USER {wanted}")]);
        return step(written, format!("run as UID {wanted}"), vec![edit]);
    }
    if is_number {
        return Ok(None);
    }
    let Some(instruction) = set_by else {
        // The name is the base image's own, and the image knows it.
        return Ok(None);
    };
    let Some(word) = instruction.text().filter(|word| !word.text.contains('$')) else {
        return Ok(None);
    };
    if let Some(numbers) = numbers(target, &word.text) {
        let what = format!("name user `{}` by its number", word.text);
        let why = "Kubernetes' runAsNonRoot can only check a number.".to_string();
        let edit = Edit::replace(word.span, numbers);
        return Ok(Some(Step::new(what, Some(why), vec![edit])));
    }
    if created(target, user) || known(target, user).is_some() {
        return Ok(None);
    }
    Err(vec![Reason::at(
        instruction.span,
        format!(
            "nothing in this file creates user `{user}`, and the base image is not known to have it"
        ),
    )])
}

/// `uid:gid` of a user that the image has.
fn known<'t>(target: &'t Target<'_, '_, '_>, user: &str) -> Option<&'t str> {
    target.facts.users.as_ref()?.get(user).map(String::as_str)
}

fn created(target: &Target<'_, '_, '_>, user: &str) -> bool {
    translate::created_users(target.model, &target.lineage)
        .iter()
        .any(|created| created.name == user)
}

/// The number of a user, as the file or the image gives it.
fn number(target: &Target<'_, '_, '_>, user: &str) -> Option<String> {
    if user.chars().all(|c| c.is_ascii_digit()) {
        return Some(user.to_string());
    }
    let users = translate::created_users(target.model, &target.lineage);
    match users.iter().find(|created| created.name == user) {
        Some(created) => created.number.clone(),
        None => known(target, user)?.split(':').next().map(String::from),
    }
}

/// `user` or `user:group` in numbers.
fn numbers(target: &Target<'_, '_, '_>, text: &str) -> Option<String> {
    let Some((user, group)) = text.split_once(':') else {
        return number(target, text);
    };
    let groups = translate::created_groups(target.model, &target.lineage);
    let gid = match groups.iter().find(|created| created.name == group) {
        _ if group.chars().all(|c| c.is_ascii_digit()) => group.to_string(),
        Some(created) => created.number.clone()?,
        // The group of the same name is the user's own.
        None if group == user => known(target, user)?.split(':').nth(1)?.to_string(),
        None => return None,
    };
    Some(format!("{}:{gid}", number(target, user)?))
}

fn without_number(set_by: Option<&Instruction<'_>>, user: &str) -> Reason {
    let text = format!(
        "the file creates user `{user}` for this, but without a fixed UID that USER could name"
    );
    Reason {
        text,
        span: set_by.map(|instruction| instruction.span),
    }
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
        [only] => match &only.number {
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
