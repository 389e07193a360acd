//! The few styles of harden's screens.

use std::fmt::Write as _;
use std::path::Path;

use anstyle::{AnsiColor, Style};

/// Styles, or none of them where the output is plain.
#[derive(Clone, Copy, Debug, Default)]
pub struct Styles {
    pub is_coloured: bool,
    /// Whether names of files lead to them (OSC 8): at a terminal only, a pager would show the characters.
    pub has_links: bool,
    /// Columns of the terminal, if it is one.
    pub width: Option<usize>,
    pub error: Style,
    pub warning: Style,
    pub change: Style,
    pub help: Style,
    pub strong: Style,
    pub faint: Style,
    pub added: Style,
    pub removed: Style,
    pub hunk: Style,
}

impl Styles {
    pub fn new(is_coloured: bool, width: Option<usize>) -> Self {
        if !is_coloured {
            return Self {
                width,
                ..Self::default()
            };
        }
        let color = |color: AnsiColor| color.on_default();
        Self {
            is_coloured,
            has_links: width.is_some(),
            width,
            error: color(AnsiColor::BrightRed).bold(),
            warning: color(AnsiColor::Yellow).bold(),
            change: color(AnsiColor::Green).bold(),
            help: color(AnsiColor::BrightCyan).bold(),
            strong: Style::new().bold(),
            faint: Style::new().dimmed(),
            added: color(AnsiColor::Green),
            removed: color(AnsiColor::Red),
            hunk: color(AnsiColor::Cyan),
        }
    }
    /// The text, as a link to the file where there are links.
    pub fn link(&self, path: &Path, text: &str) -> String {
        match std::path::absolute(path) {
            Ok(path) if self.has_links => {
                let url = format!("file://{}", percent_encoded(&path));
                format!("\x1b]8;;{url}\x1b\\{text}\x1b]8;;\x1b\\")
            }
            _ => text.to_string(),
        }
    }
}

/// A path as a part of a URL: no byte of it means anything there.
pub fn percent_encoded(path: &Path) -> String {
    let mut text = String::new();
    for &byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'.' | b'_' | b'~' => {
                text.push(char::from(byte));
            }
            _ => {
                let _ = write!(text, "%{byte:02X}");
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_for_terminals_and_hold_no_raw_bytes() {
        let path = Path::new("/a b/\x1b]8;;x\u{fc}");
        assert_eq!(Styles::new(true, None).link(path, "x"), "x");
        assert_eq!(Styles::new(false, Some(80)).link(path, "x"), "x");
        assert_eq!(
            Styles::new(true, Some(80)).link(path, "x"),
            "\x1b]8;;file:///a%20b/%1B%5D8%3B%3Bx%C3%BC\x1b\\x\x1b]8;;\x1b\\"
        );
    }
}
