//! The settings of the recoverer.

use std::{path::PathBuf, time::Duration};

use sluice_bus::{Connection, consume::Options, settings as bus};
use sluice_daemon::{Key, Service, Settings};
use sluice_git::settings as git;
use sluice_repositories::{CREDENTIALS_KEY, credentials_keys};

/// How often refs are read.
pub(crate) static INTERVAL: Key = Key::new(
    "sweep-interval",
    "how often the refs of a repository are compared with what webhooks told",
)
.default("5m")
.placeholder("TIME");

/// How often where webhooks come.
pub(crate) static INTERVAL_HEALTHY: Key = Key::new(
    "sweep-interval-healthy",
    "how often where webhooks come and none was missed for a day",
)
.default("30m")
.placeholder("TIME");

/// How long a webhook may take.
pub(crate) static GRACE: Key = Key::new(
    "sweep-grace",
    "how long a webhook may be late before it counts as missed",
)
.default("10s")
.placeholder("TIME");

/// The share of a host.
pub(crate) static AT_ONCE: Key = Key::new(
    "sweep-at-once",
    "how many repositories of one host are read at once",
)
.default("4")
.placeholder("NUMBER");

/// The pace at a host.
pub(crate) static PER_MINUTE: Key = Key::new(
    "sweep-per-minute",
    "how many repositories of one host are read in a minute",
)
.default("600")
.placeholder("NUMBER");

/// How often hosts are asked what has become of repositories.
pub(crate) static ASK_INTERVAL: Key = Key::new(
    "repository-interval",
    "how often a host's API is asked for a repository: its name, its owner, who can see it",
)
.default("24h")
.placeholder("TIME");

/// What is told to the recoverer alone, wherever it runs.
pub static LIMITS: &[&Key] = &[
    &INTERVAL,
    &INTERVAL_HEALTHY,
    &GRACE,
    &ASK_INTERVAL,
    &AT_ONCE,
    &PER_MINUTE,
];

/// The recoverer as a binary.
pub static SERVICE: Service = Service {
    name: "recoverer",
    version: env!("CARGO_PKG_VERSION"),
    about: "finds what no webhook told and publishes it",
    keys: &[&[&CREDENTIALS_KEY], LIMITS, git::KEYS, bus::KEYS],
    elsewhere: &["SLUICE_NATS_SERVER_BIN"],
};

/// What the recoverer is told.
#[derive(Debug, Clone)]
pub struct Config {
    /// How to reach NATS.
    pub bus: Connection,
    /// Files with the private keys for credentials.
    pub credentials_keys: Vec<PathBuf>,
    /// How Git work is done.
    pub git: git::Settings,
    /// How it works.
    pub limits: Limits,
}

/// How it works.
#[derive(Debug, Clone)]
pub struct Limits {
    /// How often refs are read.
    pub interval: Duration,
    /// How often where webhooks come.
    pub interval_healthy: Duration,
    /// How late a webhook may be.
    pub grace: Duration,
    /// How often a host's API is asked for a repository.
    pub ask_interval: Duration,
    /// How many repositories of one host are read at once.
    pub at_once: usize,
    /// How many in a minute.
    pub per_minute: u32,
    /// How events are taken from the bus.
    pub consume: Options,
}

impl Config {
    /// Reads the settings.
    pub fn read(settings: &mut Settings) -> Self {
        Self {
            bus: bus::read(settings, SERVICE.name),
            credentials_keys: credentials_keys(settings),
            git: git::read(settings),
            limits: Limits::read(settings),
        }
    }
}

impl Limits {
    /// Reads [`LIMITS`].
    pub fn read(settings: &mut Settings) -> Self {
        Self {
            interval: settings.duration(&INTERVAL),
            interval_healthy: settings.duration(&INTERVAL_HEALTHY),
            grace: settings.duration(&GRACE),
            ask_interval: settings.duration(&ASK_INTERVAL),
            at_once: usize::try_from(settings.number(&AT_ONCE))
                .unwrap_or(usize::MAX)
                .max(1),
            per_minute: u32::try_from(settings.number(&PER_MINUTE))
                .unwrap_or(u32::MAX)
                .max(1),
            consume: Options::default(),
        }
    }
}
