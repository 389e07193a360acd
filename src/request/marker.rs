//! What a request is known by: the name of its branch, and the fingerprint of its change.

use harden::digest;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::git::Change;
use crate::output::hunks;

const START: &str = "<!-- harden:v1 ";
const END: &str = " -->";
const MOST_SLUG: usize = 60;

/// What a change does, wherever in its files that is: the lines that go and the lines that come. So a request that was
/// closed stays closed while the rest of the file changes.
pub fn fingerprint(profile: &str, changes: &[Change]) -> String {
    let mut sorted: Vec<&Change> = changes.iter().collect();
    sorted.sort_by(|a, b| a.path.cmp(&b.path));
    let mut hash = Sha256::new();
    let mut add = |kind: u8, bytes: &[u8]| {
        hash.update([kind]);
        hash.update((bytes.len() as u64).to_be_bytes());
        hash.update(bytes);
    };
    add(b'p', profile.as_bytes());
    for change in sorted {
        add(b'f', change.path.as_bytes());
        let (old, new) = (
            String::from_utf8_lossy(&change.old),
            String::from_utf8_lossy(&change.new),
        );
        for hunk in hunks::exact(&old, &new) {
            hunk.old.iter().for_each(|line| add(b'-', line.as_bytes()));
            hunk.new.iter().for_each(|line| add(b'+', line.as_bytes()));
        }
    }
    format!("sha256:{}", digest::hexadecimal(&hash.finalize()))
}

/// The hidden line of a text.
pub fn write(profile: &str, fingerprint: &str) -> String {
    let value = json!({ "profile": slug(profile), "fingerprint": fingerprint, "engine": env!("CARGO_PKG_VERSION") });
    format!("{START}{value}{END}")
}

/// The fingerprint in the last hidden line of a text.
pub fn read(text: &str) -> Option<String> {
    let (_, rest) = text.rsplit_once(START)?;
    let (value, _) = rest.split_once(END)?;
    let value: Value = serde_json::from_str(value).ok()?;
    value["fingerprint"].as_str().map(String::from)
}

/// The same text with a hidden line that is no longer read as one: harden closes the request itself.
pub fn withdrawn(text: &str) -> String {
    text.replace(START, "<!-- harden:closed ")
}

/// A part of the name of a branch, from any text. Two texts with the same slug are the same.
pub fn slug(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let mut slug: String = text
        .chars()
        .map(|c| if plain(c) { c } else { '-' })
        .take(MOST_SLUG)
        .collect();
    slug = slug.trim_matches(['.', '-']).to_string();
    let is_fit =
        !slug.is_empty() && slug == text && !slug.contains("..") && !slug.ends_with(".lock");
    if is_fit {
        return slug;
    }
    let slug = slug.replace("..", "-");
    let slug = slug.strip_suffix(".lock").unwrap_or(&slug);
    let hash = digest::sha256(text.as_bytes());
    let hash = hash.get(..8).unwrap_or_default();
    format!("{slug}-{hash}").trim_matches('-').to_string()
}

/// The branch of a profile's change.
pub fn branch_name(profile: &str, name: &str) -> String {
    format!("harden/{}/{}", slug(profile), slug(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(old: &str, new: &str) -> Change {
        Change {
            path: "Dockerfile".to_string(),
            old: old.into(),
            new: new.into(),
        }
    }

    #[test]
    fn a_fingerprint_is_of_what_changes_and_not_of_what_stays() {
        let of = |old: &str, new: &str| fingerprint("p", &[change(old, new)]);
        assert_eq!(of("a\nb\n", "a\nc\n"), of("x\ny\nb\nz\n", "x\ny\nc\nz\n"));
        assert_ne!(of("a\nb\n", "a\nc\n"), of("a\nb\n", "a\nd\n"));
        assert_ne!(fingerprint("q", &[change("b", "c")]), of("b", "c"));
    }

    #[test]
    fn the_hidden_line_comes_back() {
        let text = format!("text\n{}\n", write("a --> b", "sha256:1"));
        assert_eq!(read(&text).as_deref(), Some("sha256:1"));
        assert_eq!(text.matches("-->").count(), 1);
        assert_eq!(read(&withdrawn(&text)), None);
        assert_eq!(read("<!-- harden:v1 nonsense -->"), None);
        assert_eq!(read(""), None);
    }

    #[test]
    fn slugs_are_names_of_branches_and_differ() {
        assert_eq!(branch_name("dotnet-ubi", "main"), "harden/dotnet-ubi/main");
        let names = [
            "a/b",
            "a-b",
            "a b",
            "-x",
            "--upload-pack=x",
            "a..b",
            "x.lock",
            "ü",
            "",
            &"y".repeat(300),
        ];
        let mut slugs: Vec<String> = names.iter().map(|name| branch_name("p", name)).collect();
        for name in &slugs {
            assert!(crate::git::check_branch(name).is_ok(), "{name}");
        }
        slugs.sort();
        slugs.dedup();
        assert_eq!(slugs.len(), names.len());
    }
}
