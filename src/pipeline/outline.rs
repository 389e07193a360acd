//! What a file says outside of its changes: the same before and after, or a change went too far.

use std::collections::BTreeSet;

use super::yaml::{Data, NodeId, Yaml};
use crate::text::Span;

/// The paths of the entries that `is_changed` touches. A mapping that is touched counts by its entries.
pub fn changed_paths(yaml: &Yaml<'_>, is_changed: &dyn Fn(Span) -> bool) -> BTreeSet<String> {
    let mut walk = Walk {
        yaml,
        lines: Vec::new(),
        paths: BTreeSet::new(),
        visit: &|path, key, whole, is_mapping, paths: &mut BTreeSet<String>| {
            let is_masked = is_changed(whole) && (!is_mapping || is_changed(key));
            if is_masked {
                paths.insert(path.to_string());
            }
            !is_masked
        },
    };
    walk.documents();
    walk.paths
}

/// The paths and values of a file, without those below `masked`.
pub fn outline(yaml: &Yaml<'_>, masked: &BTreeSet<String>) -> Vec<(String, String)> {
    let mut walk = Walk {
        yaml,
        lines: Vec::new(),
        paths: BTreeSet::new(),
        visit: &|path, _, _, _, _| !masked.contains(path),
    };
    walk.documents();
    walk.lines
}

/// Whether to go on below an entry: its path, the places of its key and of the whole, and whether a mapping is below.
type Visit<'v> = dyn Fn(&str, Span, Span, bool, &mut BTreeSet<String>) -> bool + 'v;

struct Walk<'w, 's> {
    yaml: &'w Yaml<'s>,
    lines: Vec<(String, String)>,
    paths: BTreeSet<String>,
    visit: &'w Visit<'w>,
}

impl Walk<'_, '_> {
    fn documents(&mut self) {
        let yaml = self.yaml;
        for (number, root) in yaml.documents.iter().enumerate() {
            self.node(*root, &number.to_string());
        }
    }

    fn node(&mut self, id: NodeId, path: &str) {
        let yaml = self.yaml;
        let Some(node) = yaml.node(id) else {
            return;
        };
        let value = match &node.data {
            Data::Scalar { value, style } => format!("{style:?} {value}"),
            Data::Alias(_) => node.span.slice(yaml.source).to_string(),
            Data::Sequence(_) => "list".to_string(),
            Data::Mapping(_) => "map".to_string(),
        };
        let tag = node.tag.as_deref().unwrap_or("");
        self.lines
            .push((path.to_string(), format!("{tag} {value}")));
        for (number, item) in direct_items(&node.data).iter().enumerate() {
            self.node(*item, &format!("{path}/{number}"));
        }
        let Data::Mapping(entries) = &node.data else {
            return;
        };
        for (key, value) in entries {
            let key_span = yaml.span(*key);
            let path = format!("{path}/{}", key_span.slice(yaml.source));
            let whole = key_span.cover(yaml.span(*value));
            let below = yaml.node(*value).map(|one| &one.data);
            let is_mapping = matches!(below, Some(Data::Mapping(_)));
            if (self.visit)(&path, key_span, whole, is_mapping, &mut self.paths) {
                self.node(*value, &path);
            }
        }
    }
}

fn direct_items(data: &Data) -> &[NodeId] {
    match data {
        Data::Sequence(items) => items,
        _ => &[],
    }
}
