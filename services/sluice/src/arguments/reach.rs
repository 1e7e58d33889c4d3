//! The words that say which running system is meant.

use std::{path::PathBuf, time::Duration};

use clap::Args;
use sluice_daemon::settings::parse::duration;

/// A running system, for what is asked of its NATS.
#[derive(Debug, Clone, Args)]
pub(crate) struct Reach {
    /// Folder of a running `sluice up` [default: $XDG_STATE_HOME/sluice]
    #[arg(long, value_name = "FOLDER", global = true)]
    pub(crate) data_dir: Option<PathBuf>,
    /// Address of NATS instead; NATS_USER and NATS_PASSWORD, NATS_CREDS or NATS_NKEY say who you are
    #[arg(long, value_name = "URL", global = true)]
    pub(crate) nats: Option<String>,
    /// Word that begins all names on a shared account
    #[arg(long, value_name = "WORD", global = true)]
    pub(crate) namespace: Option<String>,
}

/// A running system, for what is asked of its API.
#[derive(Debug, Clone, Args)]
pub(crate) struct ReachApi {
    /// Address of the API [default: that of the data folder, else SLUICE_API_URL]
    #[arg(long, value_name = "URL", conflicts_with_all = ["data_dir", "nats", "direct"])]
    pub(crate) api: Option<String>,
    /// File with the access token, - for standard input [default: SLUICE_API_TOKEN, SLUICE_API_TOKEN_FILE, or that of the data folder]
    #[arg(long, value_name = "FILE")]
    pub(crate) api_token_file: Option<PathBuf>,
    /// File with certificate authorities that vouch for the API, as PEM
    #[arg(long, value_name = "FILE")]
    pub(crate) ca: Option<PathBuf>,
    /// How long the API may take to answer
    #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = duration)]
    pub(crate) api_timeout: Duration,
    /// Go past the API and its rules, as the operator of NATS: for when there is no API
    #[arg(long)]
    pub(crate) direct: bool,
    #[command(flatten)]
    pub(crate) reach: Reach,
    #[command(flatten)]
    pub(crate) sealing: Sealing,
}

/// What secrets are sealed to, where the API does not do it.
#[derive(Debug, Clone, Args)]
pub(crate) struct Sealing {
    /// With --direct: file with the public key that hook secrets are sealed to [default: that of the data folder]
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    pub(crate) hook_secrets_pub: Option<PathBuf>,
    /// With --direct: file with the public key that credentials are sealed to [default: that of the data folder]
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    pub(crate) credentials_pub: Option<PathBuf>,
    /// With --direct: file with the public key that private keys of Apps are sealed to [default: that of the data folder]
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    pub(crate) issuers_pub: Option<PathBuf>,
}
