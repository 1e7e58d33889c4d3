//! The operator's commands, one file each.

mod access_tokens;
mod apply;
mod apps;
mod audit;
mod commits;
mod delete;
mod diff;
mod doctor;
mod endpoints;
mod get;
mod imports;
mod keys;
mod lists;
mod manifests;
mod operations;
mod pages;
mod print;
pub(crate) mod public_keys;
mod repositories;
mod tail;
pub(crate) mod time;
mod topology;
mod trigger;

use std::process::ExitCode;

use sluice_daemon::Invocation;
use sluice_registry::Kind;

use crate::arguments::{
    Command, Events,
    apps::Apps,
    lists::{Audit, Credentials, Endpoints, Hosts, Operations, Projects},
};

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
        Command::Imports { command } => imports::run(command, invocation).await?,
        Command::Endpoints { command } => match command {
            Endpoints::List(of) => lists::of_project(Kind::Endpoint, of, invocation).await?,
            Endpoints::Show(one) => lists::endpoint(one, invocation).await?,
            Endpoints::Verify(arguments) => return endpoints::verify(arguments, invocation).await,
        },
        Command::Credentials {
            command: Credentials::List(of),
        } => lists::of_project(Kind::Credential, of, invocation).await?,
        Command::Hosts {
            command: Hosts::List(all),
        } => lists::all(Kind::Host, all, invocation).await?,
        Command::Projects {
            command: Projects::List(all),
        } => lists::all(Kind::Project, all, invocation).await?,
        Command::Operations {
            command: Operations::Show(one),
        } => operations::show(one, invocation).await?,
        Command::Audit {
            command: Audit::List(arguments),
        } => audit::list(arguments, invocation).await?,
        Command::Commits { command } => commits::run(command, invocation).await?,
        Command::Apps {
            command: Apps::New(arguments),
        } => apps::new(*arguments, invocation).await?,
        Command::AccessTokens { command } => access_tokens::run(command, invocation).await?,
        Command::Events {
            command: Events::Tail(arguments),
        } => tail::run(arguments, invocation).await?,
        Command::Trigger(arguments) => trigger::run(*arguments, invocation).await?,
        Command::Topology { command } => return topology::run(command, invocation).await,
        Command::Keys { command } => return keys::run(command, invocation).await,
        Command::Completions { shell } => pages::completions(shell)?,
        Command::Man { out } => pages::man(&out)?,
        Command::Doctor(arguments) => return doctor::run(arguments, invocation).await,
    }
    Ok(ExitCode::SUCCESS)
}
