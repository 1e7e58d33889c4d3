//! `sluice repositories sync`: a command on the bus, and what becomes of it.

use std::{process::ExitCode, time::Duration};

use anyhow::bail;
use sluice_bus::Records;
use sluice_daemon::{Invocation, escape};
use sluice_events::{
    Timestamp,
    v1::{MirrorKind, SyncRepository, SyncState},
};
use sluice_registry::keys;
use tokio::time::Instant;

use super::{
    ask::{Asked, LOOK, accepted, ask},
    registered, standing,
};
use crate::{
    arguments::repositories::Sync,
    commands::time,
    find::{self, Actor},
};

/// How long the command is wanted by somebody who does not wait for it.
const WANTED: Duration = Duration::from_secs(60 * 60);

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
    let wanted = arguments.wait.unwrap_or(WANTED);
    let command = SyncRepository {
        name: name.to_owned(),
        deadline: Some(time::after(Timestamp::now(), wanted)),
    };
    let asked = Asked {
        service: "sync",
        verb: "repository",
        project,
        name,
        wanted,
    };
    let operation = ask(&bus, asked, &command).await?;
    let Some(patience) = arguments.wait else {
        println!("Repository {project}/{name} will be looked at: operation {operation}");
        bus.drain().await;
        return Ok(ExitCode::SUCCESS);
    };
    let until = Instant::now() + patience;
    accepted(&bus, "sync", &operation, until).await?;
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
