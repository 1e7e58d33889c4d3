//! `sluice topology apply`.

use std::process::ExitCode;

use anyhow::bail;
use sluice_bus::{
    Bus,
    topology::{self, Difference, Remedy, Topology},
};
use sluice_daemon::Invocation;

use super::line;
use crate::{
    arguments::topology::Apply,
    find::{self, Actor},
};

/// Brings the table about, or says what that would take; exit code 1 if something is left for somebody's hand.
pub(super) async fn run(arguments: &Apply, invocation: &Invocation) -> anyhow::Result<ExitCode> {
    if arguments.reach.data_dir.is_some() && !arguments.dry_run {
        bail!("`sluice up` keeps its own bus in order; topology apply is for --nats");
    }
    let actor = if arguments.dry_run {
        Actor::Operator
    } else {
        Actor::Bootstrap
    };
    let system = find::system(&arguments.reach, actor, invocation).await?;
    let bus = system.bus.declare(arguments.durability.durability());
    bus.check_server()?;
    let table = Topology::current();
    let idle = if arguments.dry_run {
        rehearse(&bus, &table).await?
    } else {
        carry_out(&bus, &table).await?
    };
    let left = left(&bus, &table).await?;
    left.iter().for_each(|left| print!("left {}", line(left)));
    if idle && left.is_empty() {
        println!("nothing to do");
    }
    note_replicas(&bus, &table).await?;
    bus.drain().await;
    Ok(if left.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Whether there was nothing to do.
async fn carry_out(bus: &Bus, table: &Topology) -> anyhow::Result<bool> {
    let done = topology::apply(bus, table).await?;
    done.iter()
        .for_each(|done| println!("{} {}", done.action, done.what));
    Ok(done.is_empty())
}

/// Whether there would be nothing to do.
async fn rehearse(bus: &Bus, table: &Topology) -> anyhow::Result<bool> {
    let planned = topology::plan(bus, table).await?;
    for one in &planned {
        let because = one.because.join("; ");
        println!("would {} {}: {because}", one.action, one.what);
    }
    Ok(planned.is_empty())
}

/// What nothing but a hand can mend.
async fn left(bus: &Bus, table: &Topology) -> anyhow::Result<Vec<Difference>> {
    let mut left = topology::differences(bus, table).await?;
    left.retain(|left| matches!(left.remedy, Remedy::ByHand(_)));
    Ok(left)
}

/// Replicas are the operator's: what stood there before keeps its own, and is then less safe than was declared.
async fn note_replicas(bus: &Bus, table: &Topology) -> anyhow::Result<()> {
    let short = topology::short_of_replicas(bus, table).await?;
    if let Some(first) = short.first() {
        let (number, word) = (short.len(), bus.durability().word());
        eprintln!(
            "warning: {number} streams, buckets and consumers have fewer replicas than {word} needs, {first} for one: \
             `sluice topology diff --all --durability {word}` names them, `nats stream edit --replicas` and \
             `nats consumer edit --replicas` change them"
        );
    }
    Ok(())
}
