//! The line loop: BuildKit's `parser.Parse`, with the place of everything kept.

use std::borrow::Cow;

use super::directive::DirectiveReader;
use super::heredoc::{self, Heredoc};
use super::instruction::{Arguments, Flag, Instruction, Keyword, Pair, PairSeparator, Word};
use super::line::LogicalLine;
use super::words::{self, ExecForm};
use super::{Dockerfile, Item, ItemKind, SyntaxError};
use crate::text::Span;

/// BuildKit reads lines with a buffer of 64 KiB, line end included.
const LONGEST_LINE: usize = 65_535;

/// Parses a Dockerfile. Never fails: see [`Dockerfile::errors`].
pub fn parse(source: &str) -> Dockerfile<'_> {
    let mut parser = Parser::new(source);
    parser.run();
    parser.file
}

struct Parser<'s> {
    file: Dockerfile<'s>,
    directives: DirectiveReader,
    /// The offset of the next line to read.
    position: usize,
    /// The number of lines read.
    line: usize,
}

/// A physical line.
#[derive(Clone, Copy)]
struct Line<'s> {
    /// Without the line end.
    text: &'s str,
    start: usize,
    /// Line end included.
    end: usize,
}

impl Line<'_> {
    fn span(&self) -> Span {
        Span::new(self.start, self.start + self.text.len())
    }

    fn is_comment(&self) -> bool {
        self.text.trim_start().starts_with('#')
    }
}

impl<'s> Parser<'s> {
    fn new(source: &'s str) -> Self {
        Self {
            file: Dockerfile {
                source,
                escape: '\\',
                directives: Vec::new(),
                items: Vec::new(),
                instructions: Vec::new(),
                errors: Vec::new(),
            },
            directives: DirectiveReader::default(),
            position: 0,
            line: 0,
        }
    }

    fn run(&mut self) {
        if self.file.source.starts_with('\u{feff}') {
            self.position = '\u{feff}'.len_utf8();
            self.item(ItemKind::ByteOrderMark, Span::new(0, self.position));
        }
        while let Some(line) = self.next_line() {
            self.top_level_line(line);
        }
        if self.file.instructions.is_empty() {
            self.error(Span::at(0), "file with no instructions");
        }
    }

    fn next_line(&mut self) -> Option<Line<'s>> {
        let start = self.position;
        let rest = self.file.source.get(start..)?;
        if rest.is_empty() {
            return None;
        }
        let length = memchr::memchr(b'\n', rest.as_bytes()).map_or(rest.len(), |at| at + 1);
        let text = rest.get(..length)?.trim_end_matches(['\r', '\n']);
        self.position = start + length;
        self.line += 1;
        if length > LONGEST_LINE {
            let message = format!("line of {length} bytes; BuildKit reads at most {LONGEST_LINE}");
            self.error(Span::at(start), &message);
        }
        Some(Line {
            text,
            start,
            end: self.position,
        })
    }

    fn item(&mut self, kind: ItemKind, span: Span) {
        self.file.items.push(Item { kind, span });
    }

    fn error(&mut self, span: Span, message: &str) {
        self.file.errors.push(SyntaxError {
            span,
            message: message.to_string(),
        });
    }

    fn top_level_line(&mut self, line: Line<'s>) {
        let trimmed = line.text.trim_start();
        let offset = line.start + line.text.len() - trimmed.len();
        let whole = Span::new(line.start, line.end);
        if self.directive(trimmed, offset) {
            self.item(ItemKind::Directive, whole);
        } else if trimmed.starts_with('#') {
            self.item(ItemKind::Comment, whole);
        } else if trimmed.is_empty() {
            self.item(ItemKind::Blank, whole);
        } else {
            self.instruction(line, offset);
        }
    }

    fn directive(&mut self, trimmed: &'s str, offset: usize) -> bool {
        match self.directives.read(trimmed, offset) {
            Ok(None) => false,
            Err(message) => {
                self.error(Span::new(offset, offset + trimmed.len()), &message);
                true
            }
            Ok(Some(directive)) => {
                if directive.name == "escape" {
                    match directive.value {
                        "\\" => self.file.escape = '\\',
                        "`" => self.file.escape = '`',
                        other => {
                            let message = format!(
                                "invalid escape token `{other}`: it must be a backslash or a backtick"
                            );
                            self.error(directive.value_span, &message);
                        }
                    }
                }
                self.file.directives.push(directive);
                true
            }
        }
    }

    /// The length of `text` up to its continuation character, if it ends in one.
    fn continued(&self, text: &str) -> Option<usize> {
        let before = text
            .trim_end_matches([' ', '\t'])
            .strip_suffix(self.file.escape)?;
        (!before.ends_with(self.file.escape)).then_some(before.len())
    }

    fn instruction(&mut self, first: Line<'s>, offset: usize) {
        let first_line = self.line;
        let text = self.file.source.get(offset..first.start + first.text.len());
        let text = text.unwrap_or("");
        let mut parts = Parts::default();
        let mut end = first.span().end;
        let mut open = self.continued(text);
        let mut logical =
            LogicalLine::new(text.get(..open.unwrap_or(text.len())).unwrap_or(""), offset);
        if let Some(length) = open {
            parts
                .continuations
                .push(Span::new(offset + length, first.end));
        }
        while open.is_some() {
            let Some(line) = self.next_line() else { break };
            end = line.span().end;
            if line.is_comment() {
                parts.comments.push(line.span());
                parts
                    .continuations
                    .push(Span::new(line.span().end, line.end));
                continue;
            }
            if line.text.trim_start().is_empty() {
                parts.continuations.push(Span::new(line.start, line.end));
                continue;
            }
            open = self.continued(line.text);
            let length = open.unwrap_or(line.text.len());
            logical.push(line.text.get(..length).unwrap_or(""), line.start);
            if open.is_some() {
                parts
                    .continuations
                    .push(Span::new(line.start + length, line.end));
            }
        }
        let mut instruction = self.read_instruction(
            logical,
            Lines {
                first: first_line,
                last: self.line,
            },
        );
        instruction.span.end = end;
        instruction.comments = parts.comments;
        instruction.continuations = parts.continuations;
        if takes_heredocs(&instruction) {
            self.heredocs(&mut instruction);
        }
        let index = self.file.instructions.len();
        self.item(
            ItemKind::Instruction(index),
            Span::new(first.start, self.position),
        );
        self.file.instructions.push(instruction);
    }

    fn read_instruction(&mut self, line: LogicalLine<'s>, lines: Lines) -> Instruction<'s> {
        let whole = words::trim(line.text(), Span::new(0, line.text().len()));
        let mut problems = Vec::new();
        let mut instruction = Reader {
            escape: self.file.escape,
            problems: &mut problems,
            lines,
        }
        .instruction(&line, whole, 0);
        instruction.line = line;
        for (span, message) in problems {
            self.error(span, &message);
        }
        instruction
    }

    fn heredocs(&mut self, instruction: &mut Instruction<'s>) {
        for marker in heredoc::markers(instruction.line.text()) {
            let body_start = self.position;
            let mut body_end = self.position;
            let mut terminator = None;
            while let Some(line) = self.next_line() {
                let possible = if marker.chomp {
                    line.text.trim_start_matches('\t')
                } else {
                    line.text
                };
                if possible == marker.name {
                    terminator = Some(line.span());
                    break;
                }
                body_end = line.end;
            }
            if terminator.is_none() {
                let span = instruction.line.to_source(marker.span);
                self.error(
                    span,
                    &format!("unterminated heredoc: no line `{}` follows", marker.name),
                );
                instruction.is_invalid = true;
            }
            let terminator = terminator.unwrap_or(Span::at(body_end));
            instruction.span.end = terminator.end;
            instruction.last_line = self.line;
            instruction.heredocs.push(Heredoc {
                name: marker.name,
                expand: marker.expand,
                chomp: marker.chomp,
                file_descriptor: marker.file_descriptor,
                marker: instruction.line.to_source(marker.span),
                body: Span::new(body_start, body_end),
                terminator,
            });
        }
    }
}

#[derive(Default)]
struct Parts {
    comments: Vec<Span>,
    continuations: Vec<Span>,
}

#[derive(Clone, Copy)]
struct Lines {
    first: usize,
    last: usize,
}

fn takes_heredocs(instruction: &Instruction<'_>) -> bool {
    let takes = |keyword| matches!(keyword, Keyword::Run | Keyword::Copy | Keyword::Add);
    let allowed = match &instruction.arguments {
        Arguments::Trigger(inner) => takes(inner.keyword),
        _ => takes(instruction.keyword),
    };
    allowed && instruction.line.text().contains("<<")
}

/// Splits a logical line into keyword, flags and arguments.
struct Reader<'p> {
    escape: char,
    problems: &'p mut Vec<(Span, String)>,
    lines: Lines,
}

impl Reader<'_> {
    fn instruction<'s>(
        &mut self,
        line: &LogicalLine<'s>,
        whole: Span,
        depth: usize,
    ) -> Instruction<'s> {
        let text = line.text();
        let (keyword_span, rest) = words::split_first(text, whole);
        let keyword = Keyword::from_word(keyword_span.slice(text));
        let (flags, rest) = match rest {
            Some(rest) => words::flags(text, rest),
            None => (Vec::new(), Span::at(whole.end)),
        };
        let rest = words::trim(text, rest);
        let problems_before = self.problems.len();
        let arguments = match keyword {
            Keyword::Onbuild if depth > 0 => {
                self.problem(line, keyword_span, "ONBUILD inside ONBUILD is not allowed");
                Arguments::None
            }
            Keyword::Onbuild if !rest.is_empty() => {
                Arguments::Trigger(Box::new(self.instruction(line, rest, depth + 1)))
            }
            Keyword::Unknown => {
                let message = format!("unknown instruction: {}", keyword_span.slice(text));
                self.problem(line, keyword_span, &message);
                Arguments::None
            }
            _ => self.arguments(line, keyword, rest),
        };
        Instruction {
            keyword,
            keyword_word: word(line, keyword_span),
            span: line.to_source(whole),
            first_line: self.lines.first,
            last_line: self.lines.last,
            flags: flags
                .into_iter()
                .map(|(span, text)| Flag {
                    text,
                    span: line.to_source(span),
                })
                .collect(),
            arguments,
            arguments_span: line.to_source(rest),
            heredocs: Vec::new(),
            comments: Vec::new(),
            continuations: Vec::new(),
            line: LogicalLine::default(),
            is_invalid: self.problems.len() > problems_before,
        }
    }

    fn problem(&mut self, line: &LogicalLine<'_>, span: Span, message: &str) {
        self.problems
            .push((line.to_source(span), message.to_string()));
    }

    fn arguments<'s>(
        &mut self,
        line: &LogicalLine<'s>,
        keyword: Keyword,
        rest: Span,
    ) -> Arguments<'s> {
        use Keyword::{
            Add, Arg, Cmd, Copy, Entrypoint, Env, Expose, From, Healthcheck, Label, Run, Shell,
            Volume,
        };
        if rest.is_empty() {
            return Arguments::None;
        }
        match keyword {
            Run | Cmd | Entrypoint | Shell => self.maybe_exec(line, rest),
            Copy | Add | Volume => match self.maybe_exec(line, rest) {
                Arguments::Text(_) => split_at_spaces(line, rest),
                exec => exec,
            },
            From | Expose => split_at_spaces(line, rest),
            Env | Label => self.pairs(line, keyword, rest),
            Arg => Arguments::Pairs(
                words::quoted_words(line.text(), rest, self.escape)
                    .into_iter()
                    .map(|span| pair(line, span))
                    .collect(),
            ),
            Healthcheck => self.healthcheck(line, rest),
            _ => Arguments::Text(word(line, rest)),
        }
    }

    fn maybe_exec<'s>(&mut self, line: &LogicalLine<'s>, rest: Span) -> Arguments<'s> {
        match words::exec_form(line.text(), rest) {
            ExecForm::No => Arguments::Text(word(line, rest)),
            ExecForm::NotStrings => {
                self.problem(
                    line,
                    rest,
                    "a JSON array of an instruction may hold strings only",
                );
                Arguments::Text(word(line, rest))
            }
            ExecForm::Strings(strings) => Arguments::Exec(
                strings
                    .into_iter()
                    .map(|(text, span)| Word {
                        text: Cow::Owned(text),
                        span: line.to_source(span),
                    })
                    .collect(),
            ),
        }
    }

    fn pairs<'s>(&mut self, line: &LogicalLine<'s>, keyword: Keyword, rest: Span) -> Arguments<'s> {
        let text = line.text();
        let spans = words::quoted_words(text, rest, self.escape);
        if spans
            .first()
            .is_some_and(|first| !first.slice(text).contains('='))
        {
            let (name, value) = words::split_first(text, rest);
            let Some(value) = value else {
                self.problem(
                    line,
                    rest,
                    &format!("{} must have two arguments", keyword.as_str()),
                );
                return Arguments::None;
            };
            return Arguments::Pairs(vec![Pair {
                name: word(line, name),
                value: word(line, value),
                separator: PairSeparator::Space,
            }]);
        }
        for span in &spans {
            if !span.slice(text).contains('=') {
                let message = format!(
                    "no `=` in `{}`: it must be of the form name=value",
                    span.slice(text)
                );
                self.problem(line, *span, &message);
            }
        }
        Arguments::Pairs(spans.into_iter().map(|span| pair(line, span)).collect())
    }

    fn healthcheck<'s>(&mut self, line: &LogicalLine<'s>, rest: Span) -> Arguments<'s> {
        let part = rest.slice(line.text());
        let length = part.find(char::is_whitespace).unwrap_or(part.len());
        let kind = Span::new(rest.start, rest.start + length);
        let command = words::trim(line.text(), Span::new(kind.end, rest.end));
        let command = if command.is_empty() {
            Arguments::None
        } else {
            self.maybe_exec(line, command)
        };
        Arguments::Healthcheck(word(line, kind), Box::new(command))
    }
}

fn word<'s>(line: &LogicalLine<'s>, span: Span) -> Word<'s> {
    Word {
        text: line.cow(span),
        span: line.to_source(span),
    }
}

fn split_at_spaces<'s>(line: &LogicalLine<'s>, rest: Span) -> Arguments<'s> {
    let spans = words::whitespace_words(line.text(), rest);
    Arguments::Words(spans.into_iter().map(|span| word(line, span)).collect())
}

/// `name=value`, or a name alone.
fn pair<'s>(line: &LogicalLine<'s>, span: Span) -> Pair<'s> {
    match span.slice(line.text()).find('=') {
        Some(at) => Pair {
            name: word(line, Span::new(span.start, span.start + at)),
            value: word(line, Span::new(span.start + at + 1, span.end)),
            separator: PairSeparator::Equals,
        },
        None => Pair {
            name: word(line, span),
            value: word(line, Span::at(span.end)),
            separator: PairSeparator::None,
        },
    }
}
