//! A value that cannot be printed.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// More than any token or key has; keeps a wrong path (a device, a core dump) out of memory.
const LONGEST: u64 = 64 * 1024;

/// A secret: it has no `Display`, its `Debug` says nothing, and its memory is wiped.
#[derive(Clone, Default)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes the text as a secret.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// Reads a file, without the one line break that editors put at its end.
    pub(super) fn read(path: &Path) -> Result<Self, String> {
        let cannot = |error| format!("cannot read `{}`: {error}", path.display());
        let mut text = Zeroizing::new(String::new());
        let file = File::open(path).map_err(cannot)?;
        file.take(LONGEST + 1)
            .read_to_string(&mut text)
            .map_err(cannot)?;
        if text.len() as u64 > LONGEST {
            return Err(format!(
                "`{}` is longer than any secret ({LONGEST} bytes)",
                path.display()
            ));
        }
        let length = text
            .strip_suffix('\n')
            .map(|line| line.strip_suffix('\r').unwrap_or(line).len());
        if let Some(length) = length {
            text.truncate(length);
        }
        match text.is_empty() {
            true => Err(format!("`{}` is empty", path.display())),
            false => Ok(Self(text)),
        }
    }

    /// The secret itself, to be handed on and never kept.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether this is what was presented, in a time that says nothing of how much of it was
    /// right (only its length can be learned). An empty secret matches nothing.
    #[must_use]
    pub fn matches(&self, presented: &[u8]) -> bool {
        !self.0.is_empty() && self.0.as_bytes().ct_eq(presented).into()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_not_printed() {
        assert_eq!(
            format!("{:?}", Some(Secret::new("hunter2"))),
            "Some([redacted])"
        );
    }

    #[test]
    fn only_the_whole_secret_matches() {
        let secret = Secret::new("hunter2");
        assert!(secret.matches(b"hunter2"));
        for other in ["", "hunter", "hunter3", "hunter22"] {
            assert!(!secret.matches(other.as_bytes()), "{other}");
        }
        assert!(!Secret::default().matches(b""));
    }

    #[test]
    fn one_line_break_at_the_end_of_a_file_is_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        for (content, secret) in [
            ("a\n", "a"),
            ("a\r\n", "a"),
            ("a", "a"),
            ("a\n\n", "a\n"),
            (" a ", " a "),
        ] {
            std::fs::write(&path, content).unwrap();
            assert_eq!(Secret::read(&path).unwrap().expose(), secret);
        }
    }

    #[test]
    fn empty_long_and_missing_files_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        assert!(
            Secret::read(&path)
                .unwrap_err()
                .starts_with("cannot read `")
        );
        std::fs::write(&path, "\n").unwrap();
        assert!(Secret::read(&path).unwrap_err().ends_with("is empty"));
        std::fs::write(&path, "x".repeat(70_000)).unwrap();
        assert!(
            Secret::read(&path)
                .unwrap_err()
                .contains("longer than any secret")
        );
    }
}
