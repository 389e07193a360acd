//! The header `WWW-Authenticate`: how a registry wants to be asked.

/// What a registry asks for with status 401.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Challenge {
    Basic,
    /// A token of the server at `realm`.
    Bearer {
        realm: String,
        service: Option<String>,
        scope: Option<String>,
    },
}

/// The challenge to answer, a token before a password; `None` where there is none that is known.
pub(super) fn challenge<'h>(headers: impl IntoIterator<Item = &'h str>) -> Option<Challenge> {
    let mut basic = None;
    for header in headers {
        let (scheme, rest) = header.trim().split_once(' ').unwrap_or((header.trim(), ""));
        if scheme.eq_ignore_ascii_case("basic") {
            basic = Some(Challenge::Basic);
        }
        if scheme.eq_ignore_ascii_case("bearer") {
            let parameters = parameters(rest);
            let get = |name: &str| {
                let found = parameters.iter().find(|(one, _)| one == name);
                found.map(|(_, value)| value.clone())
            };
            return Some(Challenge::Bearer {
                realm: get("realm").unwrap_or_default(),
                service: get("service"),
                scope: get("scope"),
            });
        }
    }
    basic
}

/// `name="value"` pairs between commas; a comma inside of quotes belongs to the value.
fn parameters(text: &str) -> Vec<(String, String)> {
    let mut parameters = Vec::new();
    let mut rest = text;
    while let Some((name, after)) = rest.split_once('=') {
        let name = name.trim_matches([' ', ',', '\t']).to_ascii_lowercase();
        let (value, next) = match after.trim_start().strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
            None => after.split_once(',').unwrap_or((after, "")),
        };
        parameters.push((name, value.trim().to_string()));
        rest = next;
    }
    parameters
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_comes_before_a_password() {
        let bearer = "Bearer realm=\"https://auth.example/token\",service=\"s\", scope=\"repository:a/b:pull,push\"";
        let wanted = Challenge::Bearer {
            realm: "https://auth.example/token".to_string(),
            service: Some("s".to_string()),
            scope: Some("repository:a/b:pull,push".to_string()),
        };
        assert_eq!(challenge(["Basic realm=x", bearer]), Some(wanted));
        assert_eq!(challenge(["basic realm=\"x\""]), Some(Challenge::Basic));
        assert_eq!(challenge(["Digest realm=\"x\""]), None);
        assert_eq!(challenge([]), None);
    }

    #[test]
    fn nonsense_ends() {
        for text in [
            "Bearer",
            "Bearer =",
            "Bearer realm=\"",
            "Bearer ,,,=,=\"\"\"=",
            "Bearer a=b=c,",
        ] {
            assert!(challenge([text]).is_some(), "{text}");
        }
    }
}
