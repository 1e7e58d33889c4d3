//! The commit log against a real nats-server and real SQLite, under its own user: what it records and how often, what it
//! answers, and what neither a listing nor a question can make it do.
//!
//! Names and comments give the security rules (S…) that a test is for.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may fail by panicking"
)]

mod ask;
mod behind;
mod listing;
mod log;
mod moves;
mod once;
mod paging;
mod places;
mod poison;
mod process;
mod pushes;
mod questions;
mod raw;
mod rebuilt;
mod shutdown;
mod site;
