//! The settings of `sluice up`.

use std::path::PathBuf;

use sluice_bus::{Connection, settings as bus};
use sluice_daemon::{HOOKS_URL, Key, Service, Settings, admin, hooks_url, shutdown};
use sluice_gateway::Listen;
use sluice_git::settings as git;

use crate::connection_file::default_folder;

static DATA_DIR: Key = Key::new(
    "data-dir",
    "folder for keys, the store and connection.json [$XDG_STATE_HOME/sluice]",
)
.placeholder("FOLDER");
static OUTPUT: Key = Key::new(
    "output",
    "how readiness is announced: text, or json in one line",
)
.default("text")
.placeholder("text|json");
static PROGRAM: Key = Key::new(
    "nats-server-bin",
    "the nats-server to run; else the first on the PATH that is new enough",
)
.placeholder("FILE");
static NATS_PORT: Key = Key::new(
    "nats-listen-on",
    "port on loopback of the nats-server that is run; 0 takes a free one",
)
.default("0");
static MAX_STORE: Key = Key::new(
    "nats-max-store",
    "how many bytes the nats-server that is run may store",
)
.default("16GiB")
.placeholder("SIZE");

// None unless it is given: then a server is run here.
static NATS: Key = Key {
    default: None,
    ..bus::URL
};

// On one machine everything is on loopback, and there is no load balancer to wait for.
static ADMIN: Key = admin::ADDR.default("127.0.0.1:9090");
static HOOKS: Key = sluice_gateway::HOOKS.default("127.0.0.1:8080");
static API: Key = sluice_api::API.default("127.0.0.1:8081");
static DRAIN_DELAY: Key = shutdown::DRAIN_DELAY.default("0s");

/// The all-in-one process.
pub(super) static UP: Service = Service {
    name: "sluice",
    version: env!("CARGO_PKG_VERSION"),
    about: "runs everything on this machine, with a nats-server of its own unless --nats is given",
    keys: &[
        &[
            &DATA_DIR,
            &HOOKS,
            &API,
            &HOOKS_URL,
            &ADMIN,
            &OUTPUT,
            &PROGRAM,
            &NATS_PORT,
            &MAX_STORE,
            &DRAIN_DELAY,
        ],
        sluice_gateway::LIMITS,
        sluice_sync::LIMITS,
        sluice_recoverer::LIMITS,
        sluice_connector::LIMITS,
        sluice_commit_log::LIMITS,
        sluice_api::LIMITS,
        git::KEYS,
        bus::KEYS,
        // The last word of a name counts.
        &[&NATS],
    ],
    elsewhere: &[
        "SLUICE_API_TOKEN",
        "SLUICE_API_TOKEN_FILE",
        "SLUICE_API_URL",
        "SLUICE_CONFORMANCE_PAYLOADS",
        "SLUICE_CREDENTIALS_PUB",
        "SLUICE_FAULTS_SEED",
        "SLUICE_HOOK_SECRETS_PUB",
    ],
};

/// How readiness is announced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Output {
    Text,
    Json,
}

/// What `sluice up` is told.
pub(super) struct Config {
    pub(super) data_dir: PathBuf,
    pub(super) output: Output,
    pub(super) listen: Listen,
    pub(super) api: sluice_api::Listen,
    /// The address that hosts send webhooks to, where it is another than that of the listener.
    pub(super) hooks_url: Option<String>,
    pub(super) git: git::Settings,
    pub(super) sync: sluice_sync::Limits,
    pub(super) recoverer: sluice_recoverer::Limits,
    pub(super) connector: sluice_connector::Limits,
    pub(super) commit_log: sluice_commit_log::Limits,
    pub(super) namespace: String,
    /// How to reach the user's own NATS; absent: one is run here.
    pub(super) nats: Option<Connection>,
    pub(super) program: Option<PathBuf>,
    /// The search path of programs.
    pub(super) path: String,
    pub(super) nats_port: u16,
    pub(super) max_store: u64,
}

impl Config {
    pub(super) fn read(settings: &mut Settings) -> Self {
        let nats = settings.is_set(&NATS).then(|| bus::read(settings, UP.name));
        let namespace = settings
            .optional(&bus::NAMESPACE, Settings::string)
            .unwrap_or_default();
        if nats.is_none() && !namespace.is_empty() {
            settings.refuse(
                &bus::NAMESPACE,
                "is for a shared account: give --nats as well",
            );
        }
        Self {
            data_dir: data_dir(settings),
            output: match settings.choice(&OUTPUT, &["text", "json"]) {
                "json" => Output::Json,
                _ => Output::Text,
            },
            listen: Listen::read(settings, &HOOKS),
            api: sluice_api::Listen::read(settings, &API),
            hooks_url: hooks_url(settings),
            git: git::read(settings),
            sync: sluice_sync::Limits::read(settings),
            recoverer: sluice_recoverer::Limits::read(settings),
            connector: sluice_connector::Limits::read(settings),
            commit_log: sluice_commit_log::Limits::read(settings),
            namespace,
            nats,
            program: settings.optional(&PROGRAM, Settings::path),
            path: settings.variable("PATH").unwrap_or_default().to_owned(),
            nats_port: port(settings),
            max_store: settings.bytes(&MAX_STORE),
        }
    }
}

fn data_dir(settings: &mut Settings) -> PathBuf {
    if let Some(folder) = settings.optional(&DATA_DIR, Settings::path) {
        return folder;
    }
    default_folder(|name| settings.variable(name).map(str::to_owned)).unwrap_or_else(|| {
        settings.refuse(&DATA_DIR, "is not set, and neither is HOME: name a folder");
        PathBuf::new()
    })
}

fn port(settings: &mut Settings) -> u16 {
    let number = settings.number(&NATS_PORT);
    u16::try_from(number).unwrap_or_else(|_| {
        settings.refuse(&NATS_PORT, format_args!("`{number}` is no port"));
        0
    })
}
