//! The pushes that events tell of: where each ended, and who pushed.

use sluice_bus::{Bus, StoredMessage, consume::Failure};
use sluice_events::{
    from_json, refs_of,
    v1::{Push, RefEvent, Trust},
};
use sluice_git::{Mark, Oid, RefName};
use sluice_repositories::Registered;

/// Most pushes that are taken into account at once; of more, the newest.
const MOST: usize = 5_000;

/// What events told since the last sync.
#[derive(Debug, Default)]
pub(crate) struct Pushes {
    /// Oldest first.
    pushes: Vec<(RefName, Oid, Push)>,
    /// Sequence in `SLUICE_GIT` up to which events were read.
    pub(crate) read: u64,
}

/// Reads the events of a repository's refs that came after `read`.
pub(crate) async fn since(
    bus: &Bus,
    registered: &Registered,
    read: u64,
) -> Result<Pushes, Failure> {
    let subject = refs_of(&registered.address());
    let mut pushes = Pushes {
        read,
        ..Pushes::default()
    };
    loop {
        let messages = bus
            .read_forward("SLUICE_GIT", &subject, pushes.read + 1)
            .await;
        let messages = messages.map_err(|error| Failure::Retry(error.to_string()))?;
        let Some(last) = messages.last() else {
            return Ok(pushes);
        };
        pushes.read = last.sequence;
        pushes.pushes.extend(messages.iter().filter_map(push));
        let more = pushes.pushes.len().saturating_sub(MOST);
        pushes.pushes.drain(..more);
    }
}

impl Pushes {
    /// Where they ended.
    pub(crate) fn marks(&self) -> Vec<Mark> {
        let marks = self.pushes.iter();
        marks
            .map(|(name, oid, _)| Mark {
                name: name.clone(),
                oid: *oid,
            })
            .collect()
    }

    /// The one that ended at this mark.
    pub(crate) fn at(&self, mark: usize) -> Option<&Push> {
        self.pushes.get(mark).map(|(_, _, push)| push)
    }

    /// The newest that brought this ref there.
    pub(crate) fn that_brought(&self, name: &str, raw: &[u8], to: &str) -> Option<&Push> {
        let name = RefName::from_fields(name, raw)?;
        let oid = Oid::parse(to)?;
        let mut newest = self.pushes.iter().rev();
        newest
            .find(|(other, at, _)| *other == name && *at == oid)
            .map(|(_, _, push)| push)
    }
}

/// What cannot be read, or leads nowhere, explains nothing.
fn push(message: &StoredMessage) -> Option<(RefName, Oid, Push)> {
    let event: RefEvent = from_json(&message.payload).ok()?;
    let name = RefName::from_fields(&event.r#ref, &event.ref_raw)?;
    let oid = Oid::parse(event.after.as_deref()?)?;
    let provenance = event.provenance.unwrap_or_default();
    let trust = provenance
        .verification
        .as_ref()
        .map_or(Trust::Hint, |proof| proof.trust());
    let push = Push {
        event_id: message.header("ce-id").unwrap_or_default().to_owned(),
        fact: message
            .header("ce-sluicefact")
            .unwrap_or_default()
            .to_owned(),
        delivery_id: provenance.delivery_id,
        actor: event.actor,
        pusher: event.pusher,
        occurred_at: provenance.occurred_at,
        received_at: provenance.received_at,
        trust: trust.into(),
        recovered: provenance.recovered,
    };
    Some((name, oid, push))
}
