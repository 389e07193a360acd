use crate::fix::Reason;
use crate::model::packages::invocation;
use crate::model::{Model, Shell, Stage, State};
use crate::rule::runs::{self, Run};
use crate::rule::{Check, Finding, Rule, Severity, Survey, Verdict};
use crate::syntax::shell::{Command, Frame, Pipeline, Place, Script, SimpleCommand, Terminator};
use crate::syntax::{Instruction, Keyword};
use crate::text::{Edit, Span};

pub const RULE: Rule = Rule {
    id: "pipe-without-pipefail",
    summary: "a pipe whose first commands may fail unnoticed",
    severity: Severity::Low,
    since: "0.1.0",
    page: include_str!("pipe_without_pipefail.md"),
    aliases: &["hadolint:DL4006"],
    check: Check::Dockerfile(check),
};

/// Commands that do not fail in front of a pipe, so that nothing is gained.
const NEVER_FAIL: &str =
    ": awk basename cut dirname echo envsubst printf rev sed seq sort tac tail tr true uniq yes";

/// Commands whose failure in front of a pipe means that something went wrong. `grep` and `diff`, which also fail to say
/// no, are not among them, nor is `yes`, which fails when the pipe closes.
const FAIL_FOR_CAUSE: &str = "\
    : awk base64 bunzip2 bzcat bzip2 cat curl cut echo envsubst gpg gunzip gzip jq openssl printf sed sort tail tar tr true \
    uniq unxz wget xz xzcat zcat zstd zstdcat";

/// Commands that read a pipe to its end, so that the one in front is not cut off.
const READ_ALL: &str = "\
    apt-key ash awk base64 bash bunzip2 bzip2 cat chpasswd cpio crontab cut debconf-set-selections envsubst gpg grep gunzip \
    gzip jq md5sum openssl passwd patch php python python3 sed sh sha1sum sha256sum sha512sum sort tar tee tr uniq unxz wc \
    xargs xz zstd";

fn check(model: &Survey<'_>) -> Vec<Finding> {
    let has_pipe = |instruction: &Instruction<'_>| {
        let text = instruction.span.slice(model.file.source);
        text.split("||").any(|part| part.contains('|'))
    };
    let runs: Vec<Run<'_>> = runs::runs(model, has_pipe)
        .filter(|run| !sets_pipefail(run.script))
        .filter(|run| {
            pipelines(run.script)
                .iter()
                .any(|(_, pipeline)| may_fail(pipeline))
        })
        .collect();
    if runs.is_empty() {
        return Vec::new();
    }
    let replaced = replaces_sh(model);
    let mut findings = Vec::new();
    for stage in &model.stages {
        model
            .walk(stage.index)
            .for_each(|index, instruction, state| {
                let run = runs::find(&runs, index);
                if let Some(run) = run.filter(|_| instruction.keyword == Keyword::Run)
                    && !has_pipefail(&state.shell)
                {
                    findings.push(finding(model, replaced, stage, state, run));
                }
            });
    }
    findings
}

/// `replaced` is where the file puts another shell in the place of `/bin/sh`.
fn finding(
    model: &Model<'_>,
    replaced: Option<Span>,
    stage: &Stage,
    state: &State,
    run: &Run<'_>,
) -> Finding {
    let all = pipelines(run.script);
    let first = all.iter().find(|(_, pipeline)| may_fail(pipeline));
    let span = first.map_or(run.script.span, |(_, pipeline)| pipeline.span);
    let verdict = match knows_pipefail(model, replaced, stage, state) {
        Err(reason) => Verdict::held(reason),
        Ok(()) => match all
            .iter()
            .find_map(|(frame, pipeline)| objection(frame, pipeline))
        {
            Some(reason) => Verdict::held(reason),
            None => set(run),
        },
    };
    let message = "a command in front of a pipe may fail unnoticed";
    Finding::of(&RULE, span, message, verdict)
}

/// The pipelines of more than one command, each with the frame that it stands in.
fn pipelines(script: &Script) -> Vec<(Frame<'_>, &Pipeline)> {
    let mut found: Vec<(Frame<'_>, &Pipeline)> = Vec::new();
    for site in script.commands() {
        for frame in site.frames {
            let pipeline = frame.pipeline().filter(|one| one.commands.len() > 1);
            if let Some(pipeline) = pipeline
                && !found.iter().any(|(_, one)| one.span == pipeline.span)
            {
                found.push((frame, pipeline));
            }
        }
    }
    found
}

fn in_list(list: &str, name: &str) -> bool {
    list.split_whitespace().any(|one| one == name)
}

fn name_of(command: &Command) -> Option<String> {
    match command {
        Command::Simple(simple) => invocation(simple).name,
        Command::Compound(_) => None,
    }
}

fn may_fail(pipeline: &Pipeline) -> bool {
    let before = pipeline
        .commands
        .split_last()
        .map_or(&[][..], |(_, before)| before);
    let never_fails =
        |command: &Command| name_of(command).is_some_and(|name| in_list(NEVER_FAIL, &name));
    !before.iter().all(never_fails)
}

fn sets_pipefail(script: &Script) -> bool {
    script.commands().iter().any(|site| {
        let mut words = site.command.words.iter();
        site.command.name().as_deref() == Some("set")
            && words.any(|word| word.value().as_deref() == Some("pipefail"))
    })
}

fn has_pipefail(shell: &Shell) -> bool {
    matches!(shell, Shell::Set(words) if words.iter().any(|word| word.contains("pipefail")))
}

/// Whether the shell of a RUN is one that has the option.
fn knows_pipefail(
    model: &Model<'_>,
    replaced: Option<Span>,
    stage: &Stage,
    state: &State,
) -> Result<(), Reason> {
    let program = match &state.shell {
        Shell::Set(words) => words.first().map_or("", String::as_str),
        Shell::Default => "/bin/sh",
    };
    let name = program.rsplit('/').next().unwrap_or(program);
    if matches!(name, "bash" | "ash" | "zsh") {
        return Ok(());
    }
    let at_base = |text: String| Reason::at(stage.base_span, text);
    if !matches!(program, "/bin/sh" | "/usr/bin/sh" | "sh") {
        return Err(at_base(format!(
            "`{program}` is not known to have `pipefail`"
        )));
    }
    if let Some(span) = replaced {
        let text = "this may put another shell in the place of `/bin/sh`";
        return Err(Reason::at(span, text));
    }
    let facts = runs::base_facts(model, stage);
    match facts.as_ref().and_then(|facts| facts.sh.as_deref()) {
        Some("bash" | "ash" | "busybox") => Ok(()),
        Some(other) => Err(at_base(format!(
            "`/bin/sh` of the base image is `{other}`, which has no `pipefail`{}",
            if facts.as_ref().and_then(|facts| facts.bash) == Some(true) {
                "; `SHELL [\"/bin/bash\", \"-o\", \"pipefail\", \"-c\"]` would have it"
            } else {
                ""
            }
        ))),
        None => Err(at_base(
            "it is not known which shell `/bin/sh` of the base image is, and `dash` has no `pipefail`".to_string(),
        )),
    }
}

/// A command that has `/bin/sh` among its arguments and is no shell.
fn replaces_sh(model: &Model<'_>) -> Option<Span> {
    runs::runs_with(model, &["/bin/sh"]).find_map(|run| {
        let sites = run.script.commands();
        let site = sites.iter().find(|site| {
            let name = invocation(site.command).name.unwrap_or_default();
            let arguments = runs::values(site.command, 1);
            let has_sh = arguments.iter().flatten().any(|one| one == "/bin/sh");
            has_sh && in_list("cp dpkg-divert install ln mv rm update-alternatives", &name)
        });
        site.map(|site| site.command.span)
    })
}

/// What could go wrong with a pipeline, were the option set.
fn objection(frame: &Frame<'_>, pipeline: &Pipeline) -> Option<Reason> {
    let held = |span: Span, text: String| Some(Reason::at(span, text));
    if pipeline.negation.is_some() || frame.place == Place::Condition || !frame.is_in_and_list() {
        let text = "the script asks whether this pipe failed, and would get another answer";
        return held(pipeline.span, text.to_string());
    }
    if frame.is_in_background() {
        return held(pipeline.span, "the pipe runs in the background".to_string());
    }
    let (last, before) = pipeline.commands.split_last()?;
    for command in before {
        if !name_of(command).is_some_and(|name| in_list(FAIL_FOR_CAUSE, &name)) {
            let text = "this command may fail without anything being wrong";
            return held(command.span(), text.to_string());
        }
    }
    let readers = before.iter().skip(1).chain([last]);
    for command in readers {
        if !reads_all(command) {
            let text = "this command may stop reading before the pipe ends, which the one in front takes for a failure";
            return held(command.span(), text.to_string());
        }
    }
    None
}

fn reads_all(command: &Command) -> bool {
    let Command::Simple(simple) = command else {
        return false;
    };
    let found = invocation(simple);
    let Some((name, index)) = found.name.zip(found.index) else {
        return false;
    };
    in_list(READ_ALL, &name) && !stops_early(simple, &name, index)
}

/// `grep -q`, `sed 5q`, `awk '{ exit }'`
fn stops_early(command: &SimpleCommand, name: &str, index: usize) -> bool {
    let arguments = runs::values(command, index + 1);
    arguments.iter().any(|argument| match (name, argument) {
        ("sed" | "awk", None) => true,
        ("sed", Some(text)) => text.contains('q') || text.contains('Q'),
        ("awk", Some(text)) => text.contains("exit"),
        ("grep", Some(text)) if text.starts_with("--") => {
            ["--quiet", "--silent", "--max-count", "--files"]
                .iter()
                .any(|one| text.starts_with(one))
        }
        ("grep", Some(text)) => text.starts_with('-') && text.contains(['q', 'm', 'l', 'L']),
        _ => false,
    })
}

/// Into the `set` that the script starts with, or in front of all.
fn set(run: &Run<'_>) -> Verdict {
    let Some(first) = run.script.statements.first() else {
        return Verdict::held(Reason::new("there is no command"));
    };
    let edit = if let Some(place) = end_of_set(run.script) {
        Edit::insert(place, "o pipefail")
    } else if matches!(first.terminator, Terminator::Background(_)) {
        return Verdict::held(Reason::at(
            first.span,
            "the first list runs in the background",
        ));
    } else if run
        .instruction
        .heredocs
        .iter()
        .any(|one| one.body.contains(run.script.span))
    {
        Edit::insert(run.script.span.start, "set -o pipefail\n")
    } else {
        Edit::insert(first.span.start, "set -o pipefail && ")
    };
    let why = "A command in front of a pipe that fails fails the build now. If the build breaks here, something was wrong \
               before.";
    Verdict::review(
        "let a command in front of a pipe fail the build",
        why,
        vec![edit],
    )
}

/// The end of `-eux` in a first `set -eux`.
fn end_of_set(script: &Script) -> Option<usize> {
    let sites = script.commands();
    let [name, options] = sites.first()?.command.words.as_slice() else {
        return None;
    };
    let letters = options.value()?;
    let letters = letters.strip_prefix('-')?;
    let is_plain =
        !letters.is_empty() && letters.chars().all(|c| c.is_ascii_alphabetic() && c != 'o');
    let is_set = name.value().as_deref() == Some("set") && is_plain;
    (is_set && !options.is_quoted() && !options.is_split).then_some(options.span.end)
}
