//! What a gateway tells of a ref, said without one.

use std::time::Duration;

use sluice_bus::{Bus, Outgoing};
use sluice_events::{
    Address, Envelope, Fact, MessageId, RefIdentity, Timestamp, ref_subject, to_json,
    v1::{self, Actor, Provenance, RefChange, RefEvent, RefKind, Trust, Verification},
};

/// A move of a ref that the gateway is to tell of.
#[derive(Debug, Clone)]
pub struct Moved<'a> {
    /// Name of the host.
    pub host: &'a str,
    /// Its id of the repository.
    pub host_id: &'a str,
    /// Full name of the repository.
    pub repository: &'a str,
    /// Full name of the ref.
    pub name: &'a str,
    /// Where it was.
    pub before: Option<&'a str>,
    /// Where it is.
    pub after: Option<&'a str>,
    /// How much it proves.
    pub trust: Trust,
}

/// A signed push to a branch or a tag of a repository.
pub fn moved<'a>(
    host: &'a str,
    repository: &'a str,
    name: &'a str,
    before: Option<&'a str>,
    after: Option<&'a str>,
) -> Moved<'a> {
    Moved {
        host,
        host_id: "42",
        repository,
        name,
        before,
        after,
        trust: Trust::Signed,
    }
}

impl Moved<'_> {
    /// Has it told, by the user `gateway`, and gives the event's id.
    pub async fn tell(&self, gateway: &Bus) -> String {
        let kind = match self.name.starts_with("refs/tags/") {
            true => RefKind::Tag,
            false => RefKind::Branch,
        };
        let change = match (self.before, self.after) {
            (None, _) => RefChange::Created,
            (_, None) => RefChange::Deleted,
            _ => RefChange::Updated,
        };
        let identity = RefIdentity {
            kind,
            full_ref: self.name.as_bytes(),
            before: self.before,
            after: self.after,
            change,
        };
        let fact = Fact::of_ref(self.host, self.host_id, identity);
        let address = Address::of("default", self.host, self.repository);
        let subject = ref_subject(address, kind, change, self.name, "main");
        let now = Timestamp::now();
        let event = RefEvent {
            r#ref: self.name.into(),
            kind: kind.into(),
            change: change.into(),
            before: self.before.map(Into::into),
            after: self.after.map(Into::into),
            actor: Some(Actor {
                login: "octocat".into(),
                ..Default::default()
            }),
            repository: Some(v1::Repository {
                host: self.host.into(),
                host_id: self.host_id.into(),
                full_name: self.repository.into(),
                default_branch: "main".into(),
                ..Default::default()
            }),
            provenance: Some(Provenance {
                received_at: Some(now),
                verification: Some(Verification {
                    trust: self.trust.into(),
                    ..Default::default()
                }),
                ..Default::default()
            }),
            ..Default::default()
        };
        // However often the same is told: each time it has happened again.
        let id = MessageId::of(&[fact.as_str().as_bytes(), now.to_string().as_bytes()]);
        let envelope = Envelope {
            id: id.as_str().to_owned(),
            source: format!("https://git.example/{}", self.repository),
            event_type: subject.event_type(),
            subject: self.name.to_owned(),
            time: now,
            project: "default".into(),
            fact: Some(fact),
            trust: self.trust,
            delivery: String::new(),
            operation: String::new(),
        };
        let message = Outgoing::event(&subject, &envelope, id, to_json(&event).unwrap());
        gateway
            .publish(message, Duration::from_secs(10))
            .await
            .unwrap();
        envelope.id
    }
}
