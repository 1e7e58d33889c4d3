//! The words of `sluice access-tokens`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use sluice_events::v1::AccessRole;

use super::{Format, ReachApi};

#[derive(Debug, Subcommand)]
pub(crate) enum AccessTokens {
    /// Make one and show it: it stands nowhere else
    New(New),
    /// Show which there are
    List(List),
    /// Take one away: from then on it opens nothing
    Delete(Delete),
}

#[derive(Debug, Args)]
pub(crate) struct New {
    #[command(flatten)]
    pub(crate) reach: ReachApi,
    /// Its name, by which commands and the audit call its holder
    pub(crate) name: String,
    /// The project that it opens [default: all]
    #[arg(short, long)]
    pub(crate) project: Option<String>,
    /// What its holder may do
    #[arg(long, value_enum, default_value = "viewer")]
    pub(crate) role: Role,
    /// When it ends: a time like 2027-01-31T12:00:00Z, or how long from now, like 90d [default: never]
    #[arg(long, value_name = "WHEN")]
    pub(crate) expires: Option<String>,
    /// Write it to this new file, mode 0600, instead of standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    pub(crate) reach: ReachApi,
    /// How to print
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: Format,
}

#[derive(Debug, Args)]
pub(crate) struct Delete {
    #[command(flatten)]
    pub(crate) reach: ReachApi,
    /// Its name
    pub(crate) name: String,
    /// How to print
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: Format,
}

/// What the holder of an access token may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Role {
    /// Read
    Viewer,
    /// Read, and ask for work
    Editor,
    /// Everything
    Admin,
}

impl Role {
    /// The role of the record.
    pub(crate) fn role(self) -> AccessRole {
        match self {
            Role::Viewer => AccessRole::Viewer,
            Role::Editor => AccessRole::Editor,
            Role::Admin => AccessRole::Admin,
        }
    }
}
