//! Kinds of things, as manifests and people write them.

use sluice_events::v1::{
    AccessLevel, AccessRole, ConnectionStatus, CredentialKind, ImportStatus, MirrorKind,
    SecretKind, WebhookKind,
};

/// Kinds and their words.
#[derive(Debug)]
pub struct Words<K: 'static>(&'static [(K, &'static str)]);

/// Kinds of an endpoint's secrets.
pub const SECRET_KINDS: Words<SecretKind> = Words(&[
    (SecretKind::Hmac, "hmac"),
    (SecretKind::Token, "token"),
    (SecretKind::Signing, "signing"),
    (SecretKind::Basic, "basic"),
    (SecretKind::Path, "path"),
]);

/// Kinds of credentials.
pub const CREDENTIAL_KINDS: Words<CredentialKind> = Words(&[
    (CredentialKind::Token, "token"),
    (CredentialKind::Password, "userPassword"),
    (CredentialKind::SshKey, "sshKey"),
    (CredentialKind::App, "app"),
]);

/// What is kept of a repository.
pub const MIRROR_KINDS: Words<MirrorKind> = Words(&[
    (MirrorKind::Full, "full"),
    (MirrorKind::RefsOnly, "refs-only"),
    (MirrorKind::None, "none"),
]);

/// Who takes care of a repository's webhook.
pub const WEBHOOK_KINDS: Words<WebhookKind> = Words(&[
    (WebhookKind::Managed, "managed"),
    (WebhookKind::Manual, "manual"),
    (WebhookKind::None, "none"),
    (WebhookKind::Shared, "shared"),
]);

/// How far an import has come.
pub const IMPORT_STATUSES: Words<ImportStatus> = Words(&[
    (ImportStatus::Unspecified, "waiting"),
    (ImportStatus::Listing, "listing"),
    (ImportStatus::Listed, "listed"),
    (ImportStatus::Failed, "failed"),
    (ImportStatus::Ending, "ending"),
]);

/// How a repository stands with its host.
pub const CONNECTION_STATUSES: Words<ConnectionStatus> = Words(&[
    (ConnectionStatus::Unspecified, "unknown"),
    (ConnectionStatus::Connecting, "connecting"),
    (ConnectionStatus::Active, "active"),
    (ConnectionStatus::Unproved, "unproved"),
    (ConnectionStatus::Inactive, "inactive"),
    (ConnectionStatus::Suspended, "suspended"),
    (ConnectionStatus::Removing, "removing"),
]);

/// Who may see a record.
pub const ACCESS_LEVELS: Words<AccessLevel> = Words(&[
    (AccessLevel::Private, "private"),
    (AccessLevel::Organization, "organization"),
]);

/// What holders of access tokens may do.
pub const ACCESS_ROLES: Words<AccessRole> = Words(&[
    (AccessRole::Viewer, "viewer"),
    (AccessRole::Editor, "editor"),
    (AccessRole::Admin, "admin"),
]);

impl<K: Copy + PartialEq> Words<K> {
    /// These kinds with their words.
    pub const fn of(words: &'static [(K, &'static str)]) -> Self {
        Self(words)
    }

    /// The word for a kind; `unknown` where a later version made it.
    pub fn word(&self, kind: K) -> &'static str {
        let mut known = self.0.iter();
        known
            .find(|(known, _)| *known == kind)
            .map_or("unknown", |(_, word)| word)
    }

    /// The kind that a word means.
    pub fn kind(&self, word: &str) -> Option<K> {
        let mut known = self.0.iter();
        known
            .find(|(_, known)| *known == word)
            .map(|(kind, _)| *kind)
    }

    /// Each word.
    pub fn words(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().map(|(_, word)| *word)
    }

    /// The words for some kinds, to be read by people.
    pub fn list(&self, kinds: &[K]) -> String {
        let words: Vec<_> = kinds.iter().map(|kind| self.word(*kind)).collect();
        words.join(", ")
    }

    /// All words, to be read by people.
    pub fn all(&self) -> String {
        let words: Vec<_> = self.0.iter().map(|(_, word)| *word).collect();
        words.join(", ")
    }
}

/// Whether a secret of this kind signs the body. Everything else only travels beside it.
pub(crate) fn signs(kind: SecretKind) -> bool {
    matches!(kind, SecretKind::Hmac | SecretKind::Signing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_but_the_unspecified_has_a_word_of_its_own() {
        for (number, word) in [
            (1, "hmac"),
            (2, "token"),
            (3, "signing"),
            (4, "basic"),
            (5, "path"),
        ] {
            let kind = SecretKind::try_from(number).unwrap();
            assert_eq!(SECRET_KINDS.word(kind), word);
            assert_eq!(SECRET_KINDS.kind(word), Some(kind));
        }
        assert_eq!(MIRROR_KINDS.word(MirrorKind::Unspecified), "unknown");
        assert_eq!(MIRROR_KINDS.all(), "full, refs-only, none");
        assert_eq!(ACCESS_ROLES.kind("owner"), None);
    }
}
