use crate::fix::Fix;
use crate::model::packages::invocation;
use crate::pipeline::docker::in_double_quotes;
use crate::pipeline::texts::ScriptText;
use crate::pipeline::yaml::{Data, NodeId, Style, Yaml};
use crate::pipeline::{Survey, WorkflowSurvey};
use crate::rule::{Check, Finding, Rule, Severity, Verdict};
use crate::syntax::shell::{Site, Word};
use crate::text::{Edit, Span};

pub const RULE: Rule = Rule {
    id: "password-as-argument",
    summary: "a password that is an argument of a command",
    severity: Severity::Medium,
    since: "0.1.0",
    page: include_str!("password_as_argument.md"),
    aliases: &[],
    check: Check::Several(&[Check::Pipeline(of_pipeline), Check::Workflow(of_workflow)]),
};

/// Programs that log in to a registry with the options of Docker.
const PROGRAMS: &[&str] = &[
    "buildah", "docker", "helm", "nerdctl", "oras", "podman", "skopeo",
];

/// Variables of GitLab whose values are letters, digits, `-`, `_` and `.`: `echo` prints them as they are.
const PLAIN_TOKENS: &[&str] = &["CI_DEPLOY_PASSWORD", "CI_JOB_TOKEN", "CI_REGISTRY_PASSWORD"];

/// A password among the words of a login.
struct Login {
    /// Of the whole command.
    command: Span,
    /// The option with its value.
    option: Span,
    /// What is to be printed, in double quotes, where the login may read it instead.
    password: Option<String>,
}

fn of_pipeline(survey: &Survey<'_, '_>) -> Vec<Finding> {
    let yaml = &survey.pipeline.file.yaml;
    let mut shells = ["windows", "powershell", "pwsh"].into_iter();
    let text = yaml.source.to_ascii_lowercase();
    let is_posix = !shells.any(|shell| text.contains(shell));
    findings(yaml, survey.pipeline.scripts(), is_posix)
}

fn of_workflow(survey: &WorkflowSurvey<'_, '_>) -> Vec<Finding> {
    let yaml = &survey.workflow.yaml;
    findings(yaml, survey.workflow.scripts(), false)
}

fn findings(yaml: &Yaml<'_>, texts: Vec<ScriptText<'_>>, may_change: bool) -> Vec<Finding> {
    let texts = texts
        .into_iter()
        .filter(|text| text.written.contains("login"));
    let findings = texts.flat_map(|text| {
        let script = text.script();
        let sites = script.iter().flat_map(|script| script.commands());
        let logins: Vec<Login> = sites
            .filter_map(|site| login(&site, text.written))
            .collect();
        let parts: Vec<Span> = logins
            .iter()
            .flat_map(|one| [one.command, one.option])
            .collect();
        let places = text.places(yaml, &parts);
        let places = places.chunks_exact(2).zip(logins);
        let findings = places.filter_map(|(places, login)| {
            let (command, option) = (*places.first()?, *places.get(1)?);
            let change = || change(yaml, text.node, &text, &login, command, option);
            let verdict = match may_change.then(change).flatten() {
                Some(fix) => Verdict::Fix(fix),
                None => Verdict::manual("give it with `--password-stdin`", WHY),
            };
            let message = "the password is an argument, which every process of the machine sees";
            Some(Finding::of(&RULE, option, message, verdict))
        });
        findings.collect::<Vec<_>>()
    });
    findings.collect()
}

const WHY: &str = "The arguments of a command are in the list of processes, in traces of the shell, and in what the runner logs \
                   when the masking of variables fails.";

/// The login in a command, if its password is an argument.
fn login(site: &Site<'_>, text: &str) -> Option<Login> {
    let command = site.command;
    let found = invocation(command);
    let index = found.index?;
    let is_program = PROGRAMS.contains(&found.name.as_deref()?);
    let words = command.words.get(index + 1..)?;
    let is_login = |word: &Word| word.literal().as_deref() == Some("login");
    let verb = words.iter().position(is_login).filter(|_| is_program)?;
    let words = words.get(verb + 1..)?;
    let (at, value_at) = words.iter().enumerate().find_map(|(number, word)| {
        let (prefix, _) = word.literal_prefix();
        match &*prefix {
            "-p" | "--password" if word.literal().is_some() => Some((number, None)),
            prefix if prefix.starts_with("--password=") => {
                Some((number, Some("--password=".len())))
            }
            prefix if prefix.starts_with("-p") => Some((number, Some("-p".len()))),
            _ => None,
        }
    })?;
    let option = words.get(at)?;
    let (span, password) = match value_at {
        Some(length) => (option.span, quoted(option, text, length)),
        None => {
            let value = words.get(at + 1)?;
            (option.span.cover(value.span), quoted(value, text, 0))
        }
    };
    let reads_nothing = command.redirects.is_empty() && site.frame()?.is_whole_pipeline();
    let is_plain = found.wrappers.is_empty() && reads_nothing;
    Some(Login {
        command: command.span,
        option: span,
        password: password.filter(|_| is_plain),
    })
}

/// What prints a password that is a variable and nothing else: as it is written, behind the name of its option.
fn quoted(word: &Word, text: &str, from: usize) -> Option<String> {
    let value = in_double_quotes(word, text)?;
    let name = value.get(from..)?.strip_prefix("${")?.strip_suffix('}')?;
    let is_name = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let print = match PLAIN_TOKENS.contains(&name) {
        true => "echo",
        false => "printf \"%s\"",
    };
    is_name.then(|| format!("{print} \"${name}\" | "))
}

fn change(
    yaml: &Yaml<'_>,
    node: NodeId,
    text: &ScriptText<'_>,
    login: &Login,
    command: Span,
    option: Span,
) -> Option<Fix> {
    let style = match yaml.node(node).map(|node| &node.data) {
        Some(Data::Scalar { style, .. }) => *style,
        _ => return None,
    };
    let is_verbatim =
        |place: Span, part: Span| place.slice(yaml.source) == part.slice(text.written);
    // A line of another shell, or one that YAML folds, is left alone.
    let is_exact = is_verbatim(option, login.option) && style != Style::Folded;
    let print = login.password.as_ref().filter(|_| is_exact)?;
    let print = match style {
        Style::DoubleQuoted => print.replace('"', "\\\""),
        _ => print.clone(),
    };
    let edits = vec![
        Edit::insert(command.start, print),
        Edit::replace(option, "--password-stdin"),
    ];
    let why = format!("{WHY} Needs a shell of POSIX's kind, and Docker 17.07 or later.");
    let verdict = Verdict::review("give the password on standard input", why, edits);
    match verdict {
        Verdict::Fix(fix) => Some(fix),
        Verdict::Held(_) => None,
    }
}
