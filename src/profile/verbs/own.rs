//! `own: app-files`: the files of the application belong to a group that may do what their owner may, so that the image
//! runs under any UID of that group.

use super::{Planned, Target, files, step};
use crate::fix::Reason;
use crate::profile::format::Step as Written;
use crate::syntax::Keyword;

/// A lineage that already ended as a non-root user has settled what it may write; it is left alone.
pub(super) fn plan(
    target: &Target<'_, '_, '_>,
    written: &Written,
    group: &str,
    owner: Option<&str>,
) -> Planned {
    if target.end_before().and_then(|end| end.is_root()) != Some(true) {
        return Ok(None);
    }
    let mut places = files::of_application(target.model, &target.lineage)?;
    if let Some(home) = &target.facts.home {
        for place in &mut places {
            if files::is_inside(place, home) {
                place.clone_from(home);
            }
        }
        places.dedup();
    }
    if places.is_empty() {
        return Ok(None);
    }
    let reasons = against(target, &places);
    if !reasons.is_empty() {
        return Err(reasons);
    }
    let is_root_here = target.end().and_then(|end| end.is_root()) == Some(true);
    let mut lines = Vec::new();
    if !is_root_here {
        lines.push("USER 0".to_string());
    }
    lines.push(format!(
        "RUN {}",
        command(
            &places,
            group,
            owner,
            target.facts.has_command("fix-permissions")
        )
    ));
    let list = places
        .iter()
        .map(|place| format!("`{place}`"))
        .collect::<Vec<_>>()
        .join(" and ");
    let edit = target.new_lines(written, lines);
    step(written, format!("give {list} to group {group}"), vec![edit])
}

fn against(target: &Target<'_, '_, '_>, places: &[String]) -> Vec<Reason> {
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
    for (_, instruction) in target.model.instructions_of_all(&target.lineage) {
        let volume = instruction.keyword == Keyword::Volume;
        let clash = instruction.words().iter().find(|word| {
            places
                .iter()
                .any(|place| files::is_inside(place, word.text.trim_end_matches('/')))
        });
        if let (true, Some(word)) = (volume, clash) {
            let text = format!(
                "`VOLUME {}` comes before: later changes of its files are lost",
                word.text
            );
            reasons.push(Reason::at(instruction.span, text));
        }
    }
    reasons
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
