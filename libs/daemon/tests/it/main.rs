//! The process as others see it: its admin listener, its exit codes, its end.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::exit,
    reason = "a test may fail by panicking, and one of them is a process"
)]

mod admin;
mod http;
mod process;
