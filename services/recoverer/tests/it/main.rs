//! The recoverer against a real nats-server, real Git and the real child, under its own user: what it finds missing, what
//! it leaves alone, and how often it asks.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may fail by panicking"
)]

mod became;
mod failures;
mod forge;
mod found;
mod known;
mod questions;
mod site;
mod worker;
