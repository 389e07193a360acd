//! From the library's tree to [`Script`]: statements, lists and pipelines.

use std::collections::BTreeMap;
use std::ops::Range;

use tree_sitter::{Node, Tree};

use super::coverage::Coverage;
use super::flatten::{Token, flatten};
use super::grammar::children;
use super::source::Source;
use super::tree::{
    Bashism, BashismKind, Command, Item, Operator, Pipeline, Script, Statement, Terminator,
};
use super::{DEEPEST_NESTING, Fault, OpaqueReason};

/// The script of a tree without errors.
pub(super) fn lower(source: &Source<'_>, tree: &Tree) -> Result<Script, Fault> {
    let text = source.text();
    let root = tree.root_node();
    let mut lowering = Lowering::new(source, tree);
    let children = children(root);
    let statements = lowering.statements(&children, 0..text.len())?;
    let comments = lowering
        .comments
        .iter()
        .map(|comment| source.span(comment.start, comment.end))
        .collect();
    let mut bashisms = lowering.bashisms;
    bashisms.sort_by_key(|bashism| (bashism.span.start, bashism.span.end));
    bashisms.dedup();
    Ok(Script {
        statements,
        span: source.span_of_all(),
        comments,
        bashisms,
        removed: source.removed(),
    })
}

/// Whether the last byte is a backslash that is not itself escaped.
pub(super) fn ends_with_escape(text: &str) -> bool {
    let backslashes = text.bytes().rev().take_while(|&byte| byte == b'\\').count();
    backslashes % 2 == 1
}

/// What is needed of a heredoc besides its redirect operator, which is read with the words. Joined offsets.
pub(super) struct HeredocPlace {
    pub start_tag: Range<usize>,
    pub body: Range<usize>,
    pub end_tag: Range<usize>,
}

/// A node that begins with `$`, a backtick or a parenthesis.
#[derive(Clone, Copy)]
pub(super) struct Expansion<'t> {
    pub node: Node<'t>,
    pub start: usize,
    pub end: usize,
}

pub(super) struct Lowering<'s, 't> {
    pub source: &'s Source<'s>,
    pub text: &'s str,
    /// Substitutions, expansions and arrays by their first byte.
    pub expansions: BTreeMap<usize, Expansion<'t>>,
    /// Heredocs by the first byte of their `<<`.
    pub heredocs: BTreeMap<usize, HeredocPlace>,
    pub comments: Vec<Range<usize>>,
    /// Comments and heredoc bodies: what may stand between tokens, sorted.
    trivia: Vec<Range<usize>>,
    pub bashisms: Vec<Bashism>,
    depth: usize,
}

impl<'s, 't> Lowering<'s, 't> {
    fn new(source: &'s Source<'s>, tree: &'t Tree) -> Self {
        let mut lowering = Self {
            source,
            text: source.text(),
            expansions: BTreeMap::new(),
            heredocs: BTreeMap::new(),
            comments: Vec::new(),
            trivia: Vec::new(),
            bashisms: Vec::new(),
            depth: 0,
        };
        lowering.index(tree);
        lowering
    }

    /// Notes the places of everything whose end only the library knows, in one walk without recursion.
    fn index(&mut self, tree: &'t Tree) {
        let mut cursor = tree.walk();
        loop {
            let node = cursor.node();
            match node.kind() {
                "command_substitution"
                | "process_substitution"
                | "arithmetic_expansion"
                | "expansion"
                | "array" => {
                    self.index_expansion(node);
                }
                "comment" => self.comments.push(node.byte_range()),
                "heredoc_redirect" => self.index_heredoc(node),
                _ => {}
            }
            if cursor.goto_first_child() {
                continue;
            }
            while !cursor.goto_next_sibling() {
                if !cursor.goto_parent() {
                    self.trivia.extend(self.comments.iter().cloned());
                    self.trivia.sort_by_key(|range| range.start);
                    return;
                }
            }
        }
    }

    fn index_expansion(&mut self, node: Node<'t>) {
        // Inside double quotes the library counts blanks in front of a `$` to the expansion.
        let text = self.slice(&node.byte_range());
        let blanks = text.len() - text.trim_start().len();
        let expansion = Expansion {
            node,
            start: node.start_byte() + blanks,
            end: node.end_byte(),
        };
        self.expansions.entry(expansion.start).or_insert(expansion);
    }

    fn index_heredoc(&mut self, node: Node<'t>) {
        let parts = children(node);
        let find = |kinds: &[&str]| parts.iter().find(|part| kinds.contains(&part.kind()));
        let (Some(operator), Some(start), Some(end)) = (
            find(&["<<", "<<-"]),
            find(&["heredoc_start"]),
            find(&["heredoc_end"]),
        ) else {
            return;
        };
        let line_start = |position: usize| {
            let before = self.text.get(..position).unwrap_or("");
            before.rfind('\n').map_or(0, |newline| newline + 1)
        };
        let end_line = line_start(end.start_byte());
        let found_start = find(&["heredoc_body"])
            .map_or(end_line, |body| line_start(body.start_byte().min(end_line)));
        // The library's body starts behind the blanks and empty lines that the real one may start with.
        let after_tag = self.text.get(start.end_byte()..).unwrap_or("");
        let next_line = after_tag
            .find('\n')
            .map(|newline| start.end_byte() + newline + 1);
        let body_start = next_line
            .filter(|next| {
                *next <= found_start && self.slice(&(*next..found_start)).trim().is_empty()
            })
            .unwrap_or(found_start);
        self.trivia.push(body_start..end.end_byte());
        self.heredocs.insert(
            operator.start_byte(),
            HeredocPlace {
                start_tag: start.byte_range(),
                body: body_start..end_line,
                end_tag: end.byte_range(),
            },
        );
    }

    pub fn bashism(&mut self, kind: BashismKind, range: Range<usize>) {
        let span = self.source.span(range.start, range.end);
        self.bashisms.push(Bashism { kind, span });
    }

    /// Runs `read` one level deeper.
    pub fn nested<T>(
        &mut self,
        position: usize,
        read: impl FnOnce(&mut Self) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        if self.depth >= DEEPEST_NESTING {
            return Err(Fault::new(OpaqueReason::TooDeep, position));
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    /// The statements among sibling nodes; they and their separators must explain every byte of `range`.
    pub fn statements(
        &mut self,
        nodes: &[Node<'t>],
        range: Range<usize>,
    ) -> Result<Vec<Statement>, Fault> {
        let mut coverage = Coverage::new(range.clone());
        let mut statements: Vec<Statement> = Vec::new();
        // The joined end of the last statement while nothing has terminated it.
        let mut open: Option<usize> = None;
        for node in nodes {
            let place = node.byte_range();
            match node.kind() {
                "comment" => continue,
                ";" | "&" => {
                    let last = statements.last_mut().filter(|_| open.is_some());
                    let last = last.ok_or(Fault::disagreement(place.start))?;
                    let span = self.source.span(place.start, place.end);
                    last.terminator = if node.kind() == ";" {
                        Terminator::Semicolon(span)
                    } else {
                        Terminator::Background(span)
                    };
                    open = None;
                    coverage.add(place);
                }
                _ if !node.is_named() => {
                    if !place.is_empty() && !self.slice(&place).trim().is_empty() {
                        return Err(Fault::disagreement(place.start));
                    }
                }
                _ => {
                    if let Some(end) = open {
                        if !self.has_newline(end..place.start) {
                            return Err(Fault::disagreement(place.start));
                        }
                        if let Some(last) = statements.last_mut() {
                            last.terminator = Terminator::Newline;
                        }
                    }
                    let (statement, end) = self.statement(*node, range.end, &mut coverage)?;
                    statements.push(statement);
                    open = Some(end);
                }
            }
        }
        self.check(coverage)?;
        Ok(statements)
    }

    pub fn check(&self, coverage: Coverage) -> Result<(), Fault> {
        coverage.check(self.text, &self.trivia)
    }

    /// No newline may stand between a command and the operator behind it.
    fn same_line(&self, gap: Range<usize>) -> Result<(), Fault> {
        if self.has_newline(gap.clone()) {
            return Err(Fault::disagreement(gap.start));
        }
        Ok(())
    }

    /// Whether a newline that is not escaped stands in the range.
    fn has_newline(&self, range: Range<usize>) -> bool {
        let gap = self.slice(&range);
        gap.match_indices('\n')
            .any(|(position, _)| !ends_with_escape(gap.get(..position).unwrap_or("")))
    }

    pub fn slice(&self, range: &Range<usize>) -> &'s str {
        self.text.get(range.clone()).unwrap_or("")
    }

    /// One and-or list, and the joined offset of its end. `limit` is the end of what encloses it.
    fn statement(
        &mut self,
        node: Node<'t>,
        limit: usize,
        coverage: &mut Coverage,
    ) -> Result<(Statement, usize), Fault> {
        let mut items: Vec<Item> = Vec::new();
        let mut operator = None;
        let mut current: Option<OpenPipeline> = None;
        let mut end = node.start_byte();
        for token in flatten(node)? {
            match token {
                Token::Command(command, command_end) => {
                    let pipeline =
                        current.get_or_insert_with(|| OpenPipeline::at(command.start_byte()));
                    if !pipeline.wants_command {
                        return Err(Fault::disagreement(command.start_byte()));
                    }
                    pipeline.wants_command = false;
                    pipeline.end = command_end;
                    end = command_end;
                    coverage.add(command.start_byte()..command_end);
                    let command = self.command(command, command_end, limit)?;
                    pipeline.commands.push(command);
                }
                Token::Bang(place) => {
                    if current.is_some() {
                        return Err(Fault::disagreement(place.start));
                    }
                    let mut pipeline = OpenPipeline::at(place.start);
                    pipeline.negation = Some(self.source.span(place.start, place.end));
                    current = Some(pipeline);
                    coverage.add(place);
                }
                Token::Pipe(place) => {
                    let pipeline = current.as_mut().filter(|pipeline| !pipeline.wants_command);
                    let pipeline = pipeline.ok_or(Fault::disagreement(place.start))?;
                    pipeline.wants_command = true;
                    self.same_line(end..place.start)?;
                    if place.len() == 2 {
                        self.bashism(BashismKind::PipeBoth, place.clone());
                    }
                    coverage.add(place);
                }
                Token::Operator(next, place) => {
                    self.same_line(end..place.start)?;
                    items.push(self.close(current.take(), operator, place.start)?);
                    operator = Some((next, self.source.span(place.start, place.end)));
                    coverage.add(place);
                }
            }
        }
        items.push(self.close(current.take(), operator, end)?);
        let statement = Statement {
            span: self.source.span(node.start_byte(), end),
            items,
            terminator: Terminator::End,
        };
        Ok((statement, end))
    }

    fn close(
        &self,
        pipeline: Option<OpenPipeline>,
        operator: Option<(Operator, crate::text::Span)>,
        position: usize,
    ) -> Result<Item, Fault> {
        let pipeline = pipeline.filter(|pipeline| !pipeline.wants_command);
        let pipeline = pipeline.ok_or(Fault::disagreement(position))?;
        Ok(Item {
            operator,
            pipeline: Pipeline {
                span: self.source.span(pipeline.start, pipeline.end),
                negation: pipeline.negation,
                commands: pipeline.commands,
            },
        })
    }

    /// The command of a node whose last redirect ends at `end`; nothing of it may reach beyond `limit`.
    pub fn command(&mut self, node: Node<'t>, end: usize, limit: usize) -> Result<Command, Fault> {
        if is_simple(node) {
            let command = self.simple_command(node.start_byte()..end, limit)?;
            return Ok(Command::Simple(command));
        }
        self.nested(node.start_byte(), |lowering| {
            lowering.compound_command(node, end, limit)
        })
    }
}

/// A pipeline whose commands are still being collected. Joined offsets.
struct OpenPipeline {
    start: usize,
    end: usize,
    negation: Option<crate::text::Span>,
    commands: Vec<Command>,
    wants_command: bool,
}

impl OpenPipeline {
    fn at(start: usize) -> Self {
        Self {
            start,
            end: start,
            negation: None,
            commands: Vec::new(),
            wants_command: true,
        }
    }
}

/// Whether the node is read as a row of words and redirects.
fn is_simple(node: Node<'_>) -> bool {
    match node.kind() {
        "command"
        | "declaration_command"
        | "unset_command"
        | "variable_assignment"
        | "variable_assignments"
        | "file_redirect"
        | "herestring_redirect"
        | "heredoc_redirect" => true,
        "test_command" => node.child(0).is_some_and(|first| first.kind() == "["),
        _ => false,
    }
}
