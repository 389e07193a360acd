//! Replacing a file as a whole or not at all.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use tempfile::NamedTempFile;

use crate::report::Problem;

/// Puts `new` in place of a regular file that was read as `old`, with its mode and its owner.
///
/// The new text is on the disk before it gets the name of the file, so that whatever happens there is one text or the other.
/// Gives back what should be told.
///
/// # Errors
/// A problem where the file is as it was.
pub fn replace(path: &Path, old: &str, new: &str) -> Result<Vec<String>, Problem> {
    let problem = |what: &'static str| move |error: io::Error| Problem::io(what, &error);
    // Opening it says whether it may be written, where a rename would ask the folder only.
    let file = OpenOptions::new().read(true).write(true).open(path);
    let file = file.map_err(problem("cannot write the file"))?;
    let metadata = file.metadata().map_err(problem("cannot write the file"))?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut copy = tempfile::Builder::new()
        .prefix(".harden-")
        .tempfile_in(folder)
        .map_err(problem("cannot write into the folder"))?;
    copy.write_all(new.as_bytes())
        .map_err(problem("cannot write the new text"))?;
    take_over(copy.as_file(), &metadata)?;
    copy.as_file()
        .sync_all()
        .map_err(problem("cannot write the new text"))?;
    let now = fs::read(path).map_err(problem("cannot read the file again"))?;
    if now != old.as_bytes() {
        return Err(Problem::new("changed while harden worked on it").help("run harden again"));
    }
    copy.persist(path)
        .map_err(|error| Problem::io("cannot replace the file", &error.error))?;
    sync_folder(folder);
    Ok(other_names(&metadata).into_iter().collect())
}

/// Writes all of `bytes`, or leaves the file as it was. What is no regular file, such as a device or a pipe, is written to.
///
/// # Errors
/// Where the operating system does not take it.
pub fn output(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let metadata = match fs::metadata(path) {
        Ok(metadata) => Some(metadata),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    if metadata.as_ref().is_some_and(|found| !found.is_file()) {
        return OpenOptions::new().write(true).open(path)?.write_all(bytes);
    }
    // A link stays a link; one that leads nowhere yet is followed when its file is made.
    let path = match fs::canonicalize(path) {
        Ok(real) => real,
        Err(_) if path.is_symlink() => return fs::write(path, bytes),
        Err(_) => path.to_path_buf(),
    };
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut copy = new_file(folder)?;
    copy.write_all(bytes)?;
    if let Some(metadata) = metadata {
        copy.as_file().set_permissions(metadata.permissions())?;
    }
    copy.as_file().sync_all()?;
    copy.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// A temporary file with the mode that a new file gets.
fn new_file(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".harden-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}

#[cfg(unix)]
fn take_over(copy: &File, metadata: &Metadata) -> Result<(), Problem> {
    use std::os::unix::fs::{MetadataExt as _, fchown};
    let problem = |error: io::Error| Problem::io("cannot write the new text", &error);
    let own = copy.metadata().map_err(problem)?;
    let differs = |theirs: u32, ours: u32| (theirs != ours).then_some(theirs);
    let user = differs(metadata.uid(), own.uid());
    let group = differs(metadata.gid(), own.gid());
    if user.is_some() || group.is_some() {
        fchown(copy, user, group).map_err(|error| {
            Problem::io("cannot keep the owner of the file", &error)
                .help("run harden as the owner of the file")
        })?;
    }
    // After the owner: changing that takes special bits away.
    copy.set_permissions(metadata.permissions())
        .map_err(problem)
}

#[cfg(not(unix))]
fn take_over(copy: &File, metadata: &Metadata) -> Result<(), Problem> {
    copy.set_permissions(metadata.permissions())
        .map_err(|error| Problem::io("cannot write the new text", &error))
}

/// Makes the new name last; where a file system cannot do that, it has its own way.
#[cfg(unix)]
fn sync_folder(folder: &Path) {
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) {}

#[cfg(unix)]
fn other_names(metadata: &Metadata) -> Option<String> {
    use std::os::unix::fs::MetadataExt as _;
    let note = "the file had other names (hard links); they keep the old text";
    (metadata.nlink() > 1).then(|| note.to_string())
}

#[cfg(not(unix))]
fn other_names(_: &Metadata) -> Option<String> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_changed_meanwhile_is_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("Dockerfile");
        fs::write(&path, "theirs").expect("a file");
        let problem = replace(&path, "read", "new").expect_err("it changed");
        assert_eq!(problem.message, "changed while harden worked on it");
        assert_eq!(fs::read_to_string(&path).expect("a text"), "theirs");
        assert_eq!(fs::read_dir(&folder).expect("a folder").count(), 1);
        replace(&path, "theirs", "new").expect("nothing changed");
        assert_eq!(fs::read_to_string(&path).expect("a text"), "new");
    }
}
