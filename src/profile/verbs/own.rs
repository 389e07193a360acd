//! `own: app-files`: the files of the application belong to a group that may do what their owner may, so that the image
//! runs under any UID of that group.

use super::{Planned, Target, files, given, step};
use crate::fix::Reason;
use crate::model::State;
use crate::profile::format::{Owned, Step as Written};
use crate::rule::lines;
use crate::syntax::Keyword;

/// What the step says.
pub(super) struct Own<'w> {
    pub what: Owned,
    pub group: &'w str,
    pub owner: Option<&'w str>,
    pub any_user: bool,
}

impl Own<'_> {
    /// A lineage that ends as a non-root user as it is has settled what it may write; it is left alone, but for the files
    /// of the application under a new base image, which may run it under another user, and where any user must do.
    pub(super) fn plan(&self, target: &Target<'_, '_, '_>, written: &Written) -> Planned {
        let was_root = target.was_root();
        let is_moved_code = self.what == Owned::AppFiles && target.is_swapped();
        if !was_root && !is_moved_code && !self.any_user {
            return Ok(None);
        }
        let mut places = match self.what {
            Owned::AppFiles => files::of_application(target.model, &target.lineage)?,
            Owned::Writable => files::writable(target.model, &target.lineage),
        };
        let server = target.server.get().filter(|_| self.what == Owned::Writable);
        if let Some(server) = server {
            places = files::without_nested(server.writes.iter().cloned().chain(places));
        }
        // A server that gives root up has run the application as another user all along.
        if self.any_user && (!was_root || server.is_some()) {
            let given = given::to_users(target.model, &target.lineage);
            places = files::without_nested(given.into_iter().chain(places));
            let shared = given::to_group(target.model, &target.lineage);
            places.retain(|place| !shared.iter().any(|folder| files::is_inside(place, folder)));
        }
        if let (Owned::AppFiles, Some(home)) = (self.what, &target.facts.home) {
            for place in &mut places {
                if files::is_inside(place, home) {
                    place.clone_from(home);
                }
            }
            places.dedup();
        }
        self.change(target, written, &places)
    }

    fn change(&self, target: &Target<'_, '_, '_>, written: &Written, places: &[String]) -> Planned {
        if places.is_empty() {
            return Ok(None);
        }
        let volume = volume_with(target, places);
        let reasons = against(target, places, volume);
        if !reasons.is_empty() {
            return Err(reasons);
        }
        let list = places
            .iter()
            .map(|place| format!("`{place}`"))
            .collect::<Vec<_>>()
            .join(" and ");
        let (group, owner) = (self.group, self.owner);
        let (text, title) = match self.what {
            Owned::AppFiles => {
                let fix_permissions = target.facts.has_command("fix-permissions");
                let text = command(places, group, owner, fix_permissions);
                (text, format!("give {list} to group {group}"))
            }
            Owned::Writable => {
                let text = command(places, group, owner, false);
                let text = format!("mkdir -p {} && {text}", places.join(" "));
                let moved = target.server.get().map_or(&[][..], |server| &server.ports);
                let moved: Vec<String> = moved.iter().map(u16::to_string).collect();
                let title = format!("let the application write {list}");
                match moved.is_empty() {
                    true => (text, title),
                    false => (
                        text,
                        format!("{title}, and move its port {}", moved.join(" and ")),
                    ),
                }
            }
        };
        let run = self.lines(target, text);
        let edit = match volume.or_else(|| before_user(target)) {
            Some(index) => {
                let is_root_there =
                    state_before(target, index).and_then(|state| state.is_root()) == Some(true);
                let user = raise(target, is_root_there);
                let all: Vec<String> = user.into_iter().chain(run).collect();
                lines::insert_before(target.model, index, &all)
            }
            None => {
                let is_root_here = target.end().and_then(|end| end.is_root()) == Some(true);
                let user = raise(target, is_root_here);
                target.new_lines(written, user.into_iter().chain(run).collect())
            }
        };
        step(written, title, vec![edit])
    }
}

impl Own<'_> {
    /// The RUN, with what the server of the image needs before it.
    fn lines(&self, target: &Target<'_, '_, '_>, text: String) -> Vec<String> {
        let server = target.server.get().filter(|_| self.what == Owned::Writable);
        let commands = server.map_or(&[][..], |server| server.commands.as_slice());
        let all: Vec<String> = commands.iter().cloned().chain([text]).collect();
        let last = all.len().saturating_sub(1);
        let line = |(number, command): (usize, &String)| {
            let start = if number == 0 { "RUN" } else { "    &&" };
            let end = match number == last {
                true => String::new(),
                false => format!(" {}", target.model.file.escape),
            };
            format!("{start} {command}{end}")
        };
        all.iter().enumerate().map(line).collect()
    }
}

/// The USER that ends the work of root: what comes before it runs as root, and nothing behind it changes a file.
fn before_user(target: &Target<'_, '_, '_>) -> Option<usize> {
    let index = target.end()?.user_set_by?;
    let is_work = |keyword| matches!(keyword, Keyword::Run | Keyword::Copy | Keyword::Add);
    let mut later = target.model.instructions_of(target.shipped);
    let is_last = target.shipped.body.contains(&index)
        && !later.any(|(number, one)| number > index && is_work(one.keyword));
    let was_root = target.is_root(&state_before(target, index)?) == Some(true);
    (is_last && was_root).then_some(index)
}

/// The line that makes what follows run as root, where it does not already.
fn raise(target: &Target<'_, '_, '_>, is_root: bool) -> Option<String> {
    let is_needed = !is_root && !target.raised.replace(target.raised.get() || !is_root);
    is_needed.then(|| "USER 0".to_string())
}

fn state_before(target: &Target<'_, '_, '_>, index: usize) -> Option<State> {
    let mut found = None;
    for stage in &target.lineage {
        target.model.walk(stage.index).for_each(|number, _, state| {
            if number == index {
                found = Some(state.clone());
            }
        });
    }
    found
}

/// The first VOLUME that holds one of the places: what is changed in it later is lost with some builders, so the change
/// comes before.
fn volume_with(target: &Target<'_, '_, '_>, places: &[String]) -> Option<usize> {
    let holds = |path: &str| {
        let path = path.trim_end_matches('/');
        places.iter().any(|place| files::is_inside(place, path))
    };
    target
        .model
        .instructions_of_all(&target.lineage)
        .find(|(index, instruction)| {
            instruction.keyword == Keyword::Volume
                && *index < target.anchor
                && instruction.words().iter().any(|word| holds(&word.text))
        })
        .map(|(index, _)| index)
}

fn against(target: &Target<'_, '_, '_>, places: &[String], volume: Option<usize>) -> Vec<Reason> {
    let mut reasons = Vec::new();
    for place in places {
        if !files::is_plain(place) {
            reasons.push(Reason::new(format!(
                "path `{place}` needs quoting in a shell"
            )));
        }
        if files::is_inside(place, "/root") {
            let text = format!("`{place}` is in the home of root, where no other user can read");
            reasons.push(Reason::new(text));
        }
    }
    if target.facts.shell == Some(false) {
        reasons.push(Reason::new(
            "the image has no shell to change permissions with",
        ));
    }
    if let Some(index) = volume
        && let Some(reason) = against_volume(target, places, index)
    {
        reasons.push(reason);
    }
    reasons
}

/// Files that are copied into a volume after it is declared cannot change hands before it.
fn against_volume(target: &Target<'_, '_, '_>, places: &[String], volume: usize) -> Option<Reason> {
    let mut reason = None;
    for stage in &target.lineage {
        target.model.walk(stage.index).for_each(|index, instruction, state| {
            let copies = index > volume
                && files::destination(instruction, state, target.model.file.escape)
                    .and_then(Result::ok)
                    .is_some_and(|path| places.iter().any(|place| files::is_inside(&path, place)));
            if copies {
                let text = "files are copied into a volume after VOLUME names it: they cannot change hands";
                reason = Some(Reason::at(instruction.span, text));
            }
            if index == volume && target.is_root(state) != Some(true) && state.user_set_by.is_some() {
                reason = Some(Reason::at(instruction.span, "VOLUME stands where the user is not root"));
            }
        });
    }
    reason
}

fn command(
    places: &[String],
    group: &str,
    owner: Option<&str>,
    has_fix_permissions: bool,
) -> String {
    let all = places.join(" ");
    let mut commands = Vec::new();
    if let Some(owner) = owner {
        commands.push(format!("chown -R {owner}:{group} {all}"));
    }
    // fix-permissions of Red Hat's images gives to group 0, and to it only.
    if has_fix_permissions && group == "0" {
        commands.extend(
            places
                .iter()
                .map(|place| format!("fix-permissions {place}")),
        );
    } else {
        if owner.is_none() {
            commands.push(format!("chgrp -R {group} {all}"));
        }
        commands.push(format!("chmod -R g=u {all}"));
    }
    commands.join(" && ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_uses_what_the_image_has() {
        let places = ["/app".to_string(), "/data".to_string()];
        assert_eq!(
            command(&places, "0", None, true),
            "fix-permissions /app && fix-permissions /data"
        );
        assert_eq!(
            command(&places, "0", None, false),
            "chgrp -R 0 /app /data && chmod -R g=u /app /data"
        );
        assert_eq!(
            command(&places[..1], "0", Some("1001"), true),
            "chown -R 1001:0 /app && fix-permissions /app"
        );
        assert_eq!(
            command(&places[..1], "5", Some("1001"), true),
            "chown -R 1001:5 /app && chmod -R g=u /app"
        );
    }
}
