//! The APIs of hosts as a caller has them, against a host that answers by a script.

#![expect(
    clippy::unwrap_used,
    reason = "a test may fail by panicking, also in its helpers"
)]

mod apps;
mod bounds;
mod budget;
mod certificates;
mod fixture;
mod gitea;
mod github;
mod gitlab;
mod kept;
mod lists;
mod mistakes;
mod origin;
mod repeats;
mod scripted;
mod secrets;
mod statuses;
