//! `sluice repositories …`: see how they stand, connect them, have something done about them.

mod add;
mod ask;
mod connection;
mod hook;
mod requests;
mod standing;
mod sync;

use std::process::ExitCode;

use anyhow::Context;
use sluice_bus::{Bus, Records};
use sluice_daemon::Invocation;
use sluice_events::v1::RegisteredRepository;
use sluice_registry::keys;
pub(super) use standing::Standing;

use super::print;
use crate::{
    arguments::repositories::{List, Repositories, Show},
    find::{self, Actor},
};

/// Shows, or has one looked at.
pub(super) async fn run(
    command: Repositories,
    invocation: &Invocation,
) -> anyhow::Result<ExitCode> {
    match command {
        Repositories::List(arguments) => list(arguments, invocation).await?,
        Repositories::Show(arguments) => show(arguments, invocation).await?,
        Repositories::Sync(arguments) => return sync::run(arguments, invocation).await,
        Repositories::Add(arguments) => return add::run(*arguments, invocation).await,
        Repositories::Recheck(one) => return requests::run("recheck", one, invocation).await,
        Repositories::Renew(one) => return requests::run("renew", one, invocation).await,
        Repositories::Accept(one) => return requests::run("accept", one, invocation).await,
        Repositories::Delete(arguments) => return requests::delete(arguments, invocation).await,
        Repositories::Hook(arguments) => hook::run(arguments, invocation).await?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn list(arguments: List, invocation: &Invocation) -> anyhow::Result<()> {
    let system = find::system(&arguments.reach, Actor::Operator, invocation).await?;
    let registered = Records::<RegisteredRepository>::new(&system.bus, keys::REPOSITORIES);
    let mut standings = Vec::new();
    for one in registered.all().await? {
        let of_project = |project: &String| *project == one.record.project;
        if arguments.project.as_ref().is_none_or(of_project) {
            standings.push(Standing::read(&system.bus, one.record).await?);
        }
    }
    let shown = print::structured(&standings, arguments.output)?
        .unwrap_or_else(|| print::table(standing::HEADING, standings.iter().map(Standing::row)));
    print::say(&shown)?;
    Ok(())
}

async fn show(arguments: Show, invocation: &Invocation) -> anyhow::Result<()> {
    let system = find::system(&arguments.reach, Actor::Operator, invocation).await?;
    let repository = registered(&system.bus, &arguments.project, &arguments.name).await?;
    let standing = Standing::read(&system.bus, repository).await?;
    let shown = print::structured(&standing, arguments.output)?;
    let shown = shown.unwrap_or_else(|| print::fields(&standing.fields()));
    print::say(&shown)?;
    Ok(())
}

/// The record of that name.
async fn registered(bus: &Bus, project: &str, name: &str) -> anyhow::Result<RegisteredRepository> {
    let records = Records::<RegisteredRepository>::new(bus, keys::REPOSITORIES);
    let found = records.get(&keys::repository(project, name)).await?;
    let found = found.with_context(|| format!("there is no repository {project}/{name}"))?;
    Ok(found.record)
}
