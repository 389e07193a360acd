//! Where the repositories of a batch are named: a list, a folder of clones, an address; groups are the forge's to tell.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::git::{Address, check_branch};
use crate::report::Problem;

/// Folders of clones may have folders of groups in them, so deep.
const DEEPEST: usize = 4;

/// A repository to plan for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub name: String,
    /// Where requests go; for a clone that came from nowhere, the clone itself.
    pub url: String,
    /// The default one of the repository without it.
    pub branch: Option<String>,
    pub place: Place,
    pub about: About,
}

/// Where its commits are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// At its address.
    Remote,
    /// In a folder of this machine, as it is committed there.
    Local(PathBuf),
}

/// What a forge tells of a repository.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    pub topics: Vec<String>,
    pub is_archived: bool,
    pub is_fork: bool,
    pub bytes: Option<u64>,
}

/// The repositories that a word names: a folder of clones, a list file, or an address.
///
/// # Errors
/// A [`Problem`] where there is nothing of that name, or something in it is no address of a repository.
pub fn read(source: &str) -> Result<Vec<Target>, Problem> {
    let path = Path::new(source);
    if path.is_dir() {
        let found = clones(path)?;
        return match found.is_empty() {
            true => Err(Problem::new(format!("no clone found in `{source}`"))),
            false => Ok(found),
        };
    }
    if path.is_file() {
        return list(path);
    }
    if source.contains("://") || is_short_ssh(source) {
        return Ok(vec![target(source, None)?]);
    }
    Err(Problem::new(format!("there is no source `{source}`"))
        .help("a list file, a folder of clones, an address, or `gitlab:GROUP`, `github:ORGANISATION`, `gitea:ORGANISATION`"))
}

/// Each repository once, in the order of the plan.
pub fn sorted(targets: Vec<Target>) -> Vec<Target> {
    let mut by_key = BTreeMap::new();
    let mut seen = std::collections::HashSet::new();
    for target in targets {
        if seen.insert((target.url.clone(), target.branch.clone())) {
            let key = (
                target.name.clone(),
                target.url.clone(),
                target.branch.clone(),
            );
            by_key.insert(key, target);
        }
    }
    by_key.into_values().collect()
}

/// One address in a line, with a branch after it if it is not the default one; `#` begins a comment.
fn list(path: &Path) -> Result<Vec<Target>, Problem> {
    let name = path.display();
    let text = fs::read_to_string(path)
        .map_err(|error| Problem::io(&format!("cannot read the list `{name}`"), &error))?;
    let mut targets = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.split(" #").next().unwrap_or(line).trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let at = |mut problem: Problem| {
            problem.message = format!("{name}:{}: {}", number + 1, problem.message);
            problem
        };
        let mut words = line.split_whitespace();
        let (address, branch) = (words.next().unwrap_or_default(), words.next());
        if words.next().is_some() {
            let message = "an address and at most a branch are in a line";
            return Err(at(Problem::new(message)));
        }
        targets.push(target(address, branch).map_err(at)?);
    }
    match targets.is_empty() {
        true => Err(Problem::new(format!(
            "the list `{name}` names no repository"
        ))),
        false => Ok(targets),
    }
}

fn target(address: &str, branch: Option<&str>) -> Result<Target, Problem> {
    check_address(address)?;
    if let Some(branch) = branch {
        check_branch(branch)?;
    }
    let path = Path::new(address);
    if path.is_dir() {
        let name = address.trim_end_matches('/').rsplit('/').next();
        let mut target = clone(path, name.unwrap_or(address))?;
        target.branch = branch.map(str::to_string);
        return Ok(target);
    }
    if !address.contains("://") && !is_short_ssh(address) {
        let message = format!("there is no repository `{address}`");
        return Err(Problem::new(message));
    }
    Ok(Target {
        name: name_of(address),
        url: address.to_string(),
        branch: branch.map(str::to_string),
        place: Place::Remote,
        about: About::default(),
    })
}

/// Refuses what git would take for an option or a command, and addresses with a login in them.
///
/// # Errors
/// A [`Problem`] that says why.
pub fn check_address(address: &str) -> Result<(), Problem> {
    let (_, login) = Address::parse(address)?;
    let is_web = address.starts_with("http");
    let host = address.split("://").nth(1).unwrap_or_default();
    let host = host.split('/').next().unwrap_or_default();
    match login.is_some() || (is_web && host.contains('@')) {
        true => Err(Problem::new("an address has a login in it")
            .help("give git a credential helper instead")),
        false => Ok(()),
    }
}

/// `git@host:path`, the short form of ssh.
fn is_short_ssh(address: &str) -> bool {
    let Some((host, path)) = address.split_once(':') else {
        return false;
    };
    !host.contains('/') && host.contains('@') && !path.is_empty()
}

/// The path on the host, without `.git`.
fn name_of(address: &str) -> String {
    let path = match address.split_once("://") {
        Some((_, rest)) => rest.split_once('/').map_or(rest, |(_, path)| path),
        None => address.split_once(':').map_or(address, |(_, path)| path),
    };
    let path = path.trim_matches('/');
    path.strip_suffix(".git").unwrap_or(path).to_string()
}

/// The clones in a folder, by their paths in it.
fn clones(folder: &Path) -> Result<Vec<Target>, Problem> {
    let mut targets = Vec::new();
    let mut open = vec![(folder.to_path_buf(), String::new(), 0)];
    while let Some((path, name, depth)) = open.pop() {
        if depth > 0 && is_repository(&path) {
            let name = name.strip_suffix(".git").unwrap_or(&name);
            targets.push(clone(&path, name)?);
            continue;
        }
        if depth >= DEEPEST {
            continue;
        }
        let entries = fs::read_dir(&path);
        let entries = entries.map_err(|error| {
            Problem::io(
                &format!("cannot read the folder `{}`", path.display()),
                &error,
            )
        })?;
        for entry in entries.flatten() {
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            let Ok(own) = entry.file_name().into_string() else {
                continue;
            };
            if is_folder && !own.starts_with('.') {
                let name = if name.is_empty() {
                    own
                } else {
                    format!("{name}/{own}")
                };
                open.push((entry.path(), name, depth + 1));
            }
        }
    }
    Ok(targets)
}

/// A clone with a working tree, or a bare one.
fn is_repository(path: &Path) -> bool {
    path.join(".git").exists() || (path.join("HEAD").is_file() && path.join("objects").is_dir())
}

fn clone(path: &Path, name: &str) -> Result<Target, Problem> {
    let shown = path.display();
    let real = fs::canonicalize(path)
        .map_err(|error| Problem::io(&format!("cannot read the folder `{shown}`"), &error))?;
    let origin = origin(&real).filter(|url| check_address(url).is_ok());
    let own = real
        .to_str()
        .ok_or_else(|| Problem::new(format!("{shown}: the path is no UTF-8")))?;
    Ok(Target {
        name: name.to_string(),
        url: origin.unwrap_or_else(|| own.to_string()),
        branch: None,
        place: Place::Local(real),
        about: About::default(),
    })
}

/// The address that a clone came from, as its own configuration has it.
fn origin(path: &Path) -> Option<String> {
    let inside = path.join(".git").join("config");
    let text = fs::read_to_string(inside)
        .or_else(|_| fs::read_to_string(path.join("config")))
        .ok()?;
    let mut lines = text.lines().map(str::trim);
    lines.find(|line| *line == "[remote \"origin\"]")?;
    let own = lines.take_while(|line| !line.starts_with('['));
    let mut urls = own.filter_map(|line| line.strip_prefix("url")?.trim_start().strip_prefix('='));
    urls.next().map(|url| url.trim().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_no_commands_and_no_secrets() {
        for good in [
            "https://git.example.com/a/b.git",
            "ssh://git@git.example.com:22/a/b",
            "git@git.example.com:a/b.git",
            "file:///srv/git/a.git",
            "/srv/git/a.git",
        ] {
            assert!(check_address(good).is_ok(), "{good}");
        }
        for bad in [
            "--upload-pack=touch x",
            "ext::sh -c touch% x",
            "ext::x",
            "fd::17",
            "https://user:token@git.example.com/a",
            "https://token@git.example.com/a",
            "git://git.example.com/a",
            "ssh://-oProxyCommand=x/a",
            "https:///a",
            "a\nb",
        ] {
            assert!(check_address(bad).is_err(), "{bad}");
        }
        assert_eq!(name_of("https://git.example.com/a/b.git"), "a/b");
        assert_eq!(name_of("git@git.example.com:a/b.git"), "a/b");
        for bad in ["-x", "a..b", "a b", "@{1}", "x:y"] {
            assert!(check_branch(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_list_has_comments_and_branches() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list");
        let read = |text: &str| {
            fs::write(&path, text).unwrap();
            list(&path)
        };
        let found = read(
            "# all\n\nhttps://git.example.com/a/b.git  develop\nhttps://git.example.com/c # x\n",
        )
        .unwrap();
        let rows: Vec<_> = found
            .iter()
            .map(|one| (one.name.as_str(), one.branch.as_deref()))
            .collect();
        assert_eq!(rows, [("a/b", Some("develop")), ("c", None)]);
        let message = |text: &str| read(text).unwrap_err().message;
        assert!(
            message("https://a.example/x\next::y\n")
                .contains("list:2: `ext::y` is no address of a repository")
        );
        assert!(message("/nowhere/x\n").contains("there is no repository"));
        assert!(message("# nothing\n").ends_with("names no repository"));
    }
}
