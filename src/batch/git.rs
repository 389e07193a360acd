//! git as the clones and pushes of a batch need it, and what it complains of.

use std::path::Path;
use std::process::Command;

use crate::git::plain;
use crate::report::Problem;

/// A command of git, in a repository or in none.
pub fn git(folder: Option<&Path>) -> Command {
    let mut command = plain("https:http:ssh:file");
    command
        // Less than a kilobyte in each second of a minute is a server that hangs.
        .env("GIT_HTTP_LOW_SPEED_LIMIT", "1000")
        .env("GIT_HTTP_LOW_SPEED_TIME", "60")
        .env("GIT_NO_LAZY_FETCH", "1");
    if let Some(folder) = folder {
        command.arg("-C").arg(folder);
    }
    command
}

/// What the command prints. Of what it complains of, the line that says why; the paths of `hidden` are not in it.
///
/// # Errors
/// A [`Problem`] where it fails.
pub fn run(mut command: Command, hidden: &[&Path]) -> Result<Vec<u8>, Problem> {
    let output = command
        .output()
        .map_err(|error| Problem::io("cannot run git", &error))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let mut message = match reason(&String::from_utf8_lossy(&output.stderr)) {
        Some(reason) => format!("git: {reason}"),
        None => format!("git failed: {}", output.status),
    };
    for path in hidden {
        message = message.replace(&*path.to_string_lossy(), "the clone");
    }
    Err(Problem::new(message))
}

/// The line that says why, of all that git says.
fn reason(told: &str) -> Option<String> {
    let lines = || told.lines().map(str::trim).filter(|line| !line.is_empty());
    let of = |start: &'static str| lines().filter_map(move |line| line.strip_prefix(start));
    if told.contains("[remote rejected]") {
        // The words of the server, or of its hook.
        let words: Vec<&str> = of("remote: ").map(str::trim).collect();
        return Some(match words.is_empty() {
            true => "the server refuses the push".to_string(),
            false => format!("the server refuses the push: {}", words.join(" ")),
        });
    }
    let starts = ["fatal: ", "error: ", "remote: "];
    let line = starts.iter().find_map(|start| of(start).next());
    line.or_else(|| lines().next_back()).map(str::to_string)
}
