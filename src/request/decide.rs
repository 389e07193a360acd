//! What is to be done about a request: one pure function of what there is.

/// Whose commits are on the branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Branch {
    Absent,
    /// One commit of harden, as harden left it.
    Ours {
        /// It has exactly the bytes that are wanted, where something is.
        is_current: bool,
    },
    /// Somebody has a commit on it, or has changed ours.
    Theirs,
}

/// A request that is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Open {
    pub number: u64,
    /// It has the comment that harden leaves it alone.
    pub has_note: bool,
    /// It would be merged into another branch than the one that is wanted.
    pub is_elsewhere: bool,
}

/// All that the decision depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State {
    /// There is something to change.
    pub is_wanted: bool,
    pub branch: Branch,
    pub open: Option<Open>,
    /// A request with the same change that was closed and not merged.
    pub declined: Option<u64>,
    /// A request with the same change that was merged, and is wanted again: somebody has taken it back.
    pub merged: Option<u64>,
    /// Requests can be read; without that, none is known.
    pub can_read: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Nothing(Why),
    /// Open a request, after pushing the branch if it is not there as wanted.
    Open {
        push: bool,
    },
    /// Change the request, and push the branch if it is not there as wanted.
    Update {
        number: u64,
        push: bool,
    },
    /// Say once that the request is left alone from now on.
    Note {
        number: u64,
    },
    /// Say why, close, and take the branch away if it is ours.
    Close {
        number: u64,
        delete: bool,
    },
    /// Take away a branch that no request needs.
    Delete,
}

/// Why there is nothing to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// There is nothing to change, and no request.
    Clean,
    /// The request is there, with this change.
    Current(u64),
    /// Somebody works on the branch; the number of the request, if it is open.
    Edited(Option<u64>),
    /// A request with this change was closed.
    Declined(u64),
    /// A request with this change was merged, and taken back since.
    TakenBack(u64),
    /// The branch is there with this change; of a request nothing can be known.
    Pushed,
}

/// What is to be done.
pub fn decide(state: &State) -> Action {
    match (state.open, state.branch, state.is_wanted) {
        (Some(open), Branch::Theirs, _) if open.has_note => {
            Action::Nothing(Why::Edited(Some(open.number)))
        }
        (Some(open), Branch::Theirs, _) => Action::Note {
            number: open.number,
        },
        (Some(open), branch, false) => Action::Close {
            number: open.number,
            delete: branch != Branch::Absent,
        },
        (Some(open), Branch::Ours { is_current: true }, true) => match open.is_elsewhere {
            true => Action::Update {
                number: open.number,
                push: false,
            },
            false => Action::Nothing(Why::Current(open.number)),
        },
        (Some(open), _, true) => Action::Update {
            number: open.number,
            push: true,
        },
        (None, Branch::Theirs, _) => Action::Nothing(Why::Edited(None)),
        (None, Branch::Ours { .. }, false) => Action::Delete,
        (None, Branch::Absent, false) => Action::Nothing(Why::Clean),
        (None, branch, true) => match (state.declined, state.merged) {
            (Some(number), _) => Action::Nothing(Why::Declined(number)),
            (None, Some(number)) => Action::Nothing(Why::TakenBack(number)),
            (None, None) if !state.can_read && is_current(branch) => Action::Nothing(Why::Pushed),
            (None, None) => Action::Open {
                push: !is_current(branch),
            },
        },
    }
}

fn is_current(branch: Branch) -> bool {
    branch == Branch::Ours { is_current: true }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STALE: Branch = Branch::Ours { is_current: false };
    const CURRENT: Branch = Branch::Ours { is_current: true };

    fn open(has_note: bool, is_elsewhere: bool) -> Option<Open> {
        Some(Open {
            number: 7,
            has_note,
            is_elsewhere,
        })
    }

    #[test]
    fn the_table() {
        let plain = open(false, false);
        let update = Action::Update {
            number: 7,
            push: true,
        };
        let edited = Action::Nothing(Why::Edited(Some(7)));
        let (wanted, unwanted) = (true, false);
        for (is_wanted, branch, open, declined, merged, action) in [
            // Nothing there yet.
            (
                wanted,
                Branch::Absent,
                None,
                None,
                None,
                Action::Open { push: true },
            ),
            (
                unwanted,
                Branch::Absent,
                None,
                None,
                None,
                Action::Nothing(Why::Clean),
            ),
            // A run ended between the push and the request.
            (
                wanted,
                CURRENT,
                None,
                None,
                None,
                Action::Open { push: false },
            ),
            (wanted, STALE, None, None, None, Action::Open { push: true }),
            // The same again, the target moved, the branch was taken away, the request goes elsewhere.
            (
                wanted,
                CURRENT,
                plain,
                None,
                None,
                Action::Nothing(Why::Current(7)),
            ),
            (wanted, STALE, plain, None, None, update),
            (wanted, Branch::Absent, plain, None, None, update),
            (
                wanted,
                CURRENT,
                self::open(false, true),
                None,
                None,
                Action::Update {
                    number: 7,
                    push: false,
                },
            ),
            (wanted, STALE, self::open(false, true), None, None, update),
            // A note of long ago does not count once the branch is ours again.
            (wanted, STALE, self::open(true, false), None, None, update),
            // Somebody works on it.
            (
                wanted,
                Branch::Theirs,
                plain,
                None,
                None,
                Action::Note { number: 7 },
            ),
            (
                wanted,
                Branch::Theirs,
                self::open(true, false),
                None,
                None,
                edited,
            ),
            (
                unwanted,
                Branch::Theirs,
                plain,
                None,
                None,
                Action::Note { number: 7 },
            ),
            (
                unwanted,
                Branch::Theirs,
                self::open(true, false),
                None,
                None,
                edited,
            ),
            (
                wanted,
                Branch::Theirs,
                None,
                None,
                None,
                Action::Nothing(Why::Edited(None)),
            ),
            (
                unwanted,
                Branch::Theirs,
                None,
                None,
                None,
                Action::Nothing(Why::Edited(None)),
            ),
            // Closed is no.
            (
                wanted,
                Branch::Absent,
                None,
                Some(3),
                None,
                Action::Nothing(Why::Declined(3)),
            ),
            (
                wanted,
                CURRENT,
                None,
                Some(3),
                None,
                Action::Nothing(Why::Declined(3)),
            ),
            (
                wanted,
                STALE,
                None,
                Some(3),
                Some(2),
                Action::Nothing(Why::Declined(3)),
            ),
            (
                wanted,
                Branch::Absent,
                None,
                None,
                Some(2),
                Action::Nothing(Why::TakenBack(2)),
            ),
            // Somebody has opened it again.
            (
                wanted,
                CURRENT,
                plain,
                Some(3),
                None,
                Action::Nothing(Why::Current(7)),
            ),
            // Nothing is left to change.
            (
                unwanted,
                CURRENT,
                plain,
                None,
                None,
                Action::Close {
                    number: 7,
                    delete: true,
                },
            ),
            (
                unwanted,
                STALE,
                plain,
                None,
                None,
                Action::Close {
                    number: 7,
                    delete: true,
                },
            ),
            (
                unwanted,
                Branch::Absent,
                plain,
                None,
                None,
                Action::Close {
                    number: 7,
                    delete: false,
                },
            ),
            (unwanted, STALE, None, None, Some(2), Action::Delete),
            (unwanted, CURRENT, None, Some(3), None, Action::Delete),
        ] {
            let state = State {
                is_wanted,
                branch,
                open,
                declined,
                merged,
                can_read: true,
            };
            assert_eq!(decide(&state), action, "{state:?}");
        }
    }

    #[test]
    fn without_an_interface_a_branch_is_all_there_is() {
        let state = |branch| State {
            is_wanted: true,
            branch,
            open: None,
            declined: None,
            merged: None,
            can_read: false,
        };
        assert_eq!(decide(&state(CURRENT)), Action::Nothing(Why::Pushed));
        assert_eq!(decide(&state(STALE)), Action::Open { push: true });
        assert_eq!(decide(&state(Branch::Absent)), Action::Open { push: true });
        assert_eq!(
            decide(&state(Branch::Theirs)),
            Action::Nothing(Why::Edited(None))
        );
    }
}
