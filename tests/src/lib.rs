//! What tests, the demo and the benchmark of the composed system share.
//!
//! The system is driven as anybody would drive it: its programs are separate processes ([`Program`], [`Process`],
//! [`Gateway`], [`Up`]), and everything is said to them by HTTP ([`Http`], [`Load`]), NATS ([`Wire`]) and the command
//! `sluice` ([`Operator`]). [`ledger`] compares what was answered with what is stored.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot be set up has failed"
)]

mod chance;
mod delivery;
mod gateway;
mod http;
pub mod ledger;
mod load;
mod operator;
mod process;
mod say;
mod up;
mod wire;

pub use chance::Chance;
pub use delivery::{Push, SECOND_SECRET, SECRET, hmac, push};
pub use gateway::Gateway;
pub use http::{Answer, Http, request};
pub use load::{Load, Posting, Progress};
pub use operator::{Operator, endpoint};
pub use process::{Process, Program, Ran, free_port};
pub use say::say;
pub use up::Up;
pub use wire::Wire;
