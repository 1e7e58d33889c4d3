//! `sluice repositories …`: see how they stand, connect them, have something done about them.

mod add;
mod ask;
mod connection;
mod hook;
mod import;
mod opener;
mod requests;
mod standing;
mod sync;

use std::process::ExitCode;

pub(super) use ask::done;
pub(super) use connection::sentence;
use sluice_daemon::Invocation;
use sluice_events::v1::RegisteredRepository;
use sluice_registry::{Kind, Object, Spec};
pub(super) use standing::Standing;

use super::print;
use crate::{
    arguments::repositories::{List, Repositories, Show},
    failure::Failure,
    find,
    way::{Shown, Status, Way, Work},
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
        Repositories::Import(arguments) => return import::run(*arguments, invocation).await,
        Repositories::Add(arguments) => return add::run(*arguments, invocation).await,
        Repositories::Recheck(one) => return requests::run(Work::Recheck, one, invocation).await,
        Repositories::Renew(one) => return requests::run(Work::Renew, one, invocation).await,
        Repositories::Accept(one) => return requests::run(Work::Accept, one, invocation).await,
        Repositories::Delete(arguments) => return requests::delete(arguments, invocation).await,
        Repositories::Hook(arguments) => hook::run(arguments, invocation).await?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn list(arguments: List, invocation: &Invocation) -> anyhow::Result<()> {
    let way = find::to_read(&arguments.reach, invocation).await?;
    let project = arguments.project.as_deref().unwrap_or_default();
    let listed = way.list(Kind::Repository, project).await?;
    let of = |shown| repository(shown).map(|(repository, status)| Standing::of(repository, status));
    let standings: Vec<_> = listed.into_iter().filter_map(of).collect();
    let names = || standings.iter().map(Standing::name).collect();
    let shown = print::structured(&standings, arguments.output, names)?
        .unwrap_or_else(|| print::table(standing::HEADING, standings.iter().map(Standing::row)));
    print::say(&shown)?;
    Ok(())
}

async fn show(arguments: Show, invocation: &Invocation) -> anyhow::Result<()> {
    let way = find::to_read(&arguments.reach, invocation).await?;
    let (repository, status) = registered(&way, &arguments.project, &arguments.name).await?;
    let standing = Standing::of(repository, status);
    let shown = print::structured(&standing, arguments.output, || vec![standing.name()])?;
    let shown = shown.unwrap_or_else(|| print::fields(&standing.fields()));
    print::say(&shown)?;
    Ok(())
}

/// The repository of that name, and how it stands.
async fn registered(
    way: &Way,
    project: &str,
    name: &str,
) -> anyhow::Result<(RegisteredRepository, Status)> {
    let found = way
        .find(&Object::new(Kind::Repository, project, name))
        .await?;
    found.and_then(repository).ok_or_else(|| {
        let project = match project {
            "" => String::new(),
            project => format!("{project}/"),
        };
        Failure::refused(format!("there is no repository {project}{name}"), "")
    })
}

fn repository(shown: Shown) -> Option<(RegisteredRepository, Status)> {
    match shown.manifest.spec {
        Spec::Repository(repository) => Some((repository, shown.status)),
        _ => None,
    }
}
