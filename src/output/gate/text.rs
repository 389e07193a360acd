//! The verdict for people: a table for each image, what counts, what the Dockerfile says.

use std::fmt::Write as _;

use harden::gate::{Allow, ImageVerdict, Judged, Severity, Standing};

use super::{Gate, Read, fix, origin_text, thing};
use crate::output::escape;
use crate::output::style::Styles;

/// Findings of one image that are listed where not all are asked for.
const FEW: usize = 20;

pub fn verdict(gate: &Gate, styles: &Styles) -> String {
    let mut text = String::new();
    for report in &gate.reports {
        for image in &report.judgement.images {
            self::image(&mut text, gate, report, image, styles);
        }
    }
    allow_list(&mut text, gate, styles);
    dockerfile(&mut text, gate, styles);
    let style = match gate.counted() + gate.problems.len() {
        0 => styles.change,
        _ => styles.error,
    };
    let summary = gate.summary();
    let (word, rest) = summary.split_once(':').unwrap_or((&summary, ""));
    let _ = writeln!(text, "{style}{word}{style:#}:{}", escape::line(rest));
    text
}

fn image(text: &mut String, gate: &Gate, read: &Read, image: &ImageVerdict, styles: &Styles) {
    let style = styles.strong;
    let name = escape::line(&image.name);
    let path = escape::path(&read.path);
    let format = read.judgement.format.as_str();
    let _ = writeln!(text, "{style}{name}{style:#} ({format}, {path})");
    if image.findings.is_empty() {
        text.push_str("  nothing was found\n");
        return;
    }
    table(text, gate, image, styles);
    let is_listed = |judged: &&Judged| {
        let is_allowed = matches!(judged.standing, Standing::Allowed(_));
        judged.standing == Standing::Counts || gate.is_verbose && is_allowed
    };
    let most = if gate.is_verbose {
        super::MOST_LISTED
    } else {
        FEW
    };
    let listed = image.findings.iter().filter(is_listed);
    for judged in listed.clone().take(most) {
        finding(text, gate, judged, styles);
    }
    let more = listed.skip(most).count();
    if more > 0 {
        let how = if gate.is_verbose {
            ""
        } else {
            ": `--verbose` lists them"
        };
        let _ = writeln!(text, "  and {more} more{how}");
    }
}

fn table(text: &mut String, gate: &Gate, image: &ImageVerdict, styles: &Styles) {
    let faint = styles.faint;
    let new = |value: String| match gate.has_base {
        true => format!("{value:>7}"),
        false => String::new(),
    };
    let head = format!(
        "{:<10} {:>7}{} {:>7} {:>7} {:>7}",
        "severity",
        "all",
        new("new".to_string()),
        "allowed",
        "unfixed",
        "counts"
    );
    let _ = writeln!(text, "  {faint}{head}{faint:#}");
    for (severity, counts) in image.counts.iter().rev() {
        let style = if counts.counted > 0 {
            severity_style(*severity, styles)
        } else {
            anstyle::Style::new()
        };
        let _ = writeln!(
            text,
            "  {style}{:<10}{style:#} {:>7}{} {:>7} {:>7} {style}{:>7}{style:#}",
            severity.as_str(),
            counts.all,
            new(counts.new.to_string()),
            counts.allowed,
            counts.unfixed,
            counts.counted
        );
    }
}

fn severity_style(severity: Severity, styles: &Styles) -> anstyle::Style {
    match severity {
        Severity::Critical | Severity::High => styles.error,
        Severity::Medium | Severity::Low => styles.warning,
        Severity::Negligible | Severity::Unknown => styles.strong,
    }
}

fn finding(text: &mut String, gate: &Gate, judged: &Judged, styles: &Styles) {
    let finding = &judged.finding;
    let style = severity_style(finding.severity, styles);
    let severity = finding.severity.as_str();
    let word = match judged.standing {
        Standing::Counts => severity.to_string(),
        _ => format!("allowed {severity}"),
    };
    let origin = gate.origin(finding).and_then(origin_text);
    let reason = gate.reason(judged).map(String::from);
    let details = [Some(thing(finding)), fix(finding), origin, reason];
    let details: Vec<String> = details.into_iter().flatten().collect();
    let details = details.join(", ");
    let _ = writeln!(
        text,
        "  {style}{word}{style:#} {}: {}",
        escape::line(&finding.id),
        escape::line(&details)
    );
}

fn allow_list(text: &mut String, gate: &Gate, styles: &Styles) {
    let Some(path) = &gate.allow_list else {
        return;
    };
    let path = escape::path(path);
    let style = styles.warning;
    for entry in &gate.notes.expired {
        let until = entry
            .until
            .map_or(String::new(), |until| format!(" {until}"));
        let (what, reason) = (subject(entry), escape::line(&entry.reason));
        let _ = writeln!(
            text,
            "{style}expired{style:#}: {path}: {what} was allowed until{until}: {reason}"
        );
    }
    for entry in &gate.notes.unused {
        let what = subject(entry);
        let _ = writeln!(text, "{style}unused{style:#}: {path}: nothing needs {what}");
    }
}

/// What an entry is about.
fn subject(entry: &Allow) -> String {
    let part = |word: &str, value: &Option<String>| {
        let value = value.as_ref();
        value.map_or(String::new(), |value| format!(" {word} `{value}`"))
    };
    let text = format!(
        "`{}`{}{}",
        entry.id,
        part("in", &entry.package),
        part("of", &entry.image)
    );
    escape::line(&text).into_owned()
}

fn dockerfile(text: &mut String, gate: &Gate, styles: &Styles) {
    let Some(advised) = &gate.advised else {
        return;
    };
    let (style, help) = (styles.strong, styles.help);
    let _ = writeln!(text, "{style}{}{style:#}", escape::path(&advised.path));
    for line in super::origins(advised) {
        let _ = writeln!(text, "  {}", escape::line(&line));
    }
    for (command, what) in super::commands(advised) {
        let (command, what) = (escape::line(&command), escape::line(&what));
        let _ = writeln!(text, "  {help}help{help:#}: `{command}` {what}");
    }
}
