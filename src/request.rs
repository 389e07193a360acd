//! One request to merge: what it says, what is to be done about it, and doing that.

pub mod decide;
