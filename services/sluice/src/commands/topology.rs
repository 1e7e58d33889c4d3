//! `sluice topology diff|apply`.

mod apply;
mod diff;

use std::process::ExitCode;

use sluice_bus::topology::Difference;
use sluice_daemon::{Invocation, escape};

use crate::{arguments::topology::Topology, failure};

/// The exit code of a comparison that could not be made: 1 says that something differs.
const CANNOT_TELL: u8 = 2;

/// Compares, or brings about.
pub(super) async fn run(command: Topology, invocation: &Invocation) -> anyhow::Result<ExitCode> {
    match command {
        Topology::Diff(arguments) => {
            let told = diff::run(&arguments, invocation).await;
            Ok(told.unwrap_or_else(|error| {
                // Its code says that something differs.
                let _ = failure::tell(&error);
                ExitCode::from(CANNOT_TELL)
            }))
        }
        Topology::Apply(arguments) => apply::run(&arguments, invocation).await,
    }
}

/// A difference and what to do about it, in one line.
fn line(difference: &Difference) -> String {
    let line = format!("{difference}; {}", difference.remedy.words());
    format!("{}\n", escape::terminal(&line))
}
