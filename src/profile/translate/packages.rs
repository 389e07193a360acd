//! apt-get and apk lines become microdnf, dnf or yum lines.

use std::collections::HashSet;

use super::{Images, Outcome, Run, Translated};
use crate::fix::Reason;
use crate::model::package_facts::{self, Family, Package, Words};
use crate::model::packages::{
    Action, Cache, PackageCommand, PackageManager, Version, cleanups, package_commands,
};
use crate::syntax::shell::{Script, Site, edit};
use crate::text::{Edit, Span};

/// Options that say no more than the new command says anyway.
const QUIET_OPTIONS: &[&str] = &[
    "-y",
    "--yes",
    "--assume-yes",
    "-q",
    "-qq",
    "--quiet",
    "--no-install-recommends",
    "--no-install-suggests",
    "-f",
    "--fix-missing",
    "-m",
    "--allow-unauthenticated",
    "--no-cache",
    "-U",
    "--update",
    "--update-cache",
    "-u",
    "--upgrade",
    "--no-progress",
    "--fix-broken",
];

/// Decides where the caches of one RUN are emptied: one cleaning of the old manager becomes one of the new.
pub(super) struct Cleaner<'r> {
    run: &'r Run<'r>,
    /// Where `&& … clean all` goes if no old cleaning can be turned into it.
    end: Option<Result<usize, Reason>>,
    is_cleaned: bool,
}

impl<'r> Cleaner<'r> {
    pub(super) fn new(run: &'r Run<'r>) -> Self {
        Self {
            run,
            end: None,
            is_cleaned: false,
        }
    }

    fn installs_at(&mut self, site: &Site<'_>) {
        if self.end.is_none() {
            let end = edit::end_of_list(self.run.script, site);
            let held = |refusal: edit::Refusal| {
                Reason::at(
                    site.command.span,
                    format!("the cache cannot be emptied after it: {refusal}"),
                )
            };
            self.end = Some(end.map_err(held));
        }
    }

    pub(super) fn finish(self) -> Result<Vec<Edit>, Reason> {
        match self.end {
            Some(end) if !self.is_cleaned => {
                let text = format!(" && {} clean all", program(self.run.images));
                Ok(vec![Edit::insert(end?, text)])
            }
            _ => Ok(Vec::new()),
        }
    }
}

/// Whether a script does nothing but install packages of a list, and clean up behind that.
pub(super) fn only_installs(script: &Script, packages: &[String]) -> bool {
    let is_listed = |package: &Option<String>| {
        let name = package.as_ref();
        name.is_some_and(|name| packages.contains(name))
    };
    let commands = package_commands(script);
    let cleaned = cleanups(script);
    !packages.is_empty()
        && script.commands().iter().all(|site| {
            let is_cleanup = cleaned
                .iter()
                .any(|one| one.site.command.span == site.command.span);
            let command = commands.iter().find(|one| one.span() == site.command.span);
            is_cleanup
                || command.is_some_and(|command| match command.action {
                    Action::Update | Action::Clean => true,
                    Action::Install => command.packages.iter().all(|one| is_listed(&one.name)),
                    _ => false,
                })
        })
}

fn program<'f>(images: &Images<'f>) -> &'f str {
    images.new.package_manager.as_deref().unwrap_or("dnf")
}

/// What becomes of a command of a package manager, or one that empties its cache; `None` for other commands.
pub(super) fn command(
    run: &Run<'_>,
    site: &Site<'_>,
    cleaner: &mut Cleaner<'_>,
    translated: &mut Translated,
) -> Option<Outcome> {
    if run.images.same_family() {
        return None;
    }
    if let Some(outcome) = cleaning(run, site, cleaner) {
        return Some(outcome);
    }
    let command = package_commands(run.script)
        .into_iter()
        .find(|one| one.span() == site.command.span)?;
    if !command.manager.is_system() {
        return None;
    }
    let belongs = match run.images.old_family() {
        Some(Family::Debian) => command.manager.is_debian(),
        Some(Family::Alpine) => command.manager == PackageManager::Apk,
        _ => false,
    };
    let is_rpm = family_of_new(run.images);
    let held = |text: String| Some(Outcome::Held(Reason::at(site.command.span, text)));
    if !belongs || !is_rpm {
        return held("its packages have other names in the new base image".to_string());
    }
    match command.action {
        Action::Update => Some(Outcome::Goes),
        Action::Clean => Some(Outcome::Goes),
        Action::Install => Some(install(run, &command, cleaner, translated)),
        _ => held("this command of the package manager has no known equivalent on UBI".to_string()),
    }
}

fn family_of_new(images: &Images<'_>) -> bool {
    matches!(program(images), "microdnf" | "dnf" | "yum")
}

/// `rm -rf /var/lib/apt/lists/*` and its like: the first becomes `microdnf clean all`, the others go.
fn cleaning(run: &Run<'_>, site: &Site<'_>, cleaner: &mut Cleaner<'_>) -> Option<Outcome> {
    let is_old = |cache: Cache| matches!(cache, Cache::AptLists | Cache::AptArchives | Cache::Apk);
    let is_here = |one: &crate::model::packages::Cleanup<'_>| {
        is_old(one.cache) && one.site.command.span == site.command.span
    };
    if !cleanups(run.script).iter().any(is_here) {
        return None;
    }
    let mine = [
        "/var/lib/apt",
        "/var/cache/apt",
        "/var/cache/apk",
        "/var/cache/debconf",
        "/var/lib/dpkg",
    ];
    let arguments = site
        .command
        .words
        .iter()
        .skip(1)
        .map(|word| run.source.get(word.span.start..word.span.end).unwrap_or(""));
    let only_mine = arguments
        .filter(|text| text.starts_with('/'))
        .all(|text| mine.iter().any(|path| text.starts_with(path)));
    if !only_mine {
        // It also removes other files: what it removes of the old manager is not there, and rm -f does not mind.
        return Some(Outcome::Stays);
    }
    if cleaner.is_cleaned || !installs_before(run, site) {
        return Some(Outcome::Goes);
    }
    cleaner.is_cleaned = true;
    let text = format!("{} clean all", program(run.images));
    Some(Outcome::Changed(vec![Edit::replace(
        site.command.span,
        text,
    )]))
}

fn installs_before(run: &Run<'_>, site: &Site<'_>) -> bool {
    package_commands(run.script)
        .iter()
        .any(|one| one.action == Action::Install && one.span().start < site.command.span.start)
}

fn install(
    run: &Run<'_>,
    command: &PackageCommand<'_>,
    cleaner: &mut Cleaner<'_>,
    translated: &mut Translated,
) -> Outcome {
    let held = |span: Span, text: String| Outcome::Held(Reason::at(span, text));
    if let Some(option) = command
        .options
        .iter()
        .find(|option| option.value.is_some() || !QUIET_OPTIONS.contains(&option.name.as_str()))
    {
        return held(
            option.span,
            format!("option `{}` has no known equivalent on UBI", option.name),
        );
    }
    let mut edits = match head(run, command) {
        Ok(edits) => edits,
        Err(reason) => return Outcome::Held(reason),
    };
    let mut written: HashSet<&str> = HashSet::new();
    let mut emptied: Vec<&str> = Vec::new();
    let mut kept = 0;
    for package in &command.packages {
        let known = match (&package.name, &package.version) {
            (Some(name), Version::Any) => on_ubi(run.images, name),
            (Some(name), _) => Err(format!(
                "`{name}` is pinned to a version of the old distribution"
            )),
            (None, _) => Err("it is not known which package this is".to_string()),
        };
        let known = match known {
            Ok(known) => known,
            Err(text) => return held(package.span, text),
        };
        translated
            .brought
            .extend(known.commands.iter().map(ToString::to_string));
        if let Some(note) = known.note {
            translated.notes.push(format!("`{}`: {note}.", known.name));
        }
        let is_there = run
            .images
            .major
            .is_some_and(|major| known.preinstalled.has_number(major));
        let is_emptied = known.reinstall && program(run.images) == "microdnf";
        let mut names: Vec<&str> = Vec::new();
        let successors = known.rhel.filter(|_| !is_there);
        for name in successors.into_iter().flat_map(Words::iter) {
            if is_emptied {
                emptied.push(name);
            } else if written.insert(name) {
                names.push(name);
            }
        }
        if names.is_empty() {
            match take_out(run, &command.site, package.index) {
                Ok(edit) => edits.push(edit),
                Err(reason) => return Outcome::Held(reason),
            }
        } else {
            kept += 1;
            edits.push(Edit::replace(package.span, names.join(" ")));
        }
    }
    let reinstall = format!("microdnf reinstall -y {}", emptied.join(" "));
    match (kept, emptied.is_empty()) {
        (0, true) => return Outcome::Goes,
        (0, false) => edits = vec![Edit::replace(command.span(), reinstall)],
        (_, true) => {}
        (_, false) if command.site.is_step_of_top_level_list() => {
            edits.push(Edit::insert(command.span().end, format!(" && {reinstall}")));
        }
        (_, false) => {
            return held(
                command.span(),
                format!("`{reinstall}` cannot be added to this list"),
            );
        }
    }
    cleaner.installs_at(&command.site);
    Outcome::Changed(edits)
}

/// The package that takes the place of one of the old distribution.
fn on_ubi(images: &Images<'_>, name: &str) -> Result<Package, String> {
    let family = images
        .old_family()
        .ok_or("the old distribution is not known")?;
    let package = package_facts::find(family, name)
        .ok_or_else(|| format!("the name of package `{name}` on UBI is not known"))?;
    let rhel = package
        .rhel
        .ok_or_else(|| format!("the name of package `{name}` on UBI is not known"))?;
    if rhel.is_empty() {
        return Ok(package);
    }
    let list = rhel.as_str();
    let major = images
        .major
        .ok_or("the version of the new distribution is not known")?;
    match package.ubi {
        Some(majors) if majors.has_number(major) => Ok(package),
        Some(majors) if majors.is_empty() => Err(format!(
            "package `{list}` is not in UBI's repositories: it needs a subscription or EPEL"
        )),
        _ => Err(format!(
            "package `{list}` is not known to be in the repositories of UBI {major}"
        )),
    }
}

/// Manager, action and options become those of the new manager; options behind the packages go.
fn head(run: &Run<'_>, command: &PackageCommand<'_>) -> Result<Vec<Edit>, Reason> {
    let words = &command.site.command.words;
    let first_package = command
        .packages
        .first()
        .map_or(words.len(), |package| package.index);
    let last_of_head = first_package.saturating_sub(1);
    let (Some(name), Some(last)) = (words.get(command.name_index), words.get(last_of_head)) else {
        return Err(Reason::at(command.span(), "this command cannot be read"));
    };
    if command.name_index != 0 {
        return Err(Reason::at(
            command.span(),
            "the package manager runs behind another program",
        ));
    }
    let head = Span::new(name.span.start, last.span.end);
    if run.script.removed.iter().any(|gap| head.contains(*gap)) && head_has_comment(run, head) {
        return Err(Reason::at(
            head,
            "a comment inside this command would be lost",
        ));
    }
    let weak = match program(run.images) {
        "microdnf" => "--setopt=install_weak_deps=0",
        _ => "--setopt=install_weak_deps=False",
    };
    let text = format!("{} install -y {weak} --nodocs", program(run.images));
    let mut edits = vec![Edit::replace(head, text)];
    for option in command
        .options
        .iter()
        .filter(|option| option.index > last_of_head)
    {
        edits.push(take_out(run, &command.site, option.index)?);
    }
    Ok(edits)
}

fn head_has_comment(run: &Run<'_>, head: Span) -> bool {
    head.slice(run.source)
        .lines()
        .skip(1)
        .any(|line| line.trim_start().starts_with('#'))
}

fn take_out(run: &Run<'_>, site: &Site<'_>, index: usize) -> Result<Edit, Reason> {
    let held = |refusal: edit::Refusal| {
        let span = site.command.words.get(index).map(|word| word.span);
        let text = format!("this word cannot be taken out of its command: {refusal}");
        Reason::at(span.unwrap_or(site.command.span), text)
    };
    let span = edit::take_out(run.source, site, index).map_err(held)?;
    Ok(Edit::delete(span))
}
