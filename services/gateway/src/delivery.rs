//! A verified delivery to an endpoint: its identity, and its line in the ledger.

use sha2::{Digest, Sha256};
use sluice_events::{
    Address, Envelope, MessageId, Subject, Timestamp,
    v1::{DeliveryOutcome, DeliveryRecord, EventReference, Provenance, Repository},
};
use sluice_providers::{Observation, Verified, bounded};

use crate::{endpoints::Endpoint, event, ledger::Line};

/// A verified delivery with what identifies it.
pub(crate) struct Delivery<'d> {
    pub(crate) endpoint: &'d Endpoint,
    pub(crate) verified: &'d Verified<'d>,
    id: String,
    body_sha256: String,
}

impl<'d> Delivery<'d> {
    pub(crate) fn new(endpoint: &'d Endpoint, verified: &'d Verified<'d>) -> Self {
        let id = bounded(&endpoint.provider.delivery_id(verified.headers()));
        Self {
            endpoint,
            verified,
            id,
            body_sha256: hex::encode(Sha256::digest(verified.body())),
        }
    }

    /// The host's id of the delivery; unsigned, and empty where there is none.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// The id of an event that this delivery tells. A repeat that the host marks as one has the same.
    pub(crate) fn event_id(&self, fact: &str) -> String {
        let told_by = if self.id.is_empty() {
            &self.body_sha256
        } else {
            &self.id
        };
        let endpoint = &self.endpoint.record;
        let parts = [
            endpoint.project.as_bytes(),
            endpoint.name.as_bytes(),
            told_by.as_bytes(),
            fact.as_bytes(),
        ];
        MessageId::of(&parts).as_str().to_owned()
    }

    /// What the ledger knows this delivery by. The body belongs to it: a delivery id is not signed, and one that
    /// somebody used before with another body must not stand for this one.
    pub(crate) fn key(&self) -> String {
        let endpoint = &self.endpoint.record;
        let parts = [
            &endpoint.project,
            &endpoint.name,
            &self.id,
            &self.body_sha256,
        ]
        .map(|part| part.as_bytes());
        MessageId::of(&parts).as_str().to_owned()
    }

    /// Where its line stands, whatever became of it.
    pub(crate) fn ledger_filter(&self, address: &Address) -> String {
        let line =
            Subject::new("delivery", address.clone(), "request", "ANY").qualified([self.key()]);
        // No encoded token is a wildcard, so it is put in afterwards.
        line.to_string().replace(".request.ANY.", ".request.*.")
    }

    /// How Sluice came to know what it tells.
    pub(crate) fn provenance(&self, observation: Option<&Observation>) -> Provenance {
        Provenance {
            occurred_at: observation.and_then(|observation| observation.occurred_at),
            received_at: Some(self.verified.received_at()),
            delivery_id: self.id.clone(),
            endpoint: self.endpoint.record.name.clone(),
            verification: Some(self.verified.verification().clone()),
            body_sha256: self.body_sha256.clone(),
            native_kind: observation
                .map(|observation| observation.native_kind.clone())
                .unwrap_or_default(),
            native_action: observation
                .map(|observation| observation.native_action.clone())
                .unwrap_or_default(),
            sample: observation.is_some_and(|observation| observation.sample),
            recovered: false,
        }
    }

    /// Its line in the ledger.
    pub(crate) fn line(
        &self,
        observation: Option<&Observation>,
        outcome: DeliveryOutcome,
        reason: &str,
        events: Vec<EventReference>,
    ) -> Line {
        let Endpoint {
            record: endpoint,
            host,
            provider,
            ..
        } = self.endpoint;
        let repository: Option<Repository> =
            observation.and_then(|observation| event::repository(self.endpoint, observation));
        let record = DeliveryRecord {
            provenance: Some(self.provenance(observation)),
            host: host.name.clone(),
            provider: provider.name().into(),
            outcome: outcome.into(),
            reason: reason.to_owned(),
            repository,
            events,
            body_bytes: self.verified.body().len() as u64,
            headers: self.recorded_headers(),
        };
        let address = observation.map_or_else(
            || Address::of(&endpoint.project, &host.name, ""),
            |observation| event::address(self.endpoint, observation),
        );
        let action = match outcome {
            DeliveryOutcome::Stored => "stored",
            DeliveryOutcome::Duplicate => "duplicate",
            DeliveryOutcome::Ignored => "ignored",
            DeliveryOutcome::Rejected | DeliveryOutcome::Unspecified => "rejected",
        };
        let subject = Subject::new("delivery", address, "request", action).qualified([self.key()]);
        let id = MessageId::of(&[action.as_bytes(), self.key().as_bytes()]);
        let envelope = Envelope {
            id: id.as_str().to_owned(),
            source: host.url.clone(),
            event_type: subject.event_type(),
            subject: String::new(),
            time: Timestamp::now(),
            project: endpoint.project.clone(),
            fact: None,
            trust: self.verified.verification().trust(),
            delivery: self.id.clone(),
            operation: String::new(),
        };
        Line {
            subject,
            envelope,
            id,
            record,
        }
    }

    /// The headers that may leave the gateway, each bounded.
    fn recorded_headers(&self) -> std::collections::BTreeMap<String, String> {
        let names = self.endpoint.provider.recorded_headers().iter();
        let values = names.map(|name| {
            (
                (*name).to_owned(),
                bounded(self.verified.headers().first(name)),
            )
        });
        values.filter(|(_, value)| !value.is_empty()).collect()
    }
}
