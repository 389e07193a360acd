//! The report as Markdown, for a wiki or an issue.

use std::fmt::Write as _;

use super::About;
use super::tables::{RepositoryRow, Spread, Tables};
use crate::output::markdown::{code, plain};
use crate::output::text::count;
use crate::report::record::Risk;

/// Longer tables are cut: the page, JSON and CSV have all.
const MOST_ROWS: usize = 500;

pub fn text(about: &About, tables: &Tables) -> String {
    let mut text = String::new();
    let title = match about.title.as_str() {
        "" => "harden".to_string(),
        title => format!("Batch {}", code(title)),
    };
    let profiles: Vec<String> = about.profiles.iter().map(|name| code(name)).collect();
    let _ = writeln!(text, "# {title}\n");
    if !profiles.is_empty() {
        let _ = writeln!(text, "With {}.\n", profiles.join(", "));
    }
    let figures = &tables.figures;
    let _ = writeln!(
        text,
        "{} with {}: {} to change in {}, {} held, {} to do by hand, {} allowed.",
        count(figures.repositories, "repository", "repositories"),
        count(figures.files, "Dockerfile", "Dockerfiles"),
        count(figures.changed_files(), "file", "files"),
        count(figures.changed_repositories(), "repository", "repositories"),
        figures.held,
        figures.manual,
        figures.allowed,
    );
    let outcomes = Risk::ALL.iter().map(|risk| {
        let numbers = (figures.repositories(*risk), figures.files(*risk));
        vec![
            format!("{}: {}", risk.as_str(), risk.meaning()),
            numbers.0.to_string(),
            numbers.1.to_string(),
        ]
    });
    table(
        &mut text,
        "Outcome",
        &["", "repositories", "Dockerfiles"],
        outcomes,
    );
    let work = tables.work_list().into_iter().map(|(reason, spread)| {
        let texts = vec![plain(&reason.text), code(&reason.rule), reason.kind.clone()];
        texts.into_iter().chain(numbers(spread)).collect()
    });
    table(
        &mut text,
        "Work list",
        &[
            "what stands against it",
            "rule",
            "",
            "files",
            "repositories",
        ],
        work,
    );
    let bases = tables.base_images().into_iter().map(|(base, spread)| {
        let after = match base.before == base.after {
            true => "stays".to_string(),
            false => code(&base.after),
        };
        vec![code(&base.before), after]
            .into_iter()
            .chain(numbers(spread))
            .collect()
    });
    table(
        &mut text,
        "Base images",
        &["before", "after", "files", "repositories"],
        bases,
    );
    let errors = tables.errors().into_iter().map(|(message, spread)| {
        [plain(message)]
            .into_iter()
            .chain(numbers(spread))
            .collect()
    });
    table(
        &mut text,
        "Errors",
        &["message", "files", "repositories"],
        errors,
    );
    let rows = tables.repositories.iter().map(repository);
    let heads = [
        "repository",
        "risk",
        "Dockerfiles",
        "changed",
        "held",
        "request",
    ];
    table(&mut text, "Repositories", &heads, rows);
    let _ = writeln!(text, "\nMade by harden {}.", env!("CARGO_PKG_VERSION"));
    text
}

fn repository(row: &RepositoryRow) -> Vec<String> {
    let request = row.request.as_ref().map_or(String::new(), |request| {
        let state = plain(&request.state);
        match is_link(&request.url) {
            true => format!("[{state}](<{}>)", request.url),
            false => state,
        }
    });
    vec![
        code(&row.name),
        row.risk.as_str().to_string(),
        row.files.to_string(),
        row.changed.to_string(),
        row.held.to_string(),
        request,
    ]
}

/// Whether a text from a forge is nothing but the address of a page.
fn is_link(url: &str) -> bool {
    let is_plain =
        |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'<' | b'>' | b'|' | b'\\');
    (url.starts_with("https://") || url.starts_with("http://")) && url.bytes().all(is_plain)
}

fn numbers(spread: Spread) -> [String; 2] {
    [spread.files, spread.repositories].map(|number| number.to_string())
}

/// A table, unless it has no rows.
fn table(text: &mut String, title: &str, heads: &[&str], rows: impl Iterator<Item = Vec<String>>) {
    let rows: Vec<Vec<String>> = rows.collect();
    if rows.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n## {title}\n\n| {} |", heads.join(" | "));
    let _ = writeln!(text, "|{}", "---|".repeat(heads.len()));
    for row in rows.iter().take(MOST_ROWS) {
        // In code, too, a bar would end the cell.
        let cells: Vec<String> = row.iter().map(|cell| bars(cell)).collect();
        let _ = writeln!(text, "| {} |", cells.join(" | "));
    }
    if rows.len() > MOST_ROWS {
        let _ = writeln!(
            text,
            "\n{} more are in the other formats.",
            rows.len() - MOST_ROWS
        );
    }
}

fn bars(cell: &str) -> String {
    let mut result = String::with_capacity(cell.len());
    let mut last = ' ';
    for character in cell.chars() {
        if character == '|' && last != '\\' {
            result.push('\\');
        }
        result.push(character);
        last = character;
    }
    result
}
