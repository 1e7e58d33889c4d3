//! `sluice repositories sync`: has it looked at, and waits for what becomes of that.

use std::{process::ExitCode, time::Duration};

use anyhow::bail;
use sluice_daemon::{Invocation, escape};
use sluice_events::v1::{MirrorKind, SyncState};
use tokio::time::Instant;

use super::{
    ask::{LOOK, accepted},
    registered, standing,
};
use crate::{
    arguments::{Format, repositories::Sync},
    commands::print,
    failure::Failure,
    find,
    way::{Way, Work},
};

/// How long it is wanted by somebody who does not wait for it.
const WANTED: Duration = Duration::from_secs(60 * 60);

/// What became of waiting.
enum Ended {
    Synced(String),
    Failed(String),
}

/// Asks for it, and waits if that is wanted.
pub(super) async fn run(arguments: Sync, invocation: &Invocation) -> anyhow::Result<ExitCode> {
    let way = find::to_change(&arguments.reach, invocation).await?;
    let (repository, before) = registered(&way, &arguments.project, &arguments.name).await?;
    let (project, name) = (&repository.project, &repository.name);
    if repository.mirror() == MirrorKind::None {
        let what = format!("Repository {project}/{name} is not fetched: its mirror is `none`");
        return Err(Failure::refused(what, ""));
    }
    let wanted = arguments.wait.unwrap_or(WANTED);
    let operation = way.ask(Work::Sync, project, name, wanted).await?;
    let Some(patience) = arguments.wait else {
        print::say(&match arguments.output {
            Format::Name => format!("{operation}\n"),
            _ => format!("Repository {project}/{name} will be looked at: operation {operation}\n"),
        })?;
        way.close().await;
        return Ok(ExitCode::SUCCESS);
    };
    let until = Instant::now() + patience;
    accepted(&way, "sync", &operation, until).await?;
    let ended = ended(&way, project, name, before.sync.as_ref(), until).await?;
    way.close().await;
    Ok(match ended {
        Ended::Synced(at) => {
            print::say(&match arguments.output {
                Format::Name => format!("{project}/{name}\n"),
                _ => format!("Repository {project}/{name} is in step since {at}\n"),
            })?;
            ExitCode::SUCCESS
        }
        Ended::Failed(why) => {
            eprintln!("Repository {project}/{name} {}", escape::terminal(&why));
            ExitCode::FAILURE
        }
    })
}

/// Waits until sync has written anew how the repository stands. It never writes the same twice: a time or the number of
/// failures goes on.
async fn ended(
    way: &Way,
    project: &str,
    name: &str,
    before: Option<&SyncState>,
    until: Instant,
) -> anyhow::Result<Ended> {
    while Instant::now() < until {
        let (_, status) = registered(way, project, name).await?;
        if let Some(state) = status.sync.filter(|state| Some(state) != before) {
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
