//! The endpoint of a webhook that is ours: what it is called, and the secrets that it gets.

use base64::{Engine, engine::general_purpose::STANDARD};
use sluice_events::{
    Timestamp,
    v1::{self, SecretKind, scope::Of},
};

use crate::{EndpointSpec, Plaintext, Problem, SECRET_KINDS, SecretSpec, Source};

/// How long a replaced secret is still accepted, in seconds: for what the host has sent already.
const GRACE: i64 = 60 * 60;

/// How many replaced secrets are accepted at a time, the newest: each delivery is tried against all.
const MOST_GOING: usize = 8;

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

/// The endpoint of a webhook with new secrets of these kinds. Of those that it has, the one of this version goes on, and
/// the others are accepted for a while.
///
/// # Errors
/// Only where the system has no random numbers.
pub fn hook_endpoint(
    of: HookFor<'_>,
    name: &str,
    existing: Option<&v1::Endpoint>,
    kinds: &[SecretKind],
    in_force: Option<u64>,
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
    let specs = new.chain(accepted_beside(old, in_force, now)).collect();
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

/// What becomes of secrets when the one of this version is in force: it has no end, the others go after a while, and what
/// is over already goes at once. `None`: all of them go.
pub fn accepted_beside<'s>(
    secrets: impl IntoIterator<Item = &'s v1::HookSecret>,
    in_force: Option<u64>,
    now: Timestamp,
) -> Vec<SecretSpec> {
    let end = Timestamp {
        seconds: now.seconds + GRACE,
        nanos: 0,
    };
    let (mut stays, mut goes) = (Vec::new(), Vec::new());
    for secret in secrets {
        let until = secret.accept_until.map_or(end, |until| until.min(end));
        if Some(secret.version) == in_force {
            stays.push(kept(secret, None));
        } else if until > now {
            goes.push((secret.version, kept(secret, Some(until))));
        }
    }
    goes.sort_unstable_by_key(|(version, _)| std::cmp::Reverse(*version));
    let goes = goes.into_iter().take(MOST_GOING).map(|(_, kept)| kept);
    stays.into_iter().chain(goes).collect()
}

fn kept(secret: &v1::HookSecret, accept_until: Option<Timestamp>) -> SecretSpec {
    SecretSpec {
        id: secret.id.clone(),
        kind: secret.kind(),
        source: Source::Kept,
        accept_until,
    }
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

    fn secret(version: u64, until: Option<i64>) -> v1::HookSecret {
        v1::HookSecret {
            id: format!("s{version}"),
            version,
            kind: SecretKind::Hmac.into(),
            accept_until: until.map(Timestamp::from_seconds),
            ..v1::HookSecret::default()
        }
    }

    fn left(secrets: &[v1::HookSecret], in_force: Option<u64>) -> Vec<(String, Option<i64>)> {
        let left = accepted_beside(secrets, in_force, Timestamp::from_seconds(10_000));
        let left = left.into_iter();
        left.map(|spec| (spec.id, spec.accept_until.map(|until| until.seconds)))
            .collect()
    }

    #[test]
    fn j21_replaced_secrets_are_accepted_for_a_while_and_then_go() {
        let secrets = [
            secret(3, None),
            secret(2, Some(10_001)),
            secret(1, Some(10_000)),
        ];
        let going = ("s2".to_owned(), Some(10_001));
        assert_eq!(
            left(&secrets, None),
            [("s3".into(), Some(13_600)), going.clone()]
        );
        // Until it is known that another is in force, nobody knows by what the host will prove itself.
        assert_eq!(left(&secrets, Some(3)), [("s3".into(), None), going]);
    }

    #[test]
    fn of_many_replaced_secrets_the_newest_are_accepted() {
        let secrets: Vec<_> = (1..=20).map(|version| secret(version, None)).collect();
        let left: Vec<_> = left(&secrets, Some(1))
            .into_iter()
            .map(|(id, _)| id)
            .collect();
        assert_eq!(
            (left.len(), left.first(), left.get(1)),
            (9, Some(&"s1".into()), Some(&"s20".into()))
        );
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
