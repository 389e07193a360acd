//! What the RUN lines of a lineage do that a new base image may not be able to.

use crate::fix::Reason;
use crate::model::{Facts, Model, Stage};

pub(in crate::profile) fn blockers(
    _model: &Model<'_>,
    _stages: &[&Stage],
    _new: &Facts,
) -> Vec<Reason> {
    Vec::new()
}

/// Whether a RUN of the lineage creates a user of that name.
pub(super) fn creates_user(_model: &Model<'_>, _lineage: &[&Stage], _name: &str) -> bool {
    false
}
