//! The bus against a real nats-server, under the users that are shipped.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests"
)]

mod admin;
mod connection;
mod consume;
mod deploy;
mod disk;
mod forward;
mod kills;
mod namespace;
mod publish;
mod raw;
mod roles;
mod topology;
mod watch;
