//! The row of commands and operators behind the library's tree of a list.

use std::ops::Range;

use tree_sitter::Node;

use super::Fault;
use super::grammar::children;
use super::tree::Operator;

/// A command or an operator of a list, in source order.
pub(super) enum Token<'t> {
    /// The node of the command, and the joined offset where its last redirect ends.
    Command(Node<'t>, usize),
    Operator(Operator, Range<usize>),
    Pipe(Range<usize>),
    Bang(Range<usize>),
}

/// The commands and operators of a statement in source order, whatever tree the library built of them.
///
/// Without recursion: the library nests `a && b && c …` one level for each operator.
pub(super) fn flatten(root: Node<'_>) -> Result<Vec<Token<'_>>, Fault> {
    let mut tokens: Vec<Token<'_>> = Vec::new();
    // The flag marks the direct children of a heredoc redirect.
    let mut pending = vec![(root, false)];
    while let Some((node, in_heredoc)) = pending.pop() {
        let place = node.byte_range();
        match node.kind() {
            "comment" | "\n" => {}
            "&&" => tokens.push(Token::Operator(Operator::And, place)),
            "||" => tokens.push(Token::Operator(Operator::Or, place)),
            "|" | "|&" => tokens.push(Token::Pipe(place)),
            "!" => tokens.push(Token::Bang(place)),
            "list" | "pipeline" | "negated_command" | "redirected_statement" => {
                let parts = children(node).into_iter().rev();
                pending.extend(parts.map(|part| (part, false)));
            }
            "heredoc_redirect" => {
                extend_or_start(&mut tokens, node, heredoc_tag_end(node));
                for part in children(node).into_iter().rev() {
                    if !is_heredoc_inner(part.kind()) {
                        pending.push((part, true));
                    }
                }
            }
            "file_redirect" | "herestring_redirect" => {
                extend_or_start(&mut tokens, node, place.end);
            }
            // What follows the delimiter of a heredoc on its line belongs to the command in front.
            kind if in_heredoc && is_word(kind) => {
                extend_or_start(&mut tokens, node, place.end);
            }
            _ if !node.is_named() => return Err(Fault::disagreement(place.start)),
            _ => tokens.push(Token::Command(node, place.end)),
        }
    }
    Ok(tokens)
}

/// Lets a redirect belong to the command in front of it, or be a command of its own (`> file`).
fn extend_or_start<'t>(tokens: &mut Vec<Token<'t>>, node: Node<'t>, end: usize) {
    match tokens.last_mut() {
        Some(Token::Command(_, command_end)) => *command_end = end,
        _ => tokens.push(Token::Command(node, end)),
    }
}

fn heredoc_tag_end(node: Node<'_>) -> usize {
    children(node)
        .into_iter()
        .find(|part| part.kind() == "heredoc_start")
        .map_or(node.start_byte(), |part| part.end_byte())
}

fn is_heredoc_inner(kind: &str) -> bool {
    matches!(
        kind,
        "file_descriptor" | "<<" | "<<-" | "heredoc_start" | "heredoc_body" | "heredoc_end"
    )
}

fn is_word(kind: &str) -> bool {
    matches!(
        kind,
        "word"
            | "string"
            | "raw_string"
            | "concatenation"
            | "number"
            | "simple_expansion"
            | "expansion"
            | "command_substitution"
            | "arithmetic_expansion"
            | "ansi_c_string"
            | "translated_string"
            | "brace_expression"
            | "process_substitution"
    )
}
