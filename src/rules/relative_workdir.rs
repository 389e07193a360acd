use crate::fix::Reason;
use crate::model::{Base, Fact, State};
use crate::rule::{Check, Finding, Rule, Severity, Survey, Verdict};
use crate::syntax::{Keyword, Word};
use crate::text::Edit;

pub const RULE: Rule = Rule {
    id: "relative-workdir",
    summary: "a WORKDIR that depends on the one before it",
    severity: Severity::Low,
    since: "0.1.0",
    page: include_str!("relative_workdir.md"),
    aliases: &[
        "hadolint:DL3000",
        "buildkit:WorkdirRelativePath",
        "trivy:DS009",
        "checkov:CKV_DOCKER_10",
        "kics:6b376af8",
    ],
    check: Check::Dockerfile(check),
};

fn check(model: &Survey<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    // For each stage the word with a variable that decides its directory at its end.
    let mut decided: Vec<Option<&Word<'_>>> = Vec::with_capacity(model.stages.len());
    for stage in &model.stages {
        let mut variable = match stage.base {
            Base::Stage(below) => decided.get(below).copied().flatten(),
            _ => None,
        };
        model.walk(stage.index).for_each(|_, instruction, state| {
            let word = instruction.text();
            let Some(word) = word.filter(|_| instruction.keyword == Keyword::Workdir) else {
                return;
            };
            if is_relative(&word.text) && !state.is_windows() {
                let message = format!("WORKDIR `{}` is relative", word.text);
                let verdict = verdict(word, state, variable);
                findings.push(Finding::of(&RULE, word.span, message, verdict));
            }
            if word.text.contains('$') {
                variable = Some(word);
            } else if word.text.starts_with('/') {
                variable = None;
            }
        });
        decided.push(variable);
    }
    findings
}

/// Not where a variable stands first, which may hold an absolute path, nor for a path of Windows.
fn is_relative(path: &str) -> bool {
    !path.starts_with(['/', '$', '"', '\'']) && !path.contains('\\') && !path.contains(':')
}

/// `variable` is an earlier WORKDIR that a variable decides, and that the path starts from.
fn verdict(word: &Word<'_>, state: &State, variable: Option<&Word<'_>>) -> Verdict {
    if word.text.contains(['"', '\'', '`']) || word.text.split('/').any(|part| part == "..") {
        let text = "it has quotes or `..` in it";
        return Verdict::held(Reason::at(word.span, text));
    }
    let workdir = match known_workdir(state, variable) {
        Ok(workdir) => workdir,
        Err(reason) => return Verdict::held(reason),
    };
    let path = word.text.trim_start_matches("./");
    let path = match path {
        "" | "." => workdir,
        path if workdir == "/" => format!("/{path}"),
        path => format!("{workdir}/{path}"),
    };
    Verdict::safe(
        "write the path in full",
        vec![Edit::replace(word.span, path)],
    )
}

/// The directory that the path starts from, where no variable has a say in it: a build may set another value.
fn known_workdir(state: &State, variable: Option<&Word<'_>>) -> Result<String, Reason> {
    let workdir = match &state.workdir {
        Fact::Known(workdir, _) => workdir.clone(),
        Fact::Unknown(why) => {
            let text = format!("the WORKDIR before it is not known: {why}");
            return Err(Reason::new(text));
        }
    };
    if let Some(word) = variable {
        let text = format!("it starts from `{}`, which a variable decides", word.text);
        return Err(Reason::at(word.span, text));
    }
    if workdir.contains(['$', '"', '\'', '\\', '`']) {
        let text = format!("the WORKDIR `{workdir}` has quotes or a `$` in it");
        return Err(Reason::new(text));
    }
    Ok(workdir)
}
