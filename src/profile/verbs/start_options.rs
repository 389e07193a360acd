//! How the start command is told its ports, where the file shows it.

use crate::fix::Reason;
use crate::profile::ports::{self, Moves};
use crate::syntax::{Arguments, Instruction, Keyword, Pair, Word};
use crate::text::{Edit, Span};

/// Variables that programs by convention read their port from.
const PORT_VARIABLES: [&str; 7] = [
    "PORT",
    "HTTP_PORT",
    "SERVER_PORT",
    "LISTEN_PORT",
    "APP_PORT",
    "NODE_PORT",
    "WEB_PORT",
];

/// Options that are followed by a port, or by an address with one.
const PORT_OPTIONS: [&str; 12] = [
    "--port",
    "-p",
    "--bind",
    "-b",
    "--http-port",
    "--server.port",
    "--listen",
    "-l",
    "--address",
    "--addr",
    "--http",
    "--server-port",
];

/// An edit with the port that it moves.
pub(super) struct Moved {
    pub port: u16,
    pub edit: Edit,
}

/// `ENV PORT=80`
pub(super) fn variable(pair: &Pair<'_>, moves: &Moves) -> Option<Moved> {
    if !PORT_VARIABLES.contains(&pair.name.text.as_ref()) {
        return None;
    }
    let text = pair.value.text.as_ref();
    let digits = text.trim_matches('"');
    let (port, to) = move_of(digits, moves)?;
    let edit = Edit::replace(pair.value.span, text.replace(digits, &to.to_string()));
    Some(Moved { port, edit })
}

/// `CMD ["x", "--port", "80"]` and its like, in the exec form.
pub(super) fn arguments(instruction: &Instruction<'_>, moves: &Moves) -> Vec<Moved> {
    if !matches!(instruction.keyword, Keyword::Cmd | Keyword::Entrypoint) {
        return Vec::new();
    }
    match &instruction.arguments {
        Arguments::Exec(words) => exec_arguments(words, moves),
        _ => Vec::new(),
    }
}

fn exec_arguments(words: &[Word<'_>], moves: &Moves) -> Vec<Moved> {
    let mut found = Vec::new();
    let mut previous = "";
    for word in words {
        let text = word.text.as_ref();
        let moved = match text.split_once('=') {
            Some((option, value)) if PORT_OPTIONS.contains(&option) => {
                move_address(value, moves).map(|(port, value)| (port, format!("{option}={value}")))
            }
            _ if PORT_OPTIONS.contains(&previous) || previous == "http.server" => {
                move_address(text, moves)
            }
            // runserver 0.0.0.0:80
            _ if text.contains(':') && !text.contains("://") && !text.starts_with('-') => {
                move_address(text, moves)
            }
            _ => None,
        };
        if let Some((port, text)) = moved {
            let literal = serde_json::Value::from(text).to_string();
            found.push(Moved {
                port,
                edit: Edit::replace(word.span, literal),
            });
        }
        previous = text;
    }
    found
}

/// The port below 1024 that an option of a command names.
pub(super) fn opened(words: &[String]) -> Option<u16> {
    let privileged = |address: &str| {
        let digits = address.rsplit(':').next().unwrap_or(address);
        let port: u16 = digits.parse().ok()?;
        (port > 0 && port < ports::FIRST_UNPRIVILEGED).then_some(port)
    };
    let pairs = words.iter().zip(words.iter().skip(1));
    let apart = pairs.filter(|(option, _)| is_port_option(option));
    let mut values = apart.map(|(_, value)| value.as_str()).chain(
        words
            .iter()
            .filter_map(|word| word.split_once('='))
            .filter(|(option, _)| is_port_option(option))
            .map(|(_, value)| value),
    );
    values.find_map(privileged)
}

/// Whether an option names a port in whatever program; letters mean other things in most.
fn is_port_option(option: &str) -> bool {
    PORT_OPTIONS.contains(&option) && (option.starts_with("--") || option == "-b")
}

/// `80`, `:80` or `0.0.0.0:80`.
fn move_address(address: &str, moves: &Moves) -> Option<(u16, String)> {
    let start = address.rfind(':').map_or(0, |at| at + 1);
    let digits = address.get(start..)?;
    let (port, to) = move_of(digits, moves)?;
    Some((port, format!("{}{to}", address.get(..start)?)))
}

fn move_of(digits: &str, moves: &Moves) -> Option<(u16, u16)> {
    let port: u16 = digits.parse().ok()?;
    let to = moves.get(&port)?;
    Some((port, *to))
}

/// The ports below 1024 that EXPOSE names, with their places; UDP ports and ranges among them.
pub(super) fn privileged<'i>(
    instructions: impl Iterator<Item = &'i Instruction<'i>>,
) -> Vec<(u16, Span)> {
    let mut found = Vec::new();
    for instruction in instructions.filter(|one| one.keyword == Keyword::Expose) {
        for word in instruction.words() {
            let digits: String = word.text.chars().take_while(char::is_ascii_digit).collect();
            if let Ok(port) = digits.parse::<u16>()
                && port < ports::FIRST_UNPRIVILEGED
            {
                found.push((port, word.span));
            }
        }
    }
    found
}

/// The ports that nothing in the file moves.
pub(super) fn unmoved(privileged: &[(u16, Span)], moved: &[Moved]) -> Vec<Reason> {
    privileged
        .iter()
        .filter(|(port, _)| !moved.iter().any(|one| one.port == *port))
        .map(|(port, span)| {
            let text = format!("port {port} needs root, and nothing in this file shows how the application is told its port");
            Reason::at(*span, text)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_move_their_port() {
        let moves = Moves::from([(80, 8080)]);
        let moved = |text: &str| move_address(text, &moves).map(|(_, text)| text);
        assert_eq!(moved("80").as_deref(), Some("8080"));
        assert_eq!(moved("0.0.0.0:80").as_deref(), Some("0.0.0.0:8080"));
        assert_eq!(moved(":80").as_deref(), Some(":8080"));
        assert_eq!(moved("8000"), None);
        assert_eq!(moved("app:app"), None);
    }
}
