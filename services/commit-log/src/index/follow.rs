//! Follows the log: reads the stream forward from where the index is, woken by what is published.
//!
//! What stood last in the index is read again each time. If it is not there any more, or is something else, the stream
//! is another one, and the index begins anew.

use std::time::Duration;

use futures_util::FutureExt;
use sluice_bus::{Bus, LookupError, StoredMessage, Wake};
use sluice_daemon::Check;

use super::{Index, IndexError, entry::Entry, position::Position, write};

/// The stream, which has nothing but the log, and its subjects.
pub(crate) const STREAM: &str = "SLUICE_COMMITS";
const LOG: &str = "sluice.v1.commit.>";

/// How soon the stream is read again after a wake-up: what wakes may not be stored yet, and a batch is stored as its
/// last message comes.
const SOON: Duration = Duration::from_millis(10);

/// How often it is read even if nothing wakes.
const LATEST: Duration = Duration::from_secs(5);

/// How long to wait before reading again after a failure.
const RETRY: Duration = Duration::from_millis(250);

/// Why the log cannot be followed at present.
#[derive(Debug, thiserror::Error)]
enum Problem {
    #[error(transparent)]
    Bus(#[from] LookupError),
    #[error(transparent)]
    Index(#[from] IndexError),
}

/// What a look at the stream brought.
enum Read {
    /// The index knows everything up to here.
    Current(Position),
    /// It went on to here, and there may be more.
    Further(Position),
    /// The stream is another one.
    Other,
}

/// Keeps the index current, for ever. It is ready while it can be read and written, however far behind: its answers say
/// how far it is.
pub(crate) async fn follow(bus: Bus, index: Index, check: Check) {
    loop {
        let ended = tokio::select! {
            ended = keep_current(&bus, &index, &check) => ended,
            () = index.damaged() => Err(IndexError::Damaged("it cannot be read".into()).into()),
        };
        match ended {
            Ok(never) => match never {},
            Err(Problem::Index(IndexError::Damaged(reason))) => {
                tracing::warn!(reason, "the index is read anew");
                metrics::counter!("sluice_commit_log_index_renewed_total").increment(1);
                if let Err(error) = index.renew().await {
                    check.failing(error.to_string());
                    tokio::time::sleep(RETRY).await;
                }
            }
            Err(Problem::Index(error)) => {
                check.failing(error.to_string());
                tokio::time::sleep(RETRY).await;
            }
            Err(Problem::Bus(error)) => {
                // That the bus is away is the check `nats`.
                tracing::debug!(%error, "the log cannot be read at present");
                tokio::time::sleep(RETRY).await;
            }
        }
    }
}

async fn keep_current(
    bus: &Bus,
    index: &Index,
    check: &Check,
) -> Result<std::convert::Infallible, Problem> {
    let mut position = index.read(None, Position::read).await?;
    check.ok();
    bus.connected().await;
    // Subscribed before reading, so that nothing falls in between.
    let mut wake = bus.wake(LOG).await?;
    let (mut pause, mut ahead) = (SOON, None);
    loop {
        position = match read(bus, index, position, &mut ahead).await? {
            Read::Further(position) => {
                pause = SOON;
                drain(&mut wake);
                position
            }
            Read::Current(position) => {
                tokio::select! {
                    () = wake.next() => pause = SOON,
                    () = tokio::time::sleep(pause) => pause = (pause * 3).min(LATEST),
                }
                drain(&mut wake);
                position
            }
            Read::Other => {
                let reason = "the stream is another one than that which was read";
                return Err(IndexError::Damaged(reason.into()).into());
            }
        };
    }
}

/// Forgets wake-ups that are answered by the next look; they hold what was published.
fn drain(wake: &mut Wake) {
    while wake.next().now_or_never().is_some() {}
}

/// Reads on, and writes what is new. Where more is there already, it is read while this is written: `ahead`.
async fn read(
    bus: &Bus,
    index: &Index,
    position: Position,
    ahead: &mut Option<Vec<StoredMessage>>,
) -> Result<Read, Problem> {
    let mut messages = match ahead.take() {
        Some(messages) => messages,
        None => {
            bus.read_whole_forward(STREAM, position.sequence.max(1))
                .await?
        }
    };
    if position.sequence > 0 {
        let same = messages.first().map(Position::behind).as_ref() == Some(&position);
        if same {
            messages.remove(0);
        } else if is_other(bus, &position).await? {
            return Ok(Read::Other);
        } else {
            // A replica of the stream that is behind the others.
            return Ok(Read::Current(position));
        }
    }
    let Some(behind) = messages.last().map(Position::behind) else {
        metrics::gauge!("sluice_commit_log_index_lag").set(0.0);
        return Ok(Read::Current(position));
    };
    let more = messages.last().map_or(0, pending);
    metrics::gauge!("sluice_commit_log_index_lag").set(f64::from(more));
    let to = behind.clone();
    let writing = index
        .write(move |connection| write::batch(connection, &position, &entries(&messages), &to));
    if more == 0 {
        writing.await?;
    } else {
        let reading = bus.read_whole_forward(STREAM, behind.sequence);
        let (written, read) = tokio::join!(writing, reading);
        written?;
        // What could not be read is read again.
        *ahead = read.ok();
    }
    Ok(Read::Further(behind))
}

/// Whether the stream's leader has something else where we are.
async fn is_other(bus: &Bus, position: &Position) -> Result<bool, LookupError> {
    let there = bus.message_at(STREAM, position.sequence).await?;
    Ok(there.as_ref().map(Position::behind).as_ref() != Some(position))
}

/// What cannot be read is passed over: it stays in the stream, for a version that can.
fn entries(messages: &[StoredMessage]) -> Vec<Entry> {
    let read = messages.iter().filter_map(|message| {
        Entry::read(message)
            .inspect_err(|reason| {
                tracing::error!(
                    sequence = message.sequence,
                    reason,
                    "a record cannot be read and is passed over"
                );
                metrics::counter!("sluice_commit_log_unreadable_total").increment(1);
            })
            .ok()
    });
    read.collect()
}

/// How many messages follow on this one, as the server said.
fn pending(message: &StoredMessage) -> u32 {
    let pending = message.header("Nats-Num-Pending");
    pending
        .and_then(|pending| pending.parse().ok())
        .unwrap_or_default()
}
