//! The operator's commands against a real nats-server, as processes of their own, under the operator's own user.
//!
//! Names and comments give the security rules (S…) that a test is for.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may fail by panicking"
)]

mod access_tokens;
mod again;
mod api;
mod apps;
mod commits;
mod declared;
mod hostile;
mod import;
mod keys;
mod lists;
mod log;
mod pages;
mod repositories;
mod site;
mod sync;
mod through;
