//! One table of the report as comma-separated values.

use std::fmt::Write as _;

use super::tables::{RepositoryRow, Spread, Tables};
use crate::output::escape;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    Repositories,
    Files,
    Work,
    Bases,
    Errors,
}

/// The table with a line of headings; lines end as RFC 4180 has it.
pub fn text(tables: &Tables, table: Table) -> String {
    match table {
        Table::Repositories => repositories(tables),
        Table::Files => files(tables),
        Table::Work => {
            let rows = tables.work_list().into_iter().map(|(reason, spread)| {
                let texts = [&reason.kind, &reason.rule, &reason.text];
                texts
                    .map(String::clone)
                    .into_iter()
                    .chain(numbers(spread))
                    .collect()
            });
            let heads = [
                "kind",
                "rule",
                "reason",
                "findings",
                "files",
                "repositories",
            ];
            lines(&heads, rows)
        }
        Table::Bases => {
            let rows = tables.base_images().into_iter().map(|(base, spread)| {
                let numbers = numbers(spread).into_iter().skip(1);
                [base.before.clone(), base.after.clone()]
                    .into_iter()
                    .chain(numbers)
                    .collect()
            });
            lines(&["before", "after", "files", "repositories"], rows)
        }
        Table::Errors => {
            let rows = tables.errors().into_iter().map(|(message, spread)| {
                let numbers = numbers(spread).into_iter().skip(1);
                [message.clone()].into_iter().chain(numbers).collect()
            });
            lines(&["message", "files", "repositories"], rows)
        }
    }
}

fn repositories(tables: &Tables) -> String {
    let heads = [
        "repository",
        "url",
        "branch",
        "commit",
        "risk",
        "files",
        "changed",
        "held",
        "error",
        "request",
        "request_url",
    ];
    let row = |row: &RepositoryRow| -> Vec<String> {
        let request = row.request.as_ref();
        vec![
            row.name.clone(),
            row.url.clone(),
            row.branch.clone(),
            row.commit.clone(),
            row.risk.as_str().to_string(),
            row.files.to_string(),
            row.changed.to_string(),
            row.held.to_string(),
            row.error.clone(),
            request.map_or(String::new(), |request| request.state.clone()),
            request.map_or(String::new(), |request| request.url.clone()),
        ]
    };
    lines(&heads, tables.repositories.iter().map(row))
}

fn files(tables: &Tables) -> String {
    let heads = [
        "repository",
        "path",
        "risk",
        "fixes",
        "held",
        "before",
        "after",
    ];
    let rows = tables.files.iter().map(|row| {
        let repository = tables.repositories.get(row.repository);
        let bases = |side: fn(&crate::report::record::BaseRecord) -> &String| {
            row.bases
                .iter()
                .map(|base| side(base).as_str())
                .collect::<Vec<_>>()
                .join(" ")
        };
        vec![
            repository.map_or(String::new(), |one| one.name.clone()),
            row.path.clone(),
            row.risk.as_str().to_string(),
            row.fixes.to_string(),
            row.held.to_string(),
            bases(|base| &base.before),
            bases(|base| &base.after),
        ]
    });
    lines(&heads, rows)
}

fn numbers(spread: Spread) -> [String; 3] {
    [spread.findings, spread.files, spread.repositories].map(|number| number.to_string())
}

fn lines(heads: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let mut text = heads.join(",") + "\r\n";
    for row in rows {
        let cells: Vec<String> = row.iter().map(|text| cell(text)).collect();
        let _ = write!(text, "{}\r\n", cells.join(","));
    }
    text
}

/// A cell that no spreadsheet takes for a formula.
fn cell(text: &str) -> String {
    let text = escape::line(text);
    let guard = if text.starts_with(['=', '+', '-', '@']) {
        "'"
    } else {
        ""
    };
    if text.contains([',', '"']) || !guard.is_empty() {
        format!("\"{guard}{}\"", text.replace('"', "\"\""))
    } else {
        text.into_owned()
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn cells_are_no_formulas_and_no_lines() {
        assert_eq!(super::cell("a"), "a");
        assert_eq!(super::cell("a,\"b\"\n"), "\"a,\"\"b\"\"\\n\"");
        assert_eq!(super::cell("=1+1"), "\"'=1+1\"");
    }
}
