//! The endpoint of a repository's webhook, with its secrets.

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::STANDARD};
use sluice_bus::{Bus, Records, Versioned};
use sluice_declared::{Author, Declared};
use sluice_events::{
    Timestamp,
    v1::{self, ConnectionProblemKind, EndpointState, HookTest, SecretKind, scope::Of},
};
use sluice_registry::{
    EndpointSpec, Kind, Manifest, Object, Outcome, Plaintext, Record, SealingKeys, SecretSpec,
    Snapshot, Source, Spec, Verb, deletion, keys, plan,
};
use sluice_repositories::Registered;

use crate::{SERVICE, fault::Fault};

/// How long a replaced secret is still accepted, in seconds: for what the host has sent already.
const GRACE: i64 = 60 * 60;

/// Longest name of an endpoint.
const MAX_NAME: usize = 63;

/// The endpoints of webhooks.
pub(crate) struct Endpoints {
    bus: Bus,
    records: Records<v1::Endpoint>,
    states: Records<EndpointState>,
    sealing: SealingKeys,
}

/// An endpoint that is ready for a webhook which is not there yet.
pub(crate) struct Prepared {
    pub(crate) record: v1::Endpoint,
    /// The new secrets. One of them will be in force.
    pub(crate) secrets: Vec<(SecretKind, Plaintext)>,
    /// Their ids.
    made: Vec<String>,
}

impl Prepared {
    /// The address that a host is given. What follows the question mark says nothing to us; it makes every webhook
    /// another one for hosts that take no two of the same address, so that a new one is there before the old one goes.
    pub(crate) fn address(&self, base: &str) -> String {
        let made = self
            .made
            .first()
            .map_or("", |id| id.rsplit('-').next().unwrap_or_default());
        format!("{base}/hooks/{}?hook={made}", self.record.id)
    }

    /// Version of a new secret of that kind.
    pub(crate) fn version_of(&self, kind: SecretKind) -> u64 {
        let mut listed = self.record.secrets.iter();
        listed
            .find(|secret| secret.kind() == kind && self.made.contains(&secret.id))
            .map_or(0, |secret| secret.version)
    }
}

impl Endpoints {
    pub(crate) fn of(bus: &Bus, sealing: SealingKeys) -> Self {
        Self {
            bus: bus.clone(),
            records: Records::new(bus, keys::ENDPOINTS),
            states: Records::new(bus, keys::ENDPOINT_STATE),
            sealing,
        }
    }

    pub(crate) fn watch_states(&self) -> sluice_bus::Watch<EndpointState> {
        self.states.watch()
    }

    /// The endpoint that was made for a repository, if there is one.
    pub(crate) async fn made_for(
        &self,
        registered: &Registered,
    ) -> Result<Option<Versioned<v1::Endpoint>>, Fault> {
        for name in names(&registered.record.name) {
            let key = keys::endpoint(&registered.record.project, &name);
            let found = self.records.get(&key).await?;
            let ours =
                |found: &Versioned<v1::Endpoint>| found.record.repository == registered.record.name;
            if let Some(found) = found.filter(ours) {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// Makes it, or gives it new secrets; those that it has are accepted for a while beside them.
    pub(crate) async fn prepare(
        &self,
        registered: &Registered,
        kinds: &[SecretKind],
    ) -> Result<Prepared, Fault> {
        let existing = self.made_for(registered).await?;
        let name = match &existing {
            Some(existing) => existing.record.name.clone(),
            None => self.free_name(registered).await?,
        };
        let now = Timestamp::now();
        let (mut specs, mut secrets, mut made) = (Vec::new(), Vec::new(), Vec::new());
        for kind in kinds {
            let value = new_secret(*kind)?;
            let id = format!(
                "{}-{}",
                sluice_registry::SECRET_KINDS.word(*kind),
                stamp(now)
            );
            made.push(id.clone());
            secrets.push((*kind, value.clone()));
            specs.push(SecretSpec {
                id,
                kind: *kind,
                source: Source::Value(value),
                accept_until: None,
            });
        }
        let old = existing.as_ref().map_or(&[][..], |old| &old.record.secrets);
        specs.extend(still_accepted(old, now));
        let record = self.declare(registered, &name, existing, specs).await?;
        Ok(Prepared {
            record,
            secrets,
            made,
        })
    }

    /// Keeps of the new secrets only the one that the host has taken.
    pub(crate) async fn settle(
        &self,
        registered: &Registered,
        prepared: &Prepared,
        in_force: SecretKind,
    ) -> Result<(), Fault> {
        if prepared.made.len() < 2 {
            return Ok(());
        }
        let existing = self.made_for(registered).await?;
        let secrets = existing.as_ref().map_or(&[][..], |old| &old.record.secrets);
        let stays = |secret: &&v1::HookSecret| {
            secret.kind() == in_force || !prepared.made.contains(&secret.id)
        };
        let specs = secrets.iter().filter(stays).map(kept).collect();
        let name = prepared.record.name.clone();
        self.declare(registered, &name, existing, specs).await?;
        Ok(())
    }

    /// Notes that a test is awaited; `None`: not any more.
    pub(crate) async fn await_test(
        &self,
        registered: &Registered,
        test: Option<HookTest>,
    ) -> Result<(), Fault> {
        let Some(found) = self.made_for(registered).await? else {
            return Ok(());
        };
        let record = v1::Endpoint {
            test,
            ..found.record
        };
        let put = self.records.put(&found.key, &record, Some(found.revision));
        put.await?;
        Ok(())
    }

    /// Whether something has come that was proved by that version of a secret.
    pub(crate) async fn is_proved(
        &self,
        registered: &Registered,
        endpoint: &str,
        version: u64,
    ) -> Result<bool, Fault> {
        let key = keys::endpoint(&registered.record.project, endpoint);
        let state = self.states.get(&key).await?;
        Ok(state.is_some_and(|state| state.record.secret_version == version))
    }

    /// Deletes it with its secrets and what was learnt of it.
    pub(crate) async fn delete(&self, registered: &Registered) -> Result<(), Fault> {
        let Some(found) = self.made_for(registered).await? else {
            return Ok(());
        };
        let endpoint = &found.record;
        let object = Object::new(Kind::Endpoint, &endpoint.project, &endpoint.name);
        let snapshot: Snapshot = [Record::Endpoint(endpoint.clone())].into_iter().collect();
        let steps = deletion(&object, &snapshot)?;
        let outcome = Outcome {
            object,
            verb: Verb::Unchanged,
            steps,
        };
        let revision = ((keys::ENDPOINTS, found.key.clone()), found.revision);
        self.carry_out("delete", snapshot, [revision], vec![outcome])
            .await
    }

    async fn free_name(&self, registered: &Registered) -> Result<String, Fault> {
        let names = names(&registered.record.name);
        for name in &names {
            let key = keys::endpoint(&registered.record.project, name);
            if self.records.get(&key).await?.is_none() {
                return Ok(name.clone());
            }
        }
        Err(Fault::mend(
            ConnectionProblemKind::Settings,
            format!("other endpoints have the names `{}`", names.join("` and `")),
            "delete one of them, or give the repository another name",
        ))
    }

    /// Writes the endpoint with these secrets, and returns its record.
    async fn declare(
        &self,
        registered: &Registered,
        name: &str,
        existing: Option<Versioned<v1::Endpoint>>,
        secrets: Vec<SecretSpec>,
    ) -> Result<v1::Endpoint, Fault> {
        let repository = &registered.record;
        let spec = EndpointSpec {
            project: repository.project.clone(),
            name: name.to_owned(),
            id: None,
            host: repository.host.clone(),
            scope: Some(Of::Repository(repository.full_name.clone())),
            secrets,
            disabled: false,
            repository: repository.name.clone(),
            repository_host_id: repository.host_id.clone(),
            set: existing
                .as_ref()
                .map_or_else(String::new, |existing| existing.record.set.clone()),
        };
        let project = v1::Project {
            name: repository.project.clone(),
            ..v1::Project::default()
        };
        let revision = existing.as_ref().map(|existing| existing.revision);
        let existing = existing.map(|existing| Record::Endpoint(existing.record));
        // All that the rules of endpoints look at.
        let snapshot: Snapshot = [
            Record::Project(project),
            Record::Host(registered.host.clone()),
        ]
        .into_iter()
        .chain(existing)
        .collect();
        let manifest = Manifest {
            line: 0,
            spec: Spec::Endpoint(spec),
        };
        let planned = plan(&[manifest], &snapshot, &self.sealing, Timestamp::now());
        let planned = planned.map_err(|problems| {
            let remedy = "check the public key of webhook secrets, and the host's kind";
            Fault::mend(
                ConnectionProblemKind::Settings,
                problems.to_string(),
                remedy,
            )
        })?;
        let key = keys::endpoint(&repository.project, name);
        let revisions = revision.map(|revision| ((keys::ENDPOINTS, key.clone()), revision));
        self.carry_out("apply", snapshot, revisions, planned.outcomes)
            .await?;
        let written = self.records.get(&key).await?;
        written
            .map(|written| written.record)
            .ok_or_else(|| Fault::Bus("the endpoint is gone again".to_owned()))
    }

    /// Writes what was planned, in the connector's own name.
    async fn carry_out(
        &self,
        action: &str,
        snapshot: Snapshot,
        revisions: impl IntoIterator<Item = ((&'static str, String), u64)>,
        outcomes: Vec<Outcome>,
    ) -> Result<(), Fault> {
        let author = Author::new(SERVICE.name, SERVICE.name);
        let author = author.map_err(|error| Fault::Bus(format!("no randomness: {error}")))?;
        let (snapshot, revisions) = (Arc::new(snapshot), revisions.into_iter().collect());
        let declared = Declared::of(&self.bus, snapshot, Arc::new(revisions));
        for outcome in outcomes {
            let done = declared.carry_out(&author, action, &outcome.object, outcome.steps);
            done.await.map_err(|error| Fault::Bus(error.to_string()))?;
        }
        Ok(())
    }
}

/// What an endpoint for a repository may be called.
fn names(repository: &str) -> [String; 2] {
    let mut other = format!("hook-{repository}");
    other.truncate(MAX_NAME);
    let other = other.trim_end_matches('-').to_owned();
    [repository.to_owned(), other]
}

fn kept(secret: &v1::HookSecret) -> SecretSpec {
    SecretSpec {
        id: secret.id.clone(),
        kind: secret.kind(),
        source: Source::Kept,
        accept_until: secret.accept_until,
    }
}

/// The secrets that were in force, for a while; what is over already goes.
fn still_accepted(secrets: &[v1::HookSecret], now: Timestamp) -> Vec<SecretSpec> {
    let end = Timestamp {
        seconds: now.seconds + GRACE,
        nanos: 0,
    };
    let until = |secret: &v1::HookSecret| secret.accept_until.map_or(end, |until| until.min(end));
    let secrets = secrets.iter().filter(|secret| until(secret) > now);
    secrets
        .map(|secret| SecretSpec {
            accept_until: Some(until(secret)),
            ..kept(secret)
        })
        .collect()
}

/// What tells secrets of different times apart.
fn stamp(now: Timestamp) -> String {
    format!("{:x}{:x}", now.seconds, now.nanos)
}

/// A secret of 256 random bits, written as its kind is.
fn new_secret(kind: SecretKind) -> Result<Plaintext, Fault> {
    let mut bits = [0; 32];
    getrandom::fill(&mut bits).map_err(|error| Fault::Bus(format!("no randomness: {error}")))?;
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
            .into_iter()
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
        let [first, other] = names(&"x".repeat(63));
        assert_eq!((first.len(), other.len()), (63, 63));
        assert_eq!(names("web"), ["web", "hook-web"]);
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
