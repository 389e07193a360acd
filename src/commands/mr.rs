//! `harden mr`: the change of the plain command as one request to merge.

mod telling;

use std::collections::HashSet;
use std::io::Write as _;
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use super::rewrite::Worker;
use super::{Status, output_error};
use crate::cli::Cli;
use crate::cli::mr::{ForgeArguments, ForgeName, MrArguments};
use crate::config::Config;
use crate::discover::{self, Found};
use crate::forge::{self, Forge, ForgeKind, Settings};
use crate::git::{self, Address, Change, Copy, Files, Git, Kind, Login};
use crate::http;
use crate::output::{Screen, escape, snippet};
use crate::plan::{self, Selection};
use crate::profiles;
use crate::read;
use crate::report::{FileReport, Problem, Summary};
use crate::request::{self, Content, Parts, Place};

pub fn run(arguments: &MrArguments, cli: &Cli, screen: &mut Screen) -> anyhow::Result<Status> {
    let (address, login) = address(arguments)?;
    let settings = settings(&arguments.forge, arguments.verbose, &address)?;
    let address = as_served(settings.kind, address);
    let forge = forge::connect(&settings, &address)?;
    let git = Git::new(
        git_settings(&arguments.forge),
        address.clone(),
        login_of(&settings, &address, login),
    )?;
    if let Some(branch) = &arguments.target_branch {
        git::check_branch(branch)?;
    }
    let folder = tempfile::Builder::new().prefix("harden-").tempdir();
    let folder = folder.map_err(|error| Problem::io("cannot make a temporary folder", &error))?;
    let place = folder.path().join("copy.git");
    let branch = arguments.target_branch.as_deref();
    let copy = git.copy(branch, Files::Small, &place);
    let copy = copy.map_err(Problem::from)?;
    let target = copy.branch_name().map_err(Problem::from)?;
    let tree = folder.path().join("tree");
    let mut left = export(&copy, &tree)?;
    let (reports, profile) = harden(arguments, cli, &tree, &address, &mut left)?;
    let mut summary = Summary::default();
    reports.iter().for_each(|report| summary.add(report));
    for report in &reports {
        let problems = snippet::problems(report, &screen.error_styles);
        screen.tell(&problems).map_err(output_error)?;
    }
    let paths = named_paths(&arguments.paths)?;
    let name = match paths.is_empty() {
        true => target.clone(),
        false => format!("{target} {}", paths.join(" ")),
    };
    let branch = request::branch_name(&profile, &name);
    let content = content(
        arguments,
        &reports,
        &summary,
        &profile,
        &left.notes,
        &*forge,
        &tree,
    );
    let place = Place {
        copy: &copy,
        forge: &*forge,
        target: &target,
        branch: &branch,
    };
    let status = match arguments.dry_run {
        true => telling::dry_run(&place, content.as_ref(), screen)?,
        false => {
            let done = request::ensure(&place, content.as_ref())?;
            telling::tell(&place, &done, screen)?;
            Status::Done
        }
    };
    Ok(if summary.failed > 0 {
        Status::Failed
    } else {
        status
    })
}

/// GitLab redirects to the address with `.git`, and a redirect takes no login along.
pub fn as_served(kind: ForgeKind, address: Address) -> Address {
    match kind {
        ForgeKind::Gitlab => address.with_suffix(),
        _ => address,
    }
}

/// The repository, and the login that its address has in it.
fn address(arguments: &MrArguments) -> Result<(Address, Option<Login>), Problem> {
    let text = match &arguments.repo {
        Some(text) => text.clone(),
        None => git::remote_of(Path::new("."), &arguments.remote)?,
    };
    let (address, login) = Address::parse(&text)?;
    if !address.is_folder() {
        return Ok((address, login));
    }
    let real = std::fs::canonicalize(address.url()).map_err(|error| {
        Problem::io(
            &format!("there is no repository `{}`", address.url()),
            &error,
        )
    })?;
    Ok((Address::folder(&real.to_string_lossy()), None))
}

pub(super) fn settings(
    flags: &ForgeArguments,
    is_verbose: bool,
    address: &Address,
) -> Result<Settings, Problem> {
    let kind = match flags.forge {
        Some(ForgeName::Gitlab) => ForgeKind::Gitlab,
        Some(ForgeName::Github) => ForgeKind::Github,
        Some(ForgeName::Gitea) => ForgeKind::Gitea,
        Some(ForgeName::Push) => ForgeKind::Push,
        Some(ForgeName::Agit) => ForgeKind::Agit,
        None => address.host().and_then(ForgeKind::of_host).ok_or_else(|| {
            let message = format!(
                "the name of `{}` does not say what forge it is",
                address.url()
            );
            Problem::new(message)
                .help("`--forge` names one of gitlab, github, gitea, push and agit")
        })?,
    };
    // The token goes to the interface; that is at the host of the repository where nothing else is said.
    let host = match &flags.api {
        Some(api) => http::origin(api).map(|(_, host)| without_standard_port(&host)),
        None => address.host().map(String::from),
    };
    let token = match host {
        Some(host) => forge::token(kind, &host, flags.token_file.as_deref())?,
        None => None,
    };
    if token.is_none() && !matches!(kind, ForgeKind::Push | ForgeKind::Agit) {
        let message = format!("there is no token for {}", kind.name());
        return Err(Problem::new(message).help(
            "`HARDEN_TOKEN` in the environment, or `--token-file FILE`; `harden mr --help` names all places",
        ));
    }
    Ok(Settings {
        kind,
        api: flags.api.clone(),
        token,
        authorities: flags.authorities.clone(),
        insecure: flags.insecure,
        timeout: Duration::from_secs(flags.timeout),
        retries: flags.retries,
        trace: if is_verbose { tell_request } else { |_| {} },
    })
}

fn without_standard_port(host: &str) -> String {
    let bare = host
        .strip_suffix(":443")
        .or_else(|| host.strip_suffix(":80"));
    bare.unwrap_or(host).to_string()
}

pub(super) fn git_settings(flags: &ForgeArguments) -> git::Settings {
    git::Settings {
        timeout: Some(Duration::from_secs(flags.git_timeout)),
        authorities: flags.authorities.clone(),
        allow_folders: true,
    }
}

/// The token as git sends it, if the interface is at the host of the repository.
pub(super) fn login_of(
    settings: &Settings,
    address: &Address,
    own: Option<Login>,
) -> Option<Login> {
    let host = address.host()?;
    let is_same = match &settings.api {
        None => true,
        Some(api) => {
            http::origin(api).is_some_and(|(_, there)| without_standard_port(&there) == host)
        }
    };
    let is_safe =
        address.web_scheme() == Some("https") || settings.insecure || http::is_loopback(host);
    let token = settings.token.as_ref().filter(|_| is_same && is_safe);
    let user = match settings.kind {
        ForgeKind::Github => "x-access-token",
        _ => "oauth2",
    };
    let login = token.map(|token| Login {
        user: user.to_string(),
        password: token.expose().to_string(),
    });
    login.or(own)
}

/// What was not written to the folder.
#[derive(Default)]
struct LeftOut {
    /// Dockerfiles among it.
    problems: Vec<FileReport>,
    /// Files of which the name alone was written.
    large: HashSet<PathBuf>,
    /// For the text of the request.
    notes: Vec<String>,
}

fn export(copy: &Copy, folder: &Path) -> Result<LeftOut, Problem> {
    let target = copy.target()?;
    let mut objects = copy.objects()?;
    let tree = objects.tree(&target.id)?;
    let submodules = tree
        .entries
        .iter()
        .filter(|entry| entry.kind == Kind::Submodule);
    let note = |path: &Path| {
        let path = path.display();
        format!("`{path}`: a submodule is another repository")
    };
    let dockerfile = |path: &String| {
        let path = PathBuf::from(path);
        let is_dockerfile = path.file_name().is_some_and(discover::is_dockerfile_name);
        let message = "a path that leads out of the repository, or is git's own";
        is_dockerfile.then(|| FileReport {
            patch_path: path.clone(),
            path,
            problems: vec![Problem::new(message)],
            ..FileReport::default()
        })
    };
    Ok(LeftOut {
        notes: submodules.map(|entry| note(&entry.path)).collect(),
        problems: tree.bad.iter().filter_map(dockerfile).collect(),
        large: objects.export(&tree, folder)?,
    })
}

/// The reports of the files, and the profile's name for people.
fn harden(
    arguments: &MrArguments,
    cli: &Cli,
    tree: &Path,
    address: &Address,
    left: &mut LeftOut,
) -> Result<(Vec<FileReport>, String), Problem> {
    let config = match (&cli.common.config, cli.common.isolated) {
        (None, false) => Config::near(tree)?,
        (file, isolated) => Config::load(file.as_deref(), isolated)?,
    };
    let selection = Selection::new(&arguments.plan, &config)?;
    let facts = plan::facts_with(&arguments.plan, &tree.join(crate::lock::FILE))?;
    let here = std::fs::canonicalize(tree)
        .map_err(|error| Problem::io("cannot read a temporary folder", &error))?;
    let worker = Worker::of_repository(&here, &config, &selection, &facts)?;
    let roots = match named_paths(&arguments.paths)? {
        paths if paths.is_empty() => vec![here.clone()],
        paths => paths.iter().map(|path| here.join(path)).collect(),
    };
    let none = || {
        let message = format!("no Dockerfile found in `{}`", address.url());
        Problem::new(message)
            .help("hidden and ignored files are left out; a file that is named is always taken")
    };
    let found = match discover::discover(&roots, selection.wanted()) {
        Ok(found) => found,
        Err(_) if !left.problems.is_empty() => Vec::new(),
        Err(_) => return Err(none()),
    };
    let is_wanted = |one: &Found| match &one.place {
        Ok(discover::Place::File(path)) => roots.contains(&one.path) || !config.is_excluded(path),
        _ => true,
    };
    let mut reports = std::mem::take(&mut left.problems);
    for one in found.into_iter().filter(is_wanted) {
        let mut report = worker.work(one);
        report.path = inside(&report.path, tree, &here);
        report.patch_path = inside(&report.patch_path, tree, &here);
        if left.large.contains(&report.patch_path) {
            report.problems = vec![read::too_large(git::SMALL)];
        }
        for problem in &mut report.problems {
            problem.message = problem.message.replace(&format!("{}/", here.display()), "");
        }
        reports.push(report);
    }
    let names = match arguments.plan.profiles.as_slice() {
        [] if config.profiles.is_some() => "configured".to_string(),
        [] => harden::profile::library::DEFAULT.to_string(),
        names => names
            .iter()
            .map(|name| profiles::called(name))
            .collect::<Vec<_>>()
            .join(","),
    };
    Ok((reports, names))
}

fn inside(path: &Path, tree: &Path, here: &Path) -> PathBuf {
    let inside = path.strip_prefix(here).or_else(|_| path.strip_prefix(tree));
    inside.unwrap_or(path).to_path_buf()
}

/// The paths of the command line, from the root of the repository; none for all of it.
fn named_paths(paths: &[PathBuf]) -> Result<Vec<String>, Problem> {
    let mut names = Vec::new();
    for path in paths {
        let is_inside = |part| matches!(part, Component::Normal(_) | Component::CurDir);
        if !path.components().all(is_inside) || path == Path::new("-") {
            let message = format!("`{}` is not in the repository", path.display());
            return Err(
                Problem::new(message).help("paths are told from the root of the repository")
            );
        }
        let normal = path
            .components()
            .filter(|part| matches!(part, Component::Normal(_)));
        let name = normal.collect::<PathBuf>().to_string_lossy().into_owned();
        if !name.is_empty() {
            names.push(name);
        }
    }
    Ok(names)
}

/// `None` where there is nothing to change.
fn content(
    arguments: &MrArguments,
    reports: &[FileReport],
    summary: &Summary,
    profile: &str,
    left: &[String],
    forge: &dyn Forge,
    tree: &Path,
) -> Option<Content> {
    let all: Vec<&FileReport> = reports.iter().collect();
    let changed: Vec<&FileReport> = reports
        .iter()
        .filter(|report| report.is_changed())
        .collect();
    let change = |report: &&FileReport| Change {
        path: report.patch_path.to_string_lossy().into_owned(),
        old: report.source.clone().into_bytes(),
        new: report.outcome.text.clone().into_bytes(),
    };
    let changes: Vec<Change> = changed.iter().map(change).collect();
    if changes.is_empty() {
        return None;
    }
    let paths: Vec<String> = changes.iter().map(|change| change.path.clone()).collect();
    let mut reviewers = arguments.reviewers.clone();
    if arguments.codeowners {
        let texts = request::owners::PLACES.iter().map(|place| tree.join(place));
        let mut texts = texts.filter_map(|place| std::fs::read_to_string(place).ok());
        let owners = texts
            .next()
            .map(|text| request::owners::owners(&text, &paths));
        reviewers.extend(owners.unwrap_or_default());
        reviewers.dedup();
    }
    let has_suggestions = forge.kind() == ForgeKind::Gitlab;
    let title = arguments
        .title
        .as_deref()
        .map(|title| escape::line(title).into_owned());
    Some(Content {
        profile: profile.to_string(),
        fingerprint: request::fingerprint(profile, &changes),
        title: title.unwrap_or_else(|| request::title(&changed, profile)),
        body: request::body(
            &all,
            &Parts {
                profile,
                summary,
                left,
            },
        ),
        is_draft: arguments.draft,
        labels: arguments.labels.clone(),
        reviewers,
        assignees: arguments.assignees.clone(),
        comments: match arguments.comments {
            true => request::comments(&changed, has_suggestions),
            false => Vec::new(),
        },
        changes,
    })
}

fn tell_request(line: &str) {
    // Nobody is left to tell where this fails.
    let _ = writeln!(std::io::stderr().lock(), "{}", escape::line(line));
}
