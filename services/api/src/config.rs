//! The API's settings.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use sluice_bus::{Connection, settings as bus};
use sluice_daemon::{HOOKS_URL, Key, Service, Settings, hooks_url};

/// Where the API is served.
pub static API: Key = Key::new("api", "where the API is served")
    .default(":8081")
    .placeholder("ADDR");

/// How long services may take to answer.
pub(crate) static ANSWER_DEADLINE: Key = Key::new(
    "api-answer-deadline",
    "how long a service may take to answer what the API asks it",
)
.default("10s")
.placeholder("TIME");

/// How long one who follows events may take for the next, before they are cut off.
const FOLLOW_DEADLINE: Duration = Duration::from_secs(20);

/// Most connections at once.
pub(crate) static MAX_CONNECTIONS: Key = Key::new(
    "api-max-connections",
    "how many connections to the API are held at once",
)
.default("1000")
.placeholder("NUMBER");

/// The public key for webhook secrets.
pub(crate) static HOOK_SECRETS_PUB: Key = Key::new(
    "hook-secrets-pub",
    "file with the public key that webhook secrets are sealed to; without it none can be declared here",
)
.placeholder("FILE");

/// The public key for credentials.
pub(crate) static CREDENTIALS_PUB: Key = Key::new(
    "credentials-pub",
    "file with the public key that credentials are sealed to; without it none can be declared here",
)
.placeholder("FILE");

/// The public key for what makes credentials.
pub(crate) static ISSUERS_PUB: Key = Key::new(
    "issuers-pub",
    "file with the public key that private keys of Apps are sealed to; without it none can be declared here",
)
.placeholder("FILE");

/// The limits of the listener.
pub static LIMITS: &[&Key] = &[&ANSWER_DEADLINE, &MAX_CONNECTIONS];

/// The API as a binary.
pub static SERVICE: Service = Service {
    name: "api",
    version: env!("CARGO_PKG_VERSION"),
    about: "speaks HTTP with those who hold an access token: what is declared, the commit log, events",
    keys: &[
        &[
            &API,
            &HOOKS_URL,
            &HOOK_SECRETS_PUB,
            &CREDENTIALS_PUB,
            &ISSUERS_PUB,
        ],
        LIMITS,
        bus::KEYS,
    ],
    elsewhere: &["SLUICE_NATS_SERVER_BIN", "SLUICE_DATA_DIR"],
};

/// What the API is told.
#[derive(Debug, Clone)]
pub struct Config {
    /// How to reach NATS.
    pub bus: Connection,
    /// Where and how it listens.
    pub listen: Listen,
    /// The address that hosts send webhooks to, if it is known.
    pub hooks_url: Option<String>,
    /// File with the public key for webhook secrets, if they can be declared here.
    pub hook_secrets_pub: Option<PathBuf>,
    /// File with the public key for credentials, if they can be declared here.
    pub credentials_pub: Option<PathBuf>,
    /// File with the public key for what makes credentials, if it can be declared here.
    pub issuers_pub: Option<PathBuf>,
}

/// How it takes requests.
#[derive(Debug, Clone)]
pub struct Listen {
    /// Where it listens; port 0 takes a free one.
    pub addr: SocketAddr,
    /// How long a service may take to answer.
    pub answer_deadline: Duration,
    /// How long one who follows events may take for the next.
    pub follow_deadline: Duration,
    /// Most connections at once.
    pub max_connections: usize,
}

impl Config {
    /// Reads the settings.
    pub fn read(settings: &mut Settings) -> Self {
        Self {
            bus: bus::read(settings, SERVICE.name),
            listen: Listen::read(settings, &API),
            hooks_url: hooks_url(settings),
            hook_secrets_pub: settings.optional(&HOOK_SECRETS_PUB, Settings::path),
            credentials_pub: settings.optional(&CREDENTIALS_PUB, Settings::path),
            issuers_pub: settings.optional(&ISSUERS_PUB, Settings::path),
        }
    }
}

impl Listen {
    /// Reads where and how it listens; `api` is the key of the address.
    pub fn read(settings: &mut Settings, api: &Key) -> Self {
        Self {
            addr: settings.addr(api),
            answer_deadline: settings.duration(&ANSWER_DEADLINE),
            follow_deadline: FOLLOW_DEADLINE,
            max_connections: usize::try_from(settings.number(&MAX_CONNECTIONS))
                .unwrap_or(usize::MAX),
        }
    }
}
