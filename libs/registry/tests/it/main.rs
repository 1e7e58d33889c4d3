//! What the registry promises, told from outside.
#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may fail by panicking, also in its helpers"
)]

mod addresses;
mod apply;
mod apps;
mod canary;
mod credentials;
mod delete;
mod fixture;
mod hostile;
mod hosts;
mod keys;
mod listed;
mod manifests;
mod opening;
mod printed;
mod repositories;
mod samples;
mod secrets;
mod sets;
