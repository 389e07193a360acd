//! The comments by which authors allow findings: harden's own, and those of other tools.

use super::Date;

/// What a comment allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Allowed {
    pub tool: Tool,
    pub ids: Ids,
    /// In the whole file, not only in the instruction below.
    pub is_file_wide: bool,
    /// Of harden's own comments.
    pub reason: Option<String>,
    pub until: Option<Result<Date, String>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ids {
    /// Everything that the tool knows.
    All,
    Some(Vec<String>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tool {
    Harden,
    Hadolint,
    Buildkit,
    Trivy,
    Checkov,
    Kics,
    Semgrep,
}

impl Tool {
    /// As it stands before the colon of an alias.
    fn name(self) -> &'static str {
        match self {
            Self::Harden => "harden",
            Self::Hadolint => "hadolint",
            Self::Buildkit => "buildkit",
            Self::Trivy => "trivy",
            Self::Checkov => "checkov",
            Self::Kics => "kics",
            Self::Semgrep => "semgrep",
        }
    }
}

impl Allowed {
    fn of(tool: Tool, ids: Ids, is_file_wide: bool) -> Self {
        Self {
            tool,
            ids,
            is_file_wide,
            reason: None,
            until: None,
        }
    }

    /// Whether it is about what another tool calls `alias`, such as `hadolint:DL3002`.
    pub fn covers(&self, alias: &str) -> bool {
        let Some((tool, id)) = alias.split_once(':') else {
            return false;
        };
        let is_same = |one: &String| match self.tool {
            Tool::Harden => false,
            Tool::Hadolint | Tool::Buildkit | Tool::Checkov => one.eq_ignore_ascii_case(id),
            Tool::Trivy => {
                one == "*" || trivy_number(one).is_some_and(|one| Some(one) == trivy_number(id))
            }
            // Aliases have the first part of the id only.
            Tool::Kics => one.to_ascii_lowercase().starts_with(id),
            Tool::Semgrep => one == id || one.rsplit('.').next() == id.rsplit('.').next(),
        };
        tool == self.tool.name()
            && match &self.ids {
                Ids::All => true,
                Ids::Some(ids) => ids.iter().any(is_same),
            }
    }
}

/// `AVD-DS-0002`, `DS-0002` and `DS002` are one check.
fn trivy_number(id: &str) -> Option<u32> {
    let id = id.to_ascii_uppercase();
    let id = id.strip_prefix("AVD-").unwrap_or(&id);
    let number = id.strip_prefix("DS")?;
    number.strip_prefix('-').unwrap_or(number).parse().ok()
}

/// What a comment line, with its `#`, allows.
pub(super) fn read(comment: &str) -> Vec<Allowed> {
    let text = comment.trim_start_matches('#').trim();
    let one = own(text)
        .or_else(|| hadolint(text))
        .or_else(|| checkov(text))
        .or_else(|| kics(text))
        .or_else(|| semgrep(text));
    match one {
        Some(one) => vec![one],
        None => trivy(text),
    }
}

/// `harden: allow RULE[, RULE] [until=DATE] -- REASON`, and the same with `allow-file`.
fn own(text: &str) -> Option<Allowed> {
    let text = text.strip_prefix("harden:")?.trim_start();
    let (verb, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let is_file_wide = match verb {
        "allow" => false,
        "allow-file" => true,
        _ => return None,
    };
    let rest = format!(" {rest} ");
    let (head, reason) = match rest.split_once(" -- ") {
        Some((head, reason)) => (head, reason.trim()),
        None => (&*rest, ""),
    };
    let mut until = None;
    let mut ids = Vec::new();
    for word in head.split([',', ' ', '\t']).filter(|word| !word.is_empty()) {
        match word.strip_prefix("until=") {
            Some(date) => until = Some(date.parse()),
            None => ids.push(word.to_string()),
        }
    }
    Some(Allowed {
        reason: (!reason.is_empty()).then(|| reason.to_string()),
        until,
        ..Allowed::of(Tool::Harden, Ids::Some(ids), is_file_wide)
    })
}

/// `hadolint ignore=DL3002,SC2086`, and `hadolint global ignore=…`.
fn hadolint(text: &str) -> Option<Allowed> {
    let text = text.strip_prefix("hadolint")?.strip_prefix([' ', '\t'])?;
    let text = text.trim_start();
    let (is_file_wide, text) = match text.strip_prefix("global") {
        Some(rest) => (true, rest.trim_start()),
        None => (false, text),
    };
    let list = value(text, "ignore")?;
    Some(Allowed::of(
        Tool::Hadolint,
        Ids::Some(words(list)),
        is_file_wide,
    ))
}

/// The text after `name =`.
fn value<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let rest = text.strip_prefix(name)?.trim_start();
    Some(rest.strip_prefix('=')?.trim_start())
}

/// The ids of a list with commas; what follows the list is not among them.
fn words(list: &str) -> Vec<String> {
    let parts = list.split(',').map(str::trim);
    let ids = parts.filter_map(|part| part.split_whitespace().next());
    ids.map(String::from).collect()
}

/// `checkov:skip=CKV_DOCKER_3:reason`, which counts for the file.
fn checkov(text: &str) -> Option<Allowed> {
    let rest = text.strip_prefix("checkov:")?.trim_start();
    let id = value(rest, "skip")?.split([':', ' ', ',']).next()?;
    Some(Allowed::of(
        Tool::Checkov,
        Ids::Some(vec![id.to_string()]),
        true,
    ))
}

/// `kics-scan ignore`, `kics-scan ignore-line`, `kics-scan ignore-block`, `kics-scan disable=ID,ID`.
fn kics(text: &str) -> Option<Allowed> {
    let text = text.strip_prefix("kics-scan")?.trim_start();
    if let Some(list) = value(text, "disable") {
        return Some(Allowed::of(Tool::Kics, Ids::Some(words(list)), true));
    }
    match text.split_whitespace().next()? {
        "ignore" => Some(Allowed::of(Tool::Kics, Ids::All, true)),
        "ignore-line" | "ignore-block" => Some(Allowed::of(Tool::Kics, Ids::All, false)),
        _ => None,
    }
}

/// `nosemgrep`, `nosemgrep: id, id`.
fn semgrep(text: &str) -> Option<Allowed> {
    let rest = text
        .strip_prefix("nosemgrep")
        .or_else(|| text.strip_prefix("nosem"))?;
    let ids = match rest.trim_start().strip_prefix(':') {
        Some(list) => Ids::Some(words(list)),
        None if rest.is_empty() || rest.starts_with([' ', '\t']) => Ids::All,
        None => return None,
    };
    Some(Allowed::of(Tool::Semgrep, ids, false))
}

/// `trivy:ignore:ID[:exp:DATE]`, more than once in a comment.
fn trivy(text: &str) -> Vec<Allowed> {
    if !text.starts_with("trivy:ignore:") {
        return Vec::new();
    }
    let rules = text.split_whitespace().filter_map(|word| {
        let rule = word.trim_start_matches('#').strip_prefix("trivy:ignore:")?;
        let mut parts = rule.split(':');
        let id = parts.next()?.split('[').next()?.to_string();
        let mut allowed = Allowed::of(Tool::Trivy, Ids::Some(vec![id]), false);
        while let Some(part) = parts.next() {
            if part == "exp" {
                allowed.until = parts.next().map(str::parse);
            }
        }
        Some(allowed)
    });
    rules.collect()
}

/// The value of the directive `# check=skip=A,B;error=true`.
pub(super) fn buildkit(value: &str) -> Option<Allowed> {
    let skip = value
        .split(';')
        .find_map(|part| self::value(part.trim(), "skip"))?;
    let ids = match words(skip) {
        all if all.iter().any(|id| id.eq_ignore_ascii_case("all")) => Ids::All,
        ids => Ids::Some(ids),
    };
    Some(Allowed::of(Tool::Buildkit, ids, true))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_read(comment: &str, alias: &str, is_file_wide: bool) -> bool {
        let read = read(comment);
        read.iter()
            .any(|one| one.covers(alias) && one.is_file_wide == is_file_wide)
    }

    #[test]
    fn comments_of_other_tools_are_read() {
        for (comment, alias, is_file_wide) in [
            ("# hadolint ignore=DL3006,DL3002", "hadolint:DL3002", false),
            (
                "#hadolint ignore = DL3002 for now",
                "hadolint:DL3002",
                false,
            ),
            ("# hadolint global ignore=DL3002", "hadolint:DL3002", true),
            (
                "#checkov:skip=CKV_DOCKER_3:runs as root",
                "checkov:CKV_DOCKER_3",
                true,
            ),
            ("#trivy:ignore:AVD-DS-0002", "trivy:DS002", false),
            (
                "# trivy:ignore:x trivy:ignore:DS-0002:exp:2030-01-01",
                "trivy:DS002",
                false,
            ),
            ("# kics-scan ignore-line", "kics:fd54f200", false),
            (
                "# kics-scan disable=fd54f200-402c-4333-a5a4-36ef6709af2f",
                "kics:fd54f200",
                true,
            ),
            ("# nosemgrep", "semgrep:a.b", false),
            ("# nosemgrep: x.y.b, z", "semgrep:a.b", false),
        ] {
            assert!(is_read(comment, alias, is_file_wide), "{comment}");
            assert!(!is_read(comment, "other:DL3002", is_file_wide), "{comment}");
        }
    }

    #[test]
    fn and_nothing_else_is() {
        for (comment, alias) in [
            ("# hadolint ignore=DL3006", "hadolint:DL3002"),
            ("# hadolintignore=DL3002", "hadolint:DL3002"),
            ("# hadolint shell=bash", "hadolint:DL3002"),
            ("# nosemgrepx", "semgrep:a.b"),
            ("# see trivy:ignore:DS002", "trivy:DS002"),
            ("# trivy:ignore:DS020", "trivy:DS002"),
        ] {
            assert!(!is_read(comment, alias, false), "{comment}");
        }
        assert_eq!(read("# harden: the file system"), []);
    }

    #[test]
    fn own_comments_have_ids_a_reason_and_a_date() {
        let read = read("# harden: allow a-rule, b-rule until=2030-01-02 -- the vendor -- says so");
        let [one] = read.as_slice() else {
            panic!("{read:?}")
        };
        assert_eq!(
            one.ids,
            Ids::Some(vec!["a-rule".to_string(), "b-rule".to_string()])
        );
        assert_eq!(one.reason.as_deref(), Some("the vendor -- says so"));
        assert_eq!(one.until, Some("2030-01-02".parse()));
        let file = super::read("#harden: allow-file a --");
        assert!(file[0].is_file_wide && file[0].reason.is_none());
    }

    #[test]
    fn directives_of_buildkit_are_read() {
        let skip = buildkit("error=true;skip=JSONArgsRecommended, StageNameCasing").expect("skip");
        assert!(skip.covers("buildkit:StageNameCasing") && !skip.covers("buildkit:Other"));
        assert!(buildkit("skip=all").expect("skip").covers("buildkit:Other"));
        assert_eq!(buildkit("error=true"), None);
    }
}
