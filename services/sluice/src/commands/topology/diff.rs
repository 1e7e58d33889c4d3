//! `sluice topology diff`.

use std::process::ExitCode;

use serde::Serialize;
use sluice_bus::topology::{self, Difference, Remedy, Topology};
use sluice_daemon::Invocation;

use super::line;
use crate::{
    arguments::topology::Diff,
    commands::print,
    find::{self, Actor},
};

/// A difference as a program reads it.
#[derive(Debug, Serialize)]
struct Row<'d> {
    what: &'d str,
    problem: &'d str,
    /// Whether it breaks the contract, or is the operator's to choose.
    contract: bool,
    /// What mends it: `apply`, `hand`, or nothing has to.
    remedy: &'static str,
    #[serde(rename = "do")]
    words: &'static str,
}

/// Shows what differs; exit code 1 if the contract is broken.
pub(super) async fn run(arguments: &Diff, invocation: &Invocation) -> anyhow::Result<ExitCode> {
    let system = find::system(&arguments.reach, Actor::Operator, invocation).await?;
    let bus = system.bus.declare(arguments.durability.durability());
    bus.check_server()?;
    let table = Topology::current();
    let mut found = topology::differences(&bus, &table).await?;
    let kept = found.is_empty();
    if arguments.all {
        found.extend(topology::chosen(&bus, &table).await?);
    }
    let rows: Vec<_> = found.iter().map(row).collect();
    match print::structured(&rows, arguments.output, || {
        rows.iter().map(|row| row.what.to_owned()).collect()
    })? {
        Some(text) => print::say(&text)?,
        None => print::say(&said(&found, kept))?,
    };
    bus.drain().await;
    Ok(if kept {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn said(found: &[Difference], kept: bool) -> String {
    let lines: String = found.iter().map(line).collect();
    let verdict = if kept {
        "the bus is as it must be\n"
    } else {
        ""
    };
    lines + verdict
}

fn row(found: &Difference) -> Row<'_> {
    let remedy = match found.remedy {
        Remedy::Apply => "apply",
        Remedy::ByHand(_) => "hand",
        Remedy::Nothing => "none",
    };
    Row {
        what: &found.what,
        problem: &found.problem,
        contract: found.remedy != Remedy::Nothing,
        remedy,
        words: found.remedy.words(),
    }
}
