//! Commands that empty a package manager's cache.

use crate::model::state::is_inside;
use crate::syntax::shell::{Part, Script, Site, Word};

use super::invocation::{base_name, invocation};
use super::managers::PackageManager;
use super::options::package_command;
use super::{Action, PackageCommand};

/// A cache that a package manager leaves behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cache {
    /// `/var/lib/apt/lists`: what `apt-get update` fetched.
    AptLists,
    /// `/var/cache/apt`: downloaded packages.
    AptArchives,
    /// `/var/cache/apk`
    Apk,
    /// `/var/cache/yum`
    Yum,
    /// `/var/cache/dnf`, of microdnf too
    Dnf,
    /// `/var/cache/tdnf`
    Tdnf,
    /// `/var/cache/zypp`
    Zypper,
    /// `~/.cache/pip`
    Pip,
    /// `~/.npm`
    Npm,
    Yarn,
    Pnpm,
    Gem,
    Go,
    Composer,
}

/// A command that empties a cache.
#[derive(Clone, Debug)]
pub struct Cleanup<'a> {
    pub cache: Cache,
    pub site: Site<'a>,
}

/// Folders, and the cache that goes with each of them. A folder further up takes all below it.
const FOLDERS: &[(&str, Cache)] = &[
    ("/var/lib/apt/lists", Cache::AptLists),
    ("/var/cache/apt/archives", Cache::AptArchives),
    ("/var/cache/apt", Cache::AptArchives),
    ("/var/cache/apk", Cache::Apk),
    ("/var/cache/yum", Cache::Yum),
    ("/var/cache/dnf", Cache::Dnf),
    ("/var/cache/libdnf5", Cache::Dnf),
    ("/var/cache/tdnf", Cache::Tdnf),
    ("/var/cache/zypp", Cache::Zypper),
    ("/root/.cache/pip", Cache::Pip),
    ("~/.cache/pip", Cache::Pip),
    ("/root/.npm", Cache::Npm),
    ("~/.npm", Cache::Npm),
    ("/usr/local/share/.cache/yarn", Cache::Yarn),
    ("/root/.composer/cache", Cache::Composer),
];

/// Every emptied cache, in source order; one command may empty several.
pub fn cleanups(script: &Script) -> Vec<Cleanup<'_>> {
    let mut found = Vec::new();
    for site in script.commands() {
        let removes = has_word(&site, "rm");
        let mut caches = if removes {
            caches_of_removal(&site)
        } else {
            Vec::new()
        };
        if caches.is_empty()
            && let Some(command) = package_command(site.clone())
        {
            caches = caches_of_manager(&command);
        }
        found.extend(caches.into_iter().map(|cache| Cleanup {
            cache,
            site: site.clone(),
        }));
    }
    found
}

/// Whether a word of the command is a program's name, with its folder or without.
fn has_word(site: &Site<'_>, name: &str) -> bool {
    let mut words = site.command.words.iter();
    words.any(|word| word.literal().is_some_and(|word| base_name(&word) == name))
}

fn caches_of_manager(command: &PackageCommand<'_>) -> Vec<Cache> {
    if command.action != Action::Clean {
        return Vec::new();
    }
    let action = command.action_index;
    let word = |index: usize| command.site.command.words.get(index).and_then(Word::value);
    match command.manager {
        PackageManager::AptGet | PackageManager::Apt | PackageManager::Aptitude => {
            match action.and_then(word).as_deref() {
                Some("clean") => vec![Cache::AptArchives],
                // Since apt 2.7 this removes the lists too.
                Some("distclean" | "dist-clean") => vec![Cache::AptArchives, Cache::AptLists],
                _ => Vec::new(),
            }
        }
        PackageManager::Yum if cleans_all(command) => vec![Cache::Yum],
        PackageManager::Dnf | PackageManager::Microdnf if cleans_all(command) => vec![Cache::Dnf],
        PackageManager::Tdnf if cleans_all(command) => vec![Cache::Tdnf],
        PackageManager::Zypper if command.has_option(&["-a", "--all"]) => vec![Cache::Zypper],
        PackageManager::Pip => vec![Cache::Pip],
        // Since npm 5 the cache heals itself, and only force empties it.
        PackageManager::Npm if command.has_option(&["--force", "-f"]) => vec![Cache::Npm],
        PackageManager::Yarn => vec![Cache::Yarn],
        PackageManager::Pnpm => vec![Cache::Pnpm],
        PackageManager::Apk => vec![Cache::Apk],
        PackageManager::Go => vec![Cache::Go],
        PackageManager::Composer => vec![Cache::Composer],
        _ => Vec::new(),
    }
}

/// `clean all`
fn cleans_all(command: &PackageCommand<'_>) -> bool {
    let what = command.action_index.map(|index| index + 1);
    let words = &command.site.command.words;
    let behind = what.and_then(|first| words.get(first..)).unwrap_or(&[]);
    behind
        .iter()
        .any(|word| word.value().as_deref() == Some("all"))
}

/// The caches among the operands of `rm -r`.
fn caches_of_removal(site: &Site<'_>) -> Vec<Cache> {
    let invocation = invocation(site.command);
    let (Some("rm"), Some(index)) = (invocation.name.as_deref(), invocation.index) else {
        return Vec::new();
    };
    let arguments = site.command.words.get(index + 1..).unwrap_or(&[]);
    let is_recursive = arguments.iter().any(|word| {
        word.value().is_some_and(|option| {
            let short = option.starts_with('-') && !option.starts_with("--");
            option == "--recursive" || (short && option.contains(['r', 'R']))
        })
    });
    let caches = arguments.iter().filter_map(removed_folder);
    let mut caches: Vec<Cache> = caches
        .flat_map(|folder| {
            FOLDERS
                .iter()
                .filter(move |(known, _)| is_inside(known, &folder))
                .map(|(_, cache)| *cache)
        })
        // The cache of apk is flat; the others have folders, which a plain `rm` leaves.
        .filter(|cache| is_recursive || *cache == Cache::Apk)
        .collect();
    caches.sort();
    caches.dedup();
    caches
}

/// The folder that the operand empties or removes: `/a/b`, `/a/b/`, `/a/b/*`, and `~` for the home folder.
fn removed_folder(word: &Word) -> Option<String> {
    let mut folder = String::new();
    let mut parts = word.parts.iter().peekable();
    while let Some(part) = parts.next() {
        match part {
            Part::Literal(text) | Part::Quoted(text) => folder.push_str(text),
            Part::Tilde => folder.push('~'),
            Part::Glob if folder.ends_with('/') && parts.peek().is_none() => {}
            _ => return None,
        }
    }
    let folder = folder.trim_end_matches('/');
    (folder.starts_with(['/', '~'])).then(|| folder.to_owned())
}
