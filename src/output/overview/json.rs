//! The report as JSON: docs/batch.md.

use serde_json::{Value, json};

use super::{About, Tables};
use crate::output::escape;
use crate::report::record::{RepositoryRecord, Risk};

pub fn start(about: &About) -> String {
    let head = json!({
        "version": 1,
        "batch": about.title,
        "profiles": about.profiles,
    });
    let head = head.to_string();
    let head = head.strip_suffix('}').unwrap_or(&head);
    format!("{},\"repositories\":[\n", escape::json(head))
}

/// The record, with its risk, and without the whole texts that the patches say.
pub fn repository(record: &RepositoryRecord) -> String {
    let mut value = serde_json::to_value(record).unwrap_or_default();
    value["risk"] = json!(record.risk().as_str());
    let risks: Vec<Risk> = record.files.iter().map(|file| file.risk()).collect();
    let files = value["files"].as_array_mut().into_iter().flatten();
    for (file, risk) in files.zip(risks) {
        file["risk"] = json!(risk.as_str());
        if let Some(change) = file["change"].as_object_mut() {
            change.remove("text");
        }
    }
    escape::json(&value.to_string()).into_owned()
}

pub fn end(tables: &Tables) -> String {
    let work = tables.work_list().into_iter().map(|(reason, spread)| {
        json!({
            "kind": reason.kind, "rule": reason.rule, "reason": reason.text,
            "findings": spread.findings, "files": spread.files, "repositories": spread.repositories,
        })
    });
    let bases = tables.base_images().into_iter().map(|(base, spread)| {
        json!({
            "before": base.before, "after": base.after,
            "files": spread.files, "repositories": spread.repositories,
        })
    });
    let errors = tables.errors().into_iter().map(|(message, spread)| {
        json!({ "message": message, "files": spread.files, "repositories": spread.repositories })
    });
    let tail = json!({
        "work": work.collect::<Value>(),
        "bases": bases.collect::<Value>(),
        "errors": errors.collect::<Value>(),
        "summary": summary(tables),
    });
    let tail = tail.to_string();
    let tail = tail.strip_prefix('{').unwrap_or(&tail);
    format!("\n],{}\n", escape::json(tail))
}

pub fn summary(tables: &Tables) -> Value {
    let figures = &tables.figures;
    let by_risk = |number: &dyn Fn(Risk) -> usize| -> Value {
        let pairs = Risk::ALL.iter();
        let pairs = pairs.map(|risk| (risk.as_str().to_string(), json!(number(*risk))));
        Value::Object(pairs.collect())
    };
    json!({
        "repositories": figures.repositories,
        "repositories_by_risk": by_risk(&|risk| figures.repositories(risk)),
        "files": figures.files,
        "files_by_risk": by_risk(&|risk| figures.files(risk)),
        "fixes": { "safe": figures.safe_fixes, "review": figures.review_fixes },
        "open": { "held": figures.held, "manual": figures.manual },
        "allowed": figures.allowed,
    })
}
