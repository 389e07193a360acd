//! One request to merge: what it says, what is to be done about it, and doing that.
//!
//! Nothing is remembered between runs. The branch, its commit and the text of the request say all there is to know.

pub mod decide;
pub mod marker;
pub mod owners;
mod text;

use crate::forge::{Draft, Forge, LineComment, Request, RequestState};
use crate::git::{Change, Commit, Copy, FailureKind};
use crate::report::Problem;

pub use decide::{Action, Branch, State, Why, decide};
pub use marker::{branch_name, fingerprint};
pub use text::{Parts, body, comments, title};

/// Lines at the end of a commit of harden.
const PROFILE: &str = "Harden-Profile";
const FINGERPRINT: &str = "Harden-Fingerprint";
const BASE: &str = "Harden-Base";

/// The comment that harden leaves a request alone, by what nobody sees of it.
const EDITED: &str = "<!-- harden:edited -->";
const DONE: &str = "<!-- harden:done -->";

/// Where the request is.
pub struct Place<'p> {
    pub copy: &'p Copy,
    pub forge: &'p dyn Forge,
    /// The branch to merge into.
    pub target: &'p str,
    /// The branch of the change.
    pub branch: &'p str,
}

/// The change, and what the request says of it.
#[derive(Clone, Debug, Default)]
pub struct Content {
    /// In the commit, and in the hidden line of the text.
    pub profile: String,
    pub fingerprint: String,
    /// Not empty, each file once.
    pub changes: Vec<Change>,
    pub title: String,
    pub body: String,
    pub is_draft: bool,
    pub labels: Vec<String>,
    pub reviewers: Vec<String>,
    pub assignees: Vec<String>,
    pub comments: Vec<LineComment>,
}

/// What there is now.
#[derive(Debug)]
pub struct Survey {
    pub state: State,
    /// The last commit of the branch of the change.
    tip: Option<Commit>,
    open: Option<Request>,
    url: Option<String>,
}

/// What was done.
#[derive(Debug)]
pub struct Done {
    pub action: Action,
    /// Of the request, where there is one.
    pub url: Option<String>,
    /// What people should know.
    pub notes: Vec<String>,
}

/// Makes the request what it should be; without content, there is nothing to change any more.
///
/// # Errors
/// What stands against it, and how far it came.
pub fn ensure(place: &Place<'_>, content: Option<&Content>) -> Result<Done, Problem> {
    let survey = look(place, content)?;
    let action = decide(&survey.state);
    carry_out(place, content, &survey, action)
}

/// Takes the request back, and its branch, as long as nobody else works on it.
///
/// # Errors
/// What stands against it, and how far it came.
pub fn withdraw(place: &Place<'_>) -> Result<(), Problem> {
    let survey = look(place, None)?;
    if survey.state.branch == Branch::Theirs {
        return Err(Problem::new("somebody else works on the branch"));
    }
    if let Some(open) = &survey.open {
        let words = "The batch that made this request takes it back.";
        place.forge.note(open.number, words)?;
        end(place, open)?;
    }
    delete(place, &survey)
}

/// Reads the branch and its requests, and changes nothing.
///
/// # Errors
/// Why they are not known.
pub fn look(place: &Place<'_>, content: Option<&Content>) -> Result<Survey, Problem> {
    let requests = place.forge.requests(place.branch)?;
    let tip = place.copy.fetch(place.branch)?;
    let branch = match &tip {
        None => Branch::Absent,
        Some(commit) => whose(place, commit, content)?,
    };
    let open = requests.iter().find(|one| one.state == RequestState::Open);
    let has_note = match (open, branch) {
        (Some(open), Branch::Theirs) => has_note(place.forge, open.number, EDITED)?,
        _ => false,
    };
    let of = |state: RequestState| {
        let wanted = content?.fingerprint.as_str();
        let mut found = requests.iter().filter(|one| one.state == state);
        found.find(|one| marker::read(&one.body).as_deref() == Some(wanted))
    };
    let (declined, merged) = (of(RequestState::Closed), of(RequestState::Merged));
    let told = open.or(declined).or(merged);
    Ok(Survey {
        state: State {
            is_wanted: content.is_some(),
            branch,
            open: open.map(|one| decide::Open {
                number: one.number,
                has_note,
                is_elsewhere: one.target != place.target,
            }),
            declined: declined.map(|one| one.number),
            merged: merged.map(|one| one.number),
            can_read: place.forge.can_read(),
        },
        url: told.map(|one| one.url.clone()),
        open: open.cloned(),
        tip,
    })
}

/// A commit is ours where it is as harden made it: on top of what it says, with the change that it says.
fn whose(place: &Place<'_>, commit: &Commit, content: Option<&Content>) -> Result<Branch, Problem> {
    let (Some(profile), Some(said), Some(base)) = (
        commit.trailer(PROFILE),
        commit.trailer(FINGERPRINT),
        commit.trailer(BASE),
    ) else {
        return Ok(Branch::Theirs);
    };
    if commit.parents != [base] {
        return Ok(Branch::Theirs);
    }
    let Some(changes) = place.copy.changes_of(commit)? else {
        return Ok(Branch::Theirs);
    };
    if fingerprint(profile, &changes) != said {
        return Ok(Branch::Theirs);
    }
    let sorted = |changes: &[Change]| {
        let mut changes = changes.to_vec();
        changes.sort_by(|a, b| a.path.cmp(&b.path));
        changes
    };
    let is_current = content.is_some_and(|content| sorted(&content.changes) == sorted(&changes));
    Ok(Branch::Ours { is_current })
}

fn has_note(forge: &dyn Forge, number: u64, mark: &str) -> Result<bool, Problem> {
    Ok(forge.notes(number)?.iter().any(|note| note.contains(mark)))
}

/// The text as the forge takes it.
pub fn draft(place: &Place<'_>, content: &Content, old_body: &str) -> Draft {
    let marker = marker::write(&content.profile, &content.fingerprint);
    let body = text::with_ticks(&content.body, old_body);
    Draft {
        branch: place.branch.to_string(),
        target: place.target.to_string(),
        title: content.title.clone(),
        body: text::fitting(&body, &marker, place.forge.most_characters()),
        is_draft: content.is_draft,
        labels: content.labels.clone(),
        reviewers: content.reviewers.clone(),
        assignees: content.assignees.clone(),
    }
}

/// Does what was decided.
///
/// # Errors
/// What stands against it, and how far it came.
pub fn carry_out(
    place: &Place<'_>,
    content: Option<&Content>,
    survey: &Survey,
    action: Action,
) -> Result<Done, Problem> {
    let mut done = Done {
        action,
        url: survey.url.clone(),
        notes: Vec::new(),
    };
    match (action, content) {
        (Action::Nothing(_), _) => {}
        (Action::Open { push }, Some(content)) => open(place, content, survey, push, &mut done)?,
        (Action::Update { number, push }, Some(content)) => {
            if push {
                push_branch(place, content, survey)?;
            }
            update(place, content, survey, number, &mut done)?;
        }
        (Action::Note { number }, _) => {
            let words = format!(
                "Somebody else has changed this branch, so harden leaves it alone from now on. Without those commits, or without the branch, harden takes it up again.\n\n{EDITED}"
            );
            place.forge.note(number, &words)?;
        }
        (Action::Close { delete, .. }, _) => close(place, survey, delete)?,
        (Action::Delete, _) => delete(place, survey)?,
        (Action::Open { .. } | Action::Update { .. }, None) => {
            return Err(Problem::new(
                "internal error: nothing to change, and a change to make; please report it",
            ));
        }
    }
    Ok(done)
}

fn open(
    place: &Place<'_>,
    content: &Content,
    survey: &Survey,
    push: bool,
    done: &mut Done,
) -> Result<(), Problem> {
    let draft = draft(place, content, "");
    if let Some(request) = place.forge.push_options(&draft) {
        let commit = commit(place, content)?;
        let said = match &request.place {
            Some(to) => place.copy.push_for(&commit, to, &request.options)?,
            None => {
                let expected = survey.tip.as_ref().map(|tip| tip.id.as_str());
                place
                    .copy
                    .push(&commit, place.branch, expected, &request.options)?
            }
        };
        done.url = text::address_in(&said);
        return Ok(());
    }
    if push {
        push_branch(place, content, survey)?;
    }
    let opened = place.forge.open(&draft);
    let request = match opened {
        Ok((request, notes)) => {
            done.notes.extend(notes);
            request
        }
        Err(failure) => {
            // Another run may have been faster, or the answer was lost on its way.
            let requests = place.forge.requests(place.branch).unwrap_or_default();
            let found = requests
                .into_iter()
                .find(|one| one.state == RequestState::Open);
            match found {
                Some(request) => place.forge.update(request.number, &draft)?,
                None => return Err(half_done(place, failure.problem)),
            }
        }
    };
    done.url = Some(request.url.clone());
    comment(place, content, &request, done);
    Ok(())
}

/// The branch is there, and the request is not.
fn half_done(place: &Place<'_>, mut problem: Problem) -> Problem {
    let branch = place.branch;
    let help = format!(
        "the branch `{branch}` is pushed, but there is no request for it yet: run harden again, which goes on from there, or delete the branch"
    );
    problem.help = Some(match problem.help {
        Some(more) => format!("{help}; {more}"),
        None => help,
    });
    problem
}

fn update(
    place: &Place<'_>,
    content: &Content,
    survey: &Survey,
    number: u64,
    done: &mut Done,
) -> Result<(), Problem> {
    let old = survey.open.as_ref();
    let mut draft = draft(place, content, old.map_or("", |one| one.body.as_str()));
    // Whether it is a draft is for people to say once it is there.
    draft.is_draft = old.is_some_and(|one| one.is_draft);
    let request = place.forge.update(number, &draft)?;
    done.url = Some(request.url.clone());
    comment(place, content, &request, done);
    Ok(())
}

fn comment(place: &Place<'_>, content: &Content, request: &Request, done: &mut Done) {
    if let Err(failure) = place.forge.comment(request, &content.comments) {
        let why = failure.problem.message;
        done.notes
            .push(format!("not all lines have their comment: {why}"));
    }
}

fn commit(place: &Place<'_>, content: &Content) -> Result<String, Problem> {
    let target = place.copy.target()?;
    let message = format!(
        "{}\n\nMade by harden {}.\n\n{PROFILE}: {}\n{FINGERPRINT}: {}\n{BASE}: {}\n",
        content.title,
        env!("CARGO_PKG_VERSION"),
        content.profile,
        content.fingerprint,
        target.id
    );
    Ok(place.copy.commit(&target, &content.changes, &message)?)
}

fn push_branch(place: &Place<'_>, content: &Content, survey: &Survey) -> Result<(), Problem> {
    let commit = commit(place, content)?;
    let expected = survey.tip.as_ref().map(|tip| tip.id.as_str());
    if expected != Some(commit.as_str()) {
        place.copy.push(&commit, place.branch, expected, &[])?;
    }
    Ok(())
}

fn close(place: &Place<'_>, survey: &Survey, delete_branch: bool) -> Result<(), Problem> {
    if let Some(open) = &survey.open {
        if !has_note(place.forge, open.number, DONE)? {
            let words = format!(
                "Nothing is left to change: `{}` already is as this request would make it, or what it is about is gone. So harden closes it.\n\n{DONE}",
                place.target
            );
            place.forge.note(open.number, &words)?;
        }
        end(place, open)?;
    }
    match delete_branch {
        true => delete(place, survey),
        false => Ok(()),
    }
}

/// Closes a request to which nobody has said no, so that its change may come back.
fn end(place: &Place<'_>, open: &Request) -> Result<(), Problem> {
    let body = marker::withdrawn(&open.body);
    Ok(place.forge.close(open.number, &body)?)
}

/// A branch that is gone already is what was wanted.
fn delete(place: &Place<'_>, survey: &Survey) -> Result<(), Problem> {
    let Some(tip) = &survey.tip else {
        return Ok(());
    };
    match place.copy.delete(place.branch, &tip.id) {
        Err(failure) if failure.kind == FailureKind::Moved => Ok(()),
        other => Ok(other?),
    }
}
