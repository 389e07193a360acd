//! Finds the profiles that the command line names: built-in ones by name, others by file.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use harden::profile::Profile;
use harden::profile::library::{self, BUILT_IN, ProfileError};
use harden::rules;

use crate::report::{Problem, io_message};

/// Larger than any profile that a person writes.
const MOST_BYTES: u64 = 1024 * 1024;

/// The profile of that name, or in that file, with all that it extends.
///
/// # Errors
/// A [`Problem`] that starts with the place.
pub fn resolve(name: &str) -> Result<Profile, Problem> {
    let profile = library::resolve(name, &load).map_err(problem)?;
    if is_file(name) {
        sources(name)?.iter().try_for_each(known_rules)?;
    }
    Ok(profile)
}

/// A switch for a rule that does not exist would do nothing, and nobody would know.
fn known_rules((origin, text): &(String, String)) -> Result<(), Problem> {
    let profile = library::parse(origin, text).map_err(problem)?;
    let Some(id) = profile.rules.keys().find(|id| rules::find(id).is_none()) else {
        return Ok(());
    };
    let key = text.lines().enumerate().find_map(|(line, text)| {
        let at = text.find(&format!("{id}:"))?;
        Some((line + 1, text.get(..at)?.chars().count() + 1))
    });
    let nearest = library::nearest(id, rules::ALL.iter().map(|rule| rule.id));
    let help = match nearest {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None => "`harden explain` lists the rules".to_string(),
    };
    let message = format!("rules: there is no rule `{id}`\nhelp: {help}");
    Err(problem(ProfileError {
        origin: origin.clone(),
        position: key,
        message,
    }))
}

/// Checks a file, whatever its name.
///
/// # Errors
/// As [`resolve`].
pub fn check(file: &str) -> Result<(), Problem> {
    if is_file(file) {
        return resolve(file).map(|_| ());
    }
    resolve(&format!("./{file}")).map(|_| ())
}

/// The texts of a profile and of those that it extends, with their origins, the profile itself first.
///
/// # Errors
/// As [`resolve`].
pub fn sources(name: &str) -> Result<Vec<(String, String)>, Problem> {
    library::resolve(name, &load).map_err(problem)?;
    let mut sources: Vec<(String, String)> = Vec::new();
    let mut next = Some(name.to_string());
    while let Some(name) = next {
        let from = sources.last().map(|(origin, _)| origin.as_str());
        let (origin, text) = match library::built_in(&name) {
            Some(text) => (name, text.to_string()),
            None => load(&name, from).map_err(Problem::new)?,
        };
        next = library::parse(&origin, &text).map_err(problem)?.extends;
        sources.push((origin, text));
    }
    Ok(sources)
}

fn problem(error: ProfileError) -> Problem {
    let text = error.to_string();
    match text.split_once("\nhelp: ") {
        Some((message, help)) => Problem::new(message).help(help),
        None => Problem::new(text),
    }
}

/// Whether a name is that of a file.
pub fn is_file(name: &str) -> bool {
    name.contains(['/', std::path::MAIN_SEPARATOR])
        || name.ends_with(".yaml")
        || name.ends_with(".yml")
}

/// What people call a profile: one in a file by the name of that file.
pub fn called(name: &str) -> String {
    let stem = Path::new(name).file_stem().filter(|_| is_file(name));
    stem.map_or_else(
        || name.to_string(),
        |stem| stem.to_string_lossy().into_owned(),
    )
}

/// A file that another extends is beside that one.
fn load(name: &str, from: Option<&str>) -> Result<(String, String), String> {
    if !is_file(name) {
        return Err(unknown(name));
    }
    let folder = from
        .filter(|from| is_file(from))
        .and_then(|from| Path::new(from).parent());
    let path = folder.map_or_else(|| PathBuf::from(name), |folder| folder.join(name));
    let text = text(&path).map_err(|message| match from {
        None => format!("cannot read the profile: {message}"),
        Some(_) => format!("cannot read the profile `{}`: {message}", path.display()),
    })?;
    Ok((origin(&path), text))
}

fn unknown(name: &str) -> String {
    let names = BUILT_IN.iter().map(|(name, _)| *name);
    let help = match library::nearest(name, names.clone()) {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None if Path::new(name).is_file() => {
            format!("a file is named by its path: `./{name}`")
        }
        None => format!("there are `{}`", names.collect::<Vec<_>>().join("`, `")),
    };
    format!("no built-in profile has that name\nhelp: {help}")
}

fn text(path: &Path) -> Result<String, String> {
    let read = || {
        let mut bytes = Vec::new();
        let file = fs::File::open(path)?;
        file.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let bytes = read().map_err(|error| io_message(&error))?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err("larger than 1 MiB: this is no profile".to_string());
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        format!("not UTF-8 text at byte {at}")
    })
}

/// One name for one file: relative to the current folder where it is in it.
fn origin(path: &Path) -> String {
    let real = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let here = fs::canonicalize(".").unwrap_or_default();
    let shown = real.strip_prefix(here).unwrap_or(&real);
    match shown.parent() {
        // Without a folder it would read as the name of a built-in profile.
        Some(parent) if parent.as_os_str().is_empty() && !is_file(&shown.to_string_lossy()) => {
            format!("./{}", shown.display())
        }
        _ => shown.display().to_string(),
    }
}
