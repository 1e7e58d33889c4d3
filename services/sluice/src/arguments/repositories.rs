//! The words of `sluice repositories`.

use std::time::Duration;

use clap::{Args, Subcommand};
use sluice_daemon::settings::parse::duration;

use super::{Format, Reach};

#[derive(Debug, Subcommand)]
pub(crate) enum Repositories {
    /// Show how all of them stand
    List(List),
    /// Show how one of them stands
    Show(Show),
    /// Have one of them looked at now
    Sync(Sync),
}

#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    pub(crate) reach: Reach,
    /// Only those of this project [default: all]
    #[arg(short, long)]
    pub(crate) project: Option<String>,
    /// How to print
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: Format,
}

#[derive(Debug, Args)]
pub(crate) struct Show {
    #[command(flatten)]
    pub(crate) reach: Reach,
    /// Its name
    pub(crate) name: String,
    /// Its project
    #[arg(short, long, default_value = "default")]
    pub(crate) project: String,
    /// How to print
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: Format,
}

#[derive(Debug, Args)]
pub(crate) struct Sync {
    #[command(flatten)]
    pub(crate) reach: Reach,
    /// Its name
    pub(crate) name: String,
    /// Its project
    #[arg(short, long, default_value = "default")]
    pub(crate) project: String,
    /// Wait until it was looked at, so long at most; exit code 1 if that failed
    #[arg(long, value_name = "DURATION", num_args = 0..=1, require_equals = true, default_missing_value = "60s", value_parser = duration)]
    pub(crate) wait: Option<Duration>,
}
