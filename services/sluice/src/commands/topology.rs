//! `sluice topology diff|apply`.

use std::process::ExitCode;

use anyhow::bail;
use sluice_bus::topology::{self, Durability, Topology};
use sluice_daemon::Invocation;

use crate::{
    arguments::TopologyCommand,
    find::{self, Actor},
};

/// Compares, or brings about.
pub(super) async fn run(
    command: TopologyCommand,
    invocation: &Invocation,
) -> anyhow::Result<ExitCode> {
    let table = Topology::current();
    match command {
        TopologyCommand::Diff { reach } => {
            let system = find::system(&reach, Actor::Operator, invocation).await?;
            system.bus.check_server()?;
            let differences = topology::differences(&system.bus, &table).await?;
            differences
                .iter()
                .for_each(|difference| println!("{difference}"));
            if differences.is_empty() {
                println!("the bus is as it must be");
            }
            Ok(if differences.is_empty() {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            })
        }
        TopologyCommand::Apply { reach, durability } => {
            if reach.data_dir.is_some() {
                bail!("`sluice up` keeps its own bus in order; topology apply is for --nats");
            }
            let durability = match durability.as_str() {
                "fsync" => Durability::Fsync,
                "quorum" => Durability::Quorum,
                other => bail!("there is no durability `{other}`; known: fsync, quorum"),
            };
            let bus = find::system(&reach, Actor::Bootstrap, invocation)
                .await?
                .bus
                .declare(durability);
            bus.check_server()?;
            let done = topology::apply(&bus, &table).await?;
            done.iter()
                .for_each(|done| println!("{} {}", done.action, done.what));
            if done.is_empty() {
                println!("nothing to do");
            }
            bus.drain().await;
            Ok(ExitCode::SUCCESS)
        }
    }
}
