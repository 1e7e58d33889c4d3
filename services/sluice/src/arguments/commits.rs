//! The words of `sluice commits`.

use clap::{Args, Subcommand};

use super::{Format, Reach};

#[derive(Debug, Subcommand)]
pub(crate) enum Commits {
    /// List commits of all repositories, newest first
    List(Box<List>),
    /// Show one commit, and what has become of it
    Show(Show),
}

/// Everything that is given must hold.
#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    pub(crate) reach: Reach,
    /// The project
    #[arg(short, long, default_value = "default")]
    pub(crate) project: String,
    /// Only those of this repository: its name, or its full name
    #[arg(short, long, value_name = "NAME", default_value = "")]
    pub(crate) repository: String,
    /// Only those of repositories on this host
    #[arg(long, value_name = "NAME", default_value = "")]
    pub(crate) host: String,
    /// Only what this branch or tag leads to
    #[arg(short, long, value_name = "REF", default_value = "")]
    pub(crate) branch: String,
    /// Only those of this author: part of a name or address
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(crate) author: String,
    /// Only those committed since: a time like 2026-01-31T12:00:00Z, or how long ago, like 2d
    #[arg(long, value_name = "WHEN")]
    pub(crate) since: Option<String>,
    /// Only those committed before: a time, or how long ago
    #[arg(long, value_name = "WHEN")]
    pub(crate) until: Option<String>,
    /// Only those that change this path or something below it
    #[arg(long, value_name = "PATH", default_value = "")]
    pub(crate) path: String,
    /// Only those whose message has this phrase
    #[arg(long, value_name = "PHRASE", default_value = "")]
    pub(crate) text: String,
    /// Only those whose sha begins so
    #[arg(long, value_name = "DIGITS", default_value = "")]
    pub(crate) sha: String,
    /// How many at most; 0: all of them
    #[arg(short = 'n', long, value_name = "NUMBER", default_value_t = 50)]
    pub(crate) limit: u64,
    /// Begin where a list before ended
    #[arg(long, value_name = "CURSOR", default_value = "")]
    pub(crate) cursor: String,
    /// All of them, like --limit 0
    #[arg(long, conflicts_with = "limit")]
    pub(crate) all: bool,
    /// How to print; json is one object a line, with everything
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: Format,
}

#[derive(Debug, Args)]
pub(crate) struct Show {
    #[command(flatten)]
    pub(crate) reach: Reach,
    /// Its sha, or the beginning of it
    pub(crate) sha: String,
    /// The project
    #[arg(short, long, default_value = "default")]
    pub(crate) project: String,
    /// Only of this repository: its name, or its full name
    #[arg(short, long, value_name = "NAME", default_value = "")]
    pub(crate) repository: String,
    /// Only of repositories on this host
    #[arg(long, value_name = "NAME", default_value = "")]
    pub(crate) host: String,
    /// How to print
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: Format,
}
