//! The connection to NATS: it may be made before the server is there, and it outlives the server's absences.

use std::{path::PathBuf, sync::Arc, time::Duration};

use async_nats::{Client, ConnectOptions, Event, jetstream, jetstream::context::ContextBuilder};
use thiserror::Error;
use tokio::sync::watch;

use crate::{Namespace, topology::Durability};

/// The oldest server that has what Sluice relies on: atomic batches came with 2.12.
pub const MIN_SERVER: (u64, u64, u64) = (2, 12, 0);

/// Bounds every request that has no tighter bound of its own.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);

/// How to reach NATS and where on it to live.
#[derive(Debug, Clone)]
pub struct Connection {
    /// Addresses, separated by commas: `nats://host:4222`.
    pub url: String,
    /// Who we are.
    pub credentials: Credentials,
    /// Certificate authorities that vouch for the server; empty: the system's.
    pub ca_file: Option<PathBuf>,
    /// Our certificate and its key, where the server asks for one.
    pub client_certificate: Option<(PathBuf, PathBuf)>,
    /// Prefixes on a shared account.
    pub namespace: Namespace,
    /// What the operator declares about the server.
    pub durability: Durability,
    /// Our name as the server shows it: the service's.
    pub name: String,
}

/// Who connects.
#[derive(Clone)]
pub enum Credentials {
    /// Nobody in particular; for a server on loopback that asks nothing.
    None,
    /// User and password.
    UserPassword(String, String),
    /// A `.creds` file: JWT and seed.
    File(PathBuf),
    /// The seed of an nkey.
    Nkey(String),
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Credentials::None => "None",
            Credentials::UserPassword(..) => "UserPassword([redacted])",
            Credentials::File(_) => "File",
            Credentials::Nkey(_) => "Nkey([redacted])",
        })
    }
}

/// Why a connection could not even be begun.
#[derive(Debug, Error)]
pub enum ConnectError {
    /// The credentials file cannot be read.
    #[error("cannot read NATS credentials file {0}")]
    CredentialsFile(PathBuf, #[source] std::io::Error),
    /// A setting is unusable: an address, a certificate.
    #[error("cannot connect to NATS at {url}")]
    Connect {
        /// The addresses tried, without credentials.
        url: String,
        /// The client's reason.
        source: async_nats::ConnectError,
    },
}

/// Why a server that answers cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ServerProblem {
    /// It is not connected.
    #[error("nats-server is not connected")]
    NotConnected,
    /// It is too old.
    #[error("nats-server {0} is too old: atomic batches need 2.12; install 2.15.1 or newer")]
    TooOld(String),
}

/// Whether the connection stands, and how often it has been made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Up {
    /// Connected right now.
    pub connected: bool,
    /// Rises with every loss, so that whoever waits for an answer can tell that it will not come.
    pub losses: u64,
}

/// A connection to NATS. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Bus {
    client: Client,
    jetstream: jetstream::Context,
    namespace: Namespace,
    durability: Durability,
    up: Arc<watch::Sender<Up>>,
}

impl Bus {
    /// Begins to connect and returns at once; where no server answers yet it goes on trying, for ever.
    pub async fn connect(connection: &Connection) -> Result<Self, ConnectError> {
        let up = Arc::new(watch::Sender::new(Up {
            connected: false,
            losses: 0,
        }));
        let client = options(connection, Arc::clone(&up)).await?;
        let client = client
            .connect(connection.url.split(',').map(str::trim).collect::<Vec<_>>())
            .await;
        let client = client.map_err(|source| ConnectError::Connect {
            url: without_userinfo(&connection.url),
            source,
        })?;
        let jetstream = ContextBuilder::new()
            .timeout(REQUEST_TIMEOUT)
            .build(client.clone());
        let namespace = connection.namespace.clone();
        Ok(Self {
            client,
            jetstream,
            namespace,
            durability: connection.durability,
            up,
        })
    }

    /// Whether the connection stands, kept current.
    pub fn up(&self) -> watch::Receiver<Up> {
        self.up.subscribe()
    }

    /// Waits until the connection stands.
    pub async fn connected(&self) {
        let mut up = self.up();
        // The sender lives in `self`, so waiting ends with a connection alone.
        let _ = up.wait_for(|up| up.connected).await;
    }

    /// What is wrong with the server that we are connected to.
    pub fn check_server(&self) -> Result<(), ServerProblem> {
        let server = self
            .client
            .try_server_info()
            .filter(|_| self.up.borrow().connected);
        let server = server.ok_or(ServerProblem::NotConnected)?;
        if version(&server.version) < MIN_SERVER {
            Err(ServerProblem::TooOld(server.version))
        } else {
            Ok(())
        }
    }

    /// The connected server's version, such as `2.15.1`.
    pub fn server_version(&self) -> Option<String> {
        self.client.try_server_info().map(|server| server.version)
    }

    /// Largest message that the server takes, in bytes, headers included.
    pub fn max_payload(&self) -> usize {
        self.client.max_payload()
    }

    /// Where on the account we live.
    pub fn namespace(&self) -> &Namespace {
        &self.namespace
    }

    /// What the operator declares about the server.
    pub fn durability(&self) -> Durability {
        self.durability
    }

    /// Sends what is queued, then closes.
    pub async fn drain(&self) {
        if let Err(error) = self.client.drain().await {
            tracing::debug!(%error, "the connection to nats was closed already");
        }
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    pub(crate) fn jetstream(&self) -> &jetstream::Context {
        &self.jetstream
    }
}

async fn options(
    connection: &Connection,
    up: Arc<watch::Sender<Up>>,
) -> Result<ConnectOptions, ConnectError> {
    let mut options = ConnectOptions::new()
        .name(format!("sluice {}", connection.name))
        // Each user may read its own inboxes and nobody else's.
        .custom_inbox_prefix(inbox(&connection.name))
        .retry_on_initial_connect()
        .max_reconnects(None)
        .connection_timeout(REQUEST_TIMEOUT)
        .ping_interval(Duration::from_secs(10))
        .reconnect_delay_callback(reconnect_delay)
        .event_callback(move |event| {
            let up = Arc::clone(&up);
            async move { note(&up, &event) }
        });
    options = match &connection.credentials {
        Credentials::None => options,
        Credentials::UserPassword(user, password) => {
            options.user_and_password(user.clone(), password.clone())
        }
        Credentials::Nkey(seed) => options.nkey(seed.clone()),
        Credentials::File(path) => {
            let read = options.credentials_file(path).await;
            read.map_err(|source| ConnectError::CredentialsFile(path.clone(), source))?
        }
    };
    if let Some(path) = &connection.ca_file {
        options = options.add_root_certificates(path.clone());
    }
    if let Some((certificate, key)) = &connection.client_certificate {
        options = options.add_client_certificate(certificate.clone(), key.clone());
    }
    Ok(options)
}

/// The prefix of a user's inboxes.
pub(crate) fn inbox(user: &str) -> String {
    format!("_INBOX_{user}")
}

fn note(up: &watch::Sender<Up>, event: &Event) {
    match event {
        Event::Connected => {
            tracing::info!("connected to nats");
            up.send_modify(|up| up.connected = true);
        }
        Event::Disconnected | Event::Closed => {
            tracing::warn!("connection to nats lost");
            up.send_modify(|up| {
                *up = Up {
                    connected: false,
                    losses: up.losses + 1,
                }
            });
        }
        Event::SlowConsumer(_) => {
            metrics::counter!("sluice_bus_slow_consumer_total").increment(1);
            tracing::error!("nats dropped messages because this process reads too slowly");
        }
        other => tracing::warn!(event = %other, "nats reports"),
    }
    metrics::gauge!("sluice_bus_connected").set(if up.borrow().connected { 1.0 } else { 0.0 });
}

/// 50 ms, doubling up to 2 s: a restarted server is found fast, an absent one is not hammered.
fn reconnect_delay(attempts: usize) -> Duration {
    let exponent = u32::try_from(attempts)
        .unwrap_or(u32::MAX)
        .saturating_sub(1)
        .min(6);
    Duration::from_millis(50)
        .saturating_mul(1 << exponent)
        .min(Duration::from_secs(2))
}

fn version(text: &str) -> (u64, u64, u64) {
    let release = text.split(['-', '+']).next().unwrap_or_default();
    let mut parts = release.split('.').map(|part| part.parse().unwrap_or(0));
    let mut next = || parts.next().unwrap_or(0);
    (next(), next(), next())
}

/// An address fit for a message: user and password are left out.
fn without_userinfo(url: &str) -> String {
    let bare = |address: &str| match (address.split_once("://"), address.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://{host}"),
        (None, Some((_, host))) => host.to_owned(),
        (_, None) => address.to_owned(),
    };
    url.split(',')
        .map(|address| bare(address.trim()))
        .collect::<Vec<_>>()
        .join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_by_number() {
        assert!(version("2.9.10") < MIN_SERVER);
        assert!(version("2.15.1") > MIN_SERVER);
        assert!(version("2.12.0-RC.1") >= MIN_SERVER);
    }

    #[test]
    fn addresses_in_messages_carry_no_password() {
        assert_eq!(
            without_userinfo("nats://u:p@a:1, tls://b:2,v:w@c:3"),
            "nats://a:1,tls://b:2,c:3"
        );
    }

    #[test]
    fn reconnecting_slows_down_to_two_seconds() {
        assert_eq!(reconnect_delay(1), Duration::from_millis(50));
        assert_eq!(reconnect_delay(1_000_000), Duration::from_secs(2));
    }

    #[test]
    fn credentials_cannot_be_printed() {
        let shown = format!(
            "{:?}",
            Credentials::UserPassword("gateway".into(), "hunter2".into())
        );
        assert!(!shown.contains("hunter2"));
    }
}
