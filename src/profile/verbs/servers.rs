//! Servers of known images whose whole configuration is in view: what they need to run without root.
//!
//! nginx, Apache and Tomcat, started as their official images start them. Each part of the configuration must be the
//! image's own or stand in the file or the build context; otherwise the server is held, with what could not be seen.

mod apache;
mod changes;
mod nginx;
mod tomcat;

use super::Target;
use crate::fix::Reason;
use crate::model::{Model, Stage, context};
use crate::profile::ports::Moves;
use crate::syntax::Keyword;
use crate::text::Edit;

/// What a server needs to run without root.
#[derive(Debug, Default)]
pub(super) struct Server {
    /// What it writes besides the files of the application.
    pub writes: Vec<String>,
    /// Edits of configurations that stand in the Dockerfile.
    pub edits: Vec<Edit>,
    /// What a RUN does to those that do not.
    pub commands: Vec<String>,
    /// The ports that this moves.
    pub ports: Vec<u16>,
    /// What a reviewer should know besides.
    pub notes: Vec<&'static str>,
}

/// What the server that the image starts needs; `None` where it is none of those that are known.
pub(super) fn plan(
    target: &Target<'_, '_, '_>,
    moves: &Moves,
) -> Option<Result<Server, Vec<Reason>>> {
    let is_root = target.end_before().and_then(|end| end.is_root()) == Some(true);
    if !is_root || target.is_swapped() || target.facts.needs_root.is_some() {
        return None;
    }
    let own: Vec<&str> = target
        .facts
        .cmd
        .iter()
        .flatten()
        .map(String::as_str)
        .collect();
    let planned = match own.as_slice() {
        ["nginx", "-g", "daemon off;"] if target.facts.non_root.is_some() => nginx::plan,
        ["apache2-foreground"] | ["httpd-foreground"] => apache::plan,
        ["catalina.sh", "run"] => tomcat::plan,
        _ => return None,
    };
    let unread = target.model.context.unread.iter();
    starts_as(target, &own).then(|| {
        planned(target, moves).map_err(|mut reasons| {
            reasons.extend(unread.map(Reason::new));
            reasons
        })
    })
}

/// Whether the image starts with the command of its base, be it said again or not.
fn starts_as(target: &Target<'_, '_, '_>, own: &[&str]) -> bool {
    let last = |keyword| target.model.last_of(&target.lineage, keyword);
    let words = |keyword| {
        let (index, _) = last(keyword)?;
        Some(target.model.body(index).start_words())
    };
    let is_own = |words: Option<Vec<String>>| words.is_none_or(|words| words == own);
    match words(Keyword::Entrypoint) {
        None => is_own(words(Keyword::Cmd)),
        Some(entrypoint) => entrypoint == own && last(Keyword::Cmd).is_none(),
    }
}

/// The paths of the build context that hold configurations of these servers.
pub(super) fn sources(model: &Model<'_>, lineage: &[&Stage]) -> Vec<String> {
    let folders = [
        "/etc/nginx",
        "/etc/apache2",
        "/usr/local/apache2/conf",
        "/usr/local/tomcat/conf",
    ];
    let sources = folders
        .iter()
        .flat_map(|folder| context::sources_below(model, lineage, folder));
    sources.collect()
}
