//! The verbs: each looks at the shipped lineage and gives the edits that make its step true, none where it is true
//! already, or the reasons why it cannot be.

mod environment;
mod expose;
mod files;
mod given;
mod listen;
mod own;
mod programs;
mod refusals;
mod scripts;
mod servers;
mod start;
mod start_options;
mod user;

use servers::Server;

use super::format::{Expose, ListenKind, Owned, Profile, Step as Written, UnknownBase, Verb};
use super::holes;
use crate::fix::{Reason, Step};
use crate::model::{Base, Fact, Facts, Model, Stage, State};
use crate::rule::lines;
use crate::text::Edit;

use std::cell::{Cell, OnceCell};
use std::collections::BTreeMap;

/// The lineage that a profile is about, before and after the base swap. Edits are of the text after it.
pub(super) struct Target<'t, 'a, 'b> {
    pub before: &'t Model<'a>,
    pub shipped_before: &'t Stage,
    pub model: &'t Model<'b>,
    pub shipped: &'t Stage,
    pub lineage: Vec<&'t Stage>,
    /// Of the image that the lineage stands on after the swap.
    pub facts: Facts,
    /// And before it.
    pub old_facts: Facts,
    pub holes: BTreeMap<String, String>,
    /// After which instruction new lines go.
    pub anchor: usize,
    /// Whether a step has written `USER 0`, so that another must end it.
    raised: Cell<bool>,
    /// What the server that it starts needs to run without root, where the profile moves ports and all of it is known.
    server: OnceCell<Server>,
    /// What is assumed of a base image whose user is not known: that it is root.
    assumption: Option<String>,
}

impl<'t, 'a, 'b> Target<'t, 'a, 'b> {
    pub(super) fn new(
        before: &'t Model<'a>,
        shipped_before: &'t Stage,
        model: &'t Model<'b>,
        shipped: &'t Stage,
        profile: &Profile,
    ) -> Self {
        let lineage = model.lineage_of(shipped);
        Self {
            before,
            shipped_before,
            model,
            shipped,
            facts: base_facts(model, &lineage),
            old_facts: base_facts(before, &before.lineage_of(shipped_before)),
            lineage,
            holes: holes::fill(&profile.holes, before, &before.lineage_of(shipped_before))
                .unwrap_or_default(),
            anchor: lines::end_of_work(model, shipped),
            raised: Cell::new(false),
            server: OnceCell::new(),
            assumption: assumption(before, shipped_before, profile),
        }
    }

    /// The state at the end of the shipped stage, after the swap.
    fn end(&self) -> Option<&State> {
        self.model.end_state(self.shipped)
    }

    fn end_before(&self) -> Option<&State> {
        self.before.end_state(self.shipped_before)
    }

    /// Whether the image runs as root at a place, where that is known or assumed.
    fn is_root(&self, state: &State) -> Option<bool> {
        let is_of_base = state.user_set_by.is_none() && state.user.known().is_none();
        match is_of_base && self.assumption.is_some() {
            true => Some(true),
            false => state.is_root(),
        }
    }

    /// Whether the image runs as root as the file is.
    fn was_root(&self) -> bool {
        self.end_before().and_then(|end| self.is_root(end)) == Some(true)
    }

    /// Whether the file runs as somebody else than root as it is, so that its author has settled what that takes.
    fn is_settled(&self) -> bool {
        !self.is_swapped() && self.end_before().and_then(|end| end.is_root()) == Some(false)
    }

    /// Whether the swap changes the image at all.
    fn is_swapped(&self) -> bool {
        self.before.file.source != self.model.file.source
    }

    /// New lines at the end of the shipped stage, as the step wants them.
    fn new_lines(&self, written: &Written, lines: Vec<String>) -> Edit {
        let mut all = Vec::new();
        if written.space {
            all.push(String::new());
        }
        if let Some(comment) = &written.comment {
            all.push(format!("# {comment}"));
        }
        all.extend(lines);
        lines::insert_after(self.model, self.anchor, &all)
    }
}

/// What a profile assumes of the base image of a stage; `None` where it is known which user it runs as, or nothing is to
/// be assumed.
fn assumption(model: &Model<'_>, shipped: &Stage, profile: &Profile) -> Option<String> {
    let is_wanted = profile.steps.iter().any(|step| {
        let wanted = UnknownBase::AssumeRoot;
        matches!(step.verb, Verb::User { unknown_base, .. } if unknown_base == wanted)
    });
    let end = model
        .end_state(shipped)
        .filter(|end| is_wanted && !end.is_windows())?;
    let root = model.root_of(shipped)?;
    let image = root.base_span.slice(model.file.source);
    match &end.user {
        Fact::Unknown(_) if end.user_set_by.is_none() => Some(format!(
            "It is not known which user `{image}` runs as: this assumes that it is root, that the image has a shell, and that \
             nothing that it starts by itself needs root."
        )),
        _ => None,
    }
}

fn base_facts(model: &Model<'_>, lineage: &[&Stage]) -> Facts {
    match lineage.first().map(|root| &root.base) {
        Some(Base::Image(Fact::Known(image, _))) => model
            .facts
            .of(image)
            .map(|(facts, _)| facts)
            .unwrap_or_default(),
        _ => Facts::default(),
    }
}

/// The steps of a profile that change something, in its order; all reasons if one is held.
pub(super) fn plan(
    target: &Target<'_, '_, '_>,
    profile: &Profile,
) -> Result<Vec<Step>, Vec<Reason>> {
    let mut steps = Vec::new();
    let mut reasons = Vec::new();
    if profile
        .steps
        .iter()
        .any(|written| matches!(written.verb, Verb::User { .. }))
    {
        let in_server = take_server(target, profile);
        reasons.extend(refusals::reasons(target));
        reasons.extend(in_server);
        let opens_files = |written: &Written| {
            let what = Owned::AppFiles;
            matches!(written.verb, Verb::Own { what: owned, .. } if owned == what)
        };
        if !profile.steps.iter().any(opens_files) {
            reasons.extend(refusals::unreadable_copies(target));
        }
    }
    let runs_as = runs_as(target, profile);
    for written in &profile.steps {
        let moves_ports = matches!(
            written.verb,
            Verb::Listen { .. } | Verb::Expose(Expose::Move(_))
        );
        if moves_ports && target.is_settled() {
            continue;
        }
        let planned = match &written.verb {
            Verb::Own {
                what,
                group,
                owner,
                any_user,
            } => {
                let own = own::Own {
                    what: *what,
                    group,
                    owner: owner
                        .as_deref()
                        .or(runs_as.as_deref().filter(|_| *what == Owned::Writable)),
                    any_user: *any_user,
                };
                own.plan(target, written)
            }
            Verb::User {
                uid, prefer_image, ..
            } => user::plan(target, written, uid, *prefer_image),
            Verb::Env { values, unless_set } => {
                environment::env(target, written, values, *unless_set)
            }
            Verb::Label(values) => environment::label(target, written, values),
            Verb::Listen { kind, ports } => listen::plan(target, written, *kind, ports),
            Verb::Expose(expose) => expose::plan(target, written, expose),
            Verb::Cmd(command) => start::cmd(target, written, command),
            Verb::Entrypoint(command) => start::entrypoint(target, written, command),
        };
        match planned {
            Ok(planned) => {
                let aliases = written.verb.aliases();
                steps.extend(planned.map(|step| step.known_as(aliases)));
            }
            Err(more) => reasons.extend(more),
        }
    }
    if reasons.is_empty() {
        Ok(steps)
    } else {
        Err(reasons)
    }
}

/// Keeps what the server of the image needs, where the profile has the steps for it; else what stands against it.
fn take_server(target: &Target<'_, '_, '_>, profile: &Profile) -> Vec<Reason> {
    let owns = |step: &&Written| {
        let what = Owned::Writable;
        matches!(step.verb, Verb::Own { what: owned, .. } if owned == what)
    };
    let moves = profile.steps.iter().find_map(|step| match &step.verb {
        Verb::Listen { kind, ports } if *kind == ListenKind::Any => Some(ports),
        _ => None,
    });
    let (Some(moves), Some(_)) = (moves, profile.steps.iter().find(owns)) else {
        return Vec::new();
    };
    match servers::plan(target, moves) {
        None => Vec::new(),
        Some(Err(reasons)) => reasons,
        Some(Ok(server)) => {
            // Empty before: a target is planned once.
            let _ = target.server.set(server);
            Vec::new()
        }
    }
}

/// The user that the profile takes from the image or the file, so not its own default, which needs only its group.
fn runs_as(target: &Target<'_, '_, '_>, profile: &Profile) -> Option<String> {
    profile
        .steps
        .iter()
        .find_map(|written| match &written.verb {
            Verb::User {
                uid, prefer_image, ..
            } => {
                let chosen = user::chosen(target, uid, *prefer_image).ok()?.number;
                (chosen != *uid).then_some(chosen)
            }
            _ => None,
        })
}

/// Whether the steps of a profile look at what is copied.
pub fn reads_context(profile: &Profile) -> bool {
    let is_user = |step: &Written| matches!(step.verb, Verb::User { .. });
    profile.steps.iter().any(is_user)
}

/// The paths of the build context that say more of the shipped image.
pub fn wanted_of_context(model: &Model<'_>) -> Vec<String> {
    let lineage = model.lineage();
    let end = lineage.last().and_then(|stage| model.end_state(stage));
    let Some(end) = end.filter(|end| end.is_root() != Some(false)) else {
        return Vec::new();
    };
    let mut wanted = scripts::sources(model, &lineage, end);
    wanted.extend(servers::sources(model, &lineage));
    wanted.sort();
    wanted.dedup();
    wanted
}

/// What a verb gives: nothing to do, a step, or reasons against it.
type Planned = Result<Option<Step>, Vec<Reason>>;

fn step(written: &Written, what: impl Into<String>, edits: Vec<Edit>) -> Planned {
    Ok(Some(Step::new(what, written.why.clone(), edits)))
}
