use std::collections::HashSet;

use crate::fix::Reason;
use crate::model::account_options::{AccountOptions, OptionValue};
use crate::model::packages::invocation;
use crate::model::{Model, Scope};
use crate::rule::runs::{self, Run};
use crate::rule::{Check, Finding, Rule, Severity, Survey, Verdict};
use crate::syntax::Keyword;
use crate::syntax::shell::{Part, Site, Word, edit};
use crate::text::Edit;

pub const RULE: Rule = Rule {
    id: "large-uid-log",
    summary: "useradd with a large UID writes a log file that grows with the UID",
    severity: Severity::Low,
    since: "0.1.0",
    page: include_str!("large_uid_log.md"),
    aliases: &["hadolint:DL3046"],
    check: Check::Dockerfile(check),
};

/// `/var/log/lastlog` has 292 bytes for every number up to the UID: from here on nearly 30 MB.
const LARGE: u64 = 100_000;

fn check(model: &Survey<'_>) -> Vec<Finding> {
    let runs: Vec<Run<'_>> = runs::runs_with(model, &["useradd"]).collect();
    if runs.is_empty() {
        return Vec::new();
    }
    let arguments = arguments(model);
    let mut findings = Vec::new();
    for stage in &model.stages {
        model.walk(stage.index).for_each(|index, _, state| {
            let Some(run) = runs::find(&runs, index) else {
                return;
            };
            let context = Context {
                model,
                arguments: &arguments,
                scope: &state.scope,
            };
            let sites = run.script.commands();
            findings.extend(sites.iter().filter_map(|site| context.finding(site)));
        });
    }
    findings
}

/// The names that ARG declares: the build may give them other values than the file does.
fn arguments<'a>(model: &Model<'a>) -> HashSet<&'a str> {
    let instructions = model.file.instructions.iter();
    let declarations = instructions.filter(|one| one.keyword == Keyword::Arg);
    let pairs = declarations.flat_map(|one| one.pairs());
    pairs.map(|pair| pair.name.text.as_ref()).collect()
}

/// What holds where a command stands.
struct Context<'c, 'a> {
    model: &'c Model<'a>,
    arguments: &'c HashSet<&'a str>,
    scope: &'c Scope,
}

impl Context<'_, '_> {
    fn finding(&self, site: &Site<'_>) -> Option<Finding> {
        let found = invocation(site.command);
        let index = found
            .index
            .filter(|_| found.name.as_deref() == Some("useradd"))?;
        let words = site.command.words.get(index + 1..)?;
        let options = AccountOptions::read("useradd", words);
        if options.has(&["-l", "--no-log-init"]) {
            return None;
        }
        let message = self.message(&match options.value(&["-u", "--uid"])? {
            OptionValue::Word(word) => Value::of(word),
            other => Value::Text(other.text()?),
        })?;
        let verdict = match edit::after_word(self.model.file.source, site, index) {
            Ok(place) => Verdict::safe(
                "do not write the log of logins",
                vec![Edit::insert(place, " -l")],
            ),
            Err(refusal) => Verdict::held(Reason::at(site.command.span, refusal.to_string())),
        };
        Some(Finding::of(&RULE, site.command.span, message, verdict))
    }

    /// What is wrong with the UID, if it is large or may become so.
    fn message(&self, user: &Value) -> Option<String> {
        let grows = "writes a log file that grows with the UID";
        match user {
            Value::Text(text) => {
                let user = text.parse().ok().filter(|user: &u64| *user >= LARGE)?;
                Some(format!("useradd with UID {user} {grows}"))
            }
            Value::Variable(name) if self.arguments.contains(name.as_str()) => Some(format!(
                "useradd with the UID `${name}`, which the build may set, {grows}"
            )),
            Value::Variable(name) => {
                let value = self.scope.environment(name)?.to_string();
                self.message(&Value::Text(value))
            }
            Value::Unknown => None,
        }
    }
}

/// What a word says.
enum Value {
    Text(String),
    /// The value of this variable, and nothing else.
    Variable(String),
    Unknown,
}

impl Value {
    fn of(word: &Word) -> Self {
        if let Some(text) = word.value() {
            return Self::Text(text);
        }
        // Quotes around a variable leave an empty part.
        let is_empty = |part: &&Part| matches!(part, Part::Quoted(text) if text.is_empty());
        let parts: Vec<&Part> = word.parts.iter().filter(|one| !is_empty(one)).collect();
        match parts.as_slice() {
            [Part::Parameter { name, .. }] => Self::Variable(name.clone()),
            _ => Self::Unknown,
        }
    }
}
