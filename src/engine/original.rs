//! The edits of fixes in places of the original text, so that others can make the same change.

use super::Pass;
use crate::fix::Fix;
use crate::text::{Edit, Span};

/// The edits of a fix as the text was before the passes that came earlier; none where the fix touches what those wrote.
pub(super) fn edits(fix: &Fix, earlier: &[Pass]) -> Vec<Edit> {
    let edits = fix.edits().iter().map(|edit| of_edit(edit, earlier));
    edits.collect::<Option<_>>().unwrap_or_default()
}

fn of_edit(edit: &Edit, earlier: &[Pass]) -> Option<Edit> {
    let mut span = edit.span;
    for pass in earlier.iter().rev() {
        let before = Span::new(
            pass.edits.map_backward(span.start),
            pass.edits.map_backward(span.end),
        );
        if pass.edits.touches(before) {
            return None;
        }
        span = before;
    }
    Some(Edit::replace(span, edit.text.clone()))
}
