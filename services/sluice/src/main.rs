//! The command `sluice`: everything in one process (`sluice up`), and the operator's tools.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command talks to its user"
)]

mod arguments;
mod commands;
mod connection_file;
mod find;
mod key_folder;
mod up;

use std::process::ExitCode;

use arguments::{Command, parse};
use sluice_daemon::{Invocation, escape};

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
    match outcome {
        Ok(code) => code,
        Err(error) => {
            complain(&error);
            ExitCode::FAILURE
        }
    }
}

/// Says what went wrong, and what was behind it.
fn complain(error: &anyhow::Error) {
    for (index, cause) in error.chain().enumerate() {
        let start = if index == 0 { "error" } else { "  caused by" };
        // Lines of our own making stay lines; what is inside them may be anyone's.
        let text = cause.to_string();
        let lines: Vec<_> = text.lines().map(escape::terminal).collect();
        eprintln!("{start}: {}", lines.join("\n  "));
    }
}
