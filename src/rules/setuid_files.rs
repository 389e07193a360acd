use crate::fix::Reason;
use crate::model::{Model, Shell, Stage, State};
use crate::rule::runs::base_facts;
use crate::rule::{Check, Finding, Rule, Severity, Survey, Verdict, lines};
use crate::syntax::Keyword;
use crate::text::Span;

pub const RULE: Rule = Rule {
    id: "setuid-files",
    summary: "programs that run as root whoever starts them",
    severity: Severity::Medium,
    since: "0.1.0",
    page: include_str!("setuid_files.md"),
    aliases: &["cis:4.8"],
    check: Check::Dockerfile(check),
};

const COMMAND: &str = "RUN find / -xdev -perm /6000 -type f -exec chmod a-s {} + || true";

/// Programs that only work with the bit.
const NEED_IT: &[&str] = &[
    "sudo",
    "su ",
    "gosu",
    "ping",
    "mount",
    "newuidmap",
    "fusermount",
    "chrome-sandbox",
];

fn check(model: &Survey<'_>) -> Vec<Finding> {
    let Some(stage) = model.shipped() else {
        return Vec::new();
    };
    let lineage = model.lineage();
    let is_cleared = model.instructions_of_all(&lineage).any(|(_, instruction)| {
        let text = instruction.span.slice(model.file.source);
        text.contains("-perm")
            && (text.contains("a-s") || text.contains("u-s") || text.contains("ug-s"))
    });
    let ends_as_user = model.end_state(stage).and_then(State::is_root) == Some(false);
    if is_cleared || !ends_as_user {
        return Vec::new();
    }
    let verdict = match place(model, stage) {
        Err(reason) => Verdict::held(reason),
        Ok(index) => {
            let why = "Programs that change the user, such as `su`, `sudo`, `passwd` and `mount`, stop working for other users \
                       than root.";
            let edit = lines::insert_after(model, index, &[COMMAND.to_string()]);
            Verdict::review("clear the bits", why, vec![edit])
        }
    };
    let message = "files of the image may have the setuid bit";
    vec![Finding::of(&RULE, stage.base_span, message, verdict)]
}

/// The last instruction that brings files while the user is root.
fn place(model: &Model<'_>, stage: &Stage) -> Result<usize, Reason> {
    let facts = base_facts(model, stage);
    let has_find = facts.as_ref().is_some_and(|facts| {
        let manager = facts.package_manager.as_deref();
        facts.shell != Some(false) && matches!(manager, Some("apt-get" | "apt" | "apk"))
    });
    if !has_find {
        let text = "it is not known whether the base image has a shell and `find`";
        return Err(Reason::at(stage.base_span, text));
    }
    if let Some(span) = needs_bit(model, stage) {
        return Err(Reason::at(span, "this may need the bit"));
    }
    let mut place = None;
    model
        .walk(stage.index)
        .for_each(|index, instruction, state| {
            use Keyword::{Add, Copy, Run};
            let is_default = state.shell == Shell::Default || state.shell.is_posix();
            if matches!(instruction.keyword, Run | Copy | Add)
                && state.is_root() == Some(true)
                && is_default
            {
                place = Some(index);
            }
        });
    place.ok_or_else(|| Reason::at(stage.base_span, "nothing runs as root in the shipped stage"))
}

/// Where the file uses a program that needs the bit as another user than root.
fn needs_bit(model: &Model<'_>, stage: &Stage) -> Option<Span> {
    let mut found = None;
    model.walk(stage.index).for_each(|_, instruction, state| {
        use Keyword::{Cmd, Entrypoint, Healthcheck, Run};
        let runs = matches!(instruction.keyword, Run | Cmd | Entrypoint | Healthcheck);
        let text = instruction.span.slice(model.file.source);
        let is_user = state.is_root() != Some(true);
        if runs && is_user && NEED_IT.iter().any(|word| text.contains(word)) {
            found.get_or_insert(instruction.logical_span());
        }
    });
    found
}
