//! The words of `sluice topology`.

use clap::{Args, Subcommand, ValueEnum};
use sluice_bus::topology::Durability;

use super::{Format, Reach};

#[derive(Debug, Subcommand)]
pub(crate) enum Topology {
    /// Show where the bus differs, and what to do; exit code 1 if it does, 2 if that cannot be told
    Diff(Diff),
    /// Create what is missing and mend what differs; never deletes; exit code 1 if something is left
    Apply(Apply),
}

#[derive(Debug, Args)]
pub(crate) struct Diff {
    #[command(flatten)]
    pub(crate) reach: Reach,
    /// Show also what is yours to choose: sizes, ages, replicas, placement, metadata; it does not count as a difference
    #[arg(long)]
    pub(crate) all: bool,
    /// What makes stored messages safe, by which --all counts replicas
    #[arg(long, value_enum, default_value = "fsync")]
    pub(crate) durability: DurabilityWord,
    /// How to print
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: Format,
}

#[derive(Debug, Args)]
pub(crate) struct Apply {
    #[command(flatten)]
    pub(crate) reach: Reach,
    /// What makes stored messages safe; what is created gets replicas by it
    #[arg(long, value_enum, default_value = "fsync")]
    pub(crate) durability: DurabilityWord,
    /// Say what would be done, and do nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// What makes stored messages safe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DurabilityWord {
    /// The server syncs every message to disk
    Fsync,
    /// Three servers hold every message
    Quorum,
}

impl DurabilityWord {
    /// The durability that it means.
    pub(crate) fn durability(self) -> Durability {
        match self {
            DurabilityWord::Fsync => Durability::Fsync,
            DurabilityWord::Quorum => Durability::Quorum,
        }
    }
}
