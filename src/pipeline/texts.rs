//! The texts of scripts, as a shell gets them.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::places::Places;
use super::yaml::{NodeId, Yaml};
use crate::syntax::shell::{self, Script};
use crate::text::Span;

/// More nested lists than any script has.
const DEEPEST_LISTS: usize = 10;

/// A text that is run as one.
pub struct ScriptText<'p> {
    pub node: NodeId,
    /// As YAML gives it.
    pub written: &'p str,
    /// With as many bytes; each expression of GitHub's is a parameter.
    pub shell: Cow<'p, str>,
}

impl<'p> ScriptText<'p> {
    pub fn new(node: NodeId, written: &'p str) -> Self {
        let shell = Cow::Borrowed(written);
        Self {
            node,
            written,
            shell,
        }
    }

    /// A text in which `${{ … }}` is replaced before a shell gets it.
    pub fn with_expressions(node: NodeId, written: &'p str) -> Self {
        let shell = without_expressions(written);
        Self {
            node,
            written,
            shell,
        }
    }

    /// Nothing for a text that is no shell. The spans are those of both texts.
    pub fn script(&self) -> Option<Script> {
        shell::parse(&self.shell, 0).ok()
    }

    /// Where parts of the text stand in the file.
    pub fn places(&self, yaml: &Yaml<'_>, parts: &[Span]) -> Vec<Span> {
        if parts.is_empty() {
            return Vec::new();
        }
        let places = Places::of(yaml, self.node);
        parts.iter().map(|part| places.span(*part)).collect()
    }
}

/// `${{ github.sha }}` as `${____________}`.
fn without_expressions(text: &str) -> Cow<'_, str> {
    if !text.contains("${{") {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, expression)) = rest.split_once("${{") {
        plain.push_str(before);
        let Some((inside, behind)) = expression.split_once("}}") else {
            plain.push_str("${{");
            rest = expression;
            break;
        };
        plain.push_str("${");
        plain.extend(std::iter::repeat_n('_', inside.len() + 2));
        plain.push('}');
        rest = behind;
    }
    plain.push_str(rest);
    Cow::Owned(plain)
}

/// The scalars of a list of commands, also of lists in it, each once; `seen` are those that were taken before. Lines that
/// `!reference` takes from elsewhere are read there.
pub fn commands(yaml: &Yaml<'_>, node: NodeId, seen: &mut BTreeSet<NodeId>) -> Vec<NodeId> {
    let mut found = Vec::new();
    collect(yaml, node, 0, seen, &mut found);
    found
}

fn collect(
    yaml: &Yaml<'_>,
    node: NodeId,
    depth: usize,
    seen: &mut BTreeSet<NodeId>,
    found: &mut Vec<NodeId>,
) {
    let node = yaml.follow(node);
    let is_tagged = yaml.node(node).is_some_and(|node| node.tag.is_some());
    if is_tagged || depth > DEEPEST_LISTS || !seen.insert(node) {
        return;
    }
    if yaml.scalar(node).is_some() {
        found.push(node);
    }
    for item in yaml.items(node) {
        collect(yaml, *item, depth + 1, seen, found);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_parameters_of_the_same_length() {
        for (text, plain) in [
            ("echo ${{ a.b }}!", "echo ${_______}!"),
            ("${{é}}${{}}", "${____}${__}"),
            ("a ${{ b", "a ${{ b"),
            ("a $b", "a $b"),
        ] {
            assert_eq!(without_expressions(text), plain);
            assert_eq!(text.len(), plain.len());
        }
    }
}
