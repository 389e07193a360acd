//! What `harden mr` says of what it did, or would do.

use crate::commands::{Status, output_error};
use crate::output::{Screen, escape};
use crate::request::{self, Action, Content, Done, Place, Why};

/// Says what would be done, with the whole text.
pub(super) fn dry_run(
    place: &Place<'_>,
    content: Option<&Content>,
    screen: &mut Screen,
) -> anyhow::Result<Status> {
    let survey = request::look(place, content)?;
    let action = request::decide(&survey.state);
    let mut text = format!("would {}\n", would(place, action));
    let says = match (action, content) {
        (Action::Open { .. } | Action::Update { .. }, Some(content)) => {
            Some(request::draft(place, content, ""))
        }
        _ => None,
    };
    if let Some(draft) = says {
        for (name, value) in [
            ("branch", draft.branch.clone()),
            ("into", draft.target.clone()),
            ("title", draft.title.clone()),
            (
                "draft",
                if draft.is_draft { "yes" } else { "no" }.to_string(),
            ),
            ("labels", draft.labels.join(", ")),
            ("reviewers", draft.reviewers.join(", ")),
            ("assignees", draft.assignees.join(", ")),
        ] {
            text.push_str(&format!("{name}: {}\n", escape::line(&value)));
        }
        text.push_str(&format!("\n{}", escape::block(&draft.body)));
    }
    screen.print(&text).map_err(output_error)?;
    Ok(match action {
        Action::Nothing(_) => Status::Done,
        _ => Status::Left,
    })
}

fn would(place: &Place<'_>, action: Action) -> String {
    let branch = place.branch;
    let push = |push: bool| {
        if push {
            format!("push `{branch}` and ")
        } else {
            String::new()
        }
    };
    match action {
        Action::Nothing(why) => format!("do nothing: {}", because(why)),
        Action::Open { push: pushes } => format!("{}open a request", push(pushes)),
        Action::Update {
            number,
            push: pushes,
        } => format!("{}change request {number}", push(pushes)),
        Action::Note { number } => format!("say in request {number} that harden leaves it alone"),
        Action::Close { number, .. } => {
            format!("close request {number}: nothing is left to change")
        }
        Action::Delete => format!("delete `{branch}`: nothing is left to change"),
    }
}

fn because(why: Why) -> String {
    match why {
        Why::Clean => "there is nothing to change".to_string(),
        Why::Current(number) => format!("request {number} is up to date"),
        Why::Edited(Some(number)) => format!("somebody else works on request {number}"),
        Why::Edited(None) => "somebody else has a commit on the branch".to_string(),
        Why::Declined(number) => format!("request {number}, with the same change, was closed"),
        Why::TakenBack(number) => {
            format!("request {number}, with the same change, was merged and taken back")
        }
        Why::Pushed => "the branch is up to date".to_string(),
    }
}

/// Says what was done.
pub(super) fn tell(place: &Place<'_>, done: &Done, screen: &mut Screen) -> anyhow::Result<()> {
    let what = match done.action {
        Action::Nothing(why) => because(why),
        Action::Open { .. } => "opened".to_string(),
        Action::Update { number, .. } => format!("brought request {number} up to date"),
        Action::Note { number } => format!(
            "somebody else works on request {number}: harden leaves it alone, and says so there"
        ),
        Action::Close { number, .. } => {
            format!("closed request {number}: nothing is left to change")
        }
        Action::Delete => "deleted the branch: nothing is left to change".to_string(),
    };
    let url = done.url.as_deref().unwrap_or(place.branch);
    let mut text = format!("{}: {what}\n", escape::line(url));
    for note in &done.notes {
        text.push_str(&format!("note: {}\n", escape::line(note)));
    }
    screen.print(&text).map_err(output_error)
}
