//! The command `sluice`: everything in one process (`sluice up`), and the operator's tools.
//!
//! Exit codes: 0 it is done; 1 it failed, and may work another time; 2 it is refused or wrong; 64 the words of the command
//! are wrong. `sluice diff`, `sluice doctor` and `sluice endpoints verify` end with 1 where they find something.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command talks to its user"
)]

mod api;
mod arguments;
mod commands;
mod connection_file;
mod failure;
mod find;
mod key_folder;
mod up;
mod way;

use std::process::ExitCode;

use arguments::{Command, parse};
use sluice_daemon::Invocation;

fn main() -> ExitCode {
    let invocation = Invocation::of_process();
    match parse(&invocation) {
        Ok(Command::Up { settings }) => ExitCode::from(up::main(settings, invocation)),
        Ok(command) => run(command, invocation),
        Err(error) => {
            // clap prints help to standard output and mistakes to standard error.
            let _ = error.print();
            ExitCode::from(if error.use_stderr() {
                sluice_daemon::settings::EX_USAGE
            } else {
                0
            })
        }
    }
}

fn run(command: Command, invocation: Invocation) -> ExitCode {
    sluice_daemon::use_ring();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let outcome = match runtime {
        Ok(runtime) => runtime.block_on(commands::run(command, &invocation)),
        Err(error) => Err(anyhow::Error::new(error).context("cannot start the runtime")),
    };
    outcome.unwrap_or_else(|error| failure::tell(&error))
}
