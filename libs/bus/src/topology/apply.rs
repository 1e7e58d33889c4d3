//! Brings the table about: creates what is missing, adds subjects, mends flags. Planned first, then carried out.

mod plan;

use async_nats::jetstream::{consumer::pull, stream::Config};
use futures_util::{StreamExt, TryStreamExt, stream};
use thiserror::Error;

pub(super) use self::plan::plan;
use super::Topology;
use crate::{Bus, LookupError};

/// How many consumers are made at once.
const AT_ONCE: usize = 16;

/// How often what takes too long is tried.
const TRIES: u32 = 4;

/// The client's words for what takes too long.
const TIMED_OUT: &str = "timed out";

/// What was done to one part of the bus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// The stream, bucket or consumer, by its name on the bus.
    pub what: String,
    /// What was done.
    pub action: &'static str,
}

/// What has to be done to one part of the bus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// The stream, bucket or consumer, by its name on the bus.
    pub what: String,
    /// What has to be done: `create`, `update`.
    pub action: &'static str,
    /// Why: what differs, as [`Difference`](super::Difference) says it.
    pub because: Vec<String>,
    step: Step,
}

/// How it is done.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    CreateStream(Box<Config>),
    UpdateStream(Box<Config>),
    /// On a stream of this name.
    PutConsumer(String, Box<pull::Config>),
}

/// Why the topology could not be brought about.
#[derive(Debug, Error)]
pub enum ApplyError {
    /// The present state could not be read.
    #[error("cannot read the topology")]
    Read(#[from] LookupError),
    /// The server refused.
    #[error("cannot {action} `{what}`: {reason}{hint}")]
    Refused {
        /// What was tried.
        action: &'static str,
        /// On what.
        what: String,
        /// The server's words.
        reason: String,
        /// What to do about it, if it is a known case.
        hint: &'static str,
    },
}

pub(super) async fn apply(bus: &Bus, topology: &Topology) -> Result<Vec<Applied>, ApplyError> {
    let planned = plan(bus, topology).await?;
    let of_consumer = |planned: &Planned| matches!(planned.step, Step::PutConsumer(..));
    // They come after their streams.
    let (consumers, streams): (Vec<_>, Vec<_>) = planned.into_iter().partition(of_consumer);
    let mut done = Vec::new();
    for planned in streams {
        done.push(carry_out(bus, planned).await?);
    }
    // There are many, and each waits for a disk.
    let consumers = consumers.into_iter().map(|planned| carry_out(bus, planned));
    let applied: Vec<_> = stream::iter(consumers)
        .buffered(AT_ONCE)
        .try_collect()
        .await?;
    done.extend(applied);
    Ok(done)
}

/// What took too long is tried again: a server whose disk is slow may have done it meanwhile, and doing it twice is the same.
async fn carry_out(bus: &Bus, planned: Planned) -> Result<Applied, ApplyError> {
    let Planned {
        what, action, step, ..
    } = planned;
    let mut tries = 1;
    loop {
        match done(bus, step.clone()).await {
            Ok(()) => return Ok(Applied { what, action }),
            Err(reason) if reason.contains(TIMED_OUT) && tries < TRIES => tries += 1,
            Err(reason) => return Err(refused(action, what, reason)),
        }
    }
}

async fn done(bus: &Bus, step: Step) -> Result<(), String> {
    let jetstream = bus.jetstream();
    match step {
        Step::CreateStream(config) => {
            let created = jetstream.create_stream(*config).await;
            created.map(drop).map_err(|error| error.to_string())
        }
        Step::UpdateStream(config) => {
            let updated = jetstream.update_stream(*config).await;
            updated.map(drop).map_err(|error| error.to_string())
        }
        Step::PutConsumer(stream, config) => {
            let put = jetstream.create_consumer_on_stream(*config, stream).await;
            put.map(drop).map_err(|error| error.to_string())
        }
    }
}

fn refused(action: &'static str, what: String, reason: String) -> ApplyError {
    let hint = if reason.contains("10047") || reason.contains("insufficient storage") {
        "; the sum of all size limits must fit the server's max_file_store: raise it, or lower the limits"
    } else if reason.contains(TIMED_OUT) {
        "; the server is too slow, or its disk is: apply once more"
    } else {
        ""
    };
    ApplyError::Refused {
        action,
        what,
        reason,
        hint,
    }
}
