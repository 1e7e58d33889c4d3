//! The gateway against a real nats-server, under its own user: what it answers, what it stores, and what neither a
//! sender nor an absent bus can make it do.
//!
//! Names and comments give the rows of the reliability checklist (N…, XW…) and the security rules (S…) that a test is
//! for. Whatever a test is about, every answer in it is looked at by [`gateway::allowed`].

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may fail by panicking"
)]

mod answers;
mod attempts;
mod awaited;
mod canary;
mod events;
mod gateway;
mod hints;
mod identity;
mod ledger;
mod limits;
mod memory;
mod mutations;
mod names;
mod outage;
mod process;
mod renamed;
mod replay;
mod secrets;
mod shutdown;
mod site;
mod ssrf;
mod trace;
mod wire;
