//! Standard output and standard error: whether they are coloured, and what happens when nobody reads them.

use std::io::{self, BufWriter, IsTerminal as _, StdoutLock, Write};

use anstream::{AutoStream, ColorChoice};
use terminal_size::{Height, Width, terminal_size_of};

use super::style::Styles;
use crate::cli::Color;

/// The two streams of the program.
pub struct Screen {
    output: Output,
    is_closed: bool,
    pub output_styles: Styles,
    pub error_styles: Styles,
    /// What goes to standard output is for a person: a terminal, or coloured for a pager.
    pub is_for_people: bool,
}

enum Output {
    Standard(Box<BufWriter<StdoutLock<'static>>>),
    Memory(Vec<u8>),
}

impl Screen {
    pub fn new(color: Color) -> Self {
        let (output, errors) = (io::stdout(), io::stderr());
        let width = |size: Option<(Width, Height)>| size.map(|(Width(width), _)| width.into());
        let output_styles = Styles::new(
            is_coloured(color, AutoStream::choice(&output)),
            width(terminal_size_of(&output)),
        );
        let error_styles = Styles::new(
            is_coloured(color, AutoStream::choice(&errors)),
            width(terminal_size_of(&errors)),
        );
        Self {
            is_for_people: output.is_terminal() || output_styles.is_coloured,
            output: Output::Standard(Box::new(BufWriter::new(output.lock()))),
            is_closed: false,
            output_styles,
            error_styles,
        }
    }

    /// Keeps what is written to standard output from now on, for [`Self::kept`].
    pub fn keep_output(&mut self) {
        self.output = Output::Memory(Vec::new());
        self.output_styles = Styles::default();
        self.is_for_people = false;
    }

    pub fn kept(&mut self) -> Vec<u8> {
        match &mut self.output {
            Output::Memory(bytes) => std::mem::take(bytes),
            Output::Standard(_) => Vec::new(),
        }
    }

    /// Writes to standard output. A reader that went away is no error: see [`Self::is_closed`].
    ///
    /// # Errors
    /// Where the operating system does not take it.
    pub fn print(&mut self, text: &str) -> io::Result<()> {
        let result = match &mut self.output {
            _ if self.is_closed => return Ok(()),
            Output::Standard(writer) => writer.write_all(text.as_bytes()),
            Output::Memory(bytes) => bytes.write_all(text.as_bytes()),
        };
        self.unless_closed(result)
    }

    /// # Errors
    /// Where the operating system does not take what was printed before.
    pub fn flush(&mut self) -> io::Result<()> {
        let result = match &mut self.output {
            Output::Standard(writer) if !self.is_closed => writer.flush(),
            _ => Ok(()),
        };
        self.unless_closed(result)
    }

    fn unless_closed(&mut self, result: io::Result<()>) -> io::Result<()> {
        match result {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.is_closed = true;
                Ok(())
            }
            other => other,
        }
    }

    /// Whether nobody reads standard output any more.
    pub fn is_closed(&self) -> bool {
        self.is_closed
    }

    /// Writes to standard error, after what standard output has got so far.
    ///
    /// # Errors
    /// Of standard output. There is nobody to tell of those of standard error.
    pub fn tell(&mut self, text: &str) -> io::Result<()> {
        if text.is_empty() {
            return Ok(());
        }
        self.flush()?;
        let _ = io::stderr().lock().write_all(text.as_bytes());
        Ok(())
    }
}

fn is_coloured(color: Color, automatic: ColorChoice) -> bool {
    match color {
        Color::Auto => automatic != ColorChoice::Never,
        Color::Always => true,
        Color::Never => false,
    }
}
