//! `user`: the image runs as a numeric, non-root user.

use super::{Planned, Target, step};
use crate::fix::Reason;
use crate::model::state::is_root;
use crate::model::{Fact, Facts};
use crate::profile::format::Step as Written;
use crate::profile::translate;
use crate::text::Edit;

pub(super) fn plan(target: &Target<'_, '_, '_>, written: &Written, wanted: &str) -> Planned {
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
    let own_needs_root = target.end_before().and_then(|end| end.is_root()) == Some(true);
    if is_root(user) || own_needs_root && end.user_set_by.is_none() {
        let edit = target.new_lines(written, vec![format!("USER {wanted}")]);
        return step(written, format!("run as UID {wanted}"), vec![edit]);
    }
    if user.chars().all(|c| c.is_ascii_digit()) {
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
    if knows(&target.old_facts) {
        let edit = Edit::replace(word.span, wanted);
        return step(
            written,
            format!("run as UID {wanted}: the new image has no user `{user}`"),
            vec![edit],
        );
    }
    if translate::creates_user(target.model, &target.lineage, user) {
        return Ok(None);
    }
    Err(vec![Reason::at(
        instruction.span,
        format!(
            "nothing in this file creates user `{user}`, and the base image is not known to have it"
        ),
    )])
}
