//! The words of `sluice projects`, `hosts`, `credentials`, `endpoints`, `imports`, `operations` and `audit`.

use std::time::Duration;

use clap::{Args, Subcommand};
use sluice_daemon::settings::parse::duration;

use super::{Format, ReachApi};

#[derive(Debug, Subcommand)]
pub(crate) enum Projects {
    /// List those that may be seen
    List(All),
}

#[derive(Debug, Subcommand)]
pub(crate) enum Hosts {
    /// List them, the predefined ones among them
    List(All),
}

#[derive(Debug, Subcommand)]
pub(crate) enum Credentials {
    /// List them, without their values
    List(OfProject),
}

#[derive(Debug, Subcommand)]
pub(crate) enum Endpoints {
    /// List them, with their addresses
    List(OfProject),
    /// Show one of them
    Show(Endpoint),
    /// Say which managed webhooks do not stand with the present public address; exit code 1 if any
    Verify(Verify),
}

#[derive(Debug, Subcommand)]
pub(crate) enum Operations {
    /// Show what became of something that was asked for
    Show(Operation),
}

#[derive(Debug, Subcommand)]
pub(crate) enum Imports {
    /// List them, and how far they have come
    List(OfProject),
    /// Show one of them
    Show(Import),
    /// End one: what it has registered stays, and a webhook that it has at the owner is removed
    Delete(super::repositories::One),
}

#[derive(Debug, Args)]
pub(crate) struct Import {
    #[command(flatten)]
    pub(crate) of: OfProject,
    /// Its name
    pub(crate) name: String,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Audit {
    /// List who changed what, or was not allowed to, from the oldest on
    List(Entries),
}

#[derive(Debug, Args)]
pub(crate) struct All {
    #[command(flatten)]
    pub(crate) reach: ReachApi,
    /// How to print
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: Format,
}

#[derive(Debug, Args)]
pub(crate) struct OfProject {
    #[command(flatten)]
    pub(crate) all: All,
    /// Only those of this project [default: all]
    #[arg(short, long, default_value = "", hide_default_value = true)]
    pub(crate) project: String,
}

#[derive(Debug, Args)]
pub(crate) struct Endpoint {
    /// Its name
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) of: OfProject,
}

#[derive(Debug, Args)]
pub(crate) struct Verify {
    #[command(flatten)]
    pub(crate) of: OfProject,
    /// Have those rechecked that do not, one after the other
    #[arg(long)]
    pub(crate) repair: bool,
    /// Wait so long at most for each
    #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = duration)]
    pub(crate) wait: Duration,
}

#[derive(Debug, Args)]
pub(crate) struct Operation {
    /// Its id
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) all: All,
}

#[derive(Debug, Args)]
pub(crate) struct Entries {
    #[command(flatten)]
    pub(crate) of: OfProject,
    /// Only those since: a time like 2026-01-31T12:00:00Z, or how long ago, like 2d
    #[arg(long, value_name = "WHEN")]
    pub(crate) since: Option<String>,
    /// How many at most
    #[arg(short = 'n', long, value_name = "NUMBER", default_value_t = 1000)]
    pub(crate) limit: usize,
}
