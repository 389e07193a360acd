use crate::model::Model;
use crate::rule::downloads;
use crate::rule::{Check, Finding, Rule, Severity, Survey, Verdict, runs};
use crate::syntax::Keyword;
use crate::text::Span;

pub const RULE: Rule = Rule {
    id: "plain-http-download",
    summary: "a download over HTTP that nothing checks",
    severity: Severity::Medium,
    since: "0.1.0",
    page: include_str!("plain_http_download.md"),
    aliases: &["cis:4.11"],
    check: Check::Dockerfile(check),
};

fn check(model: &Survey<'_>) -> Vec<Finding> {
    if !model.file.source.contains("http://") {
        return Vec::new();
    }
    let mut places = in_runs(model);
    places.extend(in_adds(model));
    places.sort_unstable();
    let why = "Whoever is between the build and the server can hand out another file, and the image has it then. Most \
               servers speak HTTPS too; where this one does not, compare a checksum.";
    places
        .into_iter()
        .map(|span| {
            let message = "this download can be changed on its way";
            Finding::of(&RULE, span, message, Verdict::manual("use HTTPS", why))
        })
        .collect()
}

fn in_runs(model: &Model<'_>) -> Vec<Span> {
    runs::runs_with(model, &["http://"])
        .filter(|run| !downloads::verifies(run.script))
        .flat_map(downloads::downloads)
        .flat_map(|download| {
            let addresses = download.addresses();
            addresses
                .filter(|(_, address)| is_plain(address))
                .map(|(word, _)| word.span)
                .collect::<Vec<_>>()
        })
        .collect()
}

fn in_adds(model: &Model<'_>) -> Vec<Span> {
    let instructions = model.file.instructions.iter();
    instructions
        .filter(|one| one.keyword == Keyword::Add && one.flag("checksum").is_none())
        .flat_map(|one| one.words())
        .filter(|word| is_plain(&word.text))
        .map(|word| word.span)
        .collect()
}

/// Whether it is the address of a public server, as far as that is literally there.
fn is_plain(address: &str) -> bool {
    address.starts_with("http://")
        && downloads::host(address)
            .is_some_and(|host| !host.contains('$') && !downloads::is_private(host))
}
