//! Webhooks at their hosts.

mod outcome;

use std::fmt;

use futures_util::future::BoxFuture;
use sluice_events::{Timestamp, v1::SecretKind};
use sluice_registry::Plaintext;

pub(crate) use outcome::{no_secret, removed, undo};

use crate::ApiError;

/// Where a hook is installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In a repository.
    Repository {
        /// The host's own id of it.
        id: String,
        /// Its full name.
        full_name: String,
    },
    /// In an organization or a group: for all its repositories.
    Owner {
        /// Its name.
        name: String,
    },
}

impl Place {
    /// Of which sort it is.
    #[must_use]
    pub fn sort(&self) -> PlaceSort {
        match self {
            Self::Repository { .. } => PlaceSort::Repository,
            Self::Owner { .. } => PlaceSort::Owner,
        }
    }
}

/// The sorts of places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlaceSort {
    /// A repository.
    Repository,
    /// An organization or a group.
    Owner,
}

/// A hook as its host describes it.
#[derive(Clone, PartialEq, Eq)]
pub struct Hook {
    /// The host's own id of it, as text.
    pub id: String,
    /// Where it delivers to. It may hold a secret, so it is not printed.
    pub url: String,
    /// The events that it is told of, in the host's words.
    pub events: Vec<String>,
    /// Whether it is switched on.
    pub active: bool,
    /// How it fares.
    pub state: HookState,
    /// Whether it has a secret. `None`: the host does not say.
    pub secret_set: Option<bool>,
}

impl fmt::Debug for Hook {
    /// Leaves the address out (rule S11).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hook")
            .field("id", &self.id)
            .field("events", &self.events)
            .field("active", &self.active)
            .field("state", &self.state)
            .field("secret_set", &self.secret_set)
            .finish_non_exhaustive()
    }
}

/// How a hook fares, in the host's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HookState {
    /// The host does not say, or has not tried yet.
    Unknown,
    /// The host delivers.
    Working,
    /// The last delivery failed.
    Failing {
        /// What the host says of it.
        why: String,
        /// Until when the host does not try again.
        until: Option<Timestamp>,
    },
    /// The host does not deliver any more.
    Disabled {
        /// What the host says of it.
        why: String,
    },
}

/// A hook to be installed.
#[derive(Clone)]
pub struct NewHook {
    /// Where it delivers to.
    pub url: String,
    /// Secrets that the endpoint takes, of one kind each; the host gets the strongest that it knows, and one alone.
    pub secrets: Vec<(SecretKind, Plaintext)>,
}

impl NewHook {
    /// The secret of that kind, if there is one.
    pub(crate) fn secret(&self, kind: SecretKind) -> Option<&Plaintext> {
        let found = self.secrets.iter().find(|(known, _)| *known == kind);
        found.map(|(_, secret)| secret)
    }
}

impl fmt::Debug for NewHook {
    /// Leaves out the address and the secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kinds: Vec<_> = self.secrets.iter().map(|(kind, _)| kind).collect();
        f.debug_struct("NewHook")
            .field("secrets", &kinds)
            .finish_non_exhaustive()
    }
}

/// A hook that was installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installed {
    /// What the host made of it.
    pub hook: Hook,
    /// Which of the secrets proves its deliveries.
    pub secret: SecretKind,
}

/// What a test makes the host deliver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// A ping, which says that it is one.
    Ping,
    /// A push to the default branch, which nothing marks as a test.
    Push {
        /// Whether it says that the branch moved, as GitLab's does, which repeats the last commits; Gitea's and
        /// Forgejo's has the same object before and after.
        moves: bool,
    },
}

/// What can be done with hooks.
pub trait Hooks: Send + Sync {
    /// All hooks there.
    fn list<'a>(&'a self, place: &'a Place) -> BoxFuture<'a, Result<Vec<Hook>, ApiError>>;

    /// Installs a hook for the events of [`crate::Host::events`].
    ///
    /// A host takes the same address twice. So if the outcome is unknown ([`ApiError::may_have_happened`]), list the
    /// hooks and look for the address before trying again. What was made and does not do is removed again; where that
    /// fails, too, the error says so.
    fn install<'a>(
        &'a self,
        place: &'a Place,
        hook: &'a NewHook,
    ) -> BoxFuture<'a, Result<Installed, ApiError>>;

    /// Removes a hook. One that is not there is removed.
    fn remove<'a>(&'a self, place: &'a Place, id: &'a str) -> BoxFuture<'a, Result<(), ApiError>>;

    /// Makes the host deliver something through this hook: [`crate::Problem::Empty`] if it needs a commit for it.
    fn test<'a>(&'a self, place: &'a Place, id: &'a str) -> BoxFuture<'a, Result<Proof, ApiError>>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s11_hooks_are_printed_without_address_and_secret() {
        let new = NewHook {
            url: "https://sluice.example/hooks/4f0c".into(),
            secrets: vec![(SecretKind::Hmac, Plaintext::new("hunter2"))],
        };
        let hook = Hook {
            id: "7".into(),
            url: new.url.clone(),
            events: vec!["push".into()],
            active: true,
            state: HookState::Unknown,
            secret_set: None,
        };
        let printed = format!("{hook:?} {new:?}");
        assert!(printed.contains("push") && printed.contains("Hmac"));
        assert!(!printed.contains("4f0c") && !printed.contains("hunter2"));
    }
}
