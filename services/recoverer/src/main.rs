//! The recoverer as a process of its own.

use std::process::ExitCode;

use sluice_recoverer::{Config, SERVICE, run};

fn main() -> ExitCode {
    sluice_daemon::main(&SERVICE, Config::read, run)
}
