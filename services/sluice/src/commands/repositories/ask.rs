//! Asking a service to do something about a repository, and waiting for what becomes of it.

use std::time::Duration;

use anyhow::{Context, bail};
use serde::Serialize;
use sluice_bus::{Bus, Command, Records};
use sluice_events::{
    token,
    v1::{OperationOutcome, OperationState},
};
use sluice_registry::keys;
use tokio::time::Instant;

use crate::find::Actor;

/// How long the bus may take to store the command.
const PATIENCE: Duration = Duration::from_secs(5);

/// How often it is looked how it goes.
pub(super) const LOOK: Duration = Duration::from_millis(200);

/// What is asked, and of whom.
pub(super) struct Asked<'a> {
    pub(super) service: &'a str,
    pub(super) verb: &'a str,
    pub(super) project: &'a str,
    pub(super) name: &'a str,
    /// How long it is wanted.
    pub(super) wanted: Duration,
}

/// Publishes the command, and returns its operation's id.
pub(super) async fn ask<M: Serialize>(
    bus: &Bus,
    asked: Asked<'_>,
    data: &M,
) -> anyhow::Result<String> {
    let mut bits = [0; 16];
    getrandom::fill(&mut bits).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
    let operation = hex::encode(bits);
    let operator = Actor::Operator.role();
    let command = Command {
        sender: operator,
        principal: operator,
        project: asked.project,
        service: asked.service,
        verb: asked.verb,
        name: asked.name,
        operation: &operation,
        wanted: asked.wanted,
    };
    let stored = bus.publish(command.outgoing(data)?, PATIENCE).await;
    stored.context("the command could not be stored")?;
    Ok(operation)
}

/// Waits until somebody has taken the command on.
pub(super) async fn accepted(
    bus: &Bus,
    service: &str,
    operation: &str,
    until: Instant,
) -> anyhow::Result<()> {
    let taken_on = |outcome: &OperationOutcome| outcome.state() != OperationState::Unspecified;
    let outcome = outcome(bus, operation, until, taken_on).await?;
    let Some(outcome) = outcome else {
        bail!("nobody has taken it on in time: is {service} running? operation {operation}");
    };
    match outcome.state() {
        OperationState::Refused => bail!("it was refused: {}", outcome.reason),
        OperationState::Failed => bail!("it failed: {}", outcome.reason),
        _ => Ok(()),
    }
}

/// Waits until it is done, and returns what is left to say; fails if it did.
pub(super) async fn done(
    bus: &Bus,
    service: &str,
    operation: &str,
    until: Instant,
) -> anyhow::Result<String> {
    accepted(bus, service, operation, until).await?;
    let ended = |outcome: &OperationOutcome| outcome.state() != OperationState::Accepted;
    match outcome(bus, operation, until, ended).await? {
        Some(outcome) if outcome.state() == OperationState::Done => Ok(outcome.reason),
        Some(outcome) => bail!("it failed: {}", outcome.reason),
        None => bail!("it was taken on, and is not done yet: operation {operation}"),
    }
}

async fn outcome(
    bus: &Bus,
    operation: &str,
    until: Instant,
    wanted: impl Fn(&OperationOutcome) -> bool,
) -> anyhow::Result<Option<OperationOutcome>> {
    let outcomes = Records::<OperationOutcome>::new(bus, keys::OPERATIONS);
    let key = token::encode(operation);
    while Instant::now() < until {
        let found = outcomes.get(&key).await?.map(|found| found.record);
        if let Some(found) = found.filter(&wanted) {
            return Ok(Some(found));
        }
        tokio::time::sleep(LOOK).await;
    }
    Ok(None)
}
