//! The connector as a process of its own.

use std::process::ExitCode;

use sluice_connector::{Config, SERVICE, run};

fn main() -> ExitCode {
    sluice_daemon::main(&SERVICE, Config::read, run)
}
