//! One event per fact, as far as can be known.
//!
//! The bus stores a fact once: its message id is fact and weight. An answer `duplicate` is looked into, because the
//! same fact can come true again: A→B, B→A, A→B, be they places of a ref or names of a repository. It has, if this
//! delivery is not in the ledger and the last event about the same thing ends where this one begins; where an event does not say where it begins, if the last event is another fact; but
//! not if the host's own time says that this happening is told already ([`is_told`]).
//! Then it is stored under an id of its own: fact, weight and the last event's sequence, which every hook and every
//! replica finds alike. The same holds where a foreign message stands under the id, for that message's sequence; and as
//! that can be foreseen, the next id is looked into no less. What cannot be decided is stored twice rather than lost;
//! while the bus cannot be asked, nothing is decided and nothing is accepted.

use std::time::Duration;

use sluice_bus::{Bus, LookupError, PublishError, Stored, StoredMessage};
use sluice_events::Weight;
use tokio::time::Instant;

use crate::{
    delivery::Delivery,
    event::{Event, Move},
};

/// The stream of Git events.
pub(crate) const GIT: &str = "SLUICE_GIT";

/// The stream of the ledger.
const DELIVERIES: &str = "SLUICE_DELIVERIES";

/// Why it is not known whether a fact stands there.
const UNDECIDED: &str = "a repeat could not be looked into";

/// Whether an event had to be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It is stored now.
    New,
    /// The fact stood there.
    Known,
}

impl Standing {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Standing::New => "stored",
            Standing::Known => "duplicate",
        }
    }
}

/// What became of a repeat.
enum Verdict {
    /// The same happening, told again.
    Repeat,
    /// It has come true again after the event with this sequence.
    Again(u64),
    /// What stands under the id, at this sequence, decides nothing: it is not ours, or gone, or too long ago.
    Undecided(u64),
}

/// Stores an event unless its fact stands there already.
pub(crate) async fn tell(
    bus: &Bus,
    delivery: &Delivery<'_>,
    event: &Event,
    deadline: Instant,
) -> Result<(Standing, Stored), PublishError> {
    let mut outgoing = event.outgoing.clone();
    let mut again = false;
    loop {
        let stored = bus.publish(outgoing.clone(), left(deadline)).await?;
        if !stored.duplicate {
            return Ok((Standing::New, stored));
        }
        let judged = judge(bus, delivery, event, stored.sequence);
        let judged = tokio::time::timeout_at(deadline, judged).await;
        let after = match judged.map_err(|_| PublishError::Unknown(UNDECIDED))? {
            Ok(Verdict::Repeat) => return Ok((Standing::Known, stored)),
            // Another hook or replica has told so meanwhile.
            Ok(Verdict::Again(_)) if again => return Ok((Standing::Known, stored)),
            Ok(Verdict::Again(after)) => {
                again = true;
                after
            }
            Ok(Verdict::Undecided(at)) => at,
            // The bus is not well: that passes, and the same delivery sent again is decided then.
            Err(error) => {
                tracing::warn!(%error, "a repeat cannot be looked into");
                return Err(PublishError::Unknown(UNDECIDED));
            }
        };
        outgoing.id = outgoing.id.map(|id| id.again(after));
    }
}

fn left(deadline: Instant) -> Duration {
    deadline.saturating_duration_since(Instant::now())
}

async fn judge(
    bus: &Bus,
    delivery: &Delivery<'_>,
    event: &Event,
    original: u64,
) -> Result<Verdict, LookupError> {
    let Some(stored) = bus.message_at(GIT, original).await? else {
        return Ok(Verdict::Undecided(original));
    };
    if !tells_of(&stored, event) {
        // Whoever may publish in the stream can occupy an id; only our own fact counts.
        tracing::error!(
            sequence = original,
            "a message id of ours is occupied by another message"
        );
        return Ok(Verdict::Undecided(original));
    }
    // A redelivery of what is stored there; also where the ledger's line got lost.
    if stored.header("ce-id") == Some(event.id.as_str()) {
        return Ok(Verdict::Repeat);
    }
    let Some(moves) = &event.moves else {
        return Ok(Verdict::Repeat);
    };
    let line = delivery.ledger_filter(&event.ledger);
    if bus.last_message(DELIVERIES, &line).await?.is_some() {
        return Ok(Verdict::Repeat);
    }
    match last_of(bus, moves, event.weight, original).await? {
        Some(last) if !comes_true_again(&last, event, moves) => Ok(Verdict::Repeat),
        Some(last) if is_told(bus, event, moves, &last, original).await? => Ok(Verdict::Repeat),
        Some(last) => Ok(Verdict::Again(last.sequence)),
        None => Ok(Verdict::Undecided(original)),
    }
}

/// Whether a stored message is an event of this fact about this place.
fn tells_of(stored: &StoredMessage, event: &Event) -> bool {
    let subject = sluice_events::Subject::parse(&stored.subject).ok();
    stored.header("ce-sluicefact") == Some(event.fact.as_str())
        && subject.is_some_and(|subject| {
            subject.family == event.subject.family
                && subject.address.project == event.subject.address.project
                && subject.address.host == event.subject.address.host
                && subject.name == event.subject.name
                && subject.action == event.subject.action
        })
}

/// The last event about the same thing that weighs as much as ours: a hint must not speak against a proof. `None`: not
/// decidable.
async fn last_of(
    bus: &Bus,
    moves: &Move,
    weight: Weight,
    original: u64,
) -> Result<Option<StoredMessage>, LookupError> {
    let counts =
        |message: &StoredMessage| weight_of(message) >= weight && moves.read(message).is_some();
    let Some(top) = bus.last_message(GIT, &moves.filter).await? else {
        return Ok(None);
    };
    if counts(&top) {
        return Ok(Some(top));
    }
    let since = bus.read_forward(GIT, &moves.filter, original).await?;
    // A replica that lags behind, or a longer story than one read: better twice than lost.
    if since.last().is_none_or(|last| last.sequence < top.sequence) {
        return Ok(None);
    }
    Ok(since.into_iter().rfind(counts))
}

fn weight_of(message: &StoredMessage) -> Weight {
    message
        .envelope()
        .map_or(Weight::Hint, |envelope| envelope.trust.into())
}

/// Whether an event that is stored tells of this very happening, by the host's own time: another hook lags behind, or
/// something that happened before came late, or somebody sends again what he has captured. The time is in seconds, so
/// within one the ref may have left where this one leads to, and have come back: not by a last event that happened
/// before, which only came late. Without a time nothing is known.
async fn is_told(
    bus: &Bus,
    event: &Event,
    moves: &Move,
    last: &StoredMessage,
    original: u64,
) -> Result<bool, LookupError> {
    if moves.occurred_at.is_none() {
        return Ok(false);
    }
    let since = bus.read_forward(GIT, &moves.filter, original).await?;
    let then = since.iter().filter_map(|message| {
        let told = moves.read(message)?;
        let fact = message.header("ce-sluicefact") == Some(event.fact.as_str());
        (told.at == moves.occurred_at && weight_of(message) >= event.weight).then_some((fact, told))
    });
    let then: Vec<_> = then.collect();
    let Some(told) = then.iter().rposition(|(fact, _)| *fact) else {
        return Ok(false);
    };
    let came_back = moves.read(last).and_then(|last| last.at);
    if came_back.is_some_and(|at| Some(at) < moves.occurred_at) {
        return Ok(true);
    }
    let later = then.into_iter().skip(told + 1).map(|(_, next)| next);
    Ok(!moves.is_led_back(later.collect()))
}

fn comes_true_again(last: &StoredMessage, event: &Event, moves: &Move) -> bool {
    match &moves.before {
        Some(before) => moves
            .read(last)
            .is_some_and(|last| last.after.as_ref() == Some(before)),
        None => last.header("ce-sluicefact") != Some(event.fact.as_str()),
    }
}
