//! The page that says which requirement of which standard harden meets, and how.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use harden::profile::library::{self, BUILT_IN};
use harden::rules;

use super::pages::does;

/// Section 4 of the CIS Docker Benchmark 1.6 in our words, and what harden does about it beside the rules that name it.
const CIS: [(&str, &str, &str); 12] = [
    (
        "4.1",
        "a user other than root",
        "profiles: user, files and ports together",
    ),
    (
        "4.2",
        "base images that are trusted",
        "profiles move base images; `--pin` names them by digest",
    ),
    (
        "4.3",
        "no packages that are not needed",
        "profile `minimal`",
    ),
    (
        "4.4",
        "images scanned and rebuilt",
        "not a matter of the file; `harden lock --check` says when a base image has moved",
    ),
    ("4.5", "signed images only", "no: a setting of the builder"),
    (
        "4.6",
        "a HEALTHCHECK",
        "no: nothing in a file says how to ask an application, and Kubernetes does not look at it",
    ),
    ("4.7", "no package lists of another day", ""),
    ("4.8", "no setuid and setgid programs", "profile `minimal`"),
    ("4.9", "COPY instead of ADD", ""),
    ("4.10", "no secrets", ""),
    ("4.11", "packages and files that are verified", ""),
    ("4.12", "signed artefacts", "no: a matter of the pipeline"),
];

/// The risks of images in NIST SP 800-190, and the items of the table above that lessen them.
const NIST: [(&str, &str, &str); 5] = [
    (
        "4.1.1",
        "vulnerabilities",
        "4.3, 4.4, 4.7: fewer packages, none from old lists; a scanner finds the rest",
    ),
    (
        "4.1.2",
        "configuration defects",
        "4.1, 4.3, 4.8: no root, no tools to work with, no setuid programs",
    ),
    (
        "4.1.3",
        "embedded malware",
        "4.9, 4.11: what is fetched is checked, or reported",
    ),
    ("4.1.4", "secrets in clear text", "4.10"),
    (
        "4.1.5",
        "images that nobody vouches for",
        "4.2, 4.11: base images of one's own choice, by digest",
    ),
];

const TOOLS: [(&str, &str); 5] = [
    ("hadolint", "hadolint"),
    ("buildkit", "BuildKit"),
    ("trivy", "Trivy"),
    ("checkov", "Checkov"),
    ("kics", "KICS"),
];

/// What meets an id of another tool: links to rules and profiles, each with what it does.
fn by_alias() -> BTreeMap<String, Vec<String>> {
    let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for rule in rules::ALL {
        for alias in rule.aliases {
            let link = format!("[{}](rules/{}.md) {}", rule.id, rule.id, does(rule));
            all.entry((*alias).to_string()).or_default().push(link);
        }
    }
    for (name, _) in BUILT_IN {
        // Those that extend it do the same.
        let profile = library::parse(name, library::built_in(name).expect("a profile"));
        let profile = profile.expect("a profile");
        if profile.extends.is_some() {
            continue;
        }
        let aliases = profile.steps.iter().flat_map(|step| step.verb.aliases());
        for alias in aliases {
            let link = format!("[profile {name}](profiles/{name}.md) fixes");
            let links = all.entry((*alias).to_string()).or_default();
            if !links.contains(&link) {
                links.push(link);
            }
        }
    }
    all
}

pub fn page() -> String {
    let aliases = by_alias();
    let mut text = "# Standards\n\nWhat other tools and standards ask for, and what harden does about it. *Fixes* means that it changes the file where the \
        preconditions hold, and says which one does not where they do not; *reports* leaves the choice to a person. A scanner that looks at files cannot \
        show that an image meets a standard: it shows what stands in the way.\n\n## CIS Docker Benchmark, section 4\n\n| | asks for | harden |\n|---|---|---|\n"
        .to_string();
    for (number, what, more) in CIS {
        let mut does = aliases
            .get(&format!("cis:{number}"))
            .cloned()
            .unwrap_or_default();
        does.extend((!more.is_empty()).then(|| more.to_string()));
        assert!(!does.is_empty(), "nothing is said of CIS {number}");
        let _ = writeln!(text, "| {number} | {what} | {} |", does.join("; "));
    }
    text.push_str("\n## NIST SP 800-190, image risks\n\n| | risk | items of the CIS Benchmark above |\n|---|---|---|\n");
    for (number, what, items) in NIST {
        let _ = writeln!(text, "| {number} | {what} | {items} |");
    }
    for (prefix, tool) in TOOLS {
        let _ = write!(text, "\n## {tool}\n\n| | harden |\n|---|---|\n");
        let prefix = format!("{prefix}:");
        for (alias, links) in &aliases {
            if let Some(id) = alias.strip_prefix(&prefix) {
                let _ = writeln!(text, "| {id} | {} |", links.join("; "));
            }
        }
    }
    text.push_str("\nComments for these tools that allow a finding count for harden too: [Allowing findings](suppressions.md).\n");
    text
}
