//! Images that must start as root, or of which too little is known to take root from them.

use super::scripts::{self, StartScript};
use super::{Target, given, programs};
use crate::fix::Reason;
use crate::model::facts::Role;
use crate::model::state::is_root;
use crate::model::{Body, Fact};
use crate::syntax::{Instruction, Keyword};

/// Tools that a start script switches users with.
const SWITCHERS: [&str; 6] = [
    "gosu",
    "su-exec",
    "setpriv",
    "supervisor",
    "openssh-server",
    "s6-overlay",
];

/// Why the shipped lineage, which runs as root, must go on doing so; empty where it may not.
pub(super) fn reasons(target: &Target<'_, '_, '_>) -> Vec<Reason> {
    let Some(end) = target.end_before() else {
        return Vec::new();
    };
    if end.is_root() == Some(false) {
        return Vec::new();
    }
    let mut reasons = Vec::new();
    if end.is_windows() {
        reasons.push(Reason::new("a Windows image"));
        return reasons;
    }
    if let (Fact::Unknown(why), None, None) = (&end.user, end.user_set_by, &target.assumption) {
        let span = target.lineage.first().map(|root| root.base_span);
        reasons.push(Reason {
            text: why.clone(),
            span,
        });
        return reasons;
    }
    reasons.extend(
        target
            .facts
            .needs_root
            .as_ref()
            .map(|why| Reason::new(why.clone())),
    );
    if !is_made_for_it(target) {
        reasons.extend(start_reasons(target));
    }
    reasons.extend(other_reasons(target));
    reasons.extend(given::to_unknown_users(target));
    reasons
}

/// Whether the swap brings a variant of the server that starts as a user of its own.
fn is_made_for_it(target: &Target<'_, '_, '_>) -> bool {
    let user = target.facts.user.as_deref();
    let starts_plainly = [Keyword::Entrypoint, Keyword::Cmd]
        .iter()
        .filter_map(|keyword| last(target, *keyword))
        .all(|(index, _)| match target.model.body(index) {
            Body::Exec(_) => true,
            Body::Script(script) => script.commands().len() == 1,
            _ => false,
        });
    target.is_swapped()
        && target.facts.role == Some(Role::Server)
        && user.is_some_and(|user| !is_root(user))
        && starts_plainly
}

/// Files that are copied for root's eyes only; as root, the application could read them.
pub(super) fn unreadable_copies(target: &Target<'_, '_, '_>) -> Vec<Reason> {
    if target.end_before().and_then(|end| end.is_root()) == Some(false) {
        return Vec::new();
    }
    let instructions = target.model.instructions_of_all(&target.lineage);
    instructions
        .filter(|(_, one)| matches!(one.keyword, Keyword::Copy | Keyword::Add))
        .filter(|(_, one)| one.flag("chown").is_none())
        .filter_map(|(_, one)| {
            let mode = one.flag("chmod")?.value()?;
            let readable_by_others = 0o044;
            let is_closed = u32::from_str_radix(mode, 8).ok()? & readable_by_others == 0;
            let (_, sources) = one.words().split_last()?;
            let sources: Vec<&str> = sources.iter().map(|word| word.text.as_ref()).collect();
            let text = format!(
                "with mode {mode}, only root can read `{}`",
                sources.join(" ")
            );
            is_closed.then(|| Reason::at(one.span, text))
        })
        .collect()
}

fn last<'b>(target: &Target<'_, '_, 'b>, keyword: Keyword) -> Option<(usize, &'b Instruction<'b>)> {
    target.model.last_of(&target.lineage, keyword)
}

fn start_reasons(target: &Target<'_, '_, '_>) -> Vec<Reason> {
    let entrypoint = last(target, Keyword::Entrypoint);
    let cmd = last(target, Keyword::Cmd);
    let mut reasons = Vec::new();
    let mut words: Vec<String> = Vec::new();
    if target.server.get().is_some() {
        return reasons;
    }
    if entrypoint.is_none() {
        if let Some(how) = &target.facts.drops_privileges {
            let text = match how.as_str() {
                "own" => "the server of the base image starts as root and gives up root by itself"
                    .to_string(),
                how => format!(
                    "the entrypoint of the base image starts as root and gives up root with {how}"
                ),
            };
            reasons.push(Reason::new(with_variant(target, text)));
        }
        words.extend(target.facts.entrypoint.iter().flatten().cloned());
    }
    for (index, instruction) in entrypoint.iter().chain(&cmd) {
        let body = target.model.body(*index);
        words.extend(body.start_words());
        if let Body::Opaque(why) = body {
            let text = format!("it is not known what starts: {why}");
            reasons.push(Reason::at(instruction.span, text));
        }
    }
    if entrypoint.is_none() && cmd.is_none() {
        words.extend(target.facts.cmd.iter().flatten().cloned());
        if words.is_empty() {
            reasons.push(Reason::new(
                "there is no CMD or ENTRYPOINT: this is a base for other images",
            ));
        }
    }
    if let Some(StartScript::Read(more)) = scripts::start_script(target) {
        reasons.extend(more);
    }
    if let Some(objection) = programs::objection(&words) {
        let span = cmd.or(entrypoint).map(|(_, instruction)| instruction.span);
        reasons.push(Reason {
            text: with_variant(target, objection),
            span,
        });
    }
    reasons
}

fn with_variant(target: &Target<'_, '_, '_>, text: String) -> String {
    match &target.facts.non_root_variant {
        Some(variant) => format!("{text}; `{variant}` is the same without root"),
        None => text,
    }
}

fn other_reasons(target: &Target<'_, '_, '_>) -> Vec<Reason> {
    let mut reasons = Vec::new();
    for (_, instruction) in target.model.instructions_of_all(&target.lineage) {
        let text = instruction.line.text();
        match instruction.keyword {
            Keyword::Onbuild => reasons.push(Reason::at(
                instruction.span,
                "ONBUILD makes this a base for other images, whose builds may need root",
            )),
            Keyword::Run => {
                if let Some(tool) = SWITCHERS.iter().find(|tool| text.contains(**tool)) {
                    let text = format!(
                        "this brings `{tool}`, with which the start script may switch users as root"
                    );
                    reasons.push(Reason::at(instruction.span, text));
                }
            }
            Keyword::Env if text.contains("/root") => {
                let text = "this names the home of root, where no other user can read";
                reasons.push(Reason::at(instruction.span, text));
            }
            _ => {}
        }
    }
    let end = target.end_before();
    if let Some(workdir) = end
        .and_then(|end| end.workdir.known())
        .filter(|path| path.starts_with("/root"))
    {
        let text = format!(
            "the working directory `{workdir}` is in the home of root, where no other user can read"
        );
        reasons.push(Reason::new(text));
    }
    reasons
}
