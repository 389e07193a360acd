//! `user`: the image runs as a numeric, non-root user.

use super::scripts::{self, StartScript};
use super::{Planned, Target, step};
use crate::fix::{Reason, Step};
use crate::model::Fact;
use crate::model::state::is_root;
use crate::profile::accounts::{self, created_groups, created_users};
use crate::profile::format::Step as Written;
use crate::syntax::Instruction;
use crate::text::Edit;

pub(super) fn plan(
    target: &Target<'_, '_, '_>,
    written: &Written,
    uid: &str,
    prefer_image: bool,
) -> Planned {
    // The users of Windows have no numbers.
    let Some(end) = target.end().filter(|end| !end.is_windows()) else {
        return Ok(None);
    };
    let set_by = end
        .user_set_by
        .and_then(|index| target.model.instruction(index));
    let user = match &end.user {
        Fact::Known(user, _) => user.split(':').next().unwrap_or(user),
        Fact::Unknown(_) if target.is_root(end) == Some(true) => "root",
        Fact::Unknown(why) => {
            let text = format!("the user at the end is not known: {why}");
            let span = set_by.map(|instruction| instruction.span);
            return Err(vec![Reason { text, span }]);
        }
    };
    let wanted = || chosen(target, uid, prefer_image);
    let is_number = user.chars().all(|c| c.is_ascii_digit());
    if target.raised.get() && !is_root(user) && end.user_set_by.is_some() {
        let (back, mut edits) = match number(target, user) {
            Some(Number { number, given }) => (number, Vec::from_iter(given)),
            None if created(target, user) => return Err(vec![without_number(set_by, user)]),
            None => (wanted()?.number, Vec::new()),
        };
        edits.push(target.new_lines(written, vec![format!("USER {back}")]));
        let named = set_by
            .and_then(|one| one.text())
            .filter(|word| word.text == user && !is_number);
        edits.extend(named.map(|word| Edit::replace(word.span, back.clone())));
        return step(written, format!("run as UID {back}"), edits);
    }
    let was_root = target.was_root();
    if is_root(user) || target.raised.get() || was_root && end.user_set_by.is_none() {
        let Number { number, given } = wanted()?;
        let mut edits = vec![target.new_lines(written, vec![format!("USER {number}")])];
        edits.extend(given);
        let unread = match scripts::start_script(target) {
            Some(StartScript::Unread { name, why }) => {
                let why = why.map_or(String::new(), |why| format!(" ({why})"));
                Some(format!(
                    "`{name}` was not read{why}: what it does as root (chown, writing to /etc) fails now."
                ))
            }
            _ => None,
        };
        let why = written.why.iter().cloned().chain(unread);
        let why: Vec<String> = target.assumption.iter().cloned().chain(why).collect();
        let why = (!why.is_empty()).then(|| why.join(" "));
        return Ok(Some(Step::new(format!("run as UID {number}"), why, edits)));
    }
    if is_number {
        return Ok(None);
    }
    let Some(instruction) = set_by else {
        return of_image(target, written, user);
    };
    let Some(word) = instruction.text() else {
        return Ok(None);
    };
    if word.text.contains('$') {
        let text = "USER takes a name from a variable, so that its number cannot stand there";
        return Err(vec![Reason::at(instruction.span, text)]);
    }
    if let Some(Number { number, given }) = numbers(target, &word.text) {
        let mut why = "Kubernetes' runAsNonRoot can only check a number.".to_string();
        let what = match given {
            None => format!("name user `{}` by its number", word.text),
            Some(_) => {
                why.push_str(" Volumes that another UID has written must change hands.");
                format!(
                    "give user `{user}` the UID {}, and name it by that",
                    uid_of(&number)
                )
            }
        };
        let mut edits = vec![Edit::replace(word.span, number)];
        edits.extend(given);
        return Ok(Some(Step::new(what, Some(why), edits)));
    }
    if target.is_swapped() && created(target, user) {
        return Ok(None);
    }
    if created(target, user) || known(target, user).is_some() {
        return Err(vec![without_number(set_by, user)]);
    }
    Err(vec![Reason::at(
        instruction.span,
        format!(
            "nothing in this file creates user `{user}`, and the base image is not known to have it"
        ),
    )])
}

/// The image runs as a user of its own, which it names.
fn of_image(target: &Target<'_, '_, '_>, written: &Written, user: &str) -> Planned {
    let Some(Number { number, .. }) = number(target, user) else {
        let text = format!("the base image runs as user `{user}`, whose UID is not known");
        return Err(vec![Reason::new(text)]);
    };
    let why = "Kubernetes' runAsNonRoot can only check a number.".to_string();
    let edit = target.new_lines(written, vec![format!("USER {number}")]);
    let what = format!("name user `{user}` of the base image by its number");
    Ok(Some(Step::new(what, Some(why), vec![edit])))
}

/// `uid:gid` of a user that the image has.
fn known<'t>(target: &'t Target<'_, '_, '_>, user: &str) -> Option<&'t str> {
    target.facts.users.as_ref()?.get(user).map(String::as_str)
}

fn created(target: &Target<'_, '_, '_>, user: &str) -> bool {
    created_users(target.model, &target.lineage)
        .iter()
        .any(|created| created.name == user)
}

/// The number of a user.
pub(super) struct Number {
    pub number: String,
    /// What gives it to the user, where the file leaves it to the system.
    given: Option<Edit>,
}

impl From<String> for Number {
    fn from(number: String) -> Self {
        Self {
            number,
            given: None,
        }
    }
}

/// The number of a user, as the file or the image gives it, or as the file can give it.
fn number(target: &Target<'_, '_, '_>, user: &str) -> Option<Number> {
    if user.chars().all(|c| c.is_ascii_digit()) {
        return Some(user.to_string().into());
    }
    let users = created_users(target.model, &target.lineage);
    match users.iter().find(|created| created.name == user) {
        Some(created) => match &created.number {
            Some(number) => Some(number.clone().into()),
            None => numbered(target, user),
        },
        None => Some(known(target, user)?.split(':').next()?.to_string().into()),
    }
}

/// A number for a user that the file creates without one. After a swap of the base, its commands may be others.
fn numbered(target: &Target<'_, '_, '_>, user: &str) -> Option<Number> {
    if target.is_swapped() {
        return None;
    }
    let (number, given) = accounts::numbered(target.model, &target.lineage, &target.facts, user)?;
    Some(Number {
        number,
        given: Some(given),
    })
}

/// `user` or `user:group` in numbers.
fn numbers(target: &Target<'_, '_, '_>, text: &str) -> Option<Number> {
    let Some((user, group)) = text.split_once(':') else {
        return number(target, text);
    };
    let groups = created_groups(target.model, &target.lineage);
    let gid = match groups.iter().find(|created| created.name == group) {
        _ if group.chars().all(|c| c.is_ascii_digit()) => group.to_string(),
        // Only the user must be a number.
        Some(made) => made.number.clone().unwrap_or_else(|| group.to_string()),
        // The group of the same name is the user's own.
        None if group == user && created(target, user) => group.to_string(),
        None if group == user => known(target, user)?.split(':').nth(1)?.to_string(),
        None => return None,
    };
    let mut numbers = number(target, user)?;
    numbers.number = format!("{}:{gid}", numbers.number);
    Some(numbers)
}

fn uid_of(numbers: &str) -> &str {
    numbers.split(':').next().unwrap_or(numbers)
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

/// The user that the file creates, the one that the image has for applications, or the profile's own.
pub(super) fn chosen(
    target: &Target<'_, '_, '_>,
    uid: &str,
    prefer_image: bool,
) -> Result<Number, Vec<Reason>> {
    if !prefer_image {
        return Ok(uid.to_string().into());
    }
    let of_image = target.facts.non_root.clone();
    match (created_users(target.model, &target.lineage).as_slice(), of_image) {
        ([], None) => Ok(uid.to_string().into()),
        ([only], of_image) => number(target, &only.name).or(of_image.map(Number::from)).ok_or_else(|| {
            vec![Reason::at(
                only.span,
                format!(
                    "the file creates user `{}` for this, but without a fixed UID that USER could name",
                    only.name
                ),
            )]
        }),
        (_, Some(of_image)) => Ok(of_image.into()),
        ([_, second, ..], None) => Err(vec![Reason::at(
            second.span,
            "the file creates several users, and it is not known which one is for the application",
        )]),
    }
}
