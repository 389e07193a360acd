//! `harden profile`

use std::fmt::Write as _;

use harden::profile::library::{self, BUILT_IN};

use super::{Status, output_error};
use crate::cli::ProfileCommand;
use crate::output::{Screen, escape, text};
use crate::profiles;

pub fn run(command: &ProfileCommand, screen: &mut Screen) -> anyhow::Result<Status> {
    match command {
        ProfileCommand::List => list(screen),
        ProfileCommand::Show { name } => show(name, screen),
        ProfileCommand::Check { files } => check(files, screen),
    }
}

fn list(screen: &mut Screen) -> anyhow::Result<Status> {
    let width = BUILT_IN.iter().map(|(name, _)| name.len()).max();
    let width = width.unwrap_or(0);
    let mut list = String::new();
    for (name, text) in BUILT_IN {
        let profile = library::parse(name, text)?;
        let _ = writeln!(list, "{name:width$}  {}", profile.title);
    }
    screen.print(&list).map_err(output_error)?;
    Ok(Status::Done)
}

/// The sources, as YAML documents: the profile, and then what it extends.
fn show(name: &str, screen: &mut Screen) -> anyhow::Result<Status> {
    for (number, (origin, source)) in profiles::sources(name)?.iter().enumerate() {
        let separator = if number == 0 { "" } else { "---\n" };
        let origin = escape::line(origin);
        let source = escape::block(source.trim_end());
        let text = format!("{separator}# {origin}\n{source}\n");
        screen.print(&text).map_err(output_error)?;
    }
    Ok(Status::Done)
}

fn check(files: &[String], screen: &mut Screen) -> anyhow::Result<Status> {
    let mut status = Status::Done;
    for file in files {
        match profiles::check(file) {
            Ok(()) => {
                let line = format!("{}: ok\n", escape::line(file));
                screen.print(&line).map_err(output_error)?;
            }
            Err(problem) => {
                status = Status::Failed;
                let failure = text::failure(&problem.into(), &screen.error_styles);
                screen.tell(&failure).map_err(output_error)?;
            }
        }
    }
    Ok(status)
}
