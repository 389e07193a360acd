//! A part of a batch that one of several machines does.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest as _, Sha256};

/// Shard `index` of `total`, counted from 1. Which repositories are in it depends on nothing but their names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    index: u32,
    total: u32,
}

/// Where a scheduler says which part this is: the variable of the index, the number of the first, the variable of the total.
const SCHEDULERS: [(&str, u32, &str); 3] = [
    ("CI_NODE_INDEX", 1, "CI_NODE_TOTAL"),
    ("SLURM_ARRAY_TASK_ID", 0, "SLURM_ARRAY_TASK_COUNT"),
    ("JOB_COMPLETION_INDEX", 0, "JOB_COMPLETIONS"),
];

impl Shard {
    /// The shard of a word: `2/5`, or `auto` for what the scheduler says; `None` where `auto` finds none.
    ///
    /// # Errors
    /// A message where the word is neither, or the scheduler speaks in riddles.
    pub fn read(
        word: &str,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Option<Self>, String> {
        if word != "auto" {
            return word.parse().map(Some);
        }
        let asked = SCHEDULERS
            .iter()
            .find_map(|(index, first, total)| Some((index, *first, total, variable(index)?)));
        let Some((name, first, total_name, index)) = asked else {
            return Ok(None);
        };
        let number = |name: &str, text: Option<String>| -> Result<u32, String> {
            let text = text.ok_or_else(|| format!("{name} is not set"))?;
            text.parse()
                .map_err(|_| format!("{name} is no number: `{text}`"))
        };
        // Arrays of Slurm may begin anywhere; theirs says where.
        let first = match variable("SLURM_ARRAY_TASK_MIN") {
            Some(text) if *name == "SLURM_ARRAY_TASK_ID" => {
                number("SLURM_ARRAY_TASK_MIN", Some(text))?
            }
            _ => first,
        };
        let index = number(name, Some(index))?;
        let total = number(total_name, variable(total_name))?;
        let index = index
            .checked_sub(first)
            .map(|index| index.saturating_add(1));
        Self::new(index.unwrap_or(0), total).map(Some)
    }

    fn new(index: u32, total: u32) -> Result<Self, String> {
        match index >= 1 && index <= total {
            true => Ok(Self { index, total }),
            false => Err(format!("there is no shard {index} of {total}")),
        }
    }

    pub fn has(self, key: &str) -> bool {
        let digest = Sha256::digest(key.as_bytes());
        let number = digest.iter().take(8);
        let number = number.fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
        number % u64::from(self.total) == u64::from(self.index - 1)
    }

    pub fn index(self) -> u32 {
        self.index
    }

    pub fn total(self) -> u32 {
        self.total
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let numbers = text.split_once('/');
        let numbers =
            numbers.and_then(|(index, total)| Some((index.parse().ok()?, total.parse().ok()?)));
        let (index, total) =
            numbers.ok_or_else(|| format!("`{text}` is no shard, such as `1/4`"))?;
        Self::new(index, total)
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.index, self.total)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_is_in_one_shard() {
        let shards: Vec<Shard> = (1..=7).map(|index| Shard::new(index, 7).unwrap()).collect();
        let mut counts = [0; 7];
        for number in 0..700 {
            let key = format!("https://git.example.com/group/{number}.git");
            let of: Vec<usize> = (0..7).filter(|at| shards[*at].has(&key)).collect();
            assert_eq!(of.len(), 1, "{key}");
            counts[of[0]] += 1;
        }
        assert!(
            counts.iter().all(|count| (60..140).contains(count)),
            "{counts:?}"
        );
    }

    #[test]
    fn schedulers_say_which_part_it_is() {
        let read = |word: &str, variables: &[(&str, &str)]| {
            let variable = |name: &str| {
                let found = variables.iter().find(|(one, _)| *one == name);
                found.map(|(_, value)| (*value).to_string())
            };
            Shard::read(word, variable).map(|shard| shard.map(|shard| shard.to_string()))
        };
        let some = |text: &str| Ok(Some(text.to_string()));
        assert_eq!(read("2/5", &[]), some("2/5"));
        assert_eq!(read("auto", &[]), Ok(None));
        let gitlab = [("CI_NODE_INDEX", "2"), ("CI_NODE_TOTAL", "3")];
        assert_eq!(read("auto", &gitlab), some("2/3"));
        let slurm = [
            ("SLURM_ARRAY_TASK_ID", "4"),
            ("SLURM_ARRAY_TASK_COUNT", "4"),
            ("SLURM_ARRAY_TASK_MIN", "1"),
        ];
        assert_eq!(read("auto", &slurm), some("4/4"));
        let kubernetes = [("JOB_COMPLETION_INDEX", "0"), ("JOB_COMPLETIONS", "8")];
        assert_eq!(read("auto", &kubernetes), some("1/8"));
        for (word, variables) in [
            ("0/3", &[][..]),
            ("4/3", &[]),
            ("1/0", &[]),
            ("x", &[]),
            ("auto", &[("CI_NODE_INDEX", "2")]),
            (
                "auto",
                &[("JOB_COMPLETION_INDEX", "-1"), ("JOB_COMPLETIONS", "2")],
            ),
        ] {
            assert!(read(word, variables).is_err(), "{word} {variables:?}");
        }
    }
}
