//! The verdict as a comment on a merge request.

use std::fmt::Write as _;

use harden::gate::{ImageVerdict, Judged, Standing};

use super::{Gate, Read, fix, origin_text, thing};
use crate::output::escape;
use crate::output::markdown::{code, plain};

/// Findings of one image that are listed: forges cut long comments.
const FEW: usize = 100;

pub fn verdict(gate: &Gate) -> String {
    let mut text = format!("## {}\n", plain(&capital(&gate.summary())));
    for (path, problem) in &gate.problems {
        let place = problem.position.map(|at| format!(", line {}", at.line));
        let path = code(&escape::readable(path));
        let message = plain(&problem.message);
        let _ = writeln!(
            text,
            "\n**Not read:** {path}{}: {message}",
            place.unwrap_or_default()
        );
    }
    for report in &gate.reports {
        for image in &report.judgement.images {
            self::image(&mut text, gate, report, image);
        }
    }
    allow_list(&mut text, gate);
    dockerfile(&mut text, gate);
    let version = env!("CARGO_PKG_VERSION");
    let _ = writeln!(text, "\n---\nMade by harden {version}.");
    text
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

fn image(text: &mut String, gate: &Gate, read: &Read, image: &ImageVerdict) {
    let format = read.judgement.format.as_str();
    let _ = writeln!(text, "\n### {} ({format})\n", code(&image.name));
    if image.findings.is_empty() {
        text.push_str("Nothing was found.\n");
        return;
    }
    let new = |value: &str| match gate.has_base {
        true => format!(" {value} |"),
        false => String::new(),
    };
    let _ = writeln!(
        text,
        "| severity | all |{} allowed | unfixed | counts |",
        new("new")
    );
    let _ = writeln!(
        text,
        "|---|---:|{}---:|---:|---:|",
        new("---:").replace(' ', "")
    );
    for (severity, counts) in image.counts.iter().rev() {
        let _ = writeln!(
            text,
            "| {} | {} |{} {} | {} | {} |",
            severity.as_str(),
            counts.all,
            new(&counts.new.to_string()),
            counts.allowed,
            counts.unfixed,
            counts.counted
        );
    }
    let counts = |one: &&Judged| one.standing == Standing::Counts;
    let allowed = |one: &&Judged| matches!(one.standing, Standing::Allowed(_));
    list(text, gate, "", image.findings.iter().filter(counts));
    list(
        text,
        gate,
        "allowed ",
        image.findings.iter().filter(allowed),
    );
}

fn list<'j>(
    text: &mut String,
    gate: &Gate,
    word: &str,
    findings: impl Iterator<Item = &'j Judged> + Clone,
) {
    if findings.clone().next().is_some() {
        text.push('\n');
    }
    for judged in findings.clone().take(FEW) {
        let finding = &judged.finding;
        let details = [
            fix(finding).map(|text| plain(&text)),
            gate.origin(finding).and_then(origin_text),
            gate.reason(judged).map(plain),
        ];
        let details: Vec<String> = details.into_iter().flatten().collect();
        let details = match details.as_slice() {
            [] => String::new(),
            details => format!(", {}", details.join(", ")),
        };
        let severity = finding.severity.as_str();
        let (id, thing) = (code(&finding.id), code(&thing(finding)));
        let _ = writeln!(text, "- {word}{severity} {id}: {thing}{details}");
    }
    let more = findings.skip(FEW).count();
    if more > 0 {
        let _ = writeln!(text, "- and {more} more");
    }
}

fn allow_list(text: &mut String, gate: &Gate) {
    let (expired, unused) = (&gate.notes.expired, &gate.notes.unused);
    if expired.is_empty() && unused.is_empty() {
        return;
    }
    text.push_str("\n### Allow-list\n\n");
    for entry in expired {
        let until = entry
            .until
            .map_or(String::new(), |until| format!(" {until}"));
        let (id, reason) = (code(&entry.id), plain(&entry.reason));
        let _ = writeln!(text, "- {id} was allowed until{until}: {reason}");
    }
    for entry in unused {
        let _ = writeln!(text, "- nothing needs {}", code(&entry.id));
    }
}

fn dockerfile(text: &mut String, gate: &Gate) {
    let Some(advised) = &gate.advised else {
        return;
    };
    let _ = writeln!(text, "\n### {}\n", code(&escape::readable(&advised.path)));
    for line in super::origins(advised) {
        let _ = writeln!(text, "- {}", plain(&line));
    }
    for (command, what) in super::commands(advised) {
        let _ = writeln!(text, "- {} {}", code(&command), plain(&what));
    }
}
