use crate::model::Model;
use crate::rule::{Check, Finding, Rule, Severity, Survey, Verdict};
use crate::syntax::{Arguments, Instruction, Keyword, Word};
use crate::text::Edit;

pub const RULE: Rule = Rule {
    id: "mixed-keyword-case",
    summary: "keywords in upper and in lower case",
    severity: Severity::Info,
    since: "0.1.0",
    page: include_str!("mixed_keyword_case.md"),
    aliases: &[
        "buildkit:ConsistentInstructionCasing",
        "buildkit:FromAsCasing",
    ],
    check: Check::Dockerfile(check),
};

fn check(model: &Survey<'_>) -> Vec<Finding> {
    let words: Vec<&Word<'_>> = model.file.instructions.iter().flat_map(keywords).collect();
    let without = |other: fn(&char) -> bool| {
        let has = |word: &Word<'_>| word.text.chars().any(|c| other(&c));
        words.iter().filter(|word| !has(word)).count()
    };
    let upper = without(char::is_ascii_lowercase);
    let lower = without(char::is_ascii_uppercase);
    let to_upper = upper >= lower;
    let wanted = |word: &Word<'_>| {
        if to_upper {
            word.text.to_ascii_uppercase()
        } else {
            word.text.to_ascii_lowercase()
        }
    };
    let edits: Vec<Edit> = words
        .iter()
        .filter(|word| word.text != wanted(word) && is_in_one_piece(model, word))
        .map(|word| Edit::replace(word.span, wanted(word)))
        .collect();
    let Some(first) = edits.first() else {
        return Vec::new();
    };
    let case = if to_upper { "upper" } else { "lower" };
    let message = format!("{} keywords are not in {case} case", edits.len());
    let title = format!("write keywords in {case} case");
    vec![Finding::of(
        &RULE,
        first.span,
        message,
        Verdict::safe(&title, edits),
    )]
}

/// The keyword of an instruction, that of the instruction in ONBUILD, and the AS of FROM.
fn keywords<'i, 's>(instruction: &'i Instruction<'s>) -> Vec<&'i Word<'s>> {
    let mut words = vec![&instruction.keyword_word];
    match (
        instruction.keyword,
        instruction.words(),
        &instruction.arguments,
    ) {
        (Keyword::From, [_, keyword, _], _) if keyword.text.eq_ignore_ascii_case("as") => {
            words.push(keyword);
        }
        (_, _, Arguments::Trigger(inner)) => words.extend(keywords(inner)),
        _ => {}
    }
    words
}

/// A line may be continued inside a keyword.
fn is_in_one_piece(model: &Model<'_>, word: &Word<'_>) -> bool {
    word.span.slice(model.file.source) == word.text
}
