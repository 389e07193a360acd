//! Random changes of Dockerfiles, the same in every run.

use fastrand::Rng;

/// What hurts a parser of Dockerfiles when it stands in the wrong place.
const PIECES: &[&str] = &[
    "\\\n",
    "\\ \n",
    "\\\r\n",
    "`\n",
    "\\",
    "\n",
    "\r\n",
    "\r",
    "\n\n",
    "\t",
    " ",
    "#",
    "# comment\n",
    "  # in between\n",
    "# escape=`\n",
    "# escape=\\\n",
    "# syntax=docker/dockerfile:1\n",
    "# check=skip=all\n",
    "\u{feff}",
    "\u{85}",
    "\u{a0}",
    "\u{2028}",
    "\0",
    "é",
    "日本",
    "\"",
    "'",
    "\\\"",
    "$",
    "${",
    "${X:-",
    "}",
    "$$",
    "[",
    "]",
    "[\"a\", \"b\"]",
    "[\"a\",",
    ",",
    "<<EOF",
    "<<-EOF",
    "<<'EOF'",
    "<<\"E F\"",
    "3<<EOF",
    "<<<",
    "EOF\n",
    "\tEOF\n",
    "&&",
    "||",
    ";",
    "|",
    "(",
    ")",
    "--from=",
    "--from=base ",
    "--mount=type=cache,from=x ",
    "--chown=1:0 ",
    "=",
    ":",
    "@sha256:",
    "/",
    "80",
    "0",
    "FROM ",
    "FROM scratch\n",
    "FROM scratch AS base\n",
    "FROM base\n",
    " AS ",
    "RUN ",
    "CMD ",
    "ENTRYPOINT ",
    "USER ",
    "USER 0\n",
    "ENV ",
    "ENV A b c\n",
    "ARG ",
    "ARG X=1\n",
    "LABEL ",
    "COPY ",
    "ADD ",
    "EXPOSE ",
    "VOLUME ",
    "WORKDIR ",
    "SHELL ",
    "STOPSIGNAL ",
    "MAINTAINER ",
    "ONBUILD ",
    "HEALTHCHECK ",
    "HEALTHCHECK CMD ",
    "HEALTHCHECK NONE\n",
    "NOPE x\n",
];

/// `text` with one to four random changes, some of them with a part of `other`.
pub fn mutate(text: &str, other: &str, random: &mut Rng) -> String {
    let mut text = text.to_string();
    for _ in 0..random.usize(1..=4) {
        let at = place(&text, random);
        match random.u8(0..8) {
            0..3 => text.insert_str(at, PIECES[random.usize(..PIECES.len())]),
            3 => remove(&mut text, at, random),
            4 => text.truncate(at),
            5 => repeat_line(&mut text, at, random),
            6 => text.insert_str(at, some_part(other, random)),
            _ => replace(&mut text, at, random),
        }
    }
    text
}

fn place(text: &str, random: &mut Rng) -> usize {
    floor(text, random.usize(..=text.len()))
}

fn floor(text: &str, mut at: usize) -> usize {
    at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn remove(text: &mut String, at: usize, random: &mut Rng) {
    let end = floor(text, at + random.usize(1..40));
    text.replace_range(at..end.max(at), "");
}

fn replace(text: &mut String, at: usize, random: &mut Rng) {
    let end = floor(text, at + random.usize(1..4)).max(at);
    text.replace_range(at..end, PIECES[random.usize(..PIECES.len())]);
}

fn repeat_line(text: &mut String, at: usize, random: &mut Rng) {
    let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let end = text[at..]
        .find('\n')
        .map_or(text.len(), |newline| at + newline + 1);
    let line = text[start..end].to_string();
    let to = place(text, random);
    text.insert_str(to, &line);
}

fn some_part<'o>(other: &'o str, random: &mut Rng) -> &'o str {
    let start = place(other, random);
    let end = floor(other, start + random.usize(1..200)).max(start);
    &other[start..end]
}

/// The number of mutations: `HARDEN_MUTATIONS`, or a number that takes seconds.
pub fn count(default: usize) -> usize {
    let number = |text: String| text.parse().expect("HARDEN_MUTATIONS is a number");
    std::env::var("HARDEN_MUTATIONS").map_or(default, number)
}
