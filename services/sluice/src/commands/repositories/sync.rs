//! `sluice repositories sync`: a command on the bus, and what becomes of it.

use std::{process::ExitCode, time::Duration};

use anyhow::{Context, bail};
use sluice_bus::{Bus, Command, Records};
use sluice_daemon::{Invocation, escape};
use sluice_events::{
    Timestamp, token,
    v1::{MirrorKind, OperationOutcome, OperationState, SyncRepository, SyncState},
};
use sluice_registry::keys;
use tokio::time::Instant;

use super::{registered, standing};
use crate::{
    arguments::repositories::Sync,
    commands::time,
    find::{self, Actor},
};

/// How long the bus may take to store the command.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long the command is wanted by somebody who does not wait for it.
const WANTED: Duration = Duration::from_secs(60 * 60);

/// How often it is looked how it goes.
const LOOK: Duration = Duration::from_millis(200);

/// What became of waiting.
enum Ended {
    Synced(String),
    Failed(String),
}

/// Asks for it, and waits if that is wanted.
pub(super) async fn run(arguments: Sync, invocation: &Invocation) -> anyhow::Result<ExitCode> {
    let (project, name) = (&arguments.project, &arguments.name);
    let bus = find::system(&arguments.reach, Actor::Operator, invocation)
        .await?
        .bus;
    let repository = registered(&bus, project, name).await?;
    if repository.mirror() == MirrorKind::None {
        bail!("Repository {project}/{name} is not fetched: its mirror is `none`");
    }
    let key = keys::repository(project, name);
    let states = Records::<SyncState>::new(&bus, keys::SYNC_STATE);
    let before = states.get(&key).await?.map_or(0, |state| state.revision);
    let operation = ask(&bus, project, name, arguments.wait.unwrap_or(WANTED)).await?;
    let Some(patience) = arguments.wait else {
        println!("Repository {project}/{name} will be looked at: operation {operation}");
        bus.drain().await;
        return Ok(ExitCode::SUCCESS);
    };
    let until = Instant::now() + patience;
    accepted(&bus, &operation, until).await?;
    let ended = ended(&states, &key, before, until).await?;
    bus.drain().await;
    Ok(match ended {
        Ended::Synced(at) => {
            println!("Repository {project}/{name} is in step since {at}");
            ExitCode::SUCCESS
        }
        Ended::Failed(why) => {
            eprintln!("Repository {project}/{name} {}", escape::terminal(&why));
            ExitCode::FAILURE
        }
    })
}

/// Publishes the command, and returns its operation's id.
async fn ask(bus: &Bus, project: &str, name: &str, wanted: Duration) -> anyhow::Result<String> {
    let mut bits = [0; 16];
    getrandom::fill(&mut bits).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
    let operation = hex::encode(bits);
    let command = Command {
        sender: Actor::Operator.role(),
        principal: Actor::Operator.role(),
        project,
        service: "sync",
        verb: "repository",
        name,
        operation: &operation,
        wanted,
    };
    let message = command.outgoing(&SyncRepository {
        name: name.to_owned(),
        deadline: Some(time::after(Timestamp::now(), wanted)),
    })?;
    let stored = bus.publish(message, PATIENCE).await;
    stored.context("the command could not be stored")?;
    Ok(operation)
}

/// Waits until sync has taken the command on.
async fn accepted(bus: &Bus, operation: &str, until: Instant) -> anyhow::Result<()> {
    let outcomes = Records::<OperationOutcome>::new(bus, keys::OPERATIONS);
    let key = token::encode(operation);
    while Instant::now() < until {
        if let Some(outcome) = outcomes.get(&key).await? {
            let outcome = outcome.record;
            match outcome.state() {
                OperationState::Accepted | OperationState::Done => return Ok(()),
                OperationState::Refused => bail!("it was refused: {}", outcome.reason),
                OperationState::Failed => bail!("it failed: {}", outcome.reason),
                OperationState::Unspecified => {}
            }
        }
        tokio::time::sleep(LOOK).await;
    }
    bail!("nobody has taken it on in time: is sync running? operation {operation}")
}

/// Waits until sync has written anew how the repository stands.
async fn ended(
    states: &Records<SyncState>,
    key: &str,
    before: u64,
    until: Instant,
) -> anyhow::Result<Ended> {
    while Instant::now() < until {
        let state = states.get(key).await?;
        if let Some(state) = state.filter(|state| state.revision > before) {
            let state = state.record;
            return Ok(match (state.failure, state.completed_at) {
                (Some(failure), _) => {
                    Ended::Failed(standing::failed(&failure, state.halt.is_some()))
                }
                (None, at) => Ended::Synced(at.map(|at| at.to_string()).unwrap_or_default()),
            });
        }
        tokio::time::sleep(LOOK).await;
    }
    bail!("it was taken on, and is not done yet: see `sluice repositories show`")
}
