//! The commit log's settings.

use std::{path::PathBuf, time::Duration};

use sluice_bus::{Connection, consume::Options, settings as bus};
use sluice_daemon::{Key, Service, Settings};

/// Where the index is kept.
pub(crate) static DATA_DIR: Key = Key::new(
    "data-dir",
    "folder for the index, in a folder of its own below; it is read anew from the log if it is lost",
)
.placeholder("FOLDER");

/// How long a push may be behind the commits that it brought.
pub(crate) static PUSH_GRACE: Key = Key::new(
    "push-grace",
    "how long commits that no push is known for wait for a webhook that tells",
)
.default("5s")
.placeholder("TIME");

/// What one query may cost.
pub(crate) static QUERY_STEPS: Key = Key::new(
    "query-steps",
    "how many steps of the index's machine one query may take",
)
.default("200000000")
.placeholder("NUMBER");

/// What is told to the commit log alone, wherever it runs.
pub static LIMITS: &[&Key] = &[&PUSH_GRACE, &QUERY_STEPS];

/// The commit log as a binary.
pub static SERVICE: Service = Service {
    name: "commit-log",
    version: env!("CARGO_PKG_VERSION"),
    about: "records commits for ever, and answers what is asked about them",
    keys: &[&[&DATA_DIR], LIMITS, bus::KEYS],
    elsewhere: &["SLUICE_NATS_SERVER_BIN"],
};

/// What the commit log is told.
#[derive(Debug, Clone)]
pub struct Config {
    /// How to reach NATS.
    pub bus: Connection,
    /// The folder below which the index has its own. One process for each.
    pub data_dir: PathBuf,
    /// How it works.
    pub limits: Limits,
}

/// How it works.
#[derive(Debug, Clone)]
pub struct Limits {
    /// How long commits that no push is known for wait for one.
    pub push_grace: Duration,
    /// How many steps of SQLite's machine one query may take.
    pub query_steps: u64,
    /// How listings are taken from the bus.
    pub consume: Options,
}

impl Config {
    /// Reads the settings.
    pub fn read(settings: &mut Settings) -> Self {
        Self {
            bus: bus::read(settings, SERVICE.name),
            data_dir: settings.path(&DATA_DIR),
            limits: Limits::read(settings),
        }
    }
}

impl Limits {
    /// Reads [`LIMITS`].
    pub fn read(settings: &mut Settings) -> Self {
        Self {
            push_grace: settings.duration(&PUSH_GRACE),
            query_steps: settings.number(&QUERY_STEPS),
            consume: Options::default(),
        }
    }
}
