//! The words of the command line.

pub(crate) mod access_tokens;
pub(crate) mod commits;
pub(crate) mod keys;
pub(crate) mod repositories;
pub(crate) mod topology;

use std::{ffi::OsString, path::PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};
use sluice_daemon::Invocation;
use sluice_registry::Kind;

use access_tokens::AccessTokens;
use commits::Commits;
use keys::Keys;
use repositories::Repositories;
use topology::{DurabilityWord, Topology};

/// Sluice turns what happens in Git into durable, verified, uniform events on NATS.
#[derive(Debug, Parser)]
#[command(name = "sluice", version, propagate_version = true)]
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
    /// Show what is declared, as `apply` takes it
    Get(Get),
    /// Remove what is declared
    Delete(Delete),
    /// See how repositories stand, and have them looked at
    Repositories {
        #[command(subcommand)]
        command: Repositories,
    },
    /// Read the commit log
    Commits {
        #[command(subcommand)]
        command: Commits,
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
}

/// How to reach a running system.
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

/// How to print.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Table,
    /// As `apply` takes it, where it takes it
    Yaml,
    /// For programs
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct Apply {
    #[command(flatten)]
    pub(crate) reach: Reach,
    /// Manifest, YAML or JSON; - for standard input
    #[arg(short, long = "filename", value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// Say what would be done, and do nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) sealing: Sealing,
}

/// What secrets are sealed to.
#[derive(Debug, Args)]
pub(crate) struct Sealing {
    /// File with the public key that hook secrets are sealed to [default: that of the data folder]
    #[arg(long, value_name = "FILE")]
    pub(crate) hook_secrets_pub: Option<PathBuf>,
    /// File with the public key that credentials are sealed to [default: that of the data folder]
    #[arg(long, value_name = "FILE")]
    pub(crate) credentials_pub: Option<PathBuf>,
}

/// What to show: all, or one kind, or one object.
#[derive(Debug, Args)]
pub(crate) struct Get {
    #[command(flatten)]
    pub(crate) reach: Reach,
    /// projects, hosts, credentials, repositories or endpoints [default: all]
    pub(crate) kind: Option<KindWord>,
    /// One of them
    pub(crate) name: Option<String>,
    /// Project that it belongs to, if its kind does
    #[arg(short, long, default_value = "default")]
    pub(crate) project: String,
    /// How to print
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: Format,
}

#[derive(Debug, Args)]
pub(crate) struct Delete {
    #[command(flatten)]
    pub(crate) reach: Reach,
    /// project, host, credential, repository or endpoint
    pub(crate) kind: KindWord,
    /// Its name
    pub(crate) name: String,
    /// Project that it belongs to, if its kind does
    #[arg(short, long, default_value = "default")]
    pub(crate) project: String,
}

/// A kind of record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum KindWord {
    /// Who owns records
    #[value(alias = "project")]
    Projects,
    /// Installations of Git host software
    #[value(alias = "host")]
    Hosts,
    /// What opens repositories
    #[value(alias = "credential")]
    Credentials,
    /// Repositories that are fetched from
    #[value(alias = "repository")]
    Repositories,
    /// Webhook URLs
    #[value(alias = "endpoint")]
    Endpoints,
}

impl KindWord {
    /// The kind that it means.
    pub(crate) fn kind(self) -> Kind {
        match self {
            KindWord::Projects => Kind::Project,
            KindWord::Hosts => Kind::Host,
            KindWord::Credentials => Kind::Credential,
            KindWord::Repositories => Kind::Repository,
            KindWord::Endpoints => Kind::Endpoint,
        }
    }

    /// The word for one of them.
    pub(crate) fn word(self) -> &'static str {
        match self {
            KindWord::Projects => "project",
            KindWord::Hosts => "host",
            KindWord::Credentials => "credential",
            KindWord::Repositories => "repository",
            KindWord::Endpoints => "endpoint",
        }
    }
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

/// Reads the command line.
pub(crate) fn parse(invocation: &Invocation) -> Result<Command, clap::Error> {
    let words = std::iter::once(OsString::from("sluice"))
        .chain(invocation.arguments.iter().map(OsString::from));
    Cli::try_parse_from(words).map(|cli| cli.command)
}
