//! The endpoint of a webhook that is ours: what it is called, and the secrets that it gets.

use base64::{Engine, engine::general_purpose::STANDARD};
use sluice_events::{
    Timestamp,
    v1::{self, SecretKind, scope::Of},
};

use crate::{EndpointSpec, Plaintext, Problem, SECRET_KINDS, SecretSpec, Source};

/// How long a replaced secret is still accepted, in seconds: for what the host has sent already.
const GRACE: i64 = 60 * 60;

/// Longest name of an endpoint.
const MAX_NAME: usize = 63;

/// What a webhook of ours is for.
#[derive(Debug, Clone, Copy)]
pub enum HookFor<'a> {
    /// One repository.
    Repository(&'a v1::RegisteredRepository),
    /// All repositories of the owner that an import names.
    Owner(&'a v1::Import),
}

impl<'a> HookFor<'a> {
    /// The project of its endpoint.
    pub fn project(self) -> &'a str {
        match self {
            Self::Repository(repository) => &repository.project,
            Self::Owner(import) => &import.project,
        }
    }

    /// Name of the repository, or of the import.
    pub fn name(self) -> &'a str {
        match self {
            Self::Repository(repository) => &repository.name,
            Self::Owner(import) => &import.name,
        }
    }

    /// Name of the host that it is at.
    pub fn host(self) -> &'a str {
        match self {
            Self::Repository(repository) => &repository.host,
            Self::Owner(import) => &import.host,
        }
    }

    /// Whether an endpoint was made for this.
    pub fn has(self, endpoint: &v1::Endpoint) -> bool {
        match self {
            Self::Repository(repository) => endpoint.repository == repository.name,
            Self::Owner(import) => endpoint.import == import.name,
        }
    }
}

/// What the endpoint of a webhook may be called that is made for something of this name: the first of these that is
/// free.
pub fn hook_endpoint_names(name: &str) -> [String; 2] {
    let mut other = format!("hook-{name}");
    other.truncate(MAX_NAME);
    let other = other.trim_end_matches('-').to_owned();
    [name.to_owned(), other]
}

/// The kinds of secrets that a kind of host may sign or prove with, the strongest first. It takes one of them.
pub fn hook_secret_kinds(provider: &str) -> &'static [SecretKind] {
    match provider {
        "gitlab" => &[SecretKind::Signing, SecretKind::Token],
        _ => &[SecretKind::Hmac],
    }
}

/// An endpoint for a webhook that is to be installed.
#[derive(Debug)]
pub struct HookEndpoint {
    /// As it is declared.
    pub spec: EndpointSpec,
    /// The new secrets' ids and values. Nobody can read them again.
    pub secrets: Vec<(String, SecretKind, Plaintext)>,
}

/// The endpoint of a webhook with new secrets of these kinds; those that it has are accepted for a while beside them.
///
/// # Errors
/// Only where the system has no random numbers.
pub fn hook_endpoint(
    of: HookFor<'_>,
    name: &str,
    existing: Option<&v1::Endpoint>,
    kinds: &[SecretKind],
    now: Timestamp,
) -> Result<HookEndpoint, Problem> {
    let mut secrets = Vec::new();
    for kind in kinds {
        let id = format!("{}-{}", SECRET_KINDS.word(*kind), stamp(now));
        secrets.push((id, *kind, new_secret(*kind)?));
    }
    let new = secrets.iter().map(|(id, kind, value)| SecretSpec {
        id: id.clone(),
        kind: *kind,
        source: Source::Value(value.clone()),
        accept_until: None,
    });
    let old = existing.map_or(&[][..], |existing| &existing.secrets);
    let specs = new.chain(still_accepted(old, now)).collect();
    Ok(HookEndpoint {
        spec: hook_endpoint_with(of, name, existing, specs),
        secrets,
    })
}

/// The endpoint of a webhook with exactly these secrets.
pub fn hook_endpoint_with(
    of: HookFor<'_>,
    name: &str,
    existing: Option<&v1::Endpoint>,
    secrets: Vec<SecretSpec>,
) -> EndpointSpec {
    let (scope, repository, repository_host_id, import) = match of {
        HookFor::Repository(one) => (
            Of::Repository(one.full_name.clone()),
            one.name.clone(),
            one.host_id.clone(),
            String::new(),
        ),
        HookFor::Owner(import) => (
            Of::Owner(import.owner.clone()),
            String::new(),
            String::new(),
            import.name.clone(),
        ),
    };
    EndpointSpec {
        project: of.project().to_owned(),
        name: name.to_owned(),
        id: None,
        host: of.host().to_owned(),
        scope: Some(scope),
        secrets,
        disabled: false,
        repository,
        repository_host_id,
        import,
        set: existing.map_or_else(String::new, |existing| existing.set.clone()),
    }
}

/// The secret as it stands, to be kept.
pub fn kept_secret(secret: &v1::HookSecret) -> SecretSpec {
    SecretSpec {
        id: secret.id.clone(),
        kind: secret.kind(),
        source: Source::Kept,
        accept_until: secret.accept_until,
    }
}

/// The secrets that were in force, for a while; what is over already goes.
fn still_accepted(
    secrets: &[v1::HookSecret],
    now: Timestamp,
) -> impl Iterator<Item = SecretSpec> + '_ {
    let end = Timestamp {
        seconds: now.seconds + GRACE,
        nanos: 0,
    };
    let until =
        move |secret: &v1::HookSecret| secret.accept_until.map_or(end, |until| until.min(end));
    let secrets = secrets.iter().filter(move |secret| until(secret) > now);
    secrets.map(move |secret| SecretSpec {
        accept_until: Some(until(secret)),
        ..kept_secret(secret)
    })
}

/// What tells secrets of different times apart.
fn stamp(now: Timestamp) -> String {
    format!("{:x}{:x}", now.seconds, now.nanos)
}

/// A secret of 256 random bits, written as its kind is.
fn new_secret(kind: SecretKind) -> Result<Plaintext, Problem> {
    let mut bits = [0; 32];
    getrandom::fill(&mut bits).map_err(|error| {
        let what = format!("the system gives no random numbers: {error}");
        Problem::new("value", what, "give a value")
    })?;
    Ok(Plaintext::new(match kind {
        SecretKind::Signing => format!("whsec_{}", STANDARD.encode(bits)),
        _ => hex::encode(bits),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn j21_replaced_secrets_are_accepted_for_a_while_and_then_go() {
        let now = Timestamp::from_seconds(10_000);
        let secret = |id: &str, until: Option<i64>| v1::HookSecret {
            id: id.into(),
            kind: SecretKind::Hmac.into(),
            accept_until: until.map(Timestamp::from_seconds),
            ..v1::HookSecret::default()
        };
        let secrets = [
            secret("in-force", None),
            secret("going", Some(10_001)),
            secret("gone", Some(10_000)),
        ];
        let left: Vec<_> = still_accepted(&secrets, now)
            .map(|spec| (spec.id, spec.accept_until.unwrap().seconds))
            .collect();
        let expected = [
            ("in-force".to_owned(), 13_600),
            ("going".to_owned(), 10_001),
        ];
        assert_eq!(left, expected);
    }

    #[test]
    fn an_endpoint_has_a_name_even_if_the_repository_has_a_long_one() {
        let [first, other] = hook_endpoint_names(&"x".repeat(63));
        assert_eq!((first.len(), other.len()), (63, 63));
        assert_eq!(hook_endpoint_names("web"), ["web", "hook-web"]);
    }

    #[test]
    fn secrets_are_random_and_of_their_kind() {
        let (one, other) = (
            new_secret(SecretKind::Hmac).unwrap(),
            new_secret(SecretKind::Hmac).unwrap(),
        );
        assert_ne!(one.expose(), other.expose());
        assert_eq!(one.expose().len(), 64);
        let signing = new_secret(SecretKind::Signing).unwrap();
        assert!(signing.expose().starts_with(b"whsec_"));
    }
}
