//! Simple commands and redirects.

use std::ops::Range;

use super::Fault;
use super::lower::Lowering;
use super::tree::{
    Assignment, BashismKind, Heredoc, Redirect, RedirectKind, RedirectTarget, SimpleCommand, Word,
};

/// Words that are no command names. The library takes some of them for one where a keyword cannot stand.
const RESERVED_WORDS: &[&str] = &[
    "!", "{", "}", "case", "do", "done", "elif", "else", "esac", "fi", "for", "if", "in", "then",
    "until", "while", "[[", "function", "select",
];

impl Lowering<'_, '_> {
    /// The simple command that fills exactly `range`. Nothing of it may reach beyond `limit`.
    pub fn simple_command(
        &mut self,
        range: Range<usize>,
        limit: usize,
    ) -> Result<SimpleCommand, Fault> {
        let mut command = SimpleCommand {
            span: self.span(range.clone()),
            assignments: Vec::new(),
            words: Vec::new(),
            redirects: Vec::new(),
        };
        let mut position = range.start;
        while position < range.end {
            let start = position;
            position = self.piece(position, limit, &mut command)?;
            if position <= start {
                return Err(Fault::disagreement(start));
            }
            if position < range.end {
                position = self.skip_blanks(position, range.end);
            }
        }
        let first = command.words.first().filter(|word| !word.is_quoted());
        let is_reserved = first
            .and_then(Word::value)
            .is_some_and(|name| RESERVED_WORDS.contains(&name.as_str()));
        if position != range.end || is_reserved {
            return Err(Fault::disagreement(range.start));
        }
        if let Some(name) = first.filter(|word| word.value().as_deref() == Some("time")) {
            self.bashisms.push(super::tree::Bashism {
                kind: BashismKind::Time,
                span: name.span,
            });
        }
        Ok(command)
    }

    /// Reads one redirect, assignment or word, and returns the position behind it.
    fn piece(
        &mut self,
        position: usize,
        limit: usize,
        command: &mut SimpleCommand,
    ) -> Result<usize, Fault> {
        if let Some(operator) = self.redirect_operator(position, limit) {
            let (redirect, end) = self.redirect(position, operator, limit)?;
            command.redirects.push(redirect);
            return Ok(end);
        }
        if command.words.is_empty()
            && let Some((assignment, end)) = self.assignment(position, limit)?
        {
            command.assignments.push(assignment);
            return Ok(end);
        }
        let (word, end) = self.word(position, limit)?;
        // `A\⏎B=c` assigns to the shell, whose line continuations go first.
        let raw = self.slice(&(position..end));
        if command.words.is_empty() && raw.contains("\\\n") && raw.contains('=') {
            return Err(Fault::disagreement(position));
        }
        // `2\⏎>f` is one redirect.
        let is_number = raw.bytes().all(|byte| byte.is_ascii_digit());
        if is_number && matches!(self.byte(end + 2), Some(b'<' | b'>')) {
            self.refuse_continuation(end, limit)?;
        }
        command.words.push(word);
        Ok(end)
    }

    fn assignment(
        &mut self,
        start: usize,
        limit: usize,
    ) -> Result<Option<(Assignment, usize)>, Fault> {
        let rest = self.text.get(start..limit).unwrap_or("");
        let Some(shape) = AssignmentShape::of(rest) else {
            return Ok(None);
        };
        if shape.appends {
            self.bashism(BashismKind::AppendAssignment, start..start + shape.value);
        }
        if shape.has_subscript {
            self.bashism(BashismKind::Array, start..start + shape.value);
        }
        let name = rest.get(..shape.name).unwrap_or("").to_owned();
        let (value, end) = self.word_part(start + shape.value, limit)?;
        let assignment = Assignment {
            span: self.span(start..end),
            name,
            value,
        };
        Ok(Some((assignment, end)))
    }

    /// The redirect operator at `position`, descriptor included.
    fn redirect_operator(&self, position: usize, limit: usize) -> Option<RedirectOperator> {
        let rest = self.text.get(position..limit)?;
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let descriptor = rest.get(..digits).and_then(|digits| digits.parse().ok());
        let operator = rest.get(digits..)?;
        // `<(…)` is a word.
        if operator.starts_with("<(") || operator.starts_with(">(") {
            return None;
        }
        let found = RedirectOperator::ALL
            .iter()
            .find(|(text, _)| operator.starts_with(text));
        found
            .filter(|(text, _)| digits == 0 || !text.starts_with('&'))
            .map(|(text, kind)| RedirectOperator {
                descriptor,
                operator: position + digits,
                end: position + digits + text.len(),
                kind: *kind,
            })
    }

    fn redirect(
        &mut self,
        start: usize,
        operator: RedirectOperator,
        limit: usize,
    ) -> Result<(Redirect, usize), Fault> {
        let target_start = self.skip_blanks(operator.end, limit);
        let (word, end) = self.word(target_start, limit)?;
        // In `>&1>f` bash duplicates descriptor 1, and POSIX sees the operator `1>` where a target has to be.
        let is_number = self
            .slice(&(target_start..end))
            .bytes()
            .all(|byte| byte.is_ascii_digit());
        let is_descriptor_of_next = is_number && matches!(self.byte(end), Some(b'<' | b'>'));
        if end == target_start || is_descriptor_of_next {
            return Err(Fault::disagreement(start));
        }
        let bashism = match operator.kind {
            RedirectKind::OutputBoth => Some(BashismKind::RedirectBoth),
            RedirectKind::HereString => Some(BashismKind::HereString),
            RedirectKind::DuplicateOutput if !is_descriptor(&word) => {
                Some(BashismKind::DuplicateToFile)
            }
            _ => None,
        };
        if let Some(kind) = bashism {
            self.bashism(kind, start..end);
        }
        let target = if operator.kind == RedirectKind::Heredoc {
            RedirectTarget::Heredoc(self.heredoc(operator.operator, target_start..end, &word)?)
        } else {
            RedirectTarget::Word(word)
        };
        let redirect = Redirect {
            span: self.span(start..end),
            descriptor: operator.descriptor,
            kind: operator.kind,
            target,
        };
        Ok((redirect, end))
    }

    /// The heredoc whose `<<` stands at `operator` and whose delimiter is `word`, checked line by line.
    fn heredoc(
        &mut self,
        operator: usize,
        delimiter: Range<usize>,
        word: &Word,
    ) -> Result<Heredoc, Fault> {
        let fault = Fault::disagreement(operator);
        let place = self.heredocs.get(&operator).ok_or(fault)?;
        let (body, end_tag) = (place.body.clone(), place.end_tag.clone());
        if place.start_tag != delimiter {
            return Err(fault);
        }
        let tag = word.value().ok_or(fault)?;
        let strips_tabs = self.starts_with(operator, self.text.len(), "<<-");
        let is_end = |line: &str| {
            let line = if strips_tabs {
                line.trim_start_matches('\t')
            } else {
                line
            };
            line == tag
        };
        let last_line = self.text.get(body.end..).unwrap_or("");
        let last_line = last_line.split('\n').next().unwrap_or("");
        let ends_early = self.slice(&body).lines().any(is_end);
        let follows_newline = body.start.checked_sub(1).and_then(|at| self.byte(at)) == Some(b'\n');
        if ends_early
            || !is_end(last_line)
            || !follows_newline
            || body.end + last_line.len() != end_tag.end
        {
            return Err(fault);
        }
        let literal = word.is_quoted();
        let substitutions = if literal {
            Vec::new()
        } else {
            self.substitutions_within(body.clone())?
        };
        Ok(Heredoc {
            delimiter: word.span,
            body: self.span(body),
            literal,
            substitutions,
        })
    }

    /// Redirects and nothing else in the range.
    pub fn redirects(&mut self, range: Range<usize>, limit: usize) -> Result<Vec<Redirect>, Fault> {
        let mut redirects = Vec::new();
        let mut position = self.skip_blanks(range.start, range.end);
        while position < range.end {
            let operator = self.redirect_operator(position, limit);
            let operator = operator.ok_or(Fault::disagreement(position))?;
            let (redirect, end) = self.redirect(position, operator, limit)?;
            redirects.push(redirect);
            position = self.skip_blanks(end, range.end.max(end));
        }
        if position != range.end {
            return Err(Fault::disagreement(range.start));
        }
        Ok(redirects)
    }
}

/// `-` or digits, or something that is only known when it runs.
fn is_descriptor(word: &Word) -> bool {
    word.value().is_none_or(|target| {
        let digits = target.strip_suffix('-').unwrap_or(&target);
        digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// Joined offsets of a redirect operator.
#[derive(Clone, Copy)]
struct RedirectOperator {
    descriptor: Option<u32>,
    operator: usize,
    end: usize,
    kind: RedirectKind,
}

impl RedirectOperator {
    /// Longer operators stand before those that they start with.
    const ALL: &[(&str, RedirectKind)] = &[
        ("<<<", RedirectKind::HereString),
        ("<<-", RedirectKind::Heredoc),
        ("<<", RedirectKind::Heredoc),
        ("<&", RedirectKind::DuplicateInput),
        ("<>", RedirectKind::ReadWrite),
        ("<", RedirectKind::Input),
        ("&>>", RedirectKind::OutputBoth),
        ("&>", RedirectKind::OutputBoth),
        (">>", RedirectKind::Append),
        (">&", RedirectKind::DuplicateOutput),
        (">|", RedirectKind::Output),
        (">", RedirectKind::Output),
    ];
}

/// How far the parts of `name=`, `name+=` or `name[…]=` reach.
struct AssignmentShape {
    /// Length of the name with its subscript.
    name: usize,
    /// Where the value begins.
    value: usize,
    appends: bool,
    has_subscript: bool,
}

impl AssignmentShape {
    fn of(text: &str) -> Option<Self> {
        let letters = text
            .find(|character: char| !character.is_ascii_alphanumeric() && character != '_')
            .unwrap_or(text.len());
        if letters == 0 || text.starts_with(|first: char| first.is_ascii_digit()) {
            return None;
        }
        let mut name = letters;
        let rest = text.get(letters..)?;
        if rest.starts_with('[') {
            let close = rest.find([']', ' ', '\t', '\n'])?;
            rest.get(close..)?.strip_prefix(']')?;
            name += close + 1;
        }
        let rest = text.get(name..)?;
        let appends = rest.starts_with("+=");
        let operator = if appends {
            2
        } else {
            rest.strip_prefix('=')?;
            1
        };
        Some(Self {
            name,
            value: name + operator,
            appends,
            has_subscript: name != letters,
        })
    }
}
