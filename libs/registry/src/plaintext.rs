//! A secret's value on its way from the manifest to the seal, and from the seal to who uses it.

use std::fmt;

use serde::{Deserialize, Deserializer};
use zeroize::Zeroizing;

/// Longest secret that is a word and no key, in bytes.
pub(crate) const MAX_SECRET_BYTES: usize = 4096;

/// A value that is not sealed. It cannot be printed or serialized, and is overwritten when dropped.
///
/// What the YAML parser and the caller's own buffer held is not overwritten; those live in the process that applies.
#[derive(Clone)]
pub struct Plaintext(Zeroizing<Vec<u8>>);

impl Plaintext {
    /// Takes the bytes over.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(Zeroizing::new(bytes.into()))
    }

    /// The value itself, to be handed on and never kept.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// Takes one line break off the end: editors and `echo` put it there, and it is nobody's secret.
    pub(crate) fn without_final_newline(mut self) -> Self {
        if self.0.last() == Some(&b'\n') {
            self.0.pop();
            if self.0.last() == Some(&b'\r') {
                self.0.pop();
            }
        }
        self
    }
}

impl From<Zeroizing<Vec<u8>>> for Plaintext {
    fn from(bytes: Zeroizing<Vec<u8>>) -> Self {
        Self(bytes)
    }
}

impl fmt::Debug for Plaintext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl<'de> Deserialize<'de> for Plaintext {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self::new(text.into_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_newline_is_taken_off() {
        let strip = |text: &str| Plaintext::new(text).without_final_newline().0.to_vec();
        assert_eq!(strip("a\n"), b"a");
        assert_eq!(strip("a\r\n"), b"a");
        assert_eq!(strip("a\n\n"), b"a\n");
        assert_eq!(strip("a \r"), b"a \r");
        assert_eq!(strip(""), b"");
    }
}
