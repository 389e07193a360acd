//! Cases: a Dockerfile in a folder of its own, what must come of it, and the golden that came of it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use harden::engine::{self, OpenKind, Outcome, Plan};
use harden::fix::Safety;
use harden::model::{Context, ImageFacts, Pinning, lock};
use harden::profile::{Profile, library};
use harden::rule::Rule;
use harden::rules;
use serde::Deserialize;

/// What the comment `# expect: …` at the head of a case says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    Changed,
    Unchanged,
    /// Both are right, each under its conditions: `held` counts where nothing changed, the rest where something did.
    Either,
}

/// `case.yaml`: how to run harden, and what must hold of the result whatever the code does.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Wanted {
    /// The stage that is shipped.
    pub target: Option<String>,
    pub safe: bool,
    /// As `--pin` takes it; with the lock of the case, or that of its folder.
    pub pin: Option<String>,
    #[serde(skip)]
    pub lock: Option<PathBuf>,
    /// Files of the build context, by path.
    pub context: BTreeMap<String, String>,
    /// Parts of the text.
    pub contains: Vec<String>,
    pub lacks: Vec<String>,
    /// Parts of the text that follow one another.
    pub order: Vec<String>,
    /// Parts of what is said of changes that are held back.
    pub held: Vec<String>,
    /// Parts of what is said of this file, be it of a change or of what is left.
    pub tells: Vec<String>,
    /// The user that the shipped stage ends as.
    pub user: Option<String>,
    /// The image of the shipped stage.
    pub base: Option<String>,
    /// The images of other stages.
    pub bases: BTreeMap<String, String>,
    /// The ports of EXPOSE in the shipped stage and those it is built on, sorted, each once.
    pub exposes: Option<Vec<String>>,
    /// The ports that the variables of ASP.NET Core make it open.
    pub listens: Option<Vec<String>>,
    /// Variables at the end of the shipped stage.
    pub env: BTreeMap<String, String>,
    /// Folders that group 0 may write as the owner may, after everything has been copied.
    pub group_writable: Vec<String>,
    /// Stages in which every RUN runs as root.
    pub root_in: Vec<String>,
}

pub struct Case {
    /// The profile or the rule.
    pub folder: String,
    pub name: String,
    pub path: PathBuf,
    pub source: String,
    pub wanted: Wanted,
}

impl Case {
    pub fn expect(&self) -> Expect {
        let text = self.source.trim_start_matches('\u{feff}');
        let comments = text.lines().take_while(|line| line.starts_with('#'));
        let word = comments
            .filter_map(|line| line.strip_prefix("# expect: "))
            .next();
        match word.map(str::trim) {
            Some("changed") => Expect::Changed,
            Some("unchanged") => Expect::Unchanged,
            Some("either") => Expect::Either,
            other => panic!("{}: `# expect:` says {other:?}", self.path.display()),
        }
    }

    pub fn label(&self) -> String {
        format!("{}/{}", self.folder, self.name)
    }
}

/// The cases below a folder: `<profile or rule>/<case>/Dockerfile`, sorted.
pub fn cases(root: &Path) -> Vec<Case> {
    let mut cases = Vec::new();
    for group in folders(root) {
        for folder in folders(&group) {
            let path = folder.join("Dockerfile");
            cases.push(Case {
                folder: name(&group),
                name: name(&folder),
                source: read(&path),
                wanted: Wanted {
                    lock: lock_of(&folder, &group),
                    ..wanted(&folder.join("case.yaml"))
                },
                path,
            });
        }
    }
    cases
}

fn lock_of(case: &Path, group: &Path) -> Option<PathBuf> {
    let paths = [case, group].map(|folder| folder.join("harden.lock"));
    paths.into_iter().find(|path| path.exists())
}

fn wanted(path: &Path) -> Wanted {
    match std::fs::read_to_string(path) {
        Ok(text) => serde_yaml::from_str(&text)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display())),
        Err(_) => Wanted::default(),
    }
}

pub fn folders(root: &Path) -> Vec<PathBuf> {
    let entries =
        std::fs::read_dir(root).unwrap_or_else(|error| panic!("{}: {error}", root.display()));
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let mut folders: Vec<PathBuf> = paths.filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

pub fn name(path: &Path) -> String {
    path.file_name()
        .expect("a name")
        .to_string_lossy()
        .into_owned()
}

pub fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What a case is run with.
pub struct Setup {
    profile: Option<Profile>,
    /// How the command line names it.
    argument: String,
    rules: Vec<&'static Rule>,
}

impl Setup {
    /// The profile with all its rules, as the command line takes it.
    ///
    /// A folder of cases may bring the profile that it is about, which a company would write, in `profile.yaml`.
    pub fn of_profile(name: &str) -> Self {
        let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
        let own = own.join(name).join("profile.yaml");
        let argument = match own.exists() {
            true => own.display().to_string(),
            false => name.to_string(),
        };
        let load = |name: &str, _: Option<&str>| {
            let text = std::fs::read_to_string(name).map_err(|error| format!("{name}: {error}"))?;
            Ok((name.to_string(), text))
        };
        let profile = library::resolve(&argument, &load);
        let profile = profile.unwrap_or_else(|error| panic!("{error}"));
        let rules = Plan::of(vec![&profile]).rules;
        Self {
            profile: Some(profile),
            argument,
            rules,
        }
    }

    /// For the folder of a case: a rule alone; the default profile with its rules; and any other profile with those that
    /// the default has not, so that new rules do not change its goldens.
    pub fn of_folder(name: &str) -> Self {
        if let Some(rule) = rules::find(name) {
            return Self {
                profile: None,
                argument: String::new(),
                rules: vec![rule],
            };
        }
        let mut setup = Self::of_profile(name);
        if name != library::DEFAULT {
            let default = Self::of_profile(library::DEFAULT).rules;
            let is_default = |rule: &Rule| default.iter().any(|one| one.id == rule.id);
            setup.rules.retain(|rule| !is_default(rule));
        }
        setup
    }

    /// What tells the program to do the same.
    pub fn arguments(&self, wanted: &Wanted) -> Vec<String> {
        let mut arguments = Vec::new();
        match &self.profile {
            Some(profile) if profile.name == library::DEFAULT => {
                arguments.extend(["--profile", &profile.name]);
            }
            Some(profile) => {
                arguments.extend(["--profile", &self.argument, "--rule", &profile.name]);
                arguments.extend(self.rules.iter().flat_map(|rule| ["--rule", rule.id]));
            }
            None => arguments.extend(self.rules.iter().flat_map(|rule| ["--rule", rule.id])),
        }
        if let Some(target) = &wanted.target {
            arguments.extend(["--target", target]);
        }
        arguments.extend(wanted.safe.then_some("--safe"));
        arguments.extend(["--today", TODAY]);
        let mut arguments: Vec<String> = arguments.into_iter().map(String::from).collect();
        if let Some(pin) = &wanted.pin {
            arguments.extend(["--pin".to_string(), pin.clone()]);
        }
        if let Some(lock) = &wanted.lock {
            arguments.extend(["--lock".to_string(), lock.display().to_string()]);
        }
        arguments
    }

    pub fn run(&self, source: &str, wanted: &Wanted) -> Outcome {
        let plan = Plan {
            rules: self.rules.clone(),
            minimum: if wanted.safe {
                Safety::Safe
            } else {
                Safety::Review
            },
            target: wanted.target.clone(),
            ..Plan::of(self.profile.iter().collect())
        };
        let facts = facts(wanted);
        engine::harden_with(source, &plan, &facts, |asked| {
            match wanted.context.is_empty() {
                true => Context::default(),
                false => context_of(&wanted.context, asked.files.clone()),
            }
        })
    }
}

/// What the program would read of these files.
fn context_of(files: &BTreeMap<String, String>, asked: Vec<String>) -> Context {
    let is_asked = |path: &String| {
        let mut asked = asked.iter();
        asked.any(|one| one == path || one.is_empty() || path.starts_with(&format!("{one}/")))
    };
    let is_folder = |one: &&String| {
        let prefix = format!("{one}/");
        one.is_empty() || files.keys().any(|path| path.starts_with(&prefix))
    };
    let texts = files.iter().filter(|(path, _)| is_asked(path));
    Context {
        files: texts
            .map(|(path, text)| (path.clone(), text.clone()))
            .collect(),
        folders: asked.iter().filter(is_folder).cloned().collect(),
        asked: asked.into_iter().collect(),
        unread: None,
    }
}

/// The day of all cases.
const TODAY: &str = "2026-11-24";

fn facts(wanted: &Wanted) -> ImageFacts {
    let facts = library::own_facts().with_today(TODAY.to_string());
    let facts = match &wanted.lock {
        Some(path) => facts.with_lock(lock::parse(&read(path)).unwrap_or_else(|error| {
            panic!("{}: {error:?}", path.display());
        })),
        None => facts,
    };
    match wanted.pin.as_deref() {
        None => facts,
        Some("tag") => facts.with_pinning(Pinning::Tag),
        Some("digest") => facts.with_pinning(Pinning::Digest),
        Some("both") => facts.with_pinning(Pinning::Both),
        Some(other) => panic!("`pin: {other}`"),
    }
}

/// What is held back, a line for each finding and one for each reason.
pub fn held(outcome: &Outcome) -> String {
    let mut text = String::new();
    for error in &outcome.errors {
        text.push_str(&format!("error: {}\n", error.message));
    }
    for open in &outcome.open {
        let OpenKind::Held(reasons) = &open.kind else {
            continue;
        };
        text.push_str(&format!(
            "{}:{}: {}\n",
            open.position.line, open.rule, open.message
        ));
        for reason in reasons {
            let line = reason.position.map_or(String::new(), |position| {
                format!("line {}: ", position.line)
            });
            text.push_str(&format!("  - {line}{}\n", reason.text));
        }
    }
    text
}

/// Everything that is said of a file.
pub fn told(outcome: &Outcome) -> String {
    let mut text = held(outcome);
    for applied in &outcome.applied {
        text.push_str(&format!(
            "{}: {}: {}\n",
            applied.rule,
            applied.title,
            applied.why.as_deref().unwrap_or("")
        ));
        for step in &applied.steps {
            text.push_str(&format!(
                "  {}: {}\n",
                step.what,
                step.why.as_deref().unwrap_or("")
            ));
        }
    }
    for open in &outcome.open {
        match &open.kind {
            OpenKind::Held(_) => {}
            OpenKind::Manual { title, why } => {
                text.push_str(&format!("{}: {title}: {why}\n", open.message))
            }
            OpenKind::LeftOut { title, .. } => {
                text.push_str(&format!("{}: {title}\n", open.message))
            }
        }
    }
    text
}
