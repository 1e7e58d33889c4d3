//! What every provider must do alike, and what each does of its own.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test may fail by panicking, in what its functions call as well"
)]

mod clock;
mod deliveries;
mod gitea;
mod github;
mod gitlab;
mod mutations;
mod proofs;
mod snapshots;
mod vectors;
