//! Findings as bytes: a report may have a million of them, and what is looked at is one at a time.

use super::finding::{Class, Finding, Fix, Kind, Severity};

/// Grown by whole chunks, so that nothing is ever copied to grow.
const CHUNK_BYTES: usize = 256 * 1024;

/// In place of the length of a text that is not there.
const NO_TEXT: u16 = u16::MAX;

#[derive(Debug, Default)]
pub struct Packed {
    chunks: Vec<Vec<u8>>,
    count: usize,
}

impl Packed {
    pub fn len(&self) -> usize {
        self.count
    }

    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    pub fn push(&mut self, finding: &Finding) {
        let bytes = packed(finding);
        let has_room = |chunk: &&mut Vec<u8>| chunk.capacity() - chunk.len() >= bytes.len();
        match self.chunks.last_mut().filter(has_room) {
            Some(chunk) => chunk.extend_from_slice(&bytes),
            None => {
                let mut chunk = Vec::with_capacity(CHUNK_BYTES.max(bytes.len()));
                chunk.extend_from_slice(&bytes);
                self.chunks.push(chunk);
            }
        }
        self.count += 1;
    }

    pub fn iter(&self) -> impl Iterator<Item = Finding> {
        self.chunks.iter().flat_map(|chunk| Reader { rest: chunk })
    }
}

fn packed(finding: &Finding) -> Vec<u8> {
    let (fix, version) = match &finding.fix {
        Fix::In(version) => (0, Some(version)),
        Fix::None => (1, None),
        Fix::Unknown => (2, None),
    };
    let aliases = u8::try_from(finding.aliases.len()).unwrap_or(u8::MAX);
    let mut bytes = vec![
        finding.severity as u8,
        finding.kind as u8,
        finding.class as u8,
        fix,
        u8::from(finding.is_suppressed),
        aliases,
    ];
    let texts = [
        Some(&finding.id),
        finding.package.as_ref(),
        finding.version.as_ref(),
        version,
        finding.image.as_ref(),
        finding.place.as_ref(),
    ];
    let aliases = finding.aliases.iter().take(aliases.into()).map(Some);
    for text in texts.into_iter().chain(aliases) {
        // A text has at most some hundred bytes: see `Text`.
        let length = text.and_then(|text| u16::try_from(text.len()).ok());
        bytes.extend_from_slice(&length.unwrap_or(NO_TEXT).to_le_bytes());
        if let (Some(text), Some(_)) = (text, length) {
            bytes.extend_from_slice(text.as_bytes());
        }
    }
    bytes
}

/// Unpacks what stands in a chunk.
struct Reader<'c> {
    rest: &'c [u8],
}

impl Reader<'_> {
    fn text(&mut self) -> Option<Box<str>> {
        let (length, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        let length = match u16::from_le_bytes(*length) {
            NO_TEXT => return None,
            length => usize::from(length),
        };
        let (text, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        std::str::from_utf8(text).ok().map(Box::from)
    }
}

impl Iterator for Reader<'_> {
    type Item = Finding;

    fn next(&mut self) -> Option<Finding> {
        let ([severity, kind, class, fix, suppressed, aliases], rest) =
            self.rest.split_first_chunk()?;
        self.rest = rest;
        let mut finding = Finding {
            id: self.text().unwrap_or_default(),
            aliases: Box::default(),
            severity: Severity::ALL
                .into_iter()
                .find(|one| *one as u8 == *severity)
                .unwrap_or(Severity::Critical),
            kind: match kind {
                0 => Kind::Vulnerability,
                1 => Kind::Misconfiguration,
                2 => Kind::Secret,
                _ => Kind::Other,
            },
            class: match class {
                0 => Class::System,
                1 => Class::Language,
                _ => Class::Unknown,
            },
            package: self.text(),
            version: self.text(),
            fix: match (fix, self.text()) {
                (0, version) => Fix::In(version.unwrap_or_default()),
                (1, _) => Fix::None,
                _ => Fix::Unknown,
            },
            image: self.text(),
            place: self.text(),
            is_suppressed: *suppressed != 0,
        };
        finding.aliases = (0..*aliases).filter_map(|_| self.text()).collect();
        Some(finding)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::finding::Text;

    #[test]
    fn what_is_packed_comes_back() {
        let mut all = Vec::new();
        for severity in Severity::ALL {
            for kind in [
                Kind::Vulnerability,
                Kind::Misconfiguration,
                Kind::Secret,
                Kind::Other,
            ] {
                let plain = Finding::new(Text::new("id"), kind, severity);
                let full = Finding {
                    aliases: ["a".into(), "".into()].into(),
                    class: Class::Language,
                    package: Some("ü".into()),
                    version: Some("".into()),
                    fix: Fix::In("1, 2".into()),
                    image: Some("i".into()),
                    place: Some("p".into()),
                    is_suppressed: true,
                    ..plain.clone()
                };
                let other = Finding {
                    class: Class::System,
                    fix: Fix::None,
                    ..plain.clone()
                };
                all.extend([plain, full, other]);
            }
        }
        let mut packed = Packed::default();
        // More than one chunk.
        let many = || all.iter().cycle().take(20_000);
        many().for_each(|one| packed.push(one));
        assert!(packed.chunks.len() > 1);
        assert_eq!(packed.len(), 20_000);
        assert!(packed.iter().eq(many().cloned()));
    }
}
