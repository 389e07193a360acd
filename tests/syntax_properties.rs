//! What holds of the syntax of every text, and a second opinion on real files.

mod common;
#[path = "common/mutate.rs"]
mod mutate;

use std::time::{Duration, Instant};

use fastrand::Rng;
use harden::syntax::{self, Arguments, Dockerfile, Instruction, Keyword};
use harden::text::Span;

/// Small files with everything in them that is hard to read.
const SEEDS: &[&str] = &[
    "",
    "FROM scratch",
    "\u{feff}# syntax=docker/dockerfile:1\n# escape=`\nFROM a AS b\nRUN x `\n  # comment\n\n  y\n",
    "FROM a\nRUN <<A cat > /a && <<-'B' cat > /b\nhello $X\nA\n\thello\n\tB\nCOPY <<\"E F\" /x\nFROM fake\nE F\nCMD [\"x\"]\n",
    "from a as b\r\nrun apt-get update && \\\r\n  # why\r\n  apt-get install -y x\r\nexpose 80 443/tcp\r\n",
    "ARG V=1\nFROM r:5000/a/b:${V}@sha256:00 AS x\nENV A=\"b c\" D='e' F=g\\ h\nENV I j k\nLABEL \"a b\"=\"c\\\nd\"\n",
    "FROM a\nONBUILD COPY --from=x --chown=1:0 [\"a b\", \"c\"]\nHEALTHCHECK --interval=5s CMD [\"a\"]\nHEALTHCHECK NONE\nSHELL [\"a\"]\n",
    "FROM a\nUSER $U:0\nWORKDIR \"/a b\"\nVOLUME [\"/a\"]\nVOLUME /a /b\nSTOPSIGNAL 9\nMAINTAINER é \\\n",
    "FROM a\nRUN --mount=type=cache,target=/x --network=none \\\n --security=insecure x\nCMD x \"${A:-b}\" 'c\n\\\n# end",
];

/// Everything in the file that has a place.
fn spans(file: &Dockerfile<'_>) -> Vec<Span> {
    let mut all: Vec<Span> = file.items.iter().map(|item| item.span).collect();
    all.extend(file.directives.iter().map(|directive| directive.value_span));
    all.extend(file.errors.iter().map(|error| error.span));
    for instruction in &file.instructions {
        spans_of(instruction, &mut all);
    }
    all
}

fn spans_of(instruction: &Instruction<'_>, all: &mut Vec<Span>) {
    let logical = Span::new(0, instruction.line.text().len());
    all.extend([
        instruction.span,
        instruction.keyword_word.span,
        instruction.arguments_span,
        instruction.logical_span(),
        instruction.line.to_source(logical),
    ]);
    all.extend(instruction.flags.iter().map(|flag| flag.span));
    all.extend(&instruction.comments);
    all.extend(&instruction.continuations);
    for heredoc in &instruction.heredocs {
        all.extend([heredoc.marker, heredoc.body, heredoc.terminator]);
    }
    spans_of_arguments(&instruction.arguments, all);
}

fn spans_of_arguments(arguments: &Arguments<'_>, all: &mut Vec<Span>) {
    match arguments {
        Arguments::None => {}
        Arguments::Text(word) => all.push(word.span),
        Arguments::Exec(words) | Arguments::Words(words) => {
            all.extend(words.iter().map(|word| word.span))
        }
        Arguments::Pairs(pairs) => {
            all.extend(
                pairs
                    .iter()
                    .flat_map(|pair| [pair.name.span, pair.value.span, pair.span()]),
            );
        }
        Arguments::Healthcheck(kind, command) => {
            all.push(kind.span);
            spans_of_arguments(command, all);
        }
        Arguments::Trigger(inner) => spans_of(inner, all),
    }
}

/// What does not hold of a text.
fn problem(source: &str) -> Option<String> {
    let file = syntax::parse(source);
    let concatenated: String = file
        .items
        .iter()
        .map(|item| item.span.slice(source))
        .collect();
    if concatenated != source || !file.is_lossless() {
        return Some("the items do not concatenate to the source".to_string());
    }
    let outside = |span: &Span| source.get(span.start..span.end).is_none();
    if let Some(span) = spans(&file).into_iter().find(outside) {
        return Some(format!(
            "{}..{} is no place in the source",
            span.start, span.end
        ));
    }
    for instruction in &file.instructions {
        let dropped = instruction.dropped();
        if !dropped.windows(2).all(|pair| pair[0].end < pair[1].start) {
            return Some(format!(
                "what is dropped on line {} is not sorted and apart",
                instruction.first_line
            ));
        }
        if instruction.first_line > instruction.last_line {
            return Some(format!(
                "line {} ends before it starts",
                instruction.first_line
            ));
        }
    }
    None
}

#[test]
fn every_text_is_read_without_loss() {
    let mut texts: Vec<String> = SEEDS.iter().map(|seed| seed.to_string()).collect();
    if let Some(shared) =
        common::shared_or_skip("mutations of the corpus (the seeds are still mutated)")
    {
        texts.extend(common::corpus(&shared).into_iter().map(|(_, text)| text));
    }
    for text in &texts {
        assert_eq!(problem(text), None, "{text:?}");
    }
    let mut random = Rng::with_seed(0x4841_5244);
    let count = mutate::count(20_000);
    let mut bytes = 0;
    for number in 0..count {
        // Every second text is a small one: there a change is likely to meet another.
        let seeds = if number % 2 == 0 {
            SEEDS.len()
        } else {
            texts.len()
        };
        let text = &texts[random.usize(..seeds)];
        let other = &texts[random.usize(..texts.len())];
        let mutant = mutate::mutate(text, other, &mut random);
        bytes += mutant.len();
        let found = std::panic::catch_unwind(|| problem(&mutant));
        assert!(
            matches!(found, Ok(None)),
            "mutant {number}: {found:?}\n{mutant:?}"
        );
    }
    println!(
        "{} files and {count} mutants ({bytes} bytes) read without loss",
        texts.len()
    );
}

#[test]
fn reading_takes_bounded_time() {
    const PIECES: &[&str] = &[
        "\\\n",
        "#\n",
        "RUN <<A\n",
        "RUN a \\\n",
        "RUN a \\\n# b\n",
        "RUN <<A <<B <<C <<D\n",
        "[",
        "\"",
        "'",
        "${",
        "${a:-",
        "$(",
        "ENV a=b \\\n",
        "ENV a=\"",
        "ONBUILD ",
        "HEALTHCHECK CMD ",
        "--a ",
        "FROM a\n",
        "FROM a AS b\n",
        "# escape=`\n",
        "\r",
        "\u{feff}",
        "a\u{a0}",
        "LABEL \"a\"='b' ",
        "CMD [\"a\", \"b\"]\n",
        "CMD [[[[\n",
        "\\",
        "\\\\\n",
        "<<",
        " <<-\"a",
    ];
    let limit = Duration::from_secs(10);
    let mut longest = Duration::ZERO;
    for piece in PIECES {
        for start in [
            "",
            "FROM a\nRUN ",
            "FROM a\nENV ",
            "FROM a\nCMD [\"",
            "FROM a\nCOPY <<A ",
        ] {
            let text = format!("{start}{}", piece.repeat(200_000 / piece.len()));
            let before = Instant::now();
            assert_eq!(problem(&text), None, "{start:?} and {piece:?} repeated");
            let taken = before.elapsed();
            assert!(
                taken < limit,
                "{start:?} and {piece:?} repeated took {taken:?}"
            );
            longest = longest.max(taken);
        }
    }
    println!("the slowest of these took {longest:?}");
}

/// The keyword of each instruction, as an independent parser sees it.
fn second_opinion(source: &str) -> Option<Vec<String>> {
    use dockerfile_parser::Instruction as Theirs;
    let file = dockerfile_parser::Dockerfile::parse(source).ok()?;
    let keyword = |instruction: &Theirs| match instruction {
        Theirs::From(_) => "FROM".to_string(),
        Theirs::Arg(_) => "ARG".to_string(),
        Theirs::Label(_) => "LABEL".to_string(),
        Theirs::Run(_) => "RUN".to_string(),
        Theirs::Entrypoint(_) => "ENTRYPOINT".to_string(),
        Theirs::Cmd(_) => "CMD".to_string(),
        Theirs::Copy(_) => "COPY".to_string(),
        Theirs::Env(_) => "ENV".to_string(),
        Theirs::Misc(misc) => misc.instruction.content.to_uppercase(),
    };
    Some(file.instructions.iter().map(keyword).collect())
}

#[test]
fn an_independent_parser_sees_the_same_instructions() {
    let Some(shared) = common::shared_or_skip("comparison with another parser") else {
        return;
    };
    let (mut compared, mut theirs_only, mut ours_only, mut skipped) = (0, 0, 0, 0);
    let mut differences = Vec::new();
    for (name, source) in common::corpus(&shared) {
        let file = syntax::parse(&source);
        let is_ours = file.errors.is_empty()
            && file
                .instructions
                .iter()
                .all(|one| one.keyword != Keyword::Unknown);
        // The other parser knows neither heredocs nor `# escape=`: it reads what follows as instructions.
        if file.escape != '\\' || file.instructions.iter().any(|one| !one.heredocs.is_empty()) {
            skipped += 1;
            continue;
        }
        match (is_ours, second_opinion(&source)) {
            (true, Some(theirs)) => {
                compared += 1;
                let ours: Vec<&str> = file
                    .instructions
                    .iter()
                    .map(|one| one.keyword.as_str())
                    .collect();
                if ours != theirs {
                    differences.push(format!("{name}: harden {ours:?}, the other {theirs:?}"));
                }
            }
            (true, None) => ours_only += 1,
            (false, Some(_)) => theirs_only += 1,
            (false, None) => {}
        }
    }
    println!(
        "{compared} files compared, {} different; {ours_only} that only harden reads, {theirs_only} that only the other does, {skipped} with heredocs or a backtick to escape",
        differences.len()
    );
    assert!(compared > 5_500, "only {compared} files compared");
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
