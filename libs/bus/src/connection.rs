//! The connection to NATS: it may be made before the server is there, and it outlives the server's absences.

mod options;

use std::{path::PathBuf, sync::Arc, time::Duration};

use async_nats::{Client, jetstream, jetstream::context::ContextBuilder};
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
    /// The client would not use it, and addresses are shown.
    #[error(
        "the address of NATS names a user or a password: give them as NATS_USER and NATS_PASSWORD"
    )]
    UserInAddress,
    /// A setting is unusable: an address, a certificate.
    #[error("cannot connect to NATS at {url}")]
    Connect {
        /// The addresses tried.
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
    /// It does not accept our credentials.
    #[error("nats-server refuses our credentials (authorization violation)")]
    Refused,
    /// It is too old.
    #[error("nats-server {0} is too old: atomic batches need 2.12; install 2.15.1 or newer")]
    TooOld(String),
}

/// Whether the connection stands, and how often it has been made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Up {
    /// Connected right now.
    pub connected: bool,
    /// The server last refused our credentials. We go on trying: they may be mended there.
    pub refused: bool,
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
        if names_user(&connection.url) {
            return Err(ConnectError::UserInAddress);
        }
        let up = Arc::new(watch::Sender::new(Up {
            connected: false,
            refused: false,
            losses: 0,
        }));
        let client = options::options(connection, Arc::clone(&up)).await?;
        let client = client
            .connect(connection.url.split(',').map(str::trim).collect::<Vec<_>>())
            .await;
        let client = client.map_err(|source| ConnectError::Connect {
            url: connection.url.clone(),
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
        let up = *self.up.borrow();
        if up.refused {
            return Err(ServerProblem::Refused);
        }
        let server = self.client.try_server_info().filter(|_| up.connected);
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

    /// The same connection with another declaration about the server.
    #[must_use]
    pub fn declare(self, durability: Durability) -> Self {
        Self { durability, ..self }
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

/// The prefix of a user's inboxes.
pub(crate) fn inbox(user: &str) -> String {
    format!("_INBOX_{user}")
}

fn version(text: &str) -> (u64, u64, u64) {
    let release = text.split(['-', '+']).next().unwrap_or_default();
    let mut parts = release.split('.').map(|part| part.parse().unwrap_or(0));
    let mut next = || parts.next().unwrap_or(0);
    (next(), next(), next())
}

/// Whether any of these addresses names a user or a password.
pub(crate) fn names_user(url: &str) -> bool {
    url.contains('@')
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

    #[tokio::test]
    async fn an_address_with_a_password_is_refused_and_not_repeated() {
        let connection = Connection {
            url: "nats://a:1,nats://user:hunter2@b:2".to_owned(),
            credentials: Credentials::None,
            ca_file: None,
            client_certificate: None,
            namespace: Namespace::default(),
            durability: Durability::Fsync,
            name: "gateway".to_owned(),
        };
        let error = Bus::connect(&connection).await.unwrap_err();
        assert!(matches!(error, ConnectError::UserInAddress), "{error:?}");
        assert!(!format!("{error} {error:?}").contains("hunter2"));
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
