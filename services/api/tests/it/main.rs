//! The API against a real nats-server and a real commit log, under its own user: whom it answers what, and what neither
//! a stranger nor an absent bus can make it do.
//!
//! Names and comments give the security rules (S…) that a test is for. Whatever a test is about, every answer in it is
//! looked at by [`client::allowed`].

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may fail by panicking"
)]

mod access;
mod apply;
mod audit;
mod authorization;
mod client;
mod commits;
mod events;
mod hostile;
mod imports;
mod limits;
mod lists;
mod live;
mod many;
mod outage;
mod process;
mod records;
mod schema;
mod secrets;
mod server;
mod site;
mod standing;
mod tokens;
mod work;
