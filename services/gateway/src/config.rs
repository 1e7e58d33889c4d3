//! The gateway's settings.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use sluice_bus::{Connection, settings as bus};
use sluice_daemon::{Key, Service, Settings};

/// Where hooks are received.
pub static HOOKS: Key = Key::new("hooks", "where webhooks are received")
    .default(":8080")
    .placeholder("ADDR");

/// The private key for webhook secrets.
pub(crate) static HOOK_SECRETS_KEY: Key = Key::new(
    "hook-secrets-key",
    "file with the private key that webhook secrets are sealed to; several, separated by commas, while keys change",
)
.placeholder("FILE");

/// Most bytes of bodies that are held at once.
pub(crate) static BODY_BUDGET: Key =
    Key::new("body-budget", "how many bytes of bodies are held at once")
        .default("128MiB")
        .placeholder("SIZE");

/// How long a body may take.
pub(crate) static BODY_DEADLINE: Key =
    Key::new("body-deadline", "how long a body may take to arrive")
        .default("8s")
        .placeholder("TIME");

/// How long storing may take.
pub(crate) static STORE_DEADLINE: Key = Key::new(
    "store-deadline",
    "how long after a body's last byte its answer may take; hosts hang up after five seconds",
)
.default("3s")
.placeholder("TIME");

/// Most connections at once.
pub(crate) static MAX_CONNECTIONS: Key =
    Key::new("max-connections", "how many connections are held at once")
        .default("10000")
        .placeholder("NUMBER");

/// The limits of the listener.
pub static LIMITS: &[&Key] = &[
    &BODY_BUDGET,
    &BODY_DEADLINE,
    &STORE_DEADLINE,
    &MAX_CONNECTIONS,
];

/// The gateway as a binary.
pub static SERVICE: Service = Service {
    name: "gateway",
    version: env!("CARGO_PKG_VERSION"),
    about: "takes webhooks: verifies, normalizes and stores them before it answers",
    keys: &[&[&HOOKS, &HOOK_SECRETS_KEY], LIMITS, bus::KEYS],
    elsewhere: &["SLUICE_NATS_SERVER_BIN", "SLUICE_DATA_DIR"],
};

/// What the gateway is told.
#[derive(Debug, Clone)]
pub struct Config {
    /// How to reach NATS.
    pub bus: Connection,
    /// Files with the private keys for webhook secrets.
    pub hook_secrets_keys: Vec<PathBuf>,
    /// Where and how it listens.
    pub listen: Listen,
}

/// How it takes requests.
#[derive(Debug, Clone)]
pub struct Listen {
    /// Where it listens; port 0 takes a free one.
    pub addr: SocketAddr,
    /// Most bytes of bodies that are held at once.
    pub body_budget: u64,
    /// How long a body may take.
    pub body_deadline: Duration,
    /// How long storing may take.
    pub store_deadline: Duration,
    /// Most connections at once.
    pub max_connections: usize,
}

impl Config {
    /// Reads the settings.
    pub fn read(settings: &mut Settings) -> Self {
        Self {
            bus: bus::read(settings, SERVICE.name),
            hook_secrets_keys: settings
                .list(&HOOK_SECRETS_KEY)
                .into_iter()
                .map(PathBuf::from)
                .collect(),
            listen: Listen::read(settings, &HOOKS),
        }
    }
}

impl Listen {
    /// Reads where and how it listens; `hooks` is the key of the address.
    pub fn read(settings: &mut Settings, hooks: &Key) -> Self {
        Self {
            addr: settings.addr(hooks),
            body_budget: settings.bytes(&BODY_BUDGET),
            body_deadline: settings.duration(&BODY_DEADLINE),
            store_deadline: settings.duration(&STORE_DEADLINE),
            max_connections: usize::try_from(settings.number(&MAX_CONNECTIONS))
                .unwrap_or(usize::MAX),
        }
    }
}
