//! The settings of the connector.

use std::{path::PathBuf, time::Duration};

use sluice_bus::{Connection, consume::Options, settings as bus};
use sluice_daemon::{HOOKS_URL, Key, Service, Settings, hooks_url};
use sluice_git::settings as git;
use sluice_repositories::{CREDENTIALS_KEY, credentials_keys};

/// What new webhook secrets are sealed to.
pub(crate) static HOOK_SECRETS_PUB: Key = Key::new(
    "hook-secrets-pub",
    "file with the public key that webhook secrets are sealed to",
)
.placeholder("FILE");

/// The private key for what makes credentials.
pub(crate) static ISSUERS_KEY: Key = Key::new(
    "issuers-key",
    "file with the private key that private keys of Apps are sealed to; several, separated by commas, while keys change; without it no App is used",
)
.placeholder("FILE");

/// What the tokens of Apps are sealed to.
pub(crate) static CREDENTIALS_PUB: Key = Key::new(
    "credentials-pub",
    "file with the public key that credentials are sealed to: the tokens that Apps make; needed with issuers-key",
)
.placeholder("FILE");

/// How often nothing has to have happened.
pub(crate) static INTERVAL: Key = Key::new(
    "connector-interval",
    "how often a repository and its webhook are looked at though nothing has changed",
)
.default("6h")
.placeholder("TIME");

/// The share of a host.
pub(crate) static AT_ONCE: Key = Key::new(
    "connector-at-once",
    "how many repositories of one host are worked on at once",
)
.default("4")
.placeholder("NUMBER");

/// How long after a first failure it is tried again.
const FIRST_PAUSE: Duration = Duration::from_secs(5);

/// How long after a test nothing may have come.
const PROOF_PAUSE: Duration = Duration::from_secs(30);

/// What is told to the connector alone, wherever it runs.
pub static LIMITS: &[&Key] = &[&INTERVAL, &AT_ONCE];

/// The connector as a binary.
pub static SERVICE: Service = Service {
    name: "connector",
    version: env!("CARGO_PKG_VERSION"),
    about: "acts at Git hosts: checks repositories, installs and removes their webhooks",
    keys: &[
        &[
            &CREDENTIALS_KEY,
            &HOOK_SECRETS_PUB,
            &ISSUERS_KEY,
            &CREDENTIALS_PUB,
            &HOOKS_URL,
        ],
        LIMITS,
        git::KEYS,
        bus::KEYS,
    ],
    elsewhere: &["SLUICE_NATS_SERVER_BIN"],
};

/// What the connector is told.
#[derive(Debug, Clone)]
pub struct Config {
    /// How to reach NATS.
    pub bus: Connection,
    /// Files with the private keys for credentials.
    pub credentials_keys: Vec<PathBuf>,
    /// File with the public key for webhook secrets.
    pub hook_secrets_pub: PathBuf,
    /// How Apps are used, if they are.
    pub apps: Option<AppsConfig>,
    /// Address that hosts reach the gateway by, without a slash at its end. Empty: there is none.
    pub hooks_url: String,
    /// How Git work is done.
    pub git: git::Settings,
    /// How it works.
    pub limits: Limits,
}

/// How Apps are used.
#[derive(Debug, Clone)]
pub struct AppsConfig {
    /// Files with the private keys for issuers.
    pub issuers_keys: Vec<PathBuf>,
    /// File with the public key for credentials.
    pub credentials_pub: PathBuf,
}

/// How it works.
#[derive(Debug, Clone)]
pub struct Limits {
    /// How often a repository is looked at though nothing has changed.
    pub interval: Duration,
    /// How many repositories of one host are worked on at once.
    pub at_once: usize,
    /// How many times faster than ours hosts' clocks run: 1, but in tests.
    pub hosts_clock: u32,
    /// How long after a first failure it is tried again; later and later after more of them.
    pub first_pause: Duration,
    /// How long after a webhook was installed, or tested, nothing may have come by it until it is tested again.
    pub proof_pause: Duration,
    /// How commands are taken from the bus.
    pub consume: Options,
}

impl Config {
    /// Reads the settings.
    pub fn read(settings: &mut Settings) -> Self {
        Self {
            bus: bus::read(settings, SERVICE.name),
            credentials_keys: credentials_keys(settings),
            hook_secrets_pub: settings.path(&HOOK_SECRETS_PUB),
            apps: AppsConfig::read(settings),
            hooks_url: hooks_url(settings).unwrap_or_default(),
            git: git::read(settings),
            limits: Limits::read(settings),
        }
    }
}

impl AppsConfig {
    fn read(settings: &mut Settings) -> Option<Self> {
        let issuers_keys = settings.is_set(&ISSUERS_KEY).then(|| {
            let files = settings.list(&ISSUERS_KEY);
            files.into_iter().map(PathBuf::from).collect()
        })?;
        Some(Self {
            issuers_keys,
            credentials_pub: settings.path(&CREDENTIALS_PUB),
        })
    }
}

impl Limits {
    /// Reads [`LIMITS`].
    pub fn read(settings: &mut Settings) -> Self {
        Self {
            interval: settings.duration(&INTERVAL),
            at_once: usize::try_from(settings.number(&AT_ONCE))
                .unwrap_or(usize::MAX)
                .max(1),
            hosts_clock: 1,
            first_pause: FIRST_PAUSE,
            proof_pause: PROOF_PAUSE,
            consume: Options::default(),
        }
    }
}
