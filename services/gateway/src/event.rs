//! From what a delivery says to the event on the bus.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sluice_bus::{Outgoing, Stored};
use sluice_events::{
    Address, Envelope, Fact, MessageId, Subject, Timestamp, Weight, ref_filter, ref_subject,
    to_json,
    v1::{ChangeAction, EventReference, Repository},
};
use sluice_providers::{Happening, Observation, fact_of};

use crate::{delivery::Delivery, endpoints::Endpoint};

/// What stays as it is in the path of a web address.
const PATH: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~')
    .remove(b'/');

/// An event, ready to be told.
pub(crate) struct Event {
    pub(crate) subject: Subject,
    pub(crate) fact: Fact,
    pub(crate) weight: Weight,
    pub(crate) outgoing: Outgoing,
    pub(crate) id: String,
    /// How it moves its ref; `None` if it is about no ref.
    pub(crate) moves: Option<Move>,
}

/// How an event moves a ref.
pub(crate) struct Move {
    /// Where the ref was before; `None` if it was not there or nobody says.
    pub(crate) before: Option<String>,
    /// Where the ref is now; `None` if it is gone.
    pub(crate) after: Option<String>,
    /// When the host says that it moved; `None` if it does not say.
    pub(crate) occurred_at: Option<Timestamp>,
    /// Every event about this ref.
    pub(crate) filter: String,
}

impl Event {
    /// Its kind in metrics: bounded, since it comes from our own words.
    pub(crate) fn kind(&self) -> String {
        format!("{}.{}", self.subject.name, self.subject.action)
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
    let mut moves = None;
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
            let filter = ref_filter(address.clone(), event.kind(), &event.r#ref);
            moves = Some(Move {
                before: event.before.clone(),
                after: event.after.clone(),
                occurred_at: observation.occurred_at,
                filter,
            });
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
