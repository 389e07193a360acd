//! Commands of the Docker client, as far as another builder can do the same.

use std::borrow::Cow;

use crate::syntax::shell::{Part, SimpleCommand, Word};
use crate::text::Span;

/// A word of a command: as it is written, and what it looks like inside double quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    pub text: String,
    pub span: Span,
    /// Nothing where the shell does more with it than to put variables in.
    pub quoted: Option<String>,
}

impl Term {
    fn of(word: &Word, source: &str, from: usize) -> Self {
        let span = Span::new(word.span.start + from, word.span.end);
        let quoted = in_double_quotes(word, source);
        Self {
            text: span.slice(source).to_string(),
            span,
            quoted: quoted.and_then(|text| text.get(from..).map(String::from)),
        }
    }

    /// In double quotes where it has a variable, so that it stays one word.
    pub fn word(&self) -> &str {
        &self.text
    }

    /// Whether two words are the same in the end, however they are quoted.
    pub fn is(&self, other: &Self) -> bool {
        self.quoted.is_some() && self.quoted == other.quoted
    }
}

/// The text of a word that stands between double quotes; variables as `${NAME}`.
pub fn in_double_quotes(word: &Word, source: &str) -> Option<String> {
    let mut text = String::new();
    for part in &word.parts {
        match part {
            Part::Literal(literal) | Part::Quoted(literal) => {
                for letter in literal.chars() {
                    if matches!(letter, '"' | '\\' | '$' | '`') {
                        text.push('\\');
                    }
                    text.push(letter);
                }
            }
            Part::Parameter {
                name,
                span,
                substitutions,
            } if substitutions.is_empty() => {
                let written = span.slice(source);
                match written.starts_with("${") {
                    true => text.push_str(written),
                    false => {
                        text.push_str("${");
                        text.push_str(name);
                        text.push('}');
                    }
                }
            }
            _ => return None,
        }
    }
    Some(text)
}

/// What a command asks of Docker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    Build(Box<Build>),
    Push(Term),
    Tag {
        from: Term,
        to: Term,
    },
    Login {
        user: Option<Term>,
        password: Option<Term>,
        reads_password: bool,
        registry: Option<Term>,
    },
    Pull(Term),
    /// What only asks or prepares the daemon.
    Daemon,
    /// What no other builder does, and why.
    Other(String),
}

impl Call {
    /// A login that reads its password, with that password.
    pub fn given(self, password: Term) -> Option<Self> {
        match self {
            Self::Login {
                user,
                reads_password: true,
                registry,
                ..
            } => Some(Self::Login {
                user,
                password: Some(password),
                reads_password: true,
                registry,
            }),
            _ => None,
        }
    }
}

/// An image that is to be built.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Build {
    pub context: Option<Term>,
    pub file: Option<Term>,
    pub names: Vec<Term>,
    pub arguments: Vec<Term>,
    pub labels: Vec<Term>,
    pub target: Option<Term>,
    pub platform: Option<Term>,
    pub cache_from: Vec<Term>,
    pub cache_to: Vec<Term>,
    pub no_cache: bool,
    pub pull: bool,
    /// The image goes to its registry at once.
    pub pushes: bool,
}

impl Build {
    /// Whether layers are taken from a registry, or kept in one.
    pub fn uses_cache(&self) -> bool {
        let is_named = !self.cache_from.is_empty() || !self.cache_to.is_empty();
        is_named && !self.no_cache
    }
}

/// The call of the Docker client in a command; `None` where it is another command.
pub fn call(command: &SimpleCommand, source: &str) -> Option<Call> {
    let words = &command.words;
    let name = words.first()?.literal()?;
    let name = name.rsplit('/').next().unwrap_or("").to_string();
    let other = |what: &str| Some(Call::Other(what.to_string()));
    match name.as_str() {
        "docker" => {}
        "docker-compose" => return other("Docker Compose needs a daemon"),
        "sudo" | "timeout" | "nohup" | "time" | "exec" | "env" | "xargs" | "retry" => {
            let is_docker = |word: &Word| word.literal().as_deref() == Some("docker");
            let is_called = words.iter().skip(1).any(is_docker);
            return match is_called {
                true => other(&format!("Docker is called by `{name}`")),
                false => None,
            };
        }
        _ => return None,
    }
    let mut rest = words.iter().skip(1);
    let verb = rest
        .next()
        .and_then(Word::literal)
        .unwrap_or(Cow::Borrowed(""));
    let rest: Vec<&Word> = rest.collect();
    if !command.assignments.is_empty()
        && !command
            .assignments
            .iter()
            .all(|one| one.name.starts_with("DOCKER_"))
    {
        return other("variables are set for this command alone");
    }
    Some(match &*verb {
        "build" => build(&rest, source),
        "buildx" | "builder" | "image" => nested(&verb, &rest, source),
        "push" => push(&rest, source),
        "tag" => tag(&rest, source),
        "login" => login(&rest, source),
        "pull" => pull(&rest, source),
        "info" | "version" | "logout" | "images" | "context" | "ps" | "--version" => Call::Daemon,
        "run" | "exec" => Call::Other(format!(
            "`docker {verb}` runs a container, which takes a daemon"
        )),
        "compose" | "stack" | "swarm" | "service" => {
            Call::Other(format!("`docker {verb}` needs a daemon"))
        }
        "" => Call::Other("what Docker does here is not known".to_string()),
        _ => Call::Other(format!(
            "`docker {verb}` has no counterpart without a daemon"
        )),
    })
}

fn nested(group: &str, rest: &[&Word], source: &str) -> Call {
    let verb = rest
        .first()
        .and_then(|word| word.literal())
        .unwrap_or(Cow::Borrowed(""));
    let rest = rest.get(1..).unwrap_or(&[]);
    match (group, &*verb) {
        ("buildx", "create" | "use" | "inspect" | "ls" | "version" | "rm" | "install") => {
            Call::Daemon
        }
        ("buildx" | "builder" | "image", "build") => build(rest, source),
        ("image", "push") => push(rest, source),
        ("image", "tag") => tag(rest, source),
        ("image", "pull") => pull(rest, source),
        ("image", "ls") => Call::Daemon,
        _ => Call::Other(format!(
            "`docker {group} {verb}` has no counterpart without a daemon"
        )),
    }
}

/// The options of a command, each with its value if it takes one, and the other words.
struct Options<'l, 'w> {
    words: std::slice::Iter<'l, &'w Word>,
    source: &'w str,
}

enum Argument<'w> {
    /// The name, what stands behind `=`, and the word.
    Option(String, Option<Term>, &'w Word),
    Word(Term),
}

impl<'l, 'w> Options<'l, 'w> {
    fn new(words: &'l [&'w Word], source: &'w str) -> Self {
        let words = words.iter();
        Self { words, source }
    }

    fn value(&mut self, inline: Option<Term>) -> Option<Term> {
        inline.or_else(|| Some(Term::of(self.words.next()?, self.source, 0)))
    }
}

impl<'w> Iterator for Options<'_, 'w> {
    type Item = Argument<'w>;

    fn next(&mut self) -> Option<Argument<'w>> {
        let word = self.words.next()?;
        let (prefix, _) = word.literal_prefix();
        if !prefix.starts_with('-') || prefix.len() < 2 {
            return Some(Argument::Word(Term::of(word, self.source, 0)));
        }
        let written = word.span.slice(self.source);
        Some(match prefix.split_once('=') {
            Some((name, _)) if prefix.starts_with("--") && written.starts_with(name) => {
                let value = Term::of(word, self.source, name.len() + 1);
                Argument::Option(name.to_string(), Some(value), word)
            }
            _ => Argument::Option(prefix.to_string(), None, word),
        })
    }
}

fn build(words: &[&Word], source: &str) -> Call {
    let mut build = Build::default();
    let mut options = Options::new(words, source);
    while let Some(argument) = options.next() {
        let (name, inline, word) = match argument {
            Argument::Word(term) if build.context.is_none() => {
                build.context = Some(term);
                continue;
            }
            Argument::Word(term) => {
                return Call::Other(format!("`{}` is a second context", term.text));
            }
            Argument::Option(name, inline, word) => (name, inline, word),
        };
        let missing = || Call::Other(format!("`{}` has no value", word.span.slice(source)));
        let is_off = inline.as_ref().is_some_and(|value| value.text == "false");
        match name.as_str() {
            "-t" | "--tag" | "-f" | "--file" | "--build-arg" | "--label" | "--target"
            | "--platform" | "--cache-from" | "--cache-to" => {
                let Some(value) = options.value(inline) else {
                    return missing();
                };
                match name.as_str() {
                    "-t" | "--tag" => build.names.push(value),
                    "-f" | "--file" => build.file = Some(value),
                    "--build-arg" => build.arguments.push(value),
                    "--label" => build.labels.push(value),
                    "--target" => build.target = Some(value),
                    "--platform" if value.text.contains(',') => {
                        return Call::Other(format!(
                            "images for several platforms (`{}`)",
                            value.text
                        ));
                    }
                    "--platform" if value.text.contains('$') => {
                        return Call::Other(format!("`{}` may name several platforms", value.text));
                    }
                    "--platform" => build.platform = Some(value),
                    "--cache-from" => build.cache_from.push(value),
                    _ => build.cache_to.push(value),
                }
            }
            "--progress" => drop(options.value(inline)),
            "--no-cache" => build.no_cache = !is_off,
            "--pull" => build.pull = !is_off,
            "--push" => build.pushes = !is_off,
            "--load" | "-q" | "--quiet" | "--rm" | "--force-rm" | "--compress" => {}
            "--provenance" | "--sbom" if is_off => {}
            _ => {
                let option = word.span.slice(source);
                return Call::Other(format!(
                    "`{option}` is not known to mean the same for another builder"
                ));
            }
        }
    }
    match &build.context {
        None => Call::Other("`docker build` without a context".to_string()),
        Some(context) if context.text == "-" => {
            Call::Other("the Dockerfile is from standard input".to_string())
        }
        Some(_) => Call::Build(Box::new(build)),
    }
}

fn push(words: &[&Word], source: &str) -> Call {
    let mut names = Vec::new();
    for argument in Options::new(words, source) {
        match argument {
            Argument::Word(term) => names.push(term),
            Argument::Option(name, None, _) if matches!(name.as_str(), "-q" | "--quiet") => {}
            Argument::Option(name, ..) => {
                return Call::Other(format!("`docker push {name}` is not carried over"));
            }
        }
    }
    match <[Term; 1]>::try_from(names) {
        Ok([name]) => Call::Push(name),
        Err(_) => Call::Other("`docker push` takes one name".to_string()),
    }
}

fn tag(words: &[&Word], source: &str) -> Call {
    let terms: Vec<Term> = words.iter().map(|word| Term::of(word, source, 0)).collect();
    match <[Term; 2]>::try_from(terms) {
        Ok([from, to]) => Call::Tag { from, to },
        Err(_) => Call::Other("`docker tag` takes two names".to_string()),
    }
}

fn pull(words: &[&Word], source: &str) -> Call {
    let terms = Options::new(words, source).filter_map(|argument| match argument {
        Argument::Word(term) => Some(term),
        Argument::Option(..) => None,
    });
    match <[Term; 1]>::try_from(terms.collect::<Vec<_>>()) {
        Ok([name]) => Call::Pull(name),
        Err(_) => Call::Other("`docker pull` takes one name".to_string()),
    }
}

fn login(words: &[&Word], source: &str) -> Call {
    let (mut user, mut password, mut reads_password, mut registry) = (None, None, false, None);
    let mut options = Options::new(words, source);
    while let Some(argument) = options.next() {
        match argument {
            Argument::Word(term) => registry = Some(term),
            Argument::Option(name, inline, _) => match name.as_str() {
                "-u" | "--username" => user = options.value(inline),
                "-p" | "--password" => password = options.value(inline),
                "--password-stdin" => reads_password = true,
                _ => return Call::Other(format!("`docker login {name}` is not known")),
            },
        }
    }
    Call::Login {
        user,
        password,
        reads_password,
        registry,
    }
}
