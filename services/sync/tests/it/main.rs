//! Sync against a real nats-server, real Git and the real child, under its own user: what it mirrors and says, what it
//! does not try again, and what happens when it dies or has company.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may fail by panicking"
)]

mod failures;
mod mirrors;
mod process;
mod repeats;
mod replicas;
mod site;
mod worker;
