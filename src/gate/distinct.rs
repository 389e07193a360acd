//! Findings of a list, each once, taken from the stream one by one.

use std::collections::HashSet;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error as _, SeqAccess, Visitor};

use super::finding::Finding;

/// No image comes near it: the worst have some ten thousand.
const MOST: usize = 1_000_000;

#[derive(Debug, Default)]
pub struct Distinct {
    findings: Vec<Finding>,
    seen: HashSet<[u8; 16]>,
}

impl Distinct {
    /// # Errors
    /// Where there are more than any image has.
    pub fn push(&mut self, finding: Finding) -> Result<(), String> {
        if !self.seen.insert(finding.fingerprint()) {
            return Ok(());
        }
        if self.findings.len() >= MOST {
            return Err(format!("more than {MOST} different findings"));
        }
        self.findings.push(finding);
        Ok(())
    }

    pub fn into_findings(self) -> Vec<Finding> {
        self.findings
    }
}

/// Something in a list that has findings.
pub trait Source {
    /// # Errors
    /// Why it cannot be counted.
    fn add_to(self, findings: &mut Distinct) -> Result<(), String>;
}

/// The findings of a list of `T`, of which one is in memory at a time.
pub struct Streamed<T> {
    pub findings: Distinct,
    /// The items of the list.
    pub count: usize,
    kind: PhantomData<T>,
}

impl<T> Default for Streamed<T> {
    fn default() -> Self {
        let findings = Distinct::default();
        Self {
            findings,
            count: 0,
            kind: PhantomData,
        }
    }
}

impl<'de, T: Source + Deserialize<'de>> Deserialize<'de> for Streamed<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(ListReader(PhantomData))
    }
}

struct ListReader<T>(PhantomData<T>);

impl<'de, T: Source + Deserialize<'de>> Visitor<'de> for ListReader<T> {
    type Value = Streamed<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut streamed = Streamed::default();
        while let Some(item) = list.next_element::<T>()? {
            let added = item.add_to(&mut streamed.findings);
            added.map_err(A::Error::custom)?;
            streamed.count += 1;
        }
        Ok(streamed)
    }
}

/// A list that is short in every report that a scanner writes.
#[derive(Debug)]
pub struct Short<T>(pub Vec<T>);

impl<T> Default for Short<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Short<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Reader<T> {
            type Value = Short<T>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = list.next_element()? {
                    if items.len() >= MOST {
                        return Err(A::Error::custom(format!(
                            "a list of more than {MOST} items"
                        )));
                    }
                    items.push(item);
                }
                Ok(Short(items))
            }
        }

        deserializer.deserialize_seq(Reader(PhantomData))
    }
}

/// A field that may be missing, but not be `null`.
///
/// # Errors
/// Those of the value.
pub fn some<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}
