//! The scripts of a job: one row of commands, some of which call Docker.

use super::docker::{self, Call, Term};
use super::gitlab::Value;
use super::yaml::{NodeId, Yaml};
use crate::syntax::shell::{
    self, Command, Operator, Pipeline as Pipe, Redirect, RedirectKind, RedirectTarget, Script,
    SimpleCommand, Statement, Terminator,
};
use crate::text::Span;

/// More nested lists than any script has.
const DEEPEST_LISTS: usize = 10;

/// Programs that are in every builder's image and do the same there.
const PORTABLE: &[&str] = &[
    ":", "[", "basename", "cat", "cd", "cp", "cut", "date", "dirname", "echo", "env", "exit",
    "export", "false", "grep", "head", "ls", "mkdir", "mv", "printenv", "printf", "pwd",
    "readonly", "return", "rm", "sed", "set", "shift", "sleep", "sort", "tail", "test", "touch",
    "tr", "true", "umask", "unset", "wc",
];

/// Programs that only print.
const PRINTS: &[&str] = &[
    "echo", "printf", "pwd", "ls", "date", "env", "printenv", ":", "true",
];

/// How a script that cannot be read is seen to call Docker.
const DOCKER_VERBS: &[&str] = &[
    "docker build",
    "docker buildx",
    "docker compose",
    "docker login",
    "docker pull",
    "docker push",
    "docker run",
    "docker tag",
    "docker-compose ",
];

/// A step of a script.
#[derive(Clone, Debug)]
pub struct Step {
    pub kind: StepKind,
    /// Of the text of its item.
    pub text: String,
    /// Whether it calls the Docker client, as far as that can be seen.
    pub calls_docker: bool,
}

#[derive(Clone, Debug)]
pub enum StepKind {
    Docker(Call),
    /// Commands that run the same in another image, and whether they only print.
    Kept {
        only_prints: bool,
        /// Another folder becomes the current one.
        moves: bool,
    },
    /// What stands against a change of the job.
    Held(String),
}

/// An item of a script with its steps.
pub struct Item {
    pub node: NodeId,
    pub span: Span,
    pub steps: Vec<Step>,
}

impl Item {
    pub fn calls_docker(&self) -> bool {
        self.steps.iter().any(|step| step.calls_docker)
    }

    /// Whether it does more with Docker than to log in.
    pub fn needs_daemon(&self) -> bool {
        let is_login = |step: &Step| matches!(step.kind, StepKind::Docker(Call::Login { .. }));
        let mut steps = self.steps.iter();
        steps.any(|step| step.calls_docker && !is_login(step))
    }
}

/// The items of a script, or what keeps them from being read.
///
/// # Errors
/// The reason, with its place if that is in the file that is worked on.
pub fn items(value: &Value<'_, '_>) -> Result<Vec<Item>, (Option<Span>, String)> {
    let mut nodes = Vec::new();
    collect(&value.file.yaml, value.node, 0, &mut nodes).map_err(|(node, why)| {
        let is_here = value.file.path.is_empty();
        (is_here.then(|| value.file.yaml.span(node)), why)
    })?;
    Ok(nodes
        .into_iter()
        .map(|node| item(&value.file.yaml, node))
        .collect())
}

fn collect(
    yaml: &Yaml<'_>,
    node: NodeId,
    depth: usize,
    nodes: &mut Vec<NodeId>,
) -> Result<(), (NodeId, String)> {
    if let Some(tag) = yaml.node(node).and_then(|node| node.tag.as_deref()) {
        return Err((node, format!("`{tag}` takes lines from elsewhere")));
    }
    if yaml.is_sequence(node) {
        if depth > DEEPEST_LISTS || yaml.is_alias(node) && depth > 0 {
            return Err((node, "an alias takes lines from elsewhere".to_string()));
        }
        for item in yaml.items(node) {
            collect(yaml, *item, depth + 1, nodes)?;
        }
        return Ok(());
    }
    match yaml.scalar(node) {
        Some(_) => {
            nodes.push(node);
            Ok(())
        }
        None => Err((node, "a script that is no list of commands".to_string())),
    }
}

fn item(yaml: &Yaml<'_>, node: NodeId) -> Item {
    let text = yaml.scalar(node).unwrap_or("");
    let steps = match shell::parse(text, 0) {
        Ok(script) => steps(&script, text),
        Err(opaque) => vec![Step {
            kind: StepKind::Held(format!("the script cannot be read: {opaque}")),
            text: text.to_string(),
            calls_docker: DOCKER_VERBS.iter().any(|verb| text.contains(verb)),
        }],
    };
    let span = yaml.span(node);
    Item { node, span, steps }
}

fn steps(script: &Script, text: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    if let Some(unread) = script.unread_substitutions().first() {
        steps.push(Step {
            kind: StepKind::Held("a command in backticks that is not read".to_string()),
            text: unread.span.slice(text).to_string(),
            calls_docker: false,
        });
    }
    if let Some(comment) = script.comments.first() {
        steps.push(Step {
            kind: StepKind::Held("a comment inside of a script would be lost".to_string()),
            text: comment.slice(text).to_string(),
            calls_docker: false,
        });
    }
    for statement in &script.statements {
        of_statement(statement, text, &mut steps);
    }
    steps
}

fn of_statement(statement: &Statement, text: &str, steps: &mut Vec<Step>) {
    let script = one_statement(statement.clone());
    let sites = script.commands();
    let calls_docker = sites
        .iter()
        .any(|site| docker::call(site.command, text).is_some());
    let whole = |kind| Step {
        kind,
        text: statement.span.slice(text).to_string(),
        calls_docker,
    };
    if !calls_docker {
        steps.push(whole(kept(
            &sites.iter().map(|site| site.command).collect::<Vec<_>>(),
        )));
        return;
    }
    let is_background = matches!(statement.terminator, Terminator::Background(_));
    if let Some(pull) = tolerated_pull(statement, text).filter(|_| !is_background) {
        steps.push(whole(StepKind::Docker(pull)));
        return;
    }
    if is_background || !statement.is_and_list() {
        let what = "Docker is called on a condition or in the background";
        steps.push(whole(StepKind::Held(what.to_string())));
        return;
    }
    for item in &statement.items {
        let text_of = item.pipeline.span.slice(text).to_string();
        let kind = of_pipe(&item.pipeline, text);
        let script = one_statement(Statement {
            items: vec![item.clone()],
            ..statement.clone()
        });
        let mut sites = script.commands().into_iter();
        let calls_docker = sites.any(|site| docker::call(site.command, text).is_some());
        steps.push(Step {
            kind,
            text: text_of,
            calls_docker,
        });
    }
}

fn one_statement(statement: Statement) -> Script {
    Script {
        span: statement.span,
        statements: vec![statement],
        comments: Vec::new(),
        bashisms: Vec::new(),
        removed: Vec::new(),
    }
}

/// `docker pull NAME || true`
fn tolerated_pull(statement: &Statement, text: &str) -> Option<Call> {
    let [first, second] = statement.items.as_slice() else {
        return None;
    };
    let is_or = matches!(second.operator, Some((Operator::Or, _)));
    let [Command::Simple(pull)] = first.pipeline.commands.as_slice() else {
        return None;
    };
    let [Command::Simple(other)] = second.pipeline.commands.as_slice() else {
        return None;
    };
    let name = other.name()?;
    let call = docker::call(pull, text)?;
    let is_tolerated = is_or && PRINTS.contains(&name.as_str());
    (is_tolerated && matches!(call, Call::Pull(_) | Call::Daemon)).then_some(call)
}

fn of_pipe(pipe: &Pipe, text: &str) -> StepKind {
    let is_plain = |command: &SimpleCommand| command.redirects.is_empty();
    match pipe.commands.as_slice() {
        _ if pipe.negation.is_some() => {}
        [Command::Simple(one)] => match docker::call(one, text) {
            None => return kept(&[one]),
            Some(
                call @ Call::Login {
                    reads_password: true,
                    ..
                },
            ) => {
                if let [redirect] = one.redirects.as_slice()
                    && let Some(call) = here_string(redirect, text).and_then(|it| call.given(it))
                {
                    return StepKind::Docker(call);
                }
            }
            Some(call) if is_plain(one) || is_silenced(&one.redirects) && call == Call::Daemon => {
                return StepKind::Docker(call);
            }
            Some(_) => {}
        },
        [Command::Simple(first), Command::Simple(second)] => {
            if let Some(call) = docker::call(second, text)
                && let Some(password) =
                    printed(first, text).filter(|_| is_plain(first) && is_plain(second))
                && let Some(call) = call.given(password)
            {
                return StepKind::Docker(call);
            }
        }
        _ => {}
    }
    StepKind::Held("Docker is called in a way that is not carried over".to_string())
}

fn is_silenced(redirects: &[Redirect]) -> bool {
    redirects.iter().all(|one| {
        matches!(
            one.kind,
            RedirectKind::Output | RedirectKind::DuplicateOutput | RedirectKind::OutputBoth
        )
    })
}

fn here_string(redirect: &Redirect, text: &str) -> Option<Term> {
    match (&redirect.kind, &redirect.target) {
        (RedirectKind::HereString, RedirectTarget::Word(word)) => Some(Term {
            text: word.span.slice(text).to_string(),
            span: word.span,
            quoted: docker::in_double_quotes(word, text),
        }),
        _ => None,
    }
}

/// The one word that `echo` or `printf` prints.
fn printed(command: &SimpleCommand, text: &str) -> Option<Term> {
    let words: Vec<&shell::Word> = command.words.iter().collect();
    let literal = |word: &shell::Word| word.literal().map(|text| text.into_owned());
    let name = literal(words.first()?)?;
    let first = words.get(1).and_then(|word| literal(word));
    let word = match (name.as_str(), words.len(), first.as_deref()) {
        ("echo", 3, Some("-n" | "-E")) | ("printf", 3, Some("%s" | "%s\\n")) => *words.get(2)?,
        ("echo", 2, _) => *words.get(1)?,
        ("printf", 2, None) => *words.get(1)?,
        _ => return None,
    };
    Some(Term {
        text: word.span.slice(text).to_string(),
        span: word.span,
        quoted: docker::in_double_quotes(word, text),
    })
}

fn kept(commands: &[&SimpleCommand]) -> StepKind {
    let (mut only_prints, mut moves) = (true, false);
    for command in commands {
        if command.words.is_empty() {
            only_prints = false;
            continue;
        }
        let Some(name) = command.name() else {
            return StepKind::Held(
                "a command whose name is not known may need the old image".to_string(),
            );
        };
        if !PORTABLE.contains(&name.as_str()) {
            return StepKind::Held(format!(
                "`{name}` may be missing in the image of the builder"
            ));
        }
        let is_of_daemon = |word: &shell::Word| {
            let (text, _) = word.literal_prefix();
            text.starts_with("/certs") || text.contains("docker.sock")
        };
        if command.words.iter().skip(1).any(is_of_daemon)
            && !matches!(name.as_str(), "echo" | "printf")
        {
            return StepKind::Held(format!("`{name}` is about files of the Docker daemon"));
        }
        moves |= name == "cd";
        only_prints &= PRINTS.contains(&name.as_str()) && command.redirects.is_empty();
    }
    StepKind::Kept { only_prints, moves }
}
