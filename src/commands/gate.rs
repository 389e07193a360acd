//! `harden gate`: reads reports of scanners, and says whether a pipeline may go on.

mod input;

use std::collections::HashSet;
use std::fs;
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

use harden::engine::WantedOfContext;
use harden::gate::{self, Advice, AllowList, Base, Finding, Format, Report, Settings, Severity};
use harden::model::{Context, ImageFacts};
use harden::profile::library;

use super::{Status, output_error};
use crate::cli::{FailOn, GateArguments, ReportFormat};
use crate::discover::{self, Place, Wanted};
use crate::output::gate::{Advised, AllowNotes, Gate, Judgement, Read as ReadReport};
use crate::output::{Screen, gate as output, text};
use crate::report::Problem;
use crate::{context, lock, plan, read, write};

/// Larger than any list that people write.
const MOST_BYTES: u64 = 1024 * 1024;

pub fn run(arguments: &GateArguments, screen: &mut Screen) -> anyhow::Result<Status> {
    let settings = Settings {
        fail_on: severity(arguments.fail_on),
        ignore_unfixed: arguments.ignore_unfixed,
        today: arguments.today.unwrap_or_else(plan::today),
    };
    let allowed = match &arguments.allow_list {
        Some(path) => allow_list(path)?,
        None => AllowList::default(),
    };
    let (base, mut problems) = base(arguments);
    let mut used = HashSet::new();
    let mut reports = Vec::new();
    for path in &arguments.reports {
        match read_report(path, arguments.report_format) {
            Err(problem) => problems.push((path.clone(), problem)),
            Ok(report) => {
                let format = report.format;
                let name = path.display().to_string();
                // Each report is compared with the whole of the base branch.
                let mut base = base.clone();
                let base = base.as_mut();
                let images = gate::judge(report, &name, &settings, &allowed, base, &mut used);
                reports.push(ReadReport {
                    path: path.clone(),
                    judgement: Judgement { format, images },
                });
            }
        }
    }
    let mut gate = Gate {
        has_base: !arguments.new_only.is_empty(),
        is_verbose: arguments.verbose,
        notes: AllowNotes::new(&allowed, &used, settings.today),
        allowed,
        allow_list: arguments.allow_list.clone(),
        settings,
        reports,
        advised: None,
        problems,
    };
    match advise(arguments, &gate) {
        Ok(advised) => gate.advised = advised,
        Err((path, problem)) => gate.problems.push((path, problem)),
    }
    tell(arguments, &gate, screen)?;
    Ok(match () {
        () if !gate.problems.is_empty() => Status::Failed,
        () if gate.counted() > 0 => Status::Left,
        () => Status::Done,
    })
}

fn severity(fail_on: FailOn) -> Severity {
    match fail_on {
        FailOn::Critical => Severity::Critical,
        FailOn::High => Severity::High,
        FailOn::Medium => Severity::Medium,
        FailOn::Low => Severity::Low,
        FailOn::Negligible => Severity::Negligible,
        FailOn::Unknown => Severity::Unknown,
    }
}

fn read_report(path: &Path, format: Option<ReportFormat>) -> Result<Report, Problem> {
    let format = format.map(|format| match format {
        ReportFormat::Gitlab => Format::Gitlab,
        ReportFormat::Trivy => Format::Trivy,
        ReportFormat::Grype => Format::Grype,
        ReportFormat::Sarif => Format::Sarif,
    });
    if path == Path::new("-") {
        return input::report(io::stdin().lock(), format);
    }
    let file = fs::File::open(path).map_err(|error| {
        let problem = Problem::io("cannot read the report", &error);
        match error.kind() {
            io::ErrorKind::NotFound => problem.help("did the scan run, and keep its report?"),
            _ => problem,
        }
    })?;
    input::report(file, format)
}

/// What the base branch has, and the reports of it that cannot be read.
fn base(arguments: &GateArguments) -> (Option<Base>, Vec<(PathBuf, Problem)>) {
    let mut problems = Vec::new();
    let mut base = Base::default();
    for path in &arguments.new_only {
        match read_report(path, arguments.report_format) {
            Ok(report) => base.add(&report),
            Err(problem) => problems.push((path.clone(), problem)),
        }
    }
    ((!arguments.new_only.is_empty()).then_some(base), problems)
}

fn allow_list(path: &Path) -> Result<AllowList, Problem> {
    let name = path.display();
    let bytes = fs::File::open(path).and_then(|file| {
        let mut bytes = Vec::new();
        file.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
        Ok(bytes)
    });
    let bytes = bytes
        .map_err(|error| Problem::io(&format!("cannot read the allow-list `{name}`"), &error))?;
    if bytes.len() as u64 > MOST_BYTES {
        let message = format!("`{name}` is larger than 1 MiB: this is no allow-list");
        return Err(Problem::new(message));
    }
    let text = read::text(bytes)
        .map_err(|problem| Problem::new(format!("{name}: {}", problem.message)))?;
    AllowList::parse(&text).map_err(|(place, message)| {
        let place = place.map_or(String::new(), |(line, column)| format!(":{line}:{column}"));
        let (message, help) = match message.split_once("\nhelp: ") {
            Some((message, help)) => (message, Some(help.to_string())),
            None => (&*message, None),
        };
        let mut problem = Problem::new(format!("{name}{place}: {message}"));
        problem.help = help;
        problem
    })
}

/// What the Dockerfile says of the findings that count; nothing where none do.
fn advise(arguments: &GateArguments, gate: &Gate) -> Result<Option<Advised>, (PathBuf, Problem)> {
    let mut failing = gate.failing().peekable();
    if failing.peek().is_none() {
        return Ok(None);
    }
    let Some(path) = arguments.dockerfile.clone().or_else(only_dockerfile) else {
        return Ok(None);
    };
    let advice = advice(&path, arguments, gate, failing);
    match advice {
        Ok(advice) => Ok(Some(Advised {
            path,
            target: arguments.target.clone(),
            advice,
        })),
        // Nobody has asked for it.
        Err(_) if arguments.dockerfile.is_none() => Ok(None),
        Err(problem) => Err((path, problem)),
    }
}

fn advice<'f>(
    path: &Path,
    arguments: &GateArguments,
    gate: &Gate,
    failing: impl Iterator<Item = &'f Finding>,
) -> Result<Advice, Problem> {
    let found = discover::discover(&[path.to_path_buf()], Wanted::DOCKERFILES)?;
    let place = found.into_iter().next().map(|one| one.place);
    let place = place.ok_or_else(|| Problem::new("no Dockerfile"))??;
    let source = read::read(&place)?;
    let facts: ImageFacts = library::own_facts()
        .with_lock(lock::read(Path::new(lock::FILE))?.unwrap_or_default())
        .with_today(gate.settings.today.to_string());
    let context = |wanted: &WantedOfContext| match &place {
        Place::File(path) => context::read(path, wanted),
        Place::Stream(_) | Place::StandardInput => Context::default(),
    };
    let target = arguments.target.as_deref();
    Advice::new(&source, target, &facts, failing, context).map_err(Problem::new)
}

/// The Dockerfile of the current folder, where it has one and no second.
fn only_dockerfile() -> Option<PathBuf> {
    let found = discover::discover(&[PathBuf::from(".")], Wanted::DOCKERFILES).ok()?;
    let is_here = |path: &Path| {
        let parts = path.components();
        parts.filter(|part| *part != Component::CurDir).count() == 1
    };
    let mut here = found.into_iter().filter(|one| is_here(&one.path));
    let first = here.next()?;
    here.next().is_none().then_some(first.path)
}

fn tell(arguments: &GateArguments, gate: &Gate, screen: &mut Screen) -> anyhow::Result<()> {
    if arguments.output.is_some() {
        screen.keep_output();
    }
    let verdict = output::verdict(gate, arguments.format, &screen.output_styles);
    screen.print(&verdict).map_err(output_error)?;
    for (path, problem) in &gate.problems {
        let told = text::problem(path, problem, &screen.error_styles);
        screen.tell(&told).map_err(output_error)?;
    }
    if let Some(path) = &arguments.output {
        let kept = screen.kept();
        write::output(path, &kept)
            .map_err(|error| Problem::io(&format!("cannot write `{}`", path.display()), &error))?;
    }
    Ok(())
}
