//! The operator's commands, one file each.

mod access_tokens;
mod apply;
mod commits;
mod delete;
mod diff;
mod doctor;
mod get;
mod keys;
mod manifests;
mod print;
mod repositories;
mod tail;
pub(crate) mod time;
mod topology;
mod trigger;

use std::process::ExitCode;

use sluice_daemon::Invocation;

use crate::arguments::{Command, Events, Keys};

/// What the audit says carried a change out.
pub(crate) const SERVICE: &str = "sluice";

/// Runs a command.
pub(crate) async fn run(command: Command, invocation: &Invocation) -> anyhow::Result<ExitCode> {
    match command {
        // `up` has a runtime of its own and does not come here.
        Command::Up { .. } => return Ok(ExitCode::FAILURE),
        Command::Apply(arguments) => apply::run(arguments, invocation).await?,
        Command::Diff(arguments) => return diff::run(arguments, invocation).await,
        Command::Get(arguments) => get::run(arguments, invocation).await?,
        Command::Delete(arguments) => delete::run(arguments, invocation).await?,
        Command::Repositories { command } => return repositories::run(command, invocation).await,
        Command::Commits { command } => commits::run(command, invocation).await?,
        Command::AccessTokens { command } => access_tokens::run(command, invocation).await?,
        Command::Events {
            command: Events::Tail(arguments),
        } => tail::run(arguments, invocation).await?,
        Command::Trigger(arguments) => trigger::run(*arguments, invocation).await?,
        Command::Topology { command } => return topology::run(command, invocation).await,
        Command::Keys {
            command: Keys::New { folder },
        } => keys::new(&folder)?,
        Command::Doctor(arguments) => return doctor::run(arguments, invocation).await,
    }
    Ok(ExitCode::SUCCESS)
}
