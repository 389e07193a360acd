//! Commands with a body: groups, branches, loops, functions.

use std::ops::Range;

use tree_sitter::Node;

use super::coverage::Coverage;
use super::grammar::children;
use super::lower::Lowering;
use super::tree::{
    BashismKind, CaseArm, Command, Compound, CompoundKind, Conditional, Statement, Word,
};
use super::{Fault, OpaqueReason};

impl<'t> Lowering<'_, 't> {
    /// The compound command of `node`, whose last redirect ends at `end`.
    pub fn compound_command(
        &mut self,
        node: Node<'t>,
        end: usize,
        limit: usize,
    ) -> Result<Command, Fault> {
        let kind = self.compound_kind(node)?;
        let redirects = self.redirects(node.end_byte()..end, limit)?;
        Ok(Command::Compound(Box::new(Compound {
            span: self.span(node.start_byte()..end),
            kind,
            redirects,
        })))
    }

    fn compound_kind(&mut self, node: Node<'t>) -> Result<CompoundKind, Fault> {
        let parts = children(node);
        let opening = parts.first().map_or("", |first| first.kind());
        match (node.kind(), opening) {
            ("subshell", "(") => Ok(CompoundKind::Subshell(self.enclosed(node, &parts)?)),
            ("compound_statement", "{") => Ok(CompoundKind::Group(self.enclosed(node, &parts)?)),
            ("compound_statement", "((") => {
                self.bashism(BashismKind::DoubleParenthesis, node.byte_range());
                let inner = self.substitutions_within(node.byte_range())?;
                Ok(CompoundKind::Arithmetic(inner))
            }
            ("test_command", "[[") => {
                self.bashism(BashismKind::DoubleBracket, node.byte_range());
                let inner = self.substitutions_within(node.byte_range())?;
                Ok(CompoundKind::Test(inner))
            }
            ("if_statement", _) => self.conditional(node),
            ("while_statement", _) => self.while_loop(node),
            ("for_statement", _) => self.for_loop(node),
            ("c_style_for_statement", _) => self.arithmetic_for(node),
            ("case_statement", _) => self.case(node, &parts),
            ("function_definition", _) => self.function(node, &parts),
            _ => Err(Fault::new(
                OpaqueReason::Unsupported("compound command"),
                node.start_byte(),
            )),
        }
    }

    /// The statements between the first and the last child.
    fn enclosed(&mut self, node: Node<'t>, parts: &[Node<'t>]) -> Result<Vec<Statement>, Fault> {
        let [open, inner @ .., close] = parts else {
            return Err(Fault::disagreement(node.start_byte()));
        };
        if close.kind() != ")" && close.kind() != "}" {
            return Err(Fault::disagreement(close.start_byte()));
        }
        self.body(inner, open.end_byte()..close.start_byte())
    }

    /// As [`Self::statements`], but at least one.
    fn body(&mut self, nodes: &[Node<'t>], range: Range<usize>) -> Result<Vec<Statement>, Fault> {
        let start = range.start;
        let statements = self.statements(nodes, range)?;
        if statements.is_empty() {
            return Err(Fault::disagreement(start));
        }
        Ok(statements)
    }

    fn conditional(&mut self, node: Node<'t>) -> Result<CompoundKind, Fault> {
        let sections = Sections::of(
            node,
            &["elif_clause", "else_clause"],
            &["if", "then", "elif", "else", "fi"],
        );
        let mut branches = Vec::new();
        let mut otherwise = None;
        let mut condition = None;
        for section in &sections.0 {
            let body = match section.keyword {
                "fi" => continue,
                _ => self.section(section)?,
            };
            match section.keyword {
                "if" | "elif" => condition = Some(body),
                "then" => branches.push(Conditional {
                    condition: condition
                        .take()
                        .ok_or(Fault::disagreement(section.range.start))?,
                    body,
                }),
                _ => otherwise = Some(body),
            }
        }
        Ok(CompoundKind::If {
            branches,
            otherwise,
        })
    }

    fn section(&mut self, section: &Section<'t>) -> Result<Vec<Statement>, Fault> {
        self.body(&section.nodes, section.range.clone())
    }

    fn while_loop(&mut self, node: Node<'t>) -> Result<CompoundKind, Fault> {
        let sections = Sections::of(node, &["do_group"], &["while", "until", "do", "done"]);
        let [condition, body, _] = sections.0.as_slice() else {
            return Err(Fault::disagreement(node.start_byte()));
        };
        Ok(CompoundKind::While {
            until: condition.keyword == "until",
            condition: self.section(condition)?,
            body: self.section(body)?,
        })
    }

    /// The body of a `for` loop, from its `do`.
    fn loop_body(&mut self, node: Node<'t>) -> Result<Vec<Statement>, Fault> {
        let sections = Sections::of(node, &["do_group"], &["do", "done"]);
        let body = sections.0.first();
        self.section(body.ok_or(Fault::disagreement(node.start_byte()))?)
    }

    fn for_loop(&mut self, node: Node<'t>) -> Result<CompoundKind, Fault> {
        let parts = children(node);
        let fault = Fault::disagreement(node.start_byte());
        let variable = node.child_by_field_name("variable").ok_or(fault)?;
        let do_group = parts.iter().find(|part| part.kind() == "do_group");
        let do_start = do_group.ok_or(fault)?.start_byte();
        if parts.first().is_some_and(|first| first.kind() == "select") {
            self.bashism(BashismKind::Select, node.byte_range());
        }
        let mut coverage = Coverage::new(variable.end_byte()..do_start);
        let mut values = None;
        if let Some(keyword) = parts.iter().find(|part| part.kind() == "in") {
            coverage.add(keyword.byte_range());
            let (words, end) = self.loop_values(keyword.end_byte(), do_start)?;
            coverage.add(keyword.end_byte()..end);
            values = Some(words);
        }
        for part in parts.iter().filter(|part| part.kind() == ";") {
            coverage.add(part.byte_range());
        }
        self.check(coverage)?;
        Ok(CompoundKind::For {
            variable: self.slice(&variable.byte_range()).to_owned(),
            values,
            body: self.loop_body(node)?,
        })
    }

    /// The words behind `in`, up to the first character that is no part of a word.
    fn loop_values(&mut self, start: usize, limit: usize) -> Result<(Vec<Word>, usize), Fault> {
        let mut words = Vec::new();
        let mut end = start;
        loop {
            let position = self.skip_blanks(end, limit);
            match self.byte_before(position, limit) {
                None | Some(b';' | b'\n' | b'#') => return Ok((words, end)),
                Some(_) => {}
            }
            let (word, word_end) = self.word(position, limit)?;
            if word_end == position {
                return Err(Fault::disagreement(position));
            }
            words.push(word);
            end = word_end;
        }
    }

    fn arithmetic_for(&mut self, node: Node<'t>) -> Result<CompoundKind, Fault> {
        self.bashism(BashismKind::ArithmeticFor, node.byte_range());
        let body = node.child_by_field_name("body");
        let header_end = body.map_or(node.end_byte(), |body| body.start_byte());
        Ok(CompoundKind::ArithmeticFor {
            substitutions: self.substitutions_within(node.start_byte()..header_end)?,
            body: self.loop_body(node)?,
        })
    }

    fn case(&mut self, node: Node<'t>, parts: &[Node<'t>]) -> Result<CompoundKind, Fault> {
        let fault = Fault::disagreement(node.start_byte());
        let subject = node.child_by_field_name("value").ok_or(fault)?;
        let keyword = parts.iter().find(|part| part.kind() == "in").ok_or(fault)?;
        let (word, end) = self.word(subject.start_byte(), keyword.start_byte())?;
        let mut coverage = Coverage::new(node.byte_range());
        if let (Some(first), Some(last)) = (parts.first(), parts.last()) {
            coverage.add(first.byte_range());
            coverage.add(last.byte_range());
        }
        coverage.add(subject.start_byte()..end);
        coverage.add(keyword.byte_range());
        let mut arms = Vec::new();
        for item in parts.iter().filter(|part| part.kind() == "case_item") {
            coverage.add(item.byte_range());
            arms.push(self.case_arm(*item)?);
        }
        self.check(coverage)?;
        Ok(CompoundKind::Case {
            subject: word,
            arms,
        })
    }

    fn case_arm(&mut self, item: Node<'t>) -> Result<CaseArm, Fault> {
        let parts = children(item);
        let fault = Fault::disagreement(item.start_byte());
        let close = parts
            .iter()
            .position(|part| part.kind() == ")")
            .ok_or(fault)?;
        let close_node = parts.get(close).ok_or(fault)?;
        let is_end = |part: &&Node<'_>| matches!(part.kind(), ";;" | ";&" | ";;&");
        let terminator = parts.last().filter(is_end);
        if let Some(part) = terminator.filter(|part| part.kind() != ";;") {
            self.bashism(BashismKind::CaseFallthrough, part.byte_range());
        }
        let body_end = terminator.map_or(item.end_byte(), |part| part.start_byte());
        let body_nodes = parts
            .get(close + 1..parts.len() - usize::from(terminator.is_some()))
            .unwrap_or(&[]);
        let patterns = item.start_byte()..close_node.start_byte();
        Ok(CaseArm {
            substitutions: self.substitutions_within(patterns.clone())?,
            patterns: self.span(patterns),
            body: self.statements(body_nodes, close_node.end_byte()..body_end)?,
        })
    }

    fn function(&mut self, node: Node<'t>, parts: &[Node<'t>]) -> Result<CompoundKind, Fault> {
        let fault = Fault::disagreement(node.start_byte());
        let name = node.child_by_field_name("name").ok_or(fault)?;
        let body = node.child_by_field_name("body").ok_or(fault)?;
        if parts
            .first()
            .is_some_and(|first| first.kind() == "function")
        {
            self.bashism(BashismKind::FunctionKeyword, node.byte_range());
        }
        Ok(CompoundKind::Function {
            name: self.slice(&name.byte_range()).to_owned(),
            body: self.command(body, node.end_byte(), node.end_byte())?,
        })
    }
}

/// A keyword and the nodes up to the next keyword.
struct Section<'t> {
    keyword: &'static str,
    nodes: Vec<Node<'t>>,
    /// From behind the keyword to the next one.
    range: Range<usize>,
}

/// The sections of a command that is divided by keywords.
struct Sections<'t>(Vec<Section<'t>>);

impl<'t> Sections<'t> {
    /// Divides the children of `node` and of its `wrappers` at the `keywords`; what stands before the first is left out.
    fn of(node: Node<'t>, wrappers: &[&str], keywords: &[&'static str]) -> Self {
        let mut sections: Vec<Section<'t>> = Vec::new();
        let mut pending: Vec<Node<'t>> = children(node);
        pending.reverse();
        while let Some(part) = pending.pop() {
            let keyword = keywords.iter().find(|keyword| **keyword == part.kind());
            if wrappers.contains(&part.kind()) {
                pending.extend(children(part).into_iter().rev());
            } else if let Some(keyword) = keyword.filter(|_| !part.is_named()) {
                if let Some(last) = sections.last_mut() {
                    last.range.end = part.start_byte();
                }
                sections.push(Section {
                    keyword,
                    nodes: Vec::new(),
                    range: part.end_byte()..part.end_byte(),
                });
            } else if let Some(last) = sections.last_mut() {
                last.nodes.push(part);
            }
        }
        Self(sections)
    }
}
