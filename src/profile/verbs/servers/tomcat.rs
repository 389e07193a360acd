//! Tomcat as its official image starts it: on port 8080, which needs no root.
//!
//! Source: docker-library/tomcat, whose files every user can read since September 2018; the manual of Tomcat's deployer,
//! which unpacks archives beside them and keeps a folder for each host below `conf/Catalina`.

use super::changes::{self, Change};
use super::{Server, Target};
use crate::fix::Reason;
use crate::model::context::{self, Content};
use crate::profile::ports::{FIRST_UNPRIVILEGED, Moves};
use crate::profile::verbs::files;
use crate::syntax::Keyword;

const ROOT: &str = "/usr/local/tomcat";
const CONF: &str = "/usr/local/tomcat/conf";
const WEBAPPS: &str = "/usr/local/tomcat/webapps";

pub(super) fn plan(target: &Target<'_, '_, '_>, _moves: &Moves) -> Result<Server, Vec<Reason>> {
    let (model, lineage) = (target.model, target.lineage.as_slice());
    let mut reasons = Vec::new();
    for one in context::copied_below(model, lineage, CONF, &[CONF]) {
        let text = match &one.content {
            _ if !one.path.ends_with("server.xml")
                && one.path != CONF
                && files::is_inside(&one.path, CONF) =>
            {
                continue;
            }
            Content::Text(text) => text,
            Content::Heredoc(body) => body.slice(model.file.source),
            Content::NotAtHand(name) => {
                let text = format!("`{name}` was not read: it may say where Tomcat listens");
                reasons.push(Reason::at(one.span, text));
                continue;
            }
        };
        if let Some(port) = privileged(text) {
            let text = format!("`{}` opens port {port}, which needs root", one.path);
            reasons.push(Reason::at(one.span, text));
        }
    }
    for found in changes::of_runs(model, lineage, &["server.xml"]) {
        if !matches!(found.change, Change::Removed(_)) {
            let text = "this RUN changes where Tomcat listens in a way that harden does not read";
            reasons.push(Reason::at(found.span, text));
        }
    }
    if !reasons.is_empty() {
        return Err(reasons);
    }
    let mut writes: Vec<String> = ["conf/Catalina", "logs", "temp", "work"]
        .iter()
        .map(|folder| format!("{ROOT}/{folder}"))
        .collect();
    if unpacks(target) {
        writes.push(WEBAPPS.to_string());
    }
    Ok(Server {
        writes,
        ..Server::default()
    })
}

/// A port below 1024 in `server.xml`; `-1` is none.
fn privileged(text: &str) -> Option<u16> {
    let values = text.split("port=\"").skip(1);
    let mut ports = values.filter_map(|rest| rest.split('"').next()?.parse::<u16>().ok());
    ports.find(|port| *port > 0 && *port < FIRST_UNPRIVILEGED)
}

/// Whether something may be put into `webapps` that Tomcat unpacks: all but a folder of an application.
fn unpacks(target: &Target<'_, '_, '_>) -> bool {
    let mut is_packed = false;
    for stage in &target.lineage {
        target
            .model
            .walk(stage.index)
            .for_each(|_, instruction, state| {
                let place = files::destination(instruction, state, target.model.file.escape);
                let place = place.and_then(Result::ok);
                is_packed |= place.is_some_and(|place| {
                    place == WEBAPPS || files::is_inside(&place, WEBAPPS) && place.ends_with(".war")
                });
                let text = instruction.line.text();
                is_packed |= instruction.keyword == Keyword::Run && text.contains(".war");
            });
    }
    is_packed
}
