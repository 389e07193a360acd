//! `harden` without a subcommand: the patch, the change in place, or the check.

use std::io;
use std::path::{Path, PathBuf};

use clap::{CommandFactory as _, ValueEnum as _};
use harden::model::ImageFacts;
use harden::profile::library;
use rayon::prelude::*;

use super::work::harden_safely;
use super::{Status, output_error};
use crate::baseline::Baseline;
use crate::cli::{Cli, Format, Mode, Rewrite};
use crate::config::Config;
use crate::discover::{self, Found, Place};
use crate::output::format;
use crate::output::parts::Report;
use crate::output::stat::Stat;
use crate::output::style::Styles;
use crate::output::{Progress, Screen, concise, diff, snippet, text};
use crate::plan::{self, Selection};
use crate::report::{FileReport, Problem, Summary};
use crate::{read, write};

/// For fewer files than these, starting threads takes longer than they save.
const FEW_FILES: usize = 8;
/// Files that are worked on before the next ones are printed.
const BATCH: usize = 64;
/// As much as the main thread has, so that it makes no difference on which thread a file is read.
const STACK_BYTES: usize = 8 * 1024 * 1024;

pub fn run(arguments: &Rewrite, config: &Config, screen: &mut Screen) -> anyhow::Result<Status> {
    check_format(arguments)?;
    let selection = Selection::new(&arguments.plan, config)?;
    let facts = plan::facts(&arguments.plan)?;
    let mut found = discover::discover(&arguments.paths, selection.wanted())?;
    found.retain(|one| !is_excluded(one, arguments, config));
    if found.is_empty() {
        return Err(Problem::new("no Dockerfile is left: the configuration excludes all").into());
    }
    found.iter_mut().for_each(suggest_subcommand);
    if let Some(path) = &arguments.output {
        check_output(path, &found)?;
        screen.keep_output();
    }
    let baseline = match (&arguments.baseline, &config.baseline) {
        (Some(path), _) => Some(Baseline::read(path)?),
        (None, Some(path)) if arguments.write_baseline.is_none() => {
            Some(Baseline::read(&path.value)?)
        }
        (None, _) => None,
    };
    let worker = Worker {
        selection: &selection,
        baseline,
        facts: &facts,
        mode: arguments.mode.mode(),
        here: std::fs::canonicalize(".").unwrap_or_default(),
        stdin_name: arguments.stdin_filename.as_deref(),
    };
    let mut printer = Printer {
        arguments,
        mode: worker.mode,
        output_is_data: match worker.mode {
            Mode::Diff => true,
            Mode::Write => reads_standard_input(arguments),
            Mode::Check => false,
        },
        screen,
        summary: Summary::default(),
        report: format::report(arguments.format),
        stat: arguments.stat.then(Stat::default),
        baseline: arguments.write_baseline.as_ref().map(|_| Baseline::new()),
    };
    printer.start().map_err(output_error)?;
    work_on_all(found, &worker, &mut printer).map_err(output_error)?;
    printer.end().map_err(output_error)?;
    let is_accepted = arguments.exit_zero || arguments.write_baseline.is_some();
    let status = status(&printer.summary, worker.mode, is_accepted);
    if let (Some(baseline), Some(path)) = (&printer.baseline, &arguments.write_baseline) {
        let text = baseline.text();
        write::output(path, text.as_bytes()).map_err(|error| output_problem(path, &error))?;
    }
    if let Some(path) = &arguments.output {
        let kept = screen.kept();
        write::output(path, &kept).map_err(|error| output_problem(path, &error))?;
    }
    Ok(status)
}

/// A file that is named is taken, whatever the configuration says.
fn is_excluded(found: &Found, arguments: &Rewrite, config: &Config) -> bool {
    match &found.place {
        Ok(Place::File(path)) => !arguments.paths.contains(&found.path) && config.is_excluded(path),
        _ => false,
    }
}

/// A word that is no file may be meant as a subcommand.
fn suggest_subcommand(found: &mut Found) {
    let (Err(problem), Some(word)) = (&mut found.place, found.path.to_str()) else {
        return;
    };
    let command = Cli::command();
    let names = || command.get_subcommands().map(clap::Command::get_name);
    if found.path.is_symlink() || found.path.exists() || problem.help.is_some() {
        return;
    }
    problem.help = match library::nearest(word, names()) {
        Some(name) if name == word => Some(format!(
            "a subcommand comes first, and its options after it: `harden {name}`"
        )),
        Some(name) => Some(format!("did you mean `harden {name}`?")),
        None => None,
    };
}

fn output_problem(path: &Path, error: &io::Error) -> Problem {
    Problem::io(&format!("cannot write `{}`", path.display()), error)
}

fn reads_standard_input(arguments: &Rewrite) -> bool {
    arguments.paths.iter().any(|path| path == Path::new("-"))
}

fn check_format(arguments: &Rewrite) -> Result<(), Problem> {
    if !arguments.mode.write {
        return Ok(());
    }
    let name = format_name(arguments.format);
    if !format::goes_with_write(arguments.format) {
        let message = format!("`--format {name}` tells of the lines before `--write` changes them");
        return Err(Problem::new(message).help("run harden without `--write` first"));
    }
    let is_report = format::report(arguments.format).is_some();
    if is_report && reads_standard_input(arguments) {
        let message = format!(
            "`--write` with `-` prints the file, which `--format {name}` leaves no room for"
        );
        return Err(Problem::new(message).help("the patch is in the JSON of `--diff`"));
    }
    Ok(())
}

fn format_name(format: Format) -> String {
    let value = format.to_possible_value();
    value.map_or_else(String::new, |value| value.get_name().to_string())
}

/// What can be seen of `--output` before anything is changed.
fn check_output(path: &Path, found: &[Found]) -> Result<(), Problem> {
    if path.is_dir() {
        let message = format!("cannot write `{}`: it is a folder", path.display());
        return Err(Problem::new(message));
    }
    let folder = path.parent().filter(|path| !path.as_os_str().is_empty());
    if let Some(Err(error)) = folder.map(std::fs::metadata) {
        return Err(output_problem(path, &error));
    }
    let real = std::fs::canonicalize(path).ok();
    let is_input = found.iter().any(|one| match &one.place {
        Ok(Place::File(file)) => Some(file) == real.as_ref(),
        _ => false,
    });
    if is_input {
        let message = format!("`--output` would overwrite the input `{}`", path.display());
        return Err(Problem::new(message).help("`--write` changes files in place"));
    }
    Ok(())
}

fn status(summary: &Summary, mode: Mode, exit_zero: bool) -> Status {
    let is_left = match mode {
        Mode::Write => summary.left > 0,
        Mode::Diff | Mode::Check => summary.left > 0 || summary.changed > 0,
    };
    match (summary.failed > 0, is_left && !exit_zero) {
        (true, _) => Status::Failed,
        (false, true) => Status::Left,
        (false, false) => Status::Done,
    }
}

/// Works on the files, on as many threads as pay, and prints in their order.
fn work_on_all(
    found: Vec<Found>,
    worker: &Worker<'_>,
    printer: &mut Printer<'_>,
) -> io::Result<()> {
    let threads = match found.len() > FEW_FILES {
        true => std::thread::available_parallelism().map_or(1, usize::from),
        false => 1,
    };
    let mut progress = Progress::new(found.len(), "files");
    let pool = match threads {
        1 => None,
        threads => {
            let builder = rayon::ThreadPoolBuilder::new().num_threads(threads);
            builder.stack_size(STACK_BYTES).build().ok()
        }
    };
    let mut rest = found.into_iter();
    loop {
        let size = pool.as_ref().map_or(1, |_| BATCH * threads);
        let batch: Vec<Found> = rest.by_ref().take(size).collect();
        if batch.is_empty() || printer.is_done() {
            return Ok(());
        }
        let files = batch.len();
        let reports: Vec<FileReport> = match &pool {
            None => batch.into_iter().map(|one| worker.work(one)).collect(),
            Some(pool) => pool.install(|| {
                let batch = batch.into_par_iter();
                batch.map(|one| worker.work(one)).collect()
            }),
        };
        progress.aside(|| reports.iter().try_for_each(|report| printer.file(report)))?;
        progress.advance(files);
    }
}

/// Does what is to be done with one file; knows nothing of printing.
pub(super) struct Worker<'w> {
    selection: &'w Selection<'w>,
    baseline: Option<Baseline>,
    facts: &'w ImageFacts,
    mode: Mode,
    /// What paths in patches are relative to.
    here: PathBuf,
    stdin_name: Option<&'w Path>,
}

impl<'w> Worker<'w> {
    /// For the patch of a repository in the folder `here`, with the baseline that its configuration names.
    ///
    /// # Errors
    /// A [`Problem`] with that baseline.
    pub fn of_repository(
        here: &Path,
        config: &Config,
        selection: &'w Selection<'w>,
        facts: &'w ImageFacts,
    ) -> Result<Self, Problem> {
        let baseline = config.baseline.as_ref();
        Ok(Self {
            selection,
            baseline: baseline
                .map(|path| Baseline::read(&path.value))
                .transpose()?,
            facts,
            mode: Mode::Diff,
            here: here.to_path_buf(),
            stdin_name: None,
        })
    }

    pub fn work(&self, found: Found) -> FileReport {
        let is_stdin = matches!(found.place, Ok(Place::StandardInput));
        let patch_path = match &found.place {
            Ok(Place::StandardInput) => {
                let name = self.stdin_name.unwrap_or(Path::new("Dockerfile"));
                discover::patch_path(name, &self.here)
            }
            Ok(Place::File(path) | Place::Stream(path)) => discover::patch_path(path, &self.here),
            Err(_) => found.path.clone(),
        };
        let mut report = FileReport {
            path: match self.stdin_name {
                Some(name) if is_stdin => name.to_path_buf(),
                _ => found.path,
            },
            patch_path,
            is_stdin,
            ..FileReport::default()
        };
        if let Err(problems) = self.fill(&mut report, found.place) {
            report.problems = problems;
        }
        report
    }

    fn fill(
        &self,
        report: &mut FileReport,
        place: Result<Place, Problem>,
    ) -> Result<(), Vec<Problem>> {
        let place = place.map_err(|problem| vec![problem])?;
        report.source = read::read(&place).map_err(|problem| vec![problem])?;
        let path = match &place {
            Place::File(path) => path.clone(),
            Place::Stream(path) => self.here.join(path),
            Place::StandardInput => self.here.join(&report.path),
        };
        let mut plan = self.selection.plan(&path);
        if let Some(baseline) = &self.baseline {
            plan.policy.baseline = baseline.of(&report.patch_path);
        }
        let file = match &place {
            Place::File(path) => Some(path.as_path()),
            Place::Stream(_) | Place::StandardInput => None,
        };
        harden_safely(report, self.selection.kind(&path), file, &plan, self.facts)?;
        if self.mode == Mode::Write && report.is_changed() {
            report.notes = self.write(&place, report)?;
            report.written = true;
        }
        Ok(())
    }

    fn write(&self, place: &Place, report: &FileReport) -> Result<Vec<String>, Vec<Problem>> {
        match place {
            Place::StandardInput => Ok(Vec::new()),
            Place::File(path) => write::replace(path, &report.source, &report.outcome.text)
                .map_err(|problem| vec![problem]),
            Place::Stream(_) => Err(vec![Problem::new(
                "cannot write the file: it is a pipe or a device",
            )]),
        }
    }
}

/// Prints reports as the arguments ask for it.
struct Printer<'p> {
    arguments: &'p Rewrite,
    mode: Mode,
    /// Standard output has a patch or a hardened file.
    output_is_data: bool,
    screen: &'p mut Screen,
    summary: Summary,
    /// For other programs; `None` for people.
    report: Option<Box<dyn Report>>,
    stat: Option<Stat>,
    /// To be written.
    baseline: Option<Baseline>,
}

impl Printer<'_> {
    /// Nobody reads, and nothing is to be written.
    fn is_done(&self) -> bool {
        self.screen.is_closed() && self.mode != Mode::Write
    }

    fn start(&mut self) -> io::Result<()> {
        match &mut self.report {
            Some(format) => self.screen.print(&format.start()),
            None => Ok(()),
        }
    }

    fn file(&mut self, report: &FileReport) -> io::Result<()> {
        self.summary.add(report);
        if let Some(stat) = &mut self.stat {
            stat.add(report);
        }
        if let Some(baseline) = &mut self.baseline {
            baseline.add(report);
        }
        match &mut self.report {
            Some(format) => self.screen.print(&format.file(report))?,
            None => self.text(report)?,
        }
        let problems = snippet::problems(report, &self.screen.error_styles);
        self.screen.tell(&problems)
    }

    fn text(&mut self, report: &FileReport) -> io::Result<()> {
        let verbose = self.arguments.verbose;
        let explanation = match self.mode {
            _ if self.arguments.quiet => String::new(),
            _ if self.arguments.format == Format::Concise => {
                concise::findings(report, verbose, self.styles())
            }
            Mode::Check => snippet::findings(report, verbose, self.styles()),
            mode => text::explanation(report, mode, verbose, self.styles()),
        };
        match self.mode {
            Mode::Diff => self.patch(report)?,
            Mode::Write if report.is_stdin && report.problems.is_empty() => {
                self.screen.print(&report.outcome.text)?;
            }
            Mode::Write | Mode::Check => {}
        }
        self.tell_or_print(&explanation)
    }

    fn patch(&mut self, report: &FileReport) -> io::Result<()> {
        if !report.is_changed() {
            return Ok(());
        }
        let (path, old, new) = (&report.patch_path, &report.source, &report.outcome.text);
        let patch = if self.screen.is_for_people {
            diff::screen(path, old, new, &self.screen.output_styles)
        } else {
            diff::patch(path, old, new)
        };
        self.screen.print(&patch)
    }

    fn end(&mut self) -> io::Result<()> {
        if let Some(stat) = &self.stat {
            let table = stat.table(self.styles());
            match &self.report {
                // A report has standard output for itself.
                Some(_) => self.screen.tell(&table)?,
                None => self.tell_or_print(&table)?,
            }
        }
        if let Some(format) = &mut self.report {
            return self.screen.print(&format.end(&self.summary));
        }
        if self.arguments.quiet {
            return Ok(());
        }
        let text = text::summary(&self.summary, self.mode, self.styles());
        self.tell_or_print(&text)
    }

    /// What is told of the files goes to standard error where standard output has data.
    fn tell_or_print(&mut self, text: &str) -> io::Result<()> {
        match self.output_is_data {
            true => self.screen.tell(text),
            false => self.screen.print(text),
        }
    }

    fn styles(&self) -> &Styles {
        match self.output_is_data {
            true => &self.screen.error_styles,
            false => &self.screen.output_styles,
        }
    }
}
