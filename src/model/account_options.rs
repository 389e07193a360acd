//! The options of the programs that create users and groups.
//!
//! Sources: the manual pages useradd(8) and groupadd(8) of shadow-utils, adduser(8) of Debian, and the applets of busybox.

use crate::syntax::shell::Word;

/// Long options whose value is the next word.
const WITH_VALUE: &[&str] = &[
    "--base-dir",
    "--comment",
    "--conf",
    "--expiredate",
    "--firstgid",
    "--firstuid",
    "--gecos",
    "--gid",
    "--groups",
    "--home",
    "--home-dir",
    "--inactive",
    "--ingroup",
    "--key",
    "--lastgid",
    "--lastuid",
    "--password",
    "--prefix",
    "--root",
    "--selinux-user",
    "--shell",
    "--skel",
    "--uid",
];

/// Letters of options that take a value: the rest of their word, or the next one.
fn letters_with_value(program: &str) -> &'static str {
    match program {
        "useradd" => "bcdefgGkKpPRsuZ",
        // On Fedora it is useradd; -h is busybox's.
        "adduser" => "bcdefghGkKpPRsuZ",
        _ => "gKpPR",
    }
}

/// What an option is told.
#[derive(Clone, Debug)]
pub enum OptionValue<'w> {
    Word(&'w Word),
    /// A part of the word of the option.
    Part(String),
    /// Nothing follows.
    Missing,
}

impl OptionValue<'_> {
    /// The text, where the build has no say in it.
    pub fn text(&self) -> Option<String> {
        match self {
            Self::Word(word) => word.value(),
            Self::Part(text) => Some(text.clone()),
            Self::Missing => None,
        }
    }
}

/// The words of a command behind its name.
#[derive(Debug, Default)]
pub struct AccountOptions<'w> {
    /// The options with their values, where they take one, in order; letters each for itself.
    values: Vec<(String, OptionValue<'w>)>,
    flags: Vec<String>,
    pub operands: Vec<&'w Word>,
    /// Whether every word that may be an option is known.
    pub is_plain: bool,
}

impl<'w> AccountOptions<'w> {
    pub fn read(program: &str, words: &'w [Word]) -> Self {
        let mut options = Self {
            is_plain: true,
            ..Self::default()
        };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let Some(text) = word.value() else {
                options.is_plain &= !word.literal_prefix().0.is_empty() || word.is_quoted();
                options.operands.push(word);
                continue;
            };
            if text.starts_with("--") {
                options.long(&text, &mut words);
            } else if let Some(letters) = text.strip_prefix('-').filter(|one| !one.is_empty()) {
                options.letters(letters, letters_with_value(program), &mut words);
            } else {
                options.operands.push(word);
            }
        }
        options
    }

    fn long(&mut self, text: &str, words: &mut impl Iterator<Item = &'w Word>) {
        if let Some((name, value)) = text.split_once('=') {
            let value = OptionValue::Part(value.to_string());
            self.values.push((name.to_string(), value));
        } else if WITH_VALUE.contains(&text) {
            let value = words.next().map_or(OptionValue::Missing, OptionValue::Word);
            self.values.push((text.to_string(), value));
        } else {
            self.flags.push(text.to_string());
        }
    }

    fn letters(
        &mut self,
        letters: &str,
        with_value: &str,
        words: &mut impl Iterator<Item = &'w Word>,
    ) {
        for (at, letter) in letters.char_indices() {
            let name = format!("-{letter}");
            if !with_value.contains(letter) {
                self.flags.push(name);
                continue;
            }
            let rest = letters.get(at + letter.len_utf8()..).unwrap_or("");
            let value = match rest {
                "" => words.next().map_or(OptionValue::Missing, OptionValue::Word),
                rest => OptionValue::Part(rest.to_string()),
            };
            self.values.push((name, value));
            return;
        }
    }

    /// The last value that one of the names is given.
    pub fn value(&self, names: &[&str]) -> Option<&OptionValue<'w>> {
        let mut values = self.values.iter().rev();
        let found = values.find(|(name, _)| names.contains(&name.as_str()));
        found.map(|(_, value)| value)
    }

    pub fn has(&self, names: &[&str]) -> bool {
        self.flags.iter().any(|flag| names.contains(&flag.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::shell;

    #[test]
    fn values_are_found_wherever_they_stand() {
        for (text, uid) in [
            ("useradd -u 5 a", Some("5")),
            ("useradd -u5 a", Some("5")),
            ("useradd -rmu5 a", Some("5")),
            ("useradd --uid=5 a", Some("5")),
            ("useradd --uid 5 -u 6 a", Some("6")),
            ("useradd -c -u a", None),
            ("useradd -u $X a", None),
            ("groupadd -u a", None),
        ] {
            let script = shell::parse(text, 0).unwrap();
            let sites = script.commands();
            let (program, words) = sites[0].command.words.split_first().unwrap();
            let options = AccountOptions::read(&program.value().unwrap(), words);
            let found = options.value(&["-u", "--uid"]).and_then(OptionValue::text);
            assert_eq!(found.as_deref(), uid, "{text}");
        }
    }
}
