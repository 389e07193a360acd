//! The bytes of a report: read as a stream, with limits on what one text and one nesting may take.

use std::io::{self, BufRead as _, BufReader, Read};

use harden::gate::{self, Format, Report};
use harden::profile::library;
use serde_json::error::Category;

use crate::report::{Problem, io_message};

const BUFFER_BYTES: usize = 64 * 1024;

/// No text of a report that a scanner writes comes near it.
const MOST_BYTES_OF_TEXT: usize = 16 * 1024 * 1024;

/// Of a message.
const MOST_CHARACTERS: usize = 400;

/// What is skipped has no limit in the parser.
const MOST_DEPTH: usize = 512;

/// Reads one report.
///
/// # Errors
/// A problem with its place where there is none that can be counted.
pub fn report(reader: impl Read, format: Option<Format>) -> Result<Report, Problem> {
    let mut reader = BufReader::with_capacity(BUFFER_BYTES, Limited::new(reader));
    if let Err(error) = reader.fill_buf() {
        return Err(unreadable(&error, reader.get_ref()));
    }
    // What is there already is not read again.
    let start = reader.fill_buf().unwrap_or_default();
    match start {
        [] => return Err(Problem::new("the report is empty").help("did the scan run?")),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => {
            return Err(Problem::new("the report is UTF-16").help("save it as UTF-8"));
        }
        // As Windows' shells write it.
        [0xef, 0xbb, 0xbf, ..] => reader.consume(3),
        _ => {}
    }
    let result = {
        let mut deserializer = serde_json::Deserializer::from_reader(&mut reader);
        let report = gate::read(&mut deserializer, format);
        report.and_then(|report| deserializer.end().map(|()| report))
    };
    result.map_err(|error| problem(&error, reader.get_ref()))
}

fn problem<R>(error: &serde_json::Error, reader: &Limited<R>) -> Problem {
    let text = error.to_string();
    let message = library::message(&text);
    let message = short(message.split("\nhelp: ").next().unwrap_or(&message));
    let column = error.column().max(1);
    match error.classify() {
        Category::Io => unreadable(&io::Error::other(text), reader),
        Category::Eof => Problem::new(format!("the report is cut off: {message}"))
            .at(error.line(), column)
            .help("did the scan end, and was there room for its report?"),
        Category::Syntax => Problem::new(format!("no JSON: {message}")).at(error.line(), column),
        Category::Data if error.line() > 0 => Problem::new(message).at(error.line(), column),
        Category::Data => Problem::new(message),
    }
}

/// Messages of the parser hold texts of the report, however long they are.
fn short(message: &str) -> String {
    match message.char_indices().nth(MOST_CHARACTERS) {
        Some((at, _)) => format!("{}…", message.get(..at).unwrap_or_default()),
        None => message.to_string(),
    }
}

fn unreadable<R>(error: &io::Error, reader: &Limited<R>) -> Problem {
    let problem = Problem::new(format!("cannot read the report: {}", io_message(error)));
    match reader.is_refused {
        true => problem.at(reader.line, reader.column.max(1)),
        false => problem,
    }
}

/// Looks at the bytes of JSON on their way: how long a text is, and how deep lists and objects are nested.
struct Limited<R> {
    inner: R,
    line: usize,
    column: usize,
    /// Lists and objects that are open.
    depth: usize,
    /// The bytes of the text that is open so far.
    text: Option<usize>,
    is_escaped: bool,
    /// A limit was met at the line and the column.
    is_refused: bool,
}

impl<R> Limited<R> {
    fn new(inner: R) -> Self {
        Self {
            inner,
            line: 1,
            column: 0,
            depth: 0,
            text: None,
            is_escaped: false,
            is_refused: false,
        }
    }

    fn look_at(&mut self, byte: u8) -> io::Result<()> {
        match byte {
            b'\n' => (self.line, self.column) = (self.line + 1, 0),
            _ => self.column += 1,
        }
        match (self.text, byte) {
            (Some(_), _) if self.is_escaped => self.is_escaped = false,
            (Some(_), b'\\') => self.is_escaped = true,
            (Some(_), b'"') => self.text = None,
            (Some(bytes), _) if bytes >= MOST_BYTES_OF_TEXT => {
                return Err(io::Error::other("a text in it is longer than 16 MiB"));
            }
            (Some(bytes), _) => self.text = Some(bytes + 1),
            (None, b'"') => self.text = Some(0),
            (None, b'[' | b'{') => self.depth += 1,
            (None, b']' | b'}') => self.depth = self.depth.saturating_sub(1),
            (None, _) => {}
        }
        match self.depth > MOST_DEPTH {
            true => Err(io::Error::other(format!(
                "it is nested deeper than {MOST_DEPTH} levels"
            ))),
            false => Ok(()),
        }
    }
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        let bytes = buffer.get(..count).unwrap_or_default();
        let result = bytes.iter().try_for_each(|byte| self.look_at(*byte));
        self.is_refused = result.is_err();
        result?;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives the same bytes over and over, and never more than `most` of them.
    struct Endless<'b> {
        bytes: &'b [u8],
        given: usize,
        most: usize,
    }

    impl Read for Endless<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            assert!(self.given < self.most, "read on after {} bytes", self.given);
            let count = buffer.len().min(self.bytes.len());
            buffer[..count].copy_from_slice(&self.bytes[..count]);
            self.given += count;
            Ok(count)
        }
    }

    fn endless(start: &str, bytes: &[u8], most: usize) -> Problem {
        let rest = Endless {
            bytes,
            given: 0,
            most,
        };
        report(start.as_bytes().chain(rest), None).expect_err("no report")
    }

    #[test]
    fn a_text_without_end_is_not_kept() {
        for start in ["{\"a", "{\"scan\":{\"status\":\"", "{\"x\":\""] {
            let problem = endless(start, &[b'x'; 4096], 2 * MOST_BYTES_OF_TEXT);
            assert!(problem.message.contains("longer than 16 MiB"), "{problem}");
            assert_eq!(problem.position.map(|at| at.line), Some(1));
        }
    }

    #[test]
    fn nesting_without_end_is_refused() {
        for start in ["{\"x\":", "{\"vulnerabilities\":[{\"x\":"] {
            let problem = endless(start, &[b'['; 64], 1024 * 1024);
            assert!(problem.message.contains("deeper than 512"), "{problem}");
        }
    }

    #[test]
    fn a_quote_that_is_escaped_ends_no_text() {
        let mut limited = Limited::new(&br#"{"a\"[[[\\": ["#[..]);
        let mut buffer = [0; 64];
        let _ = limited.read(&mut buffer).expect("bytes");
        assert_eq!((limited.depth, limited.text), (2, None));
    }
}
