//! Makes text from files, and names of files, fit for a terminal, a patch or a message.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::path::Path;

/// Characters that a terminal obeys or that reorder a line: controls, and the invisible ones that turn text around.
pub fn is_unprintable(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || matches!(character, '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// For one line of a message: `\n`, `\t` and `\u{1b}` in place of what must not reach a terminal.
pub fn line(text: &str) -> Cow<'_, str> {
    escaped(text, |_| false)
}

/// For text of several lines: line ends and tabs stay.
pub fn block(text: &str) -> Cow<'_, str> {
    escaped(text, |character| matches!(character, '\n' | '\t'))
}

fn escaped(text: &str, stays: impl Fn(char) -> bool) -> Cow<'_, str> {
    let escapes = |character: char| is_unprintable(character) && !stays(character);
    if !text.contains(escapes) {
        return Cow::Borrowed(text);
    }
    let mut result = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if escapes(character) {
            result.extend(character.escape_default());
        } else {
            result.push(character);
        }
    }
    Cow::Owned(result)
}

/// A path for people. Bytes that are no UTF-8 become `\xff`.
pub fn path(path: &Path) -> String {
    line(&readable(path)).into_owned()
}

/// A path as Unicode text: for JSON, which escapes control characters itself.
pub fn readable(path: &Path) -> Cow<'_, str> {
    match path.to_str() {
        Some(text) => Cow::Borrowed(text),
        None => {
            let mut result = String::new();
            for chunk in path.as_os_str().as_encoded_bytes().utf8_chunks() {
                result.push_str(chunk.valid());
                for byte in chunk.invalid() {
                    let _ = write!(result, "\\x{byte:02x}");
                }
            }
            Cow::Owned(result)
        }
    }
}

/// A path for a line of a patch, in the quotes of git where it needs them.
pub fn patch_path(prefix: &str, path: &Path) -> String {
    let needs_quotes =
        |character: char| matches!(character, '"' | '\\') || is_unprintable(character);
    match path.to_str() {
        Some(text) if !text.contains(needs_quotes) => format!("{prefix}{text}"),
        _ => quoted(prefix, path.as_os_str().as_encoded_bytes()),
    }
}

fn quoted(prefix: &str, bytes: &[u8]) -> String {
    let mut result = format!("\"{prefix}");
    for &byte in bytes {
        match byte {
            b'"' => result.push_str("\\\""),
            b'\\' => result.push_str("\\\\"),
            b'\n' => result.push_str("\\n"),
            b'\t' => result.push_str("\\t"),
            b'\r' => result.push_str("\\r"),
            b' '..=b'~' => result.push(char::from(byte)),
            _ => {
                let _ = write!(result, "\\{byte:03o}");
            }
        }
    }
    result.push('"');
    result
}

/// JSON text without raw control and invisible characters, which stand in strings only.
pub fn json(text: &str) -> Cow<'_, str> {
    let escapes = |character: char| is_unprintable(character) && character != '\n';
    if !text.contains(escapes) {
        return Cow::Borrowed(text);
    }
    let mut result = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if escapes(character) {
            for unit in character.encode_utf16(&mut [0; 2]) {
                let _ = write!(result, "\\u{unit:04x}");
            }
        } else {
            result.push(character);
        }
    }
    Cow::Owned(result)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_terminal_obeys_is_left() {
        assert_eq!(line("a\x1b[31m\n\tü"), "a\\u{1b}[31m\\n\\tü");
        assert_eq!(block("a\n\tb\r\u{9b}"), "a\n\tb\\r\\u{9b}");
        assert_eq!(line("\u{202e}x"), "\\u{202e}x");
        assert_eq!(json("\"\u{9b}\u{e0001}\"\n"), "\"\\u009b\\udb40\\udc01\"\n");
    }

    #[test]
    fn paths_of_patches_are_quoted_as_git_quotes_them() {
        let quote = |text: &str| patch_path("a/", Path::new(text));
        assert_eq!(quote("my Dockerfile"), "a/my Dockerfile");
        assert_eq!(quote("ü\"\n"), "\"a/\\303\\274\\\"\\n\"");
        assert_eq!(quote("a\\b"), "\"a/a\\\\b\"");
    }

    #[cfg(unix)]
    #[test]
    fn bytes_that_are_no_text_can_be_told_apart() {
        use std::os::unix::ffi::OsStrExt as _;
        let name = Path::new(std::ffi::OsStr::from_bytes(b"a\xffb"));
        assert_eq!(path(name), "a\\xffb");
        assert_eq!(patch_path("b/", name), "\"b/a\\377b\"");
    }
}
