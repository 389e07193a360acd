//! `harden.lock` as a file, and how its rows are looked up.

mod precise;

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use harden::model::lock::{self, Lock, LockedImage};
use harden::syntax::image::ImageReference;

use crate::registry::{Client, Failure};
use crate::report::Problem;
use crate::write;

/// The name of the file, in the current folder.
pub const FILE: &str = "harden.lock";

/// More than ten thousand images need.
const MOST_BYTES: u64 = 64 << 20;

/// The lock in a file; `None` where there is no such file.
///
/// # Errors
/// A problem that names the file, where it cannot be read or is no lock.
pub fn read(path: &Path) -> Result<Option<Lock>, Problem> {
    let what = format!("cannot read the lock `{}`", path.display());
    let mut text = String::new();
    let read = File::open(path).and_then(|file| file.take(MOST_BYTES).read_to_string(&mut text));
    match read {
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Problem::io(&what, &error)),
    }
    let lock = lock::parse(&text).map_err(|error| {
        let place = error
            .position
            .map(|(line, column)| format!("{line}:{column}: "));
        let place = place.unwrap_or_default();
        Problem::new(format!("{what}: {place}{}", error.message)).help(error.help)
    })?;
    Ok(Some(lock))
}

/// Puts a lock in place of the file, as a whole or not at all.
///
/// # Errors
/// A problem that names the file; it is as it was then.
pub fn write(path: &Path, lock: &Lock) -> Result<(), Problem> {
    let what = format!("cannot write the lock `{}`", path.display());
    let text = lock::render(lock).map_err(|error| Problem::new(format!("{what}: {error}")))?;
    write::output(path, text.as_bytes()).map_err(|error| Problem::io(&what, &error))
}

/// The row of an image. `old` is the row that there was, `today` a date as `YYYY-MM-DD`.
///
/// # Errors
/// Why the registry did not say it.
pub fn look_up(
    client: &Client,
    image: &ImageReference,
    old: Option<&LockedImage>,
    today: &str,
) -> Result<LockedImage, Failure> {
    let found = client.find(image)?;
    let is_same = old.filter(|old| old.digest == found.digest);
    let precise_tag = match image.digest() {
        Some(_) => None,
        None => precise::find(client, image, &found.digest),
    };
    Ok(LockedImage {
        since: is_same.map_or(today, |old| &old.since).to_string(),
        digest: found.digest,
        kind: found.kind,
        precise_tag,
        platforms: found.platforms,
        configuration: found.configuration,
    })
}
