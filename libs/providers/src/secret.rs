//! The secrets of an endpoint.

use std::fmt;

use base64::{Engine, prelude::BASE64_STANDARD};
use sluice_events::{Timestamp, v1::SecretKind};
use thiserror::Error;
use zeroize::Zeroizing;

/// Secrets below this many bytes are accepted with a warning.
const SHORT_BELOW: usize = 16;

/// One opened secret. Its value cannot be printed.
#[derive(Clone)]
pub struct HookSecret {
    /// Id in its endpoint.
    pub id: String,
    /// What kind of proof it is for.
    pub kind: SecretKind,
    /// After this time it is not accepted any more.
    pub accept_until: Option<Timestamp>,
    key: Zeroizing<Vec<u8>>,
}

/// Why a value cannot be a secret of its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SecretError {
    /// It is empty: anybody could present it.
    #[error("the secret is empty")]
    Empty,
    /// It has no kind.
    #[error("the secret has no kind")]
    Kind,
    /// It is not `whsec_` and base64.
    #[error("a signing secret is `whsec_` followed by base64")]
    Signing,
    /// It is not `user:password`.
    #[error("a basic secret is `user:password`, both not empty")]
    Basic,
    /// It cannot stand in a URL.
    #[error("a path secret has 22 characters or more, out of A-Z a-z 0-9 - _")]
    Path,
}

impl HookSecret {
    /// Checks a value against its kind. What is compared later is the value as it is, but for `signing`, whose key is
    /// what its base64 says.
    pub fn new(
        id: &str,
        kind: SecretKind,
        value: &[u8],
        accept_until: Option<Timestamp>,
    ) -> Result<Self, SecretError> {
        if value.is_empty() {
            return Err(SecretError::Empty);
        }
        let key = match kind {
            SecretKind::Unspecified => return Err(SecretError::Kind),
            SecretKind::Hmac | SecretKind::Token => value.to_vec(),
            SecretKind::Signing => {
                let encoded = value.strip_prefix(b"whsec_").ok_or(SecretError::Signing)?;
                BASE64_STANDARD
                    .decode(encoded)
                    .ok()
                    .filter(|key| !key.is_empty())
                    .ok_or(SecretError::Signing)?
            }
            SecretKind::Basic => match value.iter().position(|&byte| byte == b':') {
                Some(colon) if colon > 0 && colon + 1 < value.len() => value.to_vec(),
                _ => return Err(SecretError::Basic),
            },
            SecretKind::Path => {
                let fits = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_".contains(byte);
                if value.len() < 22 || !value.iter().all(fits) {
                    return Err(SecretError::Path);
                }
                value.to_vec()
            }
        };
        Ok(Self {
            id: id.to_owned(),
            kind,
            accept_until,
            key: Zeroizing::new(key),
        })
    }

    /// Whether it is so short that guessing becomes thinkable.
    pub fn is_short(&self) -> bool {
        self.key.len() < SHORT_BELOW
    }

    /// The bytes to compute or compare with.
    pub(crate) fn key(&self) -> &[u8] {
        &self.key
    }
}

impl fmt::Debug for HookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HookSecret({} {:?} [redacted])", self.id, self.kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(kind: SecretKind, value: &str) -> Result<(), SecretError> {
        HookSecret::new("1", kind, value.as_bytes(), None).map(|_| ())
    }

    #[test]
    fn an_empty_secret_is_refused_whatever_its_kind() {
        // XW5
        for kind in [
            SecretKind::Hmac,
            SecretKind::Token,
            SecretKind::Signing,
            SecretKind::Basic,
            SecretKind::Path,
        ] {
            assert_eq!(check(kind, ""), Err(SecretError::Empty));
        }
        assert_eq!(
            check(SecretKind::Signing, "whsec_"),
            Err(SecretError::Signing)
        );
    }

    #[test]
    fn each_kind_has_its_form() {
        assert_eq!(
            check(SecretKind::Signing, "C2FVsBQIhrscChlQIMV"),
            Err(SecretError::Signing)
        );
        assert_eq!(
            check(
                SecretKind::Signing,
                "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
            ),
            Ok(())
        );
        assert_eq!(check(SecretKind::Basic, "user"), Err(SecretError::Basic));
        assert_eq!(check(SecretKind::Basic, "user:pass"), Ok(()));
        assert_eq!(check(SecretKind::Path, "short"), Err(SecretError::Path));
        assert_eq!(
            check(SecretKind::Path, "0123456789abcdef012345/"),
            Err(SecretError::Path)
        );
    }

    #[test]
    fn it_cannot_be_printed() {
        let secret = HookSecret::new("a", SecretKind::Hmac, b"hunter2-hunter2", None);
        assert!(!format!("{secret:?}").contains("hunter2"));
        assert_eq!(secret.map(|secret| secret.is_short()), Ok(true));
    }
}
