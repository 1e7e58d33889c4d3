//! The contract against the descriptors it is compiled from, and against what earlier versions wrote.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests"
)]

mod compatible;
mod docs;
mod fill;
mod generated;
mod golden;
mod json;
mod messages;
