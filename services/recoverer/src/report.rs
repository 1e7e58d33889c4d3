//! Publishes a move that no webhook told, as the webhook would have: the same subject, fact and ids.

pub(crate) mod repository;

use std::time::Duration;

use sluice_bus::{Bus, Outgoing, consume::Failure};
use sluice_events::{
    Envelope, Fact, MessageId, RefIdentity, Subject, Timestamp, Weight, from_json, ref_filter,
    ref_subject, to_json,
    v1::{
        Provenance, RefChange, RefEvent, RefKind, Repository, Trust, Verification,
        VerificationMethod,
    },
};
use sluice_git::RefName;
use sluice_repositories::Registered;

use crate::gaps::Move;

/// The stream of Git events.
pub(crate) const GIT: &str = "SLUICE_GIT";

/// How long a publish may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Publishes it. `head` is the short name of the default branch. Gives whether it was news.
pub(crate) async fn publish(
    bus: &Bus,
    registered: &Registered,
    host_id: &str,
    head: &str,
    moved: &Move,
) -> Result<bool, Failure> {
    let recovered = Recovered::of(registered, host_id, head, moved);
    let id = MessageId::of_event(&recovered.fact, Weight::Proof);
    let outgoing = recovered.outgoing(id.clone())?;
    let stored = bus.publish(outgoing, PATIENCE).await;
    if !stored.map_err(retry)?.duplicate {
        return Ok(true);
    }
    // The fact stands there: this very move, told just now, or the same one that came true before the ref went back.
    let filter = ref_filter(registered.address(), recovered.kind, &recovered.name);
    let last = bus.last_message(GIT, &filter).await;
    let Some(last) = last.map_err(retry)? else {
        return Ok(false);
    };
    let last_told: Option<RefEvent> = from_json(&last.payload).ok();
    let to = moved.to.map(|oid| oid.to_string());
    if last_told.is_none_or(|told| told.after == to) {
        return Ok(false);
    }
    let again = recovered.outgoing(id.again(last.sequence))?;
    let stored = bus.publish(again, PATIENCE).await;
    Ok(!stored.map_err(retry)?.duplicate)
}

/// The event of a move that no webhook told.
struct Recovered {
    kind: RefKind,
    /// The ref's full name.
    name: String,
    subject: Subject,
    fact: Fact,
    project: String,
    event: RefEvent,
}

impl Recovered {
    fn of(registered: &Registered, host_id: &str, head: &str, moved: &Move) -> Self {
        let repository = Repository {
            default_branch: head.to_owned(),
            ..registered.told(host_id)
        };
        let kind = kind(&moved.name);
        let change = match (moved.from, moved.to) {
            (None, _) => RefChange::Created,
            (_, None) => RefChange::Deleted,
            _ => RefChange::Updated,
        };
        let [before, after] = [moved.from, moved.to].map(|oid| oid.map(|oid| oid.to_string()));
        let name = moved.name.lossy().into_owned();
        let identity = RefIdentity {
            kind,
            full_ref: moved.name.as_bytes(),
            before: before
                .as_deref()
                .filter(|_| change != RefChange::Deleted || names_before(registered)),
            after: after.as_deref(),
            change,
        };
        let fact = Fact::of_ref(&registered.host.name, &repository.host_id, identity);
        let subject = ref_subject(registered.address(), kind, change, &name, head);
        let event = RefEvent {
            provenance: Some(provenance()),
            repository: Some(repository),
            r#ref: name.clone(),
            ref_raw: moved.name.raw().to_vec().into(),
            kind: kind.into(),
            change: change.into(),
            before,
            after,
            ..RefEvent::default()
        };
        Self {
            kind,
            name,
            subject,
            fact,
            project: registered.record.project.clone(),
            event,
        }
    }

    fn outgoing(&self, id: MessageId) -> Result<Outgoing, Failure> {
        let event_id = MessageId::of(&[b"recovered", id.as_str().as_bytes()]);
        let repository = self.event.repository.as_ref();
        let envelope = Envelope {
            id: event_id.as_str().to_owned(),
            source: repository
                .map(|repository| repository.web_url.clone())
                .unwrap_or_default(),
            event_type: self.subject.event_type(),
            subject: self.name.clone(),
            time: Timestamp::now(),
            project: self.project.clone(),
            fact: Some(self.fact.clone()),
            trust: Trust::Host,
            delivery: String::new(),
            operation: String::new(),
        };
        let payload = to_json(&self.event).map_err(retry)?;
        Ok(Outgoing::event(&self.subject, &envelope, id, payload))
    }
}

/// How what was read from the host came to be known.
fn provenance() -> Provenance {
    Provenance {
        received_at: Some(Timestamp::now()),
        verification: Some(Verification {
            method: VerificationMethod::HostApi.into(),
            trust: Trust::Host.into(),
            ..Verification::default()
        }),
        recovered: true,
        ..Provenance::default()
    }
}

fn retry(error: impl std::fmt::Display) -> Failure {
    Failure::Retry(error.to_string())
}

/// Whether webhooks of this host name what a deleted ref pointed to: then the fact does, too.
fn names_before(registered: &Registered) -> bool {
    sluice_providers::provider(&registered.host.provider)
        .is_some_and(|provider| provider.deletions_name_before())
}

fn kind(name: &RefName) -> RefKind {
    match name.as_bytes().starts_with(b"refs/tags/") {
        true => RefKind::Tag,
        false => RefKind::Branch,
    }
}
