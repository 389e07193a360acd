//! The call of tree-sitter, bounded and without a clock: the same text always gives the same answer.

use std::borrow::Cow;
use std::cell::RefCell;
use std::ops::ControlFlow;

use tree_sitter::{Node, ParseOptions, ParseState, Parser, Tree};

use super::{Fault, OpaqueReason};

/// The library reports its progress every 100 parser operations. Of 23,798 real `RUN` texts none needs more than one
/// report for 100 bytes; text that makes the parser keep many readings alive needs far more.
const BYTES_PER_REPORT: usize = 8;
const REPORTS_ALLOWANCE: usize = 1_000;

thread_local! {
    /// A parser costs more to make than a usual `RUN` takes to parse. It keeps nothing between texts.
    static PARSER: RefCell<Option<Parser>> = RefCell::new(new_parser());
}

fn new_parser() -> Option<Parser> {
    let mut parser = Parser::new();
    parser
        .set_language(&tree_sitter_bash::LANGUAGE.into())
        .ok()?;
    Some(parser)
}

/// The library asks for the text in pieces of this many bytes.
const CHUNK: usize = 1024;

/// The library's scanner looks ahead as far as a run of characters like `a?a?a?…` goes, again at each of them. That is
/// seen only in how often it asks for the same pieces: real texts take at most 19 reads for each piece.
const READS_PER_CHUNK: usize = 100;
const READS_ALLOWANCE: usize = 200;

/// The syntax tree of `text`, which holds no error and no missing token.
pub(super) fn parse(text: &str) -> Result<Tree, Fault> {
    if let Some(position) = text.find('\0') {
        return Err(Fault::new(OpaqueReason::Syntax, position));
    }
    let text = masked(text);
    PARSER.with_borrow_mut(|parser| match parser {
        Some(parser) => parse_with(parser, &text),
        None => Err(Fault::new(OpaqueReason::Unsupported("grammar version"), 0)),
    })
}

/// The text with a plain letter for every byte that is neither printable ASCII nor a tab or newline.
///
/// The shell knows no other blanks, and all other bytes are parts of words to it. The library takes any Unicode white
/// space for blanks, and version 0.25.1 reads outside its tables on some characters beyond ASCII (its issue 337), which
/// ends the process. Words are read from the real text, so the letter is seen nowhere. It is in no reserved word.
fn masked(text: &str) -> Cow<'_, str> {
    let is_plain = |byte: u8| matches!(byte, b' '..=b'~' | b'\t' | b'\n');
    if text.bytes().all(is_plain) {
        return Cow::Borrowed(text);
    }
    let mask = |byte: u8| {
        if is_plain(byte) {
            char::from(byte)
        } else {
            'Q'
        }
    };
    Cow::Owned(text.bytes().map(mask).collect())
}

fn parse_with(parser: &mut Parser, text: &str) -> Result<Tree, Fault> {
    parser.reset();
    let budget = text.len() / BYTES_PER_REPORT + REPORTS_ALLOWANCE;
    let mut reports = 0;
    let mut stop = None;
    let mut progress = |state: &ParseState| {
        reports += 1;
        // Recovery from an error is the slow part of the library, and its result would be thrown away.
        if state.has_error() {
            stop = Some(Fault::new(
                OpaqueReason::Syntax,
                state.current_byte_offset(),
            ));
            return ControlFlow::Break(());
        }
        if reports > budget {
            stop = Some(Fault::new(
                OpaqueReason::TooSlow,
                state.current_byte_offset(),
            ));
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    };
    let options = ParseOptions::new().progress_callback(&mut progress);
    let bytes = text.as_bytes();
    let mut reads = 0;
    let reads_budget = READS_PER_CHUNK * (text.len() / CHUNK) + READS_ALLOWANCE;
    let mut read = |position: usize, _| {
        reads += 1;
        // Out of budget the text seems to end here, which ends the parse at once.
        let end = if reads > reads_budget {
            position
        } else {
            text.len().min(position + CHUNK)
        };
        bytes.get(position..end).unwrap_or(&[])
    };
    let tree = parser.parse_with_options(&mut read, None, Some(options));
    if reads > reads_budget {
        return Err(Fault::new(OpaqueReason::TooSlow, 0));
    }
    match tree {
        Some(tree) if tree.root_node().has_error() => Err(Fault::new(
            OpaqueReason::Syntax,
            first_error(&tree).unwrap_or(0),
        )),
        Some(tree) => Ok(tree),
        None => Err(stop.unwrap_or(Fault::new(OpaqueReason::TooSlow, 0))),
    }
}

/// The offset of the first erroneous or missing token, found by following the nodes that hold an error.
fn first_error(tree: &Tree) -> Option<usize> {
    let mut cursor = tree.walk();
    loop {
        let node = cursor.node();
        if node.is_error() || node.is_missing() {
            return Some(node.start_byte());
        }
        if node.has_error() && cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return None;
            }
        }
    }
}

pub(super) fn children<'t>(node: Node<'t>) -> Vec<Node<'t>> {
    let mut cursor = node.walk();
    node.children(&mut cursor).collect()
}
