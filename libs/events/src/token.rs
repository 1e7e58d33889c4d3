//! One token of a subject or of a KV key: any text, encoded injectively.
//!
//! NATS keeps `.`, `*`, `>` and blanks for itself, and KV keys allow `A-Za-z0-9-_/=` alone. So every other
//! byte becomes `=XX` with upper-case hexadecimal digits, an absent name is `=`, and a name whose encoding is
//! longer than [`MAX_LENGTH`] becomes `=h` and its hash: no hexadecimal digit is an `h`, so nothing else reads so.

use sha2::{Digest, Sha256};

/// Longest encoded token in bytes. Longer ones are hashed.
pub const MAX_LENGTH: usize = 200;

/// What stands for an absent name.
pub const ABSENT: &str = "=";

/// What a token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decoded {
    /// There is no such name.
    Absent,
    /// The name, as the bytes it was made of.
    Name(Vec<u8>),
    /// A name too long to be written out; the SHA-256 of its bytes, in hexadecimal.
    Hashed(String),
}

/// Encodes a name. The empty name is the absent one.
pub fn encode(name: impl AsRef<[u8]>) -> String {
    let name = name.as_ref();
    if name.is_empty() {
        return ABSENT.to_owned();
    }
    let mut token = String::with_capacity(name.len());
    for &byte in name {
        if byte.is_ascii_alphanumeric() || b"_-/".contains(&byte) {
            token.push(char::from(byte));
        } else {
            token.push('=');
            token.push_str(&hex::encode_upper([byte]));
        }
    }
    if token.len() > MAX_LENGTH {
        format!("=h{}", hex::encode(Sha256::digest(name)))
    } else {
        token
    }
}

/// Decodes a token; `None` if no name encodes to it.
pub fn decode(token: &str) -> Option<Decoded> {
    if token == ABSENT {
        return Some(Decoded::Absent);
    }
    if let Some(hash) = token.strip_prefix("=h") {
        let lower_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        return (hash.len() == 64 && hash.bytes().all(lower_hex))
            .then(|| Decoded::Hashed(hash.to_owned()));
    }
    let mut name = Vec::with_capacity(token.len());
    let mut rest = token.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        if byte == b'=' {
            let (digits, after) = after.split_at_checked(2)?;
            name.extend(hex::decode(digits).ok()?);
            rest = after;
        } else {
            name.push(byte);
            rest = after;
        }
    }
    // One name, one token: lower-case digits, needless escapes and bare dots are nobody's encoding.
    (encode(&name) == token).then_some(Decoded::Name(name))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn writes_names_readably() {
        for (name, token) in [
            ("main", "main"),
            ("payments/api", "payments/api"),
            (".github", "=2Egithub"),
            ("a=b", "a=3Db"),
            ("tête *>", "t=C3=AAte=20=2A=3E"),
            ("", "="),
        ] {
            assert_eq!(encode(name), token);
        }
    }

    #[test]
    fn hashes_what_is_too_long() {
        let token = encode("x".repeat(201));
        assert_eq!(token.len(), 66);
        assert!(matches!(decode(&token), Some(Decoded::Hashed(_))));
        assert_eq!(encode("x".repeat(200)).len(), 200);
    }

    #[test]
    fn refuses_what_nobody_encodes() {
        for token in ["a.b", "=2e", "=41", "=", "=4", "=h12", "a b", "="] {
            let name = decode(token);
            assert!(
                name.is_none() || name == Some(Decoded::Absent),
                "{token}: {name:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn every_name_comes_back(name in prop::collection::vec(any::<u8>(), 1..60)) {
            let token = encode(&name);
            prop_assert!(token.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-/=".contains(&b)));
            prop_assert_eq!(decode(&token), Some(Decoded::Name(name)));
        }

        #[test]
        fn decoding_never_panics(token in "\\PC{0,80}") {
            decode(&token);
        }
    }
}
