//! The script that an image starts with, where the file copies it in: what it needs root for.

use super::{Target, files, given, programs, start_options};
use crate::fix::Reason;
use crate::model::context::{self, Content};
use crate::model::{Model, Stage, State};
use crate::syntax::shell::{
    self, Part, Redirect, RedirectKind, RedirectTarget, Script, Site, Word,
};
use crate::syntax::{Instruction, Keyword};
use crate::text::Span;

/// Where programs are looked for that are named without a folder.
const PATH: [&str; 6] = [
    "/usr/local/sbin",
    "/usr/local/bin",
    "/usr/sbin",
    "/usr/bin",
    "/sbin",
    "/bin",
];

/// What everybody may write.
const FOR_ALL: [&str; 4] = ["/tmp", "/var/tmp", "/dev", "/proc/self"];

const SHELLS: [&str; 5] = ["sh", "bash", "dash", "ash", "ksh"];

/// What is known of the start script.
pub(super) enum StartScript {
    /// What it does is not known, and why.
    Unread { name: String, why: Option<String> },
    /// What it needs root for; nothing where it is empty.
    Read(Vec<Reason>),
}

/// The script that starts the application, where the file copies it in.
pub(super) fn start_script(target: &Target<'_, '_, '_>) -> Option<StartScript> {
    let (model, lineage) = (target.model, target.lineage.as_slice());
    let Start { word, span } = named(model, lineage)?;
    let name = word.rsplit('/').next().unwrap_or(&word).to_string();
    let unread = |why: Option<String>| {
        Some(StartScript::Unread {
            name: name.clone(),
            why,
        })
    };
    let end = target.end()?;
    let mut paths = paths(end, &word).into_iter();
    let Some(copied) = paths.find_map(|path| context::copied_to(model, lineage, &path)) else {
        return unread(None);
    };
    let text = match &copied.content {
        Content::Text(text) => text.as_str(),
        Content::Heredoc(body) => body.slice(model.file.source),
        Content::NotAtHand(_) => {
            return match &model.context.unread {
                None => unread(None),
                Some(why) => {
                    let text = format!("it is not known which `{name}` starts the image: {why}");
                    Some(StartScript::Read(vec![Reason::at(span, text)]))
                }
            };
        }
    };
    if is_changed_later(model, lineage, &name) {
        return unread(Some("a RUN changes it".to_string()));
    }
    // The carriage returns of a checkout say nothing of what the script needs.
    let text = text.replace("\r\n", "\n");
    match read(&text) {
        Ok(script) => {
            let reasons = Reading::new(target, end, &name, &text, span).reasons(&script);
            Some(StartScript::Read(reasons))
        }
        Err(why) => unread(Some(why)),
    }
}

/// The word that names the script, and where it stands.
struct Start {
    word: String,
    span: Span,
}

fn named(model: &Model<'_>, lineage: &[&Stage]) -> Option<Start> {
    let starts = [Keyword::Entrypoint, Keyword::Cmd];
    let instructions = starts
        .iter()
        .filter_map(|keyword| model.last_of(lineage, *keyword));
    let mut words = instructions.flat_map(|(index, instruction)| {
        let words = model.body(index).start_words();
        words.into_iter().map(|word| (word, instruction.span))
    });
    let is_copied = |name: &str| {
        model.instructions_of_all(lineage).any(|(_, one)| {
            let is_it = |word: &crate::syntax::Word<'_>| word.text.rsplit('/').next() == Some(name);
            is_local_copy(one) && one.words().iter().any(is_it)
        })
    };
    let (word, span) = words.find(|(word, _)| {
        let name = word.rsplit('/').next().unwrap_or(word);
        name.ends_with(".sh") || (word.starts_with('/') && is_copied(name))
    })?;
    Some(Start { word, span })
}

fn is_local_copy(instruction: &Instruction<'_>) -> bool {
    matches!(instruction.keyword, Keyword::Copy | Keyword::Add)
        && instruction.flag("from").is_none()
}

/// The paths in the image that a word of a start command may mean.
fn paths(end: &State, word: &str) -> Vec<String> {
    let mut paths: Vec<String> = end.absolute(word).into_iter().collect();
    if !word.contains('/') {
        paths.extend(PATH.map(|folder| format!("{folder}/{word}")));
    }
    paths
}

/// The paths of the build context at which the script may be.
pub(super) fn sources(model: &Model<'_>, lineage: &[&Stage], end: &State) -> Vec<String> {
    let Some(Start { word, .. }) = named(model, lineage) else {
        return Vec::new();
    };
    let paths = paths(end, &word);
    let sources = paths
        .iter()
        .flat_map(|path| context::sources_of(model, lineage, path));
    sources.collect()
}

/// Whether a RUN names the script with a command that may change more of it than its line ends and its mode.
fn is_changed_later(model: &Model<'_>, lineage: &[&Stage], name: &str) -> bool {
    let is_harmless = |words: &[String]| match words.first().map(String::as_str) {
        Some("chmod" | "chown" | "dos2unix" | "ls" | "test" | "[") => true,
        Some("sed") => words
            .iter()
            .any(|word| word.contains("\\r") && !word.contains("\\n")),
        _ => false,
    };
    model.instructions_of_all(lineage).any(|(index, one)| {
        let is_named = one.keyword == Keyword::Run && one.line.text().contains(name);
        is_named
            && match model.body(index).script() {
                None => true,
                Some(script) => script.commands().iter().any(|site| {
                    let words: Vec<String> = site.command.words.iter().map(prefix).collect();
                    let names_it = words.iter().any(|word| word.contains(name));
                    let writes_it = site.command.redirects.iter().any(|redirect| {
                        target_of(redirect).is_some_and(|word| prefix(word).contains(name))
                    });
                    writes_it || names_it && !is_harmless(&words)
                }),
            }
    })
}

fn prefix(word: &Word) -> String {
    word.literal_prefix().0.into_owned()
}

/// Reads a text as a script of a Bourne shell.
fn read(text: &str) -> Result<Script, String> {
    let first = text.lines().next().unwrap_or("");
    if let Some(interpreter) = first.strip_prefix("#!") {
        let mut words = interpreter.split_whitespace();
        let mut program = words.next().unwrap_or("");
        if program.ends_with("/env") {
            program = words.find(|word| !word.starts_with('-')).unwrap_or("");
        }
        let name = program.rsplit('/').next().unwrap_or("");
        if !SHELLS.contains(&name) {
            return Err(format!("`{name}` runs it"));
        }
    }
    shell::parse(text, 0).map_err(|opaque| opaque.to_string())
}

/// A script, and what is known of the image in which it runs.
struct Reading<'r> {
    end: &'r State,
    name: &'r str,
    text: &'r str,
    span: Span,
    /// The places that the user of the plan may write.
    writable: Vec<String>,
    changes_folder: bool,
}

impl<'r> Reading<'r> {
    fn new(
        target: &Target<'_, '_, '_>,
        end: &'r State,
        name: &'r str,
        text: &'r str,
        span: Span,
    ) -> Self {
        let (model, lineage) = (target.model, target.lineage.as_slice());
        let mut writable: Vec<String> = FOR_ALL.map(String::from).to_vec();
        writable.extend(files::writable(model, lineage));
        writable.extend(given::to_users(model, lineage));
        writable.extend(given::to_group(model, lineage));
        Self {
            end,
            name,
            text,
            span,
            writable,
            changes_folder: false,
        }
    }

    fn reasons(mut self, script: &Script) -> Vec<Reason> {
        let sites = script.commands();
        self.changes_folder = sites
            .iter()
            .any(|site| matches!(site.command.name().as_deref(), Some("cd" | "pushd")));
        let mut reasons: Vec<Reason> = Vec::new();
        for site in &sites {
            let Some(what) = self.objection(site) else {
                continue;
            };
            let before = self.text.get(..site.command.span.start).unwrap_or("");
            let line = before.matches('\n').count() + 1;
            let text = format!("line {line} of `{}`: {what}", self.name);
            if !reasons.iter().any(|reason| reason.text.ends_with(&what)) {
                reasons.push(Reason::at(self.span, text));
            }
        }
        reasons
    }

    fn objection(&self, site: &Site<'_>) -> Option<String> {
        let words: Vec<String> = site.command.words.iter().map(prefix).collect();
        let command = programs::without_wrappers(&words);
        if let Some(objection) = programs::objection_to_command(command) {
            return Some(objection);
        }
        if let Some(port) = start_options::opened(command) {
            return Some(format!("it opens port {port}, which needs root"));
        }
        let redirects = site.command.redirects.iter();
        let targets = redirects
            .filter(|one| writes(one.kind))
            .filter_map(target_of);
        let mut written = targets.chain(written_by(&site.command.words));
        let place = written.find_map(|word| self.unwritable(word))?;
        Some(format!(
            "it writes `{place}`, which stays for root to write"
        ))
    }

    /// The place that a word names, where it is known and the user may not write it.
    fn unwritable(&self, word: &Word) -> Option<String> {
        let text = self.expanded(word)?;
        if text.is_empty()
            || text.starts_with('-')
            || (!text.starts_with('/') && self.changes_folder)
        {
            return None;
        }
        let path = self.end.absolute(&text).ok()?;
        let may_write = |folder: &String| files::is_inside(&path, folder);
        (path != "/" && !self.writable.iter().any(may_write)).then_some(path)
    }

    /// The text of a word as far as it is known: whole, or up to the first thing that only the run knows.
    fn expanded(&self, word: &Word) -> Option<String> {
        let mut text = String::new();
        for part in &word.parts {
            match part {
                Part::Literal(literal) | Part::Quoted(literal) => text.push_str(literal),
                Part::Parameter { name, .. } => match self.end.scope.environment(name) {
                    Some(value) => text.push_str(value),
                    None => return text.starts_with('/').then_some(text),
                },
                _ => return text.starts_with('/').then_some(text),
            }
        }
        Some(text)
    }
}

fn writes(kind: RedirectKind) -> bool {
    matches!(
        kind,
        RedirectKind::Output
            | RedirectKind::Append
            | RedirectKind::ReadWrite
            | RedirectKind::OutputBoth
    )
}

fn target_of(redirect: &Redirect) -> Option<&Word> {
    match &redirect.target {
        RedirectTarget::Word(word) => Some(word),
        RedirectTarget::Heredoc(_) => None,
    }
}

/// The words of a command that name files which it changes.
fn written_by(words: &[Word]) -> Vec<&Word> {
    let Some((program, rest)) = words.split_first() else {
        return Vec::new();
    };
    let flags: Vec<String> = rest
        .iter()
        .map(prefix)
        .filter(|one| one.starts_with('-'))
        .collect();
    let operands = || rest.iter().filter(|word| !prefix(word).starts_with('-'));
    let has = |letter: char| {
        let is_short = |flag: &&String| !flag.starts_with("--");
        flags
            .iter()
            .filter(is_short)
            .any(|flag| flag.contains(letter))
    };
    match program.value().as_deref() {
        Some("tee" | "touch" | "mkdir") => operands().collect(),
        Some("rm" | "rmdir") if !has('f') => operands().collect(),
        Some("cp" | "mv" | "ln" | "install") => operands().next_back().into_iter().collect(),
        Some("chmod") => operands().skip(1).collect(),
        Some("sed") if has('i') || flags.iter().any(|flag| flag.starts_with("--in-place")) => {
            let script_is_option = has('e') || has('f');
            operands().skip(usize::from(!script_is_option)).collect()
        }
        _ => Vec::new(),
    }
}
