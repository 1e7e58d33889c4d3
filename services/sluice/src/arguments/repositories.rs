//! The words of `sluice repositories`.

use std::{path::PathBuf, time::Duration};

use clap::{Args, Subcommand};
use sluice_daemon::settings::parse::duration;

use super::{Format, ReachApi};

#[derive(Debug, Subcommand)]
pub(crate) enum Repositories {
    /// Connect a repository: check it, have its webhook installed and proved
    Add(Box<Add>),
    /// Register all repositories of an owner, and have them connected: asked for once, and not declared
    Import(Box<Import>),
    /// Show how all of them stand
    List(List),
    /// Show how one of them stands
    Show(Show),
    /// Have one of them fetched now
    Sync(Sync),
    /// Check access, branch and webhook now, and mend what can be mended
    Recheck(One),
    /// Replace its webhook by a new one
    Renew(One),
    /// Agree to its new owner or visibility
    Accept(One),
    /// Remove its webhook, and then the repository
    Delete(Delete),
    /// Show the address of its webhook, to paste at the host
    Hook(Hook),
}

#[derive(Debug, Args)]
pub(crate) struct Add {
    #[command(flatten)]
    pub(crate) reach: ReachApi,
    /// Its address, as the host shows it
    pub(crate) url: String,
    /// Its name here [default: the last part of the address]
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Its project
    #[arg(short, long, default_value = "default")]
    pub(crate) project: String,
    /// What it is for
    #[arg(long, default_value = "")]
    pub(crate) title: String,
    /// Its branch [default: the host's]
    #[arg(long, default_value = "")]
    pub(crate) branch: String,
    /// Who may see it
    #[arg(long, default_value = "private", value_parser = ["private", "organization"])]
    pub(crate) level: String,
    /// What is kept of it
    #[arg(long, default_value = "full", value_parser = ["full", "refs-only", "none"])]
    pub(crate) mirror: String,
    /// Who takes care of its webhook [default: managed with a token or a password, manual with an SSH key, else none]
    #[arg(long, value_parser = ["managed", "manual", "none", "shared"])]
    pub(crate) webhook: Option<String>,
    /// The endpoint whose webhook tells of it, with --webhook shared
    #[arg(
        long,
        value_name = "NAME",
        default_value = "",
        hide_default_value = true
    )]
    pub(crate) shared_endpoint: String,
    /// How many days its webhook is used until another takes its place [default: for ever]
    #[arg(
        long,
        value_name = "DAYS",
        default_value = "0",
        hide_default_value = true
    )]
    pub(crate) webhook_days: u32,
    #[command(flatten)]
    pub(crate) access: Access,
    /// Wait so long at most until it is connected
    #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = duration)]
    pub(crate) wait: Duration,
    /// How to print
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: Format,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Ctrl-C ends the watching and not the import; the same command again goes on watching, or begins anew where it is over. `sluice imports` shows and ends them. An import is no object of `apply`: what it registers is."
)]
pub(crate) struct Import {
    #[command(flatten)]
    pub(crate) reach: ReachApi,
    /// Name of the host
    #[arg(long)]
    pub(crate) host: String,
    /// Organization, group or user there
    #[arg(long)]
    pub(crate) owner: String,
    /// Only repositories whose names below the owner match, with `*` and `?`
    #[arg(
        long = "match",
        value_name = "GLOB",
        default_value = "",
        hide_default_value = true
    )]
    pub(crate) matching: String,
    /// A credential that is declared already
    #[arg(
        long,
        value_name = "NAME",
        conflicts_with = "token_file",
        required_unless_present = "token_file"
    )]
    pub(crate) credential: Option<String>,
    /// File with a token, to be declared under the import's name; - for standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) token_file: Option<PathBuf>,
    /// Who takes care of the webhooks; shared: one at the owner tells of all
    #[arg(long, default_value = "managed", value_parser = ["managed", "manual", "none", "shared"])]
    pub(crate) webhook: String,
    /// What is kept of the repositories
    #[arg(long, default_value = "full", value_parser = ["full", "refs-only", "none"])]
    pub(crate) mirror: String,
    /// Who may see them
    #[arg(long, default_value = "private", value_parser = ["private", "organization"])]
    pub(crate) level: String,
    /// Register archived ones as well
    #[arg(long)]
    pub(crate) archived: bool,
    /// Register those as well that appear later, until `sluice imports delete`
    #[arg(long)]
    pub(crate) follow: bool,
    /// The import's name [default: made of the owner's]
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Its project
    #[arg(short, long, default_value = "default")]
    pub(crate) project: String,
    /// Watch so long at most until all are connected; 0s: only ask for it
    #[arg(long, value_name = "DURATION", default_value = "24h", value_parser = duration)]
    pub(crate) wait: Duration,
    /// How to print
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: Format,
}

/// What opens it. A secret comes in by a file or standard input, never as a word of the command.
#[derive(Debug, Default, Args)]
pub(crate) struct Access {
    /// A credential that is declared already
    #[arg(long, value_name = "NAME", conflicts_with_all = ["token_file", "password_file", "ssh_key_file"])]
    pub(crate) credential: Option<String>,
    /// File with a token; - for standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["password_file", "ssh_key_file"])]
    pub(crate) token_file: Option<PathBuf>,
    /// File with a password, which goes with --user; - for standard input
    #[arg(
        long,
        value_name = "FILE",
        requires = "user",
        conflicts_with = "ssh_key_file"
    )]
    pub(crate) password_file: Option<PathBuf>,
    /// File with a private SSH key without passphrase; - for standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) ssh_key_file: Option<PathBuf>,
    /// Make an SSH key, and show its public half to add at the host
    #[arg(long, conflicts_with_all = ["credential", "token_file", "password_file", "ssh_key_file"])]
    pub(crate) new_ssh_key: bool,
    /// The user that goes with it
    #[arg(long, default_value = "")]
    pub(crate) user: String,
}

#[derive(Debug, Args)]
pub(crate) struct One {
    #[command(flatten)]
    pub(crate) reach: ReachApi,
    /// Its name
    pub(crate) name: String,
    /// Its project [default: that of the access token, else `default`]
    #[arg(short, long, default_value = "", hide_default_value = true)]
    pub(crate) project: String,
    /// Wait so long at most until it is done
    #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = duration)]
    pub(crate) wait: Duration,
    /// How to print
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: Format,
}

#[derive(Debug, Args)]
pub(crate) struct Delete {
    #[command(flatten)]
    pub(crate) one: One,
    /// Remove it here even if the host refuses to remove the webhook; says what to remove by hand
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Hook {
    #[command(flatten)]
    pub(crate) reach: ReachApi,
    /// Its name
    pub(crate) name: String,
    /// Its project [default: that of the access token, else `default`]
    #[arg(short, long, default_value = "", hide_default_value = true)]
    pub(crate) project: String,
    /// Make a new secret and show it; the old one is accepted for an hour beside it
    #[arg(long)]
    pub(crate) new_secret: bool,
    /// How to print
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: Format,
}

#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    pub(crate) reach: ReachApi,
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
    pub(crate) reach: ReachApi,
    /// Its name
    pub(crate) name: String,
    /// Its project [default: that of the access token, else `default`]
    #[arg(short, long, default_value = "", hide_default_value = true)]
    pub(crate) project: String,
    /// How to print
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: Format,
}

#[derive(Debug, Args)]
pub(crate) struct Sync {
    #[command(flatten)]
    pub(crate) reach: ReachApi,
    /// Its name
    pub(crate) name: String,
    /// Its project [default: that of the access token, else `default`]
    #[arg(short, long, default_value = "", hide_default_value = true)]
    pub(crate) project: String,
    /// Wait until it was looked at, so long at most; exit code 1 if that failed
    #[arg(long, value_name = "DURATION", num_args = 0..=1, require_equals = true, default_missing_value = "60s", value_parser = duration)]
    pub(crate) wait: Option<Duration>,
    /// How to print
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: Format,
}
