//! Image references: `registry/repository:tag@digest`.

use crate::text::Span;

/// A reference to an image, as written, with the places of its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageReference {
    text: String,
    name: Span,
    tag: Option<Span>,
    digest: Option<Span>,
}

impl ImageReference {
    /// `None` for text that can be no reference: empty, with white space, with an empty part.
    pub fn parse(text: &str) -> Option<Self> {
        if text.is_empty() || text.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return None;
        }
        let (name_and_tag, digest) = match text.split_once('@') {
            Some((before, digest)) => (
                before,
                Some(Span::new(before.len() + 1, text.len())).filter(|_| digest.contains(':')),
            ),
            None => (text, None),
        };
        if text.contains('@') && digest.is_none() {
            return None;
        }
        // A colon before the last slash belongs to the port of the registry.
        let last_part = name_and_tag.rfind('/').map_or(0, |at| at + 1);
        let colon = name_and_tag.get(last_part..)?.find(':');
        let name_end = colon.map_or(name_and_tag.len(), |at| last_part + at);
        let tag = colon.map(|_| Span::new(name_end + 1, name_and_tag.len()));
        if tag.is_some_and(Span::is_empty) || name_end == last_part {
            return None;
        }
        Some(Self {
            text: text.to_string(),
            name: Span::new(0, name_end),
            tag,
            digest,
        })
    }

    /// As written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Registry and repository as written.
    pub fn name(&self) -> &str {
        self.name.slice(&self.text)
    }

    /// As written; `None` means `latest` to a builder, unless there is a digest.
    pub fn tag(&self) -> Option<&str> {
        self.tag.map(|span| span.slice(&self.text))
    }

    /// With its algorithm: `sha256:…`.
    pub fn digest(&self) -> Option<&str> {
        self.digest.map(|span| span.slice(&self.text))
    }

    /// Registry and repository in full: `node` is `docker.io/library/node`.
    pub fn canonical_name(&self) -> String {
        let name = self.name();
        let (registry, repository) = match name.split_once('/') {
            Some((first, rest))
                if first.contains(['.', ':'])
                    || first == "localhost"
                    || first.chars().any(|c| c.is_ascii_uppercase()) =>
            {
                (first, rest)
            }
            _ => ("docker.io", name),
        };
        let registry = match registry {
            "index.docker.io" | "registry-1.docker.io" => "docker.io",
            other => other,
        };
        if registry == "docker.io" && !repository.contains('/') {
            return format!("docker.io/library/{repository}");
        }
        format!("{registry}/{repository}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Option<(String, Option<String>, Option<String>)> {
        ImageReference::parse(text).map(|image| {
            (
                image.canonical_name(),
                image.tag().map(String::from),
                image.digest().map(String::from),
            )
        })
    }

    #[test]
    fn references_split_into_their_parts() {
        let some = |name: &str, tag: Option<&str>, digest: Option<&str>| {
            Some((
                name.to_string(),
                tag.map(String::from),
                digest.map(String::from),
            ))
        };
        assert_eq!(parts("node"), some("docker.io/library/node", None, None));
        assert_eq!(parts("a/b:1"), some("docker.io/a/b", Some("1"), None));
        assert_eq!(
            parts("docker.io/node:1"),
            some("docker.io/library/node", Some("1"), None)
        );
        assert_eq!(
            parts("registry.local:5000/team/node"),
            some("registry.local:5000/team/node", None, None)
        );
        assert_eq!(
            parts("localhost/x:1@sha256:ab"),
            some("localhost/x", Some("1"), Some("sha256:ab"))
        );
        for text in ["", "a b", "a:", ":1", "a/", "a@b", "a@"] {
            assert_eq!(parts(text), None, "{text}");
        }
    }
}
