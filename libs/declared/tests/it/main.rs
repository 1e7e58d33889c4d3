//! Changes of what is declared, against a real nats-server and under the operator's own user.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may fail by panicking"
)]

mod changes;
