//! Waiting for what becomes of what was asked for.

use std::time::Duration;

use anyhow::bail;
use sluice_daemon::escape;
use tokio::time::Instant;

use crate::{
    failure::Failure,
    way::{Operation, Way},
};

/// How often it is looked how it goes.
pub(super) const LOOK: Duration = Duration::from_millis(200);

/// Waits until somebody has taken it on.
pub(super) async fn accepted(
    way: &Way,
    service: &str,
    operation: &str,
    until: Instant,
) -> anyhow::Result<()> {
    let taken_on = |operation: &Operation| operation.state != "waiting";
    match reached(way, operation, until, taken_on).await? {
        Some(operation) => good(&operation),
        None => {
            bail!("nobody has taken it on in time: is {service} running? operation {operation}")
        }
    }
}

/// Waits until it is done, and returns what is left to say; fails if it did.
pub(in crate::commands) async fn done(
    way: &Way,
    service: &str,
    operation: &str,
    patience: Duration,
) -> anyhow::Result<String> {
    let until = Instant::now() + patience;
    accepted(way, service, operation, until).await?;
    let ended = |operation: &Operation| operation.state != "accepted";
    let Some(ended) = reached(way, operation, until, ended).await? else {
        bail!("it was taken on, and is not done yet: operation {operation}");
    };
    good(&ended)?;
    Ok(ended.reason)
}

fn good(operation: &Operation) -> anyhow::Result<()> {
    let reason = escape::terminal(&operation.reason);
    match operation.state.as_str() {
        "refused" => Err(Failure::refused(format!("it was refused: {reason}"), "")),
        "failed" => bail!("it failed: {reason}"),
        _ => Ok(()),
    }
}

async fn reached(
    way: &Way,
    id: &str,
    until: Instant,
    wanted: impl Fn(&Operation) -> bool,
) -> anyhow::Result<Option<Operation>> {
    while Instant::now() < until {
        let operation = way.operation(id).await?;
        if wanted(&operation) {
            return Ok(Some(operation));
        }
        tokio::time::sleep(LOOK).await;
    }
    Ok(None)
}
