//! The child against real Git, and against remotes that mean ill.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::string_slice,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "everything here is a test, and a test fails by panicking"
)]

mod answers;
mod bombs;
mod certificates;
mod chance;
mod crafted;
mod disk;
mod endless;
mod fake;
mod held_in;
mod killed;
mod moves;
mod names;
mod oracle;
mod others;
mod passed;
mod program;
mod refs;
mod same_as_git;
mod secrets;
mod server;
mod site;
mod ssh;
mod stops;
mod trees;
mod writers;
