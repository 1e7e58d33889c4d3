//! Credentials: the rules for their own fields and for their values.

mod app;
mod key;
mod text;

pub(crate) use app::check_host;
pub use app::rsa_key;
pub(crate) use key::made as new_ssh_key;
use sluice_events::v1::{self, CredentialKind};

use crate::{
    CREDENTIAL_KINDS, Plaintext, Problem,
    address::{Scheme, is_plain_user},
    grants, label,
    manifest::credential_place,
    plaintext::MAX_SECRET_BYTES,
};

/// Says what is wrong with a credential's own fields.
pub(crate) fn check(credential: &v1::Credential) -> Vec<Problem> {
    let kind = credential.kind();
    label::check("metadata.name", &credential.name)
        .into_iter()
        .chain(label::check("metadata.project", &credential.project))
        .chain(grants::check(credential))
        .chain(check_kind(kind))
        .chain(app::check(credential))
        .chain(check_user(kind, &credential.user).map(|wrong| wrong.within(credential_place(kind))))
        .collect()
}

fn check_kind(kind: CredentialKind) -> Option<Problem> {
    (kind == CredentialKind::Unspecified).then(|| {
        let remedy = format!("say one of {}", CREDENTIAL_KINDS.all());
        Problem::new("spec", "it says nothing of what it is", remedy)
    })
}

fn check_user(kind: CredentialKind, user: &str) -> Option<Problem> {
    let wrong = |what, remedy| Some(Problem::new("user", what, remedy));
    match (kind, user) {
        (CredentialKind::Unspecified | CredentialKind::Token | CredentialKind::SshKey, "") => None,
        (CredentialKind::Password, "") => wrong("there is none", "name the user of the password"),
        (CredentialKind::SshKey, user) if !is_plain_user(user) => wrong(
            "it has characters other than A-Z a-z 0-9 . _ + -",
            "name the user that ssh logs in as, mostly git",
        ),
        (CredentialKind::SshKey, _) => None,
        // Basic authentication ends the user at the first colon (RFC 7617).
        (CredentialKind::App, "") => None,
        (CredentialKind::App, _) => wrong("an App has none", "leave it out"),
        (_, user) if user.len() > 255 || user.contains(|c: char| c == ':' || c.is_control()) => {
            wrong(
                "it is too long, or has a colon or a control character",
                "name the user alone",
            )
        }
        _ => None,
    }
}

/// Longest value of a kind, in bytes.
pub(crate) fn max_bytes(kind: CredentialKind) -> usize {
    match kind {
        CredentialKind::SshKey | CredentialKind::App => key::MAX_BYTES,
        CredentialKind::Unspecified | CredentialKind::Token | CredentialKind::Password => {
            MAX_SECRET_BYTES
        }
    }
}

/// The value as it is sealed, and what to warn of; or what is wrong with it. Never repeats it.
pub(crate) fn checked_value(
    kind: CredentialKind,
    value: &Plaintext,
) -> Result<(Plaintext, Vec<Problem>), Problem> {
    match kind {
        CredentialKind::SshKey => Ok((key::checked(value)?, Vec::new())),
        CredentialKind::App => Ok((app::checked(value)?, Vec::new())),
        CredentialKind::Unspecified | CredentialKind::Token | CredentialKind::Password => {
            let warnings = text::check(value)?;
            Ok((value.clone(), warnings))
        }
    }
}

/// The public half of a value, where it has one and its form tells.
pub(crate) fn public_half(kind: CredentialKind, value: &Plaintext) -> String {
    let tells = kind == CredentialKind::SshKey;
    let public = tells.then(|| key::public_half(value)).flatten();
    public.unwrap_or_default()
}

/// Whether a repository that is spoken to in this way takes it.
pub(crate) fn fits(kind: CredentialKind, scheme: Scheme) -> bool {
    match scheme {
        Scheme::Https | Scheme::Http => {
            matches!(
                kind,
                CredentialKind::Token | CredentialKind::Password | CredentialKind::App
            )
        }
        Scheme::Ssh => kind == CredentialKind::SshKey,
        Scheme::File => false,
    }
}
