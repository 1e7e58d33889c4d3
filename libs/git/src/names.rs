//! Names of refs and ids of objects, checked.

use std::{borrow::Cow, fmt};

use sluice_events::v1::RefKind;

/// Full name of a branch or a tag, as the bytes that Git has.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RefName(Vec<u8>);

impl RefName {
    /// The name, if it is one of a branch or a tag by Git's rules (`git help check-ref-format`).
    #[must_use]
    pub fn of(name: impl Into<Vec<u8>>) -> Option<Self> {
        let name = Self(name.into());
        let valid = name.kind() != RefKind::Unspecified
            && name.0.len() <= 4096
            && name
                .short_raw()
                .split(|&byte| byte == b'/')
                .all(is_component)
            && !name.0.ends_with(b".")
            && !holds(&name.0, b"..")
            && !holds(&name.0, b"@{");
        valid.then_some(name)
    }

    /// The name of what a [`v1::KnownRef`](sluice_events::v1::KnownRef) or a move has: the raw field where there is one.
    #[must_use]
    pub fn from_fields(lossy: &str, raw: &[u8]) -> Option<Self> {
        match raw {
            [] => Self::of(lossy.as_bytes()),
            raw => Self::of(raw),
        }
    }

    /// The exact bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The name as text; bytes that are not UTF-8 are replaced by U+FFFD.
    #[must_use]
    pub fn lossy(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.0)
    }

    /// The exact bytes where the text does not say everything, else nothing: what stands in `…_raw` fields.
    #[must_use]
    pub fn raw(&self) -> &[u8] {
        match std::str::from_utf8(&self.0) {
            Ok(_) => &[],
            Err(_) => &self.0,
        }
    }

    /// Branch or tag.
    #[must_use]
    pub fn kind(&self) -> RefKind {
        match &*self.0 {
            name if name.starts_with(b"refs/heads/") => RefKind::Branch,
            name if name.starts_with(b"refs/tags/") => RefKind::Tag,
            _ => RefKind::Unspecified,
        }
    }

    /// The name without `refs/heads/` or `refs/tags/`, as text.
    #[must_use]
    pub fn short(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(self.short_raw())
    }

    /// The name without `refs/heads/` or `refs/tags/`.
    #[must_use]
    pub fn short_raw(&self) -> &[u8] {
        let short = self.0.strip_prefix(b"refs/heads/");
        let short = short.or_else(|| self.0.strip_prefix(b"refs/tags/"));
        short.unwrap_or(&self.0)
    }
}

/// Whether it may stand between two slashes.
fn is_component(part: &[u8]) -> bool {
    let plain = |byte: &u8| *byte > b' ' && *byte != 0x7f && !b"~^:?*[\\".contains(byte);
    !part.is_empty()
        && !part.starts_with(b".")
        && !part.ends_with(b".lock")
        && part.iter().all(plain)
}

fn holds(bytes: &[u8], pair: &[u8; 2]) -> bool {
    bytes.windows(2).any(|window| window == pair)
}

impl fmt::Debug for RefName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.lossy())
    }
}

impl fmt::Display for RefName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.lossy())
    }
}

/// Id of a Git object, SHA-1.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Oid([u8; 20]);

impl Oid {
    /// Reads 40 hexadecimal digits. What stands for no object, 40 zeros, is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; 20];
        hex::decode_to_slice(text, &mut bytes).ok()?;
        Self::from_bytes(&bytes)
    }

    /// Takes the 20 bytes. All zeros are none.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let bytes = <[u8; 20]>::try_from(bytes).ok()?;
        (bytes != [0; 20]).then_some(Self(bytes))
    }

    /// The 20 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 20] {
        &self.0
    }
}

impl fmt::Display for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_keeps_its_bytes() {
        let name = RefName::of(b"refs/heads/t\xeate".as_slice()).unwrap();
        assert_eq!(name.lossy(), "refs/heads/t\u{fffd}te");
        assert_eq!(name.raw(), b"refs/heads/t\xeate");
        assert_eq!(name.short(), "t\u{fffd}te");
        let plain = RefName::of("refs/tags/v1/a").unwrap();
        assert_eq!((plain.raw(), &*plain.short()), (b"".as_slice(), "v1/a"));
        assert_eq!(plain.kind(), RefKind::Tag);
    }

    #[test]
    fn what_git_would_not_take_is_no_name() {
        for name in [
            "main",
            "HEAD",
            "refs/heads/",
            "refs/pull/1/head",
            "refs/heads/a b",
            "refs/heads/a\nb",
            "refs/heads/a..b",
            "refs/heads/.a",
            "refs/heads/a/.b",
            "refs/heads/a.lock",
            "refs/heads/a.lock/b",
            "refs/heads/a.",
            "refs/heads/a//b",
            "refs/heads/a/",
            "refs/heads/a@{1}",
            "refs/heads/a~1",
            "refs/heads/a\\b",
            "refs/heads/a\0b",
            "refs/heads/\x7f",
        ] {
            assert_eq!(RefName::of(name), None, "{name:?}");
        }
        for name in [
            "refs/heads/a@b",
            "refs/heads/@",
            "refs/tags/1.0",
            "refs/heads/-a",
            "refs/heads/世界",
        ] {
            assert!(RefName::of(name).is_some(), "{name:?}");
        }
    }

    #[test]
    fn an_id_is_forty_digits_and_not_nothing() {
        let text = "1a".repeat(20);
        assert_eq!(Oid::parse(&text).unwrap().to_string(), text);
        for text in [
            "",
            "1a",
            &"0".repeat(40),
            &"1a".repeat(32),
            &"zz".repeat(20),
        ] {
            assert_eq!(Oid::parse(text), None, "{text}");
        }
    }
}
