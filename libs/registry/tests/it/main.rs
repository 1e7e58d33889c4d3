//! What the registry promises, told from outside.
#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may fail by panicking, also in its helpers"
)]

mod apply;
mod canary;
mod delete;
mod fixture;
mod hostile;
mod keys;
mod manifests;
mod opening;
mod secrets;
