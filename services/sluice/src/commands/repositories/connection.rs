//! How a repository is connected to its host, as it becomes so and as it stands.

use std::time::Duration;

use anyhow::bail;
use sluice_daemon::escape;
use sluice_events::v1::{Connection, ConnectionStatus, ConnectionStep, StepOutcome};
use tokio::time::Instant;

use super::{ask::LOOK, registered};
use crate::way::Way;

/// The word for how it stands.
pub(super) fn word(status: ConnectionStatus) -> &'static str {
    match status {
        ConnectionStatus::Unspecified => "unknown",
        ConnectionStatus::Connecting => "connecting",
        ConnectionStatus::Active => "active",
        ConnectionStatus::Unproved => "unproved",
        ConnectionStatus::Inactive => "inactive",
        ConnectionStatus::Suspended => "suspended",
        ConnectionStatus::Removing => "removing",
    }
}

/// In a sentence: how it stands, why, and what to do.
pub(in crate::commands) fn sentence(connection: &Connection) -> String {
    let status = word(connection.status());
    let since = connection.since.map(|since| format!(" since {since}"));
    let since = since.unwrap_or_default();
    match &connection.problem {
        None => format!("{status}{since}"),
        Some(problem) => format!("{status}{since}: {}; {}", problem.message, problem.remedy),
    }
}

/// The connection, once the connector has looked at it with its records as they are now; tells each step as it is done.
pub(super) async fn settled(
    way: &Way,
    project: &str,
    name: &str,
    revision: u64,
    patience: Duration,
) -> anyhow::Result<Connection> {
    let until = Instant::now() + patience;
    let mut told = Vec::new();
    let mut last = None;
    while Instant::now() < until {
        let (_, status) = registered(way, project, name).await?;
        if let Some(found) = status.connection {
            tell(&found.steps, &mut told);
            let basis = found.basis.as_ref();
            let is_over = found.claim.is_none()
                && basis.is_some_and(|basis| basis.repository_revision >= revision);
            // What has just been asked of the host comes by the webhook in a moment.
            if is_over && found.status() != ConnectionStatus::Unproved {
                return Ok(found);
            }
            last = Some(found).filter(|_| is_over);
        }
        tokio::time::sleep(LOOK).await;
    }
    match last {
        Some(unproved) => Ok(unproved),
        None => bail!(
            "nobody has looked at it in time: is connector running? see `sluice repositories show {name}`"
        ),
    }
}

/// Tells what was not told yet, to people.
fn tell(steps: &[ConnectionStep], told: &mut Vec<(String, i32, String)>) {
    for step in steps {
        let this = (step.name.clone(), step.outcome, step.message.clone());
        if told.contains(&this) {
            continue;
        }
        eprintln!("{}", line(step));
        told.push(this);
    }
}

/// A step in a line.
pub(super) fn line(step: &ConnectionStep) -> String {
    let mark = match step.outcome() {
        StepOutcome::Done => "ok",
        StepOutcome::Failed => "failed",
        StepOutcome::Skipped => "skipped",
        StepOutcome::Running | StepOutcome::Unspecified => "…",
    };
    let line = format!(
        "  {:<9} {mark:<8} {}",
        step.name,
        escape::terminal(&step.message)
    );
    line.trim_end().to_owned()
}
