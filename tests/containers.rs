//! Real images: Dockerfiles are built and run before and after harden, without a Docker engine.
//!
//! They are ignored unless asked for with `--include-ignored`, because they install packages (as root on Debian) and take
//! minutes. Where they cannot run, each is listed with "skipped" and the reason; with `HARDEN_CONTAINERS=require` that is a
//! failure. Cases that wait for something are listed as pending; `HARDEN_PENDING=1` runs them too. Images and packages are
//! kept in `target/containers`.

#[path = "containers/build.rs"]
mod build;
#[path = "common/case.rs"]
#[allow(dead_code)]
mod case;
#[path = "containers/image.rs"]
mod image;
#[path = "containers/own.rs"]
mod own;
#[path = "common/program.rs"]
#[allow(dead_code)]
mod program;
#[path = "containers/run.rs"]
mod run;
#[path = "containers/session.rs"]
mod session;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Failed, Trial};
use serde::de::DeserializeOwned;
use session::Session;

type Check = Box<dyn FnOnce(&Session) -> Result<(), Failed> + Send>;

/// A test that is not yet told whether it can run.
pub struct Planned {
    pub name: String,
    /// What it waits for.
    pub pending: Option<String>,
    pub test: Check,
}

/// What the `case.yaml` of a kind of case says.
pub trait Case: DeserializeOwned + Send + 'static {
    const KIND: &'static str;

    /// What it waits for.
    fn pending(&self) -> Option<&String>;

    fn check(&self, session: &Session, folder: &Path) -> Result<(), String>;
}

/// The cases of a kind, a folder each.
fn cases<C: Case>() -> Vec<Planned> {
    let planned = |case_folder: &PathBuf| {
        let path = case_folder.join("case.yaml");
        let case: C = serde_yaml::from_str(&case::read(&path))
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let case_folder = case_folder.clone();
        Planned {
            name: format!("{}::{}", C::KIND, case::name(&case_folder)),
            pending: case.pending().cloned(),
            test: Box::new(move |session| Ok(case.check(session, &case_folder)?)),
        }
    };
    let folders = case::folders(&folder().join(C::KIND));
    folders.iter().map(planned).collect()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/containers")
}

fn is_set(variable: &str, value: &str) -> bool {
    std::env::var(variable).is_ok_and(|set| set == value)
}

fn is_selected(arguments: &Arguments, name: &str) -> bool {
    let fits = |filter: &String| match arguments.exact {
        true => name == filter,
        false => name.contains(filter.as_str()),
    };
    arguments.filter.as_ref().is_none_or(fits) && !arguments.skip.iter().any(fits)
}

fn ignored(planned: Vec<Planned>, kind: &str) -> Vec<Trial> {
    let trial = |one: Planned| {
        Trial::test(one.name, || Ok(()))
            .with_kind(kind)
            .with_ignored_flag(true)
    };
    planned.into_iter().map(trial).collect()
}

fn trials(planned: Vec<Planned>, session: &Arc<Session>) -> Vec<Trial> {
    let runs_pending = is_set("HARDEN_PENDING", "1");
    let trial = |one: Planned| {
        let session = Arc::clone(session);
        let trial = Trial::test(one.name, move || (one.test)(&session));
        match one.pending {
            Some(reason) => trial
                .with_kind(format!("pending: {reason}"))
                .with_ignored_flag(!runs_pending),
            None => trial,
        }
    };
    planned.into_iter().map(trial).collect()
}

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    let mut planned = cases::<build::Case>();
    planned.extend(cases::<run::Case>());
    planned.push(own::planned());
    let is_wanted = arguments.include_ignored || arguments.ignored;
    let selects = |one: &Planned| is_selected(&arguments, &one.name);
    if arguments.list || !is_wanted || !planned.iter().any(selects) {
        // Without arguments, a plain `cargo test`, nothing is installed.
        (arguments.include_ignored, arguments.ignored) = (arguments.list, false);
        return libtest_mimic::run(&arguments, ignored(planned, "")).exit_code();
    }
    (arguments.include_ignored, arguments.ignored) = (false, false);
    match Session::start(&folder().join("setup")) {
        Ok(session) => {
            let session = Arc::new(session);
            let conclusion = libtest_mimic::run(&arguments, trials(planned, &session));
            drop(session);
            conclusion.exit_code()
        }
        Err(reason) => {
            eprintln!("skipped: containers: {reason}");
            let conclusion =
                libtest_mimic::run(&arguments, ignored(planned, &format!("skipped: {reason}")));
            match is_set("HARDEN_CONTAINERS", "require") {
                true => ExitCode::FAILURE,
                false => conclusion.exit_code(),
            }
        }
    }
}
