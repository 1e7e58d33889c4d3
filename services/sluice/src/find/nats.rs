//! How a command finds NATS, and who it acts as there.

use std::{fs::File, io::Read, path::PathBuf, time::Duration};

use anyhow::{Context, anyhow};
use sluice_bus::{Bus, Connection, Credentials, Namespace, topology::Durability};
use sluice_daemon::Invocation;

use super::{folder, value};
use crate::{
    arguments::Reach,
    connection_file::{ConnectionFile, User},
};

/// How long NATS may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// More bytes than any password or seed has.
const LONGEST: u64 = 64 * 1024;

/// Who a command acts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Actor {
    /// Reads events.
    Reader,
    /// Declares records.
    Operator,
    /// Creates what stands on the bus.
    Bootstrap,
}

/// A running system.
pub(crate) struct System {
    /// The connection to its NATS.
    pub(crate) bus: Bus,
    /// What `sluice up` wrote, if it was found by that.
    pub(crate) file: Option<ConnectionFile>,
    /// The data folder, if it was found by that.
    pub(crate) folder: Option<PathBuf>,
}

/// Connects to a running system.
pub(crate) async fn system(
    reach: &Reach,
    actor: Actor,
    invocation: &Invocation,
) -> anyhow::Result<System> {
    let (connection, file, folder) = connection(reach, actor, invocation)?;
    let bus = Bus::connect(&connection).await?;
    let connected = tokio::time::timeout(PATIENCE, bus.connected()).await;
    connected.map_err(|_| {
        anyhow!(
            "NATS at {} does not answer or does not accept the credentials of `{}`",
            connection.url,
            connection.name
        )
    })?;
    Ok(System { bus, file, folder })
}

fn connection(
    reach: &Reach,
    actor: Actor,
    invocation: &Invocation,
) -> anyhow::Result<(Connection, Option<ConnectionFile>, Option<PathBuf>)> {
    let env = |name: &str| value(invocation, name);
    let named = reach.nats.clone().or_else(|| {
        // A folder that is named on the command line is meant, whatever the environment says.
        if reach.data_dir.is_some() {
            None
        } else {
            env("SLUICE_NATS").or_else(|| env("NATS_URL"))
        }
    });
    if let Some(url) = named {
        return Ok((of_environment(url, reach, actor, env)?, None, None));
    }
    let folder = folder(reach, invocation)?;
    let file = ConnectionFile::read(&folder)?;
    let user = match actor {
        Actor::Reader => file.reader.clone(),
        Actor::Operator | Actor::Bootstrap => file.operator.clone(),
    };
    let credentials = match user {
        Some(User { user, password }) => Credentials::UserPassword(user, password),
        None => credentials(env)?,
    };
    let connection = base(file.nats.clone(), credentials, &file.namespace, actor)?;
    Ok((connection, Some(file), Some(folder)))
}

fn of_environment(
    url: String,
    reach: &Reach,
    actor: Actor,
    env: impl Fn(&str) -> Option<String>,
) -> anyhow::Result<Connection> {
    let namespace = reach
        .namespace
        .clone()
        .or_else(|| env("SLUICE_NAMESPACE"))
        .unwrap_or_default();
    let mut connection = base(url, credentials(&env)?, &namespace, actor)?;
    connection.ca_file = env("SLUICE_NATS_CA")
        .or_else(|| env("NATS_CA"))
        .map(PathBuf::from);
    Ok(connection)
}

fn base(
    url: String,
    credentials: Credentials,
    namespace: &str,
    actor: Actor,
) -> anyhow::Result<Connection> {
    // The inbox goes with the user: a user may read its own alone.
    let name = match &credentials {
        Credentials::UserPassword(user, _) => user.clone(),
        _ => actor.role().to_owned(),
    };
    Ok(Connection {
        url,
        credentials,
        ca_file: None,
        client_certificate: None,
        namespace: Namespace::of(namespace)
            .with_context(|| format!("`{namespace}` is no namespace, expected a-z, 0-9 and -"))?,
        durability: Durability::Fsync,
        name,
    })
}

fn credentials(env: impl Fn(&str) -> Option<String>) -> anyhow::Result<Credentials> {
    let either = |name: &str| env(&format!("SLUICE_{name}")).or_else(|| env(name));
    let secret = |name: &str| match either(name) {
        None => env(&format!("SLUICE_{name}_FILE"))
            .map(|file| of_file(&file))
            .transpose(),
        value => Ok(value),
    };
    if let Some(user) = either("NATS_USER") {
        let password = secret("NATS_PASSWORD")?.unwrap_or_default();
        return Ok(Credentials::UserPassword(user, password));
    }
    if let Some(path) = either("NATS_CREDS") {
        return Ok(Credentials::File(path.into()));
    }
    let seed = secret("NATS_NKEY")?;
    Ok(seed.map_or(Credentials::None, Credentials::Nkey))
}

/// A secret as a service reads it from such a file: without the one line break that editors put at its end.
fn of_file(file: &str) -> anyhow::Result<String> {
    let mut text = String::new();
    let read = File::open(file).and_then(|file| file.take(LONGEST).read_to_string(&mut text));
    read.with_context(|| format!("cannot read {file}"))?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    Ok(line.strip_suffix('\r').unwrap_or(line).to_owned())
}

impl Actor {
    pub(crate) fn role(self) -> &'static str {
        match self {
            Actor::Reader => "reader",
            Actor::Operator => "operator",
            Actor::Bootstrap => "bootstrap",
        }
    }
}
