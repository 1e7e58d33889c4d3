//! The words of the command line.

pub(crate) mod access_tokens;
pub(crate) mod apps;
pub(crate) mod commits;
pub(crate) mod keys;
pub(crate) mod lists;
mod reach;
pub(crate) mod records;
pub(crate) mod repositories;
pub(crate) mod topology;

use std::{ffi::OsString, path::PathBuf};

use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use sluice_daemon::Invocation;

use access_tokens::AccessTokens;
use apps::Apps;
use commits::Commits;
use keys::Keys;
use lists::{Audit, Credentials, Endpoints, Hosts, Imports, Operations, Projects};
pub(crate) use reach::{Reach, ReachApi, Sealing};
use records::{Apply, Delete, Diff, Get};
use repositories::Repositories;
use topology::{DurabilityWord, Topology};

/// Sluice turns what happens in Git into durable, verified, uniform events on NATS.
#[derive(Debug, Parser)]
#[command(
    name = "sluice",
    version,
    propagate_version = true,
    after_help = "Exit codes: 0 it is done; 1 it failed, and may work another time; 2 it is refused or wrong; 64 the words of the command are wrong. diff, doctor and endpoints verify end with 1 where they find something."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run everything on this machine, with a nats-server of its own unless --nats is given
    #[command(disable_help_flag = true)]
    Up {
        /// See `sluice up --help`
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        settings: Vec<OsString>,
    },
    /// Declare projects, hosts, credentials, repositories and endpoints
    Apply(Apply),
    /// Say what `apply` would change; exit code 1 if anything
    Diff(Diff),
    /// Show what is declared, as `apply` takes it
    Get(Get),
    /// Remove what is declared
    Delete(Delete),
    /// See how repositories stand, and have them looked at
    Repositories {
        #[command(subcommand)]
        command: Repositories,
    },
    /// See how far imports of many repositories have come, and end them
    Imports {
        #[command(subcommand)]
        command: Imports,
    },
    /// See the endpoints that webhooks come to
    Endpoints {
        #[command(subcommand)]
        command: Endpoints,
    },
    /// See what opens repositories
    Credentials {
        #[command(subcommand)]
        command: Credentials,
    },
    /// See the Git hosts that are known
    Hosts {
        #[command(subcommand)]
        command: Hosts,
    },
    /// See the projects
    Projects {
        #[command(subcommand)]
        command: Projects,
    },
    /// See what became of what was asked for
    Operations {
        #[command(subcommand)]
        command: Operations,
    },
    /// See who changed what
    Audit {
        #[command(subcommand)]
        command: Audit,
    },
    /// Read the commit log
    Commits {
        #[command(subcommand)]
        command: Commits,
    },
    /// Register an App of GitHub
    Apps {
        #[command(subcommand)]
        command: Apps,
    },
    /// Say who may use the API
    AccessTokens {
        #[command(subcommand)]
        command: AccessTokens,
    },
    /// Read events
    Events {
        #[command(subcommand)]
        command: Events,
    },
    /// Send a sample delivery, signed with the secret that you give
    Trigger(Box<Trigger>),
    /// Compare what stands on the bus with what must stand there
    Topology {
        #[command(subcommand)]
        command: Topology,
    },
    /// Make the keys that secrets are sealed to, and move secrets from one to the next
    Keys {
        #[command(subcommand)]
        command: Keys,
    },
    /// Check a running system, and say what to do
    Doctor(Doctor),
    /// Print what a shell completes the words of this command by
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Write man pages, one for each command
    Man {
        /// Folder to write them to
        #[arg(long, value_name = "FOLDER")]
        out: PathBuf,
    },
}

/// How to print.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Table,
    /// As `apply` takes it, where it takes it
    Yaml,
    /// For programs
    Json,
    /// Only names, a line each
    Name,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Events {
    /// Print events as they come
    Tail(Tail),
}

#[derive(Debug, Args)]
pub(crate) struct Tail {
    #[command(flatten)]
    pub(crate) reach: Reach,
    /// Only subjects that match, such as 'sluice.v1.git.*.*.acme.>'
    #[arg(long, default_value = "sluice.v1.git.>")]
    pub(crate) subject: String,
    /// Begin with the event of this sequence, 1 for the oldest [default: only new ones]
    #[arg(long, value_name = "SEQUENCE")]
    pub(crate) from: Option<u64>,
    /// End after this many
    #[arg(short = 'n', long, value_name = "NUMBER")]
    pub(crate) count: Option<u64>,
    /// How to print; json is one object a line: subject, stream, sequence, headers, data
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: Format,
}

#[derive(Debug, Args)]
pub(crate) struct Trigger {
    #[command(flatten)]
    pub(crate) reach: Reach,
    /// Kind of Git host software: github, gitlab, gitea, forgejo
    pub(crate) provider: String,
    /// What happens: push, tag and so on; a wrong one lists those there are
    pub(crate) event: String,
    /// Name of the endpoint to send it to
    #[arg(long, value_name = "NAME", conflicts_with = "url")]
    pub(crate) endpoint: Option<String>,
    /// Project of the endpoint
    #[arg(short, long, default_value = "default")]
    pub(crate) project: String,
    /// Whole address to send it to, instead of an endpoint's
    #[arg(long, value_name = "URL")]
    pub(crate) url: Option<String>,
    /// File with the secret to sign with; - for standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) secret_file: PathBuf,
    /// Kind of the secret: hmac, token, signing, basic, path
    #[arg(long, value_name = "KIND", default_value = "hmac")]
    pub(crate) secret_kind: String,
    /// Full name of the repository that it tells of
    #[arg(long, value_name = "OWNER/NAME", default_value = "acme/web")]
    pub(crate) repository: String,
    /// Branch or tag that it tells of
    #[arg(long = "ref", value_name = "NAME", default_value = "main")]
    pub(crate) ref_name: String,
    /// Object id before
    #[arg(long, value_name = "SHA")]
    pub(crate) before: Option<String>,
    /// Object id after
    #[arg(long, value_name = "SHA")]
    pub(crate) after: Option<String>,
    /// Id of the delivery
    #[arg(long, value_name = "ID")]
    pub(crate) delivery_id: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Doctor {
    #[command(flatten)]
    pub(crate) reach: Reach,
    /// Monitoring address of nats-server, such as http://127.0.0.1:8222, to verify its durability
    #[arg(long, value_name = "URL")]
    pub(crate) nats_monitor: Option<String>,
    /// What makes stored messages safe, to be verified
    #[arg(long, value_enum, default_value = "fsync")]
    pub(crate) durability: DurabilityWord,
    /// How to print
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: Format,
}

/// All words that there are.
pub(crate) fn words() -> clap::Command {
    Cli::command()
}

/// Reads the command line.
pub(crate) fn parse(invocation: &Invocation) -> Result<Command, clap::Error> {
    let words = std::iter::once(OsString::from("sluice"))
        .chain(invocation.arguments.iter().map(OsString::from));
    Cli::try_parse_from(words).map(|cli| cli.command)
}
