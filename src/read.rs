//! Reading a Dockerfile: what is not a text of bearable size is refused with its place, never mangled.

use std::fs::File;
use std::io::{self, Read};

use harden::text::LineIndex;

use crate::discover::Place;
use crate::report::Problem;

/// No Dockerfile comes near it: the largest of the known ones has under a mebibyte.
pub const MOST_BYTES: u64 = 16 * 1024 * 1024;

/// What stands in the place of a file in Git LFS.
const LFS: &[u8] = b"version https://git-lfs.github.com/spec/";

/// The text of a file, or of standard input.
///
/// # Errors
/// A problem where it cannot be read, is too large, or is no UTF-8 text.
pub fn read(place: &Place) -> Result<String, Problem> {
    let bytes = match place {
        Place::StandardInput => limited(io::stdin().lock()),
        Place::File(path) | Place::Stream(path) => File::open(path).and_then(limited),
    };
    text(bytes.map_err(|error| Problem::io("cannot read the file", &error))?)
}

fn limited(reader: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// # Errors
/// A problem where the bytes are too many, or no UTF-8 text.
pub fn text(bytes: Vec<u8>) -> Result<String, Problem> {
    if bytes.len() as u64 > MOST_BYTES {
        return Err(too_large(MOST_BYTES));
    }
    if bytes.starts_with(LFS) {
        let message = "the file is in Git LFS: here is only a pointer to it";
        return Err(Problem::new(message).help("`git lfs pull` fetches it"));
    }
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err(Problem::new("not UTF-8 text, but UTF-16")
            .at(1, 1)
            .help("save it as UTF-8; builders read nothing else"));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let valid = error.as_bytes().get(..at).unwrap_or_default();
        refused("not UTF-8 text", &String::from_utf8_lossy(valid), at)
    })?;
    match memchr::memchr(0, text.as_bytes()) {
        Some(at) => Err(refused("not a text file: a NUL byte", &text, at)),
        None => Ok(text),
    }
}

/// Of a file with more bytes than so many whole mebibytes.
pub fn too_large(limit: u64) -> Problem {
    let limit = limit / 1024 / 1024;
    Problem::new(format!("larger than {limit} MiB: this is no Dockerfile"))
}

fn refused(what: &str, text: &str, offset: usize) -> Problem {
    let place = LineIndex::new(text).position(text, offset);
    Problem::new(format!("{what} at byte {offset}")).at(place.line, place.column)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_text_is_refused_with_its_place() {
        for (bytes, message, line, column) in [
            (&b"FROM a\nRUN \xe9"[..], "not UTF-8 text at byte 11", 2, 5),
            (b"FROM a\0", "not a text file: a NUL byte at byte 6", 1, 7),
            (b"\xff\xfeF\0", "not UTF-8 text, but UTF-16", 1, 1),
        ] {
            let problem = text(bytes.to_vec()).unwrap_err();
            assert_eq!(problem.message, message);
            let place = problem.position.map(|at| (at.line, at.column));
            assert_eq!(place, Some((line, column)), "{message}");
        }
    }

    #[test]
    fn a_file_at_the_limit_is_read() {
        let bytes = vec![b' '; MOST_BYTES as usize];
        assert!(text(bytes.clone()).is_ok());
        assert!(text([bytes, vec![b' ']].concat()).is_err());
    }
}
