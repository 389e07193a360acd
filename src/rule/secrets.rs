//! Variables that hold secrets, as far as their names say.

/// Last parts of a name that say so by themselves.
const SECRET: &str =
    "apikey credential credentials passphrase passwd password pass pwd secret token";

/// What makes no secret of a key: `GPG_KEY` is a fingerprint, `SORT_KEY` a column.
const NO_SECRET_KEY: &str = "apt cache claim column crl csc foreign gpg host hot idempotency index partition pgp primary project pub public \
                             release repo repository server signing sort trusted verify";

/// Values that only switch something, or say that they are none.
const SWITCHES: &str = "0 1 dummy false no none null off on placeholder true yes";

/// Whether a variable is named like a secret: `DB_PASSWORD`, `githubToken`, `SECRET_KEY_BASE`.
pub fn is_named_like_secret(name: &str) -> bool {
    let parts = parts(name);
    let has = |words: &str, part: &str| words.split_whitespace().any(|word| word == part);
    let Some((last, before)) = parts.split_last() else {
        return false;
    };
    if before.iter().any(|part| part == "public") {
        return false;
    }
    match last.as_str() {
        "base" => name.to_ascii_lowercase().ends_with("secret_key_base"),
        "key" => before.last().is_some_and(|part| {
            !has(NO_SECRET_KEY, part) && !part.chars().all(|c| c.is_ascii_digit())
        }),
        last => has(SECRET, last),
    }
}

/// Whether a value, without quotes, can be a secret: not empty, no switch, no path to one.
pub fn can_be_secret(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    !lower.is_empty()
        && !SWITCHES.split(' ').any(|word| word == lower)
        && !lower.starts_with(['/', '<'])
        && !lower.contains("://")
}

/// The parts of a name in lower case, split at `_`, `-`, `.` and where small letters end.
fn parts(name: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut was_lower = false;
    for character in name.chars() {
        let is_upper = character.is_ascii_uppercase();
        if matches!(character, '_' | '-' | '.') || (is_upper && was_lower) {
            parts.push(String::new());
        }
        was_lower = character.is_ascii_lowercase() || character.is_ascii_digit();
        if let Some(part) = parts.last_mut().filter(|_| character.is_alphanumeric()) {
            part.extend(character.to_lowercase());
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_secrets_are_known() {
        for name in [
            "DB_PASSWORD",
            "githubToken",
            "SECRET_KEY_BASE",
            "API_KEY",
            "TOKEN",
            "AWS_SECRET_ACCESS_KEY",
            "dbPass",
        ] {
            assert!(is_named_like_secret(name), "{name}");
        }
        for name in [
            "GPG_KEY",
            "SONAR_PROJECT_KEY",
            "SSH_PUBLIC_KEY",
            "TOKENIZERS_PARALLELISM",
            "PASSWORD_FILE",
            "KEY",
            "MONKEY",
            "COMPASS",
            "BASE",
            "Filters__0__Key",
            "AWS_ACCESS_KEY_ID",
            "",
            "_",
        ] {
            assert!(!is_named_like_secret(name), "{name}");
        }
    }

    #[test]
    fn switches_and_paths_are_no_secrets() {
        for value in [
            "",
            "true",
            "YES",
            "/run/secrets/x",
            "https://example.com/token",
        ] {
            assert!(!can_be_secret(value), "{value}");
        }
        assert!(can_be_secret("hunter2"));
    }
}
