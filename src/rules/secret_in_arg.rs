use crate::rule::value::unquoted;
use crate::rule::{Check, Finding, Rule, Severity, Survey, Verdict, secrets};
use crate::syntax::{Keyword, Pair, PairSeparator};

pub const RULE: Rule = Rule {
    id: "secret-in-arg",
    summary: "a build argument that its name calls a secret",
    severity: Severity::Medium,
    since: "0.1.0",
    page: include_str!("secret_in_arg.md"),
    aliases: &["buildkit:SecretsUsedInArgOrEnv", "cis:4.10", "trivy:DS031"],
    check: Check::Dockerfile(check),
};

fn check(model: &Survey<'_>) -> Vec<Finding> {
    let instructions = model.file.instructions.iter();
    instructions
        .filter(|instruction| instruction.keyword == Keyword::Arg)
        .flat_map(|instruction| instruction.pairs())
        .filter(|pair| secrets::is_named_like_secret(&pair.name.text))
        .filter_map(finding)
        .collect()
}

fn finding(pair: &Pair<'_>) -> Option<Finding> {
    let name = &pair.name.text;
    let value = unquoted(&pair.value.text);
    let has_value = pair.separator == PairSeparator::Equals && !value.is_empty();
    if has_value && !secrets::can_be_secret(value) {
        return None;
    }
    let message = if has_value {
        format!("the file has a value for `{name}` in it")
    } else {
        format!("the value of `{name}` ends up in the history of the image")
    };
    let why = format!(
        "The history of an image shows the arguments that it was built with. Take `{name}` from \
         `RUN --mount=type=secret,id={name}` where it is needed: then it is in no layer and no history."
    );
    let verdict = Verdict::manual("use a secret mount", why);
    Some(Finding::of(&RULE, pair.name.span, message, verdict))
}
