//! The kinds of secret, as manifests and people write them.

use sluice_events::v1::SecretKind;

const WORDS: [(SecretKind, &str); 5] = [
    (SecretKind::Hmac, "hmac"),
    (SecretKind::Token, "token"),
    (SecretKind::Signing, "signing"),
    (SecretKind::Basic, "basic"),
    (SecretKind::Path, "path"),
];

/// The word for a kind.
pub(crate) fn word(kind: SecretKind) -> &'static str {
    WORDS
        .iter()
        .find(|(known, _)| *known == kind)
        .map_or("unknown", |(_, word)| word)
}

/// The kind that a word means.
pub(crate) fn from_word(word: &str) -> Option<SecretKind> {
    WORDS
        .iter()
        .find(|(_, known)| *known == word)
        .map(|(kind, _)| *kind)
}

/// The words for some kinds, to be read by people.
pub(crate) fn words(kinds: &[SecretKind]) -> String {
    let words: Vec<_> = kinds.iter().map(|kind| word(*kind)).collect();
    words.join(", ")
}

/// The words for all kinds.
pub(crate) fn all() -> String {
    words(&WORDS.map(|(kind, _)| kind))
}

/// Whether it signs the body. Everything else only travels beside it.
pub(crate) fn signs(kind: SecretKind) -> bool {
    matches!(kind, SecretKind::Hmac | SecretKind::Signing)
}
