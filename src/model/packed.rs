//! Many texts in one, as the build script writes its tables.

use std::cmp::Ordering;

/// Texts that follow each other in one, without a pointer to each: those would have to be set at every start.
#[derive(Clone, Copy, Debug, Default)]
pub struct Packed {
    pub text: &'static str,
    /// Where each text ends, in bytes.
    pub ends: &'static [u32],
}

impl Packed {
    pub fn count(&self) -> usize {
        self.ends.len()
    }

    pub fn get(&self, index: usize) -> Option<&'static str> {
        let end = *self.ends.get(index)?;
        let start = match index.checked_sub(1) {
            Some(before) => *self.ends.get(before)?,
            None => 0,
        };
        self.text.get(start as usize..end as usize)
    }

    /// Where a text stands, of texts that are sorted.
    pub fn position(&self, text: &str) -> Option<usize> {
        let (mut low, mut high) = (0, self.count());
        while low < high {
            let middle = low.midpoint(high);
            match self.get(middle)?.cmp(text) {
                Ordering::Less => low = middle + 1,
                Ordering::Equal => return Some(middle),
                Ordering::Greater => high = middle,
            }
        }
        None
    }
}
