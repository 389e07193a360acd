use crate::model::packages::invocation;
use crate::pipeline::texts::ScriptText;
use crate::pipeline::yaml::Yaml;
use crate::rule::downloads;
use crate::rule::{Check, Finding, Rule, Severity, Survey, Verdict, runs};
use crate::syntax::shell::{Command, Script, SimpleCommand, Site, Statement, Substitution};
use crate::text::Span;

pub const RULE: Rule = Rule {
    id: "pipe-to-shell",
    summary: "a download that is run unseen",
    severity: Severity::Medium,
    since: "0.1.0",
    page: include_str!("pipe_to_shell.md"),
    aliases: &["cis:4.11"],
    check: Check::Several(&[
        Check::Dockerfile(of_dockerfile),
        Check::Pipeline(|survey| of_scripts(&survey.pipeline.file.yaml, survey.pipeline.scripts())),
        Check::Workflow(|survey| of_scripts(&survey.workflow.yaml, survey.workflow.scripts())),
    ]),
};

fn of_dockerfile(model: &Survey<'_>) -> Vec<Finding> {
    let source = model.file.source;
    let runs = runs::runs(model, |instruction| {
        may_run_a_download(instruction.span.slice(source))
    });
    runs.flat_map(|run| unseen(run.script))
        .map(finding)
        .collect()
}

fn of_scripts(yaml: &Yaml<'_>, texts: Vec<ScriptText<'_>>) -> Vec<Finding> {
    let texts = texts
        .into_iter()
        .filter(|text| may_run_a_download(text.written));
    let places = texts.flat_map(|text| {
        let parts = text
            .script()
            .map_or_else(Vec::new, |script| unseen(&script));
        text.places(yaml, &parts)
    });
    places.map(finding).collect()
}

/// The commands of a script that run a download.
fn unseen(script: &Script) -> Vec<Span> {
    script
        .commands()
        .iter()
        .filter_map(runs_a_download)
        .collect()
}

fn finding(span: Span) -> Finding {
    let why = "The server decides what the build does, and it may decide otherwise tomorrow or for this one \
               build. Download a release to a file, compare a checksum that is written down here, then run it.";
    let message = "a download is run without being checked";
    let verdict = Verdict::manual("download, compare, then run", why);
    Finding::of(&RULE, span, message, verdict)
}

/// A look at the text, before the shell is read: a downloader, and an interpreter behind a pipe or with a substitution.
fn may_run_a_download(text: &str) -> bool {
    let names_interpreter = |text: &str| {
        [
            "sh", "python", "perl", "ruby", "node", "php", "source", "eval",
        ]
        .iter()
        .any(|name| text.contains(name))
    };
    let after_pipe = |(at, _): (usize, char)| {
        let rest = text.get(at + 1..).unwrap_or("");
        let rest = rest.trim_start_matches([' ', '\t', '\\', '\r', '\n']);
        let end = rest
            .char_indices()
            .nth(40)
            .map_or(rest.len(), |(end, _)| end);
        names_interpreter(rest.get(..end).unwrap_or(""))
    };
    downloads::NAMES.iter().any(|name| text.contains(name))
        && (text.contains("<(")
            || text.contains(" -c")
            || text.contains("eval")
            || text
                .char_indices()
                .filter(|(_, c)| *c == '|')
                .any(after_pipe))
}

/// The place, if the command is an interpreter that runs what a downloader gives it.
fn runs_a_download(site: &Site<'_>) -> Option<Span> {
    let interpreter = Interpreter::of(site.command)?;
    let frame = site.frame()?;
    let piped = frame.pipeline().is_some_and(|pipeline| {
        let before = pipeline.commands.get(..frame.command_index);
        before.is_some_and(|commands| commands.iter().any(downloads::is_download))
    });
    if piped && interpreter.reads_input {
        return frame.pipeline().map(|pipeline| pipeline.span);
    }
    let is_run = interpreter.runs_text
        && site.command.words.iter().any(|word| {
            let substitutions = word.substitutions();
            substitutions.into_iter().any(downloads_something)
        });
    is_run.then_some(site.command.span)
}

fn downloads_something(substitution: &Substitution) -> bool {
    let statements: &[Statement] = substitution.body.as_deref().unwrap_or(&[]);
    let commands = statements
        .iter()
        .flat_map(|statement| &statement.items)
        .flat_map(|item| &item.pipeline.commands);
    commands
        .into_iter()
        .any(|command: &Command| downloads::is_download(command))
}

/// How a command runs text.
struct Interpreter {
    /// Its standard input.
    reads_input: bool,
    /// What a substitution puts among its arguments.
    runs_text: bool,
}

impl Interpreter {
    fn of(command: &SimpleCommand) -> Option<Self> {
        let found = invocation(command);
        let name = found.name.as_deref()?;
        let arguments: Vec<String> = command
            .words
            .iter()
            .skip(found.index? + 1)
            .map(|word| word.literal_prefix().0.into_owned())
            .collect();
        let has = |options: &[&str]| arguments.iter().any(|one| options.contains(&one.as_str()));
        let is_text =
            |one: &String| one.starts_with('-') && !one.starts_with("--") && one.contains('c');
        match name {
            "sh" | "bash" | "dash" | "ash" | "zsh" | "ksh" => {
                let has_text = arguments.iter().any(is_text);
                let script = arguments.iter().find(|one| !one.starts_with(['-', '+']));
                Some(Self {
                    reads_input: !has_text && (has(&["-s", "-"]) || script.is_none()),
                    runs_text: has_text || script.is_some(),
                })
            }
            "eval" | "source" | "." => Some(Self {
                reads_input: false,
                runs_text: true,
            }),
            "python" | "python2" | "python3" | "perl" | "ruby" | "node" | "php" => Some(Self {
                reads_input: arguments
                    .first()
                    .is_none_or(|one| one == "-" || one == "--"),
                runs_text: false,
            }),
            _ => None,
        }
    }
}
