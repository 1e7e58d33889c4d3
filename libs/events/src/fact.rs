//! Facts: what happened, independent of how we learnt it. Two events with one fact tell the same thing.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::v1::{RefChange, RefKind, RepositoryAction, Trust};

/// The identity of what happened: 40 hexadecimal digits, the value of `ce-sluicefact`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Fact(String);

/// What makes one move of a ref the same as another.
#[derive(Debug, Clone, Copy)]
pub struct RefIdentity<'a> {
    /// Branch or tag.
    pub kind: RefKind,
    /// Full name of the ref, its exact bytes.
    pub full_ref: &'a [u8],
    /// Object id before; absent for a creation, and for a deletion at hosts one of whose witnesses does not know it.
    pub before: Option<&'a str>,
    /// Object id after; absent for a deletion.
    pub after: Option<&'a str>,
    /// What happened.
    pub change: RefChange,
}

impl Fact {
    /// The fact that a ref moved. `host` is the host's name, `repository_id` the host's own id of the repository.
    pub fn of_ref(host: &str, repository_id: &str, identity: RefIdentity<'_>) -> Self {
        Self::of(&[
            b"ref",
            host.as_bytes(),
            repository_id.as_bytes(),
            identity.kind.as_str_name().as_bytes(),
            identity.full_ref,
            identity.before.unwrap_or_default().as_bytes(),
            identity.after.unwrap_or_default().as_bytes(),
            identity.change.as_str_name().as_bytes(),
        ])
    }

    /// The fact that something happened to a change. `what` is everything that tells this happening from another at
    /// the same second: the host's action, its updated-at, and what changed.
    pub fn of_change(host: &str, repository_id: &str, number: u64, what: &[String]) -> Self {
        let number = number.to_string();
        let mut parts: Vec<&[u8]> = vec![
            b"change",
            host.as_bytes(),
            repository_id.as_bytes(),
            number.as_bytes(),
        ];
        parts.extend(what.iter().map(String::as_bytes));
        Self::of(&parts)
    }

    /// The fact that something became of a repository, from one value of what the action changes to another.
    pub(crate) fn of_repository(
        host: &str,
        repository_id: &str,
        action: RepositoryAction,
        from: &str,
        to: &str,
    ) -> Self {
        let action = action.as_str_name();
        let parts = [host, repository_id, action, from, to].map(str::as_bytes);
        Self::of(
            &[b"repository".as_slice()]
                .into_iter()
                .chain(parts)
                .collect::<Vec<_>>(),
        )
    }

    /// The fact that a host said something that is not modelled further: its kind and the digest of what it said.
    pub fn of_statement(host: &str, kind: &str, payload_digest: &[u8]) -> Self {
        Self::of(&[
            b"statement",
            host.as_bytes(),
            kind.as_bytes(),
            payload_digest,
        ])
    }

    fn of(parts: &[&[u8]]) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            // Lengths keep ("ab", "c") apart from ("a", "bc").
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        Self(hex::encode(&hash.finalize()[..20]))
    }

    /// The fact that a header names, taken as it stands.
    pub(crate) fn from_header(value: String) -> Self {
        Self(value)
    }

    /// The fact as it stands in a header.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether an event proves something. Within one weight it does not matter who told first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// Nobody signed it.
    Hint,
    /// Signed by the host's key for this endpoint, or read back from the host.
    Proof,
}

impl From<Trust> for Weight {
    fn from(trust: Trust) -> Self {
        match trust {
            Trust::Signed | Trust::Host => Weight::Proof,
            Trust::Hint | Trust::Unspecified => Weight::Hint,
        }
    }
}

/// A `Nats-Msg-Id`: what the bus uses to store a message once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageId(String);

impl MessageId {
    /// The id of an event: its fact and its weight, so that a hint never takes the place of a proof.
    pub fn of_event(fact: &Fact, weight: Weight) -> Self {
        match weight {
            Weight::Proof => Self(format!("{fact}-proof")),
            Weight::Hint => Self(format!("{fact}-hint")),
        }
    }

    /// The id of the same fact when it has come true again, after the event that is stored at `after`.
    #[must_use]
    pub fn again(&self, after: u64) -> Self {
        Self(format!("{}-{after}", self.0))
    }

    /// The id of the same event under the name that its repository had before.
    #[must_use]
    pub fn under_old_name(&self) -> Self {
        Self(format!("{}-old", self.0))
    }

    /// An id out of what is said, for everything that is not an event of the `git` family.
    pub fn of(parts: &[&[u8]]) -> Self {
        Self(Fact::of(parts).0)
    }

    /// The id as it stands in a header.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moved(before: Option<&str>, after: Option<&str>) -> Fact {
        let identity = RefIdentity {
            kind: RefKind::Branch,
            full_ref: b"refs/heads/main",
            before,
            after,
            change: RefChange::Updated,
        };
        Fact::of_ref("github", "42", identity)
    }

    #[test]
    fn the_same_happening_is_the_same_fact() {
        assert_eq!(moved(Some("a"), Some("b")), moved(Some("a"), Some("b")));
        assert_eq!(moved(Some("a"), Some("b")).as_str().len(), 40);
    }

    #[test]
    fn where_a_part_ends_matters() {
        assert_ne!(moved(Some("ab"), Some("c")), moved(Some("a"), Some("bc")));
        assert_ne!(moved(None, Some("ab")), moved(Some("ab"), None));
    }

    #[test]
    fn a_hint_has_another_id_than_a_proof() {
        let fact = moved(None, Some("b"));
        let proof = MessageId::of_event(&fact, Trust::Signed.into());
        assert_eq!(proof, MessageId::of_event(&fact, Trust::Host.into()));
        assert_ne!(proof, MessageId::of_event(&fact, Trust::Hint.into()));
        assert_ne!(proof, proof.again(7));
        assert_ne!(proof, proof.under_old_name());
    }
}
