//! What opens a host's API.

use std::fmt;

use sluice_events::v1::{self, CredentialKind};
use sluice_registry::Plaintext;

use crate::{ApiError, error::problem};

/// What a host's API is opened with. How it is sent is the provider's matter.
#[derive(Clone, Default)]
pub enum Key {
    /// Nothing: what everybody sees.
    #[default]
    Nobody,
    /// A token.
    Token(Plaintext),
    /// A user with a password, by HTTP's Basic authentication.
    Password {
        /// The user's name at the host.
        user: String,
        /// The password.
        password: Plaintext,
    },
}

impl Key {
    /// Whether a credential can open an API at all; an SSH key opens repositories alone.
    #[must_use]
    pub fn can_be(credential: &v1::Credential) -> bool {
        match credential.kind() {
            CredentialKind::Token | CredentialKind::Password | CredentialKind::App => true,
            CredentialKind::SshKey | CredentialKind::Unspecified => false,
        }
    }

    /// From a registered credential and its opened value.
    ///
    /// # Errors
    /// If it is for another host (rule S5), or of a kind that opens no API.
    pub fn of(
        host: &v1::Host,
        credential: &v1::Credential,
        value: Plaintext,
    ) -> Result<Self, ApiError> {
        let name = &credential.name;
        if credential.host != host.name {
            return Err(problem!(
                Credential,
                "the credential `{name}` is for the host `{}` and is not shown to `{}`",
                credential.host,
                host.name
            ));
        }
        if value.expose().is_empty() {
            return Err(problem!(Credential, "the credential `{name}` is empty"));
        }
        match credential.kind() {
            CredentialKind::Token | CredentialKind::App => Ok(Self::Token(value)),
            CredentialKind::Password if credential.user.is_empty() => Err(problem!(
                Credential,
                "the credential `{name}` is a password without a user"
            )),
            CredentialKind::Password => Ok(Self::Password {
                user: credential.user.clone(),
                password: value,
            }),
            CredentialKind::SshKey => Err(problem!(
                Credential,
                "the credential `{name}` is an SSH key, which opens repositories and no API; give a token"
            )),
            CredentialKind::Unspecified => Err(problem!(
                Credential,
                "the credential `{name}` is of a kind that is not known here"
            )),
        }
    }

    /// What must not be shown. Empty if there is nothing.
    pub(crate) fn secret(&self) -> &[u8] {
        match self {
            Self::Nobody => b"",
            Self::Token(secret)
            | Self::Password {
                password: secret, ..
            } => secret.expose(),
        }
    }
}

impl fmt::Debug for Key {
    /// Says what it is and nothing of its value.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nobody => "Nobody",
            Self::Token(_) => "Token([redacted])",
            Self::Password { .. } => "Password([redacted])",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Problem;

    fn key(kind: CredentialKind, user: &str, host: &str) -> Result<Key, ApiError> {
        let corp = v1::Host {
            name: "corp".into(),
            ..v1::Host::default()
        };
        let credential = v1::Credential {
            name: "bot".into(),
            host: host.into(),
            user: user.into(),
            kind: kind.into(),
            ..v1::Credential::default()
        };
        Key::of(&corp, &credential, Plaintext::new("hunter2"))
    }

    #[test]
    fn tokens_and_passwords_open_an_api_and_ssh_keys_do_not() {
        assert!(matches!(
            key(CredentialKind::Token, "", "corp"),
            Ok(Key::Token(_))
        ));
        assert!(matches!(
            key(CredentialKind::Password, "me", "corp"),
            Ok(Key::Password { .. })
        ));
        for (kind, user) in [
            (CredentialKind::SshKey, "git"),
            (CredentialKind::Password, ""),
            (CredentialKind::Unspecified, ""),
        ] {
            let error = key(kind, user, "corp").unwrap_err();
            assert_eq!(error.problem, Problem::Credential, "{kind:?}");
        }
    }

    #[test]
    fn s5_a_credential_of_another_host_is_not_shown_to_this_one() {
        let error = key(CredentialKind::Token, "", "github").unwrap_err();
        assert_eq!(error.problem, Problem::Credential);
        assert!(error.message.contains("is for the host `github`"));
    }

    #[test]
    fn s4_a_key_is_printed_without_its_value() {
        let password = key(CredentialKind::Password, "me", "corp").unwrap();
        assert!(!format!("{password:?}").contains("hunter2"));
    }
}
