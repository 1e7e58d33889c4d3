//! The endpoint of a webhook, with its secrets.

use std::sync::Arc;

use sluice_bus::{Bus, Records, Versioned};
use sluice_declared::{Author, Declared};
use sluice_events::{
    Timestamp,
    v1::{self, ConnectionProblemKind, EndpointState, HookTest, SecretKind},
};
use sluice_registry::{
    EndpointSpec, Kind, Manifest, Object, Outcome, Plaintext, Record, SealingKeys, Snapshot, Spec,
    Verb, accepted_beside, deletion, hook_endpoint, hook_endpoint_names, hook_endpoint_with, keys,
    plan,
};

use crate::{SERVICE, fault::Fault, whose::Whose};

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
    /// The ids and values of new secrets. One of them will be in force.
    secrets: Vec<(String, SecretKind, Plaintext)>,
}

impl Prepared {
    /// The address that a host is given.
    pub(crate) fn address(&self, base: &str) -> String {
        address(base, &self.record.id, self.mark())
    }

    /// What makes its address another one than that of every other try.
    pub(crate) fn mark(&self) -> &str {
        let first = self.secrets.first();
        first.map_or("", |(id, ..)| id.rsplit('-').next().unwrap_or_default())
    }

    /// Version of the new secret, where the host has no choice.
    pub(crate) fn only_version(&self) -> Option<u64> {
        match self.secrets.as_slice() {
            [(_, kind, _)] => Some(self.version_of(*kind)),
            _ => None,
        }
    }

    /// The new secrets, of which a host takes one.
    pub(crate) fn candidates(&self) -> Vec<(SecretKind, Plaintext)> {
        let secrets = self.secrets.iter();
        secrets
            .map(|(_, kind, value)| (*kind, value.clone()))
            .collect()
    }

    fn is_new(&self, id: &str) -> bool {
        self.secrets.iter().any(|(new, ..)| new == id)
    }

    /// Whether its secrets stand as they should once the host has taken the one of this kind: so it is with most that are
    /// made for the first time.
    fn is_settled(&self, taken: Option<SecretKind>, in_force: Option<u64>) -> bool {
        let mut secrets = self.record.secrets.iter();
        secrets.all(|secret| match self.is_new(&secret.id) {
            true => Some(secret.kind()) == taken && secret.accept_until.is_none(),
            false => (Some(secret.version) == in_force) == secret.accept_until.is_none(),
        })
    }

    /// Version of a new secret of that kind.
    pub(crate) fn version_of(&self, kind: SecretKind) -> u64 {
        let mut listed = self.record.secrets.iter();
        listed
            .find(|secret| secret.kind() == kind && self.is_new(&secret.id))
            .map_or(0, |secret| secret.version)
    }
}

/// The address of a webhook at an endpoint with this id. What follows the question mark says nothing to us; it makes every
/// webhook another one for hosts that take no two of the same address, so that a new one is there before the old one goes.
pub(crate) fn address(base: &str, id: &str, mark: &str) -> String {
    format!("{base}/hooks/{id}?hook={mark}")
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

    /// The endpoint that was made for a webhook, if there is one.
    pub(crate) async fn made_for(
        &self,
        whose: Whose<'_>,
    ) -> Result<Option<Versioned<v1::Endpoint>>, Fault> {
        let of = whose.hook_for();
        for name in hook_endpoint_names(of.name()) {
            let found = self.named(of.project(), &name).await?;
            if let Some(found) = found.filter(|found| of.has(&found.record)) {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// The endpoint of that name, whoever made it.
    pub(crate) async fn named(
        &self,
        project: &str,
        name: &str,
    ) -> Result<Option<Versioned<v1::Endpoint>>, Fault> {
        Ok(self.records.get(&keys::endpoint(project, name)).await?)
    }

    /// What gateways have learnt of an endpoint.
    pub(crate) async fn state_of(
        &self,
        endpoint: &v1::Endpoint,
    ) -> Result<Option<EndpointState>, Fault> {
        let key = keys::endpoint(&endpoint.project, &endpoint.name);
        Ok(self.states.get(&key).await?.map(|state| state.record))
    }

    /// Makes it, or gives it new secrets. The one of the version by which the host proves itself today goes on until the
    /// host has taken another.
    pub(crate) async fn prepare(
        &self,
        whose: Whose<'_>,
        kinds: &[SecretKind],
        in_force: Option<u64>,
    ) -> Result<Prepared, Fault> {
        let existing = self.made_for(whose).await?;
        let name = match &existing {
            Some(existing) => existing.record.name.clone(),
            None => self.free_name(whose).await?,
        };
        let existing_record = existing.as_ref().map(|existing| &existing.record);
        let of = whose.hook_for();
        let now = Timestamp::now();
        let made = hook_endpoint(of, &name, existing_record, kinds, in_force, now)?;
        let record = self.declare(whose, existing, made.spec).await?;
        Ok(Prepared {
            record,
            secrets: made.secrets,
        })
    }

    /// Keeps of the new secrets only the one of the kind that the host has taken, which is in force from now on. `None`: it
    /// has taken none, and the one of the version that was in force goes on. Of the others stays what may still come by them.
    pub(crate) async fn settle(
        &self,
        whose: Whose<'_>,
        prepared: &Prepared,
        taken: Option<SecretKind>,
        before: Option<u64>,
    ) -> Result<(), Fault> {
        let in_force = taken.map(|kind| prepared.version_of(kind)).or(before);
        if prepared.is_settled(taken, in_force) {
            return Ok(());
        }
        let existing = self.made_for(whose).await?;
        let secrets = existing.as_ref().map_or(&[][..], |old| &old.record.secrets);
        let stays =
            |secret: &&v1::HookSecret| Some(secret.kind()) == taken || !prepared.is_new(&secret.id);
        let staying = secrets.iter().filter(stays);
        let specs = accepted_beside(staying, in_force, Timestamp::now());
        // None at all cannot be declared. What nobody has proves nothing, and goes with the next.
        if specs.is_empty() {
            return Ok(());
        }
        let record = existing.as_ref().map(|existing| &existing.record);
        let spec = hook_endpoint_with(whose.hook_for(), &prepared.record.name, record, specs);
        self.declare(whose, existing, spec).await?;
        Ok(())
    }

    /// Notes that a test is awaited; `None`: not any more.
    pub(crate) async fn await_test(
        &self,
        whose: Whose<'_>,
        test: Option<HookTest>,
    ) -> Result<(), Fault> {
        let Some(found) = self.made_for(whose).await? else {
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
        whose: Whose<'_>,
        endpoint: &str,
        version: u64,
    ) -> Result<bool, Fault> {
        let key = keys::endpoint(whose.hook_for().project(), endpoint);
        let state = self.states.get(&key).await?;
        Ok(state.is_some_and(|state| state.record.secret_version == version))
    }

    /// Deletes it with its secrets and what was learnt of it.
    pub(crate) async fn delete(&self, whose: Whose<'_>) -> Result<(), Fault> {
        let Some(found) = self.made_for(whose).await? else {
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

    async fn free_name(&self, whose: Whose<'_>) -> Result<String, Fault> {
        let of = whose.hook_for();
        let names = hook_endpoint_names(of.name());
        for name in &names {
            if self.named(of.project(), name).await?.is_none() {
                return Ok(name.clone());
            }
        }
        Err(Fault::mend(
            ConnectionProblemKind::Settings,
            format!("other endpoints have the names `{}`", names.join("` and `")),
            "delete one of them, or take another name for this",
        ))
    }

    /// Writes the endpoint with these secrets, and returns its record.
    async fn declare(
        &self,
        whose: Whose<'_>,
        existing: Option<Versioned<v1::Endpoint>>,
        spec: EndpointSpec,
    ) -> Result<v1::Endpoint, Fault> {
        let key = keys::endpoint(&spec.project, &spec.name);
        let project = v1::Project {
            name: spec.project.clone(),
            ..v1::Project::default()
        };
        let revision = existing.as_ref().map(|existing| existing.revision);
        let existing = existing.map(|existing| Record::Endpoint(existing.record));
        // All that the rules of endpoints look at.
        let snapshot: Snapshot = [Record::Project(project), Record::Host(whose.host().clone())]
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
