use crate::fix::Reason;
use crate::model::packages::{
    Action, Cache, PackageCommand, PackageManager, cleanups, commands_used,
};
use crate::model::{Model, Stage};
use crate::rule::packages::{self, PackageRun, insert_word, is_word};
use crate::rule::{Check, Finding, Rule, Severity, Survey, Verdict};
use crate::syntax::Keyword;
use crate::syntax::shell::{Site, edit};
use crate::text::Edit;

pub const RULE: Rule = Rule {
    id: "apk-cache-left",
    summary: "the index of apk stays in the layer",
    severity: Severity::Low,
    since: "0.1.0",
    page: include_str!("apk_cache_left.md"),
    aliases: &["hadolint:DL3019", "kics:ae9c56a6", "trivy:DS025"],
    check: Check::Dockerfile(check),
};

const NO_CACHE: &str = "--no-cache";

/// Options after which `--no-cache` has no meaning or another one.
const OTHER_CACHE: &[&str] = &[NO_CACHE, "--cache-dir", "--no-network"];

/// What makes apk fetch the index, as `--no-cache` does too.
const FETCHES: &[&str] = &["--update", "--update-cache", "-U"];

fn check(model: &Survey<'_>) -> Vec<Finding> {
    let runs = model.package_runs(|one| one == PackageManager::Apk);
    if runs.is_empty() {
        return Vec::new();
    }
    let unknown = last_unknown(model);
    let above = model.from_descendants(|stage| *unknown.get(stage.index)?);
    let later = packages::asked_later(&runs, uses_index);
    let pairs = runs.iter().zip(later);
    let in_layer = pairs
        .filter(|(run, _)| !run.is_mounted("/var/cache/apk") && !run.is_mounted("/etc/apk/cache"));
    in_layer
        .filter_map(|(run, later)| {
            let is_used = later.is_some() || runs_unknown(run, &unknown, &above);
            finding(model, run, is_used)
        })
        .collect()
}

fn keeps_index(command: &PackageCommand<'_>) -> bool {
    command.manager == PackageManager::Apk
        && matches!(command.action, Action::Install | Action::Upgrade)
        && !command.has_option(OTHER_CACHE)
}

/// `is_used`: whether a later command may use the index.
fn finding(model: &Model<'_>, run: &PackageRun<'_>, is_used: bool) -> Option<Finding> {
    let keeping: Vec<_> = run.commands.iter().filter(|one| keeps_index(one)).collect();
    let Some(first) = keeping.first() else {
        return left_over(model, run, is_used);
    };
    let edits: Result<Vec<Edit>, Reason> = keeping
        .iter()
        .map(|one| without_cache(model, one))
        .collect();
    let verdict = match edits {
        Err(reason) => Verdict::held(reason),
        Ok(mut edits) => {
            edits.extend(needless(model, run, is_used));
            Verdict::safe("install without a cache", edits)
        }
    };
    let message = "the index of apk stays in the layer";
    Some(Finding::of(&RULE, first.span(), message, verdict))
}

/// An `apk update` in front of commands that keep no index.
fn left_over(model: &Model<'_>, run: &PackageRun<'_>, may_be_used: bool) -> Option<Finding> {
    let update = run.doing(&[Action::Update]).next()?;
    let offset = update.span().start;
    let is_apk = update.manager == PackageManager::Apk;
    let mut installs = run.doing(&[Action::Install]);
    let serves = installs.any(|one| one.manager == update.manager && one.span().start > offset);
    if !is_apk || !serves || run.is_emptied_after(Cache::Apk, offset) {
        return None;
    }
    let edits = needless(model, run, may_be_used);
    if edits.is_empty() {
        return None;
    }
    let message = "`apk update` leaves an index that nothing uses";
    let verdict = Verdict::safe("leave it out", edits);
    Some(Finding::of(&RULE, update.span(), message, verdict))
}

fn without_cache(model: &Model<'_>, command: &PackageCommand<'_>) -> Result<Edit, Reason> {
    let words = &command.site.command.words;
    let fetches = command.option(FETCHES).and_then(|option| {
        let word = words.get(option.index)?;
        let is_alone = FETCHES.iter().any(|text| is_word(word, text));
        (is_alone && !word.is_split).then_some(word.span)
    });
    if let Some(span) = fetches.filter(|_| !command.site.is_in_substitution()) {
        return Ok(Edit::replace(span, NO_CACHE));
    }
    let action = command.action_index.unwrap_or(command.name_index);
    insert_word(model, command, action, NO_CACHE)
}

/// Takes out `apk update` and the removal of what it leaves, where nothing else uses it.
fn needless(model: &Model<'_>, run: &PackageRun<'_>, is_used: bool) -> Vec<Edit> {
    let script = run.run.script;
    let updates: Vec<_> = run.doing(&[Action::Update]).collect();
    let others_use_it = run
        .doing(&[Action::Other])
        .any(|one| one.manager == PackageManager::Apk)
        || !updates.is_empty() && is_used;
    if others_use_it {
        return Vec::new();
    }
    let removals = cleanups(script);
    let removals = removals
        .iter()
        .filter(|one| one.cache == Cache::Apk && removes_only_cache(&one.site));
    let sites: Vec<&Site<'_>> = updates
        .iter()
        .map(|one| &one.site)
        .chain(removals.map(|one| &one.site))
        .collect();
    let spans: Result<Vec<_>, _> = sites
        .iter()
        .map(|site| edit::delete_command(script, model.file.source, site))
        .collect();
    let Ok(mut spans) = spans else {
        return Vec::new();
    };
    spans.sort();
    let apart = spans.windows(2).all(|pair| match pair {
        [one, next] => one.end <= next.start,
        _ => true,
    });
    if !apart {
        return Vec::new();
    }
    spans.into_iter().map(Edit::delete).collect()
}

/// Whether a later command needs the index that is there.
fn uses_index(command: &PackageCommand<'_>) -> bool {
    command.manager == PackageManager::Apk
        && (command.action == Action::Other || keeps_index(command) && !command.has_option(FETCHES))
}

/// For each stage, its last RUN that runs what is not in the file.
fn last_unknown(model: &Model<'_>) -> Vec<Option<usize>> {
    let is_unknown = |index: usize| match model.body(index).script() {
        Some(script) => {
            let uses = commands_used(script);
            uses.iter().any(|one| one.unknown.is_some())
        }
        None => true,
    };
    let of_stage = |stage: &Stage| {
        let mut all = model.instructions_of(stage).rev();
        all.find(|(index, one)| one.keyword == Keyword::Run && is_unknown(*index))
            .map(|(index, _)| index)
    };
    model.stages.iter().map(of_stage).collect()
}

/// Whether anything from a RUN on may install packages without showing it in this file.
fn runs_unknown(run: &PackageRun<'_>, own: &[Option<usize>], above: &[Option<usize>]) -> bool {
    let of = |list: &[Option<usize>]| list.get(run.stage.index).copied().flatten();
    of(own).is_some_and(|index| index >= run.run.index) || of(above).is_some()
}

/// `rm -rf /var/cache/apk/*` and no other operand.
fn removes_only_cache(site: &Site<'_>) -> bool {
    let mut operands = site.command.words.iter().skip(1).filter(|word| {
        let (text, _) = word.literal_prefix();
        !text.starts_with('-')
    });
    let is_rm = site.command.name().as_deref() == Some("rm");
    let is_cache = |word: &crate::syntax::shell::Word| {
        let (text, _) = word.literal_prefix();
        text.trim_end_matches('/') == "/var/cache/apk"
    };
    is_rm && site.command.redirects.is_empty() && operands.all(is_cache)
}
