//! The API's settings.

use std::{net::SocketAddr, time::Duration};

use sluice_bus::{Connection, settings as bus};
use sluice_daemon::{Key, Service, Settings};

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

/// Most connections at once.
pub(crate) static MAX_CONNECTIONS: Key = Key::new(
    "api-max-connections",
    "how many connections to the API are held at once",
)
.default("1000")
.placeholder("NUMBER");

/// The limits of the listener.
pub static LIMITS: &[&Key] = &[&ANSWER_DEADLINE, &MAX_CONNECTIONS];

/// The API as a binary.
pub static SERVICE: Service = Service {
    name: "api",
    version: env!("CARGO_PKG_VERSION"),
    about: "speaks HTTP with those who hold an access token: the commit log, events, repositories",
    keys: &[&[&API], LIMITS, bus::KEYS],
    elsewhere: &["SLUICE_NATS_SERVER_BIN", "SLUICE_DATA_DIR"],
};

/// What the API is told.
#[derive(Debug, Clone)]
pub struct Config {
    /// How to reach NATS.
    pub bus: Connection,
    /// Where and how it listens.
    pub listen: Listen,
}

/// How it takes requests.
#[derive(Debug, Clone)]
pub struct Listen {
    /// Where it listens; port 0 takes a free one.
    pub addr: SocketAddr,
    /// How long a service may take to answer.
    pub answer_deadline: Duration,
    /// Most connections at once.
    pub max_connections: usize,
}

impl Config {
    /// Reads the settings.
    pub fn read(settings: &mut Settings) -> Self {
        Self {
            bus: bus::read(settings, SERVICE.name),
            listen: Listen::read(settings, &API),
        }
    }
}

impl Listen {
    /// Reads where and how it listens; `api` is the key of the address.
    pub fn read(settings: &mut Settings, api: &Key) -> Self {
        Self {
            addr: settings.addr(api),
            answer_deadline: settings.duration(&ANSWER_DEADLINE),
            max_connections: usize::try_from(settings.number(&MAX_CONNECTIONS))
                .unwrap_or(usize::MAX),
        }
    }
}
