//! What a `$` or a backtick begins.

use std::ops::Range;

use super::grammar::children;
use super::lower::{Expansion, Lowering};
use super::tree::{BashismKind, Part, Substitution, SubstitutionStyle};
use super::words::Parts;
use super::{Fault, OpaqueReason};

impl<'t> Lowering<'_, 't> {
    /// The expansion at the `$` at `position`; the position behind it.
    pub fn dollar(
        &mut self,
        position: usize,
        limit: usize,
        in_double_quotes: bool,
        parts: &mut Parts,
    ) -> Result<usize, Fault> {
        match self.byte_before(position + 1, limit) {
            Some(b'\\') => self.lone_dollar(position, limit, in_double_quotes, parts),
            Some(b'(') => self.dollar_parenthesis(position, limit, parts),
            Some(b'{') => self.dollar_brace(position, limit, in_double_quotes, parts),
            Some(b'\'') if !in_double_quotes => self.dollar_quote(position, limit, parts),
            Some(b'"') if !in_double_quotes => {
                self.bashism(BashismKind::DollarQuote, position..position + 2);
                parts.push(Part::DollarQuote);
                Ok(position + 1)
            }
            Some(b'[') => Err(Fault::new(OpaqueReason::Unsupported("$[ ]"), position)),
            Some(byte) if byte.is_ascii_alphabetic() || byte == b'_' => {
                let rest = self.text.get(position + 1..limit).unwrap_or("");
                let length = name_length(rest);
                self.parameter(position..position + 1 + length, rest.get(..length), parts)
            }
            Some(byte) if byte.is_ascii_digit() || b"@*#?-$!".contains(&byte) => {
                let name = self.text.get(position + 1..position + 2);
                self.parameter(position..position + 2, name, parts)
            }
            _ => self.lone_dollar(position, limit, in_double_quotes, parts),
        }
    }

    /// A `$` that begins nothing. Behind an escaped newline it would begin something all the same.
    fn lone_dollar(
        &mut self,
        position: usize,
        limit: usize,
        in_double_quotes: bool,
        parts: &mut Parts,
    ) -> Result<usize, Fault> {
        self.refuse_continuation(position + 1, limit)?;
        if in_double_quotes {
            parts.quoted("$");
        } else {
            parts.literal("$");
        }
        Ok(position + 1)
    }

    /// An escaped newline at `position` would let a token go on behind it.
    pub fn refuse_continuation(&self, position: usize, limit: usize) -> Result<(), Fault> {
        if self.starts_with(position, limit, "\\\n") {
            return Err(Fault::disagreement(position));
        }
        Ok(())
    }

    /// A parameter without braces; the position behind it.
    fn parameter(
        &mut self,
        range: Range<usize>,
        name: Option<&str>,
        parts: &mut Parts,
    ) -> Result<usize, Fault> {
        let goes_on = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        if self.byte(range.end + 2).is_some_and(goes_on) {
            self.refuse_continuation(range.end, self.text.len())?;
        }
        parts.push(Part::Parameter {
            name: name.unwrap_or("").to_owned(),
            span: self.span(range.clone()),
            substitutions: Vec::new(),
        });
        Ok(range.end)
    }

    /// `$(…)` or `$((…))`, whose end only the library knows.
    fn dollar_parenthesis(
        &mut self,
        position: usize,
        limit: usize,
        parts: &mut Parts,
    ) -> Result<usize, Fault> {
        let expansion = self.expansion(position, limit)?;
        // POSIX leaves `$((` that is not arithmetic open, and shells differ.
        let is_arithmetic = self.starts_with(position, limit, "$((");
        match expansion.node.kind() {
            "arithmetic_expansion" if is_arithmetic => {
                let inner = self.substitutions_within(position + 1..expansion.end)?;
                parts.push(Part::Arithmetic(inner));
            }
            "command_substitution" if !is_arithmetic => {
                let substitution = self.substitution(expansion)?;
                parts.push(Part::Command(substitution));
            }
            _ => return Err(Fault::disagreement(position)),
        }
        Ok(expansion.end)
    }

    fn expansion(&self, position: usize, limit: usize) -> Result<Expansion<'t>, Fault> {
        let expansion = self.expansions.get(&position).copied();
        expansion
            .filter(|expansion| expansion.end <= limit)
            .ok_or(Fault::disagreement(position))
    }

    /// `${…}`: its end is searched here and must be the one that the library found.
    fn dollar_brace(
        &mut self,
        position: usize,
        limit: usize,
        in_double_quotes: bool,
        parts: &mut Parts,
    ) -> Result<usize, Fault> {
        let expansion = self.expansion(position, limit)?;
        let end = self.end_of_braces(position, limit, in_double_quotes)?;
        if expansion.node.kind() != "expansion" || expansion.end != end {
            return Err(Fault::disagreement(position));
        }
        let inner = self.text.get(position + 2..end).unwrap_or("");
        let inner = inner.trim_start_matches(['#', '!']);
        let name = inner.get(..name_length(inner)).unwrap_or("");
        if inner
            .get(name.len()..)
            .is_some_and(|rest| rest.starts_with("\\\n"))
        {
            return Err(Fault::disagreement(position));
        }
        let substitutions = self.substitutions_within(position + 1..end)?;
        parts.push(Part::Parameter {
            name: name.to_owned(),
            span: self.span(position..end),
            substitutions,
        });
        Ok(end)
    }

    /// The position behind the `}` of the `${` at `open`, by the shell's quoting rules.
    fn end_of_braces(
        &self,
        open: usize,
        limit: usize,
        in_double_quotes: bool,
    ) -> Result<usize, Fault> {
        /// What encloses the current position.
        enum Inside {
            Braces { quoted: bool },
            DoubleQuotes,
        }
        let fault = Fault::disagreement(open);
        let mut stack = vec![Inside::Braces {
            quoted: in_double_quotes,
        }];
        let mut position = open + 2;
        while let Some(byte) = self.byte_before(position, limit) {
            let single_quotes_quote =
                matches!(stack.last(), Some(Inside::Braces { quoted: false }));
            match byte {
                b'\\' => position += 2,
                b'\'' if single_quotes_quote => {
                    let rest = self.text.get(position + 1..limit).unwrap_or("");
                    position += rest.find('\'').ok_or(fault)? + 2;
                }
                b'"' => {
                    if matches!(stack.last(), Some(Inside::DoubleQuotes)) {
                        stack.pop();
                    } else {
                        stack.push(Inside::DoubleQuotes);
                    }
                    position += 1;
                }
                b'$' if self.starts_with(position, limit, "${") => {
                    let quoted = !single_quotes_quote;
                    stack.push(Inside::Braces { quoted });
                    position += 2;
                }
                b'$' if self.starts_with(position, limit, "$(") => {
                    position = self.expansion(position, limit)?.end;
                }
                b'`' => position = self.end_of_backticks(position, limit)?,
                b'}' if !matches!(stack.last(), Some(Inside::DoubleQuotes)) => {
                    stack.pop();
                    position += 1;
                    if stack.is_empty() {
                        return Ok(position);
                    }
                }
                _ => position += 1,
            }
        }
        Err(fault)
    }

    /// `$'…'`, in which bash escapes quotes and other shells do not.
    fn dollar_quote(
        &mut self,
        position: usize,
        limit: usize,
        parts: &mut Parts,
    ) -> Result<usize, Fault> {
        let mut end = position + 2;
        loop {
            match self.byte_before(end, limit) {
                Some(b'\\') => end += 2,
                Some(b'\'') => break,
                Some(_) => end += 1,
                None => return Err(Fault::disagreement(position)),
            }
        }
        self.bashism(BashismKind::DollarQuote, position..end + 1);
        parts.push(Part::DollarQuote);
        Ok(end + 1)
    }

    /// `` `…` ``, found here and by the library alike.
    pub fn backticks(
        &mut self,
        position: usize,
        limit: usize,
        parts: &mut Parts,
    ) -> Result<usize, Fault> {
        let end = self.end_of_backticks(position, limit)?;
        let expansion = self.expansion(position, limit)?;
        if expansion.node.kind() != "command_substitution" || expansion.end != end {
            return Err(Fault::disagreement(position));
        }
        let substitution = self.substitution(expansion)?;
        parts.push(Part::Command(substitution));
        Ok(end)
    }

    fn end_of_backticks(&self, open: usize, limit: usize) -> Result<usize, Fault> {
        let mut position = open + 1;
        while let Some(byte) = self.byte_before(position, limit) {
            match byte {
                b'\\' => position += 2,
                b'`' => return Ok(position + 1),
                _ => position += 1,
            }
        }
        Err(Fault::disagreement(open))
    }

    /// The script of a command or process substitution.
    pub fn substitution(&mut self, expansion: Expansion<'t>) -> Result<Substitution, Fault> {
        let range = expansion.start..expansion.end;
        let span = self.span(range.clone());
        let style = match self.byte(range.start) {
            Some(b'`') => SubstitutionStyle::Backtick,
            Some(b'$') => SubstitutionStyle::Dollar,
            _ => SubstitutionStyle::Process,
        };
        if style == SubstitutionStyle::Backtick && self.slice(&range).contains('\\') {
            return Ok(Substitution {
                span,
                style,
                body: None,
            });
        }
        let parts = children(expansion.node);
        let [open, inner @ .., close] = parts.as_slice() else {
            return Err(Fault::disagreement(range.start));
        };
        let (start, end) = (open.end_byte(), close.start_byte());
        let body = self.nested(range.start, |lowering| {
            lowering.statements(inner, start..end)
        })?;
        Ok(Substitution {
            span,
            style,
            body: Some(body),
        })
    }

    /// The outermost command substitutions that begin in the range.
    pub fn substitutions_within(
        &mut self,
        range: Range<usize>,
    ) -> Result<Vec<Substitution>, Fault> {
        let mut found = Vec::new();
        let mut position = range.start;
        while let Some((&start, &expansion)) = self.expansions.range(position..range.end).next() {
            let kind = expansion.node.kind();
            if matches!(kind, "command_substitution" | "process_substitution") {
                found.push(self.substitution(expansion)?);
                position = expansion.end.max(start + 1);
            } else {
                position = start + 1;
            }
        }
        Ok(found)
    }
}

/// The length of the parameter name at the start of `text`: letters, digits and underscores, or one special character.
fn name_length(text: &str) -> usize {
    let length = text
        .find(|character: char| !character.is_ascii_alphanumeric() && character != '_')
        .unwrap_or(text.len());
    match text.bytes().next() {
        Some(byte) if length == 0 && b"@*#?-$!".contains(&byte) => 1,
        _ => length,
    }
}
