//! The child against real Git, and against remotes that mean ill.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "everything here is a test, and a test fails by panicking"
)]

mod server;
