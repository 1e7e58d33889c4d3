//! What the tests of the composed system, the demonstration and the benchmark share.
//!
//! The system is driven as anybody would drive it: its programs are separate processes ([`Program`], [`Gateway`],
//! [`Up`]), and everything is said to them by HTTP ([`Http`]), NATS and the command ([`Operator`]). Deliveries read as
//! prose ([`push`]), senders repeat themselves ([`Load`]), and [`ledger`] compares what was promised with what is there.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot be set up has failed"
)]

pub mod ledger;

mod chance;
mod delivery;
mod forge;
mod gateway;
mod http;
mod load;
mod operator;
mod process;
mod say;
mod seed;
mod tips;
mod up;
mod wire;
mod worker;

pub use chance::Chance;
pub use delivery::{Push, SECOND_SECRET, SECRET, hmac, push};
pub use forge::Forge;
pub use gateway::Gateway;
pub use http::{Answer, Http};
pub use load::{Load, Posting, Progress};
pub use operator::{Operator, endpoint};
pub use process::{Process, Program, Ran, free_port};
pub use say::say;
pub use seed::Seed;
pub use tips::Tips;
pub use up::Up;
pub use wire::Wire;
pub use worker::Worker;
