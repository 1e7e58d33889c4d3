//! From what a delivery says to the event on the bus.

mod moves;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sluice_bus::{Outgoing, Stored};
use sluice_events::{
    Address, Envelope, Fact, MessageId, Subject, Weight, ref_subject, to_json,
    v1::{ChangeAction, EventReference, Repository},
};
use sluice_providers::{Happening, Observation, fact_of};

pub(crate) use moves::Move;

use crate::{bind, delivery::Delivery, endpoints::Endpoint};

/// What stays as it is in the path of a web address.
const PATH: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~')
    .remove(b'/');

/// An event, ready to be told.
#[derive(Clone)]
pub(crate) struct Event {
    pub(crate) subject: Subject,
    pub(crate) fact: Fact,
    pub(crate) weight: Weight,
    pub(crate) outgoing: Outgoing,
    pub(crate) id: String,
    /// What it moves; `None` if it moves nothing that could come back.
    pub(crate) moves: Option<Move>,
    /// Where the line of its delivery stands in the ledger.
    pub(crate) ledger: Address,
    /// Its subject under the name that the repository had before, where it is told under that, too.
    old: Option<Subject>,
}

impl Event {
    /// Its kind in metrics: bounded, since it comes from our own words.
    pub(crate) fn kind(&self) -> String {
        format!("{}.{}", self.subject.name, self.subject.action)
    }

    /// The event, and the same under the repository's old name if it has another now. The old one comes second: there it
    /// is looked for whether it has come true again, and a first half must not look like the whole.
    pub(crate) fn everywhere(mut self) -> Vec<Self> {
        let Some(old) = self.old.take() else {
            return vec![self];
        };
        let mut there = self.clone();
        there.outgoing.subject = old.to_string();
        there.outgoing.id = there.outgoing.id.map(|id| id.under_old_name());
        there.subject = old;
        vec![self, there]
    }

    /// Where it stands.
    pub(crate) fn reference(&self, place: &Stored) -> EventReference {
        EventReference {
            id: self.id.clone(),
            fact: self.fact.as_str().to_owned(),
            subject: self.subject.to_string(),
            stream: place.stream.clone(),
            sequence: place.sequence,
        }
    }
}

/// Makes the event of one happening.
pub(crate) fn compose(
    delivery: &Delivery<'_>,
    observation: &Observation,
    happening: &Happening,
) -> Result<Event, serde_json::Error> {
    let endpoint = delivery.endpoint;
    let fact = fact_of(
        endpoint.provider,
        &endpoint.host.name,
        observation,
        happening,
        delivery.verified.payload(),
    );
    let address = address(endpoint, observation);
    let provenance = Some(delivery.provenance(Some(observation)));
    let repository = repository(endpoint, observation);
    let default_branch = repository
        .as_ref()
        .map(|repository| repository.default_branch.clone())
        .unwrap_or_default();
    let source = repository.as_ref().map_or_else(
        || endpoint.host.url.clone(),
        |repository| repository.web_url.clone(),
    );
    let git = |name: &str, action: &str| Subject::new("git", address.clone(), name, action);
    let (mut moves, mut old) = (None, None);
    let (subject, about, payload) = match happening {
        Happening::Ref(event) => {
            let mut event = event.as_ref().clone();
            (event.provenance, event.repository) = (provenance, repository);
            let subject = ref_subject(
                address.clone(),
                event.kind(),
                event.change(),
                &event.r#ref,
                &default_branch,
            );
            moves = Some(Move::of_ref(
                &event,
                observation.occurred_at,
                address.clone(),
            ));
            (subject, event.r#ref.clone(), to_json(&event)?)
        }
        Happening::Change(event) => {
            let mut event = event.as_ref().clone();
            (event.provenance, event.repository) = (provenance, repository);
            event.web_url = web_address(&endpoint.host.url, &event.web_url);
            let action = match event.action() {
                ChangeAction::Opened => "opened",
                ChangeAction::Closed => "closed",
                ChangeAction::Merged => "merged",
                ChangeAction::Reopened => "reopened",
                ChangeAction::Updated | ChangeAction::Unspecified => "updated",
            };
            (
                git("change", action),
                event.number.to_string(),
                to_json(&event)?,
            )
        }
        Happening::Repository(event) => {
            let mut event = event.as_ref().clone();
            (event.provenance, event.repository) = (provenance, repository);
            let before = event
                .old_name()
                .filter(|name| bind::may_tell_under(&endpoint.record, observation, name))
                .map(|name| Address::of(&address.project, &address.host, name));
            let told_at = before.clone().unwrap_or_else(|| address.clone());
            moves = Move::of_repository(&event, told_at);
            old = before.map(|before| event.subject_at(before));
            (
                event.subject_at(address.clone()),
                String::new(),
                to_json(&event)?,
            )
        }
        Happening::Ping(event) => {
            let mut event = event.clone();
            (event.provenance, event.repository) = (provenance, repository);
            (git("ping", "received"), String::new(), to_json(&event)?)
        }
        Happening::Other(event) => {
            let mut event = event.clone();
            (event.provenance, event.repository) = (provenance, repository);
            (git("other", "received"), String::new(), to_json(&event)?)
        }
    };
    let trust = delivery.verified.verification().trust();
    let id = delivery.event_id(fact.as_str());
    let envelope = Envelope {
        id: id.clone(),
        source,
        event_type: subject.event_type(),
        subject: about,
        time: observation
            .occurred_at
            .unwrap_or(delivery.verified.received_at()),
        project: endpoint.record.project.clone(),
        fact: Some(fact.clone()),
        trust,
        delivery: delivery.id().to_owned(),
        operation: String::new(),
    };
    let weight = Weight::from(trust);
    let outgoing = Outgoing::event(
        &subject,
        &envelope,
        MessageId::of_event(&fact, weight),
        payload,
    );
    Ok(Event {
        subject,
        fact,
        weight,
        outgoing,
        id,
        moves,
        ledger: address,
        old,
    })
}

/// Where in the subjects an observation belongs.
pub(crate) fn address(endpoint: &Endpoint, observation: &Observation) -> Address {
    let name = observation
        .repository
        .as_ref()
        .map_or(&observation.owner, |repository| &repository.full_name);
    Address::of(&endpoint.record.project, &endpoint.host.name, name)
}

/// The repository with the addresses of the registered host.
pub(crate) fn repository(endpoint: &Endpoint, observation: &Observation) -> Option<Repository> {
    let observed = observation.repository.as_ref()?;
    let web_url = web_address(&endpoint.host.url, &format!("/{}", observed.full_name));
    Some(Repository {
        host: endpoint.host.name.clone(),
        provider: endpoint.provider.name().into(),
        host_id: observed.host_id.clone(),
        full_name: observed.full_name.clone(),
        clone_url: format!("{web_url}.git"),
        web_url,
        default_branch: observed.default_branch.clone(),
        visibility: observed.visibility.into(),
    })
}

/// An address below a host's. A path that would lead out of its place is left out.
fn web_address(host: &str, path: &str) -> String {
    let strays = path
        .split('/')
        .any(|segment| segment == "." || segment == "..");
    if strays {
        host.to_owned()
    } else {
        format!("{host}{}", utf8_percent_encode(path, PATH))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_stay_below_their_host() {
        // XW13
        let host = "https://git.example";
        assert_eq!(
            web_address(host, "/acme/web"),
            "https://git.example/acme/web"
        );
        assert_eq!(
            web_address(host, "/acme/a b?c#d@e"),
            "https://git.example/acme/a%20b%3Fc%23d%40e"
        );
        assert_eq!(web_address(host, "/../evil"), host);
    }
}
