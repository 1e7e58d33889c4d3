//! How a command finds the system that it talks to: its API, or, past that, its NATS.
//!
//! What changes something goes through the API, whose rules say who may; only `--direct` goes past it. What only reads
//! may be read from NATS where that is what is named.

mod nats;

use std::path::PathBuf;

use anyhow::Context;
pub(crate) use nats::{Actor, System, system};
use sluice_daemon::Invocation;

use crate::{
    api::{self, Api},
    arguments::{Reach, ReachApi},
    connection_file::{ConnectionFile, TOKEN_FILE, default_folder},
    failure::Failure,
    way::{Direct, Way},
};

/// The way for what only reads.
pub(crate) async fn to_read(reach: &ReachApi, invocation: &Invocation) -> anyhow::Result<Way> {
    match found(reach, invocation)? {
        Found::Nats => direct(reach, invocation).await,
        Found::Api(api) => Ok(Way::Api(*api)),
    }
}

/// The way for what changes something.
pub(crate) async fn to_change(reach: &ReachApi, invocation: &Invocation) -> anyhow::Result<Way> {
    match found(reach, invocation)? {
        Found::Api(api) => Ok(Way::Api(*api)),
        Found::Nats if reach.direct => {
            eprintln!("warning: written past the API: no role was checked");
            direct(reach, invocation).await
        }
        Found::Nats => Err(Failure::refused(
            "changes go through the API, and NATS is what is named",
            "name the API by --api or --data-dir, or go past its rules by --direct",
        )),
    }
}

/// The API, for what only that knows.
pub(crate) fn api(reach: &ReachApi, invocation: &Invocation) -> anyhow::Result<Api> {
    match found(reach, invocation)? {
        Found::Api(api) => Ok(*api),
        Found::Nats => Err(Failure::refused(
            "only the API does this, and NATS is what is named",
            "name the API by --api or --data-dir",
        )),
    }
}

/// What is named.
enum Found {
    Api(Box<Api>),
    Nats,
}

/// What the command line names counts before what the environment does; a folder names an API.
fn found(reach: &ReachApi, invocation: &Invocation) -> anyhow::Result<Found> {
    let env = |name: &str| value(invocation, name);
    let (nats, named) = (&reach.reach.nats, &reach.api);
    let is_folder = reach.reach.data_dir.is_some();
    if reach.direct || (nats.is_some() && named.is_none()) {
        return Ok(Found::Nats);
    }
    let of_environment = || env("SLUICE_API_URL").filter(|_| !is_folder);
    if let Some(address) = named.clone().or_else(of_environment) {
        let file = reach.api_token_file.as_deref();
        let token = api::token(file, None, invocation)?;
        return connect(&address, token, reach);
    }
    if !is_folder && (env("SLUICE_NATS").is_some() || env("NATS_URL").is_some()) {
        return Ok(Found::Nats);
    }
    let folder = folder(&reach.reach, invocation)?;
    let file = ConnectionFile::read(&folder)?;
    let address = file
        .api
        .context("this `sluice up` has no API; start a newer one")?;
    let written = folder.join(TOKEN_FILE);
    let token = api::token(reach.api_token_file.as_deref(), Some(&written), invocation)?;
    connect(&address, token, reach)
}

fn connect(
    address: &str,
    token: sluice_registry::Plaintext,
    reach: &ReachApi,
) -> anyhow::Result<Found> {
    let api = Api::new(address, token, reach.ca.as_deref(), reach.api_timeout)?;
    Ok(Found::Api(Box::new(api)))
}

async fn direct(reach: &ReachApi, invocation: &Invocation) -> anyhow::Result<Way> {
    let system = system(&reach.reach, Actor::Operator, invocation).await?;
    let direct = Direct::new(system, &reach.sealing, invocation)?;
    Ok(Way::Direct(Box::new(direct)))
}

/// The folder of a running `sluice up`.
fn folder(reach: &Reach, invocation: &Invocation) -> anyhow::Result<PathBuf> {
    let env = |name: &str| value(invocation, name);
    let named = reach.data_dir.clone();
    let folder = named.or_else(|| env("SLUICE_DATA_DIR").map(PathBuf::from));
    folder
        .or_else(|| default_folder(env))
        .context("name a running system by --api, --data-dir or --nats")
}

/// What the environment says, unless it is empty.
fn value(invocation: &Invocation, name: &str) -> Option<String> {
    let value = invocation.env.get(name).cloned();
    value.filter(|value| !value.is_empty())
}
