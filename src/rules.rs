//! The rules, one module each.

mod maintainer_instruction;

use crate::rule::Rule;

/// Every rule, by id. They are asked in this order.
pub const ALL: &[&Rule] = &[&maintainer_instruction::RULE];

/// The rule of that id.
pub fn find(id: &str) -> Option<&'static Rule> {
    ALL.iter().copied().find(|rule| rule.id == id)
}
