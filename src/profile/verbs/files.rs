//! Where the file puts the files of the application.

use crate::fix::Reason;
pub(super) use crate::model::state::is_inside;
use crate::model::state::normal;
use crate::model::{Model, Stage, State};
use crate::syntax::shell::{Script, SimpleCommand};
use crate::syntax::{Instruction, Keyword};

/// Folders of the system: what is copied into them is configuration or a program, not the application's own.
const SYSTEM: [&str; 12] = [
    "/",
    "/home",
    "/media",
    "/mnt",
    "/opt",
    "/root",
    "/srv",
    "/tmp",
    "/usr",
    "/usr/share",
    "/var",
    "/var/lib",
];

/// Everything in these belongs to the system. Whoever may write there replaces programs that others run as root, and a new owner takes
/// setuid bits away.
const SYSTEM_TREES: [&str; 20] = [
    "/bin",
    "/boot",
    "/dev",
    "/etc",
    "/lib",
    "/lib32",
    "/lib64",
    "/proc",
    "/run",
    "/sbin",
    "/sys",
    "/usr/bin",
    "/usr/games",
    "/usr/include",
    "/usr/lib",
    "/usr/lib32",
    "/usr/lib64",
    "/usr/libexec",
    "/usr/local",
    "/usr/sbin",
];

/// The places that COPY and ADD of a lineage write to, outside the system's folders: folders or files, without those
/// inside others, in order. The working directory stands for what is copied into it.
pub(super) fn of_application(
    model: &Model<'_>,
    lineage: &[&Stage],
) -> Result<Vec<String>, Vec<Reason>> {
    let mut places: Vec<String> = Vec::new();
    let mut reasons = Vec::new();
    let workdir = lineage
        .last()
        .and_then(|stage| model.end_state(stage))
        .and_then(|end| end.workdir.known());
    let workdir = workdir
        .map(|path| normal(path))
        .filter(|path| !is_system(path));
    for stage in lineage {
        model.walk(stage.index).for_each(|_, instruction, state| {
            match destination(instruction, state, model.file.escape) {
                None => {}
                Some(Err(why)) => reasons.push(Reason::at(
                    instruction.span,
                    format!(
                        "it is not known where {} puts its files: {why}",
                        instruction.keyword.as_str()
                    ),
                )),
                Some(Ok(path)) => {
                    let place = match &workdir {
                        Some(workdir) if is_inside(&path, workdir) => workdir.clone(),
                        _ => path,
                    };
                    if !is_system(&place) {
                        places.push(place);
                    }
                }
            }
        });
    }
    if !reasons.is_empty() {
        return Err(reasons);
    }
    if let Some(workdir) = workdir.filter(|workdir| places.contains(workdir)) {
        // The application is there; what else is copied is configuration, or a tool of its own.
        return Ok(vec![workdir]);
    }
    let mut kept: Vec<String> = Vec::new();
    for place in &places {
        let inside_other = places
            .iter()
            .any(|other| other != place && is_inside(place, other));
        if !inside_other && !kept.contains(place) {
            kept.push(place.clone());
        }
    }
    Ok(kept)
}

/// Parts of paths that are made to be written.
const DATA: [&str; 20] = [
    "cache",
    "caches",
    "data",
    "database",
    "db",
    "downloads",
    "lib",
    "log",
    "logs",
    "media",
    "output",
    "run",
    "sessions",
    "spool",
    "state",
    "storage",
    "temp",
    "tmp",
    "upload",
    "uploads",
];

/// The folders that the application is meant to write: volumes, folders that a RUN makes for data, and a working directory
/// into which the file puts nothing. What the file copies or installs is code.
pub(super) fn writable(model: &Model<'_>, lineage: &[&Stage]) -> Vec<String> {
    let mut made: Vec<String> = Vec::new();
    let mut volumes: Vec<String> = Vec::new();
    let mut copied: Vec<String> = Vec::new();
    let mut worked_in: Vec<String> = Vec::new();
    let mut workdir = None;
    for stage in lineage {
        let end = model
            .walk(stage.index)
            .for_each(|index, instruction, state| {
                copied.extend(
                    destination(instruction, state, model.file.escape).and_then(Result::ok),
                );
                match instruction.keyword {
                    Keyword::Volume => {
                        volumes.extend(instruction.words().iter().filter_map(|word| {
                            let path = state.scope.expand(&word.text, model.file.escape).ok()?;
                            path.starts_with('/').then(|| normal(&path))
                        }))
                    }
                    Keyword::Run => {
                        worked_in.extend(state.workdir.known().map(|path| normal(path)));
                        if instruction.line.text().contains("mkdir") {
                            let script = model.body(index).script();
                            made.extend(
                                script
                                    .into_iter()
                                    .flat_map(|script| paths_of(script, makes_folders)),
                            );
                        }
                    }
                    _ => {}
                }
            });
        if end.workdir_set_by.is_some() {
            workdir = end.workdir.known().map(|path| normal(path));
        }
    }
    made.retain(|path| {
        path.split('/').any(|part| DATA.contains(&part)) && workdir.as_ref() != Some(path)
    });
    // A folder that holds what is copied is code; one inside it that is made for data is not.
    made.retain(|path| !copied.iter().any(|place| is_inside(place, path)));
    let is_apart = |path: &String| {
        !worked_in.contains(path)
            && !copied
                .iter()
                .any(|place| is_inside(place, path) || is_inside(path, place))
    };
    made.extend(workdir.filter(is_apart));
    let places = volumes.into_iter().chain(made);
    without_nested(places.filter(|path| !is_system(path)))
}

/// The places, without those that lie inside another.
pub(super) fn without_nested(places: impl Iterator<Item = String>) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for path in places {
        if !kept.iter().any(|other| is_inside(&path, other)) {
            kept.retain(|other| !is_inside(other, &path));
            kept.push(path);
        }
    }
    kept
}

/// The absolute, literal paths that the commands that do so name.
pub(super) fn paths_of(script: &Script, does: impl Fn(&SimpleCommand) -> bool) -> Vec<String> {
    let mut paths = Vec::new();
    for site in script.commands() {
        if site.is_in_substitution() || !does(site.command) {
            continue;
        }
        let words = site.command.words.iter().skip(1);
        let words = words.filter_map(|word| word.value());
        let absolute = words.filter(|word| word.starts_with('/'));
        paths.extend(absolute.map(|word| normal(&word)));
    }
    paths
}

fn makes_folders(command: &SimpleCommand) -> bool {
    command.name().as_deref() == Some("mkdir")
}

/// Where COPY or ADD writes to; `None` for other instructions.
pub(super) fn destination(
    instruction: &Instruction<'_>,
    state: &State,
    escape: char,
) -> Option<Result<String, String>> {
    if !matches!(instruction.keyword, Keyword::Copy | Keyword::Add) {
        return None;
    }
    let words = instruction.words();
    let last = words
        .last()
        .filter(|_| words.len() > 1 || !instruction.heredocs.is_empty())?;
    let expanded = state.scope.expand(&last.text, escape);
    Some(expanded.and_then(|path| state.absolute(&path)))
}

pub(super) fn is_system(path: &str) -> bool {
    SYSTEM.contains(&path) || SYSTEM_TREES.iter().any(|tree| is_inside(path, tree))
}

/// Whether a path needs no quoting in a shell.
pub(super) fn is_plain(path: &str) -> bool {
    path.chars()
        .all(|c| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_' | '-' | '+' | '@' | ','))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn system_folders_are_not_the_application() {
        for path in [
            "/",
            "/etc/nginx/nginx.conf",
            "/usr/local/bin/x",
            "/usr",
            "/opt",
            "/usr/bin",
            "/usr/bin/x",
            "/usr/lib64",
            "/var/lib",
        ] {
            assert!(is_system(path), "{path}");
        }
        for path in [
            "/app",
            "/opt/app-root/app",
            "/usr/src/app",
            "/usr/share/nginx/html",
            "/var/www",
            "/srv/x",
            "/var/lib/x",
            "/libraries",
        ] {
            assert!(!is_system(path), "{path}");
        }
        assert!(is_inside("/app/x", "/app") && !is_inside("/apps", "/app"));
    }
}
