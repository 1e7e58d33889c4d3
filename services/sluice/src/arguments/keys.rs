//! The words of `sluice keys`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use sluice_registry::KeyClass;

use super::{Format, Reach};

#[derive(Debug, Subcommand)]
pub(crate) enum Keys {
    /// Make a pair of keys for each class of secrets
    New(New),
    /// Move what is sealed to old keys to a new one, where the old private keys are; safe to repeat
    Reseal(Reseal),
}

#[derive(Debug, Args)]
pub(crate) struct New {
    /// Folder to write them to
    #[arg(long, value_name = "FOLDER")]
    pub(crate) folder: PathBuf,
    /// Only for this class [default: for each]
    #[arg(long, value_enum)]
    pub(crate) class: Option<Class>,
    /// Put the pair that is there aside, as <class>.<id>.key and .pub, instead of refusing
    #[arg(long, requires = "class")]
    pub(crate) replace: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Reseal {
    #[command(flatten)]
    pub(crate) reach: Reach,
    /// Only this class [default: all, by the keys of the data folder]
    #[arg(long, value_enum)]
    pub(crate) class: Option<SealedClass>,
    /// Files with the old private keys, separated by commas [default: those of the data folder]
    #[arg(long, value_name = "FILE", value_delimiter = ',', requires_all = ["class", "new_pub"])]
    pub(crate) old_key: Vec<PathBuf>,
    /// File with the new public key [default: that of the data folder]
    #[arg(long, value_name = "FILE", requires = "old_key")]
    pub(crate) new_pub: Option<PathBuf>,
    /// Open everything and say what would be moved, and write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// How to print
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: Format,
}

/// A class of secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Class {
    /// Secrets of endpoints
    HookSecrets,
    /// Credentials for Git and hosts' APIs
    Credentials,
    /// What makes credentials
    Issuers,
    /// Credentials of clusters
    ClusterCredentials,
}

/// A class of which values are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SealedClass {
    /// Secrets of endpoints
    HookSecrets,
    /// Credentials for Git and hosts' APIs
    Credentials,
    /// What makes credentials: private keys of Apps
    Issuers,
}

impl Class {
    /// The class that it means.
    pub(crate) fn class(self) -> KeyClass {
        match self {
            Class::HookSecrets => KeyClass::HookSecrets,
            Class::Credentials => KeyClass::Credentials,
            Class::Issuers => KeyClass::Issuers,
            Class::ClusterCredentials => KeyClass::ClusterCredentials,
        }
    }
}

impl SealedClass {
    /// The class that it means.
    pub(crate) fn class(self) -> KeyClass {
        match self {
            SealedClass::HookSecrets => KeyClass::HookSecrets,
            SealedClass::Credentials => KeyClass::Credentials,
            SealedClass::Issuers => KeyClass::Issuers,
        }
    }
}
