//! `harden config`

use std::fmt::Write as _;
use std::path::Path;

use harden::profile::library::DEFAULT;

use super::{Status, output_error};
use crate::config::{Config, Setting};
use crate::output::{Screen, escape};

/// Prints what counts, a value on each line, with the file that it is from.
pub fn show(config: &Config, screen: &mut Screen) -> anyhow::Result<Status> {
    let mut text = String::new();
    let mut line = |what: String, origin: Option<&Path>| {
        let origin = origin.map_or("default".to_string(), escape::path);
        let _ = writeln!(text, "{}  # {origin}", escape::line(&what));
    };
    match &config.profiles {
        None => line(format!("profiles: {DEFAULT}"), None),
        Some(uses) => {
            for one in &uses.value {
                let names = one.names.join(", ");
                line(
                    format!("profiles: {names}{}", paths(&one.paths)),
                    Some(&uses.origin),
                );
            }
        }
    }
    for (id, setting) in &config.rules {
        line(
            format!("rules: {id}: {}", told(setting.value)),
            Some(&setting.origin),
        );
    }
    for one in &config.allow {
        let (rule, reason) = (&one.value.rule, &one.value.reason);
        let paths = paths(&one.value.paths);
        line(format!("allow: {rule}{paths}: {reason}"), Some(&one.origin));
    }
    for one in &config.targets {
        let paths = paths(&one.value.paths);
        line(
            format!("targets: {}{paths}", one.value.stage),
            Some(&one.origin),
        );
    }
    for one in &config.exclude {
        line(format!("exclude: {}", one.value), Some(&one.origin));
    }
    if let Some(baseline) = &config.baseline {
        let path = escape::readable(&baseline.value).into_owned();
        line(format!("baseline: {path}"), Some(&baseline.origin));
    }
    for (host, registry) in &config.registries {
        let insecure = registry.value.insecure.then_some("insecure".to_string());
        let mirror = registry.value.mirror.as_ref();
        let mirror = mirror.map(|mirror| format!("mirror {mirror}"));
        let told: Vec<String> = insecure.into_iter().chain(mirror).collect();
        let what = format!("registries: {host}: {}", told.join(", "));
        line(what, Some(&registry.origin));
    }
    screen.print(&text).map_err(output_error)?;
    Ok(Status::Done)
}

fn paths(patterns: &[String]) -> String {
    match patterns {
        [] => String::new(),
        patterns => format!(" for {}", patterns.join(", ")),
    }
}

fn told(setting: Setting) -> String {
    let switch = setting.is_on.map(|is_on| if is_on { "on" } else { "off" });
    let severity = setting
        .rated
        .severity
        .map(|one| format!("severity {}", one.as_str()));
    let safety = setting
        .rated
        .safety
        .map(|one| format!("safety {}", one.as_str()));
    let parts = [switch.map(String::from), severity, safety];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}
