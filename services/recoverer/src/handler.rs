//! An event of a ref: what it says is known from now on.

use std::sync::Arc;

use sluice_bus::{
    RecordError,
    consume::{self, Advance, Failure, Received, Sink},
};
use sluice_events::{
    Subject, Timestamp, Weight,
    v1::{RefEvent, Trust},
};
use sluice_git::{Oid, RefName};

use crate::{
    gaps::{Move, Standing},
    sweep::Sweeper,
};

/// How long it is not noted again that a webhook came, in seconds.
const HEARD: i64 = 60;

/// The handler of events.
pub(crate) struct Handler(pub(crate) Arc<Sweeper>);

impl consume::Handler for Handler {
    type Event = RefEvent;

    async fn handle(
        &self,
        event: Received<RefEvent>,
        _sink: &mut Sink,
    ) -> Result<Option<Advance>, Failure> {
        let sweeper = &self.0;
        let subject = Subject::parse(&event.subject)
            .map_err(|error| Failure::Reject(format!("its subject cannot be read: {error}")))?;
        if !sweeper.repositories.is_read() {
            return Err(Failure::Retry("the repositories were not read yet".into()));
        }
        let Some(registered) = sweeper.repositories.find(&subject.address) else {
            return Ok(None);
        };
        let moved = moved(&event.data).map_err(Failure::Reject)?;
        let read = sweeper.known.read(&registered.key).await;
        let mut knowledge = read.map_err(|error: RecordError| Failure::Retry(error.to_string()))?;
        let now = Timestamp::now();
        let soon = now.plus(sweeper.limits.grace);
        let record = &mut knowledge.record;
        let mut changed = false;
        if event.envelope.trust != Trust::Host
            && record
                .heard_at
                .is_none_or(|at| now.seconds - at.seconds >= HEARD)
        {
            record.heard_at = Some(now);
            changed = true;
        }
        if Weight::from(event.envelope.trust) == Weight::Hint {
            // Nobody signed it: it only says when to look.
            if knowledge.refs.get(&moved.name).copied() != moved.to {
                knowledge.due(soon);
                changed = true;
            }
        } else {
            let told = event.data.repository.map(|repository| repository.host_id);
            if let Some(id) = told.filter(|id| !id.is_empty() && *id != record.host_id) {
                record.host_id = id;
                changed = true;
            }
            match knowledge.learn(moved) {
                Standing::Known => {}
                Standing::Follows => changed = true,
                Standing::Apart => {
                    knowledge.due(soon);
                    changed = true;
                }
            }
        }
        if changed {
            sweeper.known.advance(knowledge).await.map(Some)
        } else {
            Ok(None)
        }
    }
}

fn moved(event: &RefEvent) -> Result<Move, String> {
    let name = RefName::from_fields(&event.r#ref, &event.ref_raw);
    let place = |sha: &Option<String>| match sha {
        Some(sha) => Oid::parse(sha).map(Some).ok_or_else(|| {
            format!(
                "`{}` is no object id",
                sha.chars().take(80).collect::<String>()
            )
        }),
        None => Ok(None),
    };
    Ok(Move {
        name: name.ok_or("its ref is neither a branch nor a tag")?,
        from: place(&event.before)?,
        to: place(&event.after)?,
    })
}
