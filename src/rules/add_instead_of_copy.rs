use crate::fix::Reason;
use crate::rule::{Check, Finding, Rule, Severity, Survey, Verdict, lines};
use crate::syntax::{Arguments, Instruction, Keyword, Word};
use crate::text::Edit;

pub const RULE: Rule = Rule {
    id: "add-instead-of-copy",
    summary: "ADD of local files that COPY would take as they are",
    severity: Severity::Low,
    since: "0.1.0",
    page: include_str!("add_instead_of_copy.md"),
    aliases: &[
        "hadolint:DL3020",
        "cis:4.9",
        "trivy:DS005",
        "checkov:CKV_DOCKER_4",
        "kics:9513a694",
    ],
    check: Check::Dockerfile(check),
};

/// Endings of files that ADD unpacks, or that are packed by the same programs.
const PACKED: &str = "bz bz2 gz lz lz4 lzma lzo tar taz tbz tbz2 tgz tlz txz tz tzst xz z zst";

/// Endings of files that may be tar archives under another name: ADD looks at their content.
const MAYBE_PACKED: &str =
    "apk backup bak bin box bundle cpio crate dat data dump gem image img layer oci ova pkg rootfs";

/// Flags that COPY has too, with the same meaning.
const SHARED_FLAGS: &str = "chmod chown exclude link";

fn check(model: &Survey<'_>) -> Vec<Finding> {
    if !model.file.instructions.iter().any(|one| is_add(one)) {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for stage in &model.stages {
        model.walk(stage.index).for_each(|_, instruction, state| {
            let value = |text: &str| state.scope.expand(text, model.file.escape).ok();
            findings.extend(match &instruction.arguments {
                // What ONBUILD says is read when another image is built, by the same rules.
                Arguments::Trigger(inner) => finding(inner, &|_| None),
                _ if instruction.heredocs.is_empty() => finding(instruction, &value),
                _ => None,
            });
        });
    }
    findings
}

fn is_add(instruction: &Instruction<'_>) -> bool {
    match &instruction.arguments {
        Arguments::Trigger(inner) => is_add(inner),
        _ => instruction.keyword == Keyword::Add,
    }
}

/// `value` says what a word with variables stands for, unless the build sets others.
fn finding(
    instruction: &Instruction<'_>,
    value: &dyn Fn(&str) -> Option<String>,
) -> Option<Finding> {
    if instruction.keyword != Keyword::Add || !has_shared_flags(instruction) {
        return None;
    }
    let words = instruction.words().split_last();
    let (_, sources) = words.filter(|(_, sources)| !sources.is_empty())?;
    let mut doubts = Vec::new();
    for source in sources {
        if source.text.starts_with('$')
            && let Some(value) = value(&source.text)
            && !matches!(Source::of(&value), Source::Plain)
        {
            return None;
        }
        match Source::of(&source.text) {
            Source::NeedsAdd => return None,
            Source::Doubtful(why) => doubts.push(Reason::at(source.span, doubt(source, why))),
            Source::Plain => {}
        }
    }
    let keyword = &instruction.keyword_word;
    let verdict = if doubts.is_empty() {
        let copy = lines::keyword_like(instruction, Keyword::Copy);
        Verdict::safe("use COPY", vec![Edit::replace(keyword.span, copy)])
    } else {
        Verdict::Held(doubts)
    };
    let message = "ADD of local files";
    Some(Finding::of(&RULE, keyword.span, message, verdict))
}

fn has_shared_flags(instruction: &Instruction<'_>) -> bool {
    let mut flags = instruction.flags.iter();
    flags.all(|flag| SHARED_FLAGS.split(' ').any(|name| name == flag.name()))
}

fn doubt(source: &Word<'_>, why: &str) -> String {
    format!("`{}` {why}", source.text)
}

/// What ADD does with a source.
enum Source {
    /// Something that COPY does not do.
    NeedsAdd,
    Doubtful(&'static str),
    /// It copies it.
    Plain,
}

impl Source {
    fn of(path: &str) -> Self {
        let lower = path.to_ascii_lowercase();
        let is_remote = lower.contains("://")
            || lower.starts_with("git@")
            || lower.starts_with("github.com/")
            || lower.contains(".git#")
            || lower.ends_with(".git");
        if is_remote {
            return Self::NeedsAdd;
        }
        if lower.starts_with("$") {
            return Self::Doubtful("may be an address or an archive");
        }
        let name = lower.rsplit('/').next().unwrap_or(&lower);
        if matches!(name, "" | "." | "..") {
            return Self::Plain;
        }
        let Some((stem, ending)) = name.rsplit_once('.') else {
            return Self::without_ending(name);
        };
        if PACKED.split(' ').any(|packed| packed == ending) {
            return Self::NeedsAdd;
        }
        if ending.contains(['$', '*', '?', '[', ']', '}']) {
            return Self::Doubtful("may be an archive");
        }
        let is_version = ending.chars().all(|c| c.is_ascii_digit());
        if is_version && stem.contains(".t") || MAYBE_PACKED.split(' ').any(|one| one == ending) {
            return Self::Doubtful("may be an archive by its content");
        }
        Self::Plain
    }

    /// Mostly a folder.
    fn without_ending(name: &str) -> Self {
        if name.contains(['$', '*', '?', '[', ']']) {
            return Self::Doubtful("may be an archive");
        }
        let packed = ["archive", "bundle", "image", "layer", "rootfs", "tar"];
        if name.split(['-', '_']).any(|part| packed.contains(&part)) {
            return Self::Doubtful("may be an archive by its content");
        }
        Self::Plain
    }
}
