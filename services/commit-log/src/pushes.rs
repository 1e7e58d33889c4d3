//! Who pushed what sync found before the webhook came.
//!
//! The last event of the ref that ends where the move ends is the push, if it came about when the move was found. A hint
//! counts as well: [`Push::trust`] says what it is worth.

use std::time::Duration;

use sluice_bus::{Bus, LookupError};
use sluice_events::{
    Envelope, Timestamp, from_json, ref_qualifiers, token,
    v1::{Push, RefEvent},
};

use crate::listing::Listing;

/// An event that came so much earlier than the listing tells of another time that the ref stood there: sync had seen it.
const EARLIER: i64 = 10 * 60;

/// What is to be done about a push that nobody knows.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Missing {
    /// None is missing, or none can come.
    No,
    /// It may still come.
    MayCome,
    /// It did not come in time; it is looked for, and not waited for.
    Late,
}

/// Whether a push is missing, and whether it is waited for.
pub(crate) fn missing(listing: &Listing, now: Timestamp, grace: Duration) -> Missing {
    // The first listing is everything that was there before us.
    if listing.moved.push.is_some() || listing.generation <= 1 {
        return Missing::No;
    }
    let age = now.seconds.saturating_sub(listing.found_at.seconds);
    let age_ms = age.saturating_mul(1000)
        + i64::from(now.nanos / 1_000_000 - listing.found_at.nanos / 1_000_000);
    // A clock that is ahead makes a listing of the future, which must not wait until then.
    match u128::from(age_ms.unsigned_abs()) < grace.as_millis() {
        true => Missing::MayCome,
        false => Missing::Late,
    }
}

/// Looks for the push.
pub(crate) async fn find(bus: &Bus, listing: &Listing) -> Result<Option<Push>, LookupError> {
    let last = bus.last_message("SLUICE_GIT", &filter(listing)).await?;
    let Some(last) = last else { return Ok(None) };
    let (Ok(envelope), Ok(event)) = (last.envelope(), from_json(&last.payload)) else {
        return Ok(None);
    };
    Ok(told_by(listing, &envelope, event))
}

/// The subject of every event of a move's ref.
fn filter(listing: &Listing) -> String {
    let [_, short] = ref_qualifiers(listing.kind, &listing.moved.r#ref, "");
    format!(
        "sluice.v1.git.{}.{}.*.*.{}",
        listing.tokens,
        listing.kind_word(),
        token::encode(short)
    )
}

/// The push that an event tells of, if it is the one that moved the ref.
fn told_by(listing: &Listing, envelope: &Envelope, event: RefEvent) -> Option<Push> {
    let provenance = event.provenance.unwrap_or_default();
    let received = provenance.received_at.unwrap_or(envelope.time);
    let same_ref = event.r#ref == listing.moved.r#ref
        && (event.ref_raw.is_empty() || event.ref_raw == listing.moved.ref_raw);
    let recent = received.seconds > listing.found_at.seconds.saturating_sub(EARLIER);
    if !same_ref || !recent || provenance.sample || event.after != listing.moved.to {
        return None;
    }
    Some(Push {
        event_id: envelope.id.clone(),
        fact: envelope
            .fact
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        delivery_id: provenance.delivery_id,
        actor: event.actor,
        pusher: event.pusher,
        occurred_at: provenance.occurred_at,
        received_at: provenance.received_at,
        trust: envelope.trust.into(),
        recovered: provenance.recovered,
    })
}

#[cfg(test)]
mod tests {
    use sluice_events::{
        Fact,
        v1::{Actor, Provenance, RefKind, RefMove, Trust},
    };

    use super::*;

    const NOW: i64 = 1_000_000;

    fn listing() -> Listing {
        Listing {
            project: "default".into(),
            tokens: "default.github.acme.a=2Eb".into(),
            repository: Default::default(),
            name: "web".into(),
            generation: 2,
            kind: RefKind::Branch,
            moved: RefMove {
                r#ref: "refs/heads/x.y".into(),
                to: Some("b".into()),
                ..Default::default()
            },
            refs: Vec::new(),
            part: 0,
            commits: Vec::new(),
            found_at: Timestamp::from_seconds(NOW),
        }
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(NOW + seconds)
    }

    #[test]
    fn it_is_waited_for_while_the_listing_is_young() {
        let grace = Duration::from_secs(5);
        assert_eq!(missing(&listing(), at(4), grace), Missing::MayCome);
        assert_eq!(missing(&listing(), at(5), grace), Missing::Late);
        assert_eq!(missing(&listing(), at(-4), grace), Missing::MayCome);
        assert_eq!(
            missing(&listing(), at(-3600), grace),
            Missing::Late,
            "a clock that is wrong"
        );
    }

    #[test]
    fn none_is_missing_where_one_is_known_or_at_first_sight() {
        let mut known = listing();
        known.moved.push = Some(Push::default());
        let mut first = listing();
        first.generation = 1;
        for listing in [known, first] {
            assert_eq!(
                missing(&listing, at(0), Duration::from_secs(5)),
                Missing::No
            );
        }
    }

    #[test]
    fn events_of_the_ref_are_looked_at_whatever_they_say_of_it() {
        let filter = filter(&listing());
        assert_eq!(
            filter,
            "sluice.v1.git.default.github.acme.a=2Eb.branch.*.*.x=2Ey"
        );
    }

    fn event(change: impl FnOnce(&mut RefEvent)) -> Option<Push> {
        let mut event = RefEvent {
            r#ref: "refs/heads/x.y".into(),
            after: Some("b".into()),
            actor: Some(Actor {
                login: "octocat".into(),
                ..Default::default()
            }),
            provenance: Some(Provenance {
                received_at: Some(at(1)),
                delivery_id: "d".into(),
                ..Default::default()
            }),
            ..Default::default()
        };
        change(&mut event);
        let envelope = Envelope {
            id: "e".into(),
            source: "s".into(),
            event_type: "t".into(),
            subject: String::new(),
            time: at(1),
            project: "default".into(),
            fact: Some(Fact::of_statement("h", "k", b"d")),
            trust: Trust::Hint,
            delivery: String::new(),
            operation: String::new(),
        };
        told_by(&listing(), &envelope, event)
    }

    #[test]
    fn a_hint_is_taken_for_what_it_is_worth() {
        let push = event(|_| {}).unwrap();
        assert_eq!(
            (push.event_id.as_str(), push.delivery_id.as_str()),
            ("e", "d")
        );
        assert_eq!(push.trust(), Trust::Hint);
        assert_eq!(push.actor.unwrap().login, "octocat");
        assert_eq!(push.fact.len(), 40);
    }

    #[test]
    fn what_ends_elsewhere_or_came_long_ago_is_another_push() {
        assert_eq!(event(|event| event.after = Some("c".into())), None);
        assert_eq!(event(|event| event.after = None), None);
        assert_eq!(event(|event| event.r#ref = "refs/heads/x".into()), None);
        let provenance =
            |change: fn(&mut Provenance)| event(|event| change(event.provenance.as_mut().unwrap()));
        assert_eq!(
            provenance(|provenance| provenance.received_at = Some(at(-601))),
            None
        );
        assert_eq!(provenance(|provenance| provenance.sample = true), None);
    }
}
