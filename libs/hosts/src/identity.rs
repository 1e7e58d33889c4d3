//! Who a credential is at its host, and what it lacks.

use futures_util::future::BoxFuture;
use sluice_events::Timestamp;

use crate::ApiError;

/// Who a credential is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The account's name. Empty where the host does not tell it to this credential.
    pub login: String,
    /// The host's own immutable id of the account, as text.
    pub id: String,
    /// What the credential may be used for, in the host's words. `None`: the host does not say.
    pub scopes: Option<Vec<String>>,
    /// When it ends. `None`: never, or the host does not say.
    pub expires_at: Option<Timestamp>,
}

/// What a credential is wanted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Reading repositories through the API.
    Read,
    /// Installing, testing and removing hooks of a repository.
    RepositoryHooks,
    /// The same of an owner.
    OwnerHooks,
}

/// What can be learnt about a credential.
pub trait Identities: Send + Sync {
    /// Who the credential is, as the host says now.
    fn whoami(&self) -> BoxFuture<'_, Result<Identity, ApiError>>;
}

/// That none of these scopes is among those of the credential. `None`: one is, or the host does not say.
pub(crate) fn missing_scope(wanted: &[&str], identity: &Identity) -> Option<String> {
    let had = identity.scopes.as_ref()?;
    if had.iter().any(|scope| wanted.contains(&scope.as_str())) {
        return None;
    }
    let (first, others) = wanted.split_first()?;
    let or = match others {
        [] => String::new(),
        others => format!(" (or {})", quoted(others)),
    };
    let has = match had.as_slice() {
        [] => "no scope".to_owned(),
        had => quoted(had),
    };
    Some(format!(
        "needs the scope `{first}`{or}; the token has {has}"
    ))
}

/// That the role in the repository is not enough.
pub(crate) fn missing_role(wanted: &str, said: &str) -> String {
    match said {
        "" => format!("needs the role {wanted} in the repository; the host names none"),
        said => format!("needs the role {wanted} in the repository; the credential has {said}"),
    }
}

fn quoted(words: &[impl AsRef<str>]) -> String {
    let quoted: Vec<_> = words
        .iter()
        .map(|word| format!("`{}`", word.as_ref()))
        .collect();
    quoted.join(", ")
}
