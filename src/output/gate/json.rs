//! The verdict for programs: docs/gate.md. `version` changes when a key changes its meaning or goes.

use harden::gate::{
    Allow, Counts, Finding, Fix, Format, ImageVerdict, Judged, Origin, Severity, Standing,
};
use serde_json::{Map, Value, json};

use super::{Advised, Gate, Read};
use crate::output::escape;
use crate::report::Problem;

pub fn verdict(gate: &Gate) -> String {
    let settings = &gate.settings;
    let entries = |list: &[Allow]| list.iter().map(entry).collect::<Vec<_>>();
    let value = json!({
        "version": 1,
        "passed": gate.counted() == 0 && gate.problems.is_empty(),
        "fail_on": settings.fail_on.as_str(),
        "ignore_unfixed": settings.ignore_unfixed,
        "new_only": gate.has_base,
        "counted": gate.counted(),
        "reports": gate.reports.iter().map(|one| report(gate, one)).collect::<Vec<_>>(),
        "allow_list": gate.allow_list.as_ref().map(|path| json!({
            "path": escape::readable(path),
            "expired": entries(&gate.notes.expired),
            "unused": entries(&gate.notes.unused),
        })),
        "dockerfile": gate.advised.as_ref().map(dockerfile),
        "errors": gate.problems.iter().map(|(path, one)| problem(&escape::readable(path), one)).collect::<Vec<_>>(),
    });
    let text = serde_json::to_string_pretty(&value).unwrap_or_default();
    format!("{}\n", escape::json(&text))
}

fn report(gate: &Gate, read: &Read) -> Value {
    let format = match read.judgement.format {
        Format::Gitlab => "gitlab",
        Format::Trivy => "trivy",
        Format::Grype => "grype",
        Format::Sarif => "sarif",
    };
    let images = read.judgement.images.iter();
    json!({
        "path": escape::readable(&read.path),
        "format": format,
        "images": images.map(|one| image(gate, one)).collect::<Vec<_>>(),
    })
}

fn image(gate: &Gate, image: &ImageVerdict) -> Value {
    let row = |severity: Severity| {
        let counts = image.counts.get(&severity).copied().unwrap_or_default();
        (severity.as_str().to_string(), self::counts(counts))
    };
    let is_listed = |one: &&Judged| matches!(one.standing, Standing::Counts | Standing::Allowed(_));
    let listed = image.findings.iter().filter(is_listed);
    let findings = listed.clone().take(super::MOST_LISTED);
    json!({
        "name": image.name,
        "counts": Severity::ALL.into_iter().map(row).collect::<Map<_, _>>(),
        "findings": findings.map(|one| finding(gate, one)).collect::<Vec<_>>(),
        "left_out": listed.skip(super::MOST_LISTED).count(),
    })
}

fn counts(counts: Counts) -> Value {
    json!({
        "all": counts.all,
        "new": counts.new,
        "allowed": counts.allowed,
        "unfixed": counts.unfixed,
        "counted": counts.counted,
    })
}

fn finding(gate: &Gate, judged: &Judged) -> Value {
    let finding: &Finding = &judged.finding;
    let origin = gate.origin(finding);
    let (fixed, has_fix) = match &finding.fix {
        Fix::In(version) => (Some(version), Some(true)),
        Fix::None => (None, Some(false)),
        Fix::Unknown => (None, None),
    };
    json!({
        "id": finding.id,
        "aliases": finding.aliases,
        "kind": finding.kind.as_str(),
        "severity": finding.severity.as_str(),
        "package": finding.package,
        "installed": finding.version,
        "has_fix": has_fix,
        "fix": fixed,
        "place": finding.place,
        "counted": judged.standing == Standing::Counts,
        "reason": gate.reason(judged),
        "origin": origin.map(origin_name),
        "origin_line": match origin {
            Some(Origin::Run(line)) => Some(line),
            _ => None,
        },
    })
}

fn origin_name(origin: Origin) -> &'static str {
    match origin {
        Origin::BaseImage => "base_image",
        Origin::Run(_) => "run",
        Origin::Application => "application",
        Origin::Unknown => "unknown",
    }
}

fn entry(entry: &Allow) -> Value {
    json!({
        "id": entry.id,
        "package": entry.package,
        "image": entry.image,
        "reason": entry.reason,
        "until": entry.until.map(|until| until.to_string()),
    })
}

fn dockerfile(advised: &Advised) -> Value {
    let advice = &advised.advice;
    let base = advice.origins.base.as_ref();
    let counts = advice.counts.iter().map(|(origin, count)| {
        json!({
            "origin": origin_name(*origin),
            "line": match origin {
                Origin::Run(line) => Some(*line),
                Origin::BaseImage => base.map(|(_, line)| *line),
                _ => None,
            },
            "findings": count,
        })
    });
    let commands = super::commands(advised);
    let suggestions = advice.suggestions.iter().zip(commands);
    json!({
        "path": escape::readable(&advised.path),
        "base_image": base.map(|(name, _)| name),
        "origins": counts.collect::<Vec<_>>(),
        "suggestions": suggestions.map(|(one, (command, _))| json!({
            "profile": one.profile,
            "findings": one.findings,
            "base_image": one.base,
            "command": command,
        })).collect::<Vec<_>>(),
    })
}

fn problem(path: &str, problem: &Problem) -> Value {
    json!({
        "path": path,
        "message": problem.message,
        "line": problem.position.map(|at| at.line),
        "column": problem.position.map(|at| at.column),
        "help": problem.help,
    })
}
