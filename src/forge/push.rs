//! Requests without an interface, by what `git push` tells the server. Nothing can be read, so that a branch is all that is
//! known.

use super::{
    Answer, Draft, Failure, Forge, ForgeKind, Kind, LineComment, Listed, PushRequest, Request,
    gitea,
};

/// A line of git's protocol has no more than 65,516 bytes, and a character up to four of them.
const MOST_CHARACTERS: usize = 15_000;

/// GitLab's options: <https://docs.gitlab.com/topics/git/commit/#push-options-for-merge-requests>.
pub(super) struct Options;

/// <https://docs.gitea.com/usage/agit>
pub(super) struct Agit;

fn none<T>() -> Answer<T> {
    let message = "without the interface of a forge, requests can be neither read nor changed";
    Err(Failure::new(Kind::Refused, message)
        .help("`--forge gitlab`, `github` or `gitea` names an interface"))
}

/// An option in one line: both servers make line ends of `\n`.
fn option(name: &str, value: &str) -> String {
    format!("{name}={}", value.replace('\r', "").replace('\n', "\\n"))
}

/// What GitLab makes a request of.
pub fn gitlab_push_options(draft: &Draft) -> Vec<String> {
    let mut options = vec![
        "merge_request.create".to_string(),
        option("merge_request.target", &draft.target),
        option("merge_request.title", &draft.title),
        option("merge_request.description", &draft.body),
        "merge_request.remove_source_branch".to_string(),
    ];
    if draft.is_draft {
        options.push("merge_request.draft".to_string());
    }
    for (name, values) in [
        ("merge_request.label", &draft.labels),
        ("merge_request.assign", &draft.assignees),
    ] {
        options.extend(values.iter().map(|value| option(name, value)));
    }
    options
}

impl Options {
    fn options(draft: &Draft) -> Vec<String> {
        gitlab_push_options(draft)
    }
}

impl Agit {
    fn options(draft: &Draft) -> Vec<String> {
        vec![
            option("topic", &draft.branch),
            option("title", &draft.title_marked(gitea::DRAFT)),
            option("description", &draft.body),
            "force-push=true".to_string(),
        ]
    }
}

macro_rules! blind {
    ($name:ty, $kind:expr, $place:expr) => {
        impl Forge for $name {
            fn kind(&self) -> ForgeKind {
                $kind
            }

            fn most_characters(&self) -> usize {
                MOST_CHARACTERS
            }

            fn can_read(&self) -> bool {
                false
            }

            fn requests(&self, _: &str) -> Answer<Vec<Request>> {
                Ok(Vec::new())
            }

            fn open(&self, _: &Draft) -> Answer<(Request, Vec<String>)> {
                none()
            }

            fn update(&self, _: u64, _: &Draft) -> Answer<Request> {
                none()
            }

            fn close(&self, _: u64, _: &str) -> Answer<()> {
                none()
            }

            fn notes(&self, _: u64) -> Answer<Vec<String>> {
                none()
            }

            fn note(&self, _: u64, _: &str) -> Answer<()> {
                none()
            }

            fn comment(&self, _: &Request, _: &[LineComment]) -> Answer<()> {
                none()
            }

            fn repositories(&self, _: &str) -> Answer<Vec<Listed>> {
                none()
            }

            fn push_options(&self, draft: &Draft) -> Option<PushRequest> {
                let place: fn(&Draft) -> Option<String> = $place;
                Some(PushRequest {
                    place: place(draft),
                    options: Self::options(draft),
                })
            }
        }
    };
}

blind!(Options, ForgeKind::Push, |_| None);
blind!(Agit, ForgeKind::Agit, |draft| Some(format!(
    "refs/for/{}",
    draft.target
)));
