//! Modes of files, as `chmod` takes them.

/// The mode without write permission for others, where it has some and is not that of a directory like `/tmp`, in which
/// only owners may delete; `None` for all other words.
pub fn without_others_write(mode: &str) -> Option<String> {
    if mode.chars().all(|c| c.is_ascii_digit()) {
        return octal(mode);
    }
    let clauses: Vec<&str> = mode.split(',').collect();
    let mut changed = false;
    let mut kept = Vec::new();
    for clause in clauses {
        match Clause::parse(clause)?.without_others_write() {
            None => kept.push(clause.to_string()),
            Some(clauses) => {
                changed = true;
                kept.extend(clauses);
            }
        }
    }
    (changed && !kept.is_empty()).then(|| kept.join(","))
}

/// Whether others may write.
pub fn lets_others_write(mode: &str) -> bool {
    without_others_write(mode).is_some() || matches!(mode, "o+w" | "o=w")
}

fn octal(mode: &str) -> Option<String> {
    let value = u32::from_str_radix(mode, 8).ok()?;
    let (sticky, write) = (0o1000, 0o002);
    if mode.len() < 3 || value > 0o7777 || value & sticky != 0 || value & write == 0 {
        return None;
    }
    let width = mode.len();
    Some(format!("{:0width$o}", value & !write))
}

/// `ug+rw`
struct Clause<'m> {
    who: &'m str,
    operator: char,
    permissions: &'m str,
}

impl<'m> Clause<'m> {
    /// A clause with one operator.
    fn parse(clause: &'m str) -> Option<Self> {
        let at = clause.find(['+', '-', '='])?;
        let (who, rest) = clause.split_at_checked(at)?;
        let operator = rest.chars().next()?;
        let permissions = rest.get(operator.len_utf8()..)?;
        let is_valid = who.chars().all(|c| "ugoa".contains(c))
            && permissions.chars().all(|c| "rwxXstugo".contains(c));
        is_valid.then_some(Self {
            who,
            operator,
            permissions,
        })
    }

    /// `None` where it gives others no write permission. Without a `who` the umask decides, and it has that bit.
    fn without_others_write(&self) -> Option<Vec<String>> {
        let Self {
            who,
            operator,
            permissions,
        } = self;
        let has_others = who.contains(['o', 'a']);
        if !has_others || *operator == '-' || !permissions.contains('w') {
            return None;
        }
        let rest: String = if who.contains('a') {
            "ug".to_string()
        } else {
            who.replace('o', "")
        };
        let of_others = permissions.replace('w', "");
        let mut clauses = Vec::new();
        if !rest.is_empty() {
            clauses.push(format!("{rest}{operator}{permissions}"));
        }
        if !of_others.is_empty() || *operator == '=' {
            clauses.push(format!("o{operator}{of_others}"));
        }
        Some(clauses)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn others_lose_write_permission_and_nothing_else_changes() {
        for (mode, expected) in [
            ("777", Some("775")),
            ("0777", Some("0775")),
            ("666", Some("664")),
            ("2777", Some("2775")),
            ("002", Some("000")),
            ("a+rwx", Some("ug+rwx,o+rx")),
            ("ugo+w", Some("ug+w")),
            ("go=rw,u+x", Some("g=rw,o=r,u+x")),
            ("o+rw", Some("o+r")),
            ("1777", None),
            ("775", None),
            ("7", None),
            ("99999", None),
            ("o+w", None),
            ("+w", None),
            ("a-w", None),
            ("g+w", None),
            ("u+x", None),
            ("file", None),
            ("", None),
        ] {
            assert_eq!(without_others_write(mode).as_deref(), expected, "{mode}");
        }
        assert!(lets_others_write("o+w") && !lets_others_write("755"));
    }
}
