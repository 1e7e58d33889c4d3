//! What a binary says of itself, once.

use crate::settings::{CONFIG, Key};
use crate::{admin, shutdown, telemetry};

/// The settings that every service has, whatever it does.
pub const KEYS_OF_EVERY_SERVICE: &[&Key] = &[
    &CONFIG,
    &telemetry::LOG_FORMAT,
    &admin::ADDR,
    &admin::TOKEN,
    &shutdown::DRAIN_DELAY,
    &shutdown::GRACE,
];

/// A binary: its name, and the settings it understands.
#[derive(Debug)]
pub struct Service {
    /// The one name: of the folder, the binary, the image, the NATS user and the metric label.
    pub name: &'static str,
    /// The version of the binary, as `env!("CARGO_PKG_VERSION")` gives it.
    pub version: &'static str,
    /// What it does, in half a sentence, for `--help`.
    pub about: &'static str,
    /// Tables of settings: its own and those of the libraries it uses.
    ///
    /// A key that repeats the name of a key of every service stands in its place, which is how
    /// the all-in-one process gives other defaults.
    pub keys: &'static [&'static [&'static Key]],
    /// `SLUICE_…` variables that others read, and that are no mistake here.
    pub elsewhere: &'static [&'static str],
}

/// The commit that was built, if the build said so.
pub const REVISION: Option<&str> = option_env!("SLUICE_REVISION");
