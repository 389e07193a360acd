//! `harden explain`

use std::fmt::Write as _;

use harden::profile::Profile;
use harden::profile::library::{self, BUILT_IN};
use harden::rule::Rule;
use harden::rules;

use super::{Status, output_error};
use crate::output::{Screen, escape};
use crate::profiles;
use crate::report::Problem;

pub fn run(name: Option<&str>, screen: &mut Screen) -> anyhow::Result<Status> {
    let text = match name {
        Some(name) => page(name)?,
        None => list()?,
    };
    screen.print(&escape::block(&text)).map_err(output_error)?;
    Ok(Status::Done)
}

fn list() -> anyhow::Result<String> {
    let rules = rules::ALL.iter();
    let mut lines: Vec<(&str, String)> = rules
        .map(|rule| (rule.id, rule.summary.to_string()))
        .collect();
    for (name, text) in BUILT_IN {
        let profile = library::parse(name, text)?;
        lines.push((name, format!("profile: {}", profile.title)));
    }
    let width = lines.iter().map(|(name, _)| name.len()).max();
    let width = width.unwrap_or(0);
    let line = |(name, text): &(&str, String)| format!("{name:width$}  {text}\n");
    Ok(lines.iter().map(line).collect())
}

fn page(name: &str) -> anyhow::Result<String> {
    match rules::find(name) {
        Some(rule) => Ok(rule_page(rule)),
        None if profiles::is_file(name) || library::built_in(name).is_some() => {
            Ok(profile_page(&profiles::resolve(name)?))
        }
        None => Err(unknown(name).into()),
    }
}

fn unknown(name: &str) -> Problem {
    let problem = Problem::new(format!("no rule or profile `{name}`"));
    let ids = rules::ALL.iter().map(|rule| rule.id);
    let names = ids.chain(BUILT_IN.iter().map(|(name, _)| *name));
    match library::nearest(name, names) {
        Some(nearest) => problem.help(format!("did you mean `{nearest}`?")),
        None => problem.help("`harden explain` lists them"),
    }
}

pub(super) fn rule_page(rule: &Rule) -> String {
    let mut text = format!(
        "{}: {}\n\nSeverity: {}\nSince: {}\n",
        rule.id,
        rule.summary,
        rule.severity.as_str(),
        rule.since
    );
    if !rule.aliases.is_empty() {
        let _ = writeln!(text, "Elsewhere: {}", rule.aliases.join(", "));
    }
    let _ = writeln!(text, "\n{}", rule.page.trim_end());
    text
}

pub(super) fn profile_page(profile: &Profile) -> String {
    let mut text = format!("{}: {}\n", profile.name, profile.title);
    if let Some(parent) = &profile.extends {
        let _ = writeln!(text, "\nExtends: {parent}");
    }
    if !profile.description.is_empty() {
        let _ = writeln!(text, "\n{}", profile.description.trim_end());
    }
    if !profile.bases.is_empty() {
        text.push_str("\nBase images:\n");
    }
    for base in &profile.bases {
        let _ = writeln!(text, "  {}", base.image);
        for (tag, image) in &base.tags {
            let _ = writeln!(text, "    {tag} -> {}", image.0.as_str());
        }
    }
    if !profile.steps.is_empty() {
        text.push_str("\nSteps:\n");
    }
    for step in &profile.steps {
        let why = step.why.as_deref().unwrap_or("");
        let _ = writeln!(text, "  {}: {why}", step.verb.name());
    }
    text
}
