//! A YAML file as a tree with the place of each node.
//!
//! Aliases are never expanded: they point at the node that they stand for. So a file takes as much memory as it has text.

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span as Marks, Tag};

use crate::text::Span;

/// Deeper nesting than any pipeline has.
const DEEPEST_NESTING: usize = 64;

/// The number of a node in its file.
pub type NodeId = usize;

/// What keeps a file from being read, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct YamlError {
    pub span: Span,
    /// Lower case, no full stop.
    pub message: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Without anchor and tag.
    pub span: Span,
    pub data: Data,
    /// Such as `!reference`.
    pub tag: Option<String>,
    pub is_anchored: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Data {
    Scalar {
        value: String,
        style: Style,
    },
    Sequence(Vec<NodeId>),
    Mapping(Vec<(NodeId, NodeId)>),
    /// `*name`, with the node of that name.
    Alias(Option<NodeId>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    Plain,
    SingleQuoted,
    DoubleQuoted,
    /// `|`
    Literal,
    /// `>`
    Folded,
}

/// A file that was read.
#[derive(Clone, Debug)]
pub struct Yaml<'s> {
    pub source: &'s str,
    nodes: Vec<Node>,
    /// The roots of its documents.
    pub documents: Vec<NodeId>,
}

impl<'s> Yaml<'s> {
    /// # Errors
    /// The first thing that is no YAML, a key that stands twice in a mapping, or nesting without end.
    pub fn parse(source: &'s str) -> Result<Self, YamlError> {
        let mut reader = Reader::new(source);
        for event in Parser::new_from_str(reader.text()) {
            let (event, marks) = event.map_err(|error| reader.error(&error))?;
            let span = reader.span(marks);
            reader.event(event, span)?;
        }
        Ok(Self {
            source,
            nodes: reader.nodes,
            documents: reader.documents,
        })
    }

    pub fn node(&self, id: NodeId) -> Option<&Node> {
        self.nodes.get(id)
    }

    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    pub fn span(&self, id: NodeId) -> Span {
        self.node(id).map_or(Span::default(), |node| node.span)
    }

    /// The node behind an alias, or the node itself.
    pub fn follow(&self, id: NodeId) -> NodeId {
        match self.node(id).map(|node| &node.data) {
            Some(Data::Alias(Some(target))) => *target,
            _ => id,
        }
    }

    /// The text of a scalar, also of one behind an alias.
    pub fn scalar(&self, id: NodeId) -> Option<&str> {
        match &self.node(self.follow(id))?.data {
            Data::Scalar { value, .. } => Some(value),
            _ => None,
        }
    }

    pub fn entries(&self, id: NodeId) -> &[(NodeId, NodeId)] {
        match self.node(self.follow(id)).map(|node| &node.data) {
            Some(Data::Mapping(entries)) => entries,
            _ => &[],
        }
    }

    pub fn items(&self, id: NodeId) -> &[NodeId] {
        match self.node(self.follow(id)).map(|node| &node.data) {
            Some(Data::Sequence(items)) => items,
            _ => &[],
        }
    }

    pub fn is_mapping(&self, id: NodeId) -> bool {
        matches!(
            self.node(self.follow(id)),
            Some(Node {
                data: Data::Mapping(_),
                ..
            })
        )
    }

    pub fn is_sequence(&self, id: NodeId) -> bool {
        matches!(
            self.node(self.follow(id)),
            Some(Node {
                data: Data::Sequence(_),
                ..
            })
        )
    }

    pub fn is_alias(&self, id: NodeId) -> bool {
        matches!(
            self.node(id),
            Some(Node {
                data: Data::Alias(_),
                ..
            })
        )
    }

    /// Whether a collection is written with brackets, or a scalar stands in such a one.
    pub fn is_flow(&self, id: NodeId) -> bool {
        let start = self.span(id).start;
        matches!(self.source.as_bytes().get(start), Some(b'{' | b'['))
            && !matches!(
                self.node(id),
                Some(Node {
                    data: Data::Scalar { .. },
                    ..
                })
            )
    }

    /// The key and value under a name in a mapping, without what is merged into it.
    pub fn entry(&self, mapping: NodeId, name: &str) -> Option<(NodeId, NodeId)> {
        let mut entries = self.entries(mapping).iter().copied();
        entries.find(|(key, _)| self.scalar(*key) == Some(name))
    }
}

/// A collection that is not yet closed.
struct Open {
    id: NodeId,
    children: Vec<NodeId>,
    is_mapping: bool,
    is_flow: bool,
}

struct Reader<'s> {
    source: &'s str,
    /// Bytes of the byte order mark.
    skipped: usize,
    /// The byte offset of each character; nothing for ASCII.
    starts: Vec<u32>,
    nodes: Vec<Node>,
    open: Vec<Open>,
    documents: Vec<NodeId>,
    anchors: Vec<(usize, NodeId)>,
}

impl<'s> Reader<'s> {
    fn new(source: &'s str) -> Self {
        let skipped = if source.starts_with('\u{feff}') { 3 } else { 0 };
        let text = source.get(skipped..).unwrap_or("");
        let offset = |(at, _)| u32::try_from(at).unwrap_or(u32::MAX);
        Self {
            source,
            skipped,
            starts: match text.is_ascii() {
                true => Vec::new(),
                false => text.char_indices().map(offset).collect(),
            },
            nodes: Vec::new(),
            open: Vec::new(),
            documents: Vec::new(),
            anchors: Vec::new(),
        }
    }

    fn text(&self) -> &'s str {
        self.source.get(self.skipped..).unwrap_or("")
    }

    fn offset(&self, character: usize) -> usize {
        let at = match self.starts.get(character) {
            Some(at) => *at as usize,
            None if self.starts.is_empty() => character,
            None => self.text().len(),
        };
        (at + self.skipped).min(self.source.len())
    }

    fn span(&self, marks: Marks) -> Span {
        Span::new(
            self.offset(marks.start.index()),
            self.offset(marks.end.index()),
        )
    }

    fn error(&self, error: &ScanError) -> YamlError {
        let at = self.offset(error.marker().index());
        if error.info().contains("tab")
            && let Some(tab) = self.tab_in_indentation(at)
        {
            return YamlError {
                span: Span::new(tab, tab + 1),
                message: "a tab in the indentation, where YAML takes blanks only".to_string(),
            };
        }
        let message = match error.info().contains("recursion limit") {
            true => format!("nested deeper than {DEEPEST_NESTING} levels"),
            false => format!("not valid YAML: {}", error.info()),
        };
        let span = Span::at(at);
        YamlError { span, message }
    }

    /// The first one in the line of a place, or in those below.
    fn tab_in_indentation(&self, at: usize) -> Option<usize> {
        let before = self.source.get(..at)?;
        let start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let mut line_start = start;
        for line in self.source.get(start..)?.split_inclusive('\n') {
            let indent = line.len() - line.trim_start_matches([' ', '\t']).len();
            if let Some(tab) = line.get(..indent)?.find('\t') {
                return Some(line_start + tab);
            }
            line_start += line.len();
        }
        None
    }

    fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), YamlError> {
        match event {
            Event::Scalar(value, style, anchor, tag) => {
                let style = match style {
                    ScalarStyle::Plain => Style::Plain,
                    ScalarStyle::SingleQuoted => Style::SingleQuoted,
                    ScalarStyle::DoubleQuoted => Style::DoubleQuoted,
                    ScalarStyle::Literal => Style::Literal,
                    ScalarStyle::Folded => Style::Folded,
                };
                let span = self.scalar_span(span, style, value.is_empty());
                let value = value.into_owned();
                self.leaf(Data::Scalar { value, style }, span, anchor, tag.as_deref());
            }
            Event::Alias(number) => {
                let target = self.anchors.iter().rev().find(|(one, _)| *one == number);
                let target = target.map(|(_, id)| *id);
                if self.open.iter().any(|open| Some(open.id) == target) {
                    let message = "an alias for what it stands in".to_string();
                    return Err(YamlError { span, message });
                }
                self.leaf(Data::Alias(target), span, 0, None);
            }
            Event::SequenceStart(anchor, tag) => {
                self.start(Data::Sequence(Vec::new()), span, anchor, tag.as_deref())?;
            }
            Event::MappingStart(anchor, tag) => {
                self.start(Data::Mapping(Vec::new()), span, anchor, tag.as_deref())?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(span)?,
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd => {}
        }
        Ok(())
    }

    /// Without the line ends and blanks behind it; nothing is behind the key for what is not there.
    fn scalar_span(&self, span: Span, style: Style, is_empty: bool) -> Span {
        if is_empty && style == Style::Plain {
            let last = self.open.last().and_then(|open| open.children.last());
            let end = last
                .and_then(|id| self.nodes.get(*id))
                .map(|node| node.span.end);
            return Span::at(end.unwrap_or(span.start));
        }
        let start = match style {
            Style::Literal | Style::Folded => self.block_header(span.start),
            _ => self.behind_properties(span.start),
        };
        let text = Span::new(start, span.end).slice(self.source);
        let end = match style {
            Style::SingleQuoted | Style::DoubleQuoted => quoted_end(text),
            Style::Plain => plain_end(text),
            Style::Literal | Style::Folded => text.trim_end().len(),
        };
        Span::new(start, start + end)
    }

    /// Where the `|` or `>` of a block scalar stands, at or before its text.
    fn block_header(&self, at: usize) -> usize {
        let is_mark = |c: char| matches!(c, '|' | '>');
        if self
            .source
            .get(at..)
            .is_some_and(|rest| rest.starts_with(is_mark))
        {
            return at;
        }
        let before = self.source.get(..at).unwrap_or("");
        let mut end = before.rfind('\n').unwrap_or(0);
        while let Some(line) = before.get(..end) {
            let start = line.rfind('\n').map_or(0, |newline| newline + 1);
            let line = line.get(start..).unwrap_or("");
            if !line.trim().is_empty() {
                let header = line.match_indices(is_mark).find(|(at, _)| {
                    let rest = line.get(at + 1..).unwrap_or("");
                    let rest =
                        rest.trim_start_matches(|c: char| c.is_ascii_digit() || "+-".contains(c));
                    let rest = rest.trim();
                    rest.is_empty() || rest.starts_with('#')
                });
                return header.map_or(at, |(header, _)| start + header);
            }
            if start == 0 {
                break;
            }
            end = start - 1;
        }
        at
    }

    /// Where a node starts behind its anchor and tag.
    fn behind_properties(&self, mut at: usize) -> usize {
        loop {
            let rest = self.source.get(at..).unwrap_or("");
            if rest.starts_with(['&', '!']) {
                at += rest.find(|c: char| c.is_whitespace()).unwrap_or(rest.len());
            } else if rest.starts_with('#') {
                at += rest.find('\n').unwrap_or(rest.len());
            } else if rest.starts_with([' ', '\t', '\r', '\n']) {
                at += 1;
            } else {
                return at;
            }
        }
    }

    fn push(&mut self, data: Data, span: Span, anchor: usize, tag: Option<&Tag>) -> NodeId {
        let id = self.nodes.len();
        if anchor > 0 {
            self.anchors.push((anchor, id));
        }
        self.nodes.push(Node {
            span,
            data,
            tag: tag.map(ToString::to_string),
            is_anchored: anchor > 0,
        });
        match self.open.last_mut() {
            Some(open) => open.children.push(id),
            None => self.documents.push(id),
        }
        id
    }

    fn leaf(&mut self, data: Data, span: Span, anchor: usize, tag: Option<&Tag>) {
        self.push(data, span, anchor, tag);
    }

    fn start(
        &mut self,
        data: Data,
        span: Span,
        anchor: usize,
        tag: Option<&Tag>,
    ) -> Result<(), YamlError> {
        if self.open.len() >= DEEPEST_NESTING {
            let message = format!("nested deeper than {DEEPEST_NESTING} levels");
            return Err(YamlError { span, message });
        }
        let span = Span::new(self.behind_properties(span.start), span.end);
        let is_mapping = matches!(data, Data::Mapping(_));
        let is_flow = matches!(self.source.as_bytes().get(span.start), Some(b'{' | b'['));
        let id = self.push(data, span, anchor, tag);
        self.open.push(Open {
            id,
            children: Vec::new(),
            is_mapping,
            is_flow,
        });
        Ok(())
    }

    fn end(&mut self, span: Span) -> Result<(), YamlError> {
        let Some(open) = self.open.pop() else {
            return Ok(());
        };
        let last = open.children.last().and_then(|id| self.nodes.get(*id));
        let end = match (open.is_flow, last) {
            (true, _) => span.end,
            (false, Some(last)) => last.span.end,
            (false, None) => span.start,
        };
        let data = match open.is_mapping {
            false => Data::Sequence(open.children),
            true => Data::Mapping(self.pairs(&open.children)?),
        };
        if let Some(node) = self.nodes.get_mut(open.id) {
            node.span = Span::new(node.span.start, end);
            node.data = data;
        }
        Ok(())
    }

    /// The entries of a mapping. Readers differ in which of two equal keys counts, so there may be none.
    fn pairs(&self, children: &[NodeId]) -> Result<Vec<(NodeId, NodeId)>, YamlError> {
        let pairs = children.chunks_exact(2);
        let pairs: Vec<(NodeId, NodeId)> = pairs
            .filter_map(|pair| Some((*pair.first()?, *pair.get(1)?)))
            .collect();
        let mut names = std::collections::BTreeSet::new();
        for (key, _) in &pairs {
            let Some(node) = self.nodes.get(*key) else {
                continue;
            };
            if let Data::Scalar { value, .. } = &node.data
                && value != "<<"
                && !names.insert(value)
            {
                return Err(YamlError {
                    span: node.span,
                    message: format!("the key `{value}` stands twice in one mapping"),
                });
            }
        }
        Ok(pairs)
    }
}

/// Without blanks at the end, and without a comment, which no plain scalar has in it.
fn plain_end(text: &str) -> usize {
    let comment = text.match_indices('#').find(|(at, _)| {
        let before = text.get(..*at).unwrap_or("");
        before.ends_with(char::is_whitespace)
    });
    let text = text.get(..comment.map_or(text.len(), |(at, _)| at));
    text.unwrap_or("").trim_end().len()
}

/// Behind the closing quote.
fn quoted_end(text: &str) -> usize {
    let mut letters = text.char_indices();
    let Some((_, quote)) = letters.next() else {
        return 0;
    };
    while let Some((at, letter)) = letters.next() {
        if letter == '\\' && quote == '"' {
            letters.next();
        } else if letter == quote {
            let is_doubled = quote == '\'' && letters.as_str().starts_with('\'');
            if !is_doubled {
                return at + 1;
            }
            letters.next();
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::LineIndex;

    fn texts(source: &str) -> Vec<&str> {
        let yaml = Yaml::parse(source).unwrap();
        yaml.nodes()
            .iter()
            .map(|node| node.span.slice(source))
            .collect()
    }

    #[test]
    fn nodes_have_exact_places() {
        let source = "\u{feff}ä: &x 'ö'   # é\nlist:\n  - a b # c\n  - |\n    one\n    two\n\n  # end\nempty:\nflow: { a: [1, *x] }\n";
        let yaml = Yaml::parse(source).unwrap();
        let root = yaml.documents[0];
        let names: Vec<&str> = yaml
            .entries(root)
            .iter()
            .filter_map(|(key, _)| yaml.scalar(*key))
            .collect();
        assert_eq!(names, ["ä", "list", "empty", "flow"]);
        let values: Vec<&str> = yaml
            .entries(root)
            .iter()
            .map(|(_, value)| yaml.span(*value).slice(source))
            .collect();
        assert_eq!(values[0], "'ö'");
        assert_eq!(values[1], "- a b # c\n  - |\n    one\n    two");
        assert_eq!(values[2], "");
        assert_eq!(values[3], "{ a: [1, *x] }");
        assert!(texts(source).contains(&"a b"));
        assert!(texts(source).contains(&"*x"));
        assert!(texts(source).contains(&"|\n    one\n    two"));
    }

    #[test]
    fn what_is_not_read_has_a_place() {
        for (source, line, column, part) in [
            ("a: 1\n\tb: 2\n", 2, 1, "a tab"),
            ("a: 1\nb: [1\n", 3, 1, "not valid YAML"),
            ("a:\n  b: 1\n  b: 2\n", 3, 3, "stands twice"),
            ("a: &x\n  - *x\n", 2, 5, "an alias for what it stands in"),
            ("a: *none\n", 1, 4, "not valid YAML"),
        ] {
            let error = Yaml::parse(source).unwrap_err();
            let place = LineIndex::new(source).position(source, error.span.start);
            assert!(error.message.contains(part), "{source}: {}", error.message);
            assert_eq!(
                (place.line, place.column),
                (line, column),
                "{source}: {}",
                error.message
            );
        }
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        let error = Yaml::parse(&deep).unwrap_err();
        assert!(error.message.contains("nested deeper"), "{error:?}");
    }

    #[test]
    fn aliases_are_not_expanded() {
        let mut source = "a0: &a0 [x]\n".to_string();
        for level in 1..40 {
            let before = level - 1;
            source.push_str(&format!(
                "a{level}: &a{level} [*a{before}, *a{before}, *a{before}]\n"
            ));
        }
        assert!(Yaml::parse(&source).unwrap().nodes().len() < 400);
    }
}
