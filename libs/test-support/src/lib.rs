//! For tests alone: a real nats-server per test, with the rights and the topology that are shipped.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot be set up has failed"
)]

mod nats;
mod wait;

pub use nats::{Nats, nats_program};
pub use wait::eventually;
