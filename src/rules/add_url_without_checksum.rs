use crate::rule::{Check, Finding, Rule, Severity, Survey, Verdict};
use crate::syntax::Keyword;

pub const RULE: Rule = Rule {
    id: "add-url-without-checksum",
    summary: "ADD of a file from the network that nothing checks",
    severity: Severity::Medium,
    since: "0.1.0",
    page: include_str!("add_url_without_checksum.md"),
    aliases: &["cis:4.11"],
    check: Check::Dockerfile(check),
};

fn check(model: &Survey<'_>) -> Vec<Finding> {
    let instructions = model.file.instructions.iter();
    instructions
        .filter(|one| one.keyword == Keyword::Add && one.flag("checksum").is_none())
        .flat_map(|one| one.words().split_last().map_or(&[][..], |(_, sources)| sources))
        .filter(|source| is_file(&source.text))
        .map(|source| {
            let why = "The server decides what is in the image, and it may decide otherwise for the next build. Add \
                       `--checksum=sha256:…` with the checksum of the file that you have looked at.";
            let verdict = Verdict::manual("state the checksum", why);
            let message = "nothing checks what is downloaded";
            Finding::of(&RULE, source.span, message, verdict)
        })
        .collect()
}

/// A file over HTTP, not a git repository.
fn is_file(address: &str) -> bool {
    let path = address.split(['#', '?']).next().unwrap_or(address);
    (address.starts_with("http://") || address.starts_with("https://")) && !path.ends_with(".git")
}
