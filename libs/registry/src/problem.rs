//! What is not as it must be, said so that somebody can mend it.

use std::fmt;

use crate::Object;

/// Most objects that a message names.
const MAX_NAMED: usize = 10;

/// Longest piece of somebody's text that a message repeats, in characters.
const MAX_QUOTED: usize = 80;

/// So many letters and digits in a row, some of either, make a text look like a secret: tokens and keys have more.
const SECRET_RUN: usize = 20;

/// One thing that is not as it must be: where, what, and what to do about it. Never names a secret's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where, from the outside in: `line 12: Endpoint default/acme: spec.host`.
    pub place: String,
    /// What is wrong.
    pub what: String,
    /// What to do about it.
    pub remedy: String,
}

/// Everything that is wrong, found in one pass. At least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems(Vec<Problem>);

impl Problem {
    pub(crate) fn new(
        place: impl Into<String>,
        what: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            place: place.into(),
            what: what.into(),
            remedy: remedy.into(),
        }
    }

    /// The same, seen from further outside.
    pub(crate) fn within(mut self, outer: impl fmt::Display) -> Self {
        self.place = format!("{outer}: {}", self.place);
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; {}", self.place, self.what, self.remedy)
    }
}

impl Problems {
    /// The value, if nothing is wrong.
    pub(crate) fn none_or<T>(found: Vec<Problem>, value: T) -> Result<T, Self> {
        if found.is_empty() {
            Ok(value)
        } else {
            Err(Self(found))
        }
    }

    /// Each of them, in the order in which they were found.
    pub fn iter(&self) -> std::slice::Iter<'_, Problem> {
        self.0.iter()
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self(vec![problem])
    }
}

impl IntoIterator for Problems {
    type Item = Problem;
    type IntoIter = std::vec::IntoIter<Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<_> = self.0.iter().map(Problem::to_string).collect();
        f.write_str(&lines.join("\n"))
    }
}

impl std::error::Error for Problems {}

/// Objects by their names, the first of them.
pub(crate) fn named(objects: &[Object]) -> String {
    let shown: Vec<_> = objects
        .iter()
        .take(MAX_NAMED)
        .map(Object::to_string)
        .collect();
    let more = match objects.len().saturating_sub(MAX_NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("{}{more}", shown.join(", "))
}

/// Whether a text is more like a token or a key than like a name: somebody may have put a secret into the wrong field.
pub(crate) fn may_be_secret(text: &str) -> bool {
    let mut runs = text.split(|character: char| !character.is_ascii_alphanumeric());
    runs.any(|run| {
        run.len() >= SECRET_RUN
            && run.bytes().any(|byte| byte.is_ascii_digit())
            && run.bytes().any(|byte| byte.is_ascii_alphabetic())
    })
}

/// Somebody's text in quotes: cut, and without control characters that a terminal would obey. What may be a secret is
/// not repeated.
pub(crate) fn quoted(text: &str) -> String {
    if may_be_secret(text) {
        return "`[redacted]`".to_owned();
    }
    let safe = |character: char| match character {
        '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
        other => other,
    };
    let cut: String = text.chars().take(MAX_QUOTED).map(safe).collect();
    let more = if cut.len() < text.len() { "…" } else { "" };
    format!("`{}{more}`", cut.escape_debug())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_a_secret_in_the_wrong_field_is_not_repeated() {
        for text in [
            "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
            "glpat-aB3dE6gH9jK2mN5pQ8sT",
            "x/6f9b1c0d4e8a7b3c5d2e1f0a9b8c7d6e",
        ] {
            assert_eq!(quoted(text), "`[redacted]`", "{text}");
        }
        for text in [
            "acme/web",
            "release-2026-11-21-hotfix-17",
            "an-owner-with-quite-a-long-name",
            "internationalization",
        ] {
            assert_eq!(quoted(text), format!("`{text}`"));
        }
    }

    #[test]
    fn a_quoted_text_cannot_steer_a_terminal() {
        assert_eq!(quoted("a\u{1b}[31m"), "`a\\u{1b}[31m`");
        assert!(!quoted("a\u{202e}b").contains('\u{202e}'));
        assert!(quoted(&"x".repeat(1000)).len() < 100);
    }
}
