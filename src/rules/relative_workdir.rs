use crate::fix::Reason;
use crate::model::{Fact, Model, Stage, State};
use crate::rule::{Finding, Rule, Severity, Verdict};
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
    check,
};

fn check(model: &Model<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for stage in &model.stages {
        model
            .walk(stage.index)
            .for_each(|index, instruction, state| {
                if instruction.keyword == Keyword::Workdir
                    && let Some(word) = instruction.text()
                    && is_relative(&word.text)
                    && !state.is_windows()
                {
                    let message = format!("WORKDIR `{}` is relative", word.text);
                    let verdict = verdict(model, stage, index, word, state);
                    findings.push(Finding::of(&RULE, word.span, message, verdict));
                }
            });
    }
    findings
}

/// Not where a variable stands first, which may hold an absolute path, nor for a path of Windows.
fn is_relative(path: &str) -> bool {
    !path.starts_with(['/', '$', '"', '\'']) && !path.contains('\\') && !path.contains(':')
}

fn verdict(
    model: &Model<'_>,
    stage: &Stage,
    index: usize,
    word: &Word<'_>,
    state: &State,
) -> Verdict {
    if word.text.contains(['"', '\'', '`']) || word.text.split('/').any(|part| part == "..") {
        let text = "it has quotes or `..` in it";
        return Verdict::held(Reason::at(word.span, text));
    }
    let workdir = match known_workdir(model, stage, index, state) {
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
fn known_workdir(
    model: &Model<'_>,
    stage: &Stage,
    index: usize,
    state: &State,
) -> Result<String, Reason> {
    let workdir = match &state.workdir {
        Fact::Known(workdir, _) => workdir.clone(),
        Fact::Unknown(why) => {
            let text = format!("the WORKDIR before it is not known: {why}");
            return Err(Reason::new(text));
        }
    };
    let lineage = model.lineage_of(stage);
    let earlier: Vec<&Word<'_>> = model
        .instructions_of_all(&lineage)
        .take_while(|(other, _)| *other != index)
        .filter(|(_, one)| one.keyword == Keyword::Workdir)
        .filter_map(|(_, one)| one.text())
        .collect();
    for word in earlier.iter().rev() {
        if word.text.contains('$') {
            let text = format!("it starts from `{}`, which a variable decides", word.text);
            return Err(Reason::at(word.span, text));
        }
        if word.text.starts_with('/') {
            break;
        }
    }
    if workdir.contains(['$', '"', '\'', '\\', '`']) {
        let text = format!("the WORKDIR `{workdir}` has quotes or a `$` in it");
        return Err(Reason::new(text));
    }
    Ok(workdir)
}
