use crate::rule::value::unquoted;
use crate::rule::{Check, Finding, Rule, Severity, Survey, Verdict, secrets};
use crate::syntax::Keyword;

pub const RULE: Rule = Rule {
    id: "secret-in-env",
    summary: "ENV with a value that its name calls a secret",
    severity: Severity::High,
    since: "0.1.0",
    page: include_str!("secret_in_env.md"),
    aliases: &["buildkit:SecretsUsedInArgOrEnv", "cis:4.10", "trivy:DS031"],
    check: Check::Dockerfile(check),
};

fn check(model: &Survey<'_>) -> Vec<Finding> {
    let instructions = model.file.instructions.iter();
    instructions
        .filter(|instruction| instruction.keyword == Keyword::Env)
        .flat_map(|instruction| instruction.pairs())
        .filter(|pair| {
            secrets::is_named_like_secret(&pair.name.text)
                && secrets::can_be_secret(unquoted(&pair.value.text))
        })
        .map(|pair| {
            let name = &pair.name.text;
            let why = format!(
                "Whoever has the image reads the value in its configuration. Give `{name}` to the container when it \
                 starts; what a RUN needs comes with `RUN --mount=type=secret,id={name}`. If the value is a real one, \
                 change it where it is used: it stays in the history of the image."
            );
            let message = format!("the image has the value of `{name}` in it");
            // The place is the name alone, so that no output shows the value as what was found.
            let verdict = Verdict::manual("take the secret out", why);
            Finding::of(&RULE, pair.name.span, message, verdict)
        })
        .collect()
}
