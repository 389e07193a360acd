//! CODEOWNERS of GitHub and of GitLab: who is asked to review which files.

use ignore::gitignore::{Gitignore, GitignoreBuilder};

/// Where the file is looked for, first found first read.
pub const PLACES: [&str; 4] = [
    ".github/CODEOWNERS",
    "CODEOWNERS",
    "docs/CODEOWNERS",
    ".gitlab/CODEOWNERS",
];

/// A part of a file: GitLab's sections are asked one by one; GitHub's files are one.
#[derive(Default)]
struct Section {
    name: String,
    owners: Vec<String>,
    /// Patterns with their owners; none means nobody.
    rows: Vec<(Gitignore, bool, Vec<String>)>,
}

/// The names, without `@`, of those who own one of the paths, in the order of the file. Addresses of mail are no names.
pub fn owners(text: &str, paths: &[String]) -> Vec<String> {
    let sections = sections(text);
    let mut names: Vec<String> = Vec::new();
    for path in paths {
        for section in &sections {
            let fits = |(pattern, is_flat, _): &&(Gitignore, bool, Vec<String>)| match is_flat {
                true => pattern.matched(path, false).is_ignore(),
                false => pattern.matched_path_or_any_parents(path, false).is_ignore(),
            };
            // The last row that fits counts.
            let row = section.rows.iter().rev().find(fits);
            let found = row.into_iter().flat_map(|(_, _, owners)| owners);
            for name in found.filter_map(|owner| owner.strip_prefix('@')) {
                if !names.iter().any(|one| one == name) {
                    names.push(name.to_string());
                }
            }
        }
    }
    names
}

fn sections(text: &str) -> Vec<Section> {
    let mut all = vec![Section::default()];
    for line in text.lines() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some((name, owners)) = header(line) {
            match all
                .iter()
                .position(|one| one.name.eq_ignore_ascii_case(&name))
            {
                // A section that stands twice is one.
                Some(at) => {
                    let section = all.remove(at);
                    all.push(section);
                }
                None => all.push(Section {
                    name,
                    owners,
                    ..Section::default()
                }),
            }
            continue;
        }
        let Some(section) = all.last_mut() else {
            continue;
        };
        let words = words(line);
        let Some((pattern, owners)) = words.split_first() else {
            continue;
        };
        let comment = owners
            .iter()
            .position(|word| word.starts_with('#'))
            .unwrap_or(owners.len());
        let owners = owners.get(..comment).unwrap_or_default().to_vec();
        let owners = if owners.is_empty() {
            section.owners.clone()
        } else {
            owners
        };
        let mut builder = GitignoreBuilder::new("");
        if builder.add_line(None, pattern).is_ok()
            && let Ok(pattern_set) = builder.build()
        {
            // `docs/*` are the files in a folder, and not those in the folders in it.
            let is_flat = pattern.ends_with("/*");
            section.rows.push((pattern_set, is_flat, owners));
        }
    }
    all
}

/// `[Name]`, `^[Name]`, `[Name][2] @owner`.
fn header(line: &str) -> Option<(String, Vec<String>)> {
    let (name, rest) = line
        .strip_prefix('^')
        .unwrap_or(line)
        .strip_prefix('[')?
        .split_once(']')?;
    let rest = rest.trim();
    let rest = match rest.strip_prefix('[') {
        Some(count) => count.split_once(']')?.1,
        None => rest,
    };
    Some((
        name.to_string(),
        rest.split_whitespace().map(String::from).collect(),
    ))
}

/// Words; a backslash keeps the blank after it.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' if letters.peek().is_some_and(|next| next.is_whitespace()) => {
                if let (Some(word), Some(blank)) = (words.last_mut(), letters.next()) {
                    word.push('\\');
                    word.push(blank);
                }
            }
            letter if letter.is_whitespace() => words.push(String::new()),
            letter => words
                .iter_mut()
                .next_back()
                .into_iter()
                .for_each(|word| word.push(letter)),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str, path: &str) -> Vec<String> {
        owners(text, &[path.to_string()])
    }

    #[test]
    fn the_last_row_of_github_that_fits_counts() {
        let text = "# all\n* @all # those\n/docs/ @docs\ndocs/* @flat\n*.Dockerfile @o/build mail@example.com\n/free\n";
        assert_eq!(of(text, "Dockerfile"), ["all"]);
        assert_eq!(of(text, "docs/Dockerfile"), ["flat"]);
        assert_eq!(of(text, "docs/a/Dockerfile"), ["docs"]);
        assert_eq!(of(text, "x/api.Dockerfile"), ["o/build"]);
        assert_eq!(of(text, "free"), [""; 0]);
    }

    #[test]
    fn each_section_of_gitlab_has_its_owners() {
        let text = "* @all\n[Build][2] @build @second\nDockerfile\n/other @other\n^[Optional]\nDockerfile @maybe\n[build]\na\\ b @blank\n";
        assert_eq!(
            of(text, "x/Dockerfile"),
            ["all", "maybe", "build", "second"]
        );
        assert_eq!(of(text, "other"), ["all", "other"]);
        assert_eq!(of(text, "a b"), ["all", "blank"]);
    }

    #[test]
    fn nonsense_names_nobody() {
        assert_eq!(of("[\n[x\n{ @a\n\\\n @b", "x"), [""; 0]);
    }
}
