//! What `.dockerignore` leaves out of the build context.
//!
//! Source: Docker's manual of the build context, section ".dockerignore files", and the behaviour of BuildKit: a pattern is of
//! the whole path or of a folder above it, and of all patterns the last that fits decides.

use std::ffi::OsString;
use std::fs;
use std::path::Path;

use globset::{GlobBuilder, GlobMatcher};

use super::{inside, text};

/// The patterns of a file, in order.
#[derive(Default)]
pub struct Ignored {
    patterns: Vec<Pattern>,
}

struct Pattern {
    matcher: GlobMatcher,
    /// Takes back what patterns before it leave out.
    is_exception: bool,
}

impl Ignored {
    /// Of the Dockerfile alone (`NAME.dockerignore` beside it) if there is one, else of the build context.
    ///
    /// # Errors
    ///
    /// Why it cannot be told what is left out.
    pub fn of(dockerfile: &Path, root: &Path) -> Result<Self, String> {
        let mut own = dockerfile.file_name().unwrap_or_default().to_owned();
        own.push(".dockerignore");
        let beside = dockerfile.parent().unwrap_or(Path::new(""));
        let files = [(beside, own), (root, ".dockerignore".into())];
        let is_there =
            |(folder, name): &&(&Path, OsString)| folder.join(name).symlink_metadata().is_ok();
        let Some((folder, name)) = files.iter().find(is_there) else {
            return Ok(Self::default());
        };
        // A link that leads out of the repository would show a file of the machine in what is printed.
        let text = fs::canonicalize(Path::new(".").join(folder))
            .ok()
            .and_then(|folder| inside(&folder, name.to_str()?))
            .and_then(|path| text(&path))
            .ok_or("`.dockerignore` cannot be read")?;
        let lines = text.trim_start_matches('\u{feff}').lines();
        let patterns = lines.filter_map(Pattern::parse).collect::<Result<_, _>>()?;
        Ok(Self { patterns })
    }

    /// Whether the path, with `/` between its parts, is left out.
    pub fn has(&self, path: &str) -> bool {
        let mut paths: Vec<String> = Vec::new();
        for part in parts(path) {
            paths.push(match paths.last() {
                Some(folder) => format!("{folder}/{part}"),
                None => part.to_string(),
            });
        }
        let fitting = self.patterns.iter().rfind(|pattern| {
            let mut paths = paths.iter();
            paths.any(|path| pattern.matcher.is_match(path))
        });
        fitting.is_some_and(|pattern| !pattern.is_exception)
    }

    /// Whether a folder that is left out may have something in it that is not.
    pub fn has_exceptions(&self) -> bool {
        self.patterns.iter().any(|pattern| pattern.is_exception)
    }
}

/// The names in a path.
fn parts(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|part| !matches!(*part, "" | "."))
}

impl Pattern {
    /// `None` for a line without a pattern.
    fn parse(line: &str) -> Option<Result<Self, String>> {
        if line.starts_with('#') {
            return None;
        }
        let line = line.trim();
        let (is_exception, pattern) = match line.strip_prefix('!') {
            Some(rest) => (true, rest.trim()),
            None => (false, line),
        };
        let parts: Vec<&str> = parts(pattern).collect();
        if parts.is_empty() {
            return None;
        }
        // Where the two ways to write patterns differ, nothing is taken for granted.
        let is_unclear = |part: &&str| {
            part.contains(['{', '\\'])
                || part.contains("[!")
                || part.contains("[^")
                || part.contains("**") && *part != "**"
                || *part == ".."
        };
        let matcher = match parts.iter().any(is_unclear) {
            true => None,
            false => GlobBuilder::new(&parts.join("/"))
                .literal_separator(true)
                .build()
                .ok(),
        };
        Some(match matcher {
            Some(glob) => Ok(Self {
                matcher: glob.compile_matcher(),
                is_exception,
            }),
            None => Err(format!(
                "`.dockerignore` has the pattern `{line}`, which harden does not read"
            )),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ignored(text: &str) -> Result<Ignored, String> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(".dockerignore"), text).unwrap();
        Ignored::of(&folder.path().join("Dockerfile"), folder.path())
    }

    #[test]
    fn the_last_pattern_that_fits_decides() {
        let table = [
            ("", "a", false),
            ("# a\n", "a", false),
            ("a\n", "a", true),
            ("/a/\n", "a/b/c", true),
            ("a\n", "b/a", false),
            ("**/a\n", "b/c/a", true),
            ("**/a\n", "a", true),
            ("*\n!conf\n", "conf/a.conf", false),
            ("*\n!conf\n", "start.sh", true),
            ("*\n!conf/*.conf\n", "conf/a.conf", false),
            ("*\n!conf/*.conf\n", "conf/a.txt", true),
            ("!conf\n*\n", "conf/a.conf", true),
            ("*.md\n", "README.md", true),
            ("*.md\n", "docs/README.md", false),
            ("a?\n", "ab", true),
            ("a?\n", "a/", false),
            ("a/**\n", "a/b", true),
            ("  a  \r\n", "a", true),
            ("\u{feff}a\n", "a", true),
            (".\n/\n", "a", false),
            ("a/b\n", "./a//b", true),
            ("**/*.py[co]\n", "a/b.pyc", true),
            ("**/*.py[co]\n", "a/b.py", false),
        ];
        for (text, path, expected) in table {
            let ignored = ignored(text).unwrap_or_else(|why| panic!("{text}: {why}"));
            assert_eq!(ignored.has(path), expected, "{text:?} and {path}");
        }
    }

    #[test]
    fn a_pattern_that_is_not_read_is_said() {
        for text in [
            "[!a]\n", "[^a]\n", "[a\n", "a{b,c}\n", "a\\b\n", "a**b\n", "../a\n",
        ] {
            let why = ignored(text).err().unwrap_or_else(|| panic!("{text}"));
            assert!(why.contains(text.trim()), "{why}");
        }
    }

    #[test]
    fn a_link_out_of_the_context_is_not_followed() {
        let outside = tempfile::tempdir().unwrap();
        std::fs::write(outside.path().join("secret"), "[!secret]\n").unwrap();
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join(".dockerignore");
        std::os::unix::fs::symlink(outside.path().join("secret"), link).unwrap();
        let ignored = Ignored::of(&folder.path().join("Dockerfile"), folder.path());
        let why = ignored.err().unwrap();
        assert_eq!(why, "`.dockerignore` cannot be read");
    }

    #[test]
    fn the_file_of_one_dockerfile_wins() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        std::fs::write(root.join(".dockerignore"), "a\n").unwrap();
        std::fs::write(root.join("Dockerfile.dockerignore"), "b\n").unwrap();
        let of = |name: &str| Ignored::of(&root.join(name), root).unwrap();
        assert!(of("Dockerfile").has("b") && !of("Dockerfile").has("a"));
        assert!(of("other.Dockerfile").has("a") && !of("other.Dockerfile").has("b"));
    }
}
