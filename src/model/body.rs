//! What a RUN, CMD, ENTRYPOINT or HEALTHCHECK runs, read as shell where it is shell.

use super::packages::commands_used;
use crate::syntax::shell::{self, Script};
use crate::syntax::{Arguments, Dockerfile, Instruction, Word};
use crate::text::Span;

/// The command of an instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// A script that was read without doubt; its spans are of the Dockerfile.
    Script(Script),
    /// The exec form: program and arguments.
    Exec(Vec<String>),
    /// Something that is never edited, and why.
    Opaque(String),
    /// No command.
    None,
}

impl Body {
    pub fn script(&self) -> Option<&Script> {
        match self {
            Self::Script(script) => Some(script),
            _ => None,
        }
    }

    /// What it starts, as far as that is known: the words of a script that has one command, as the exec form would have
    /// them; the programs of another.
    pub fn start_words(&self) -> Vec<String> {
        let script = match self {
            Self::Exec(words) => return words.clone(),
            Self::Script(script) => script,
            Self::Opaque(_) | Self::None => return Vec::new(),
        };
        if let [site] = script.commands().as_slice() {
            let words = site.command.words.iter();
            return words
                .map(|word| word.literal_prefix().0.into_owned())
                .collect();
        }
        let used = commands_used(script).into_iter();
        used.filter_map(|used| used.name).collect()
    }
}

/// `is_posix` says whether the shell form is read by a Bourne shell.
pub(super) fn read(file: &Dockerfile<'_>, instruction: &Instruction<'_>, is_posix: bool) -> Body {
    let arguments = match &instruction.arguments {
        Arguments::Healthcheck(_, command) => command.as_ref(),
        other => other,
    };
    match arguments {
        Arguments::Exec(words) => {
            Body::Exec(words.iter().map(|word| word.text.to_string()).collect())
        }
        Arguments::Text(_) if !is_posix => {
            Body::Opaque("its shell is not a Bourne shell".to_string())
        }
        Arguments::Text(word) => match script(file, instruction, word) {
            Ok(script) => Body::Script(script),
            Err(why) => Body::Opaque(why),
        },
        _ => Body::None,
    }
}

fn script(
    file: &Dockerfile<'_>,
    instruction: &Instruction<'_>,
    word: &Word<'_>,
) -> Result<Script, String> {
    if let [heredoc] = instruction.heredocs.as_slice()
        && word.span == heredoc.marker
    {
        // RUN <<EOF alone: the body is the script.
        return heredoc_script(file.source, heredoc.body);
    }
    let Some(span) = instruction.shell_span() else {
        return Err("it is not in shell form".to_string());
    };
    let dropped: Vec<Span> = instruction
        .dropped()
        .into_iter()
        .filter(|gap| span.contains(*gap))
        .map(|gap| Span::new(gap.start - span.start, gap.end - span.start))
        .collect();
    let text = span.slice(file.source);
    if !instruction.heredocs.is_empty() && text.contains('\r') {
        return Err(
            "its heredoc has carriage returns, which the shell takes for characters".to_string(),
        );
    }
    shell::parse_joined(text, &dropped, span.start).map_err(|opaque| opaque.to_string())
}

fn heredoc_script(source: &str, body: Span) -> Result<Script, String> {
    let text = body.slice(source);
    if text.starts_with("#!") {
        return Err("its heredoc names an interpreter of its own".to_string());
    }
    if text.contains('\r') {
        return Err(
            "its heredoc has carriage returns, which the shell takes for characters".to_string(),
        );
    }
    shell::parse(text, body.start).map_err(|opaque| opaque.to_string())
}
