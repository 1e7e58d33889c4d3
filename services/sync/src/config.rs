//! The settings of sync.

use std::path::PathBuf;

use sluice_bus::{Connection, consume::Options, settings as bus};
use sluice_daemon::{Key, Service, Settings};
use sluice_git::settings as git;
use sluice_repositories::{CREDENTIALS_KEY, credentials_keys};

/// Where mirrors are kept.
pub(crate) static DATA_DIR: Key = Key::new(
    "data-dir",
    "folder for mirrors; what is lost there is fetched again",
)
.placeholder("FOLDER");

/// How many repositories are worked on at once.
pub(crate) static AT_ONCE: Key = Key::new(
    "sync-at-once",
    "how many repositories are worked on at once",
)
.default("8")
.placeholder("NUMBER");

/// What is told to sync alone, wherever it runs.
pub static LIMITS: &[&Key] = &[&AT_ONCE];

/// Sync as a binary.
pub static SERVICE: Service = Service {
    name: "sync",
    version: env!("CARGO_PKG_VERSION"),
    about: "keeps mirrors in step with their repositories and says what changed",
    keys: &[&[&CREDENTIALS_KEY, &DATA_DIR], LIMITS, git::KEYS, bus::KEYS],
    elsewhere: &["SLUICE_NATS_SERVER_BIN"],
};

/// What sync is told.
#[derive(Debug, Clone)]
pub struct Config {
    /// How to reach NATS.
    pub bus: Connection,
    /// Files with the private keys for credentials.
    pub credentials_keys: Vec<PathBuf>,
    /// Where mirrors are kept.
    pub data_dir: PathBuf,
    /// How Git work is done.
    pub git: git::Settings,
    /// How it works.
    pub limits: Limits,
}

/// How it works.
#[derive(Debug, Clone)]
pub struct Limits {
    /// How many repositories are worked on at once.
    pub at_once: usize,
    /// How wakes and commands are taken from the bus.
    pub consume: Options,
}

impl Config {
    /// Reads the settings.
    pub fn read(settings: &mut Settings) -> Self {
        Self {
            bus: bus::read(settings, SERVICE.name),
            credentials_keys: credentials_keys(settings),
            data_dir: settings.path(&DATA_DIR),
            git: git::read(settings),
            limits: Limits::read(settings),
        }
    }
}

impl Limits {
    /// Reads [`LIMITS`].
    pub fn read(settings: &mut Settings) -> Self {
        Self {
            at_once: usize::try_from(settings.number(&AT_ONCE))
                .unwrap_or(usize::MAX)
                .max(1),
            consume: Options::default(),
        }
    }
}
