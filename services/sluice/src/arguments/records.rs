//! The words of `sluice apply`, `diff`, `get` and `delete`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use sluice_registry::Kind;

use super::{Format, ReachApi};

#[derive(Debug, Args)]
pub(crate) struct Apply {
    #[command(flatten)]
    pub(crate) reach: ReachApi,
    /// Manifest, YAML or JSON; - for standard input
    #[arg(short, long = "filename", value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// Say what would be done, and do nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) set: Set,
    /// How to print
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: Format,
}

/// What `apply` would change; exit code 1 if anything.
#[derive(Debug, Args)]
pub(crate) struct Diff {
    #[command(flatten)]
    pub(crate) reach: ReachApi,
    /// Manifest, YAML or JSON; - for standard input
    #[arg(short, long = "filename", value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) set: Set,
    /// How to print
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: Format,
}

/// What manifests belong to.
#[derive(Debug, Args)]
pub(crate) struct Set {
    /// Project of those that name none
    #[arg(short, long, default_value = "default")]
    pub(crate) project: String,
    /// Name of the set that all of it is part of
    #[arg(
        long,
        value_name = "NAME",
        default_value = "",
        hide_default_value = true
    )]
    pub(crate) set: String,
    /// Remove what the same set declared before and does not declare now
    #[arg(long, requires = "set")]
    pub(crate) prune: bool,
}

/// What to show: all, or one kind, or one object.
#[derive(Debug, Args)]
pub(crate) struct Get {
    #[command(flatten)]
    pub(crate) reach: ReachApi,
    /// projects, hosts, credentials, repositories or endpoints [default: all]
    pub(crate) kind: Option<KindWord>,
    /// One of them
    pub(crate) name: Option<String>,
    /// Only what belongs to this project [default: all; of one object, `default`]
    #[arg(short, long)]
    pub(crate) project: Option<String>,
    /// How to print
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: Format,
}

#[derive(Debug, Args)]
pub(crate) struct Delete {
    #[command(flatten)]
    pub(crate) reach: ReachApi,
    /// project, host, credential, repository or endpoint
    pub(crate) kind: KindWord,
    /// Its name
    pub(crate) name: String,
    /// Project that it belongs to, if its kind does [default: that of the access token, else `default`]
    #[arg(short, long, default_value = "", hide_default_value = true)]
    pub(crate) project: String,
    /// How to print
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: Format,
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
