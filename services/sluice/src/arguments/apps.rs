//! The words of `sluice apps`.

use std::{path::PathBuf, time::Duration};

use clap::{Args, Subcommand};
use sluice_daemon::settings::parse::duration;
use sluice_registry::DEFAULT_PROJECT;

use super::ReachApi;

#[derive(Debug, Subcommand)]
pub(crate) enum Apps {
    /// Register an App at GitHub with a browser, and declare its credential and its endpoint
    New(Box<New>),
}

#[derive(Debug, Args)]
pub(crate) struct New {
    #[command(flatten)]
    pub(crate) reach: ReachApi,
    /// Name of the App at the host, and of its credential and its endpoint here
    #[arg(long)]
    pub(crate) name: String,
    /// The organization that it is of, and whose repositories it is for
    #[arg(long, value_name = "ORGANIZATION")]
    pub(crate) owner: String,
    /// The owner is no organization but you
    #[arg(long)]
    pub(crate) personal: bool,
    /// The host
    #[arg(long, default_value = "github")]
    pub(crate) host: String,
    /// The project that credential and endpoint belong to
    #[arg(short, long, default_value = DEFAULT_PROJECT)]
    pub(crate) project: String,
    /// What stands behind `code=` in the address that the browser was led to, - for standard input: where the browser was on
    /// another machine
    #[arg(long, conflicts_with_all = ["page", "wait"])]
    pub(crate) code: Option<String>,
    /// Address that the host reaches the gateway by, where the API or the data folder does not say it
    #[arg(long, value_name = "URL")]
    pub(crate) hooks_url: Option<String>,
    /// File to write the page to that is opened in the browser [default: <name>-app.html]
    #[arg(long, value_name = "FILE")]
    pub(crate) page: Option<PathBuf>,
    /// How long to wait for the browser
    #[arg(long, value_name = "DURATION", default_value = "15m", value_parser = duration)]
    pub(crate) wait: Duration,
}
