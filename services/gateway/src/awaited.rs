//! Tests that we have asked a host for. GitLab's is a made-up push of the default branch: while one is awaited, a push
//! that ends where its ref is known to be is that test, and no event of the ref.

use sluice_bus::{Bus, LookupError, PublishError};
use sluice_events::{
    Timestamp, from_json,
    v1::{Endpoint, PingEvent, RefEvent},
};
use sluice_providers::{Happening, Observation};
use tokio::time::Instant;

use crate::{
    delivery::Delivery,
    event::{self, Event, Move},
    identity::GIT,
};

/// Why there is no event.
pub(crate) enum Unmade {
    /// It cannot be encoded.
    Unencoded(serde_json::Error),
    /// The bus was asked where the ref is, and did not answer.
    Unknown(PublishError),
}

/// Makes the event of one happening; of an awaited test, that a ping was received.
pub(crate) async fn compose(
    bus: &Bus,
    delivery: &Delivery<'_>,
    observation: &Observation,
    happening: &Happening,
    deadline: Instant,
) -> Result<Event, Unmade> {
    let compose = |happening: &Happening| {
        event::compose(delivery, observation, happening).map_err(Unmade::Unencoded)
    };
    let event = compose(happening)?;
    let (Happening::Ref(told), Some(moves)) = (happening, &event.moves) else {
        return Ok(event);
    };
    if !may_be_test(&delivery.endpoint.record, told, Timestamp::now()) {
        return Ok(event);
    }
    let is_known = tokio::time::timeout_at(deadline, is_known(bus, moves)).await;
    let unknown = || Unmade::Unknown(PublishError::Unknown("a test could not be looked into"));
    match is_known.map_err(|_| unknown())? {
        Ok(true) => compose(&Happening::Ping(PingEvent::default())),
        Ok(false) => Ok(event),
        Err(error) => {
            tracing::warn!(%error, "an awaited test cannot be looked into");
            Err(unknown())
        }
    }
}

/// Whether a test is awaited, and would say this. Where the ref is, was read before the webhook was there: a push that
/// the webhook tells leads away from it.
fn may_be_test(endpoint: &Endpoint, told: &RefEvent, now: Timestamp) -> bool {
    endpoint.test.as_ref().is_some_and(|test| {
        test.until.is_some_and(|until| now < until)
            && !test.head.is_empty()
            && test.r#ref == told.r#ref
            && told.after.as_ref() == Some(&test.head)
    })
}

/// Whether the ref's last event, if there is one, has led to the same place: else it comes back there.
async fn is_known(bus: &Bus, moves: &Move) -> Result<bool, LookupError> {
    let last = bus.last_message(GIT, &moves.filter).await?;
    Ok(last.is_none_or(|last| {
        from_json::<RefEvent>(&last.payload).is_ok_and(|last| last.after == moves.after)
    }))
}

#[cfg(test)]
mod tests {
    use sluice_events::v1::HookTest;

    use super::*;

    #[test]
    fn only_what_an_awaited_test_would_say_may_be_one() {
        let endpoint = |until: i64, head: &str| Endpoint {
            test: Some(HookTest {
                until: Some(Timestamp::from_seconds(until)),
                r#ref: "refs/heads/main".into(),
                head: head.into(),
            }),
            ..Endpoint::default()
        };
        let push = |name: &str, after: Option<&str>| RefEvent {
            r#ref: name.into(),
            after: after.map(str::to_owned),
            ..RefEvent::default()
        };
        let now = Timestamp::from_seconds(10);
        let check = |endpoint, event| may_be_test(&endpoint, &event, now);
        assert!(check(endpoint(11, "a"), push("refs/heads/main", Some("a"))));
        assert!(!check(
            endpoint(10, "a"),
            push("refs/heads/main", Some("a"))
        ));
        assert!(!check(
            endpoint(11, "a"),
            push("refs/heads/main", Some("b"))
        ));
        assert!(!check(endpoint(11, "a"), push("refs/heads/x", Some("a"))));
        assert!(!check(endpoint(11, ""), push("refs/heads/main", None)));
        assert!(!check(
            Endpoint::default(),
            push("refs/heads/main", Some("a"))
        ));
    }
}
