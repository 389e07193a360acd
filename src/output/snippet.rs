//! Findings with the lines that they are about, in the manner of rustc.

use std::fmt::Write as _;
use std::ops::Range;

use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Renderer, Snippet, Title};
use harden::engine::{Applied, Open, OpenKind};
use harden::rule::Severity;
use harden::text::{EditSet, LineIndex, Position, Span};

use super::style::Styles;
use super::{escape, hunks, text};
use crate::report::{FileReport, Problem};

/// Lines wider than this are cut by the renderer, where no terminal says how wide it is.
const WIDTH: usize = 140;
/// Narrower than this, the renderer would show nothing of a line.
const LEAST_WIDTH: usize = 20;
/// A finding that goes over more lines than these is shown by its first ones.
const MOST_LINES: usize = 6;
/// What comes after the first errors of a file follows from them more often than not.
const MOST_PROBLEMS: usize = 10;

/// Everything that there is to do in a file.
pub fn findings(report: &FileReport, is_verbose: bool, styles: &Styles) -> String {
    let page = Page::new(report, styles);
    let mut blocks: Vec<(Option<Position>, String)> = Vec::new();
    for applied in &report.outcome.applied {
        let first = applied.steps.iter().filter_map(|step| step.position).min();
        blocks.push((first, page.applied(applied)));
    }
    for open in &report.outcome.open {
        if is_verbose || !matches!(open.kind, OpenKind::LeftOut { .. }) {
            blocks.push((Some(open.position), page.open(open)));
        }
    }
    blocks.sort_by_key(|(position, _)| *position);
    blocks
        .iter()
        .map(|(_, block)| format!("{block}\n\n"))
        .collect()
}

/// The errors of a file, with the line where they have a place in a text that could be read.
pub fn problems(report: &FileReport, styles: &Styles) -> String {
    let mut page = None;
    let mut shown = |problem: &Problem| match problem.span {
        Some(_) => {
            let page = page.get_or_insert_with(|| Page::new(report, styles));
            format!("{}\n", page.problem(problem))
        }
        None => text::problem(&report.path, problem, styles),
    };
    let mut problems: String = report
        .problems
        .iter()
        .take(MOST_PROBLEMS)
        .map(&mut shown)
        .collect();
    if let Some(more) = report.problems.len().checked_sub(MOST_PROBLEMS + 1) {
        let more = Problem::new(format!("{} more errors", more + 1));
        problems.push_str(&text::problem(&report.path, &more, styles));
    }
    problems
}

/// The file of a report, ready to be cut into snippets.
struct Page<'r> {
    path: String,
    source: &'r str,
    lines: LineIndex,
    renderer: Renderer,
    styles: Styles,
}

impl<'r> Page<'r> {
    fn new(report: &'r FileReport, styles: &Styles) -> Self {
        let renderer = if styles.is_coloured {
            Renderer::styled()
        } else {
            Renderer::plain()
        };
        Self {
            path: escape::path(&report.path),
            source: &report.source,
            lines: LineIndex::new(&report.source),
            renderer: renderer.term_width(styles.width.unwrap_or(WIDTH).max(LEAST_WIDTH)),
            styles: *styles,
        }
    }

    fn render(&self, group: Group<'_>) -> String {
        self.renderer.render(&[group])
    }

    fn applied(&self, applied: &Applied) -> String {
        let mut marks = Vec::new();
        for step in &applied.steps {
            let label = (step.what != applied.title).then(|| escape::line(&step.what).into_owned());
            let span = step.position.map(|position| self.rest_of_line(position));
            marks.extend(span.map(|span| Mark { span, label }));
        }
        let title = title(applied.severity, &applied.message, &applied.rule);
        let mut group = title.elements(self.snippet(&marks));
        let mut note = |name: &'static str, text: &str| {
            let message = escape::line(text).into_owned();
            let level = Level::NOTE.with_name(name);
            let empty = Group::with_level(Level::NOTE);
            group = std::mem::replace(&mut group, empty).element(level.message(message));
        };
        note(applied.safety.as_str(), &applied.title);
        if let Some(why) = &applied.why {
            note("why", why);
        }
        for step in &applied.steps {
            match &step.why {
                Some(why) => note("why", &format!("{}: {why}", step.what)),
                None if step.position.is_none() && step.what != applied.title => {
                    note("note", &step.what);
                }
                None => {}
            }
        }
        format!("{}{}", self.render(group), self.change(applied))
    }

    /// The lines that a fix removes and adds.
    fn change(&self, applied: &Applied) -> String {
        let Ok(edits) = EditSet::new(applied.edits.iter().cloned()) else {
            return String::new();
        };
        let new = edits.apply(self.source);
        let mut text = String::new();
        for hunk in hunks::hunks(self.source, &new) {
            let old = hunk.old_range.zip(&hunk.old);
            let old = old.map(|(number, line)| (number, '-', line, self.styles.removed));
            let new = hunk.new_range.zip(&hunk.new);
            let new = new.map(|(number, line)| (number, '+', line, self.styles.added));
            for (number, sign, line, style) in old.chain(new) {
                let line = line.strip_suffix('\r').unwrap_or(line);
                let line = escape::block(line);
                let _ = write!(text, "\n{style}{:>5} {sign} {line}{style:#}", number + 1);
            }
        }
        text
    }

    fn open(&self, open: &Open) -> String {
        let title = title(open.severity, &open.message, &open.rule);
        let mark = Mark {
            span: self.first_lines(open.span, open.position),
            label: None,
        };
        let mut group = title.elements(self.snippet(&[mark]));
        for reason in text::reasons(&open.kind) {
            let level = Level::NOTE.with_name(text::kind_name(&open.kind));
            group = group.element(level.message(escape::line(&reason).into_owned()));
        }
        self.render(group)
    }

    fn problem(&self, problem: &Problem) -> String {
        let title = Level::ERROR.primary_title(escape::line(&problem.message));
        let position = problem.position.unwrap_or(Position { line: 1, column: 1 });
        let mark = Mark {
            span: self.first_lines(problem.span.unwrap_or_default(), position),
            label: None,
        };
        let group = title.elements(self.snippet(&[mark]));
        let help = problem.help.iter();
        self.render(group.elements(help.map(|help| Level::HELP.message(escape::line(help)))))
    }

    /// From a place to the end of its line, without what continues the line.
    fn rest_of_line(&self, position: Position) -> Span {
        let start = self.lines.start(position.line);
        let start = start.unwrap_or(self.source.len());
        let rest = self.source.get(start..).unwrap_or("");
        let line = rest.split('\n').next().unwrap_or("");
        let column = line.char_indices().nth(position.column.saturating_sub(1));
        let from = start + column.map_or(line.len(), |(at, _)| at);
        let text = line.trim_end_matches(['\r', ' ', '\t', '\\', '`']);
        Span::new(from, start + text.len())
    }

    /// A span without the lines that would make a snippet long, and without the last line end.
    fn first_lines(&self, span: Span, position: Position) -> Span {
        let text = span.slice(self.source);
        if text.trim().is_empty() {
            return self.rest_of_line(position);
        }
        let length: usize = text
            .split_inclusive('\n')
            .take(MOST_LINES)
            .map(str::len)
            .sum();
        let text = text.get(..length).unwrap_or(text).trim_end();
        Span::new(span.start, span.start + text.len())
    }

    /// The lines around the marks, escaped. Nothing without marks.
    fn snippet(&self, marks: &[Mark]) -> Option<Snippet<'_, Annotation<'_>>> {
        let all = marks
            .iter()
            .map(|mark| mark.span)
            .reduce(|one, other| one.cover(other))?;
        let first = self.lines.line(all.start);
        let start = self.lines.start(first)?;
        let rest = self.source.get(all.end..)?;
        let end = all.end + rest.find('\n').unwrap_or(rest.len());
        let window = self.source.get(start..end)?;
        let shown = |to: usize| {
            let before = self.source.get(start..to).unwrap_or("");
            printable(before).len()
        };
        let annotations = marks.iter().map(|mark| {
            let span: Range<usize> = shown(mark.span.start)..shown(mark.span.end);
            AnnotationKind::Primary.span(span).label(mark.label.clone())
        });
        Some(
            Snippet::source(printable(window))
                .path(&self.path)
                .line_start(first)
                .annotations(annotations),
        )
    }
}

fn title<'t>(severity: Severity, message: &'t str, rule: &'t str) -> Title<'t> {
    let level = match severity {
        Severity::High => Level::ERROR,
        Severity::Medium | Severity::Low => Level::WARNING,
        Severity::Info => Level::INFO,
    };
    level
        .with_name(severity.as_str())
        .primary_title(escape::line(message))
        .id(escape::line(rule))
}

/// A place to mark, and what to write there.
struct Mark {
    span: Span,
    label: Option<String>,
}

/// Several lines without carriage returns at their ends, and escaped.
fn printable(text: &str) -> String {
    escape::block(&text.replace("\r\n", "\n")).into_owned()
}
