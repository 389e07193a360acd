use crate::fix::Reason;
use crate::model::facts::Role;
use crate::model::packages::invocation;
use crate::model::state::is_root;
use crate::model::{Base, Fact, Model, Stage, State};
use crate::rule::runs::{self, Run};
use crate::rule::{Check, Finding, Rule, Severity, Survey, Verdict, modes};
use crate::syntax::shell::{Site, Word};
use crate::syntax::{Instruction, Keyword};
use crate::text::{Edit, Span};

pub const RULE: Rule = Rule {
    id: "world-writable-mode",
    summary: "files that everybody may write",
    severity: Severity::Medium,
    since: "0.1.0",
    page: include_str!("world_writable_mode.md"),
    aliases: &["cis:4.8"],
    check: Check::Dockerfile(check),
};

/// Endings of files that are run and not written.
const PROGRAMS: &str = "bash pl py rb run sh";

/// What a file speaks of that starts a process as another user, or gives files to one.
const OTHER_USERS: &str = "adduser apache chgrp chown gosu httpd mariadb mysql nginx php-fpm postgres rabbitmq redis runuser \
                           setpriv squid su-exec supervisor tomcat useradd usermod www-data";

fn check(model: &Survey<'_>) -> Vec<Finding> {
    let source = model.file.source;
    if !source.contains("chmod") {
        return Vec::new();
    }
    let runs: Vec<Run<'_>> = runs::runs_with(model, &["chmod"]).collect();
    let users = Users::of(model);
    let mut findings = Vec::new();
    for stage in &model.stages {
        model
            .walk(stage.index)
            .for_each(|index, instruction, state| {
                let mut found: Vec<Change> = of_flag(model, instruction).into_iter().collect();
                if let Some(run) = runs::find(&runs, index) {
                    let sites = run.script.commands();
                    found.extend(sites.iter().filter_map(|site| of_command(model, site)));
                }
                findings.extend(found.into_iter().map(|change| {
                    let message = format!("mode `{}` lets everybody write", change.mode);
                    let verdict = verdict(model, &users, stage, state, &change);
                    Finding::of(&RULE, change.span, message, verdict)
                }));
            });
    }
    findings
}

/// A mode that is set, and of what.
struct Change {
    mode: String,
    /// Where the mode alone stands.
    span: Span,
    targets: Vec<Option<String>>,
    is_recursive: bool,
    /// Why the place cannot be edited.
    refusal: Option<&'static str>,
}

/// `COPY --chmod=777`
fn of_flag(model: &Model<'_>, instruction: &Instruction<'_>) -> Option<Change> {
    if !matches!(instruction.keyword, Keyword::Copy | Keyword::Add) {
        return None;
    }
    let flag = instruction.flag("chmod")?;
    let mode = flag.value().filter(|mode| modes::lets_others_write(mode))?;
    let is_plain = flag.span.slice(model.file.source) == flag.text;
    let (_, sources) = instruction.words().split_last()?;
    Some(Change {
        mode: mode.to_string(),
        span: Span::new(flag.span.end.saturating_sub(mode.len()), flag.span.end),
        targets: sources
            .iter()
            .map(|word| Some(word.text.to_string()))
            .collect(),
        is_recursive: false,
        refusal: (!is_plain).then_some("the flag has quotes in it"),
    })
}

fn of_command(model: &Model<'_>, site: &Site<'_>) -> Option<Change> {
    let found = invocation(site.command);
    let index = found
        .index
        .filter(|_| found.name.as_deref() == Some("chmod"))?;
    let words = site.command.words.iter().skip(index + 1);
    let (options, mut operands): (Vec<&Word>, Vec<&Word>) = words.partition(|word| is_option(word));
    let is_recursive = options.iter().any(|word| {
        let text = word.value().unwrap_or_default();
        text == "--recursive" || !text.starts_with("--") && text.contains('R')
    });
    if operands.is_empty() {
        return None;
    }
    let word = operands.remove(0);
    let mode = word.value().filter(|mode| modes::lets_others_write(mode))?;
    let refusal = if site.is_in_substitution() {
        Some("the command stands in a substitution")
    } else if word.span.slice(model.file.source) != mode {
        Some("the mode is quoted")
    } else {
        None
    };
    Some(Change {
        mode,
        span: word.span,
        targets: operands.iter().map(|word| word.value()).collect(),
        is_recursive,
        refusal,
    })
}

/// Not a mode such as `-w`.
fn is_option(word: &Word) -> bool {
    let text = word.value().unwrap_or_default();
    text.starts_with("--") || text.starts_with('-') && text.contains(['R', 'v', 'c', 'f'])
}

fn verdict(
    model: &Model<'_>,
    users: &Users<'_>,
    stage: &Stage,
    state: &State,
    change: &Change,
) -> Verdict {
    let held = |text: String| Verdict::held(Reason::at(change.span, text));
    if let Some(refusal) = change.refusal {
        return held(refusal.to_string());
    }
    if is_temporary(change) {
        let why =
            "In a folder with the sticky bit everybody may make files, and delete only their own.";
        let edit = Edit::replace(change.span, "1777");
        return Verdict::review("set the sticky bit", why, vec![edit]);
    }
    let Some(mode) = modes::without_others_write(&change.mode) else {
        return held("nothing would be left of the mode".to_string());
    };
    if !are_programs(change)
        && let Some(why) = others_may_need_it(model, users, stage, state)
    {
        return held(format!(
            "{why}: give the files to it, or to group 0 with `chmod g=u`"
        ));
    }
    let why = "Only the owner and the group may write these files now.";
    let edit = Edit::replace(change.span, mode);
    Verdict::review("take write permission from everybody else", why, vec![edit])
}

fn is_temporary(change: &Change) -> bool {
    let is_one = |target: &Option<String>| {
        let path = target.as_deref().map(|path| path.trim_end_matches('/'));
        matches!(path, Some("/tmp" | "/var/tmp"))
    };
    matches!(change.mode.as_str(), "777" | "0777")
        && !change.is_recursive
        && !change.targets.is_empty()
        && change.targets.iter().all(is_one)
}

/// Whether all of it is run and not written: scripts by their endings, and what is in a `bin`.
fn are_programs(change: &Change) -> bool {
    let is_program = |target: &Option<String>| {
        let Some(path) = target else { return false };
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let ending = name.rsplit_once('.').map(|(_, ending)| ending);
        let has_ending = PROGRAMS.split(' ').any(|one| ending == Some(one));
        let is_in_bin = matches!(folder.rsplit('/').next(), Some("bin" | "sbin"));
        has_ending || is_in_bin && !name.is_empty() && name != "*"
    };
    !change.is_recursive && !change.targets.is_empty() && change.targets.iter().all(is_program)
}

/// Who may have to write the files and could not, were the mode another.
fn others_may_need_it(
    model: &Model<'_>,
    users: &Users<'_>,
    stage: &Stage,
    state: &State,
) -> Option<String> {
    let facts = match runs::base_facts(model, stage) {
        None => return Some("who the base image starts processes as is not known".to_string()),
        Some(facts) => facts,
    };
    if facts.drops_privileges.is_some() || matches!(facts.role, Some(Role::Server | Role::Database))
    {
        return Some("the base image starts its process as another user".to_string());
    }
    if let Some(word) = users.spoken_of {
        return Some(format!(
            "the file speaks of `{word}`, so another user may have to write them"
        ));
    }
    let own = model.end_state(stage).map(|end| &end.user);
    let later = users.later.get(stage.index).map_or(&[][..], Vec::as_slice);
    if later.len() > MOST_USERS {
        return Some("many stages are built on this one".to_string());
    }
    let mut ends = own.into_iter().chain(later.iter().copied());
    ends.find_map(|end| match end.known() {
        None => Some("who the image runs as is not known".to_string()),
        Some(user) if is_root(user.split(':').next().unwrap_or(user)) => {
            Some("the image runs as root, and may start other processes as anybody".to_string())
        }
        Some(user) if *end == state.user || has_group_of_root(user) => None,
        Some(user) => Some(format!(
            "the image runs as `{user}`, who may have to write them"
        )),
    })
}

/// More users than the stages of a file that a person wrote end with.
const MOST_USERS: usize = 16;

/// Who may have to write the files of a stage.
struct Users<'m> {
    /// A program or user that the file speaks of, and that starts or owns processes of others.
    spoken_of: Option<&'static str>,
    /// For each stage, who those that are built on it end as; at most one more than [`MOST_USERS`].
    later: Vec<Vec<&'m Fact<String>>>,
}

impl<'m> Users<'m> {
    fn of(model: &'m Model<'_>) -> Self {
        let text = model.file.source.to_ascii_lowercase();
        let mut words = OTHER_USERS.split_whitespace();
        let mut later: Vec<Vec<&'m Fact<String>>> = vec![Vec::new(); model.stages.len()];
        for stage in model.stages.iter().rev() {
            let Base::Stage(below) = stage.base else {
                continue;
            };
            let own = model.end_state(stage).map(|end| &end.user);
            let above = later.get(stage.index).cloned().unwrap_or_default();
            if let Some(users) = later.get_mut(below) {
                for user in own.into_iter().chain(above) {
                    if users.len() <= MOST_USERS
                        && !users.iter().any(|one| one.known() == user.known())
                    {
                        users.push(user);
                    }
                }
            }
        }
        Self {
            spoken_of: words.find(|word| text.contains(word)),
            later,
        }
    }
}

/// A number that no file of users knows has group 0, unless another is given.
fn has_group_of_root(user: &str) -> bool {
    match user.split_once(':') {
        Some((_, group)) => matches!(group, "0" | "root"),
        None => user.chars().all(|c| c.is_ascii_digit()),
    }
}
