//! `harden lock`: what the images of Dockerfiles are, asked of their registries once.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use harden::model::images::image_uses;
use harden::model::lock::{self as format, Lock, LockedImage};
use harden::model::{Fact, Model};
use harden::profile::{self, Profile, library};
use harden::syntax::{self, image::ImageReference};
use harden::text::LineIndex;
use rayon::prelude::*;

use super::{Status, output_error};
use crate::cli::{LockArguments, RegistryArguments};
use crate::config::Config;
use crate::discover::{self, Found, Place};
use crate::output::{Progress, Screen, escape, text};
use crate::registry::{Client, Failure, HostSettings, Settings};
use crate::report::Problem;
use crate::{lock, profiles, read};

/// Registries answer slowly and think in parallel.
const THREADS: usize = 8;
/// Images that are asked for before the progress is shown.
const BATCH: usize = 32;

/// An image to look up, and where it is named first.
struct Wanted {
    image: ImageReference,
    place: Spot,
}

/// A place for messages.
#[derive(Clone)]
struct Spot {
    path: PathBuf,
    line: usize,
    column: usize,
}

pub fn run(
    arguments: &LockArguments,
    config: &Config,
    screen: &mut Screen,
) -> anyhow::Result<Status> {
    let path = arguments
        .lock
        .clone()
        .unwrap_or_else(|| PathBuf::from(lock::FILE));
    let old = lock::read(&path)?.unwrap_or_default();
    let trace = if arguments.verbose > 0 {
        tell_request
    } else {
        |_: &str| {}
    };
    let client = Client::new(settings(&arguments.registry, config)?, trace)?;
    let profiles: Result<Vec<Profile>, Problem> = arguments
        .profiles
        .iter()
        .map(|name| profiles::resolve(name))
        .collect();
    let mut session = Session {
        arguments,
        profiles: profiles?,
        client,
        today: crate::plan::today().to_string(),
        status: Status::Done,
        screen,
    };
    let wanted = session.collect()?;
    let is_needed =
        |name: &String| arguments.update || arguments.check || !old.images.contains_key(name);
    let needed: Vec<(&String, &Wanted)> =
        wanted.iter().filter(|(name, _)| is_needed(name)).collect();
    let answers = session.look_up(&needed, &old)?;
    if arguments.check {
        session.compare(&needed, &answers, &old)?;
        return Ok(session.status);
    }
    let mut new = old.clone();
    for ((name, _), answer) in needed.iter().zip(answers) {
        if let Some(row) = answer {
            new.images.insert((*name).clone(), row);
        }
    }
    if new != old || session.status == Status::Done && !path.exists() {
        lock::write(&path, &new)?;
    }
    session.summary(&path, &old, &new)?;
    Ok(session.status)
}

/// One run.
struct Session<'s> {
    arguments: &'s LockArguments,
    /// Their targets are looked up too.
    profiles: Vec<Profile>,
    client: Client,
    today: String,
    status: Status,
    screen: &'s mut Screen,
}

impl Session<'_> {
    /// The images that the files name, by their name in the lock.
    fn collect(&mut self) -> anyhow::Result<BTreeMap<String, Wanted>> {
        let mut wanted = BTreeMap::new();
        for found in discover::discover(&self.arguments.paths, discover::Wanted::DOCKERFILES)? {
            if let Err(problem) = collect_file(&found, &self.profiles, &mut wanted) {
                self.problem(&found.path, &problem)?;
            }
        }
        Ok(wanted)
    }

    fn look_up(
        &mut self,
        needed: &[(&String, &Wanted)],
        old: &Lock,
    ) -> anyhow::Result<Vec<Option<LockedImage>>> {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(THREADS)
            .build()?;
        let mut progress = Progress::new(needed.len(), "images");
        let mut rows = Vec::with_capacity(needed.len());
        for batch in needed.chunks(BATCH) {
            let ask = |(name, wanted): &(&String, &Wanted)| {
                lock::look_up(
                    &self.client,
                    &wanted.image,
                    old.images.get(*name),
                    &self.today,
                )
            };
            let answers: Vec<Result<LockedImage, Failure>> =
                pool.install(|| batch.par_iter().map(ask).collect());
            progress.advance(batch.len());
            for ((name, wanted), answer) in batch.iter().zip(answers) {
                rows.push(match answer {
                    Ok(row) => Some(row),
                    Err(failure) => {
                        let mut problem = failure.problem;
                        problem.message = format!("cannot look up `{name}`: {}", problem.message);
                        let place = &wanted.place;
                        let problem = problem.at(place.line, place.column);
                        progress.aside(|| self.problem(&place.path, &problem))?;
                        None
                    }
                });
            }
        }
        Ok(rows)
    }

    fn problem(&mut self, path: &std::path::Path, problem: &Problem) -> anyhow::Result<()> {
        self.status = Status::Failed;
        let text = text::problem(path, problem, &self.screen.error_styles);
        self.screen.tell(&text).map_err(output_error)
    }

    /// `--check`: whether the lock says what the registries say.
    fn compare(
        &mut self,
        needed: &[(&String, &Wanted)],
        answers: &[Option<LockedImage>],
        old: &Lock,
    ) -> anyhow::Result<()> {
        let mut lines = String::new();
        for ((name, wanted), answer) in needed.iter().zip(answers) {
            let Some(now) = answer else { continue };
            let what = match old.images.get(*name) {
                None => "is not in the lock".to_string(),
                Some(was) if was.digest != now.digest => {
                    format!("was {}, is {}", was.digest, now.digest)
                }
                Some(_) => continue,
            };
            let place = &wanted.place;
            let path = escape::path(&place.path);
            let name = escape::line(name);
            let _ = writeln!(
                lines,
                "{path}:{}:{}: {name} {what}",
                place.line, place.column
            );
        }
        if !lines.is_empty() {
            self.status = self.status.max(Status::Left);
            self.screen.print(&lines).map_err(output_error)?;
            let help = "help: `harden lock --update` takes over what the registries say\n";
            self.screen.tell(help).map_err(output_error)?;
        }
        Ok(())
    }

    fn summary(&mut self, path: &std::path::Path, old: &Lock, new: &Lock) -> anyhow::Result<()> {
        let digest =
            |lock: &Lock, name: &String| lock.images.get(name).map(|row| row.digest.clone());
        let added = new
            .images
            .keys()
            .filter(|name| !old.images.contains_key(*name))
            .count();
        let changed = old
            .images
            .keys()
            .filter(|name| digest(old, name) != digest(new, name))
            .count();
        let text = format!(
            "{}: {} images, {added} of them new, {changed} changed\n",
            escape::path(path),
            new.images.len()
        );
        self.screen.print(&text).map_err(output_error)
    }
}

fn collect_file(
    found: &Found,
    profiles: &[Profile],
    wanted: &mut BTreeMap<String, Wanted>,
) -> Result<(), Problem> {
    let place: &Place = found.place.as_ref().map_err(Clone::clone)?;
    let source = read::read(place)?;
    let file = syntax::parse(&source);
    let lines = LineIndex::new(&source);
    if let Some(error) = file.errors.first() {
        let at = lines.position(&source, error.span.start);
        return Err(Problem::new(error.message.clone()).at(at.line, at.column));
    }
    let model = Model::new(&file, library::facts(), None).map_err(Problem::new)?;
    for one in image_uses(&model) {
        let Fact::Known(image, _) = one.image else {
            continue;
        };
        let at = lines.position(&source, one.span.start);
        let mut add = |image: ImageReference| {
            let place = Spot {
                path: found.path.clone(),
                line: at.line,
                column: at.column,
            };
            wanted
                .entry(format::key(&image))
                .or_insert(Wanted { image, place });
        };
        // Beside the digest, what the tag names now.
        if let (Some(tag), Some(_)) = (image.tag(), image.digest()) {
            ImageReference::parse(&format!("{}:{tag}", image.name())).map(&mut add);
        }
        let targets = profiles
            .iter()
            .flat_map(|profile| profile::targets(profile, &image));
        targets.for_each(&mut add);
        add(image);
    }
    Ok(())
}

/// The command line adds to the configuration, and wins.
fn settings(arguments: &RegistryArguments, config: &Config) -> Result<Settings, Problem> {
    let configured = config.registries.iter().map(|(host, registry)| {
        let settings = HostSettings {
            insecure: registry.value.insecure,
            mirror: registry.value.mirror.clone(),
        };
        (host.clone(), settings)
    });
    let mut hosts: BTreeMap<String, HostSettings> = configured.collect();
    for host in &arguments.insecure {
        hosts.entry(host.clone()).or_default().insecure = true;
    }
    for pair in &arguments.mirrors {
        let (host, mirror) = pair
            .split_once('=')
            .filter(|(host, mirror)| !host.is_empty() && !mirror.is_empty())
            .ok_or_else(|| {
                Problem::new(format!("`--mirror {pair}` is not of the form HOST=PLACE"))
                    .help("for example `--mirror docker.io=mirror.example.com/docker.io`")
            })?;
        hosts.entry(host.to_string()).or_default().mirror = Some(mirror.to_string());
    }
    Ok(Settings {
        hosts,
        login_file: arguments.logins.clone(),
        authorities: arguments.authorities.clone(),
        timeout: Duration::from_secs(arguments.timeout),
        retries: arguments.retries,
    })
}

fn tell_request(line: &str) {
    // Nobody is left to tell where this fails.
    let _ = writeln!(std::io::stderr().lock(), "{}", escape::line(line));
}
